/** Tilt of one axis of an instrument from its three accelerations. */
import { oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { alignedStage } from './aligned.ts'

interface Options {
  axis: 'x' | 'y' | 'z'
  against: 'horizontal' | 'vertical'
}

const DEGREES = 180 / Math.PI

/**
 * With gravity (ax, ay, az) in any one unit: the angle of an axis above the horizontal plane is atan2(a_axis, √(other²+other²)),
 * in degrees; against the vertical it is 90° less that, taken as atan2 the other way, which keeps its digits near 0.
 * Never acos: at 1e-7° it gives 0.
 */
export const tilt: DerivationKind<Options> = {
  name: 'tilt',
  about: 'The angle of `axis` in degrees, from three accelerations in the order x, y, z: against the horizontal (default) or the vertical.',
  options: shape({ axis: oneOf(['x', 'y', 'z']), against: optional(oneOf(['horizontal', 'vertical']), 'horizontal') }),
  inputs: { least: 3, most: 3 },
  unit: (_, inputs) => (new Set(inputs.map(({ unit }) => unit)).size === 1 ? { unit: 'deg', quantity: 'tilt' } : 'tilt needs three accelerations in one unit'),
  build: ({ axis, against }, wiring) => {
    const own = 'xyz'.indexOf(axis)
    const [first, second] = [0, 1, 2].filter((index) => index !== own) as [number, number]
    return alignedStage(wiring, (a) => {
      const along = a[own] as number
      const across = Math.hypot(a[first] as number, a[second] as number)
      if (along === 0 && across === 0) return Number.NaN
      return DEGREES * (against === 'horizontal' ? Math.atan2(along, across) : Math.atan2(across, along))
    })
  },
}
