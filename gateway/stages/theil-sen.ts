/** The slope of Theil and Sen: the median of the slopes of all pairs of points. Up to 29 % of them may be wild. */
import { medianOf, select } from './median.ts'

/** Points at most: 2,016 pairs, some tens of microseconds. More rows are made fewer by medians. */
export const MOST_POINTS = 64

/** Scratch for the slopes of all pairs, shared by all: one is at work at a time. */
const slopes = new Float64Array((MOST_POINTS * (MOST_POINTS - 1)) / 2)

/**
 * The slopes of all pairs of points at least `leastDt` apart, into the scratch; gives their number. Times in ms, slopes in units a ms.
 * Sen 1968, J. Am. Stat. Assoc. 63, 1379. O(n²).
 */
function pairs(times: Float64Array, values: Float64Array, n: number, leastDt: number): number {
  let count = 0
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const dt = (times[i] as number) - (times[j] as number)
      if (dt > 0 && dt >= leastDt) slopes[count++] = ((values[i] as number) - (values[j] as number)) / dt
    }
  }
  return count
}

/** Of at most `MOST_POINTS` points in the order of time; NaN without a pair. */
export const senSlope = (times: Float64Array, values: Float64Array, n: number, leastDt = 0): number => medianOf(slopes, pairs(times, values, n, leastDt))

/**
 * The interval in which the slope lies: the slopes whose ranks are half of (pairs ∓ z·√variance) away from the end, with the
 * variance of Kendall's S (see mann-kendall). Vector: see the test.
 */
export function senInterval(times: Float64Array, values: Float64Array, n: number, z: number, variance: number): { low: number; high: number } {
  const count = pairs(times, values, n, 0)
  if (count === 0) return { low: Number.NaN, high: Number.NaN }
  const width = z * Math.sqrt(variance)
  const high = Math.min(Math.round((count + width) / 2), count - 1)
  const low = Math.max(Math.round((count - width) / 2) - 1, 0)
  return { low: select(slopes, count, low), high: select(slopes, count, high) }
}

/** The rows of a window made few: equal numbers of neighbours, of each the medians of time and value. */
export class Thinned {
  readonly times = new Float64Array(MOST_POINTS)
  readonly values = new Float64Array(MOST_POINTS)
  /** Points that hold. */
  count = 0
  readonly #rowTimes: Float64Array
  readonly #rowValues: Float64Array
  readonly #scratch: Float64Array
  #rows = 0

  /** `most`: rows that a window can hold. */
  constructor(most: number) {
    this.#rowTimes = new Float64Array(most)
    this.#rowValues = new Float64Array(most)
    this.#scratch = new Float64Array(Math.ceil(most / MOST_POINTS))
  }

  clear(): void {
    this.#rows = 0
  }

  add(time: number, value: number): void {
    this.#rowTimes[this.#rows] = time
    this.#rowValues[this.#rows++] = value
  }

  /** Makes the points; gives the number of rows behind them. */
  thin(): number {
    const n = this.#rows
    this.count = Math.min(n, MOST_POINTS)
    for (let point = 0; point < this.count; point++) {
      const from = Math.floor((n * point) / this.count)
      const to = Math.floor((n * (point + 1)) / this.count)
      this.times[point] = this.#median(this.#rowTimes, from, to)
      this.values[point] = this.#median(this.#rowValues, from, to)
    }
    return n
  }

  #median(column: Float64Array, from: number, to: number): number {
    if (to - from === 1) return column[from] as number
    for (let row = from; row < to; row++) this.#scratch[row - from] = column[row] as number
    return medianOf(this.#scratch, to - from)
  }
}
