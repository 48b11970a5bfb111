/** What a counting channel has counted, row by row: whole counts with their times, and the times in which nobody counted. */
import type { Counting } from '../../../protocol/counting.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import { countOn, mostCounts, plausible } from '../derive/counts.ts'
import { countingOf } from './amount.ts'

/** Rows further apart than so many periods have a gap between them. */
const GAP_PERIODS = 3

/** Counts that came in over a gap are spread evenly over it, in at most so many parts: a minute's error in an hour, for memory that stays small. */
const MOST_PARTS = 64

const GAP = reasonCode('gap')

/** Who is told, in order of time. */
export interface Counted {
  add(time: number, count: number): void
  /** In [from, to) counting is not known. `known`: but the counts of all of it are, only not their times. */
  miss(from: number, to: number, known: boolean): void
  /** What is added from here on is of a reading that may yet turn out to be false ... */
  begin(): void
  /** ... as it has now: it is as if nothing had been added since. */
  undo(): void
}

export interface KeptIntake {
  began: number
  last: number
  /** The last total, the one before it and its time, the one that is not believed yet and its time; null where there is none. */
  totals: (number | null)[]
}

/**
 *     increment   after a gap             counted, the gap is not covered; so too where the device says that some were lost
 *                 beyond nature           nothing is counted, and its time is not covered
 *     total       on, or round a wrap     counted; over a gap spread evenly over it, since only its times are not known
 *                 anything else           not believed until the next total agrees with it; a single bad reading costs nothing
 *
 * Once two totals agree against the one before them:
 *
 *     they go on from the one before that one      it was the false one; what it counted is taken back
 *     they began at so few as can be in that time  the counter was reset: all they show is counted, what it lost is not covered
 *     else                                         another counter: from here on it counts, the time before is not covered
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
  /** The last total that was believed, at `last`; NaN of increments. */
  #total = Number.NaN
  /** The total that was believed before that one, and its time. */
  #before = Number.NaN
  #beforeAt = Number.NaN
  /** A total that is not believed yet, and its time. */
  #odd = Number.NaN
  #oddAt = Number.NaN

  constructor(wiring: Wiring, to: Counted) {
    const { kind, step, wrap } = countingOf(wiring)
    this.#to = to
    this.#unit = wiring.units[0] as string
    this.#step = step
    this.#kind = kind
    this.#wrap = wrap
    this.#period = wiring.periods[0] as number
    this.gapMs = GAP_PERIODS * this.#period
  }

  /** Takes one row in; false where it has no value, or one that is not believed. */
  take(ring: Ring, row: number): boolean {
    const slot = row & ring.mask
    const time = ring.time[slot] as number
    if (!usable(ring.quality[slot] as number)) {
      if (this.#kind === 'increment' && ring.quality[slot] === Quality.fail) this.#lose(time)
      return false
    }
    if (this.#kind === 'total') this.#takeTotal(time, ring.value[slot] as number)
    else this.#takeIncrement(time, ring.value[slot] as number, ring.reason[slot] === GAP)
    return this.last === time
  }

  #takeTotal(time: number, total: number): void {
    if (Number.isNaN(this.#total)) {
      this.began = time
      this.#stand(time, total)
      return
    }
    const count = this.#countOn(this.#total, this.last, total, time)
    if (Number.isNaN(count)) {
      this.#doubt(time, total)
      return
    }
    if (time - this.last > this.gapMs && count > 0) this.#to.miss(this.last, time, true)
    this.#to.begin()
    this.#spread(this.last, time, count)
    this.#stand(time, total)
  }

  #countOn(from: number, fromAt: number, total: number, time: number): number {
    // Only while it is read can a counter be known to have wrapped; a device that was away and shows less was most likely off.
    const wrap = time - fromAt > this.gapMs ? null : this.#wrap
    return countOn(from, total, wrap, this.#most(time - fromAt))
  }

  #most(dt: number): number {
    return mostCounts(this.#unit, this.#step, dt)
  }

  #doubt(time: number, total: number): void {
    const [odd, oddAt] = [this.#odd, this.#oddAt]
    const since = this.#countOn(odd, oddAt, total, time)
    if (Number.isNaN(since)) {
      this.#odd = total
      this.#oddAt = time
      return
    }
    const right = this.#countOn(this.#before, this.#beforeAt, odd, oddAt)
    // Of a first total nobody knows whether it was right: what differs from it is no reset.
    const fresh = Number.isNaN(this.#before) ? Number.NaN : plausible(odd, this.#most(oddAt - this.last))
    if (Number.isNaN(right)) {
      this.#to.miss(this.last, oddAt, false)
      if (!Number.isNaN(fresh)) this.#spread(this.last, oddAt, fresh)
    } else {
      this.#to.undo()
      this.#spread(this.#beforeAt, oddAt, right)
    }
    this.#stand(oddAt, odd)
    this.#to.begin()
    this.#to.add(time, since)
    this.#stand(time, total)
  }

  #stand(time: number, total: number): void {
    this.#before = this.#total
    this.#beforeAt = this.last
    this.last = time
    this.#total = total
    this.#odd = Number.NaN
  }

  #takeIncrement(time: number, increment: number, lossy: boolean): void {
    if (Number.isNaN(this.last)) this.began = this.last = time - this.#period
    const dt = time - this.last
    const count = plausible(increment, this.#most(Math.max(dt, this.#period)))
    if (Number.isNaN(count) || lossy || dt > this.gapMs) this.#to.miss(this.last, time, false)
    if (!Number.isNaN(count)) this.#to.add(time, count)
    this.last = time
  }

  /** A total that failed costs nothing, the next one tells it; an increment that failed is gone for good. */
  #lose(time: number): void {
    if (Number.isNaN(this.last)) return
    this.#to.miss(this.last, time, false)
    this.last = time
  }

  #spread(from: number, to: number, count: number): void {
    const parts = to - from > this.gapMs ? Math.max(1, Math.min(MOST_PARTS, count, Math.floor((to - from) / this.#period))) : 1
    let done = 0
    for (let part = 1; part <= parts; part++) {
      const until = Math.floor((count * part) / parts)
      this.#to.add(from + ((to - from) * part) / parts, until - done)
      done = until
    }
  }

  /** Null before the first row. */
  kept(): KeptIntake | null {
    if (Number.isNaN(this.last)) return null
    const totals = [this.#total, this.#before, this.#beforeAt, this.#odd, this.#oddAt]
    return { began: this.began, last: this.last, totals: totals.map((value) => (Number.isNaN(value) ? null : value)) }
  }

  /** Goes on from where a counter stood in an earlier life of the station, so that what it counted meanwhile is not lost. False for what is nothing of the kind. */
  recall(kept: unknown): boolean {
    const { began, last, totals } = (kept ?? {}) as Partial<KeptIntake>
    if (!Number.isFinite(began) || !Number.isFinite(last) || !Array.isArray(totals) || totals.length !== 5) return false
    this.began = began as number
    this.last = last as number
    const numbers = totals.map((value) => (Number.isFinite(value) ? value : Number.NaN)) as [number, number, number, number, number]
    ;[this.#total, this.#before, this.#beforeAt, this.#odd, this.#oddAt] = numbers
    return true
  }
}
