/**
 * Least and greatest value of the last `span` of a channel, in O(1) a row on the average, by two stacks:
 *
 *     back stack (old rows, each with the extremes from itself to the middle) | front (new rows, one pair of extremes)
 *
 * When the back is used up, the front is turned over into it. The window keeps one row at or before its old edge,
 * so that it always covers the whole span once there is history enough.
 */
import { Quality } from '../../protocol/quality.ts'
import type { Millis } from '../../protocol/time.ts'
import { oldest, type Ring } from './ring.ts'

/** The back stack grows from so few rows to those of a whole window, which is never more than the ring. */
const FIRST_ROWS = 16

export class Extremes {
  readonly span: Millis
  least = Number.NaN
  greatest = Number.NaN
  /** Station time of the oldest row that counts. */
  first = Number.NaN
  #tail = 0
  #middle = 0
  #next = 0
  #revision = 0
  #frontLeast = Infinity
  #frontGreatest = -Infinity
  /** A row's place is its number by the length, a power of two. */
  #backLeast = new Float64Array(FIRST_ROWS)
  #backGreatest = new Float64Array(FIRST_ROWS)
  readonly #own: number

  /** `own`: rows that failed for this reason still count, so that a test does not blind itself by its own verdicts. */
  constructor(span: Millis, own = -1) {
    this.span = span
    this.#own = own
  }

  /** Forgets all before `row`: after a gap a window starts anew. */
  restart(row: number): void {
    this.#tail = this.#middle = this.#next = row
    this.#frontLeast = Infinity
    this.#frontGreatest = -Infinity
  }

  /** Takes in one row (in order, each row once) and brings the extremes to its time. */
  admit(ring: Ring, row: number): void {
    if (this.#revision !== ring.revision || this.#tail < oldest(ring)) this.#rebuild(ring, row)
    const slot = row & ring.mask
    const time = ring.time[slot] as number
    if (this.#counts(ring, row)) {
      const value = ring.value[slot] as number
      if (value < this.#frontLeast) this.#frontLeast = value
      if (value > this.#frontGreatest) this.#frontGreatest = value
    }
    this.#next = row + 1
    while (this.#tail < row && (!this.#counts(ring, this.#tail) || (ring.time[(this.#tail + 1) & ring.mask] as number) <= time - this.span)) {
      if (this.#tail >= this.#middle) this.#turnOver(ring)
      this.#tail++
    }
    const back = this.#tail < this.#middle
    const at = this.#tail & (this.#backLeast.length - 1)
    this.least = Math.min(back ? (this.#backLeast[at] as number) : Infinity, this.#frontLeast)
    this.greatest = Math.max(back ? (this.#backGreatest[at] as number) : -Infinity, this.#frontGreatest)
    this.first = ring.time[this.#tail & ring.mask] as number
  }

  #counts(ring: Ring, row: number): boolean {
    const slot = row & ring.mask
    return (ring.quality[slot] as number) < Quality.fail || ring.reason[slot] === this.#own
  }

  #turnOver(ring: Ring): void {
    const rows = this.#next - this.#tail
    if (rows > this.#backLeast.length) {
      this.#backLeast = new Float64Array(2 ** Math.ceil(Math.log2(rows)))
      this.#backGreatest = new Float64Array(this.#backLeast.length)
    }
    const mask = this.#backLeast.length - 1
    let least = Infinity
    let greatest = -Infinity
    for (let row = this.#next - 1; row >= this.#tail; row--) {
      const slot = row & ring.mask
      if (this.#counts(ring, row)) {
        least = Math.min(least, ring.value[slot] as number)
        greatest = Math.max(greatest, ring.value[slot] as number)
      }
      this.#backLeast[row & mask] = least
      this.#backGreatest[row & mask] = greatest
    }
    this.#middle = this.#next
    this.#frontLeast = Infinity
    this.#frontGreatest = -Infinity
  }

  #rebuild(ring: Ring, end: number): void {
    this.#revision = ring.revision
    this.#tail = Math.max(this.#tail, oldest(ring))
    this.#next = end
    this.#turnOver(ring)
  }
}
