/** What a checked site file asks of the machine: the seam between reading a file and judging. Data and builders, no state. */
import type { Counting } from '../../protocol/counting.ts'
import type { Level } from '../../protocol/level.ts'
import type { Mode } from '../../protocol/messages.ts'
import type { OutputKind, ValveAction } from '../../protocol/ports.ts'
import type { Millis } from '../../protocol/time.ts'
import type { Condition } from './condition.ts'
import type { Wiring } from './kind.ts'
import type { Detector, Stage } from './stage.ts'

export interface StationPlan {
  mode: Mode
  /** Measured channels first, then derived ones, each after its inputs. An index in this list is a channel's number. */
  channels: ChannelPlan[]
  detectors: DetectorPlan[]
  alarms: AlarmPlan[]
  outputs: OutputPlan[]
  actions: ActionPlan[]
  reports: ReportPlan[]
}

export interface ChannelPlan {
  name: string
  quantity: string
  unit: string
  /** Digits behind the point that are worth showing. */
  digits: number
  counting: Counting | null
  /** Expected time between rows. */
  period: Millis
  /** Rows that the ring must hold for every window over it. */
  rows: number
  /** Null for a measured channel. */
  derivation: StagePlan<Stage> | null
  quality: StagePlan<Stage>[]
}

/** `inputs` are channel numbers; for a quality test, just the channel itself. */
export interface StagePlan<S extends Stage> {
  kind: string
  inputs: number[]
  build(wiring: Wiring): S
}

export interface DetectorPlan extends StagePlan<Detector> {
  name: string
}

/** The highest level whose condition is true is the alarm's level. */
export interface AlarmPlan {
  name: string
  levels: { level: Exclude<Level, 0>; when: Condition }[]
}

export type { OutputKind, ValveAction }

/** An output is off while nobody asks for anything: none is ever switched on by software because a request ended. */
export interface OutputPlan {
  name: string
  kind: OutputKind
  /** Of a valve alone. */
  valve?: ValveAction
  /** No request outlives this. */
  longest: Millis
}

export interface ActionPlan {
  when: Condition
  /** The condition as the file has it, for people. */
  text: string
  output: string
  /** How long it stays on after `when` became true; null: as long as `when` is not false. */
  hold: Millis | null
}

/** What one uplink is told of the channels, and when. */
export interface ReportPlan {
  uplink: string
  heartbeat: Millis
  channels: { channel: number; every: Millis; onChange: boolean }[]
}
