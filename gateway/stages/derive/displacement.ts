/** How far a mark has moved from its baseline: a crack meter along its axis, a GNSS mark along the way that the slide goes. */
import { about, number, oneOf, optional, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { rainBeside, rainOption } from './dry.ts'
import { type BaselineOptions, fromBaseline } from './from-baseline.ts'
import { RADIANS } from './gravity.ts'
import { temperatureBeside, temperatureOption } from './heat.ts'

interface Options extends BaselineOptions {
  azimuth?: number | undefined
  plunge?: number | undefined
}

/**
 * Of one length x (crack meter, extensometer): x - x0. Of east, north (and height): the part of the movement along the mean way of
 * the slide, (ΔE sin A + ΔN cos A) cos P - ΔU sin P with azimuth A and plunge P. The length |Δ| of a movement is never shorter than
 * its noise (Rice): it would show a still mark as moved. Missing (`warm-up`) until there is a baseline, which outlives the process.
 */
export const displacement: DerivationKind<Options> = {
  name: 'displacement',
  about:
    'How far a mark has moved from its baseline: one length (crack meter), or east, north and perhaps height (GNSS) along the azimuth of the slide. In the unit of the channel; above 0 is opening, or downhill.',
  options: shape({
    azimuth: about(optional(number({ least: 0, most: 360 })), 'The mean way of the slide in degrees, clockwise from north.'),
    plunge: about(
      optional(number({ least: -90, most: 90 })),
      'With three channels: how steeply the slide goes down, in degrees below the horizontal (default 0).',
    ),
    quiet: about(rate(), 'A day is quiet where its mean is no further from the mean of the day before than this, such as 0.5/d, in the unit of the channel.'),
    rain: rainOption(),
    temperature: temperatureOption(),
    since: about(
      optional(oneOf(['baseline', 'install']), 'baseline'),
      'install: from the first baseline that there was, whatever a person took for one later.',
    ),
  }),
  inputs: { least: 1, most: 3 },
  unit: (_, inputs) => {
    if (inputs.some(({ counting }) => counting)) return 'displacement of a counting channel: it has no length'
    return new Set(inputs.map(({ unit }) => unit)).size === 1
      ? { unit: inputs[0]?.unit as string, quantity: 'displacement' }
      : 'displacement needs its channels in one unit'
  },
  doubts({ azimuth, plunge, quiet }, inputs) {
    const doubts = []
    if (inputs.length > 1 && azimuth === undefined)
      doubts.push({ at: [], what: 'nobody knows which way the slide goes', remedy: 'give its mean `azimuth`, in degrees clockwise from north' })
    if (inputs.length === 1 && azimuth !== undefined)
      doubts.push({ at: ['azimuth'], what: 'a single length has no azimuth', remedy: 'leave it out, or name east and north' })
    if (inputs.length < 3 && plunge !== undefined)
      doubts.push({ at: ['plunge'], what: 'without heights nothing plunges', remedy: 'leave it out, or name east, north and height' })
    if (!(quiet.value > 0)) doubts.push({ at: ['quiet'], what: 'no day would ever be quiet', remedy: 'a rate above 0, such as 0.5/d' })
    return doubts
  },
  others: ({ rain, temperature }) => [...rainBeside(rain), ...temperatureBeside(temperature)],
  build: displaced,
}

function displaced(options: Options, wiring: Wiring): Stage {
  const { azimuth = 0, plunge = 0 } = options
  const size = wiring.inputs.length
  const [a, p] = [azimuth * RADIANS, plunge * RADIANS]
  const along = size === 1 ? [1] : [Math.sin(a) * Math.cos(p), Math.cos(a) * Math.cos(p), -Math.sin(p)]
  return fromBaseline(options, wiring, {
    size,
    apart,
    absent: () => WARM_UP,
    from(baseline, rest, values, time) {
      baseline.take(values, time)
      let moved = 0
      for (let k = 0; k < size; k++) moved += ((values[k] as number) - (rest[k] as number)) * (along[k] as number)
      return moved
    },
  })
}

function apart(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let k = 0; k < a.length; k++) sum += ((a[k] as number) - (b[k] as number)) ** 2
  return Math.sqrt(sum)
}

const WARM_UP = reasonCode('warm-up')
