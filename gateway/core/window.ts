/**
 * The statistics of the last `span` of a channel, exact and O(1) a row: count, means, and the centred sums of squares
 * from which a mean, a variance, or a least-squares line with its error follows.
 *
 *     time  ──┬───────────────(t-W]━━━━━━━━━━━━━━━t]     rows in the half-open (t-W, t] count; failed rows do not
 *             centre c: the sums are of (y-c) and (t-ct), so that they stay small
 *
 * Adding and subtracting rounds. Each sum carries a bound of what rounding may have done to it; when the bound passes
 * `TOLERANCE` of a result, all sums are made anew from the ring in two passes about a new centre. A window after a glitch
 * of 1e9 is so as exact as before it.
 */
import { Quality } from '../../protocol/quality.ts'
import type { Millis } from '../../protocol/time.ts'
import { oldest, type Ring } from './ring.ts'
import type { Stage } from './stage.ts'

/** Rows that are handed through the stages of a channel at once: columns of this length stay in the first cache. */
export const PIECE = 64

/** Of a result: far below any instrument's resolution, far above the rounding of a fresh sum (measured worst case 5e-11). */
const TOLERANCE = 2.5e-10

/** Half the distance from 1 to the next double. */
const ROUNDING = 2 ** -53

/** Results a row, at the row's place in the piece; without new rows, at place 0. Shared by the windows of equal rank of all channels. */
export interface WindowColumns {
  readonly count: Float64Array
  /** Station time of the oldest row that counts; NaN without any. */
  readonly first: Float64Array
  readonly meanTime: Float64Array
  readonly mean: Float64Array
  /** Sums of squares about the means: of time (ms²), of time and value (ms·unit), of value (unit²). */
  readonly stt: Float64Array
  readonly sty: Float64Array
  readonly syy: Float64Array
}

const ranks: WindowColumns[] = []

/** The scratch columns of the k-th window of every channel: they hold until the k-th window of another channel runs. */
function columnsOf(rank: number): WindowColumns {
  while (ranks.length <= rank) {
    const column = () => new Float64Array(PIECE)
    ranks.push({ count: column(), first: column(), meanTime: column(), mean: column(), stt: column(), sty: column(), syy: column() })
  }
  return ranks[rank] as WindowColumns
}

/**
 * The window of one channel and span (ms of station time). After `run` the result at row r is at place `r - from` of `columns`, so that at most
 * `PIECE` rows are run at once; it is overwritten when the window of equal `rank` of another channel runs.
 */
export class Window implements Stage {
  readonly span: Millis
  readonly columns: WindowColumns
  /** How often the sums were made anew: for tests and benches. */
  renewals = 0
  #tail = 0
  #next = 0
  #revision = 0
  #n = 0
  #ct = 0
  #cy = 0
  #st = 0
  #sy = 0
  #stt = 0
  #sty = 0
  #syy = 0
  // What rounding may have done to each sum since it was made anew.
  #et = 0
  #ey = 0
  #ett = 0
  #ety = 0
  #eyy = 0

  constructor(span: Millis, rank: number) {
    this.span = span
    this.columns = columnsOf(rank)
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    // Rows may be older than `now`: what the oldest of them still sees is not passed before its turn.
    if (this.#revision !== ring.revision || this.#tail < oldest(ring)) this.#renew(ring, from, from < to ? (ring.time[from & ring.mask] as number) : now)
    if (from === to) {
      this.#evict(ring, now - this.span)
      this.#settle(ring, from, now)
      this.#write(ring, 0)
      return
    }
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if ((ring.quality[slot] as number) < Quality.fail) {
        if (this.#n === 0) this.#centre(time, ring.value[slot] as number)
        this.#apply(time, ring.value[slot] as number, 1)
      }
      this.#next = row + 1
      this.#evict(ring, time - this.span)
      this.#settle(ring, row + 1, time)
      this.#write(ring, row - from)
    }
  }

  #centre(time: number, value: number): void {
    this.#ct = time
    this.#cy = value
    this.#st = this.#sy = this.#stt = this.#sty = this.#syy = 0
    this.#et = this.#ey = this.#ett = this.#ety = this.#eyy = 0
  }

