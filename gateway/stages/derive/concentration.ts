/** A gas in another unit: by its weight, its explosive limit and the temperature that its channel says. */
import { oneOf, shape } from '../../../protocol/files/schema.ts'
import { concentrationFactor, gasBasis } from '../../../protocol/gas.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

interface Options {
  to: string
}

const units = ['ppb', 'ppm', '%vol', 'ug/m3', 'mg/m3', 'g/m3', '%LEL'] as const

/** ppm = mg/m3 · Vm(T) / M, with Vm = R T / 101.325 kPa; %LEL = 100 · %vol / LEL (GBZ 2.1; IEC 60079-20-1). */
export const concentration: DerivationKind<Options> = {
  name: 'concentration',
  about: `A gas in another unit, \`to\` (${units.join(', ')}), by what the channel says of its \`gas\`: its weight, its temperature, its explosive limit.`,
  options: shape({ to: oneOf(units) }),
  inputs: { least: 1, most: 1 },
  unit({ to }, [input]) {
    if (!input) return 'concentration is made of one gas'
    const factor = concentrationFactor(input.unit, to, input.gas ?? gasBasis(null))
    return typeof factor === 'string' ? `for ${to}, ${factor}` : { unit: to, quantity: input.quantity }
  },
  build({ to }, wiring) {
    const factor = concentrationFactor(wiring.units[0] as string, to, wiring.gases[0] ?? gasBasis(null))
    if (typeof factor === 'string') throw new Error(factor)
    return alignedStage(wiring, (values) => (values[0] as number) * factor)
  },
}
