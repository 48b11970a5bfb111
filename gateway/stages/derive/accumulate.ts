/** The sum of a counting channel over the last `over`: integers are summed, and multiplied by the step once, at the output. */
import { duration, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { type Stage, usable } from '../../core/stage.ts'
import { countBetween, mostCounts, plausible } from './counts.ts'

interface Options {
  over: Millis
}

/** Rows further apart than so many periods have a gap between them. */
const GAP_PERIODS = 3

/** Below this share of the window a sum that exceeds nothing proves nothing. */
const LEAST_COVERAGE = 0.9

/** Counts that came in over a gap are spread evenly over it, in at most so many parts: a minute's error in an hour, for memory that stays small. */
const MOST_PARTS = 64

/** A step has at most so many decimals: finer than a nanometre of rain, and counts times parts are still whole doubles. */
const MOST_STEP_PARTS = 1e9

/**
 * Window (t-over, t], evaluated at each row and, since sums fall without new counts, whenever a count leaves it.
 * With gaps the sum is a lower bound: its quality is then `unknown`, reason `coverage` (`warm-up` while the window has not
 * yet been filled since the start). The output is in the unit of the step.
 *
 *     total       a plausible step        counted; over a gap spread evenly over it, since only its times are not known
 *                 fell over a gap         what it shows is counted, the gap is not covered: wrapped or off, nobody knows
 *                 a step beyond nature    not believed until the next total agrees with it; a single bad reading costs nothing
 *     increment   after a gap             counted, the gap is not covered; so too where the device says that some were lost
 *                 beyond nature           nothing is counted, and its time is not covered
 */
export const accumulate: DerivationKind<Options> = {
  name: 'accumulate',
  about: 'The sum of a counting channel (rain) over the last `over`, such as 1h; it falls by itself as counts grow old.',
  options: shape({ over: duration() }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input?.counting
      ? { unit: input.unit, quantity: input.quantity }
      : 'accumulate needs a channel that counts (a profile channel with count: total or increment)',
  reach: ({ over }) => over,
  build: ({ over }, wiring) => new Accumulate(over, wiring),
}

class Accumulate implements Stage {
  readonly #over: Millis
  readonly #out: Ring
  readonly #step: number
  // The step as a fraction of whole numbers.
  readonly #stepParts: number
  readonly #parts: number
  readonly #unit: string
  readonly #kind: 'total' | 'increment'
  readonly #wrap: number | null
  readonly #gapMs: number
  readonly #period: number
  // Counts that are in the window, oldest first: a ring of its own, of times and numbers that are not 0.
  readonly #times: Float64Array
  readonly #counts: Float64Array
  readonly #mask: number
  #head = 0
  #tail = 0
  #sum = 0
  // Gaps [from, to) that may still lie in the window, oldest first. Where the counts of a whole gap are known, it is a gap only once the window cuts it.
  #gaps: { from: number; to: number; known: boolean }[] = []
  #began = Number.NaN
  #last = Number.NaN
  #total = Number.NaN
  /** A total that is not believed yet, and its time. */
  #odd = Number.NaN
  #oddAt = Number.NaN

  constructor(over: Millis, { inputs, out, counting, units, periods }: Wiring) {
    const [input] = inputs
    const [counts] = counting
    if (!input || !out || !counts) throw new Error('accumulate is built over a channel that counts')
    this.#over = over
    this.#out = out
    this.#step = counts.step
    this.#parts = partsOf(counts.step)
    this.#stepParts = this.#parts === 1 ? counts.step : Math.round(counts.step * this.#parts)
    this.#unit = units[0] as string
    this.#kind = counts.kind
    this.#wrap = counts.wrap
    this.#period = periods[0] as number
    this.#gapMs = GAP_PERIODS * this.#period
    const capacity = 2 * (input.mask + 1)
    this.#times = new Float64Array(capacity)
    this.#counts = new Float64Array(capacity)
    this.#mask = capacity - 1
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    let told = from === to && Number.isNaN(this.#last)
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (usable(ring.quality[slot] as number)) {
        if (this.#kind === 'total') this.#takeTotal(time, ring.value[slot] as number)
        else this.#takeIncrement(time, ring.value[slot] as number, ring.reason[slot] === GAP)
      }
      told = this.#emit(time)
    }
    // Where a later sum was told of already, when a count left it, what came is told of now.
    if (!told) this.#emit(now)
  }

  wakeAt(): Millis {
    return this.#tail < this.#head ? millis((this.#times[this.#tail & this.#mask] as number) + this.#over) : NEVER
  }

  #takeTotal(time: number, total: number): void {
    if (Number.isNaN(this.#last)) {
      this.#began = time
      this.#stand(time, total)
      return
    }
    const dt = time - this.#last
    const gap = dt > this.#gapMs
    // Only while it is read can a counter be known to have wrapped; a device that was away and shows less was most likely off.
    const count = countBetween(this.#total, total, gap ? null : this.#wrap, mostCounts(this.#unit, this.#step, dt))
    if (Number.isNaN(count)) {
      this.#doubt(time, total)
      return
    }
    if (gap && (count > 0 || total < this.#total)) {
      this.#miss(this.#last, time, total >= this.#total)
      this.#spread(this.#last, time, count)
    } else this.#add(time, count)
    this.#stand(time, total)
  }

  /** A total that cannot be. Where the next one agrees with it, that is where the counter now stands. */
  #doubt(time: number, total: number): void {
    const count = plausible(total - this.#odd, mostCounts(this.#unit, this.#step, time - this.#oddAt))
    if (Number.isNaN(count)) {
      this.#odd = total
      this.#oddAt = time
      return
    }
    this.#miss(this.#last, this.#oddAt, false)
    this.#add(time, count)
    this.#stand(time, total)
  }

  #stand(time: number, total: number): void {
    this.#last = time
    this.#total = total
    this.#odd = Number.NaN
  }

  #takeIncrement(time: number, increment: number, lossy: boolean): void {
    if (Number.isNaN(this.#last)) this.#began = this.#last = time - this.#period
    const dt = time - this.#last
    const count = plausible(increment, mostCounts(this.#unit, this.#step, Math.max(dt, this.#period)))
    if (Number.isNaN(count) || lossy || dt > this.#gapMs) this.#miss(this.#last, time, false)
    if (!Number.isNaN(count)) this.#add(time, count)
    this.#last = time
  }

  #miss(from: number, to: number, known: boolean): void {
    const last = this.#gaps.at(-1)
    if (last && last.to === from && !last.known && !known) last.to = to
    else this.#gaps.push({ from, to, known })
  }

  #spread(from: number, to: number, count: number): void {
    const parts = Math.max(1, Math.min(MOST_PARTS, count, Math.floor((to - from) / this.#period)))
    let done = 0
    for (let part = 1; part <= parts; part++) {
      const until = Math.floor((count * part) / parts)
      this.#add(from + ((to - from) * part) / parts, until - done)
      done = until
    }
  }

  #add(time: number, count: number): void {
    if (count === 0) return
    this.#sum += count
    // A device that is read faster than the site file says fills the memory: two counts then leave the window together, at the later time.
    const full = this.#head - this.#tail > this.#mask
    const slot = (full ? this.#head - 1 : this.#head++) & this.#mask
    this.#times[slot] = time
    this.#counts[slot] = full ? (this.#counts[slot] as number) + count : count
  }

  /** False where the sum of this time, or of a later one, was told of before. */
  #emit(time: number): boolean {
    const out = this.#out
    if (out.head > 0 && time <= (out.time[(out.head - 1) & out.mask] as number)) return false
    const edge = time - this.#over
    // The very sum that wakeAt gave: an edge would round to the other side.
    while (this.wakeAt() <= time) {
      this.#sum -= this.#counts[this.#tail & this.#mask] as number
      this.#tail++
    }
    if (Number.isNaN(this.#last)) {
      push(out, time, Number.NaN, Quality.missing, INPUT)
      return true
    }
    const known = this.#covered(edge, time) >= LEAST_COVERAGE * this.#over
    const filled = this.#began <= edge + (1 - LEAST_COVERAGE) * this.#over
    // Whole numbers, divided once: the double nearest to the decimal that is meant.
    push(out, time, (this.#sum * this.#stepParts) / this.#parts, known ? Quality.good : Quality.unknown, known ? NONE : filled ? COVERAGE : WARM_UP)
    return true
  }

  /** Milliseconds of (edge, time] in which counting is known. */
  #covered(edge: number, time: number): number {
    while (this.#gaps.length > 0 && (this.#gaps[0] as { to: number }).to <= edge) this.#gaps.shift()
    let covered = time - Math.max(edge, this.#began)
    for (let k = 0; k < this.#gaps.length; k++) {
      const { from, to, known } = this.#gaps[k] as { from: number; to: number; known: boolean }
      if (!known || from < edge) covered -= to - Math.max(edge, from)
    }
    const open = time - this.#last
    return open > this.#gapMs ? covered - (time - Math.max(edge, this.#last)) : covered
  }
}

const NONE = reasonCode('none')
const GAP = reasonCode('gap')
const INPUT = reasonCode('input')
const COVERAGE = reasonCode('coverage')
const WARM_UP = reasonCode('warm-up')

/** The power of ten of which the step, as it is written, is a whole number: 10 for 0.2, 1000 for 0.254; 1 where there is none. */
function partsOf(step: number): number {
  for (let parts = 1; parts <= MOST_STEP_PARTS; parts *= 10) if (Math.round(step * parts) / parts === step) return parts
  return 1
}
