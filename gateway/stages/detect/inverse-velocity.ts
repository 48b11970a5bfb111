/** The line through inverse velocities, and when it reaches zero: the time of failure, and how far that is known. */

/**
 * Voight: dv/dt = A v^α; for α = 2, 1/v = A (t_f - t) (Fukuzono 1985). With y = 1/v = a + b t by least squares, b < 0: t_f = -a/b.
 * Its interval is Fieller's: all x at which ȳ + b (x - t̄) is no further from 0 than t·s·√(1/n + (x-t̄)²/Stt); it is bounded only
 * where g = t²s²/(b²Stt) < 1, that is, where b itself is significant. Times and velocities in any units; t_f in that of the times.
 */
export class InverseFit {
  rows = 0
  intercept = Number.NaN
  slope = Number.NaN
  r2 = Number.NaN
  g = Number.NaN
  failure = Number.NaN
  /** Standard error of t_f by the delta method, for a symmetric interval. */
  failureError = Number.NaN
  low = Number.NaN
  high = Number.NaN

  /** The points [from, to) of both columns, all velocities above 0; `student` is the quantile for n - 2 degrees of freedom. */
  fit(times: Float64Array, velocities: Float64Array, from: number, to: number, student: number): void {
    const n = to - from
    const t0 = times[from] as number
    let st = 0
    let sy = 0
    let stt = 0
    let sty = 0
    let syy = 0
    for (let k = from; k < to; k++) {
      st += (times[k] as number) - t0
      sy += 1 / (velocities[k] as number)
    }
    const tMean = st / n
    const yMean = sy / n
    for (let k = from; k < to; k++) {
      const t = (times[k] as number) - t0 - tMean
      const y = 1 / (velocities[k] as number) - yMean
      stt += t * t
      sty += t * y
      syy += y * y
    }
    const b = sty / stt
    const s2 = Math.max(0, syy - b * sty) / (n - 2)
    this.rows = n
    this.slope = b
    this.intercept = yMean - b * (tMean + t0)
    this.r2 = syy > 0 ? (sty * sty) / (stt * syy) : 0
    const ahead = -yMean / b
    this.failure = t0 + tMean + ahead
    this.failureError = Math.sqrt((s2 / (b * b)) * (1 / n + (ahead * ahead) / stt))
    const c = (student * student * s2) / stt
    const d = (student * student * s2) / n
    this.g = c / (b * b)
    const root = Math.sqrt(b * b * yMean * yMean - (b * b - c) * (yMean * yMean - d))
    this.low = t0 + tMean + (-b * yMean - root) / (b * b - c)
    this.high = t0 + tMean + (-b * yMean + root) / (b * b - c)
  }
}
