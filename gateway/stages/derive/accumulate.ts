/** The sum of a counting channel over the last `over`: integers are summed, and multiplied by the step once, at the output. */
import { duration, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { type Stage, usable } from '../../core/stage.ts'
import { countBetween, mostCounts } from './counts.ts'

interface Options {
  over: Millis
}

/** Rows further apart than so many periods have a gap between them. */
const GAP_PERIODS = 3

/** Below this share of the window a sum that exceeds nothing proves nothing. */
const LEAST_COVERAGE = 0.9

/** Counts that came in over a gap are spread evenly over it, in at most so many parts: a minute's error in an hour, for memory that stays small. */
const MOST_PARTS = 64

/**
 * Window (t-over, t], evaluated at each row and, since sums fall without new counts, whenever a count leaves it.
 * With gaps the sum is a lower bound: its quality is then `unknown`, reason `coverage` (`warm-up` while the window has not
 * yet been filled since the start). The output is in the unit of the step.
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
  // What is not covered: closed gaps [from, to) that may still lie in the window, oldest first.
  #gaps: { from: number; to: number }[] = []
  #began = Number.NaN
  #last = Number.NaN
  #total = Number.NaN

  constructor(over: Millis, { inputs, out, counting, units, periods }: Wiring) {
    const [input] = inputs
    const [counts] = counting
    if (!input || !out || !counts) throw new Error('accumulate is built over a channel that counts')
    this.#over = over
    this.#out = out
    this.#step = counts.step
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
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (usable(ring.quality[slot] as number)) this.#count(time, ring.value[slot] as number)
      this.#emit(time)
    }
    if (from === to && !Number.isNaN(this.#last)) this.#emit(now)
  }

  wakeAt(): Millis {
    return this.#tail < this.#head ? millis((this.#times[this.#tail & this.#mask] as number) + this.#over) : NEVER
  }

  #count(time: number, value: number): void {
    const dt = time - this.#last
    const first = Number.isNaN(this.#last)
    if (first) this.#began = this.#kind === 'total' ? time : time - this.#period
    const gap = !first && dt > this.#gapMs
    let count = value
    if (this.#kind === 'total') {
      const counted = first ? { count: 0, how: 'plain' } : countBetween(this.#total, value, this.#wrap, mostCounts(this.#unit, this.#step, dt))
      count = counted.count
      if (counted.how === 'implausible') this.#miss(this.#last, time)
    } else if (gap) this.#miss(this.#last, time)
    // A total goes on counting while nobody reads it: what fell in a gap is known, only its times are not.
    if (gap && this.#kind === 'total' && count > 0) this.#spread(this.#last, time, count)
    else if (count !== 0) this.#add(time, count)
    this.#last = time
    this.#total = value
  }

  #miss(from: number, to: number): void {
    const last = this.#gaps.at(-1)
    if (last && last.to === from) last.to = to
    else this.#gaps.push({ from, to })
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
    this.#sum += count
    // A device that is read faster than the site file says fills the memory: two counts then leave the window together, at the later time.
    const full = this.#head - this.#tail > this.#mask
    const slot = (full ? this.#head - 1 : this.#head++) & this.#mask
    this.#times[slot] = time
    this.#counts[slot] = full ? (this.#counts[slot] as number) + count : count
  }

  #emit(time: number): void {
    const out = this.#out
    if (out.head > 0 && time <= (out.time[(out.head - 1) & out.mask] as number)) return
    const edge = time - this.#over
    while (this.#tail < this.#head && (this.#times[this.#tail & this.#mask] as number) <= edge) {
      this.#sum -= this.#counts[this.#tail & this.#mask] as number
      this.#tail++
    }
    if (Number.isNaN(this.#last)) {
      push(out, time, Number.NaN, Quality.missing, reasonCode('input'))
      return
    }
    const known = this.#covered(edge, time) >= LEAST_COVERAGE * this.#over
    const filled = this.#began <= edge + (1 - LEAST_COVERAGE) * this.#over
    const reason = known ? 'none' : filled ? 'coverage' : 'warm-up'
    // Twelve digits: a count times a decimal step, without the binary tail of the step.
    push(out, time, Number((this.#sum * this.#step).toPrecision(12)), known ? Quality.good : Quality.unknown, reasonCode(reason))
  }

  /** Milliseconds of (edge, time] in which counting is known. */
  #covered(edge: number, time: number): number {
    while (this.#gaps.length > 0 && (this.#gaps[0] as { to: number }).to <= edge) this.#gaps.shift()
    let covered = time - Math.max(edge, this.#began)
    for (const { from, to } of this.#gaps) covered -= to - Math.max(edge, from)
    const open = time - this.#last
    return open > this.#gapMs ? covered - (time - Math.max(edge, this.#last)) : covered
  }
}
