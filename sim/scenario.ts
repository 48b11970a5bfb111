/** A scenario file: an invented story of the weather and the ground, and the alarms that it should raise. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { asset } from '../protocol/files/asset.ts'
import type { FileFault } from '../protocol/files/fault.ts'
import {
  about,
  check,
  duration,
  id,
  jsonSchema,
  list,
  number,
  oneOf,
  optional,
  percent,
  type Read,
  type Schema,
  shape,
  table,
  text,
  turn,
  whole,
} from '../protocol/files/schema.ts'
import { readYaml } from '../protocol/files/yaml.ts'
import { type Colour, colours } from '../protocol/level.ts'
import type { Millis } from '../protocol/time.ts'
import type { PlumePlan } from './world/plume.ts'
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
  /** How much of the slope's movement a device sees, by its name; 1 where it is not named. */
  shares: Map<string, number>
  /** Devices that do not answer for a while. */
  silences: { device: string; atMs: number; lastsMs: number }[]
  /** Alarms that must have stood at a level before a time of the story. */
  expect: { alarm: string; level: Colour; before: Millis }[]
}

/** A year of seconds is some 20 s of computing, and more than a story needs. */
const LONGEST_MS = 366 * 86_400_000
/** A storm of more showers is weather, not a scenario. */
const MOST_PHASES = 200

const span = { at: duration(), lasts: duration({ least: 1000 }) }
const phases = <T>(schema: Schema<T>): Schema<T[]> => optional(list(schema, { most: MOST_PHASES }), [])

const rainCell = shape({
  ...span,
  depth: about(number({ least: 0, most: 2000 }), 'mm that fall in all'),
  peak: optional(about(percent(), 'where in its life it is strongest'), '40%'),
})

const slope = shape({
  soaks: about(number({ least: 1, most: 2000 }), 'mm of rain in the soil from which on the slope moves'),
  drains: optional(about(duration({ least: 60_000 }), 'time in which the soil loses two thirds of its water'), '8h'),
  rest: optional(about(number({ least: 0, most: 10 }), 'creep when dry, degrees an hour'), 0.01),
  most: optional(about(number({ least: 0.1, most: 10_000 }), 'the fastest movement, degrees an hour'), 90),
  brittle: about(number({ least: 0.01, most: 1000 }), 'degrees: 1/A of Voight, dv/dt = A v^2; the smaller, the more sudden'),
  runOut: about(number({ least: 0.1, most: 90 }), 'degrees after which it lies still as a heap'),
})

const gas = shape({
  wind: optional(about(number({ least: 0.5, most: 40 }), 'm/s; the formula does not hold in calm air'), 2),
  distance: optional(about(number({ least: 2, most: 5000 }), 'm from leak to detector, downwind'), 20),
  leaks: phases(shape({ ...span, rate: about(number({ least: 0, most: 100_000 }), 'g/s of methane') })),
})

const river = shape({
  area: about(number({ least: 0.01, most: 100_000 }), 'catchment in km2'),
  runoff: optional(about(percent(), 'share of the rain that runs off'), '45%'),
  delay: about(duration({ least: 60_000 }), 'time constant of each of two reservoirs in a row'),
  base: optional(about(number({ least: 0, most: 100_000 }), 'm3/s before the rain'), 1),
  stage: optional(about(number({ least: 0.001, most: 10 }), 'level in m = stage x discharge^0.6'), 0.3),
})

/** What stands where a scenario does not speak of a part: a slope that no rain moves, air without gas, a small brook. */
const calm = {
  slope: { soaks: 2000, brittle: 1, runOut: 1 },
  gas: {},
  river: { area: 1, delay: '20min' },
  air: {},
} as const

const schema = shape({
  story: about(text({ most: 2000 }), 'what happens, in words'),
  duration: duration({ least: 1000, most: LONGEST_MS }),
  seed: optional(whole({ least: 0, most: 0xffffffff }), 1),
  rain: phases(rainCell),
  slope: optional(slope, calm.slope),
  gas: optional(gas, calm.gas),
  river: optional(river, calm.river),
  air: optional(
    shape({
      startHour: optional(about(number({ least: 0, most: 24 }), 'hour of the day at which the story starts'), 12),
      mean: optional(number({ least: -60, most: 60 }), 15),
      swing: optional(number({ least: 0, most: 40 }), 5),
    }),
    calm.air,
  ),
  shares: optional(about(table(number({ least: -10, most: 10 })), 'device: share of the movement of the slope that it sees'), {}),
  silences: phases(shape({ device: id(), ...span })),
  expect: phases(shape({ alarm: id(), level: oneOf(colours.slice(1) as Exclude<Colour, 'none'>[]), before: duration() })),
})

const scenario: Schema<Scenario> = turn(schema, fromFile)

function fromFile(file: Read<typeof schema>): Scenario {
  return {
    story: file.story.trim(),
    duration: file.duration,
    seed: file.seed,
    rain: file.rain.map(({ at, lasts, depth, peak }) => ({ atMs: at, lastsMs: lasts, depthMm: depth, peak })),
    slope: {
      soaksMm: file.slope.soaks,
      drainsMs: file.slope.drains,
      restDegPerHour: file.slope.rest,
      mostDegPerHour: file.slope.most,
      brittleDeg: file.slope.brittle,
      runOutDeg: file.slope.runOut,
    },
    gas: {
      windMetresPerS: file.gas.wind,
      distanceM: file.gas.distance,
      leaks: file.gas.leaks.map(({ at, lasts, rate }) => ({ atMs: at, lastsMs: lasts, gramsPerS: rate })),
    },
    river: { areaKm2: file.river.area, runoff: file.river.runoff, delayMs: file.river.delay, baseM3PerS: file.river.base, stageScale: file.river.stage },
    air: { startHour: file.air.startHour, meanDegC: file.air.mean, swingDegC: file.air.swing },
    shares: new Map(Object.entries(file.shares)),
    silences: file.silences.map(({ device, at, lasts }) => ({ device, atMs: at, lastsMs: lasts })),
    expect: file.expect,
  }
}

export function readScenario(text: string, file: string): { scenario: Scenario } | { faults: FileFault[] } {
  const read = check(scenario, readYaml(text, file))
  return 'faults' in read ? read : { scenario: read.value }
}

/** The scenario that comes along, the story of the demo. */
export function stormScenario(): Scenario {
  const file = fileURLToPath(asset('sim/scenarios/storm.yaml'))
  const read = readScenario(readFileSync(file, 'utf8'), file)
  if ('faults' in read) throw new Error(`${file} has faults: ${read.faults.map(({ what }) => what).join('; ')}`)
  return read.scenario
}

export const scenarioSchemaJson = (): Record<string, unknown> => jsonSchema(schema)
