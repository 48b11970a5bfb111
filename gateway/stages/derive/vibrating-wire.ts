/** Pore pressure from a vibrating wire, with its temperature and the barometer where they are measured. */
import { about, number, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { conversion } from '../../../protocol/units.ts'
import type { DerivationKind, InputKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

interface Options {
  factor: number
  zero: number
  temperature?: { factor: number; zero: number } | undefined
  barometer?: { zero: number } | undefined
  as: 'kPa' | 'm'
}

/** A metre of water, in kPa (standard gravity). */
const KPA_PER_METRE = 9.80665

/**
 * P = G (R0 - R1) + K (T1 - T0) - (B1 - B0), in kPa: G in kPa a digit, K in kPa a degC, R0, T0 and B0 as read at zero pressure
 * (calibration sheet). Digits are f² / 1000 of the frequency in Hz: 2846 Hz are 8099.716. Inputs in this order: the wire, then
 * the temperature and the barometer where the options have them.
 */
export const vibratingWire: DerivationKind<Options> = {
  name: 'vibrating-wire',
  about:
    'Pore pressure from a vibrating wire (Hz, or digits): from: [wire, temperature, barometer], of which the last two only where `temperature` or `barometer` are given; kPa, or m of water.',
  options: shape({
    factor: about(number(), 'Linear gauge factor G, in kPa a digit; of the calibration sheet, as are the others.'),
    zero: about(number({ least: 0 }), 'R0: digits at zero pressure.'),
    temperature: optional(
      about(
        shape({ factor: about(number(), 'K, in kPa a degC.'), zero: about(number(), 'T0, in degC.') }),
        'Takes the temperature out; asks for a channel of it.',
      ),
    ),
    barometer: optional(about(shape({ zero: about(number(), 'B0, in kPa.') }), 'Takes the air pressure out; asks for a channel of it.')),
    as: about(optional(oneOf(['kPa', 'm']), 'kPa'), 'kPa, or m of water.'),
  }),
  inputs: { least: 1, most: 3 },
  unit(options, inputs) {
    const wrong = inputsWrong(options, inputs)
    return wrong ?? { unit: options.as, quantity: options.as === 'm' ? 'head' : 'pore pressure' }
  },
  build({ factor, zero, temperature, barometer, as }, wiring) {
    const hertz = conversion(wiring.units[0] as string, 'Hz')?.scale ?? null
    const airAt = temperature ? 2 : 1
    const air = barometer ? (conversion(wiring.units[airAt] as string, 'kPa')?.scale as number) : 0
    const scale = as === 'm' ? 1 / KPA_PER_METRE : 1
    return alignedStage(wiring, (values) => {
      const read = values[0] as number
      const digits = hertz === null ? read : (hertz * read) ** 2 / 1000
      const heat = temperature ? temperature.factor * ((values[1] as number) - temperature.zero) : 0
      const weight = barometer ? air * (values[airAt] as number) - barometer.zero : 0
      return scale * (factor * (zero - digits) + heat - weight)
    })
  },
}

function inputsWrong({ temperature, barometer }: Options, inputs: Pick<InputKind, 'unit'>[]): string | null {
  const [wire, ...others] = inputs
  if (!wire || !(conversion(wire.unit, 'Hz') || ['1', 'count'].includes(wire.unit))) return 'vibrating-wire needs a frequency in Hz, or digits (unit 1)'
  if (others.length !== (temperature ? 1 : 0) + (barometer ? 1 : 0))
    return 'vibrating-wire is made of the wire, and of one channel more for each of temperature, barometer that is given'
  if (temperature && others[0]?.unit !== 'degC') return 'its temperature must be in degC'
  if (barometer && !conversion((others.at(-1) as { unit: string }).unit, 'kPa')) return 'its barometer must be a pressure'
  return null
}
