/** Student's t: how many standard errors a slope must clear before chance is ruled out. */

/** Up to here the tail is summed exactly; beyond, the expansion about the normal is good to 1e-7. */
const EXACT = 64

/** Beyond so many degrees of freedom the quantile no longer moves in its fifth digit from step to step. */
const TABLE = 4096

/**
 * Quantile of the t distribution with `df` degrees of freedom: the t that |T| stays below with probability `confidence`.
 * Exact sums: Abramowitz & Stegun 26.7.3-4; expansion: 26.7.5. Check: df 4, 95 % -> 2.7764451.
 */
export function studentT(confidence: number, df: number): number {
  return df <= EXACT ? inverse((t) => within(t, df), confidence) : expanded(normalQuantile(confidence), df)
}

/** The argument at which a rising function reaches `value`, by bisection. */
function inverse(rising: (x: number) => number, value: number): number {
  let low = 0
  let high = 1
  while (rising(high) < value && high < 1e9) high *= 2
  for (let step = 0; step < 100 && high - low > 1e-13 * high; step++) {
    const middle = (low + high) / 2
    if (rising(middle) < value) low = middle
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

/** The x that |X| of a normal X stays below with this probability: 2φ(x)(x + x³/3 + x⁵/15 ...), A&S 26.2.11. */
export function normalQuantile(confidence: number): number {
  return inverse((x) => {
    let term = x
    let sum = x
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= (x * x) / k
      sum += term
    }
    return 2 * sum * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI))
  }, confidence)
}

function expanded(x: number, df: number): number {
  const g1 = (x ** 3 + x) / 4
  const g2 = (5 * x ** 5 + 16 * x ** 3 + 3 * x) / 96
  const g3 = (3 * x ** 7 + 19 * x ** 5 + 17 * x ** 3 - 15 * x) / 384
  const g4 = (79 * x ** 9 + 776 * x ** 7 + 1482 * x ** 5 - 1920 * x ** 3 - 945 * x) / 92160
  return x + g1 / df + g2 / df ** 2 + g3 / df ** 3 + g4 / df ** 4
}

/** One table for each confidence, shared by all detectors: quantiles are the same for everybody. */
const tables = new Map<number, Float64Array>()

/** The quantiles of one confidence, each computed once. */
export function studentTable(confidence: number): (df: number) => number {
  const table = tables.get(confidence) ?? new Float64Array(TABLE + 1)
  tables.set(confidence, table)
  return (df) => {
    const held = Math.min(df, TABLE)
    const known = table[held] as number
    if (known > 0) return known
    const fresh = studentT(confidence, held)
    table[held] = fresh
    return fresh
  }
}
