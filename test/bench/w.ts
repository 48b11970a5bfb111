// The reference workload W, made of our stages: quality, windows of 1, 3 and 24 h, extremes, lines, EWMA, CUSUM, and four levels, on made-up rows.
// What it takes from the shelf: the windows, the extremes, the range and the rate test. Its spike test (a leap from the row before), its flat
// line (a run of equal rows), its drift and its levels (one pending step with one delay) are simpler than ours and stand here.

import { makeCalendar } from '../../gateway/core/calendar.ts'
import { type Channel, makeChannels, take } from '../../gateway/core/channel.ts'
import type { Extremes } from '../../gateway/core/extremes.ts'
import type { AnyKind, Wiring } from '../../gateway/core/kind.ts'
import { type ChannelPlan, type DetectorPlan, plainResponse, type StagePlan } from '../../gateway/core/plan.ts'
import { BYTES_PER_ROW, type Ring } from '../../gateway/core/ring.ts'
import { type Detector, type Stage, worsen } from '../../gateway/core/stage.ts'
import type { Window, WindowFigures } from '../../gateway/core/window.ts'
import { range } from '../../gateway/stages/quality/range.ts'
import { rate } from '../../gateway/stages/quality/rate.ts'
import type { Level } from '../../protocol/level.ts'
import { Quality, reasonCode } from '../../protocol/quality.ts'
import type { Samples } from '../../protocol/samples.ts'
import { instant, type Millis, millis } from '../../protocol/time.ts'

const second = 1000
const hour = 3600 * second
const day = 24 * hour

/** One row in half a minute, up to two seconds late. */
const periodMs = 30 * second
export const ringRows = 4096

/** Rows of every kind before anything is measured: the windows of 24 h are full, and the rings have gone round once. */
export const warmUpRows = 4200

const leap = 40
const flatRows = 240
const SPIKE = reasonCode('spike')
const FLAT = reasonCode('flat')

/** What two programs that did the same work agree in. */
export interface Counts {
  transitions: number
  bad: number
  alarms: number
}

/** The input, by xorshift: 8192 values (a slow triangle, noise, one leap of 100 in 512) and 1024 delays in seconds. */
export function tables(): { values: Float64Array; delays: Float64Array } {
  let x = 2463534242
  const next = (): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 8) / 2 ** 24
  }
  const values = Float64Array.from({ length: 8192 }, (_, i) => {
    const noise = next()
    const triangle = (i & 2047) < 1024 ? i & 1023 : 1023 - (i & 1023)
    return 10 + triangle / 256 + noise * 2 + ((x & 511) === 7 ? 100 : 0)
  })
  return { values, delays: Float64Array.from({ length: 1024 }, () => next() * 2) }
}

/** A leap from the row before fails; back again is one too. */
class Leap implements Stage {
  // A field that begins as NaN holds doubles ever after, and a double that is set is not allocated.
  #last = Number.NaN

  constructor() {
    this.#last = 10
  }

  run(ring: Ring, from: number, to: number): void {
    let last = this.#last
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if ((ring.quality[slot] as number) >= Quality.fail) continue
      const value = ring.value[slot] as number
      if (Math.abs(value - last) > leap) worsen(ring, row, Quality.fail, SPIKE)
      last = value
    }
    this.#last = last
  }
}

/** So many rows in a row that do not leave the first of them. */
class Still implements Stage {
  #value = Number.NEGATIVE_INFINITY
  #rows = 0

  run(ring: Ring, from: number, to: number): void {
    let still = this.#value
    let rows = this.#rows
    for (let row = from; row < to; row++) {
      const value = ring.value[row & ring.mask] as number
      if (Math.abs(value - still) >= 1e-9) {
        rows = 0
        still = value
      } else if (++rows >= flatRows) worsen(ring, row, Quality.suspect, FLAT)
    }
    this.#value = still
    this.#rows = rows
  }
}

/** Least and greatest of ten minutes. */
class Range10 implements Stage {
  readonly #extremes: Extremes
  sum = Number.NaN

  constructor(extremes: Extremes) {
    this.#extremes = extremes
  }

