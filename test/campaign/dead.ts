// The dead among the living: sixteen units on one line of 9,600 baud, five of them dead, and how many polls of the others were on time.

import { afterMs, monotonicMs, realBusClock, realClock, waitMs } from '../../devicejs/drivers/clock.ts'
import { openBus } from '../../devicejs/drivers/modbus.ts'
import { openLine } from '../../devicejs/line/line.ts'
import { type RunningBus, runBus } from '../../devicejs/poll/acquire.ts'
import type { PolledDevice } from '../../devicejs/profile.ts'
import { makeSlave, rtuStream, type Slave } from '../../devicejs/slave.ts'
import { rtuFrame } from '../../protocol/frames.ts'
import type { Bus, BusClock, BusHealth, Clock } from '../../protocol/ports.ts'
import { Quality } from '../../protocol/quality.ts'
import { millis } from '../../protocol/time.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { device, profileOf, stationClock } from '../devicejs/field.ts'
import { registers, valueAt } from '../devicejs/registers.ts'
import { openEnd, ptyPair, stop } from '../devicejs/serving.ts'
import { virtualClock, virtualWire } from '../devicejs/virtual.ts'

const units = Array.from({ length: 16 }, (_, k) => k + 1)
/** A third of them, spread over the line. */
const isDead = (unit: number): boolean => unit % 3 === 0

/** Ten registers take 52 ms of the line with a usual turnaround: eleven live units need 29 % of it. */
const everyMs = 2000
const timeoutMs = 300
const quietMs = 300
const turnaroundMs = [4, 25] as const
const line = { speaks: 'rtu', baud: 9600, dataBits: 8, stopBits: 1, parity: 'none' } as const
const characterMs = (10 * 1000) / line.baud

/** All live at first; the dead die after this time, and what their death costs is counted in. */
const dieMs = 20_000
const lastsMs = { quick: { virtual: 1_200_000, real: 40_000 }, full: { virtual: 43_200_000, real: 600_000 } }

const firstRegister = 100
const requestBytes = 8

const profile = profileOf(
  `channels:\n${Array.from({ length: 10 }, (_, k) => `  c${k}: { quantity: q, unit: m, read: { holding: ${firstRegister + k} } }\n`).join('')}`,
)
const devices = units.map((unit): PolledDevice => {
  // Rows are told apart by the first of their channels.
  const channels = profile.channels.map(({ name: from }, k) => ({ from, channel: k === 0 ? unit : 1000 }))
  return device(`d${unit}`, profile, { unit, every: millis(everyMs), timeoutMs, channels })
})

/** A period of a live unit is on time when a good row of it was delivered before the next one began. */
function watch() {
  const seen = new Map(units.map((unit) => [unit, new Set<number>()]))
  let wrong = 0
  return {
    deliver(unit: number, value: number, atMs: number): void {
      if (value !== valueAt(unit, 'holding', firstRegister)) wrong++
      seen.get(unit)?.add(Math.floor(atMs / everyMs))
    },
    wrong: () => wrong,
    /** Of the live units, over the whole periods in `[from, to)`. */
    share(from: number, to: number): number {
      const begins = Math.ceil(from / everyMs)
      const periods = Array.from({ length: Math.floor(to / everyMs) - begins }, (_, k) => begins + k)
      const live = units.filter((unit) => !isDead(unit))
      const onTime = live.flatMap((unit) => periods.filter((period) => seen.get(unit)?.has(period)))
      return onTime.length / (periods.length * live.length)
    },
  }
}

interface Run {
  share: number
  shareOfFirstMinute: number
  silentShare: number
  wrong: number
}

function start(bus: Bus, busClock: BusClock, clock: Clock, stop: AbortSignal): { running: RunningBus; seen: ReturnType<typeof watch> } {
  const seen = watch()
  const since = clock.now().at
  const running = runBus({
    ...{ name: 'slope', bus, busClock, clock, devices, served: false, stop },
    deliver: ([first]) => {
      if (first?.quality[0] === Quality.good) seen.deliver(first.channel, first.value[0] as number, clock.now().at - since)
    },
    onLink: () => {},
  })
  return { running, seen }
}

/** The units that live, and after how long an answer of theirs is on the line: its bytes and those of the request, and a turnaround. */
function makeUnits(chance: Chance, now: () => number): { slave: Slave; delayMs(answer: Uint8Array): number } {
  const all = makeSlave(new Map(units.map((unit) => [unit, registers(unit)])))
  const lives = (request: Uint8Array): boolean => now() < dieMs || !isDead(request[0] as number)
  return {
    slave: { ...all, rtu: (request) => (lives(request) ? all.rtu(request) : null) },
    delayMs: ({ length }) => (requestBytes + length) * characterMs + chance.between(...turnaroundMs),
  }
}

