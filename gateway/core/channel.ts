/**
 * A channel at work: its ring, and the stages that run over each new piece of rows, in this order:
 *
 *     quality tests -> windows -> detectors -> the derivations that this channel completes -> those channels, likewise
 */
import { Quality, reasonCode } from '../../protocol/quality.ts'
import type { Samples } from '../../protocol/samples.ts'
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import type { Calendar } from './calendar.ts'
import { Extremes } from './extremes.ts'
import type { Wiring } from './kind.ts'
import type { ChannelPlan, StagePlan, StationPlan } from './plan.ts'
import { makeRing, push, type Ring } from './ring.ts'
import { Seasonal, Seasons } from './season.ts'
import { type Detector, type Stage, usable } from './stage.ts'
import { PIECE, Window } from './window.ts'

/** Nothing on a slope is so great; beyond 1e154 a square overflows, and a window that has seen one would tell nothing ever again. */
const GREATEST = 1e100

const NO_VALUE = reasonCode('no-value')
const INHIBITED = reasonCode('inhibited')

/** A channel without a usable row for so many of its periods is lost: two missed polls are noise on a line, three are not. */
const LOST_PERIODS = 3

export interface Channel {
  plan: ChannelPlan
  number: number
  ring: Ring
  /** Its quality tests, in the order of the plan. */
  tests: Stage[]
  windows: Window[]
  /** Its detectors, and the derivations that it completes. */
  stages: Stage[]
  /** Those of the tests and stages that may change their answer by time alone. */
  timed: Required<Pick<Stage, 'wakeAt'>>[]
  /** The stage that makes it; null for a measured channel. */
  maker: Stage | null
  /** Channels derived from this one and, if from others too, from no later one: they follow at once. */
  follow: Channel[]
  wakeAt: Millis
  /** Wall minus station time of the device's own clock, at its last sample; null where the device has none. */
  observedOffset: number | null
  /** Rows that came at or before the time of the row before them. */
  dropped: number
  /** Station time of the newest row that can be used; the start of the machine where there is none yet. */
  usableAt: Millis
  /** A person keeps it out of the judgement until then. */
  inhibitedUntil: Millis
}

export interface Machine {
  channels: Channel[]
  detectors: { name: string; on: number; detector: Detector }[]
  seasons: Seasons
}

/** Builds rings, windows and stages from the plan. Windows are made once for each (channel, span). */
export function makeChannels(plan: StationPlan, start: Millis, calendar: Calendar): Machine {
  const channels: Channel[] = plan.channels.map((channel, number) => ({
    plan: channel,
    number,
    ring: makeRing(channel.rows),
    tests: [],
    windows: [],
    stages: [],
    timed: [],
    maker: null,
    follow: [],
    wakeAt: NEVER,
    observedOffset: null,
    dropped: 0,
    usableAt: start,
    inhibitedUntil: start,
  }))
  const windows = new Map<string, Window>()

  const wiring = (inputs: number[], host: Channel, out?: Ring): Wiring => {
    const of = (input: number): Channel => channels[inputs[input] as number] as Channel
    const wired: Wiring = {
      inputs: inputs.map((_, input) => of(input).ring),
      units: inputs.map((_, input) => of(input).plan.unit),
      periods: inputs.map((_, input) => of(input).plan.period),
      counting: inputs.map((_, input) => of(input).plan.counting),
      gases: inputs.map((_, input) => of(input).plan.gas ?? null),
      calendar,
      window(input, span) {
        if (of(input) !== host) throw new Error(`a stage of several inputs has windows on its last input only (${host.plan.name})`)
        const key = `${host.number}/${span}`
        let window = windows.get(key)
        if (!window) {
          window = new Window(span, [...windows.keys()].filter((held) => held.startsWith(`${host.number}/`)).length)
          windows.set(key, window)
          host.windows.push(window)
        }
        return window
      },
      extremes: (_input, span, own) => new Extremes(span, own),
    }
    if (out) wired.out = out
    return wired
  }

  for (const channel of channels) {
    const { derivation } = channel.plan
    channel.tests = channel.plan.quality.map((test) => test.build(wiring(test.inputs, channel)))
    if (!derivation) continue
    if (derivation.inputs.some((input) => input >= channel.number)) throw new Error(`${channel.plan.name} is derived from a later channel`)
    channels[Math.max(...derivation.inputs)]?.follow.push(channel)
  }
  const seasons = new Seasons(plan.seasons ?? [], calendar)
  const detectors = plan.detectors.map((detector) => {
    const on = detector.inputs[0] as number
    const host = channels[on] as Channel
    const wired = wiring(detector.inputs, host)
    const sets = new Map(detector.seasons?.map(({ season, build }) => [season, build(wired)]))
    const base = detector.build(wired)
    const built = sets.size > 0 ? new Seasonal(base, sets, seasons) : base
    host.stages.push(built)
    return { name: detector.name, on, detector: built }
  })
  for (const channel of channels) if (channel.plan.derivation) addDerivation(channel, channel.plan.derivation)
  for (const channel of channels) channel.timed = [...channel.tests, ...channel.stages].filter((stage) => stage.wakeAt !== undefined) as Channel['timed']
  return { channels, detectors, seasons }

  function addDerivation(channel: Channel, derivation: StagePlan<Stage>): void {
    const host = channels[Math.max(...derivation.inputs)] as Channel
    // `run` is given the ring of the last input: that is the one whose rows complete a set.
    const beside = (derivation.beside ?? []).map((number) => (channels[number] as Channel).ring)
    channel.maker = derivation.build({ ...wiring(derivation.inputs, host, channel.ring), beside })
    host.stages.push(channel.maker)
  }
}

