/**
 * One pass of the station, as a PLC makes it: inputs in, everything judged once in one order, actions and messages out.
 * A pure machine: the same state and the same inputs give the same output, on the slope and at a desk.
 *
 *     samples ─► channels (quality, windows, derivations, detectors) ─► conditions ─► alarms ─► outputs ─► messages
 */
import { type Colour, colourOf, type Level, type Verdict } from '../../protocol/level.ts'
import type { AlarmMessage, Command, Message, ResultMessage, StatusMessage, Why } from '../../protocol/messages.ts'
import type { Input, Remembered } from '../../protocol/recording.ts'
import { type Instant, instant, type Millis, type Moment, millis, NEVER } from '../../protocol/time.ts'
import { type Alarm, changeWord, judge, makeAlarm, moveTo, verdictOfAlarm } from './alarm.ts'
import { type Buses, busTroubles, hearBuses, makeBuses, namesOfLost } from './buses.ts'
import { makeCalendar } from './calendar.ts'
import { advance, type Channel, isLost, lostAt, type Machine, makeChannels, runDeadlines, take } from './channel.ts'
import { enter, isInhibited } from './channel-acts.ts'
import { conditionsOf, hasLostVote, type Verdicts } from './condition.ts'
import { acknowledge, heardOf, logMessage, type Telling, tend } from './lives.ts'
import { follow, isLifeHeard, lifeAt, lifeReport } from './living.ts'
import { type AlarmLoad, loadAt, loadFigures, makeLoad, noteLoad } from './load.ts'
import { ENTER, obey } from './orders.ts'
import type { DetectorPlan, StationPlan } from './plan.ts'
import { recall } from './remember.ts'
import { heartbeat, makeReport, type Report, reportAt, reportLive } from './report.ts'
import type { Action, OutputLife } from './respond.ts'
import { act, feel, hear, makeResponse, type Response, responseAt, resumeHeard, tellLost, troubles } from './response.ts'
import { whyOfDetection } from './why.ts'

/** All that a station remembers from one scan to the next. `scan` changes it in place; it dies with the process. */
export interface StationState {
  plan: StationPlan
  setCalendar(now: Moment): void
  machine: Machine
  alarms: Alarm[]
  outputs: OutputLife[]
  response: Response
  reports: Report[]
  buses: Buses
  /** Instruments whose own clock was found astray, and when. */
  strayed: Map<string, Millis>
  /** The level of every detector and alarm, by name: what conditions are judged by. */
  verdicts: Map<string, Verdict>
  /** The levels at which alarms stood when their data were lost, of those alone. */
  lost: Map<string, Level>
  load: AlarmLoad
  about: About
  started: boolean
}

/** What a station tells of itself. */
export interface About {
  startedAt: Instant
  software: string
}

/** A detection, an alarm or an output that became another: what a replay prints and two runs are compared by. */
export interface Change {
  what: 'detection' | 'alarm' | 'action'
  name: string
  from: string
  to: string
  observed: Instant
  why: Why[]
}

/** What a scan wants done: `actions` first, then `messages` journalled; `changes` is the account of it. */
export interface Out {
  actions: Action[]
  messages: Message[]
  changes: Change[]
  /** To people at the station, of what they asked for. */
  answers: ResultMessage[]
  /** Station time of the next change without an input: at least 1 ms after this scan, NEVER where none is due. */
  wakeAt: Millis
}

/** A clock that strayed is told of for this long after: an hour is seen by whoever looks in, and a clock that keeps straying keeps it standing. */
const STRAY_MS = 3_600_000

/** The station's own alarms, after those of the file. A file cannot take their names. */
export const technicalAlarms = ['sensors', 'outputs', 'buses'] as const

/**
 * A station before its first scan: detectors unknown, outputs not told anything yet, alarms at none, or as its former life left them: who had
 * been seen does not call again. Silence counts from `start`.
 */
