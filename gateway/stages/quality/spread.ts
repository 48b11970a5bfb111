/**
 * How many rows the last `span` (t-W, t] holds and how far they spread (population standard deviation), for a test that must
 * not wait for the tests after it: it keeps its own record of the rows that it counted, so that a verdict on one of them
 * afterwards changes nothing.
 *
 * Centred sums, O(1) a row. What rounding may have done to them is bounded, and once the bound is more than a billionth of
 * what `limit` compares with they are made anew about a new centre, O(rows in the window).
 */
import type { Millis } from '../../../protocol/time.ts'
import { oldest, type Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'

/** Of the variance at the limit: far below any instrument's resolution. */
const TOLERANCE = 1e-9

/** Half the distance from 1 to the next double. */
const ROUNDING = 2 ** -53

export class Spread {
  readonly span: Millis
  count = 0
  /** Station time of the oldest row that counts. */
  first = Number.NaN
  readonly #limit: number
  readonly #own: number
  readonly #counted: Uint8Array
  #tail = 0
  #next = 0
  #centre = 0
  #sum = 0
  #squares = 0
  #error = 0

  /** `limit`: the greatest deviation that it is compared with. `own`: rows that failed for this reason still count. */
  constructor(span: Millis, capacity: number, limit: number, own: number) {
    this.span = span
    this.#limit = limit
    this.#own = own
    this.#counted = new Uint8Array(capacity)
  }

  /** Takes in one row (in order, each row once) and brings the window to its time. */
  admit(ring: Ring, row: number): void {
    const slot = row & ring.mask
    if (this.#tail < oldest(ring)) this.#renew(ring, oldest(ring))
    const counts = usable(ring.quality[slot] as number) || ring.reason[slot] === this.#own
    this.#counted[slot] = counts ? 1 : 0
    this.#next = row + 1
    if (counts) {
      if (this.count === 0) this.#recentre(ring.value[slot] as number)
      this.#apply(ring.value[slot] as number, 1)
    }
    const edge = (ring.time[slot] as number) - this.span
    while (this.#tail < row && (this.#counted[this.#tail & ring.mask] === 0 || (ring.time[this.#tail & ring.mask] as number) <= edge)) {
      if (this.#counted[this.#tail & ring.mask] === 1) this.#apply(ring.value[this.#tail & ring.mask] as number, -1)
      this.#tail++
    }
    this.first = ring.time[this.#tail & ring.mask] as number
    // Where the spread is beyond the limit for certain, no digit of it matters.
    const doubt = ROUNDING * this.#error
    const least = TOLERANCE * this.count * this.#limit * this.#limit
    if (doubt > least && this.#about() - doubt <= this.count * this.#limit * this.#limit) this.#renew(ring, this.#tail)
  }

  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#about()) / this.count)
  }

  /** Sum of squares about the mean. */
  #about(): number {
    return this.#squares - (this.#sum * this.#sum) / this.count
  }

  #recentre(centre: number): void {
    this.#centre = centre
    this.#sum = this.#squares = this.#error = 0
  }

  #apply(value: number, sign: 1 | -1): void {
    const y = value - this.#centre
    this.count += sign
    this.#sum += sign * y
    this.#squares += sign * y * y
    // A sum rounds by half a unit of itself, a square of a difference by three of its own; the mean's part is no greater.
    this.#error += 2 * (Math.abs(this.#squares) + 3 * y * y)
  }

  #renew(ring: Ring, from: number): void {
    this.#tail = from
    let n = 0
    let centre = 0
    for (let row = from; row < this.#next; row++) if (this.#counted[row & ring.mask] === 1) centre += ((ring.value[row & ring.mask] as number) - centre) / ++n
    this.count = 0
    this.#recentre(centre)
    for (let row = from; row < this.#next; row++) if (this.#counted[row & ring.mask] === 1) this.#apply(ring.value[row & ring.mask] as number, 1)
    this.#error = 0
  }
}
