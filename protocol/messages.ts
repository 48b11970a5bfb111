/** What travels from a station to its platforms: the messages, and the envelope that proves a stream of them whole. */
import type { Colour } from './level.ts'
import type { Instant, WallQuality } from './time.ts'

export const VERSION = 1

/** `actual` from a point in service; the others are marked from end to end so that nobody is evacuated by a rehearsal. */
export type Mode = 'actual' | 'drill' | 'test' | 'replay'

/** Lanes, most urgent first. Each has its own `prev` chain. `will` holds what a broker says when a station has gone silent. */
export const lanes = ['alarm', 'state', 'live', 'backfill', 'will'] as const
export type Lane = (typeof lanes)[number]

/** Whose message it is, as every envelope says it. */
export interface Address {
  area: string
  site: string
  station: string
  /** One life of the station between two starts; an opaque string, new at each start. */
  epoch: string
}

export interface Identity extends Address {
  startedAt: Instant
}

/** Rows of one channel: row k was observed at `t0 + k*dt`, or at `t0 + t[k]`. A value is null where it is missing. */
export interface Column {
  unit: string
  t0: Instant
  dt?: number
  t?: number[]
  v: (number | null)[]
  /** Run lengths where not plainly good: [first row, rows, QARTOD flag, reason]. */
  q?: [number, number, number, string][]
}

export interface Why {
  detection: string
  level: Colour | 'unknown'
  /** Figures by name, in the units of the channel: `value`, `perHour`. A name that ends with another unit has that one (`silentMs`). */
  evidence: Record<string, number>
  /** The kind of detector that judged. */
  rule?: string
  /** By colour, in the units of the figure that is judged. */
  setPoints?: Partial<Record<Colour, number>>
  /** How far it looks back, where it does, and what is there. */
  window?: WhyWindow
  /** The newest row of each channel that it looks at, as it was then. */
  inputs?: WhyInput[]
}

/** Rows that can be used, and their share, from 0 to 1, of those that were to come. */
export interface WhyWindow {
  ms: number
  rows: number
  coverage: number
}

export interface WhyInput {
  channel: string
  unit: string
  /** Null where it is missing. */
  value: number | null
  /** QARTOD flag, and why it is not plainly good. */
  quality: number
  reason: string
  /** Left out where there was no row yet. */
  ageMs?: number
}

/**
 * Where an alarm's life stands (ISA-18.2, IEC 62682): at rest; active and not, or already, seen by a person; over before anybody saw it;
 * over and latched, not yet or already seen; kept quiet on the shelf, by design, or out of service.
 */
export const lifeStates = ['NORM', 'UNACK', 'ACKED', 'RTNUN', 'LATUN', 'LATACK', 'SHLVD', 'DSUPR', 'OOSRV'] as const
export type LifeState = (typeof lifeStates)[number]

export interface Life {
  state: LifeState
  /** How often it was raised, over all starts of the station. */
  occurrence: number
  /** When what keeps it quiet ends by itself; left out where nothing does, or nothing ends. */
  until?: Instant
  /** Who did the last act on it, and why; left out where nobody has yet. */
  by?: string
  reason?: string
}

interface Stamp {
  /** When what it tells of was observed (wall time of the station). */
  observed: Instant
  timeQuality: WallQuality
  /** The one uplink that it is meant for; null is all of them. Not sent. */
  to: string | null
}

export interface LiveMessage extends Stamp {
  kind: 'live'
  channels: Record<string, Column>
}
export interface AlarmMessage extends Stamp {
  kind: 'alarm'
  alarm: string
  level: Colour
  /** When it took this level, told in the wall time of `observed`: after a step of the wall clock it is another. */
  since: Instant
  why: Why[]
  /** Names of what it looks at and cannot tell; of the station's own alarms, of what is lost or does not obey. */
  unknown: string[]
  /** One of the station's own alarms (`sensors`, `outputs`, `buses`), not a hazard's. */
  technical: boolean
  /** The level at which it stood when its data had been lost for too long; left out where they are not. It is not over: `level` is what is still known. */
  dataLost?: Exclude<Colour, 'none'>
  life: Life
  /** By which edition of its site file it was judged: as in the status. */
  siteHash?: string
}

/** Of its level (`lost`: its data were lost for too long, and it goes on with what is known); and of its life: what people did to it, or the station by the words of its site file. */
export const changes = [
  ...(['raised', 'escalated', 'lowered', 'cleared', 'lost'] as const),
  ...(['acknowledged', 'reset', 'shelved', 'unshelved', 'suppressed', 'unsuppressed', 'out-of-service', 'in-service'] as const),
]
export interface LogMessage extends Stamp {
  kind: 'log'
  alarm: string
  change: (typeof changes)[number]
  from: Colour
  level: Colour
  why: Why[]
  technical: boolean
  /** Of its life, after the change. */
  state: LifeState
  /** Whether a person is called for by it. */
  annunciate: boolean
  /** Who did it, and why; left out where it was nobody's act. */
  by?: string
  reason?: string
  siteHash?: string
}
export interface ActMessage extends Stamp {
  kind: 'act'
  output: string
  wanted: boolean
  /** What was read back; null where nothing could be read. */
  actual: boolean | null
  cause: string
}
/**
 * `online` at birth and at each heartbeat, `offline` when a station stops, `lost` from the broker when it has gone without a word.
 * `channels` and `alarms` name all that there are.
 */
