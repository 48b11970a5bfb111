/**
 * The field of a hazard point: rain, slope, leak and river of one scenario, from one seed, brought forward second by second.
 * It knows no clock and no device: the same seed and scenario give the same values at the same time of the story, however often they are asked for.
 */
import { type Millis, millis } from '../../protocol/time.ts'
import type { Scenario } from '../scenario.ts'
import { makeChance } from './chance.ts'
import { plumeAtRest, stepPlume } from './plume.ts'
import { makeGusts, rainBetween } from './rain.ts'
import { dischargeOf, riverAtRest, stageOf, stepRiver } from './river.ts'
import { slopeAtRest, stepSlope } from './slope.ts'

export interface Field {
  /** Brings the field forward to a time of the story, in whole steps; earlier times leave it as it is. */
  step(to: Millis): void
  /** What nature does now, by signal. */
  values(): Map<Signal, number>
  at(): Millis
}

/** `rain` is mm since the start, `rain-rate` mm/h, tilts in degrees, `gas` in % of LEL, `level` in m, `discharge` in m3/s, `temperature` in degC, `wind` in m/s. */
export type Signal = 'rain' | 'rain-rate' | 'tilt-x' | 'tilt-y' | 'gas' | 'level' | 'discharge' | 'temperature' | 'wind'

/** One second: shorter than any response that is modelled, and 86,400 steps a day take some 60 ms. */
const STEP_MS = 1000

/** A slope seldom moves along one axis of its tilt meter. */
const SIDEWAYS = 0.35
/** Rain cools the air by a few degrees, within half an hour. */
const RAIN_COOLS_DEG = 4
const COOLS_S = 1800

export function makeField(seed: number, scenario: Scenario): Field {
  const chance = makeChance(seed)
  const gusts = makeGusts(chance.fork('gusts'))
  const wind = chance.fork('wind')
  const slope = slopeAtRest(scenario.slope)
  const plume = plumeAtRest()
  const river = riverAtRest()
  let at = 0
  let rainMm = 0
  let rateMmPerHour = 0
  let cooledDeg = 0

  function second(): void {
    const dtS = STEP_MS / 1000
    const fellMm = rainBetween(scenario.rain, at, at + STEP_MS) * gusts(at)
    at += STEP_MS
    rainMm += fellMm
    rateMmPerHour = (fellMm * 3600) / dtS
    stepSlope(slope, scenario.slope, fellMm, dtS)
    stepRiver(river, scenario.river, fellMm, dtS)
    stepPlume(plume, scenario.gas, at, wind, dtS)
    cooledDeg += (((rateMmPerHour > 1 ? RAIN_COOLS_DEG : 0) - cooledDeg) * dtS) / COOLS_S
  }

  return {
    step(to) {
      while (at + STEP_MS <= to) second()
    },
    at: () => millis(at),
    values: () =>
      new Map<Signal, number>([
        ['rain', rainMm],
        ['rain-rate', rateMmPerHour],
        ['tilt-x', slope.movedDeg],
        ['tilt-y', slope.movedDeg * SIDEWAYS],
        ['gas', plume.percentLel],
        ['level', stageOf(river, scenario.river)],
        ['discharge', dischargeOf(river, scenario.river)],
        ['temperature', airDegC(scenario, at) - cooledDeg],
        ['wind', scenario.gas.windMetresPerS],
      ]),
  }
}

/** A clear day's air: coldest at five in the morning, warmest at five in the afternoon. */
function airDegC({ air }: Scenario, atMs: number): number {
  const hour = air.startHour + atMs / 3_600_000
  return air.meanDegC + air.swingDegC * Math.sin((2 * Math.PI * (hour - 11)) / 24)
}
