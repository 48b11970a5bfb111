/** Dry beach of a tailings pond: how far the water stands off the dam, along the beach. */
import { about, number, shape } from '../../../protocol/files/schema.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'
import { metresOf } from './metres.ts'

interface Options {
  crest: number
  slope: number
}

/** L = (crest - level) / slope, in m: 120.5, 119.2 and 0.012 give 108.333 m. The lengths that are asked for: GB 50863-2013, 4.2. */
export const beach: DerivationKind<Options> = {
  name: 'beach',
  about:
    'The length of the dry beach in m, of the level of the pond, the `crest` of the beach and its mean `slope`. Danger is a short one: detectors with `direction: below`.',
  options: shape({
    crest: about(number(), 'Level of the beach at the dam, in m above the datum of the channel.'),
    slope: about(number({ least: 0.001, most: 0.5 }), 'Mean slope of the beach, as surveyed: metres down for each metre along, such as 0.012.'),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && metresOf(input.unit) !== null ? { unit: 'm', quantity: 'dry beach' } : 'beach needs a level, in m or another length'),
  build({ crest, slope }, wiring) {
    const metres = metresOf(wiring.units[0] as string) as number
    return alignedStage(wiring, (values) => (crest - metres * (values[0] as number)) / slope)
  },
}
