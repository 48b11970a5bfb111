/** Freeboard: how far the water stands below the crest. */
import { about, number, shape } from '../../../protocol/files/schema.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'
import { metresOf } from './metres.ts'

interface Options {
  crest: number
}

/** crest - level, in m, both above one datum; below 0 the crest is overtopped. What is asked for at design flood: GB 50863-2013, 4.2. */
export const freeboard: DerivationKind<Options> = {
  name: 'freeboard',
  about:
    'How far the water stands below the `crest`, in m; the channel is a level above the same datum. Danger is a small one: detectors with `direction: below`.',
  options: shape({ crest: about(number(), 'Lowest level of the crest, in m above the datum of the channel.') }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && metresOf(input.unit) !== null ? { unit: 'm', quantity: 'freeboard' } : 'freeboard needs a level, in m or another length'),
  build({ crest }, wiring) {
    const metres = metresOf(wiring.units[0] as string) as number
    return alignedStage(wiring, (values) => crest - metres * (values[0] as number))
  },
}
