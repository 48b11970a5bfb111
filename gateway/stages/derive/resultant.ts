/** Resultant tilt from the vertical, from the two axes of an inclinometer: its angle, or the azimuth toward which it leans. */
import { about, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'
import { azimuthOf, fromTilts, mountOption, RADIANS } from './gravity.ts'

interface Options {
  give: 'angle' | 'azimuth'
  mount: number
}

/** θ = atan2(√(gx²+gy²), gz). Exact, where √(θx²+θy²) is 9 % short at 30° and 40°. The azimuth is atan2(gy, gx) and that of the mount. */
export const resultant: DerivationKind<Options> = {
  name: 'resultant',
  about: 'The tilt from the vertical in degrees, from the two tilts (deg) of an inclinometer that stands upright; or the azimuth toward which it leans.',
  options: shape({
    give: about(optional(oneOf(['angle', 'azimuth']), 'angle'), 'The angle from the vertical, or the azimuth.'),
    mount: mountOption(),
  }),
  inputs: { least: 2, most: 2 },
  unit: ({ give }, inputs) =>
    inputs.every(({ unit }) => unit === 'deg') ? { unit: 'deg', quantity: give === 'azimuth' ? 'azimuth' : 'tilt' } : 'resultant needs two tilts in deg',
  build: ({ give, mount }, wiring) => {
    const g = new Float64Array(3)
    return alignedStage(wiring, (angles) => {
      // No direction has such a pair of angles: the instrument is wrong.
      if (!fromTilts(angles, g)) return Number.NaN
      const [x, y] = [g[0] as number, g[1] as number]
      return give === 'azimuth' ? azimuthOf(x, y, mount) : Math.atan2(Math.hypot(x, y), g[2] as number) / RADIANS
    })
  },
}
