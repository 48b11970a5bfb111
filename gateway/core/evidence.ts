/**
 * Why an alarm stands as it does, from its level down to the newest rows: what a person asks for at night, and what is kept of a rise.
 *
 *     alarm ─► condition of each colour, a tree of true, false, unknown ─► detections ─► channels, down to the measured ones
 *
 * Plain values only, made when it is asked; nothing here runs with the rows.
 */
import { type Colour, colourOf, type Level, verdictWord } from '../../protocol/level.ts'
import type { Life, WhyWindow } from '../../protocol/messages.ts'
import { qualityName, reasonName } from '../../protocol/quality.ts'
import { type Instant, instant, type Millis, type Moment } from '../../protocol/time.ts'
import type { Alarm } from './alarm/alarm.ts'
import { type Condition, type Truth, truth, type Verdicts } from './alarm/condition.ts'
import { lifeReport } from './alarm/living.ts'
import { windowOf } from './alarm/why.ts'
import { type Channel, latest } from './channel.ts'
import { shown } from './report.ts'
import { type StationState, verdictOf } from './scan.ts'
import type { Margin } from './stage.ts'

export interface Explanation {
  observed: Instant
  /** Of the site file; empty where the plan was read from none. */
  siteHash: string
  /** The one that is asked for; then those that it names, each once. */
  alarms: AlarmPart[]
  detections: DetectionPart[]
  /** What the detections look at, and what that is made of. */
  channels: ChannelPart[]
}

export interface AlarmPart {
  alarm: string
  level: Colour
  since: Instant
  technical: boolean
  unknown: string[]
  dataLost?: Colour
  life: Life
  /** The highest first. A colour may stand though its condition does not: it waits to be lowered, or is held because it cannot be told. */
  colours: { colour: Colour; condition: ConditionPart }[]
  /** What must be true before it is lowered. */
  lower?: ConditionPart
}

export interface ConditionPart {
  /** As the site file would have it. */
  text: string
  truth: Truth
  of: ConditionPart[]
  /** Of a question to one name: how that stands, and how far it is from the answer yes. */
  name?: string
  now?: Colour | 'unknown'
  short?: Shortfall
}

/** What a figure still lacks of its set point, in `unit`; 0 or less where it is reached. */
export interface Shortfall {
  colour: Colour
  figure: string
  value: number
  setPoint: number
  short: number
  unit: string
  worse: Margin['worse']
}

export interface DetectionPart {
  detection: string
  kind: string
  /** Its entry in the site file; null where the plan was read from none. */
  written: unknown
  level: Colour | 'unknown'
  since: Instant
  /** Why it is unknown where it is. */
  doubt: string
  figures: Record<string, number>
  shortfalls: Shortfall[]
  /** One suspect reading has reached this colour, or as the first of all has not, and the next one decides. */
  unconfirmed?: Colour
  /** This colour is not denied yet since the start, though the level is lower. */
  undenied?: Colour
  /** How far it looks back, and what is there: rows that can be used, and their share of those that were to come. */
  window?: WhyWindow
  channels: string[]
}

export interface ChannelPart {
  channel: string
  /** Null where it is missing. */
  value: number | null
  unit: string
  digits: number
  quality: string
  reason: string
  /** Null where there was no row yet. */
  ageMs: number | null
  periodMs: number
  /** Of a measured channel. */
  bus?: string
  device?: string
  /** Of a derived one: what the site file says of it, and what it is made of. */
  written?: unknown
  from: string[]
  /** What the stage that makes it has learnt, or was told by people. */
  standsOn?: Record<string, number | string>
}

/** `text` writes a condition as the site file would have it. Null: there is no alarm of this name. */
export function explain(state: StationState, name: string, now: Moment, text: (condition: Condition) => string): Explanation | null {
  const asked = state.alarms.find((alarm) => alarm.name === name)
  if (!asked) return null
  const alarms = withNamed(state, asked)
  const names = new Set(alarms.flatMap((alarm) => alarm.names))
  const detections = state.plan.detectors.filter((plan) => names.has(plan.name))
  const channels = withInputs(state, new Set(detections.flatMap(({ inputs }) => inputs)))
  return {
    observed: now.wall,
    siteHash: state.plan.siteHash ?? '',
    alarms: alarms.map((alarm) => alarmPart(state, alarm, now, text)),
    detections: detections.map((plan) => detectionPart(state, plan, now)),
    channels: channels.map((channel) => channelPart(state, channel, now)),
  }
}

/** It and all that it names, in order of appearance. No alarm asks for itself: the site file is refused then. */
function withNamed(state: StationState, asked: Alarm): Alarm[] {
  const found = new Set([asked])
  for (const alarm of found) for (const other of state.alarms) if (alarm.names.includes(other.name)) found.add(other)
  return [...found]
}