  #apply(time: number, value: number, sign: 1 | -1): void {
    const t = time - this.#ct
    const y = value - this.#cy
    const tt = t * t
    const ty = t * y
    const yy = y * y
    this.#n += sign
    this.#st += sign * t
    this.#sy += sign * y
    this.#stt += sign * tt
    this.#sty += sign * ty
    this.#syy += sign * yy
    // A sum rounds by half a unit of itself; its term, a difference and a product, by three of its own.
    this.#et += Math.abs(this.#st) + Math.abs(t)
    this.#ey += Math.abs(this.#sy) + Math.abs(y)
    this.#ett += this.#stt + 3 * tt
    this.#ety += Math.abs(this.#sty) + 3 * Math.abs(ty)
    this.#eyy += this.#syy + 3 * yy
  }

  #evict(ring: Ring, until: number): void {
    while (this.#tail < this.#next) {
      const slot = this.#tail & ring.mask
      if ((ring.time[slot] as number) > until) return
      if ((ring.quality[slot] as number) < Quality.fail) this.#apply(ring.time[slot] as number, ring.value[slot] as number, -1)
      this.#tail++
    }
  }

  /** Makes the sums anew where their bound has grown too large against what they give. */
  #settle(ring: Ring, end: number, now: number): void {
    const n = this.#n
    if (n === 0) return
    const syy = this.#syy - (this.#sy * this.#sy) / n
    const stt = this.#stt - (this.#st * this.#st) / n
    // Asked so that a sum that is no number any more is not good either.
    const good =
      ROUNDING * (this.#eyy + (2 * Math.abs(this.#sy) * this.#ey) / n) <= TOLERANCE * syy &&
      ROUNDING * (this.#ett + (2 * Math.abs(this.#st) * this.#et) / n) <= TOLERANCE * stt &&
      ROUNDING * (this.#ety + (Math.abs(this.#st) * this.#ey + Math.abs(this.#sy) * this.#et) / n) <= TOLERANCE * Math.sqrt(Math.abs(stt * syy)) &&
      ROUNDING * this.#ey <= TOLERANCE * Math.abs(this.#sy + n * this.#cy)
    if (!good && this.#eyy + this.#ett !== 0) this.#renew(ring, end, now)
  }

  /** Two passes over the rows in the window: a centre (the mean, taken from the first value, so that equal values give it exactly), then the sums. O(rows in the window). */
  #renew(ring: Ring, end: number, now: number): void {
    this.renewals++
    this.#revision = ring.revision
    this.#next = end
    this.#tail = Math.max(this.#tail, oldest(ring))
    this.#n = 0
    const until = now - this.span
    while (this.#tail < end && (ring.time[this.#tail & ring.mask] as number) <= until) this.#tail++
    let count = 0
    let t0 = 0
    let y0 = 0
    let dt = 0
    let dy = 0
    for (let row = this.#tail; row < end; row++) {
      const slot = row & ring.mask
      if ((ring.quality[slot] as number) >= Quality.fail) continue
      if (count === 0) {
        t0 = ring.time[slot] as number
        y0 = ring.value[slot] as number
      }
      count++
      dt += (ring.time[slot] as number) - t0
      dy += (ring.value[slot] as number) - y0
    }
    if (count === 0) return
    this.#centre(t0 + dt / count, y0 + dy / count)
    for (let row = this.#tail; row < end; row++) {
      const slot = row & ring.mask
      if ((ring.quality[slot] as number) < Quality.fail) this.#apply(ring.time[slot] as number, ring.value[slot] as number, 1)
    }
    // The fresh sums are the reference that the bound is counted from.
    this.#et = this.#ey = this.#ett = this.#ety = this.#eyy = 0
  }

  #write(ring: Ring, at: number): void {
    const c = this.columns
    const n = this.#n
    c.count[at] = n
    if (n === 0) {
      c.first[at] = c.meanTime[at] = c.mean[at] = Number.NaN
      c.stt[at] = c.sty[at] = c.syy[at] = 0
      return
    }
    c.first[at] = this.#firstTime(ring)
    c.meanTime[at] = this.#ct + this.#st / n
    c.mean[at] = this.#cy + this.#sy / n
    c.stt[at] = Math.max(0, this.#stt - (this.#st * this.#st) / n)
    c.sty[at] = this.#sty - (this.#st * this.#sy) / n
    c.syy[at] = Math.max(0, this.#syy - (this.#sy * this.#sy) / n)
  }

  /** Failed rows at the old end are passed for good: they never count again. */
  #firstTime(ring: Ring): number {
    while ((ring.quality[this.#tail & ring.mask] as number) >= Quality.fail) this.#tail++
    return ring.time[this.#tail & ring.mask] as number
  }
}
