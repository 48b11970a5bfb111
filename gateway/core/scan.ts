/**
 * One pass of the station, as a PLC makes it: inputs in, everything judged once in one order, actions and messages out.
 * A pure machine: the same state and the same inputs give the same output, on the slope and at a desk.
 *
 *     samples ─► channels (quality, windows, derivations, detectors) ─► conditions ─► alarms ─► outputs ─► messages
 */
import { colourOf, type Level, type Verdict, verdictWord } from '../../protocol/level.ts'
import type { Command, Message, ResultMessage, Why } from '../../protocol/messages.ts'
import type { Input, Remembered } from '../../protocol/recording.ts'
import { type Instant, type Millis, type Moment, millis, NEVER } from '../../protocol/time.ts'
import { type Alarm, changeWord, judge, makeAlarm, moveTo, verdictOfAlarm } from './alarm/alarm.ts'
import { blindNames, inhibitedName, isShown, type Seeing } from './alarm/blind.ts'
import { isTold, type Verdicts } from './alarm/condition.ts'
import { type HeldFaults, heldAt, heldFaults } from './alarm/held.ts'
import { acknowledge, heardOf, logMessage, type Telling, tend } from './alarm/lives.ts'
import { follow, isLifeHeard, lifeAt } from './alarm/living.ts'
import { loadAt, makeLoad, noteLoad } from './alarm/load.ts'
import { alarmMessage, statusMessage, type Told, whyOfDetector } from './alarm/told.ts'
import { busTroubles, hearBuses, makeBuses } from './buses.ts'
import { makeCalendar } from './calendar.ts'
import { advance, lostAt, makeChannels, runDeadlines, take } from './channel.ts'
import { enter, isInhibited } from './channel-acts.ts'
import { type Asked, doubtful } from './confirm.ts'
import type { StationPlan } from './plan.ts'
import { recall } from './remember.ts'
import { heartbeat, makeReport, type Report, reportAt, reportLive } from './report.ts'
import { ENTER, obey } from './response/orders.ts'
import type { Action, OutputLife } from './response/respond.ts'
import { act, feel, hear, makeResponse, type Response, responseAt, resumeHeard, tellLost, troubles } from './response/response.ts'