/** Takes a device's rows in and runs all that hangs on them. A row that is not later than the one before is dropped and counted. */
export function take(channel: Channel, samples: Samples, now: Millis): void {
  const { ring } = channel
  const inhibited = now < channel.inhibitedUntil
  let last = ring.head > 0 ? (ring.time[(ring.head - 1) & ring.mask] as number) : -Infinity
  let row = 0
  while (row < samples.count) {
    let piece = 0
    for (; row < samples.count && piece < PIECE; row++) {
      const time = samples.time[row] as number
      if (!(time > last)) {
        channel.dropped++
        continue
      }
      const value = samples.value[row] as number
      const quality = samples.quality[row] as number
      // A number that is none never passes as a value, whatever its flag says.
      if (inhibited && Math.abs(value) <= GREATEST) push(ring, time, value, Quality.fail, INHIBITED)
      else if (Math.abs(value) <= GREATEST) push(ring, time, value, quality, samples.reason[row] as number)
      else push(ring, time, Number.NaN, Quality.missing, quality === Quality.missing ? (samples.reason[row] as number) : NO_VALUE)
      last = time
      piece++
    }
    if (samples.observed && row > 0) channel.observedOffset = (samples.observed[row - 1] as number) - (samples.time[row - 1] as number)
    advance(channel, now)
  }
}

/** Runs the stages over all rows that are new, or, where there are none, at the time `now`. */
export function advance(channel: Channel, now: Millis): void {
  const { ring } = channel
  do {
    const from = ring.settled
    const to = Math.min(ring.head, from + PIECE)
    for (const test of channel.tests) test.run(ring, from, to, now)
    // A loop of their own, of one class alone: such calls cost half of those that may lead anywhere.
    for (const window of channel.windows) window.run(ring, from, to, now)
    for (const stage of channel.stages) stage.run(ring, from, to, now)
    ring.settled = to
    for (let row = to - 1; row >= from; row--) {
      if (!usable(ring.quality[row & ring.mask] as number)) continue
      channel.usableAt = ring.time[row & ring.mask] as Millis
      break
    }
    for (const next of channel.follow) {
      next.observedOffset = channel.observedOffset
      if (next.ring.settled < next.ring.head) advance(next, now)
    }
  } while (ring.settled < ring.head)
  let wakeAt: Millis = NEVER
  for (const stage of channel.timed) {
    const due = stage.wakeAt()
    if (due < wakeAt) wakeAt = due
  }
  channel.wakeAt = wakeAt
}

/** Runs the channels whose deadline has come. Derived channels follow their inputs in the list, so one pass is enough. */
export function runDeadlines(machine: Machine, now: Millis): void {
  for (const channel of machine.channels) if (channel.wakeAt <= now) advance(channel, now)
}

/** The last moment at which it is not lost yet, if no row comes. */
export const lostAt = ({ usableAt, plan }: Channel): Millis => millis(usableAt + LOST_PERIODS * plan.period)

export const isLost = (channel: Channel, now: Millis): boolean => now > lostAt(channel)

/** The newest row, as people want to see it. */
export function latest(channel: Channel): { time: Millis; value: number; quality: number; reason: number } | null {
  const { ring } = channel
  if (ring.head === 0) return null
  const slot = (ring.head - 1) & ring.mask
  return { time: ring.time[slot] as Millis, value: ring.value[slot] as number, quality: ring.quality[slot] as number, reason: ring.reason[slot] as number }
}
