/** Medians of numbers that lie in a scratch column, without making anything new. */

/** Puts the k-th smallest of values[0, n) at its place, nothing greater before it (Hoare's selection). The values are moved about. */
export function select(values: Float64Array, n: number, k: number): number {
  let low = 0
  let high = n - 1
  while (low < high) {
    // The middle one as pivot: columns are mostly nearly sorted.
    const pivot = values[(low + high) >> 1] as number
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] as number) < pivot) i++
      while ((values[j] as number) > pivot) j--
      if (i > j) break
      const held = values[i] as number
      values[i] = values[j] as number
      values[j] = held
      i++
      j--
    }
    if (k <= j) high = j
    else if (k >= i) low = i
    else break
  }
  return values[k] as number
}

/** The median of values[0, n), of an even number the mean of the two in the middle; NaN of none. The values are moved about. */
export function medianOf(values: Float64Array, n: number): number {
  if (n === 0) return Number.NaN
  const upper = select(values, n, n >> 1)
  if (n % 2 === 1) return upper
  let lower = -Infinity
  for (let k = 0; k < n >> 1; k++) lower = Math.max(lower, values[k] as number)
  return (lower + upper) / 2
}
