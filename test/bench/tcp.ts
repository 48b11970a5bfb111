// Polls a second over Modbus TCP on this machine: 1, 32 and 256 devices, each on a connection of its own, served by a process of its own.

import { fork } from 'node:child_process'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import type { Part } from './part.ts'

/** What a poll asks for: a small instrument's whole block. */
const words = 10
const deviceCounts = [1, 32, 256]
/** Before anything is measured, for the compiler. */
const warmUpMs = 1000
const measuredMs = 8000
const quickMs = 1500
/** Nobody is that slow here: an answer that did not come is a failure of the bench. */
const timeoutMs = 10_000

async function pollsPerSecond(port: number, devices: number, ms: number): Promise<number> {
  const clock = realBusClock()
  const buses = Array.from({ length: devices }, (_, i) =>
    openBus(
      { name: `b${i}`, speaks: 'rtu', wire: { how: 'tcp', host: '127.0.0.1', port }, baud: 9600, dataBits: 8, stopBits: 1, parity: 'none', quietMs: 1000 },
      clock,
    ),
  )
  let polls = 0
  let end = Number.POSITIVE_INFINITY
  const loops = buses.map(async (bus, i) => {
    const block = { unit: 1, table: 'holding', address: i, count: words } as const
    while (clock.now() < end) {
      const reply = await bus.read(block, timeoutMs)
      if (!reply.ok || reply.words[words - 1] !== i + words - 1) throw new Error(`device ${i} gave ${JSON.stringify(reply)}`)
      polls++
    }
  })
  await clock.wait(warmUpMs)
  polls = 0
  const start = clock.now()
  await clock.wait(ms)
  const rate = (1000 * polls) / (clock.now() - start)
  end = 0
  await Promise.all(loops)
  await Promise.all(buses.map((bus) => bus.close()))
  return rate
}

export const part: Part = {
  prefix: 'tcp',
  keys: deviceCounts.map((devices) => `tcp.polls${devices}`),
  async run({ quick, note }) {
    const slave = fork(new URL('./slave.ts', import.meta.url), { stdio: ['ignore', 2, 2, 'ipc'] })
    const port = await new Promise<number>((resolve, reject) => {
      slave.once('message', (message) => resolve(message as number))
      slave.once('exit', () => reject(new Error('the slave did not start')))
    })
    const figures: Record<string, number> = {}
    for (const devices of deviceCounts) {
      const rate = await pollsPerSecond(port, devices, quick ? quickMs : measuredMs)
      note(`${devices} devices: ${Math.round(rate)} polls/s of ${words} words`)
      figures[`tcp.polls${devices}`] = rate
    }
    slave.disconnect()
    return figures
  },
}