/** These channels and what they are made of, in the order of the plan. */
function withInputs({ machine }: StationState, numbers: Set<number>): Channel[] {
  for (const number of numbers) for (const input of machine.channels[number]?.plan.derivation?.inputs ?? []) numbers.add(input)
  return machine.channels.filter(({ number }) => numbers.has(number))
}

function alarmPart(state: StationState, alarm: Alarm, now: Moment, text: (condition: Condition) => string): AlarmPart {
  const verdict = verdictOf(state)
  const part = (condition: Condition): ConditionPart => conditionPart(condition, { state, alarm, verdict, text })
  const { plan, lost } = alarm
  const levels = [...plan.levels].sort((a, b) => b.level - a.level)
  return {
    ...{ alarm: alarm.name, level: colourOf(alarm.level), since: toWall(alarm.since, now), technical: alarm.technical, unknown: [...alarm.unknown] },
    ...(lost > 0 && { dataLost: colourOf(lost) }),
    life: lifeReport(alarm.life, now),
    colours: levels.map(({ level, when }) => ({ colour: colourOf(level), condition: part(when) })),
    ...(plan.lower?.while && { lower: part(plan.lower.while) }),
  }
}

interface Looking {
  state: StationState
  alarm: Alarm
  verdict: Verdicts
  text(condition: Condition): string
}

function conditionPart(condition: Condition, looking: Looking): ConditionPart {
  const { alarm, verdict, text } = looking
  const part = { text: text(condition), truth: truth(condition, verdict, alarm.past) }
  switch (condition.op) {
    case 'level': {
      const short = shortOf(looking.state, condition.name, condition.level)
      return { ...part, of: [], name: condition.name, now: verdictWord(verdict(condition.name)), ...(short && { short }) }
    }
    case 'roll-up':
      return { ...part, of: condition.names.map((name) => conditionPart({ op: 'level', name, compare: '>=', level: condition.level }, looking)) }
    case 'not':
    case 'within':
      return { ...part, of: [conditionPart(condition.of, looking)] }
    default:
      return { ...part, of: condition.of.map((one) => conditionPart(one, looking)) }
  }
}

/** Of the lowest set point by which that level is reached. */
function shortOf({ machine }: StationState, name: string, level: Level): Shortfall | undefined {
  const margin = machine.detectors
    .find((held) => held.name === name)
    ?.detector.margins?.()
    .find((one) => one.level >= level)
  return margin && shortfall(margin)
}

const shortfall = ({ level, figure, value, at, unit, worse }: Margin): Shortfall => ({
  ...{ colour: colourOf(level), figure, value, setPoint: at, unit, worse },
  short: worse === 'more' ? at - value : value - at,
})

function detectionPart(state: StationState, plan: StationState['plan']['detectors'][number], now: Moment): DetectionPart {
  const { machine } = state
  const { detector, on } = machine.detectors.find(({ name }) => name === plan.name) as StationState['machine']['detectors'][number]
  const window = windowOf(plan, machine.channels[on] as Channel, now.at)
  return {
    ...{ detection: plan.name, kind: plan.kind, written: plan.written ?? null, level: verdictWord(detector.level), since: toWall(detector.since, now) },
    ...{
      doubt: detector.level === 'unknown' ? detector.doubt : 'none',
      figures: finite(detector.evidence()),
      shortfalls: (detector.margins?.() ?? []).map(shortfall),
    },
    ...(detector.unconfirmed && { unconfirmed: colourOf(detector.unconfirmed) }),
    ...(detector.undenied && detector.level !== 'unknown' && { undenied: colourOf(detector.undenied) }),
    ...(window && { window }),
    channels: plan.inputs.map((input) => machine.channels[input]?.plan.name as string),
  }
}

/** What is no number is known of nothing, and cannot travel as JSON. */
const finite = (figures: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)))

function channelPart({ machine }: StationState, channel: Channel, now: Moment): ChannelPart {
  const { name, unit, digits, period, bus, device, derivation } = channel.plan
  const row = latest(channel)
  const reason = row ? reasonName(row.reason) : 'none'
  const standsOn = channel.maker?.told?.() ?? {}
  return {
    ...{ channel: name, value: row && !Number.isNaN(row.value) ? shown(channel, row.value) : null, unit, digits },
    ...{ quality: row ? qualityName(row.quality) : 'missing', reason: reason === 'none' ? '' : reason },
    ...{ ageMs: row && Math.max(0, Math.round(now.at - row.time)), periodMs: period },
    ...(bus !== undefined && { bus }),
    ...(device !== undefined && { device }),
    ...(derivation?.written !== undefined && { written: derivation.written }),
    from: derivation?.inputs.map((input) => machine.channels[input]?.plan.name as string) ?? [],
    ...(Object.keys(standsOn).length > 0 && { standsOn }),
  }
}

const toWall = (at: Millis, now: Moment): Instant => instant(Math.round(at + now.wall - now.at))
