/** What a counting channel has counted, row by row: whole counts with their times, and the times in which nobody counted. */
import type { Counting } from '../../../protocol/counting.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import { countBetween, mostCounts, plausible } from '../derive/counts.ts'

/** Rows further apart than so many periods have a gap between them. */
const GAP_PERIODS = 3

/** Counts that came in over a gap are spread evenly over it, in at most so many parts: a minute's error in an hour, for memory that stays small. */
const MOST_PARTS = 64

const GAP = reasonCode('gap')

/** Who is told: all in order of time, never before the row that was taken last. */
export interface Counted {
  add(time: number, count: number): void
  /** In [from, to) counting is not known. `known`: but the counts of all of it are, only not their times. */
  miss(from: number, to: number, known: boolean): void
}

/**
 *     total       a plausible step        counted; over a gap spread evenly over it, since only its times are not known
 *                 fell over a gap         what it shows is counted, the gap is not covered: wrapped or off, nobody knows
 *                 a step beyond nature    not believed until the next total agrees with it; a single bad reading costs nothing
 *     increment   after a gap             counted, the gap is not covered; so too where the device says that some were lost
 *                 beyond nature           nothing is counted, and its time is not covered
 */
export class Intake {
  /** Rows further apart have a gap between them. */
  readonly gapMs: number
  /** Since when it has been counted, and until when; NaN before the first row. */
  began = Number.NaN
  last = Number.NaN
  readonly #to: Counted
  readonly #unit: string
  readonly #step: number
  readonly #kind: Counting['kind']
  readonly #wrap: number | null
  readonly #period: number
  /** The last total that was believed; NaN of increments. */
  total = Number.NaN
  /** A total that is not believed yet, and its time. */
  #odd = Number.NaN
  #oddAt = Number.NaN

  constructor({ counting: [counting], units, periods }: Wiring, to: Counted) {
    if (!counting) throw new Error('this stage is built over a channel that counts')
    this.#to = to
    this.#unit = units[0] as string
    this.#step = counting.step
    this.#kind = counting.kind
    this.#wrap = counting.wrap
    this.#period = periods[0] as number
    this.gapMs = GAP_PERIODS * this.#period
  }

  /** Takes one row in; false where it has no value, or one that is not believed. */
  take(ring: Ring, row: number): boolean {
    const slot = row & ring.mask
    if (!usable(ring.quality[slot] as number)) return false
    const time = ring.time[slot] as number
    if (this.#kind === 'total') this.#takeTotal(time, ring.value[slot] as number)
    else this.#takeIncrement(time, ring.value[slot] as number, ring.reason[slot] === GAP)
    return this.last === time
  }

  /** Goes on from where a counter stood at `last`, in an earlier life of the station. */
  resume(total: number, last: number): void {
    this.began = this.last = last
    this.total = total
  }

  #takeTotal(time: number, total: number): void {
    if (Number.isNaN(this.total)) {
      if (Number.isNaN(this.began)) this.began = time
      this.#stand(time, total)
      return
    }
    const dt = time - this.last
    const gap = dt > this.gapMs
    // Only while it is read can a counter be known to have wrapped; a device that was away and shows less was most likely off.
    const count = countBetween(this.total, total, gap ? null : this.#wrap, mostCounts(this.#unit, this.#step, dt))
    if (Number.isNaN(count)) {
      this.#doubt(time, total)
      return
    }
    if (gap && (count > 0 || total < this.total)) {
      this.#to.miss(this.last, time, total >= this.total)
      this.#spread(this.last, time, count)
    } else this.#to.add(time, count)
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
    this.#to.miss(this.last, this.#oddAt, false)
    this.#to.add(time, count)
    this.#stand(time, total)
  }

  #stand(time: number, total: number): void {
    this.last = time
    this.total = total
    this.#odd = Number.NaN
  }

  #takeIncrement(time: number, increment: number, lossy: boolean): void {
    if (Number.isNaN(this.last)) this.began = this.last = time - this.#period
    const dt = time - this.last
    const count = plausible(increment, mostCounts(this.#unit, this.#step, Math.max(dt, this.#period)))
    if (Number.isNaN(count) || lossy || dt > this.gapMs) this.#to.miss(this.last, time, false)
    if (!Number.isNaN(count)) this.#to.add(time, count)
    this.last = time
  }

  #spread(from: number, to: number, count: number): void {
    const parts = Math.max(1, Math.min(MOST_PARTS, count, Math.floor((to - from) / this.#period)))
    let done = 0
    for (let part = 1; part <= parts; part++) {
      const until = Math.floor((count * part) / parts)
      this.#to.add(from + ((to - from) * part) / parts, until - done)
      done = until
    }
  }
}
