/** Student's t: how many standard errors a slope must clear before chance is ruled out. */

/**
 * Quantile of the t distribution with `df` degrees of freedom: the t that |T| stays below with probability `confidence`.
 * By bisection on the exact tail (finite trigonometric sums, Abramowitz & Stegun 26.7.3-4): slow, so callers keep what they have asked.
 * Check: df 4, 95 % -> 2.7764451.
 */
export function studentT(confidence: number, df: number): number {
  let low = 0
  let high = 1e6
  for (let step = 0; step < 200 && high - low > 1e-12 * high; step++) {
    const middle = (low + high) / 2
    if (within(middle, df) < confidence) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(|T| <= t). */
function within(t: number, df: number): number {
  const theta = Math.atan(t / Math.sqrt(df))
  const [sine, cosine] = [Math.sin(theta), Math.cos(theta)]
  const odd = df % 2 === 1
  let term = odd ? cosine : 1
  let sum = df === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k <= df - 2; k += 2) {
    term *= ((k - 1) / k) * cosine * cosine
    sum += term
  }
  return odd ? (2 / Math.PI) * (theta + sine * sum) : sine * sum
}

/** Beyond so many degrees of freedom the quantile no longer moves in its fifth digit from step to step. */
const TABLE = 4096

/** The quantiles of one confidence, each computed once. */
export function studentTable(confidence: number): (df: number) => number {
  const table = new Float64Array(TABLE + 1)
  return (df) => {
    const held = Math.min(df, TABLE)
    const known = table[held] as number
    if (known > 0) return known
    const fresh = studentT(confidence, held)
    table[held] = fresh
    return fresh
  }
}