export function makeStation(plan: StationPlan, start: Moment, software: string, remembered: Remembered | null = null): StationState {
  const { calendar, set: setCalendar } = makeCalendar(plan.response.tests.utcOffset, start)
  const machine = makeChannels(plan, start.at, calendar)
  const technical: Alarm[] = technicalAlarms.map((name) => makeAlarm({ name, levels: [] }, start.at, true))
  const alarms = [...plan.alarms.map((alarm) => makeAlarm(alarm, start.at)), ...technical]
  if (remembered) recall({ alarms, machine }, remembered, start)
  // Once without a row, so that silence counts from the start.
  for (const channel of machine.channels) advance(channel, start.at)
  const response = makeResponse(plan, machine.channels, start.at)
  const verdicts = new Map<string, Verdict>([
    ...machine.detectors.map(({ name }) => [name, 'unknown'] as const),
    ...alarms.map((alarm) => [alarm.name, verdictOfAlarm(alarm)] as const),
  ])
  // Nobody heard what was kept quiet: should that end now, it is as new.
  const unseen = alarms.filter(({ life }) => life.level > 0 && !(life.flags.acked && isLifeHeard(life))).map(({ name }) => name)
  if (remembered) resumeHeard(response, (name) => verdicts.get(name) ?? 'unknown', new Set(unseen))
  return {
    plan,
    setCalendar,
    machine,
    alarms,
    outputs: response.watched.map(({ output }) => output),
    response,
    reports: plan.reports.map((report) => makeReport(report, machine.channels, start.at)),
    buses: makeBuses(plan),
    strayed: new Map(),
    verdicts,
    lost: new Map(alarms.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost])),
    load: makeLoad(),
    about: { startedAt: start.wall, software },
    started: false,
  }
}

/**
 * Judges `input` at its `now`, which must not go back. Throws on samples of a channel, and on a condition over a name, that the plan
 * does not have.
 */
export function scan(state: StationState, input: Input): Out {
  const { now } = input
  const out: Out = { actions: [], messages: [], changes: [], answers: [], wakeAt: NEVER }

  state.setCalendar(now)
  state.machine.seasons.look(now)
  hearBuses(state.buses, input.links)
  for (const { device } of input.clock) if (device !== null) state.strayed.set(device, now.at)
  for (const [device, at] of state.strayed) if (now.at - at >= STRAY_MS) state.strayed.delete(device)
  for (const samples of input.samples) {
    const channel = state.machine.channels[samples.channel]
    if (!channel) throw new Error(`samples for channel ${samples.channel}, which the plan does not have`)
    take(channel, samples, now.at)
  }
  const entered = takeEntered(state, input)
  runDeadlines(state.machine, now.at)

  detect(state, now, out)
  const verdict = verdictOf(state)
  const rose = judgeAlarms(state, verdict, now, out)
  out.messages.push(...hear(state.response, input.outputs, now))
  judgeSelf(state, now, out)
  const telling = tellingOf(state, out, now)
  const acknowledged = (name: string | null, by: string): string => acknowledge(state.alarms, name, { by, reason: '' }, telling)
  out.messages.push(...feel(state.response, (name) => isUnknown(state, verdict, name), acknowledged, now))
  const standing = state.alarms.find(({ technical, level }) => !technical && level > 0)?.name
  const report = (uplink: string): Message[] => state.alarms.map((alarm) => ({ ...alarmMessage(state, alarm, now), to: uplink }))
  const answers = obey({ response: state.response, alarms: state.alarms, machine: state.machine, entered, standing, report, telling }, input.commands, now)
  move(state, verdict, rose, now, out)
  out.messages.push(...answers.messages)
  out.answers.push(...answers.answers)
  noteLoad(state.load, out.messages, now.at)
  for (const report of state.reports) {
    const live = reportLive(report, now)
    if (live) out.messages.push(live)
    if (heartbeat(report, now.at)) out.messages.push({ ...statusMessage(state, 'online', now), to: report.plan.uplink })
  }
  out.wakeAt = wakeAt(state, now)
  state.started = true
  return out
}

/** What is left to say when a station ends: the rows not yet told of. */
export function farewell(state: StationState, now: Moment): Message[] {
  return state.reports.map((report) => reportLive(report, now, true)).filter((live) => live !== null)
}

/** What a platform must know when it (re)joins: who speaks, and how every alarm stands. */
export const birth = (state: StationState, now: Moment): Message[] => [
  statusMessage(state, 'online', now),
  ...state.alarms.map((alarm) => alarmMessage(state, alarm, now)),
]

/** Takes in what people read on their round; gives why not, where it cannot be. */
function takeEntered({ plan, machine }: StationState, { commands, now }: Input): Map<Command, string> {
  const given = commands.filter(({ local, command }) => local && command.op === ENTER)
  return new Map(given.map(({ command, by = '' }) => [command, enter({ plan, machine }, { args: command.args, person: { by, reason: '' }, now })]))
}

/** Notes which detectors have changed their answer. */
function detect(state: StationState, now: Moment, out: Out): void {
  for (const { name, detector } of state.machine.detectors) {
    const held = state.verdicts.get(name) as Verdict
    if (held === detector.level) continue
    state.verdicts.set(name, detector.level)
    const [from, to] = [word(held), word(detector.level)]
    out.changes.push({ what: 'detection', name, from, to, observed: now.wall, why: [whyOfDetector(state, name, now)] })
  }
}

