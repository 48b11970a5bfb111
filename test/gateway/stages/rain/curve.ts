/** A curve of rain by its definition, which the detector's own loop is held against. */
import type { Limb } from '../../../../gateway/stages/rain/curves.ts'

/** The mean intensity (mm/h) on the curve at a duration; NaN outside of it. */
export function intensityAt(curve: readonly Limb[], hours: number): number {
  for (let k = 0; k < curve.length; k++) {
    const { factor, exponent, from, to } = curve[k] as Limb
    if (hours >= from && (hours < to || (k === curve.length - 1 && hours === to))) return factor * hours ** exponent
  }
  return Number.NaN
}

/** The depth (mm) on the curve. A burst that is shorter than the curve is held against its shortest duration; one that is longer, against nothing: infinity. */
export function depthAt(curve: readonly Limb[], hours: number): number {
  const held = Math.max(hours, (curve[0] as Limb).from)
  const intensity = intensityAt(curve, held)
  return Number.isNaN(intensity) ? Infinity : intensity * held
}