export interface StatusMessage extends Stamp {
  kind: 'status'
  state: 'online' | 'offline' | 'lost'
  startedAt: Instant
  software: string
  /** Which edition of its site file it runs: the first 12 hexadecimal digits of the SHA-256 of the file. Left out where it was read from none. */
  siteHash?: string
  channels: Record<string, { unit: string; quantity: string }>
  alarms: string[]
  /** Left out where nothing is to be said of it. */
  load?: LoadFigures
}

/** How much the alarms ask of those who watch them (ISA-18.2, EEMUA 191): how often a person was called for, and names of alarms. */
export interface LoadFigures {
  calledTotal: number
  calledIn10min: number
  /** More than ten calls in ten minutes, until there are fewer than five. */
  flood: boolean
  /** Three changes within a minute; active for more than a day. */
  chattering: string[]
  stale: string[]
  shelved: string[]
  suppressed: string[]
  outOfService: string[]
}
export interface ResultMessage extends Stamp {
  kind: 'result'
  command: string
  ok: boolean
  reason: string
}

/**
 * How the lines and their devices do. Counts are since the start of the station (`epoch`), so that a receiver may take differences.
 * What is at rest is left out: it is told each few minutes over lines that are paid by the byte.
 */
export interface HealthMessage extends Stamp {
  kind: 'health'
  buses: Record<string, AtLeast<BusFigures, 'state' | 'requests' | 'answers'>>
  devices: Record<string, AtLeast<DeviceFigures, 'bus' | 'polls' | 'answered'>>
}
/** The other keys are left out where they are 0, null or empty. */
export type AtLeast<T, K extends keyof T> = Pick<T, K> & { [P in Exclude<keyof T, K>]?: NonNullable<T[P]> }
export interface BusFigures {
  /** `overload`: it cannot keep its periods; `damaged`: many of its devices were lost together. */
  state: 'up' | 'down' | 'overload' | 'damaged'
  /** A sentence for people: why it is not up; empty where it is. */
  detail: string
  requests: number
  answers: number
  /** Requests by what went wrong: `timeout`, `checksum`, ... */
  faults: Record<string, number>
  /** Exceptions by their code. */
  exceptions: Record<string, number>
  /** Answers that came too late and were thrown away. */
  late: number
  openings: number
  /** Of requests that brought values; null before the first. */
  latencyMs: { p50: number; p99: number } | null
  /** Of the last minute, in %: the time in which a request was under way; null before it was watched for a while. */
  utilisation: number | null
  /** Of being out of step: null on Modbus TCP. */
  step: { inStep: boolean; lost: number; probes: number; probesAnswered: number; silences: number; lostMs: number; worstLateMs: number } | null
}
export interface DeviceFigures {
  bus: string
  polls: number
  /** Polls that brought a row; those that brought none, or not all of it. */
  answered: number
  missed: number
  /** Periods that passed without a poll because the line was busy. */
  skipped: number
  /** Of which a poll has one or more, and their answers: counted as those of a bus, as are the faults. */
  requests: number
  answers: number
  faults: Record<string, number>
  exceptions: Record<string, number>
  /** Of answered requests; null before the first. */
  latencyMs: { p50: number; p99: number } | null
  /** Since when it has given no values: it is silent, or refuses, or is another instrument; null where it gives them. */
  lostSince: Instant | null
  /** Null where it is asked at its own period; else the polls missed in a row, and in how long it is asked again. */
  backOff: { misses: number; nextMs: number } | null
  /** Registers that it says it does not have, and that are not asked for any more. */
  retired: string[]
}

export type Message = LiveMessage | AlarmMessage | LogMessage | ActMessage | StatusMessage | ResultMessage | HealthMessage

/** What a platform sends. `id` is the platform's; a result names it. */
export interface Command {
  id: string
  op: string
  args: Record<string, unknown>
  expires?: Instant
  /** Of a signed command: the station as area/site/station, whose it is, a number that grows, and the signature in base64 (see `canonical`). */
  dst?: string
  role?: string
  counter?: number
  signature?: string
}

/** The lane in which a message travels while the uplink is live. */
export function laneOf(message: Message): Lane {
  switch (message.kind) {
    case 'alarm':
    case 'log':
    case 'act':
      return 'alarm'
    case 'status':
    case 'result':
    case 'health':
      return 'state'
    case 'live':
      return 'live'
  }
}

/**
 * The envelope. `seq` is the journal's number. `prev` is the seq of the message before it in the same epoch, uplink and lane,
 * null for the first: a `prev` that a receiver has not had is a gap; holes in `seq` alone are none.
 */
export interface Envelope {
  identity: Address
  seq: number
  lane: Lane
  prev: number | null
  sent: Instant
  mode: Mode
}