/** What conditions are judged by now. */
export function verdictOf(state: StationState): Verdicts {
  const verdict = (name: string): Verdict => {
    const held = state.verdicts.get(name)
    if (held === undefined) throw new Error(`a condition asks for ${name}, which the plan does not have`)
    return held
  }
  // What has only begun is no fault; an alarm whose data are lost is.
  const faulty = (name: string): boolean => state.machine.detectors.find((held) => held.name === name)?.detector.doubt !== 'warm-up'
  const lost = (name: string): Level => state.lost.get(name) ?? 0
  return Object.assign(verdict, { faulty, lost })
}

/** Whether it, or anything that it looks at through other alarms, cannot be told: an alarm of alarms has a level even then. */
function isUnknown(state: StationState, verdict: Verdicts, name: string): boolean {
  const alarm = state.alarms.find((held) => held.name === name)
  if (!alarm) return verdict(name) === 'unknown'
  return alarm.lost > 0 || alarm.unknown.length > 0 || alarm.names.some((part) => isUnknown(state, verdict, part))
}

/** Tells whether one has risen. */
function judgeAlarms(state: StationState, verdict: Verdicts, now: Moment, out: Out): boolean {
  let rose = false
  for (const alarm of state.alarms) {
    if (alarm.technical) continue
    const { unknown, lost } = alarm
    const from = judge(alarm, verdict, now.at)
    state.verdicts.set(alarm.name, verdictOfAlarm(alarm))
    if (alarm.lost > 0) state.lost.set(alarm.name, alarm.lost)
    else state.lost.delete(alarm.name)
    tend(alarm, verdict, tellingOf(state, out, now))
    if (from !== null && alarm.level > from && isLifeHeard(alarm.life)) rose = true
    const isLost = from !== null && from > alarm.level && alarm.lost > alarm.level
    if (isLost) tellLost(state.response, alarm.name, alarm.lost, now)
    // What was lost and can be told again has come down from there.
    const known = lost > 0 && alarm.lost === 0 ? lost : null
    const before = from ?? known
    tell(state, alarm, before, now, out, { doubtChanged: unknown.join() !== alarm.unknown.join(), isLost })
  }
  return rose
}

/** What the station cannot see or cannot move is an alarm of its own; it never hides, and is never hidden by, a hazard's. */
function judgeSelf(state: StationState, now: Moment, out: Out): void {
  const faults = { sensors: lostNames(state, verdictOf(state), now.at), outputs: troubles(state.response, now.at), buses: busTroubles(state.buses) }
  for (const alarm of state.alarms) {
    if (!alarm.technical) continue
    const before = alarm.unknown.join()
    alarm.unknown = faults[alarm.name as (typeof technicalAlarms)[number]]
    const from = moveTo(alarm, alarm.unknown.length > 0 ? 1 : 0, now.at)
    state.verdicts.set(alarm.name, alarm.level)
    tend(alarm, verdictOf(state), tellingOf(state, out, now))
    tell(state, alarm, from, now, out, { doubtChanged: before !== alarm.unknown.join(), isLost: false })
  }
}

function lostNames(state: StationState, verdict: Verdicts, now: Millis): string[] {
  const silent = (channel: Channel): boolean => !channel.plan.derivation && isLost(channel, now) && !isInhibited(channel, now)
  const lost = state.machine.channels.filter(silent).map(({ plan }) => plan)
  const inhibited = state.machine.channels.filter((channel) => isInhibited(channel, now)).map(inhibitedName)
  const doubtful = state.machine.detectors.filter(({ detector }) => detector.level === 'unknown' && detector.doubt !== 'warm-up').map(({ name }) => name)
  const strayed = [...state.strayed.keys()].map((device) => `${device} clock`)
  const votes = state.alarms.filter(({ plan }) => conditionsOf(plan).some((condition) => hasLostVote(condition, verdict))).map(({ name }) => `${name} vote`)
  return [...namesOfLost(state.buses, lost), ...inhibited, ...doubtful, ...votes, ...strayed]
}

/** Told at once, and not when its rows are missed: of an instrument that is read once a day that would be never. */
const inhibitedName = ({ plan }: Channel): string => `${plan.name} inhibited`

/** Whether one of the station's own alarms shows it. */
const isTold = ({ alarms }: StationState, name: string): boolean => alarms.some(({ technical, unknown }) => technical && unknown.includes(name))

