/** What a counter has counted between two of its totals: wrap, reset and nonsense told apart. */

/** 0.4 s is the shortest time in which a bucket can tip twice; of a 0.2 mm bucket that is 30 mm a minute (Duchon et al. 2014: a full tip takes 0.45 to 0.52 s). */
const FASTEST_MM_PER_MIN = 30

/** 500 mm times the root of the hours lies above every record of rain (WMO: 198 mm in 15 min, 401 in 1 h, 1,825 in a day); it rules from 5 minutes on. */
const MOST_MM_PER_ROOT_HOUR = 500

const MM_PER_INCH = 25.4
const HOUR = 3_600_000

/**
 * Counts from total `previous` to total `current`; NaN for nonsense, of which nothing is to be counted. `most` is the greatest
 * plausible number in that time; `wrap` is where the total starts again at 0, or null. A total that fell is a wrap where that
 * makes a plausible count, of less than half the way round, else a counter that was reset and has counted `current` since.
 */
export function countBetween(previous: number, current: number, wrap: number | null, most: number): number {
  const count = countOn(previous, current, wrap, most)
  return Number.isNaN(count) && current < previous ? plausible(current, most) : count
}

/** The same of a counter that was not reset. */
export function countOn(previous: number, current: number, wrap: number | null, most: number): number {
  if (current >= previous) return plausible(current - previous, most)
  return wrap === null ? Number.NaN : plausible(current + wrap - previous, Math.min(most, wrap / 2))
}

/** The count itself, or NaN where it cannot be one. */
export const plausible = (count: number, most: number): number => (count >= 0 && count <= most ? count : Number.NaN)

/** The greatest plausible number of counts in `dtMs`; for anything but rain there is no law of nature, and so no bound. */
export function mostCounts(unit: string, step: number, dtMs: number): number {
  const stepMm = unit === 'mm' ? step : unit === 'in' ? step * MM_PER_INCH : 0
  const mostMm = Math.min((FASTEST_MM_PER_MIN * dtMs) / 60_000, MOST_MM_PER_ROOT_HOUR * Math.sqrt(dtMs / HOUR))
  return Math.ceil(mostMm / stepMm) + 1
}
