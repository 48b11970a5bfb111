/** Attenuated signal test (QARTOD 10): a value that still moves, but less than a living instrument does. */
import { about, duration, number, oneOf, optional, shape, whole } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, Kind, OptionDoubt } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { Spread } from './spread.ts'

interface Options {
  over: Millis
  by: 'range' | 'deviation'
  suspect?: number | undefined
  fail?: number | undefined
  rows?: number | undefined
}

/** Below this share of the rows that a window should hold a small spread proves nothing. */
const LEAST_COVERAGE = 0.9

const ATTENUATED = reasonCode('attenuated')

/**
 * Over the usable rows of (t-over, t]: the greatest less the least value (for `range` one row more, at or before the old
 * edge), or the standard deviation with n in the denominator. A value is suspect or failed where that is below the height;
 * equal passes. Judged where the window holds at least `rows`. The spread of a silent stretch is not known: it holds too few.
 */
export const attenuated: Kind<Options, Stage> = {
  name: 'attenuated',
  about:
    'A value is suspect or failed where the values of the last `over` spread by less than the given height, in the unit of the channel: `by` their range (default) or their standard deviation. Judged once the window holds `rows` usable values (default: nine tenths of those expected).',
  options: shape({
    over: duration({ least: 1 }),
    by: optional(oneOf(['range', 'deviation']), 'range'),
    suspect: optional(number({ least: 0 })),
    fail: optional(number({ least: 0 })),
    rows: optional(about(whole({ least: 2 }), 'The least number of usable values in the window.')),
  }),
  reach: ({ over }) => over,
  doubts: (options, [input]) => [...lowDoubts(options), ...rowDoubts(options, input)],
  build({ over, by, suspect = 0, fail = 0, rows }, { inputs, periods, extremes }) {
    const least = rows ?? Math.max(2, Math.ceil((LEAST_COVERAGE * over) / (periods[0] as number)))
    const spread = new Spread(over, (inputs[0] as Ring).mask + 1, Math.max(suspect, fail), ATTENUATED)
    const range = by === 'range' ? extremes(0, over, ATTENUATED) : null
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          spread.admit(ring, row)
          range?.run(ring, row, row + 1)
          if (!usable(ring.quality[row & ring.mask] as number) || spread.count < least) continue
          const height = range ? (range.columns.greatest[0] as number) - (range.columns.least[0] as number) : spread.deviation
          if (height < fail) worsen(ring, row, Quality.fail, ATTENUATED)
          else if (height < suspect) worsen(ring, row, Quality.suspect, ATTENUATED)
        }
      },
    }
  },
}

/** The other way round than most: what fails spreads still less than what is suspect. */
function lowDoubts({ suspect, fail }: Options): OptionDoubt[] {
  if (suspect === undefined && fail === undefined) return [{ at: [], what: 'this tests nothing', remedy: 'give `suspect`, `fail`, or both' }]
  const zero = (
    [
      ['suspect', suspect],
      ['fail', fail],
    ] as const
  ).filter(([, height]) => height === 0)
  if (zero.length > 0) return zero.map(([key]) => ({ at: [key], what: 'nothing spreads by less than 0', remedy: 'for a frozen value use `flat`' }))
  if (suspect === undefined || fail === undefined || fail <= suspect) return []
  return [{ at: ['fail'], what: 'a value fails before it is suspect', remedy: 'make `fail` less than `suspect`' }]
}

function rowDoubts({ over, rows }: Options, input: InputKind | undefined): OptionDoubt[] {
  if (!input) return []
  const expected = over / input.period
  if (expected < 2) return [{ at: ['over'], what: 'the window holds fewer than two rows', remedy: 'take a window of many periods of the channel' }]
  if (rows === undefined || rows <= expected) return []
  return [{ at: ['rows'], what: `the window holds ${Math.floor(expected)} rows, never ${rows}`, remedy: 'ask for fewer, or take a longer window' }]
}
