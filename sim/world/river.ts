/** A river that rises: rain on a catchment, led through two linear reservoirs in a row (Nash, 1957), read as a stage. */

export interface RiverPlan {
  areaKm2: number
  /** The share of the rain that runs off. */
  runoff: number
  /** Time constant of each reservoir; the flood comes about two of them after the rain. */
  delayMs: number
  baseM3PerS: number
  /** stage = scale * discharge^0.6: a wide channel by Manning's formula. */
  stageScale: number
}

export interface RiverState {
  upperM3PerS: number
  lowerM3PerS: number
}

export const riverAtRest = (): RiverState => ({ upperM3PerS: 0, lowerM3PerS: 0 })

/** Exact for rain that is even within the step, so a step of a second and one of an hour hold the same water. */
export function stepRiver(state: RiverState, plan: RiverPlan, rainMm: number, dtS: number): void {
  const k = (dtS * 1000) / plan.delayMs
  const kept = Math.exp(-k)
  // 1 mm on 1 km2 is 1,000 m3.
  const inflow = (plan.runoff * rainMm * plan.areaKm2 * 1000) / dtS
  const upper = state.upperM3PerS
  state.lowerM3PerS = inflow + (state.lowerM3PerS - inflow) * kept + (upper - inflow) * k * kept
  state.upperM3PerS = inflow + (upper - inflow) * kept
}

export const dischargeOf = (state: RiverState, plan: RiverPlan): number => plan.baseM3PerS + state.lowerM3PerS

export const stageOf = (state: RiverState, plan: RiverPlan): number => plan.stageScale * dischargeOf(state, plan) ** 0.6
