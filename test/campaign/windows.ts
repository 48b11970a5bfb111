// Every windowed statistic against an oracle of twice the digits, over random rows with glitches, stuck values, gaps, late rows, failures after
// the fact, batches that overrun the ring, and windows that run out without a row; and sums of rain, which must be exact.

import { makeCalendar } from '../../gateway/core/calendar.ts'
import { advance, type Channel, makeChannels, runDeadlines, take } from '../../gateway/core/channel.ts'
import type { Extremes } from '../../gateway/core/extremes.ts'
import type { Wiring } from '../../gateway/core/kind.ts'
import { type ChannelPlan, plainResponse, type StagePlan } from '../../gateway/core/plan.ts'
import type { Ring } from '../../gateway/core/ring.ts'
import { type Detector, type Stage, worsen } from '../../gateway/core/stage.ts'
import type { Window } from '../../gateway/core/window.ts'
import { accumulate } from '../../gateway/stages/derive/accumulate.ts'
import type { Counting } from '../../protocol/counting.ts'
import { Quality, reasonCode } from '../../protocol/quality.ts'
import type { Samples } from '../../protocol/samples.ts'
import { instant, type Millis, millis } from '../../protocol/time.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { compare, type Errors, noErrors, statistics, truthOf } from './exact.ts'

const samplesInAll = { quick: 200_000, full: 10_000_000 }
const samplesOfSeed = 100_000

const periodMs = 30_000
const hour = 3_600_000
/** Of 20, 120 and 1,440 rows; the longest is checked at some rows only, for its oracle reads them all. */
const spans = [hour / 6, hour, 12 * hour]
const everyRow = [1, 1, 16]
const ringRows = 2048

/** Counts that a gauge sends: 0.2 mm each. */
const rain: Counting = { kind: 'increment', step: 0.2, wrap: null }

/** Looks at each row at what the windows before it have told. */
class Probe implements Stage {
  readonly errors: Errors
  readonly #windows: Window[]
  readonly #extremes: Extremes

  constructor(errors: Errors, { window, extremes }: Wiring) {
    this.errors = errors
    this.#windows = spans.map((span) => window(0, millis(span)))
    this.#extremes = extremes(0, millis(hour))
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    if (from === to) this.#look(ring, to, 0, now, true)
    this.#extremes.run(ring, from, to)
    for (let row = from; row < to; row++) {
      const time = ring.time[row & ring.mask] as number
      this.#look(ring, row + 1, row - from, time, false)
      this.#lookAtExtremes(ring, row, row - from, time)
    }
  }

  #look(ring: Ring, end: number, at: number, time: number, all: boolean): void {
    for (const [k, window] of this.#windows.entries()) {
      if (all || end % (everyRow[k] as number) === 0) compare(this.errors, truthOf(ring, end, time - window.span), window.figures, at)
    }
  }

  /** One row at or before the edge belongs to them, where it counts. */
  #lookAtExtremes(ring: Ring, row: number, at: number, time: number): void {
    const { columns, span } = this.#extremes
    const [least, greatest] = [columns.least[at], columns.greatest[at]]
    const inside = truthOf(ring, row + 1, time - span)
    let edge = row
    while (edge > Math.max(0, ring.head - ring.mask - 1) && (ring.time[edge & ring.mask] as number) > time - span) edge--
    const usable = (ring.quality[edge & ring.mask] as number) < Quality.fail
    const value = usable ? (ring.value[edge & ring.mask] as number) : Number.NaN
    const right =
      (least === inside.least || least === Math.min(inside.least, value)) && (greatest === inside.greatest || greatest === Math.max(inside.greatest, value))
    if (inside.count > 0 && !right) this.errors.extremes = Infinity
  }
}

/** Fails some rows, and some of the rows before them. */
function spoiler(chance: Chance): Stage {
  const code = reasonCode('spike')
  return {
    run(ring, from, to) {
      for (let row = from; row < to; row++) {
        const fate = chance.fraction()
        if (fate < 0.01) worsen(ring, row, Quality.fail, code)
        else if (fate < 0.015 && row > Math.max(0, ring.head - ring.mask - 1)) worsen(ring, row - 1, Quality.fail, code)
      }
    },
  }
}

