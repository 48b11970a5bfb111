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
import { PIECE } from './window.ts'

/** The back stack grows from so few rows to those of a whole window, which is never more than the ring. */
const FIRST_ROWS = 16

/** Results a row, at the row's place among those taken in at once. One for all: they hold until another window takes rows in. */
const columns = {
  least: new Float64Array(PIECE),
  greatest: new Float64Array(PIECE),
  /** Station time of the oldest row that counts. */
  first: new Float64Array(PIECE),
}

const FAIL: number = Quality.fail

// Which of two is the less hangs on noise: a branch is guessed wrong every few rows, at 15-20 cycles. A place in a list is not guessed.
const pair = new Float64Array(2)

function lesser(a: number, b: number): number {
  pair[0] = a
  pair[1] = b
  return pair[+(b < a)] as number
}

function greater(a: number, b: number): number {
  pair[0] = a
  pair[1] = b
  return pair[+(b > a)] as number
}

export class Extremes {
  readonly span: Millis
  readonly columns = columns
  #tail = 0
  #middle = 0
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
    this.#tail = this.#middle = row
    this.#frontLeast = Infinity
    this.#frontGreatest = -Infinity
  }

  /** Takes in the rows [from, to), at most `PIECE` (in order, each row once), and tells the extremes at the time of each. */
  run(ring: Ring, from: number, to: number): void {
    if (this.#revision !== ring.revision || this.#tail < oldest(ring)) this.#rebuild(ring, from)
    const { mask, time, value, quality, reason } = ring
    const { least, greatest, first } = this.columns
    const { span } = this
    const own = this.#own
    let frontLeast = this.#frontLeast
    let frontGreatest = this.#frontGreatest
    let tail = this.#tail
    let middle = this.#middle
    for (let row = from; row < to; row++) {
      const slot = row & mask
      const edge = (time[slot] as number) - span
      if ((quality[slot] as number) < FAIL || reason[slot] === own) {
        const here = value[slot] as number
        frontLeast = lesser(frontLeast, here)
        frontGreatest = greater(frontGreatest, here)
      }
      while (tail < row) {
        const old = tail & mask
        if (((quality[old] as number) < FAIL || reason[old] === own) && (time[(tail + 1) & mask] as number) > edge) break
        if (tail >= middle) {
          this.#turnOver(ring, tail, row + 1)
          middle = row + 1
          frontLeast = Infinity
          frontGreatest = -Infinity
        }
        tail++
      }
      const back = tail < middle
      const at = tail & (this.#backLeast.length - 1)
      const backLeast = back ? (this.#backLeast[at] as number) : Infinity
      const backGreatest = back ? (this.#backGreatest[at] as number) : -Infinity
      least[row - from] = lesser(backLeast, frontLeast)
      greatest[row - from] = greater(backGreatest, frontGreatest)
      first[row - from] = time[tail & mask] as number
    }
    this.#frontLeast = frontLeast
    this.#frontGreatest = frontGreatest
    this.#tail = tail
    this.#middle = middle
  }

  /** Makes the back stack of the rows [tail, end). */
  #turnOver(ring: Ring, tail: number, end: number): void {
    const rows = end - tail
    if (rows > this.#backLeast.length) {
      this.#backLeast = new Float64Array(2 ** Math.ceil(Math.log2(rows)))
      this.#backGreatest = new Float64Array(this.#backLeast.length)
    }
    const mask = this.#backLeast.length - 1
    const { value, quality, reason } = ring
    const backLeast = this.#backLeast
    const backGreatest = this.#backGreatest
    const own = this.#own
    let least = Infinity
    let greatest = -Infinity
    for (let row = end - 1; row >= tail; row--) {
      const slot = row & ring.mask
      if ((quality[slot] as number) < FAIL || reason[slot] === own) {
        const here = value[slot] as number
        least = lesser(least, here)
        greatest = greater(greatest, here)
      }
      backLeast[row & mask] = least
      backGreatest[row & mask] = greatest
    }
  }

  #rebuild(ring: Ring, end: number): void {
    this.#revision = ring.revision
    this.#tail = Math.max(this.#tail, oldest(ring))
    this.#turnOver(ring, this.#tail, end)
    this.#middle = end
    this.#frontLeast = Infinity
    this.#frontGreatest = -Infinity
  }
}