/** All that a station remembers from one scan to the next. `scan` changes it in place; it dies with the process. */
export interface StationState extends Told, Seeing {
  setCalendar(now: Moment): void
  outputs: OutputLife[]
  response: Response
  reports: Report[]
  /** The level of every detector and alarm, by name: what conditions are judged by. */
  verdicts: Map<string, Verdict>
  /** The levels at which alarms stood when their data were lost, of those alone. */
  lost: Map<string, Level>
  /** Detectors that wait for a second reading. */
  asked: Asked
  /** The levels that nothing has denied since the start, of detectors that have such a one. */
  undenied: Map<string, Level>
  /** Of its own faults, those of the life before that were not looked at yet. */
  held: HeldFaults
  started: boolean
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
  /** Channels to be read again at once: a level hangs on one suspect reading. In a replay that reading is a row like any other. */
  again: number[]
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
  if (remembered) resumeHeard(response, (name) => verdicts.get(name) as Verdict, new Set(unseen))
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
    asked: new Map(),
    undenied: new Map(),
    lost: new Map(alarms.filter(({ lost }) => lost > 0).map(({ name, lost }) => [name, lost])),
    held: { start: start.at, names: new Map(technical.filter(({ level }) => level > 0).map(({ name, unknown }) => [name, unknown])) },
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
  const out: Out = { actions: [], messages: [], changes: [], answers: [], again: [], wakeAt: NEVER }

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
  out.again = doubtful(state.machine, state.asked)
  const verdict = verdictOf(state)
  const telling: Telling = { messages: out.messages, message: (alarm) => alarmMessage(state, alarm, now), now }
  const rose = judgeAlarms(state, verdict, telling, out)
  out.messages.push(...hear(state.response, input.outputs, now))
  judgeSelf(state, verdict, telling, out)
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

/** Notes what detectors answer, and which have changed their answer. */
function detect(state: StationState, now: Moment, out: Out): void {
  for (const { name, detector } of state.machine.detectors) {
    const held = state.verdicts.get(name) as Verdict
    const { undenied = 0 } = detector
    if (undenied > 0) state.undenied.set(name, undenied)
    else state.undenied.delete(name)
    if (held === detector.level) continue
    state.verdicts.set(name, detector.level)
    const [from, to] = [verdictWord(held), verdictWord(detector.level)]
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
  const waits = (name: string): Level => {
    const asked = state.asked.get(name) ?? 0
    const undenied = state.undenied.get(name) ?? 0
    return asked > undenied ? asked : undenied
  }
  return Object.assign(verdict, { faulty, lost, waits })
}

/** Whether it, or anything that it looks at through other alarms, cannot be told: an alarm of alarms has a level even then. */
function isUnknown(state: StationState, verdict: Verdicts, name: string): boolean {
  const alarm = state.alarms.find((held) => held.name === name)
  if (!alarm) return !isTold(name, verdict)
  return alarm.lost > 0 || alarm.unknown.length > 0 || alarm.names.some((part) => isUnknown(state, verdict, part))
}

/** Tells whether one has risen. */
function judgeAlarms(state: StationState, verdict: Verdicts, telling: Telling, out: Out): boolean {
  const { now } = telling
  let rose = false
  for (const alarm of state.alarms) {
    if (alarm.technical) continue
    const { unknown, lost } = alarm
    const from = judge(alarm, verdict, now.at)
    state.verdicts.set(alarm.name, verdictOfAlarm(alarm))
    if (alarm.lost > 0) state.lost.set(alarm.name, alarm.lost)
    else state.lost.delete(alarm.name)
    tend(alarm, verdict, telling)
    if (from !== null && alarm.level > from && isLifeHeard(alarm.life)) rose = true
    const isLost = from !== null && from > alarm.level && alarm.lost > alarm.level
    if (isLost) tellLost(state.response, alarm.name, alarm.lost, now)
    // What was lost and can be told again has come down from there.
    const known = lost > 0 && alarm.lost === 0 ? lost : null
    const before = from ?? known
    tell(state, alarm, before, telling, out, { doubtChanged: unknown.join() !== alarm.unknown.join(), isLost })
  }
  return rose
}

/** What the station cannot see or cannot move is an alarm of its own; it never hides, and is never hidden by, a hazard's. */
function judgeSelf(state: StationState, verdict: Verdicts, telling: Telling, out: Out): void {
  const { now } = telling
  const faults = { sensors: blindNames(state, verdict, now.at), outputs: troubles(state.response, now.at), buses: busTroubles(state.buses) }
  for (const alarm of state.alarms) {
    if (!alarm.technical) continue
    const before = alarm.unknown.join()
    const found = faults[alarm.name as (typeof technicalAlarms)[number]]
    alarm.unknown = [...new Set([...found, ...heldFaults(state.held, alarm.name, state.machine, now.at)])]
    const from = moveTo(alarm, alarm.unknown.length > 0 ? 1 : 0, now.at)
    state.verdicts.set(alarm.name, alarm.level)
    tend(alarm, verdict, telling)
    tell(state, alarm, from, telling, out, { doubtChanged: before !== alarm.unknown.join(), isLost: false })
  }
}

function tell(
  state: StationState,
  alarm: Alarm,
  from: Level | null,
  { message: messageOf, now }: Telling,
  out: Out,
  { doubtChanged, isLost }: { doubtChanged: boolean; isLost: boolean },
): void {
  // What is held to have been there, its data lost, is not over.
  const annunciate = follow(alarm.life, alarm.lost > alarm.level ? alarm.lost : alarm.level)
  if (from === null && !doubtChanged && state.started) return
  const message = messageOf(alarm)
  out.messages.push(message)
  if (from === null) return
  const to = isLost ? 'data lost' : colourOf(alarm.level)
  out.changes.push({ what: 'alarm', name: alarm.name, from: colourOf(from), to, observed: now.wall, why: message.why })
  out.messages.push(logMessage(message, alarm, { change: isLost ? 'lost' : changeWord(from, alarm.level), from, annunciate, person: null }))
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
    if (isInhibited(channel, now.at)) due = Math.min(due, isShown(state.alarms, inhibitedName(channel)) ? channel.inhibitedUntil : now.at)
  }
  due = Math.min(due, loadAt(state.load), heldAt(state.held, now.at))
  for (const { life, wakeAt: alarmAt } of state.alarms) due = Math.min(due, lifeAt(life), alarmAt)
  for (const at of state.strayed.values()) due = Math.min(due, at + STRAY_MS)
  due = Math.min(due, responseAt(state.response, now))
  for (const report of state.reports) due = Math.min(due, reportAt(report))
  // A deadline that was not met by this scan would make the loop spin: it is due at the next millisecond at the earliest.
  return millis(Math.max(due, now.at + 1))
}
