/**
 * The output side of a scan: keys and orders first, then what the conditions ask, then what outputs shall do.
 *
 *     keys, orders ─► silence, tests, arming ─┐
 *     conditions   ─► requests ───────────────┴─► outputs ─► actions        what rises ends silence and tests at once
 *                        └─────────────────────► calls   ─┘
 */
import type { Level } from '../../../protocol/level.ts'
import type { ActMessage } from '../../../protocol/messages.ts'
import type { OutputState } from '../../../protocol/recording.ts'
import { type Millis, type Moment, millis, NEVER } from '../../../protocol/time.ts'
import { truth, type Verdicts } from '../alarm/condition.ts'
import type { Channel } from '../channel.ts'
import type { StationPlan } from '../plan.ts'
import { answered, callLost, type Desk, deskAt, endWaiting, makeDesk, type Named, runDesk } from './calls.ts'
import { type Doubt, doubtAt, doubtOf, type Key, listen, makeKey, makeProof, type Proof, pressed, type Told } from './contact.ts'
import { callOff, hasLoop, isOverdue, type Loop, loopAt, loopDue, loopEnd, makeLoop } from './loop.ts'
import { type Request, resume } from './request.ts'
import {
  type Action,
  arm,
  type Circumstances,
  isAudible,
  judgeRequests,
  makeOutputs,
  type OutputLife,
  pauseMs,
  readBack,
  respond,
  respondAt,
} from './respond.ts'
import { digestWords, lostWords, spoken, warningWords } from './saying.ts'
import { makeSilence, mutedBy, type Silence, silence, unmute } from './silence.ts'
import { isUnannounced, runTrials, type Trial } from './trial.ts'

/** An output with all that watches over it. */
export interface Watched {
  output: OutputLife
  proof: Proof | null
  loop: Loop | null
  arm: Key | null
}

export interface Response {
  plan: StationPlan
  watched: Watched[]
  /** One for each modem. */
  desks: Desk[]
  silence: Silence
  keys: { silence: Key | null; acknowledge: Key | null }
  trials: Trial[]
}

export function makeResponse(plan: StationPlan, channels: Channel[], start: Millis): Response {
  const at = (channel: number): Channel => {
    const found = channels[channel]
    if (!found) throw new Error(`an output hangs on channel ${channel}, which the plan does not have`)
    return found
  }
  const keyOn = (channel: number | null | undefined): Key | null => (channel === null || channel === undefined ? null : makeKey(at(channel)))
  const outputs = makeOutputs(plan.outputs, plan.actions, start)
  return {
    plan,
    watched: outputs.map((output) => {
      const { kind, proof, arm: key } = output.plan
      return { output, proof: proof ? makeProof(proof, at(proof.channel)) : null, loop: hasLoop(kind) ? makeLoop(start) : null, arm: keyOn(key) }
    }),
    desks: outputs.filter(({ plan: { kind } }) => kind === 'sms').map((output) => makeDesk(output, plan.response.calls)),
    silence: makeSilence(),
    keys: { silence: keyOn(plan.response.silence.key), acknowledge: keyOn(plan.response.acknowledge.key) },
    trials: [],
  }
}

/**
 * After a restart: what people had seen before does not sound, speak or call again until it rises; what shows it, and what closes, does so
 * all the same. `unseen`: the alarms that nobody had seen.
 */
export function resumeHeard({ watched }: Response, verdict: Verdicts, unseen: Set<string>): void {
  for (const { output } of watched) {
    if (!isAudible(output.plan.kind) && output.plan.kind !== 'sms') continue
    for (const request of output.requests) {
      const isSeen = request.grounds.every(({ name }) => !unseen.has(name))
      if (isSeen && truth(request.plan.when, verdict, request.past) === true) resume(request, verdict)
    }
  }
}

/** A cause is no longer than this on the wire; three long conditions and the words of a modem may be. */
const LONGEST_CAUSE = 1000

/** What an output was told, why, and what became of it. */
export const actMessage = ({ output, wanted, actual }: OutputState, cause: string, now: Moment): ActMessage => ({
  kind: 'act',
  to: null,
  observed: now.wall,
  timeQuality: now.wallQuality,
  output,
  wanted,
  actual,
  cause: cause.slice(0, LONGEST_CAUSE),
})