/** Values as no slope gives them: a walk at some height, noise, glitches up to 1e9, and stretches that are stuck. */
function valuesOf(chance: Chance): () => number {
  let level = 10 ** chance.between(-2, 4)
  const step = level * 10 ** chance.between(-6, -1)
  let stuck = 0
  let last = level
  return () => {
    level += step * chance.normal()
    if (stuck > 0) {
      stuck--
      return last
    }
    const fate = chance.fraction()
    if (fate < 0.0005) stuck = Math.floor(chance.between(5, 400))
    last = fate > 0.997 ? chance.between(-1, 1) * 10 ** chance.between(0, 9) : level + step * chance.normal()
    return last
  }
}

interface Feed {
  /** The next row's time, which may be that of a row before; and what else befalls. */
  next(): number
  burst(): boolean
  pass(ms: number): number
}

function timesOf(chance: Chance): Feed {
  let time = 0
  let last = 0
  let quick = 0
  return {
    next() {
      const fate = chance.fraction()
      if (fate < 0.003) return last - Math.floor(chance.between(0, 3 * periodMs))
      const gap = fate < 0.005 ? chance.between(0, 3) * (spans[Math.floor(chance.between(0, 3))] as number) : 0
      if (quick > 0) quick--
      time += quick > 0 ? 1000 : Math.floor(chance.between(0.9, 1.1) * periodMs) + Math.floor(gap)
      last = time
      return time
    },
    /** Now and then more rows come at once than the ring can hold, in less time than the longest window. */
    burst() {
      if (chance.fraction() > 0.002) return false
      quick = 3 * ringRows
      return true
    },
    /** Without a row; what comes then is of later. */
    pass(ms) {
      time += ms
      return time
    },
  }
}

function columns(rows: number): Samples {
  return { channel: 0, count: 0, time: new Float64Array(rows), value: new Float64Array(rows), quality: new Uint8Array(rows), reason: new Uint8Array(rows) }
}

function plan(counting: Counting | null, quality: StagePlan<Stage>[], detector: StagePlan<Detector> | null, derivation: StagePlan<Stage> | null) {
  const channel: ChannelPlan = {
    ...{ name: 'c', quantity: 'q', unit: 'mm', digits: 3, counting, period: millis(periodMs), rows: ringRows, derivation: null },
    quality,
  }
  const derived: ChannelPlan[] = derivation ? [{ ...channel, name: 'sum', counting: null, derivation, quality: [] }] : []
  const start = { at: millis(0), wall: instant(0), wallQuality: 'synchronised' as const }
  return makeChannels(
    {
      ...{ mode: 'test', channels: [channel, ...derived], detectors: detector ? [{ name: 'probe', ...detector }] : [] },
      ...{ alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] },
    },
    start.at,
    makeCalendar(millis(0), start).calendar,
  )
}

/** `samples` rows of one seed into a channel; the worst errors of what its windows told. */
export function tryWindows(seed: number, samples: number): Errors {
  const chance = makeChance(seed)
  const errors = noErrors()
  const made = <S extends Stage>(build: (wiring: Wiring) => S) => ({ kind: 'campaign', inputs: [0], build })
  const probe = made((wiring) => new Probe(errors, wiring) as unknown as Detector)
  const channel = plan(null, [made(() => spoiler(chance.fork('spoil')))], probe, null).channels[0] as Channel
  const value = valuesOf(chance.fork('values'))
  const feed = timesOf(chance.fork('times'))
  const batch = columns(3 * ringRows)
  const sizes = [1, 1, 1, 7, 64, 65, 300]
  let newest = 0
  let late = 0
  for (let done = 0; done < samples; done += batch.count) {
    batch.count = feed.burst() ? 3 * ringRows : (sizes[Math.floor(chance.between(0, sizes.length))] as number)
    for (let row = 0; row < batch.count; row++) {
      const time = feed.next()
      if (time > newest) newest = time
      else late++
      batch.time[row] = time
      const missing = chance.fraction() < 0.005
      batch.value[row] = missing ? Number.NaN : value()
      batch.quality[row] = missing ? Quality.missing : Quality.good
    }
    take(channel, batch, millis(newest))
    // Time alone, up to well after the windows have run out.
    if (chance.fraction() < 0.05) {
      newest = feed.pass(Math.floor(chance.between(0, chance.fraction() < 0.1 ? 13 * hour : periodMs)))
      advance(channel, millis(newest))
    }
  }
  // A late row never moves what is known already.
  if (channel.dropped !== late) errors.count = Infinity
  return errors
}