/** The state machine of the line itself, byte by byte in virtual time, as the drivers have it. */
function virtualBus(clock: BusClock, { slave, delayMs }: ReturnType<typeof makeUnits>): Bus {
  const wire = virtualWire(clock)
  wire.onRequest((bytes) => {
    const answer = slave.rtu(bytes)
    if (answer) wire.say(answer, delayMs(answer))
  })
  const held = openLine(wire.port, clock, { baud: line.baud, bitsPerCharacter: 10, quietMs })
  return {
    async read({ unit, address, count }, timeoutMs, asking) {
      const reply = await held.ask(rtuFrame(unit, Uint8Array.of(3, address >>> 8, address & 0xff, 0, count)), timeoutMs, asking)
      if (!reply.ok) return reply
      const words = Uint16Array.from({ length: count }, (_, k) => ((reply.frame[3 + 2 * k] as number) << 8) | (reply.frame[4 + 2 * k] as number))
      return { ok: true, words, tookMs: reply.tookMs }
    },
    write: () => Promise.reject(new Error('nothing is written here')),
    health: () => ({ trouble: '' }) as BusHealth,
    close: async () => held.close('the run is over'),
  }
}

/** What the line has waited for the dead: their timeouts, and the silence after each. */
const silentMs = (running: RunningBus): number =>
  Object.values(running.devices()).reduce((sum, { backOff, faults }) => sum + (backOff ? (faults.timeout ?? 0) * (timeoutMs + quietMs) : 0), 0)

async function virtualRun(lastMs: number, seed: number): Promise<Run> {
  const clock = virtualClock()
  const stopping = new AbortController()
  const bus = virtualBus(clock, makeUnits(makeChance(seed), clock.now))
  const { running, seen } = start(bus, clock, stationClock(clock), stopping.signal)
  await clock.run(dieMs + 60_000)
  const before = silentMs(running)
  await clock.run(lastMs)
  const silentShare = (silentMs(running) - before) / (lastMs - dieMs - 60_000)
  stopping.abort()
  await clock.run(lastMs + 10_000)
  await running.done
  return { share: seen.share(0, lastMs), shareOfFirstMinute: seen.share(dieMs, dieMs + 60_000), silentShare, wrong: seen.wrong() }
}

/** The same with the drivers, over a pair of pseudo-terminals. */
async function realRun(lastMs: number, seed: number): Promise<Run> {
  const { ends } = await ptyPair()
  const port = await openEnd(ends[1])
  const began = monotonicMs()
  const { slave, delayMs } = makeUnits(makeChance(seed), () => monotonicMs() - began)
  port.onBytes(rtuStream(slave, (answer) => void afterMs(delayMs(answer), () => port.write(answer)), monotonicMs))
  const bus = openBus({ name: 'slope', wire: { how: 'serial', path: ends[0] }, ...line, quietMs }, realBusClock())
  const stopping = new AbortController()
  const { running, seen } = start(bus, realBusClock(), realClock(), stopping.signal)
  await waitMs(lastMs)
  const silentShare = silentMs(running) / lastMs
  stopping.abort()
  await running.done
  await bus.close()
  await stop()
  return { share: seen.share(0, lastMs), shareOfFirstMinute: seen.share(dieMs, Math.min(lastMs, dieMs + 60_000)), silentShare, wrong: seen.wrong() }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`

export const part: Part = {
  prefix: 'dead',
  keys: ['dead.liveOnTimeShare'],
  async run({ quick, note }) {
    const lasts = lastsMs[quick ? 'quick' : 'full']
    const runs: [string, Run][] = [
      ['virtual time', await virtualRun(lasts.virtual, 1)],
      ['a pseudo-terminal', await realRun(lasts.real, 1)],
    ]
    for (const [what, { share, shareOfFirstMinute, silentShare, wrong }] of runs) {
      note(
        `${what}: ${percent(share)} of the periods of the live on time, ${percent(shareOfFirstMinute)} in the minute of the deaths; ${percent(silentShare)} of the line waits for the dead; ${wrong} wrong values`,
      )
      if (wrong > 0) throw new Error('a value stood under a wrong name')
      if (silentShare === 0) throw new Error('nobody was dead')
    }
    return { 'dead.liveOnTimeShare': Math.min(...runs.map(([, { share }]) => share)) }
  },
}
