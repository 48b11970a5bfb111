/** What is told of a station: how an alarm stands and why, who speaks and how much it asks of people. */
import { type Colour, colourOf } from '../../../protocol/level.ts'
import type { AlarmMessage, StatusMessage, Why } from '../../../protocol/messages.ts'
import { type Instant, instant, type Moment } from '../../../protocol/time.ts'
import type { Machine } from '../channel.ts'
import type { DetectorPlan, StationPlan } from '../plan.ts'
import type { Alarm } from './alarm.ts'
import { lifeReport } from './living.ts'
import { type AlarmLoad, loadFigures } from './load.ts'
import { whyOfDetection } from './why.ts'

/** What a station tells of itself. */
export interface About {
  startedAt: Instant
  software: string
}

/** Of a station, all that is told of. */
export interface Told {
  plan: StationPlan
  machine: Machine
  alarms: Alarm[]
  load: AlarmLoad
  about: About
}

/** The state of an alarm as it is retained on its topic. */
export function alarmMessage(state: Told, alarm: Alarm, now: Moment): AlarmMessage {
  return {
    kind: 'alarm',
    to: null,
    observed: now.wall,
    timeQuality: now.wallQuality,
    alarm: alarm.name,
    level: colourOf(alarm.level),
    since: instant(Math.round(alarm.since + (now.wall - now.at))),
    why: whyOf(state, alarm, now),
    unknown: [...alarm.unknown],
    technical: alarm.technical,
    ...(alarm.lost > 0 && { dataLost: colourOf(alarm.lost) as Exclude<Colour, 'none'> }),
    life: lifeReport(alarm.life, now),
    ...(state.plan.siteHash !== undefined && { siteHash: state.plan.siteHash }),
  }
}

/** What a station says of itself at birth, at each heartbeat, and at its end. */
export function statusMessage(state: Told, condition: StatusMessage['state'], now: Moment): StatusMessage {
  const channels: StatusMessage['channels'] = {}
  for (const { name, unit, quantity } of state.plan.channels) channels[name] = { unit, quantity }
  const alarms = state.alarms.map(({ name }) => name)
  return {
    kind: 'status',
    to: null,
    observed: now.wall,
    timeQuality: now.wallQuality,
    state: condition,
    ...state.about,
    ...(state.plan.siteHash !== undefined && { siteHash: state.plan.siteHash }),
    channels,
    alarms,
    ...loadOf(state, now),
  }
}

/** Left out where there is nothing to say of it. */
function loadOf({ load, alarms }: Told, now: Moment): Pick<StatusMessage, 'load'> {
  const figures = loadFigures(load, alarms, now.at)
  const { flood, chattering, stale, shelved, suppressed, outOfService } = figures
  return flood || [chattering, stale, shelved, suppressed, outOfService].some((names) => names.length > 0) ? { load: figures } : {}
}

/** The detections that an alarm looks at and that are not at rest, with the figures behind them. */
function whyOf(state: Told, alarm: Alarm, now: Moment): Why[] {
  const why: Why[] = []
  for (const name of alarm.names) {
    const found = state.machine.detectors.find((held) => held.name === name)
    if (found && found.detector.level !== 0) why.push(whyOfDetector(state, name, now))
    const other = state.alarms.find((held) => held.name === name)
    if (other && other.level > 0) why.push({ detection: name, level: colourOf(other.level), evidence: {} })
  }
  return why
}

/** Of one detector, by its name. */
export function whyOfDetector({ plan, machine }: Pick<Told, 'plan' | 'machine'>, name: string, now: Moment): Why {
  const [planned, held] = [plan.detectors, machine.detectors].map((list) => list.find((one) => one.name === name))
  return whyOfDetection(machine, planned as DetectorPlan, held as Machine['detectors'][number], now)
}
