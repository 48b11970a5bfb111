/** A channel cut into stretches of equal length: of each the median of its time and value, and how well that is known. */
import { oldest, type Ring } from '../core/ring.ts'
import { isValue } from '../core/stage.ts'
import { medianOf } from './median.ts'

/** Stretches that are held at most: what looks at all pairs of them stays cheap. */
export const MOST_STRETCHES = 64

/** Of a normal spread the median scatters more than the mean by √(π/2). */
const MEDIAN_SPREAD = Math.sqrt(Math.PI / 2)

/** Fewer rows have no scatter about a line of their own. */
const LEAST_ROWS = 4

/**
 *     ├── step ──┼── step ──┼── step ──┼─ ... now      a stretch is closed by the first row after it;
 *        ·  ● ·     · ●·         (none)                 one without a value is left out, and is no 0; nor is a lower bound a value
 *
 * The error of a median is that of the scatter about the stretch's own line, at least that of `noise` (sd of one reading).
 */
export class Stretches {
  count = 0
  readonly times = new Float64Array(MOST_STRETCHES)
  readonly medians = new Float64Array(MOST_STRETCHES)
  readonly errors = new Float64Array(MOST_STRETCHES)
  readonly step: number
  readonly #over: number
  readonly #noise: number
  readonly #scratch: Float64Array
  #began = Number.NaN
  #first = 0

  /** `rows`: that the ring can hold. */
  constructor(step: number, over: number, noise: number, rows: number) {
    this.step = step
    this.#over = over
    this.#noise = noise
    this.#scratch = new Float64Array(rows)
  }

  /** A usable row, each once and in order; true where it has closed a stretch. */
  admit(ring: Ring, row: number): boolean {
    const time = ring.time[row & ring.mask] as number
    if (Number.isNaN(this.#began)) {
      this.#began = time
      this.#first = row
    }
    const steps = Math.floor((time - this.#began) / this.step)
    if (steps < 1) return false
    this.#close(ring, row)
    this.#began += steps * this.step
    this.#first = row
    this.#forget(time - this.#over)
    return true
  }

  /** Velocity between a stretch and the one before it, in units a ms; its time is the middle of the two. */
  velocity(at: number): number {
    return ((this.medians[at] as number) - (this.medians[at - 1] as number)) / ((this.times[at] as number) - (this.times[at - 1] as number))
  }

  velocityError(at: number): number {
    return Math.hypot(this.errors[at] as number, this.errors[at - 1] as number) / ((this.times[at] as number) - (this.times[at - 1] as number))
  }

  velocityTime(at: number): number {
    return ((this.times[at] as number) + (this.times[at - 1] as number)) / 2
  }

  #close(ring: Ring, end: number): void {
    const begin = Math.max(this.#first, oldest(ring))
    const n = this.#gather(ring, begin, end, ring.time)
    if (n === 0) return
    const time = medianOf(this.#scratch, n)
    this.#gather(ring, begin, end, ring.value)
    const value = medianOf(this.#scratch, n)
    if (this.count === MOST_STRETCHES) this.#shift(1)
    this.times[this.count] = time
    this.medians[this.count] = value
    this.errors[this.count] = (MEDIAN_SPREAD * Math.max(this.#noise, this.#scatter(ring, begin, end, n))) / Math.sqrt(n)
    this.count++
  }

  /** One column of the values of a stretch into the scratch. */
  #gather(ring: Ring, begin: number, end: number, column: Float64Array): number {
    let n = 0
    for (let row = begin; row < end; row++) {
      const slot = row & ring.mask
      if (isValue(ring.quality[slot] as number)) this.#scratch[n++] = column[slot] as number
    }
    return n
  }

  /** Standard deviation about the least-squares line of the stretch; 0 where there are too few rows for one. */
  #scatter(ring: Ring, begin: number, end: number, n: number): number {
    if (n < LEAST_ROWS) return 0
    let t0 = Number.NaN
    let y0 = 0
    let st = 0
    let sy = 0
    let stt = 0
    let sty = 0
    let syy = 0
    for (let row = begin; row < end; row++) {
      const slot = row & ring.mask
      if (!isValue(ring.quality[slot] as number)) continue
      if (Number.isNaN(t0)) {
        t0 = ring.time[slot] as number
        y0 = ring.value[slot] as number
      }
      const t = (ring.time[slot] as number) - t0
      const y = (ring.value[slot] as number) - y0
      st += t
      sy += y
      stt += t * t
      sty += t * y
      syy += y * y
    }
    const covariance = sty - (st * sy) / n
    const residual = syy - (sy * sy) / n - (covariance * covariance) / (stt - (st * st) / n)
    return Math.sqrt(Math.max(0, residual) / (n - 2))
  }

  #forget(until: number): void {
    let gone = 0
    while (gone < this.count && (this.times[gone] as number) <= until) gone++
    if (gone > 0) this.#shift(gone)
  }

  #shift(by: number): void {
    this.times.copyWithin(0, by, this.count)
    this.medians.copyWithin(0, by, this.count)
    this.errors.copyWithin(0, by, this.count)
    this.count -= by
  }
}
