/** A scenario file: an invented story of the weather and the ground, and the alarms that it should raise. */
import type { Colour } from '../protocol/level.ts'
import type { Millis } from '../protocol/time.ts'
import type { Leak, PlumePlan } from './world/plume.ts'
import type { RainCell } from './world/rain.ts'
import type { RiverPlan } from './world/river.ts'
import type { SlopePlan } from './world/slope.ts'

export interface Scenario {
  story: string
  duration: Millis
  seed: number
  rain: RainCell[]
  slope: SlopePlan
  gas: PlumePlan
  river: RiverPlan
  air: { startHour: number; meanDegC: number; swingDegC: number }
  /** How much of the field's change a device sees, by its name; 1 where it is not named. */
  shares: Map<string, number>
  /** Devices that do not answer for a while. */
  silences: { device: string; atMs: number; lastsMs: number }[]
  expect: { alarm: string; level: Colour; before: Millis }[]
}

export type { Leak }