/** Takes in what outputs read back and what is heard of them; gives what is news. */
export function hear(response: Response, states: OutputState[], now: Moment): ActMessage[] {
  const messages: ActMessage[] = []
  for (const { proof } of response.watched) if (proof) listen(proof)
  for (const state of states) {
    const watched = response.watched.find(({ output }) => output.plan.name === state.output)
    if (!watched) continue
    const { output } = watched
    const desk = response.desks.find((one) => one.output === output)
    const cause = state.detail ? `${output.cause} (${state.detail})` : output.cause
    if (desk ? answered(desk, state, now.at) : readBack(output, state, now.at)) messages.push(actMessage(state, cause, now))
    if (!state.wanted) messages.push(...loopMessages(response, watched, state, now))
  }
  return messages
}

function loopMessages(response: Response, { output, loop, proof }: Watched, answer: OutputState, now: Moment): ActMessage[] {
  if (!loop) return []
  const doubt = proof && output.wanted !== null ? heardOf(output, proof, now.at) : null
  const end = loopEnd(loop, answer, doubt === null ? '' : doubtText(output, doubt), response.plan.response.tests, now)
  // The first is the start-up itself, which is told anyway.
  if (end === null || loop.made === 1) return []
  return [actMessage({ output: output.plan.name, wanted: false, actual: output.actual }, end, now)]
}

/** What does not do what it shall, or cannot be told: the names under which the `outputs` alarm shows it. */
export function troubles({ watched }: Response, now: Millis): string[] {
  return watched.flatMap(({ output, proof, loop }) => {
    const { name } = output.plan
    const doubt = proof && output.wanted !== null ? heardOf(output, proof, now) : null
    return [
      ...(output.disobeys ? [name] : []),
      ...(doubt === null ? [] : [`${name} ${doubtText(output, doubt)}`]),
      ...(loop?.failed ? [`${name} loop test failed`] : []),
      ...(loop && isOverdue(loop, now) ? [`${name} loop test overdue`] : []),
    ]
  })
}

const heardOf = (output: OutputLife, proof: Proof, now: Millis): Doubt => doubtOf(proof, toldOf(output), now)

const toldOf = (output: OutputLife): Told => ({ on: output.wanted === true, since: output.since, pauseMs: pauseMs(output) })

function doubtText({ plan }: OutputLife, doubt: Exclude<Doubt, null>): string {
  const audible = isAudible(plan.kind)
  if (doubt === 'unheard') return audible ? 'cannot be heard' : 'cannot be seen'
  if (doubt === 'silent') return audible ? 'is silent' : 'shows nothing'
  return audible ? 'sounds without being told' : 'works without being told'
}

/** Whether people hear an alarm now: what a press of the silence key would end. */
export const isSounding = ({ watched }: Response): boolean =>
  watched.some(({ output }) => isAudible(output.plan.kind) && output.wanted === true && output.requests.some(({ active }) => active))

/**
 * What is pressed at the place; gives what came of it beside the outputs. `isUnknown`: of a detector or an alarm, whether all that it looks at
 * can be told. `acknowledge`: what it means beside the calls.
 */
export function feel(
  response: Response,
  isUnknown: (name: string) => boolean,
  acknowledge: (name: string | null, by: string) => string,
  now: Moment,
): ActMessage[] {
  const { keys, plan, watched } = response
  if (keys.silence && pressed(keys.silence)) silence(response.silence, 'the key at the place', isSounding(response), plan.response.silence.longest, now.at)
  const understood = keys.acknowledge !== null && pressed(keys.acknowledge)
  if (understood) acknowledge(null, 'the key at the place')
  const acknowledged = understood ? endCalls(response, null, 'the key at the place', now) : []
  const refused = watched.flatMap(({ output, arm: key }) => {
    if (!key || !pressed(key)) return []
    const asking = arm(output, isUnknown)
    return asking === '' ? [] : [actMessage({ output: output.plan.name, wanted: true, actual: output.actual }, `not armed: ${asking}`, now)]
  })
  return [...acknowledged, ...refused, ...unannounced(response, now)]
}