  run(ring: Ring, from: number, to: number): void {
    this.#extremes.run(ring, from, to)
    const { least, greatest } = this.#extremes.columns
    let sum = this.sum
    for (let at = 0; at < to - from; at++) sum += (least[at] as number) + (greatest[at] as number)
    this.sum = sum
  }
}

/** Sums of 1, 3 and 24 h, mean and variance of 1 h, slopes of 1 and 24 h a day; the newest stand. */
class Figures implements Stage {
  readonly #hour: WindowFigures
  readonly #three: WindowFigures
  readonly #day: WindowFigures
  readonly figures = new Float64Array(7)

  constructor(windows: [Window, Window, Window]) {
    this.#hour = windows[0].figures
    this.#three = windows[1].figures
    this.#day = windows[2].figures
  }

  run(_ring: Ring, from: number, to: number): void {
    const { figures } = this
    for (let at = 0; at < to - from; at++) {
      figures[0] = this.#hour.mean(at) * this.#hour.count(at)
      figures[1] = this.#three.mean(at) * this.#three.count(at)
      figures[2] = this.#day.mean(at) * this.#day.count(at)
      figures[3] = this.#hour.mean(at)
      figures[4] = this.#hour.syy(at) / this.#hour.count(at)
      figures[5] = this.#hour.slope(at) * day
      figures[6] = this.#day.slope(at) * day
    }
  }
}

/** max(x, 0) without a branch, which noise would make the processor guess wrong. Exact: a doubled number is halved. */
const positive = (x: number): number => (x + Math.abs(x)) * 0.5

/** Two-sided CUSUM of what an EWMA does not follow. */
class Drift implements Stage {
  alarms = 0
  #ewma = Number.NaN
  #up = Number.NaN
  #down = Number.NaN

  constructor() {
    this.#ewma = this.#up = this.#down = 0
  }

  run(ring: Ring, from: number, to: number): void {
    let ewma = this.#ewma
    let up = this.#up
    let down = this.#down
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if ((ring.quality[slot] as number) >= Quality.fail) continue
      const residual = (ring.value[slot] as number) - ewma
      ewma += 0.02 * residual
      up = positive(up + residual - 0.5)
      down = positive(down - residual - 0.5)
      if (up > 50 || down > 50) this.alarms++
    }
    this.#ewma = ewma
    this.#up = up
    this.#down = down
  }
}

const onDelayMs = 120 * second
/** By class: four set points, and the dead band. */
const limits = [Float64Array.of(3600, 3650, 3700, 3800, 2), Float64Array.of(0.5, 1, 2, 4, 0.2), Float64Array.of(14, 16, 18, 20, 2)]

/** Four levels with dead band and on-delay, over the sum of 3 h, the slope of 24 h, or the value; and the count of rows that failed. */
class Levels implements Detector {
  level: Level = 0
  readonly since = millis(0)
  readonly doubt = 'none'
  transitions = 0
  bad = 0
  readonly #class: number
  readonly #limits: Float64Array
  readonly #three: WindowFigures
  readonly #day: WindowFigures
  #pending = 0
  #pendingSince = Number.NaN

  constructor(of: number, three: Window, day: Window) {
    this.#class = of
    this.#limits = limits[of] as Float64Array
    this.#three = three.figures
    this.#day = day.figures
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if ((ring.quality[slot] as number) >= Quality.fail) this.bad++
      else this.#judge(ring, slot, row - from)
    }
  }

  #judge(ring: Ring, slot: number, at: number): void {
    const three = this.#three
    const whole = this.#day
    const measure =
      this.#class === 0 ? three.mean(at) * three.count(at) : this.#class === 2 ? (ring.value[slot] as number) : whole.stt(at) > 0 ? whole.slope(at) * day : 0
    const setPoints = this.#limits
    const deadBand = setPoints[4] as number
    const { level } = this
    // Set points rise, and so do those less the dead band: the level is how many are reached.
    let want = 0
    for (let k = 0; k < 4; k++) want += +(measure >= (setPoints[k] as number) - deadBand * +(level > k))
    if (want < level) {
      this.#pending = want
      this.#move(want as Level)
    } else if (want === level) this.#pending = level
    else if (this.#pending <= level) {
      this.#pending = want
      this.#pendingSince = ring.time[slot] as number
    } else {
      if (want < this.#pending) this.#pending = want
      if ((ring.time[slot] as number) - this.#pendingSince >= onDelayMs) this.#move(this.#pending as Level)
    }
  }

  #move(level: Level): void {
    this.level = level
    this.transitions++
  }

  evidence() {
    return {}
  }
}

