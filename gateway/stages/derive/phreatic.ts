/** Phreatic line: how deep the water in a dam lies below its surface, from a piezometer. */
import { about, number, shape } from '../../../protocol/files/schema.ts'
import { conversion } from '../../../protocol/units.ts'
import type { DerivationKind, OptionDoubt } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'
import { metresOf } from './metres.ts'

interface Options {
  surface: number
  tip: number
}

/** Metres of water that one of this unit stands for: a length is a head, a pressure a column of 9.80665 kPa a metre. */
const headOf = (unit: string): number | null => metresOf(unit) ?? conversion(unit, 'mH2O')?.scale ?? null

/** depth = surface - (tip + head), in m. Where the head is at or below 0 the tip is dry, and the line lies at least as deep as the tip. */
export const phreatic: DerivationKind<Options> = {
  name: 'phreatic',
  about:
    'The depth of the phreatic line below the `surface` in m, from the head (m) or the pore pressure (kPa) at the `tip` of a piezometer. Danger is a small depth.',
  options: shape({
    surface: about(number(), 'Level of the ground above the piezometer, in m.'),
    tip: about(number(), 'Level of its tip, in m above the same datum.'),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && headOf(input.unit) !== null ? { unit: 'm', quantity: 'phreatic depth' } : 'phreatic needs a head (m) or a pressure (kPa)'),
  doubts: ({ surface, tip }): OptionDoubt[] =>
    tip < surface ? [] : [{ at: ['tip'], what: 'the tip would lie above the ground', remedy: 'give both as levels above one datum, in m' }],
  build({ surface, tip }, wiring) {
    const metres = headOf(wiring.units[0] as string) as number
    return alignedStage(wiring, (values) => surface - tip - Math.max(0, metres * (values[0] as number)))
  },
}
