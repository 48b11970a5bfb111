/** Pore pressure ratio: how much of the weight of the soil above is carried by water. */
import { about, number, shape } from '../../../protocol/files/schema.ts'
import { conversion } from '../../../protocol/units.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

interface Options {
  unitWeight: number
  depth: number
}

/** r_u = u / (γ z), of the pore pressure u in kPa, the saturated unit weight γ in kN/m3 and the depth z of the tip in m (Bishop & Morgenstern 1960). */
export const poreRatio: DerivationKind<Options> = {
  name: 'pore-ratio',
  about: 'The pore pressure ratio r_u = u / (unitWeight × depth), of a pore pressure: the share of the overburden that water carries.',
  options: shape({
    unitWeight: about(number({ least: 10, most: 30 }), 'Saturated unit weight of the soil, in kN/m3.'),
    depth: about(number({ least: 0.1, most: 500 }), 'Depth of the tip below the ground, in m.'),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && conversion(input.unit, 'kPa') ? { unit: '1', quantity: 'pore pressure ratio' } : 'pore-ratio needs a pore pressure, in kPa'),
  build({ unitWeight, depth }, wiring) {
    const kPa = conversion(wiring.units[0] as string, 'kPa')?.scale as number
    return alignedStage(wiring, (values) => (kPa * (values[0] as number)) / (unitWeight * depth))
  },
}
