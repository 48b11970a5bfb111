/** What a site file says of alarms and of the seasons of its set points: the forms of these sections. */
import {
  about,
  duration,
  either,
  id,
  levels,
  list,
  MS,
  number,
  oneOf,
  optional,
  pattern,
  refine,
  shape,
  table,
  text,
  turn,
} from '../../protocol/files/schema.ts'
import { colours } from '../../protocol/level.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import { lifeKeys } from './life-file.ts'

/** Between two steps up: time for people on duty to see each colour, and orange stands two of them after blue at the latest. */
const STEP_MS = 60_000
/** A warning that takes hours to rise is none. */
const LONGEST_STEP_MS = MS.h
/** After a month without a reason an alarm is not slow to fall, it is forgotten. */
const LONGEST_LOWER_MS = 31 * MS.d
/** What is not known for less than this is a poll or two that failed. */
const SHORTEST_HOLD_MS = MS.min
const LONGEST_HOLD_MS = 31 * MS.d
/** Points of one item of the largest dam. */
const MOST_MEMBERS = 500

const condition = about(
  text(),
  'A condition: not, and, or, NAME is COLOUR, NAME >= COLOUR, 2 of (a, b, c), 2 of (a, b, c) faults vote | abstain | block, NAME within 24h.',
)

const escalate = turn(either(oneOf(['direct', 'stepwise']), duration({ least: 1000, most: LONGEST_STEP_MS })), (written: Millis | 'direct' | 'stepwise') =>
  typeof written === 'number' ? written : millis(written === 'direct' ? 0 : STEP_MS),
)

const lower = refine(
  shape({
    after: about(optional(duration({ most: LONGEST_LOWER_MS }), '0s'), 'A colour is over once its condition was false for so long.'),
    while: optional(about(condition, 'And only while this is known to be true, such as `not (rain within 12h)`: slides lag the rain.')),
  }),
  ({ after, while: only }) => (after === 0 && only === undefined ? 'nothing is said of how it falls\ngive after, while, or both' : null),
)

const [, blue, yellow, orange, red] = colours

/** The keys of an alarm that its level hangs on. */
const levelKeys = {
  ...{ [blue]: optional(condition), [yellow]: optional(condition), [orange]: optional(condition), [red]: optional(condition) },
  rollUp: optional(
    about(
      list(id(), { least: 2, most: MOST_MEMBERS }),
      'In place of colours: the detectors or alarms of which its level is made by number, as GB 39496-2020 has it: 4 blue are a yellow, 3 yellow an orange, 2 orange a red.',
    ),
  ),
  escalate: about(
    optional(escalate, 'direct'),
    'direct: to its colour at once. stepwise: one colour a minute, to red at once; or the time between two steps, 5min.',
  ),
  lower: optional(about(lower, 'How it falls; default: as soon as its condition is known to be false.')),
  holdLost: about(
    optional(duration({ least: SHORTEST_HOLD_MS, most: LONGEST_HOLD_MS }), '24h'),
    'So long it stands while it cannot be told whether it is over; then it says that its data are lost, and goes on with what is known.',
  ),
}

export const alarm = refine(shape({ ...levelKeys, ...lifeKeys }), (written) => {
  const coloured = colours.slice(1).some((colour) => written[colour as keyof typeof written] !== undefined)
  if (coloured && written.rollUp) return 'its level is told by its colours, or made of others\nleave rollUp or the colours out'
  return coloured || written.rollUp ? null : `no colour is given\ngive at least one of ${colours.slice(1).join(', ')}, or rollUp`
})

const day = pattern(/^\d{2}-\d{2}$/, 'a day of the year', '04-15 (month-day)')

export const seasonSections = {
  seasons: about(
    optional(table(list(day, { least: 2, most: 2 })), {}),
    'Times of the year with set points of their own, first and last day: { flood: [04-15, 10-15] }. A signed or local command `season` sets one by hand.',
  ),
}

/** Of a detector: its set points in a season, in place of `at`. */
export const seasonKey = {
  season: optional(
    about(
      table(shape({ at: levels(either(number(), text())) })),
      'Set points in place of `at`, by season. While the clock is not known each colour is the higher of all sets.',
    ),
  ),
}
