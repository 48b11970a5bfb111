/** Marks of a river or a reservoir: the colours of a water level by its warning, guarantee and record levels. */
import { about, duration, number, optional, refine, shape, turn } from '../../../protocol/files/schema.ts'
import type { Kind } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { countDoubts } from './grade.ts'
import { reachDoubts, type ThresholdOptions, threshold } from './threshold.ts'

const written = refine(
  shape({
    warning: about(number(), 'The warning level, in the unit of the channel: yellow.'),
    guarantee: optional(about(number(), 'The guarantee level: orange.')),
    record: optional(about(number(), 'The highest level on record: red.')),
    near: about(optional(number({ least: 0 }), 0.5), 'Blue from so far below the warning level on; in the unit of the channel, so that 0.5 is for metres.'),
    deadband: about(optional(number({ least: 0 }), 0), 'Each colour clears this far below its mark.'),
    onDelay: optional(duration(), '0s'),
    offDelay: optional(duration(), '0s'),
  }),
  ({ warning, guarantee, record }) => {
    const known = [warning, guarantee, record].filter((mark) => mark !== undefined)
    return known.every((mark, k) => k === 0 || mark > (known[k - 1] as number))
      ? null
      : 'the marks do not rise\nwarning, guarantee and record lie each above the one before'
  },
)

/** What a colour's set point is called in the site file. */
const markOf: Record<string, string> = { blue: 'near', yellow: 'warning', orange: 'guarantee', red: 'record' }

/**
 * Water level warning signals as rivers of China have them: blue near the warning level (how near is not fixed: 0.5 m is a proposal), yellow at
 * it, orange at the guarantee level, red at the highest on record. The thresholds are those of the place; the competent department sets them.
 */
export const marks: Kind<ThresholdOptions, Detector> = {
  name: 'marks',
  about: 'A water level by its marks: blue within `near` of the warning level, yellow at `warning`, orange at `guarantee`, red at `record`.',
  options: turn(written, ({ warning, guarantee, record, near, ...delays }) => ({
    direction: 'above' as const,
    at: { ...(near > 0 && { blue: warning - near }), yellow: warning, orange: guarantee, red: record },
    ...delays,
  })),
  doubts: (options, [input]) => [
    ...countDoubts(input),
    ...reachDoubts(options, input).map((doubt) => ({ ...doubt, at: doubt.at.flatMap((key) => (key === 'at' ? [] : (markOf[key] ?? key))) })),
  ],
  build: (options, wiring) => threshold.build(options, wiring),
}
