/** Times and spans as a terminal shows them. */
import { type Instant, iso } from '../protocol/time.ts'

/** A time of day, UTC. */
export const clock = (at: Instant): string => iso(at).slice(11, 19)

/** A time span in its two largest units at most: 350 ms is `0s`, 75 s is `75s`, 3 h is `180min`. */
export function span(ms: number): string {
  const seconds = ms / 1000
  if (seconds < 90) return `${Math.round(seconds)}s`
  const minutes = seconds / 60
  if (minutes < 90) return `${Math.round(minutes)}min`
  const hours = minutes / 60
  return hours < 48 ? `${Math.round(hours)}h` : `${Math.round(hours / 24)}d`
}
