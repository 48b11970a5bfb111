/** One channel less another: a measured level less the predicted tide, a pressure less the barometer, an upstream level less the downstream one. */
import { shape } from '../../../protocol/files/schema.ts'
import { conversion } from '../../../protocol/units.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

/** first - second, in the unit of the first. Rows of one time belong together; the last channel named gives the times. */
export const difference: DerivationKind<Record<string, never>> = {
  name: 'difference',
  about: 'The first channel less the second, in the unit of the first: a level less its `tide` (the surge), a pressure less the barometer.',
  options: shape({}),
  inputs: { least: 2, most: 2 },
  unit(_, [first, second]) {
    if (!first || !second || first.counting || second.counting) return 'difference needs two channels that do not count'
    const { unit, quantity } = first
    // A zero that lies elsewhere (degC, K) would be taken for a difference.
    return conversion(second.unit, unit)?.offset === 0 ? { unit, quantity: `${quantity} difference` } : 'difference needs two channels of one kind of unit'
  },
  build(_, wiring) {
    const factor = conversion(wiring.units[1] as string, wiring.units[0] as string)?.scale
    if (factor === undefined) throw new Error('difference is built of units that fit')
    return alignedStage(wiring, (values) => (values[0] as number) - factor * (values[1] as number))
  },
}
