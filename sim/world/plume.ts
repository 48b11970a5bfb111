/** A leak and its plume: a Gaussian plume in a wind that wanders, as one detector in its way sees it. */
import type { Chance } from './chance.ts'

export interface Leak {
  atMs: number
  lastsMs: number
  gramsPerS: number
}

export interface PlumePlan {
  windMetresPerS: number
  distanceM: number
  leaks: readonly Leak[]
}

export interface PlumeState {
  /** How far the wind stands from the line between leak and detector. */
  astrayDeg: number
  percentLel: number
}

/** Methane in air: 4.4 % by volume (IEC 60079-20-1), 16.04 g in 24.06 litres at 20 degC, is 29.3 g/m3. */
const LEL_GRAMS_PER_M3 = 29.3
/** The wind's wandering: its spread, and how long it remembers. */
const ASTRAY_DEG = 10
const WANDER_S = 90
/** A pellistor's T90 of some 30 s is a first-order lag of 13 s. */
const LAG_S = 13

export const plumeAtRest = (): PlumeState => ({ astrayDeg: 0, percentLel: 0 })

export function stepPlume(state: PlumeState, plan: PlumePlan, atMs: number, chance: Chance, dtS: number): void {
  const memory = Math.exp(-dtS / WANDER_S)
  state.astrayDeg = state.astrayDeg * memory + ASTRAY_DEG * Math.sqrt(1 - memory * memory) * chance.normal()
  let gramsPerS = 0
  for (const leak of plan.leaks) if (atMs >= leak.atMs && atMs < leak.atMs + leak.lastsMs) gramsPerS += leak.gramsPerS
  const inAir = (100 * concentration(gramsPerS, plan, state.astrayDeg)) / LEL_GRAMS_PER_M3
  state.percentLel += (inAir - state.percentLel) * (1 - Math.exp(-dtS / LAG_S))
}

/** Grams a cubic metre on the ground, from a source on the ground; spreads of Briggs (1973) for open country, neutral air. */
export function concentration(gramsPerS: number, plan: Pick<PlumePlan, 'windMetresPerS' | 'distanceM'>, astrayDeg: number): number {
  if (gramsPerS === 0) return 0
  const x = plan.distanceM
  const sideM = x * Math.tan((astrayDeg * Math.PI) / 180)
  const wide = (0.08 * x) / Math.sqrt(1 + 0.0001 * x)
  const high = (0.06 * x) / Math.sqrt(1 + 0.0015 * x)
  return (gramsPerS / (Math.PI * plan.windMetresPerS * wide * high)) * Math.exp(-(sideM * sideM) / (2 * wide * wide))
}
