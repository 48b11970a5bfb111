/** The arguments of what somebody asks of a station, read and answered in one way. */
import { type Millis, millis } from '../../protocol/time.ts'

/** So many names help to find the one that was meant. */
const MOST_NAMES = 20

/** The length that is asked for, or the usual one; why it is too long, where it is. */
export function bounded({ args }: { args: Record<string, unknown> }, usual: Millis, longest: Millis): Millis | string {
  const { forMs } = args
  if (forMs === undefined) return usual
  if (typeof forMs !== 'number' || !(forMs > 0)) return 'the time for which it shall be is no number of milliseconds above 0'
  return forMs <= longest ? millis(forMs) : `at most for ${lengthText(longest)}`
}

const lengthText = (ms: number): string => (ms % 3_600_000 === 0 ? `${ms / 3_600_000} h` : `${Math.round(ms / 60_000)} min`)

/**
 * A name as it stands in an answer, cut to the length of one; empty where none was given. What is no text or number names nothing, and has
 * perhaps no text at all: JSON can bring an object whose `toString` is a number.
 */
export const textOf = (value: unknown, most = 40): string => (typeof value === 'object' && value !== null ? '(no text)' : String(value ?? '').slice(0, most))

export const listed = (names: string[]): string =>
  names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`
