/** What a checked site file asks of the machine: the seam between reading a file and judging. Data and builders, no state. */
import type { Counting } from '../../protocol/counting.ts'
import type { GasBasis } from '../../protocol/gas.ts'
import type { Level } from '../../protocol/level.ts'
import type { Mode } from '../../protocol/messages.ts'
import type { OutputKind, ValveAction } from '../../protocol/ports.ts'
import type { Millis } from '../../protocol/time.ts'
import type { Condition } from './alarm/condition.ts'
import type { Bounds, Wiring } from './kind.ts'
import type { Detector, Stage } from './stage.ts'

export interface StationPlan {
  mode: Mode
  /** Which site file it was read from: the first digits of its SHA-256. */
  siteHash?: string
  /** Measured channels first, then derived ones, each after its inputs. An index in this list is a channel's number. */
  channels: ChannelPlan[]
  detectors: DetectorPlan[]
  /** None of them overlap; left out: none. */
  seasons?: SeasonPlan[]
  alarms: AlarmPlan[]
  outputs: OutputPlan[]
  actions: ActionPlan[]
  response: ResponsePlan
  reports: ReportPlan[]
}

export interface ChannelPlan {
  name: string
  quantity: string
  unit: string
  /** Digits behind the point that are worth showing. */
  digits: number
  /** The least step between two different readings; nothing where that is not known, as of floats, and of a derived channel. */
  lastDigit?: number
  counting: Counting | null
  /** Of a gas alone. */
  gas?: GasBasis
  /** The bus that it is read over; nothing for a derived channel, and for one of the station itself. */
  bus?: string
  /** The device that it is read of; nothing for a derived channel. */
  device?: string
  /** People enter its rows. */
  entered?: boolean
  /** Expected time between rows. */
  period: Millis
  /** Rows that the ring must hold for every window over it. */
  rows: number
  /** Null for a measured channel. */
  derivation: StagePlan<Stage> | null
  /** Between which its usable rows lie, where its quality tests or its derivation say it. */
  within?: Bounds
  quality: StagePlan<Stage>[]
}

/** `inputs` are channel numbers; for a quality test, just the channel itself. */
export interface StagePlan<S extends Stage> {
  kind: string
  inputs: number[]
  /** Of a derivation: channels that it looks at besides those that it is made of. */
  beside?: number[]
  /** Its entry in the site file as it stands there, for people. */
  written?: unknown
  /** The longest that it looks back. */
  reach?: Millis
  build(wiring: Wiring): S
}

export interface DetectorPlan extends StagePlan<Detector> {
  name: string
  /** The same with other set points, by season. */
  seasons?: { season: string; build(wiring: Wiring): Detector }[]
}

/** First and last day of the year as month-day, `04-15`; the last may lie before the first, over the end of the year. */
export interface SeasonPlan {
  name: string
  from: string
  to: string
}

/** What the site file says of an alarm's life beside its level. */
export interface LifePlan {
  latch: boolean
  lifeSafety: boolean
  /** The longest that a person may shelve it; 0: never. */
  shelve: Millis
  /** While this is true it means nothing, and nobody is called; null: it always means something. */
  suppress: Condition | null
}

/**
 * A shift: who has kept an alarm quiet for so long has been relieved by somebody who must be asked anew (ISA-18.2 wants an end, and leaves
 * its length to the site; this one is ours).
 */
export const LONGEST_SHELF_MS = 8 * 3_600_000

/**
 * So long an alarm stands on what is not known where the site file says nothing: in a day the point can be reached and an instrument mended
 * in most weathers; an alarm that stands for weeks because a cable broke teaches people to pass it over.
 */
export const HOLD_LOST_MS = 86_400_000 as Millis

/** The highest level whose condition is true is the alarm's level; how it comes to it from another, see `alarm`. */
export interface AlarmPlan {
  name: string
  /** Left out: lives hang on it, it is neither latched nor shelved. */
  life?: LifePlan
  levels: { level: Exclude<Level, 0>; when: Condition }[]
  /** It rises one level at a time, at least so long apart, to red at once; 0 or left out: to any level at once. */
  step?: Millis
  /** A level is over once its condition was false for so long, and only while `while` is known to be true. */
  lower?: { after: Millis; while?: Condition }
  /** So long it stands on what is not known; left out: HOLD_LOST_MS. */
  holdLost?: Millis
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
  /** Where it can be heard or seen that it works; a coil that reads back is no proof of sound. */
  proof?: ProofPlan
  /** Of a release-close valve: the channel of the key by which a person at the place lets it be opened. */
  arm?: number
}

/** `above` is in the channel's unit; it shows within so long after each command, or the output is silent. */
export interface ProofPlan {
  channel: number
  above: number
  within: Millis
}

export interface ActionPlan {
  when: Condition
  /** The condition as the file has it, for people. */
  text: string
  output: string
  /** How long it stays on after `when` became true; null: as long as `when` is not false. */
  hold: Millis | null
  /** What a voice, a sign or a modem says; where it is left out, a text is made of the alarm, its colour, the place and the time. */
  says?: Words
  /** Of a modem: the call list that is told. */
  call?: string
  /** The site file says nothing of this alarm: it is done by colour. */
  byColour?: true
}

export const languages = ['zh', 'en'] as const
export type Language = (typeof languages)[number]
export type Words = Partial<Record<Language, string>>

/** Who is told by SMS, together; and again, until somebody acknowledges it. */
export interface CallPlan {
  name: string
  numbers: string[]
  /** Told again after this long, so many times in all. */
  again: Millis
  times: number
  /** The list that is told when nobody of this one acknowledged; null: none. */
  next: string | null
}

/** What a signed command may ask for. */
export const orders = ['silence', 'acknowledge', 'test', 'close', 'season'] as const
export type Order = (typeof orders)[number]

/** The word by which the order `season` has the calendar followed again; no season can have this name. */
export const BY_CALENDAR = 'calendar'

/** How people are told, and what they may do about it. Nothing here mutes anything by the clock: no warning waits for the morning. */
export interface ResponsePlan {
  /** What people call the place. */
  place: string
  languages: Language[]
  calls: CallPlan[]
  /** `key`: the channel of a local key; null where there is none. */
  silence: { key: number | null; longest: Millis }
  acknowledge: { key: number | null }
  tests: TestPlan
  /** Whose signature may ask for what. The keys that prove it are the site's. */
  roles: { name: string; may: Order[] }[]
}

export interface TestPlan {
  /** Local time less UTC. */
  utcOffset: Millis
  /** How long a tested output is on. */
  length: Millis
  /** When the silent loop test of each week begins, in local time; 0 is Sunday. */
  day: number
  hour: number
}

/** A station that calls nobody and takes no orders. */
export const plainResponse: ResponsePlan = {
  place: '',
  languages: ['zh', 'en'],
  calls: [],
  silence: { key: null, longest: 900_000 as Millis },
  acknowledge: { key: null },
  tests: { utcOffset: 28_800_000 as Millis, length: 10_000 as Millis, day: 3, hour: 10 },
  roles: [],
}

/** What one uplink is told of the channels, and when. */
export interface ReportPlan {
  uplink: string
  heartbeat: Millis
  channels: { channel: number; every: Millis; onChange: boolean }[]
}
