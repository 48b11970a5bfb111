/** Kendall's S of a series, and how far out of the ordinary it is: with ties, and with values that hang on each other. */
import { normalQuantile } from './student.ts'

/** A rank correlation counts where chance makes it in one of twenty series. */
const LAG_Z = normalQuantile(0.95)

/**
 * S = Σ sgn(x_j - x_i) over i < j; Var = [n(n-1)(2n+5) - Σ t(t-1)(2t+5)]/18 over groups of t equal values; Z = (S ∓ 1)/√Var; τ = S over
 * the pairs. Hamed & Rao 1998 (J. Hydrol. 204, 182): Var times n/n* with n/n* = 1 + 2/(n(n-1)(n-2)) Σ (n-k)(n-k-1)(n-k-2) ρ(k), ρ the
 * significant autocorrelations of the ranks less their trend, here of the first few lags, and never below 1: negative ones, and all
 * lags of a long series (a published one has p 0.38 at three, 0.0001 at all), would make a trend out of none. O(n²).
 */
export class KendallTest {
  s = 0
  variance = Number.NaN
  z = Number.NaN
  tau = Number.NaN
  readonly #rest: Float64Array
  readonly #ranks: Float64Array

  constructor(most: number) {
    this.#rest = new Float64Array(most)
    this.#ranks = new Float64Array(most)
  }

  /** `slope` in units a ms: what the series has of trend; `lags` 0 leaves the variance as it is. */
  run(times: Float64Array, values: Float64Array, n: number, slope: number, lags: number): void {
    let s = 0
    let ties = 0
    for (let i = 0; i < n; i++) {
      let equal = 1
      let first = true
      for (let j = 0; j < n; j++) {
        if (j === i) continue
        if (values[j] === values[i]) {
          equal++
          if (j < i) first = false
        }
        if (j > i) s += Math.sign((values[j] as number) - (values[i] as number))
      }
      if (first) ties += equal * (equal - 1) * (2 * equal + 5)
    }
    this.s = s
    this.variance = ((n * (n - 1) * (2 * n + 5) - ties) / 18) * (lags > 0 ? this.#widened(times, values, n, slope, lags) : 1)
    this.z = this.variance > 0 ? (s - Math.sign(s)) / Math.sqrt(this.variance) : 0
    this.tau = (2 * s) / (n * (n - 1))
  }

  #widened(times: Float64Array, values: Float64Array, n: number, slope: number, lags: number): number {
    const [rest, ranks] = [this.#rest, this.#ranks]
    for (let k = 0; k < n; k++) rest[k] = (values[k] as number) - slope * ((times[k] as number) - (times[0] as number))
    for (let i = 0; i < n; i++) {
      let rank = 0.5
      for (let j = 0; j < n; j++) rank += (rest[j] as number) < (rest[i] as number) ? 1 : rest[j] === rest[i] ? 0.5 : 0
      ranks[i] = rank - (n + 1) / 2
    }
    const all = this.#product(n, 0)
    if (!(all > 0)) return 1
    let sum = 0
    for (let lag = 1; lag <= Math.min(lags, n - 3); lag++) {
      const rho = this.#product(n, lag) / all
      if (Math.abs(rho) > LAG_Z / Math.sqrt(n)) sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * rho
    }
    return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)))
  }

  #product(n: number, lag: number): number {
    let sum = 0
    for (let k = lag; k < n; k++) sum += (this.#ranks[k] as number) * (this.#ranks[k - lag] as number)
    return sum
  }
}