/** A siren is not tested where no voice has said that it is a test. */
function unannounced(response: Response, now: Moment): ActMessage[] {
  const off = response.trials.filter((trial) => isUnannounced(trial, now.at))
  response.trials = response.trials.filter((trial) => !off.includes(trial))
  return off.map(({ output: { plan, wanted, actual }, by }) =>
    actMessage({ output: plan.name, wanted: wanted === true, actual }, `test, ordered by ${by}, called off: no voice has announced it`, now),
  )
}

/** Ends the calls for this alarm, or for all, and tells of it; nothing where nobody is being called. */
export function endCalls({ desks }: Response, alarm: string | null, by: string, now: Moment): ActMessage[] {
  return desks.flatMap((desk) => {
    const { plan, wanted, actual } = desk.output
    const ended = endWaiting(desk, alarm)
    return ended.length > 0 ? [actMessage({ output: plan.name, wanted: wanted === true, actual }, `${ended.join(', ')} acknowledged by ${by}`, now)] : []
  })
}

/** Whoever was called for an alarm is told that its data are lost. */
export function tellLost({ desks, plan }: Response, alarm: string, level: Level, now: Moment): void {
  const { response, mode } = plan
  const text = spoken(lostWords(alarm, level, response, now), mode, response.languages)
  for (const desk of desks) callLost(desk, alarm, level, text)
}

/**
 * What outputs shall do now. `heard`: the levels without those of alarms that are kept quiet, by which all is driven but the valves: what
 * people need not hear of may still have to be shut. `rose`: the alarm of a hazard has risen in this scan. `flood`: there are too many to tell
 * each alone.
 */
export function act(
  response: Response,
  verdict: Circumstances['verdict'],
  heard: Circumstances['verdict'],
  { rose, flood }: { rose: boolean; flood: boolean },
  now: Moment,
): Action[] {
  const { plan, watched, desks } = response
  const words = (request: Request): string => wordsOf(request, plan, now)
  let isHeard = rose
  for (const { output } of watched) {
    if (output.plan.kind === 'sms') continue
    const asked = output.plan.kind === 'valve' ? verdict : heard
    if (judgeRequests(output, { verdict: asked, words }, now.at) && isAudible(output.plan.kind)) isHeard = true
  }
  if (isHeard) {
    unmute(response.silence)
    endTrials(response)
  }
  response.trials = runTrials(response.trials, now.at)
  const muted = mutedBy(response.silence, now.at)
  const actions: Action[] = []
  for (const { output, loop } of watched) {
    const action = respond(output, { muted }, now.at)
    if (action) actions.push(action)
    if (!loop) continue
    if (output.wanted) callOff(loop)
    else if (loopDue(loop, plan.response.tests, true, now) && !action) actions.push({ output: output.plan.name, on: false, cause: 'loop test' })
  }
  const digest = (named: Named[]): string => spoken(digestWords(named, plan.response, now), plan.mode, plan.response.languages)
  for (const desk of desks) {
    const action = runDesk(desk, { verdict: heard, words, digest: flood ? digest : null }, now.at)
    if (action) actions.push(action)
  }
  return actions
}

function wordsOf({ plan: action, name, level }: Request, plan: StationPlan, now: Moment): string {
  const { response, mode } = plan
  return spoken(action.says ?? warningWords(name, level, response, now), mode, response.languages)
}

/** A real alarm ends a test; an order to close a valve is none. */
function endTrials(response: Response): void {
  response.trials = []
  for (const { output } of response.watched) if (output.plan.kind !== 'valve') output.order = null
}

/** When something is due on this side without an input. */
export function responseAt({ plan, watched, desks, silence: held, trials }: Response, now: Moment): Millis {
  const due: number[] = [held.until > now.at ? held.until : NEVER, ...trials.map(({ from }) => from), ...desks.map(deskAt)]
  for (const { output, proof, loop } of watched) {
    due.push(respondAt(output))
    if (loop) due.push(loopAt(loop, plan.response.tests, now))
    if (proof && output.wanted !== null) due.push(doubtAt(proof, toldOf(output), now.at))
  }
  return millis(Math.min(...due))
}
