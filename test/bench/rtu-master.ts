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
/** For the compiler. */
const warmUpMs = 1000

type Poll = () => Promise<boolean>

async function ours(path: string, baud: number, words: number): Promise<Poll> {
  const settings = { name: 'rtu', speaks: 'rtu', dataBits: 8, stopBits: 1, parity: 'none', quietMs: 300 } as const
  const bus = openBus({ ...settings, wire: { how: 'serial', path }, baud }, realBusClock())
  return async () => {
    const reply = await bus.read({ unit: 1, table: 'holding', address: 0, count: words }, timeoutMs)
    return reply.ok && reply.words.length === words
  }
}

/** `connectRTUBuffered` is the library's one serial way that answers where bytes come singly; `connectRTU` answers none there. */
async function library(path: string, baud: number, words: number): Promise<Poll> {
  const client = new modbus.default()
  await client.connectRTUBuffered(path, { baudRate: baud })
  client.setID(1)
  client.setTimeout(timeoutMs)
  return () =>
    client.readHoldingRegisters(0, words).then(
      ({ data }) => data.length === words,
      () => false, // a poll that it gave up is a lost one
    )
}

const [how = '', path = '', baud = '', words = '', ms = ''] = process.argv.slice(2)
const poll = await (how === 'ours' ? ours : library)(path, Number(baud), Number(words))

async function pollFor(durationMs: number): Promise<Taken> {
  const taken: Taken = { polls: 0, lost: 0, cpuMs: 0 }
  const before = process.cpuUsage()
  for (const end = performance.now() + durationMs; performance.now() < end; taken.polls++) if (!(await poll())) taken.lost++
  const { user, system } = process.cpuUsage(before)
  taken.cpuMs = (user + system) / 1000
  return taken
}

await pollFor(warmUpMs)
const taken = await pollFor(Number(ms))
process.send?.(taken, () => process.exit(0))
