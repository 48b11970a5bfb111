/** Tide: the level that sun and moon alone would make, by the harmonic constituents of the place; what is more than that is surge. */
import { about, number, oneOf, optional, type Schema, shape, table } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, OptionDoubt } from '../../core/kind.ts'
import { push } from '../../core/ring.ts'
import { type ConstituentName, constituentNames, constituents, unitTide } from './constituents.ts'
import { metresOf } from './metres.ts'

interface Harmonic {
  amplitude: number
  lag: number
}

interface Options {
  mean: number
  constituents: Partial<Record<ConstituentName, Harmonic>>
  zone: number
}

const HOUR = 3_600_000
const [NONE, INPUT] = [reasonCode('none'), reasonCode('input')]

const harmonics = table(
  shape({
    amplitude: about(number({ least: 0 }), 'In the unit of the channel.'),
    lag: about(number({ least: -360, most: 360 }), 'Phase lag g, in degrees.'),
  }),
  oneOf(constituentNames),
) as Schema<Partial<Record<ConstituentName, Harmonic>>>

/**
 * h(t) = mean + Σ amplitude · f cos(V(t) + u - g), one row for each of the channel, whatever that row reads (Pugh 1987, Tides, Surges and Mean
 * Sea-Level, 4.2; V of Doodson 1921; f and u by the node of the moon). The constituents come of an analysis of a year of levels at the
 * place, or of the tide tables; a surge is level less tide (`difference`), and no weather is in the tide but the mean seasons of Sa and Ssa.
 * The tide is a matter of the clock: while that is not synchronised, rows are missing, and marks of the level itself go on.
 */
export const tide: DerivationKind<Options> = {
  name: 'tide',
  about: `The tide at the times of a level, by harmonic constituents of the place (${constituentNames.join(', ')}), in the unit of the level. \`difference\` of level and tide is the surge.`,
  options: shape({
    mean: about(number(), 'The mean level, from the zero of the channel and in its unit.'),
    constituents: about(harmonics, 'Such as M2: { amplitude: 1.21, lag: 215 }.'),
    zone: about(
      optional(number({ least: -12, most: 14 }), 0),
      'Hours ahead of UTC of the time that the lags are for: 0 for Greenwich lags, 8 for those of China.',
    ),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && !input.counting && metresOf(input.unit) !== null ? { unit: input.unit, quantity: 'tide' } : 'tide needs a level, a length'),
  doubts: ({ constituents: given }): OptionDoubt[] =>
    Object.values(given).some(({ amplitude }) => amplitude > 0)
      ? []
      : [{ at: ['constituents'], what: 'no constituent has an amplitude', remedy: 'give those of the place: { M2: { amplitude: 1.21, lag: 215 } }' }],
  build({ mean, constituents: given, zone }, { calendar, out }) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    const parts = (Object.entries(given) as [ConstituentName, Harmonic][]).map(([name, harmonic]) => ({ ...harmonic, of: constituents[name] }))
    return {
      run(ring, from, to) {
        const known = calendar.quality !== 'unsynchronised'
        for (let row = from; row < to; row++) {
          const time = ring.time[row & ring.mask] as Millis
          if (!known) {
            push(out, time, Number.NaN, Quality.missing, INPUT)
            continue
          }
          const instant = calendar.wall(time) + zone * HOUR
          let level = mean
          for (let k = 0; k < parts.length; k++) {
            const { amplitude, lag, of } = parts[k] as (typeof parts)[number]
            level += amplitude * unitTide(of, instant, lag)
          }
          push(out, time, level, Quality.good, NONE)
        }
      },
    }
  },
}
