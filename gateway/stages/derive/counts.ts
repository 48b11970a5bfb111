/** What a counter has counted between two of its totals: wrap, reset and nonsense told apart. */

/** 0.4 s is the shortest time in which a bucket can tip twice; of a 0.2 mm bucket that is 30 mm a minute (Duchon et al. 2014: a full tip takes 0.45 to 0.52 s). */
const FASTEST_MM_PER_MIN = 30
const MM_PER_INCH = 25.4

export type Counted = { count: number; how: 'plain' | 'wrap' | 'reset' } | { count: 0; how: 'implausible' }

/**
 * Counts from total `previous` to total `current`. `most` is the greatest plausible number in that time; `wrap` is where
 * the total starts again at 0, or null. A total that fell is a wrap where that makes a plausible count, else a counter
 * that was reset and has counted `current` since, else nonsense, of which nothing is counted.
 */
export function countBetween(previous: number, current: number, wrap: number | null, most: number): Counted {
  if (current >= previous) return current - previous <= most ? { count: current - previous, how: 'plain' } : { count: 0, how: 'implausible' }
  const wrapped = wrap === null ? Infinity : current + wrap - previous
  if (wrapped <= most) return { count: wrapped, how: 'wrap' }
  return current <= most ? { count: current, how: 'reset' } : { count: 0, how: 'implausible' }
}

/** The greatest plausible number of counts in `dtMs`; for anything but rain there is no law of nature, and so no bound. */
export function mostCounts(unit: string, step: number, dtMs: number): number {
  const perMinute = unit === 'mm' ? FASTEST_MM_PER_MIN : unit === 'in' ? FASTEST_MM_PER_MIN / MM_PER_INCH : Infinity
  return Math.ceil(((perMinute / step) * dtMs) / 60_000) + 1
}
