// Polls a second over Modbus TCP on this machine: 1, 32 and 256 devices, each on a connection of its own, served by a process of its own; and beside the library itself.

import { fork } from 'node:child_process'
import modbus from 'modbus-serial'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import type { Part } from './part.ts'
import { median, quantile } from './program.ts'

/** What a poll asks for: a small instrument's whole block. */
const words = 10
const deviceCounts = [1, 32, 256]
/** Before anything is measured, for the compiler. */
const warmUpMs = 1000
const measuredMs = 8000
const quickMs = 1500
/** Ours and the library's by turns, each with devices of its own; the median of the ratios of neighbours. */
const rivalDevices = 32
const rounds = { quick: 3, full: 9 }
const roundMs = 2500
/** Nobody is that slow here: an answer that did not come is a failure of the bench. */
const timeoutMs = 10_000

/** One device: asks once, and gives the registers. */
interface Device {
  poll(address: number): Promise<ArrayLike<number>>
  close(): Promise<void>
}

async function ours(port: number): Promise<Device> {
  const bus = openBus(
    { name: 'tcp', speaks: 'rtu', wire: { how: 'tcp', host: '127.0.0.1', port }, baud: 9600, dataBits: 8, stopBits: 1, parity: 'none', quietMs: 1000 },
    realBusClock(),
  )
  return {
    async poll(address) {
      const reply = await bus.read({ unit: 1, table: 'holding', address, count: words }, timeoutMs)
      return reply.ok ? reply.words : []
    },
    close: bus.close,
  }
}

async function library(port: number): Promise<Device> {
  const client = new modbus.default()
  await client.connectTCP('127.0.0.1', { port })
  client.setID(1)
  client.setTimeout(timeoutMs)
  return {
    poll: async (address) => (await client.readHoldingRegisters(address, words)).data,
    close: () => new Promise((resolve) => client.close(() => resolve())),
  }
}

interface Speed {
  perSecond: number
  p99Ms: number
}

async function speedOf(connect: (port: number) => Promise<Device>, port: number, count: number, ms: number): Promise<Speed> {
  const clock = realBusClock()
  const devices = await Promise.all(Array.from({ length: count }, () => connect(port)))
  let tookMs: number[] = []
  let end = Number.POSITIVE_INFINITY
  const loops = devices.map(async (device, i) => {
    for (let from = clock.now(); from < end; ) {
      const values = await device.poll(i)
      if (values[words - 1] !== i + words - 1) throw new Error(`device ${i} gave ${JSON.stringify(values)}`)
      const now = clock.now()
      tookMs.push(now - from)
      from = now
    }
  })
  await clock.wait(warmUpMs)
  tookMs = []
  const start = clock.now()
  await clock.wait(ms)
  const perSecond = (1000 * tookMs.length) / (clock.now() - start)
  const p99Ms = quantile(tookMs, 0.99)
  end = 0
  await Promise.all(loops)
  await Promise.all(devices.map((device) => device.close()))
  return { perSecond, p99Ms }
}

async function besideLibrary(port: number, count: number, note: (text: string) => void): Promise<number> {
  const ratios: number[] = []
  const p99s: { ours: number[]; library: number[] } = { ours: [], library: [] }
  for (let round = 0; round < count; round++) {
    const mine = await speedOf(ours, port, rivalDevices, roundMs)
    const theirs = await speedOf(library, port, rivalDevices, roundMs)
    ratios.push(mine.perSecond / theirs.perSecond)
    p99s.ours.push(mine.p99Ms)
    p99s.library.push(theirs.p99Ms)
    note(`${rivalDevices} devices: ${Math.round(mine.perSecond)} polls/s, the library ${Math.round(theirs.perSecond)}`)
  }
  note(`p99 of a poll, medians of ${count} rounds: ${median(p99s.ours).toFixed(2)} ms, the library ${median(p99s.library).toFixed(2)} ms`)
  return median(ratios)
}

export const part: Part = {
  prefix: 'tcp',
  keys: [...deviceCounts.map((devices) => `tcp.polls${devices}`), `tcp.ratioToLibrary${rivalDevices}`],
  async run({ quick, note }) {
    const slave = fork(new URL('./slave.ts', import.meta.url), { stdio: ['ignore', 2, 2, 'ipc'] })
    const port = await new Promise<number>((resolve, reject) => {
      slave.once('message', (message) => resolve(message as number))
      slave.once('exit', () => reject(new Error('the slave did not start')))
    })
    const figures: Record<string, number> = {}
    for (const devices of deviceCounts) {
      const { perSecond } = await speedOf(ours, port, devices, quick ? quickMs : measuredMs)
      note(`${devices} devices: ${Math.round(perSecond)} polls/s of ${words} words`)
      figures[`tcp.polls${devices}`] = perSecond
    }
    figures[`tcp.ratioToLibrary${rivalDevices}`] = await besideLibrary(port, rounds[quick ? 'quick' : 'full'], note)
    slave.disconnect()
    return figures
  },
}
