/** Resultant tilt from the vertical, from the two axes of an inclinometer. */
import { shape } from '../../../protocol/files/schema.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

const RADIANS = Math.PI / 180

/** gx = sin θx, gy = sin θy, gz = √(1-gx²-gy²); θ = atan2(√(gx²+gy²), gz). Exact, where √(θx²+θy²) is 9 % short at 30° and 40°. */
export const resultant: DerivationKind<Record<string, never>> = {
  name: 'resultant',
  about: 'The tilt from the vertical in degrees, from the two tilts (deg) of an inclinometer that stands upright.',
  options: shape({}),
  inputs: { least: 2, most: 2 },
  unit: (_, inputs) => (inputs.every(({ unit }) => unit === 'deg') ? { unit: 'deg', quantity: 'tilt' } : 'resultant needs two tilts in deg'),
  build: (_, wiring) =>
    alignedStage(wiring, (angles) => {
      const gx = Math.sin((angles[0] as number) * RADIANS)
      const gy = Math.sin((angles[1] as number) * RADIANS)
      const rest = 1 - gx * gx - gy * gy
      // No direction has such a pair of angles: the instrument is wrong.
      return rest < 0 ? Number.NaN : Math.atan2(Math.hypot(gx, gy), Math.sqrt(rest)) / RADIANS
    }),
}
