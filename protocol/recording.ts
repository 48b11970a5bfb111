/** A recording: the inputs of a station, one scan a line (NDJSON), from which every decision can be made again. */
import type { CommandIn } from './ports.ts'
import type { Samples } from './samples.ts'
import type { Instant, Moment, WallQuality } from './time.ts'

/** A bus or an uplink that came up or went down. */
export interface LinkChange {
  link: string
  up: boolean
  detail: string
}

/** What an output was told and what was read back; `actual` is null where nothing could be read. */
export interface OutputState {
  output: string
  wanted: boolean
  actual: boolean | null
}

/** The wall clock stepped, or its quality changed. `stepMs` is what was added to wall minus station time. */
export interface ClockChange {
  wall: Instant
  wallQuality: WallQuality
  stepMs: number
}

/** All that enters one scan. */
export interface Input {
  now: Moment
  samples: Samples[]
  commands: CommandIn[]
  links: LinkChange[]
  outputs: OutputState[]
  clock: ClockChange[]
}

export const emptyInput = (now: Moment): Input => ({ now, samples: [], commands: [], links: [], outputs: [], clock: [] })
