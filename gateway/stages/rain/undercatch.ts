/** What a tipping bucket loses in heavy rain, and the intensity that it then stands for. */

export interface Gauge {
  /** How long the bucket turns; water that comes in the meantime is lost. About 450 ms (Duchon, Fiebrich and Grimsley 2014, JTECH 31(6): 0.450 s to the horizontal). */
  turningMs?: number
  /** R = factor·I^exponent, by a dynamic calibration of this gauge (WMO-No. 8, part I, chapter 6). */
  law?: { factor: number; exponent: number }
}

/** Tips nearer to each other than this beyond the turning are not of rain. */
const LEAST_MARGIN_MS = 50

const HOUR = 3_600_000

/**
 * With Δt = d/R + τ between tips of depth d mm, R = 3600·d/(Δt - τ) mm/h, Δt and τ in s. NaN where Δt leaves no time to fill.
 * For d 0.2, Δt 7.2 s, τ 0.45 s: I 100, R 106.667.
 */
export function trueIntensity(measured: number, depthMm: number, { turningMs, law }: Gauge): number {
  if (law) return law.factor * measured ** law.exponent
  if (turningMs === undefined || measured === 0) return measured
  const betweenMs = (depthMm * HOUR) / measured
  return betweenMs > turningMs + LEAST_MARGIN_MS ? (depthMm * HOUR) / (betweenMs - turningMs) : Number.NaN
}
