/** The two times of a station, which are never mixed: station time, which never steps, and wall time, which may. */

/** Station time, or a duration, in milliseconds. Monotonic: no step of a wall clock ever moves it. */
export type Millis = number & { readonly millis: unique symbol }

/** Wall time: UTC milliseconds since 1970, as the station believed it at that moment. */
export type Instant = number & { readonly instant: unique symbol }

/** `synchronised`: a time service keeps the wall clock; `holdover`: it did until lately (no clock of ours says so yet); else nobody is known to. */
export type WallQuality = 'unsynchronised' | 'holdover' | 'synchronised'

/** Both times, read together: `at` is what is judged and waited by, `wall` what is told. */
export interface Moment {
  at: Millis
  wall: Instant
  wallQuality: WallQuality
}

export const millis = (value: number): Millis => value as Millis
export const instant = (value: number): Instant => value as Instant

/** No deadline: later than any time that is ever compared with it. */
export const NEVER = Infinity as Millis

/** UTC ISO-8601 with milliseconds, as every message and log line writes a time. */
export const iso = (at: Instant): string => new Date(at).toISOString()
