// A master in a process of its own: polls one block over and over on a serial line, by our bus or by the library's own port, and sends what it took.

import modbus from 'modbus-serial'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'

export interface Taken {
  polls: number
  lost: number
  cpuMs: number
}

/** Far above what the slave takes at any rate: what has not come by then is lost. */
const timeoutMs = 1000
/** For the compiler: some hundred polls, on a line that is fast. On a slow one it would still be at work when the measuring begins; a station runs for months. */
const warmUpBaud = 115_200
const warmUpMs = 1800

interface Master {
  poll(): Promise<boolean>
  close(): Promise<void>
}

async function ours(path: string, baud: number, words: number): Promise<Master> {
  const settings = { name: 'rtu', speaks: 'rtu', dataBits: 8, stopBits: 1, parity: 'none', quietMs: 300 } as const
  const bus = openBus({ ...settings, wire: { how: 'serial', path }, baud }, realBusClock())
  return {
    async poll() {
      const reply = await bus.read({ unit: 1, table: 'holding', address: 0, count: words }, timeoutMs)
      return reply.ok && reply.words.length === words
    },
    close: bus.close,
  }
}

/** `connectRTUBuffered` is the library's one serial way that answers where bytes come singly; `connectRTU` answers none there. */
async function library(path: string, baud: number, words: number): Promise<Master> {
  const client = new modbus.default()
  await client.connectRTUBuffered(path, { baudRate: baud })
  client.setID(1)
  client.setTimeout(timeoutMs)
  return {
    poll: () =>
      client.readHoldingRegisters(0, words).then(
        ({ data }) => data.length === words,
        () => false, // a poll that it gave up is a lost one
      ),
    close: () => new Promise((resolve) => client.close(() => resolve())),
  }
}

async function pollFor({ poll }: Master, durationMs: number): Promise<Taken> {
  const taken: Taken = { polls: 0, lost: 0, cpuMs: 0 }
  const before = process.cpuUsage()
  for (const end = performance.now() + durationMs; performance.now() < end; taken.polls++) if (!(await poll())) taken.lost++
  const { user, system } = process.cpuUsage(before)
  taken.cpuMs = (user + system) / 1000
  return taken
}

const [how = '', warmPath = '', path = '', baud = '', words = '', ms = ''] = process.argv.slice(2)
const open = how === 'ours' ? ours : library
const warm = await open(warmPath, warmUpBaud, Number(words))
await pollFor(warm, warmUpMs)
await warm.close()
const master = await open(path, Number(baud), Number(words))
await master.poll() // the silence at its opening is no poll's
const taken = await pollFor(master, Number(ms))
process.send?.(taken, () => process.exit(0))
