/**
 * A slope that creeps: rain fills the soil, a soaked soil makes the creep accelerate, and the acceleration feeds on itself.
 * The law is Voight's (1988), dv/dt = A v^2: the inverse of the velocity falls in a straight line to failure.
 */

export interface SlopePlan {
  /** Water in the soil, in mm of rain, from which on it moves. */
  soaksMm: number
  /** The soil loses its water with this time constant. */
  drainsMs: number
  /** Creep of a dry slope, and the most that it ever moves. */
  restDegPerHour: number
  mostDegPerHour: number
  /** How fast creep grows once the soil is twice as wet as `soaks`: 1/A in degrees. */
  brittleDeg: number
  /** It has come to rest, as a heap, after this much. */
  runOutDeg: number
}

export interface SlopeState {
  waterMm: number
  degPerHour: number
  movedDeg: number
}

export const slopeAtRest = (plan: SlopePlan): SlopeState => ({ waterMm: 0, degPerHour: plan.restDegPerHour, movedDeg: 0 })

/** Back to rest within about this time once the soil is no longer soaked. */
const CALM_S = 1800

export function stepSlope(state: SlopeState, plan: SlopePlan, rainMm: number, dtS: number): void {
  state.waterMm += rainMm - (state.waterMm * dtS * 1000) / plan.drainsMs
  const dtH = dtS / 3600
  if (state.movedDeg >= plan.runOutDeg) {
    state.degPerHour = 0
    return
  }
  const excess = Math.max(0, state.waterMm / plan.soaksMm - 1)
  const v = state.degPerHour
  const growing = (excess * v * v) / plan.brittleDeg
  // Soaked soil cannot start from nothing: a first push moves it off the rest rate, as soil water does by softening its base.
  const pushed = excess > 0 ? excess * PUSH_DEG_PER_HOUR_2 : (plan.restDegPerHour - v) / (CALM_S / 3600)
  state.degPerHour = Math.min(plan.mostDegPerHour, Math.max(plan.restDegPerHour, v + (growing + pushed) * dtH))
  state.movedDeg += state.degPerHour * dtH
}

/** Degrees per hour gained in an hour, at an excess of one. */
const PUSH_DEG_PER_HOUR_2 = 1