/** Rain of one seed: whether each sum is the double nearest to the counts of its window times the step. */
export function tryRain(seed: number, samples: number): number {
  const chance = makeChance(seed).fork('rain')
  const derivation = { kind: 'accumulate', inputs: [0], build: (wiring: Wiring) => accumulate.build({ over: millis(hour) }, wiring) }
  const machine = plan(rain, [], null, derivation)
  const [gauge, sum] = machine.channels as [Channel, Channel]
  const feed = timesOf(chance)
  const batch = columns(1)
  const tips: { time: number; count: number }[] = []
  let newest = 0
  let seen = 0
  let worst = 0
  for (let done = 0; done < samples; done++) {
    const time = feed.next()
    // What leaves the window before the row comes is told of by time alone.
    for (let due = Math.min(...machine.channels.map(({ wakeAt }) => wakeAt)); due < time; due = Math.min(...machine.channels.map(({ wakeAt }) => wakeAt))) {
      runDeadlines(machine, millis(due))
      look()
    }
    const count = chance.fraction() < 0.7 ? 0 : Math.floor(chance.between(1, 5))
    batch.count = 1
    batch.time[0] = time
    batch.value[0] = count
    batch.quality[0] = Quality.good
    if (time > newest) {
      newest = time
      tips.push({ time, count })
    }
    take(gauge, batch, millis(newest))
    look()
  }
  return worst

  function look(): void {
    const { ring } = sum
    for (; seen < ring.head; seen++) {
      const at = ring.time[seen & ring.mask] as number
      while (tips.length > 0 && (tips[0] as { time: number }).time <= at - hour) tips.shift()
      const counts = tips.reduce((total, { time, count }) => total + (time <= at ? count : 0), 0)
      if (ring.value[seen & ring.mask] !== (counts * 2) / 10) worst = Infinity
    }
  }
}

export const part: Part = {
  prefix: 'windows',
  keys: ['windows.maxRelativeError'],
  async run({ quick, note, bookmark }) {
    const wanted = samplesInAll[quick ? 'quick' : 'full'] / samplesOfSeed
    const { seed: begin, errors } = (bookmark.last() as { seed: number; errors: Errors } | null) ?? { seed: 1, errors: noErrors() }
    if (begin > 1) note(`going on at seed ${begin}`)
    for (let seed = begin; seed <= wanted; seed++) {
      const found = tryWindows(seed, samplesOfSeed)
      for (const name of statistics) {
        // JSON knows no infinity: what was kept of it comes back as null.
        errors[name] = Math.max(errors[name] ?? Infinity, found[name])
        if (found[name] > 1e-9) note(`seed ${seed}: ${name} is off by ${found[name]}`)
      }
      const wet = tryRain(seed, samplesOfSeed / 10)
      if (wet > 0) note(`seed ${seed}: a sum of rain is not exact`)
      errors.sum = Math.max(errors.sum, wet)
      bookmark.keep({ seed: seed + 1, errors })
    }
    note(statistics.map((name) => `${name} ${errors[name].toExponential(1)}`).join(', '))
    return { 'windows.maxRelativeError': Math.max(...Object.values(errors)) }
  },
}
