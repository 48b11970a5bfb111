/** What a station shows of itself: one picture for the terminal, the control socket and the page. Plain values only, so that it travels as JSON. */
import type { Colour } from '../protocol/level.ts'
import type { BusFigures, DeviceFigures, Life, LoadFigures, Mode, Why } from '../protocol/messages.ts'
import type { OutputKind } from '../protocol/ports.ts'
import type { Quality } from '../protocol/quality.ts'
import type { Instant, WallQuality } from '../protocol/time.ts'

export interface StationStatus {
  area: string
  site: string
  station: string
  /** The site's name for people; empty where the file tells none. */
  name: string
  epoch: string
  mode: Mode
  startedAt: Instant
  now: Instant
  timeQuality: WallQuality
  channels: ChannelStatus[]
  alarms: AlarmStatus[]
  /** How much they ask of those who watch them; null before the first scan. */
  load: LoadFigures | null
  outputs: OutputStatus[]
  /** Buses and uplinks. */
  links: LinkStatus[]
  /** None in a replay. */
  buses: BusStatus[]
  messages: { sent: number; pending: number; dropped: number }
  /** Where there is an end to wait for: a scenario or a recording. */
  progress?: Progress
}

export interface ChannelStatus {
  name: string
  /** In `unit`, a count already times its step; null where it is missing. */
  value: number | null
  unit: string
  digits: number
  /** Null where there was no row yet. */
  ageMs: number | null
  quality: keyof typeof Quality
  /** Why it is not plainly good; empty where it is. */
  reason: string
  /** Rows since the start that were not later than the one before them, and count nowhere; left out where there were none. */
  dropped?: number
}

export interface AlarmStatus {
  name: string
  level: Colour
  since: Instant
  why: Why[]
  /** What it looks at and cannot tell now. */
  unknown: string[]
  /** The level at which it stood when its data had been lost for too long; left out where they are not. */
  dataLost?: Colour
  /** The station's own state, not a hazard's. */
  technical: boolean
  /** What people have seen of it. */
  life: Life
}

export interface OutputStatus {
  name: string
  kind: OutputKind
  /** Null before the first command. */
  wanted: boolean | null
  /** Read back; null where it could not be read. */
  actual: boolean | null
  since: Instant
  cause: string
  /** The last silent loop test that passed, and whether one has failed since; left out of kinds that are not tested so. */
  loopTest?: { passedAt: Instant; failed: boolean }
}

export interface LinkStatus {
  name: string
  kind: 'bus' | 'uplink'
  up: boolean
  /** A sentence for people: why it is down; may be empty when it is up. */
  detail: string
}

export interface BusStatus extends BusFigures {
  name: string
  devices: DeviceStatus[]
}

export interface DeviceStatus extends DeviceFigures {
  name: string
}

export interface Progress {
  label: string
  /** 0 to 1. */
  fraction: number
  /** Station seconds a real second. */
  speed: number
  /** Real time until the end. */
  leftMs: number
}
