/** How far an instrument has tilted from its baseline, or in which direction. */
import { about, number, oneOf, optional, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { rainBeside, rainOption } from './dry.ts'
import { type BaselineOptions, fromBaseline } from './from-baseline.ts'
import { angleBetween, azimuthOf, fromAccelerations, fromTilts, mountOption } from './gravity.ts'
import { temperatureBeside, temperatureOption } from './heat.ts'

interface Options extends BaselineOptions {
  give: 'angle' | 'azimuth'
  mount: number
  least: number
}

/**
 * With gravity g now and g0 at rest, Δ = atan2(|g x g0|, g · g0) in degrees: exact on any mount, where √(Δx²+Δy²) is 4 % long at
 * 20° and -15°. Its direction is that of (gx-gx0, gy-gy0). Missing (`warm-up`) until there is a baseline, which outlives the process.
 * The rate of a quiet slope, 0.002 deg/h, is a fifth of the precaution level of Uchimura et al. 2015 (Landslides 12, 351).
 */
export const change: DerivationKind<Options> = {
  name: 'change',
  about:
    'How far the instrument has tilted from its baseline, in degrees: from two tilts (deg), or from three accelerations in the order x, y, z with z upright. The baseline is provisional after a day and final after 7 quiet days, or is taken at once by `hazardpoint baseline`.',
  options: shape({
    give: about(optional(oneOf(['angle', 'azimuth']), 'angle'), 'The angle between then and now, or the azimuth toward which it has tilted.'),
    mount: mountOption(),
    least: about(optional(number({ least: 0 }), 0.05), 'With give: azimuth: no direction is given below this change, in degrees.'),
    quiet: about(
      optional(rate(), '0.002/h'),
      'A day is quiet where its mean is no further from the mean of the day before than this rate makes in a day, in degrees.',
    ),
    rain: rainOption(),
    temperature: temperatureOption(),
    since: about(
      optional(oneOf(['baseline', 'install']), 'baseline'),
      'install: from the first baseline that there was, whatever a person took for one later.',
    ),
  }),
  inputs: { least: 2, most: 3 },
  unit({ give }, inputs) {
    const told = { unit: 'deg', quantity: give === 'azimuth' ? 'azimuth' : 'tilt' }
    if (inputs.length === 2) return inputs.every(({ unit }) => unit === 'deg') ? told : 'change needs two tilts in deg, or three accelerations'
    return new Set(inputs.map(({ unit }) => unit)).size === 1 ? told : 'change needs three accelerations in one unit'
  },
  doubts: ({ quiet }) => (quiet.value > 0 ? [] : [{ at: ['quiet'], what: 'no day would ever be quiet', remedy: 'a rate above 0, such as 0.002/h' }]),
  others: ({ rain, temperature }) => [...rainBeside(rain), ...temperatureBeside(temperature)],
  build: changed,
}

function changed(options: Options, wiring: Wiring): Stage {
  const { give, mount, least } = options
  const read = wiring.inputs.length === 2 ? fromTilts : fromAccelerations
  const g = new Float64Array(3)
  let absent = INPUT
  return fromBaseline(options, wiring, {
    size: 3,
    apart: angleBetween,
    absent: () => absent,
    from(baseline, rest, values, time) {
      absent = INPUT
      if (!read(values, g)) return Number.NaN
      baseline.take(g, time)
      absent = WARM_UP
      if (baseline.standing === 'none') return Number.NaN
      const angle = angleBetween(g, rest)
      if (give === 'angle') return angle
      absent = COVERAGE
      return angle < least ? Number.NaN : azimuthOf((g[0] as number) - (rest[0] as number), (g[1] as number) - (rest[1] as number), mount)
    },
  })
}

const INPUT = reasonCode('input')
const WARM_UP = reasonCode('warm-up')
const COVERAGE = reasonCode('coverage')