function made<S extends Stage>(kind: string, index: number, build: (wiring: Wiring) => S): StagePlan<S> {
  return { kind, inputs: [index], build }
}

const shelf = (kind: AnyKind<Stage>, index: number, options: object): StagePlan<Stage> => made(kind.name, index, (wiring) => kind.build(options, wiring))

function channelPlan(index: number): ChannelPlan {
  return {
    ...{ name: `c${index}`, quantity: 'level', unit: 'm', digits: 3, counting: null, period: millis(periodMs), rows: ringRows, derivation: null },
    quality: [
      shelf(range, index, { sensor: [-50, 150] }),
      shelf(rate, index, { suspect: { value: 1, per: millis(second) } }),
      made('leap', index, () => new Leap()),
      made('still', index, () => new Still()),
    ],
  }
}

/** Many channels at work on W; `run` judges the next rows of each, `piece` at a time, channel by channel. */
export function makeW(channelCount: number) {
  const { values, delays } = tables()
  const ends: { drift: Drift; levels: Levels }[] = []
  const detectors = Array.from({ length: channelCount }, (_, index): DetectorPlan[] => {
    const drift = new Drift()
    const windowsOf = ({ window }: Wiring) => [window(0, millis(hour)), window(0, millis(3 * hour)), window(0, millis(day))] as [Window, Window, Window]
    const silent = <S extends Stage>(stage: S): Detector => stage as unknown as Detector
    return [
      { name: `range-${index}`, ...made('range10', index, ({ extremes }) => silent(new Range10(extremes(0, millis(600 * second))))) },
      { name: `figures-${index}`, ...made('figures', index, (wiring) => silent(new Figures(windowsOf(wiring)))) },
      { name: `drift-${index}`, ...made('drift', index, () => silent(drift)) },
      {
        ...{ name: `levels-${index}` },
        ...made('levels', index, (wiring) => {
          const [, three, whole] = windowsOf(wiring)
          const levels = new Levels(index % 3, three, whole)
          ends.push({ drift, levels })
          return levels
        }),
      },
    ]
  }).flat()
  const channels = Array.from({ length: channelCount }, (_, index) => channelPlan(index))
  const plan = { mode: 'test' as const, channels, detectors, alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] }
  const start = { at: millis(0), wall: instant(0), wallQuality: 'synchronised' as const }
  const machine = makeChannels(plan, start.at, makeCalendar(millis(0), start).calendar)
  const most = 64
  const samples: Samples = {
    ...{ channel: 0, count: 0, time: new Float64Array(most), value: new Float64Array(most) },
    ...{ quality: new Uint8Array(most).fill(Quality.good), reason: new Uint8Array(most) },
  }
  let next = 0

  function judge(channel: Channel, row: number, count: number, now: Millis): void {
    const { number } = channel
    samples.count = count
    for (let k = 0; k < count; k++) {
      samples.time[k] = ((row + k) * 30 + (delays[(number + row + k) & 1023] as number)) * second
      samples.value[k] = values[(number * 7919 + row + k) & 8191] as number
    }
    take(channel, samples, now)
  }

  return {
    machine,
    /** CPU time of a sample, in ns. */
    run(rows: number, piece: number): number {
      const end = next + rows
      const before = process.cpuUsage()
      for (; next < end; next += piece) {
        const count = Math.min(piece, end - next)
        const now = millis((next + count) * periodMs)
        for (const channel of machine.channels) judge(channel, next, count, now)
      }
      next = end
      const { user, system } = process.cpuUsage(before)
      return ((user + system) * 1000) / (rows * channelCount)
    },
    counts(): Counts {
      const sum = (of: (end: (typeof ends)[number]) => number): number => ends.reduce((total, end) => total + of(end), 0)
      return { transitions: sum(({ levels }) => levels.transitions), bad: sum(({ levels }) => levels.bad), alarms: sum(({ drift }) => drift.alarms) }
    },
  }
}

export const rawRingBytes = ringRows * BYTES_PER_ROW
