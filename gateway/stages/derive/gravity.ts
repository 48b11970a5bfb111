/** The direction of gravity in the axes of an instrument, and the angle between two of them. */

import { about, number, optional } from '../../../protocol/files/schema.ts'

export const RADIANS = Math.PI / 180

/** Where the x axis of an instrument points, for derivations that can give an azimuth. */
export const mountOption = () =>
  about(
    optional(number({ least: -360, most: 360 }), 0),
    'Azimuth of the positive x axis in degrees, clockwise from north as seen from above; y then points 90 degrees further.',
  )

/** From two tilts (deg) of an inclinometer: gx = sin θx, gy = sin θy, gz = √(1-gx²-gy²). False where no direction has such a pair. */
export function fromTilts(angles: Float64Array, g: Float64Array): boolean {
  const gx = Math.sin((angles[0] as number) * RADIANS)
  const gy = Math.sin((angles[1] as number) * RADIANS)
  const rest = 1 - gx * gx - gy * gy
  if (!(rest >= 0)) return false
  g[0] = gx
  g[1] = gy
  g[2] = Math.sqrt(rest)
  return true
}

/** From three accelerations in any one unit, made one long. False where all are 0. */
export function fromAccelerations(a: Float64Array, g: Float64Array): boolean {
  const length = Math.hypot(a[0] as number, a[1] as number, a[2] as number)
  if (!(length > 0)) return false
  for (let k = 0; k < 3; k++) g[k] = (a[k] as number) / length
  return true
}

/** atan2(|a x b|, a · b) in degrees. Never acos: at 1e-7° it gives 0. */
export function angleBetween(a: Float64Array, b: Float64Array): number {
  const [ax, ay, az] = [a[0] as number, a[1] as number, a[2] as number]
  const [bx, by, bz] = [b[0] as number, b[1] as number, b[2] as number]
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
  return Math.atan2(cross, ax * bx + ay * by + az * bz) / RADIANS
}

/** Azimuth of the horizontal vector (x, y), from 0 up to but not including 360. */
export function azimuthOf(x: number, y: number, mount: number): number {
  const azimuth = (Math.atan2(y, x) / RADIANS + mount) % 360
  return azimuth < 0 ? azimuth + 360 : azimuth
}
