/**
 * Sirens and voices silenced for a while by people who are there already. It is no acknowledgement: the alarm, its messages, beacons,
 * signs, calls and valves go on, and whatever rises ends it at once.
 */
import { type Millis, millis } from '../../../protocol/time.ts'

export interface Silence {
  until: Millis
  cause: string
}

export const makeSilence = (): Silence => ({ until: 0 as Millis, cause: '' })

/** Why sirens and voices are silent now; empty where they are not. */
export const mutedBy = ({ until, cause }: Silence, now: Millis): string => (now < until ? cause : '')

/**
 * Silences for `length`; gives why not, or nothing where it did. A second press while it is silent does not prolong it: the siren is
 * heard at least each `length`, and who wants it silent then must still be there.
 */
export function silence(held: Silence, by: string, sounding: boolean, length: Millis, now: Millis): string {
  if (now < held.until) return `it is silent already, for another ${Math.ceil((held.until - now) / 60_000)} min`
  if (!sounding) return 'no siren and no voice sounds for an alarm now'
  held.until = millis(now + length)
  held.cause = `silenced for ${length / 60_000} min by ${by}`
  return ''
}

/** Something rose: it is heard. */
export function unmute(held: Silence): void {
  held.until = 0 as Millis
}