function tell(
  state: StationState,
  alarm: Alarm,
  from: Level | null,
  now: Moment,
  out: Out,
  { doubtChanged, isLost }: { doubtChanged: boolean; isLost: boolean },
): void {
  // What is held to have been there, its data lost, is not over.
  const annunciate = follow(alarm.life, alarm.lost > alarm.level ? alarm.lost : alarm.level)
  if (from === null && !doubtChanged && state.started) return
  const message = alarmMessage(state, alarm, now)
  out.messages.push(message)
  if (from === null) return
  const to = isLost ? 'data lost' : colourOf(alarm.level)
  out.changes.push({ what: 'alarm', name: alarm.name, from: colourOf(from), to, observed: now.wall, why: message.why })
  out.messages.push(logMessage(message, alarm, { change: isLost ? 'lost' : changeWord(from, alarm.level), from, annunciate, person: null }))
}

const tellingOf = (state: StationState, out: Out, now: Moment): Telling => ({
  messages: out.messages,
  message: (alarm) => alarmMessage(state, alarm, now),
  now,
})

/** The state of an alarm as it is retained on its topic. */
export function alarmMessage(state: StationState, alarm: Alarm, now: Moment): AlarmMessage {
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
  }
}

/** What a station says of itself at birth, at each heartbeat, and at its end. */
export function statusMessage(state: StationState, condition: StatusMessage['state'], now: Moment): StatusMessage {
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
function loadOf({ load, alarms }: StationState, now: Moment): Pick<StatusMessage, 'load'> {
  const figures = loadFigures(load, alarms, now.at)
  const { flood, chattering, stale, shelved, suppressed, outOfService } = figures
  return flood || [chattering, stale, shelved, suppressed, outOfService].some((names) => names.length > 0) ? { load: figures } : {}
}

/** The detections that an alarm looks at and that are not at rest, with the figures behind them. */
function whyOf(state: StationState, alarm: Alarm, now: Moment): Why[] {
  const why: Why[] = []
  for (const name of alarm.names) {
    const found = state.machine.detectors.find((held) => held.name === name)
    if (found && found.detector.level !== 0) why.push(whyOfDetector(state, name, now))
    const other = state.alarms.find((held) => held.name === name)
    if (other && other.level > 0) why.push({ detection: name, level: colourOf(other.level), evidence: {} })
  }
  return why
}

function whyOfDetector({ plan, machine }: StationState, name: string, now: Moment): Why {
  const [planned, held] = [plan.detectors, machine.detectors].map((list) => list.find((one) => one.name === name))
  return whyOfDetection(machine, planned as DetectorPlan, held as Machine['detectors'][number], now)
}

/** Notes which outputs become another by what they are told now. */
function move(state: StationState, verdict: Verdicts, rose: boolean, now: Moment, out: Out): void {
  const before = new Map(state.outputs.map(({ plan, wanted }) => [plan.name, wanted ?? false]))
  for (const action of act(state.response, verdict, heardOf(state.alarms, verdict), { rose, flood: state.load.flood }, now)) {
    out.actions.push(action)
    if (before.get(action.output) === action.on) continue
    out.changes.push({
      what: 'action',
      name: action.output,
      from: action.on ? 'off' : 'on',
      to: action.on ? 'on' : 'off',
      observed: now.wall,
      why: [{ detection: action.cause, level: 'none', evidence: {} }],
    })
  }
}

function wakeAt(state: StationState, now: Moment): Millis {
  let due: number = state.machine.seasons.wakeAt()
  for (const channel of state.machine.channels) {
    due = Math.min(due, channel.wakeAt)
    const lost = lostAt(channel)
    if (!channel.plan.derivation && lost >= now.at) due = Math.min(due, lost + 1)
    // What was inhibited in this scan is told by the next.
    if (isInhibited(channel, now.at)) due = Math.min(due, isTold(state, inhibitedName(channel)) ? channel.inhibitedUntil : now.at)
  }
  due = Math.min(due, loadAt(state.load))
  for (const { life, wakeAt: alarmAt } of state.alarms) due = Math.min(due, lifeAt(life), alarmAt)
  for (const at of state.strayed.values()) due = Math.min(due, at + STRAY_MS)
  due = Math.min(due, responseAt(state.response, now))
  for (const report of state.reports) due = Math.min(due, reportAt(report))
  // A deadline that was not met by this scan would make the loop spin: it is due at the next millisecond at the earliest.
  return millis(Math.max(due, now.at + 1))
}

const word = (verdict: Verdict): Colour | 'unknown' => (verdict === 'unknown' ? verdict : colourOf(verdict))
