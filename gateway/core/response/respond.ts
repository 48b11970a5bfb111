/**
 * From requests to outputs (the cause-and-effect matrix): which output shall be on, since when, why, and what it says.
 *
 *     siren, voice          on while a request stands or a test runs; silenced for a while by people at the place
 *     beacon, relay, sign   on while a request stands or a test runs
 *     valve, release-close  on (closed) while a request stands, and then until a person at the place arms it; closed at the start
 *     valve, pulse-close    on (closing) while a request stands; nothing is sent when it ends, nor at the start
 *     sms                   see calls: told, not held
 *     heartbeat             not judged: it beats while the station judges
 */
import type { Saying } from '../../../protocol/ports.ts'
import type { OutputState } from '../../../protocol/recording.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { namesIn, type Verdicts } from '../alarm/condition.ts'
import type { ActionPlan, OutputKind, OutputPlan } from '../plan.ts'
import { judgeRequest, makeRequest, type Request } from './request.ts'

/** What an output shall do now. `cause` is for people and for the log. */
export interface Action {
  output: string
  on: boolean
  cause: string
  /** What it says or shows, and to whom; nothing where it only moves or sounds. */
  saying?: Saying
}

export interface OutputLife {
  plan: OutputPlan
  requests: Request[]
  /** Asked for from outside of the conditions: an order to close, a test. */
  order: { until: Millis; cause: string; text: string } | null
  wanted: boolean | null
  since: Millis
  cause: string
  /** What it was last told to say, and which wish that was. */
  text: string
  wish: number
  /** Of a release-close valve: a person at the place has let it be opened, and nothing has asked since to close it. */
  armed: boolean
  /** Read back; null where nothing could be read yet. */
  actual: boolean | null
  /** Known not to do what it was told; it stands until it is read back right. */
  disobeys: boolean
  /** What was last said of it, so that a dead relay is told of once and not at each try. */
  told: string
  /** The command is repeated then. */
  repeatAt: Millis
}

/** What is so for all outputs in one scan. */
export interface Circumstances {
  verdict: Verdicts
  /** Why sirens and voices are silent now; empty where they are not. */
  muted: string
  /** What is said of a request that stands. */
  words(request: Request): string
}

/** Sounds that people hear from afar. */
export const isAudible = (kind: OutputKind): boolean => kind === 'siren' || kind === 'voice'

/** A kind that says something. */
export const isSpeaking = (kind: OutputKind): boolean => kind === 'voice' || kind === 'sign' || kind === 'sms'

/**
 * An output that did not follow, and one that shall be on, is told again this often: a relay board that lost its power under a
 * sounding siren sounds it again, and a dead one does not flood its bus.
 */
const REPEAT_MS = 10_000

/** A pulse-close valve that has closed is told again this often while the request stands: each pulse wears it. */
const PULSE_REPEAT_MS = 60_000

/** A voice says its text again after a pause, and after the time that the text takes: four Chinese characters a second are spoken slowly. */
const PAUSE_MS = 15_000
const SPOKEN_MS = 250

/** A recording by its number ("#3") has no characters to count: half a minute is left for it, its pause with it. */
const RECORDING = /^\s*#\d/
const RECORDING_MS = 30_000

const turnOfTextMs = (text: string): number => (RECORDING.test(text) ? RECORDING_MS : PAUSE_MS + SPOKEN_MS * text.length)

/** So many causes are told of one output; the rest are counted. */
const MOST_CAUSES = 3

export function makeOutputs(outputs: OutputPlan[], actions: ActionPlan[], start: Millis): OutputLife[] {
  return outputs.map((plan) => ({
    plan,
    requests: actions.filter((action) => action.output === plan.name).map((action) => makeRequest(action, start)),
    order: null,
    wanted: null,
    since: start,
    cause: 'start-up',
    ...{ text: '', wish: 0 },
    armed: false,
    actual: null,
    disobeys: false,
    told: '',
    repeatAt: NEVER,
  }))
}

/** Takes in what was read back; tells whether that is news. */
export function readBack(output: OutputLife, state: OutputState, now: Millis): boolean {
  // Of a valve its supply, its coil and its switch are watched too, also where nobody asks for anything: what is amiss is a fault.
  const amiss = output.plan.kind === 'valve' && (state.detail ?? '') !== ''
  const news = `${state.wanted}/${state.actual}/${amiss}`
  const isNew = news !== output.told
  output.told = news
  output.actual = state.actual
  // An answer to an order that has been overtaken says nothing of the one that stands.
  if (state.wanted !== output.wanted) return isNew
  // A valve that stands closed though nobody asks waits for a person to open it: that is no fault.
  const restsClosed = output.plan.kind === 'valve' && !output.wanted && state.actual === true
  output.disobeys = amiss || (state.actual !== output.wanted && !restsClosed)
  // That a valve may be opened is never said again by software: the board may have lost its power meanwhile, and shut it.
  const again = output.wanted || (output.disobeys && output.plan.kind !== 'valve')
  output.repeatAt = again ? millis(now + repeatMs(output)) : NEVER
  return isNew
}

function repeatMs({ plan, disobeys, text }: OutputLife): number {
  if (disobeys) return REPEAT_MS
  if (plan.valve === 'pulse-close') return PULSE_REPEAT_MS
  return plan.kind === 'voice' ? turnOfTextMs(text) : REPEAT_MS
}

/** How long it may be silent by itself while it is on. */
export const pauseMs = ({ plan, text }: OutputLife): number => (plan.kind === 'voice' ? turnOfTextMs(text) : 0)

/** Judges what is asked of it; tells whether anything rose that was not asked before, or rose higher. */
export function judgeRequests(output: OutputLife, { verdict, words }: Pick<Circumstances, 'verdict' | 'words'>, now: Millis): boolean {
  let rose = false
  for (const request of output.requests) {
    const turn = judgeRequest(request, verdict, output.plan.longest, now)
    if (turn === null) continue
    request.text = words(request)
    if (turn !== 'lowered') rose = true
  }
  if (output.order && output.order.until <= now) output.order = null
  return rose
}

/** What this output shall do now, or null where nothing new. */
export function respond(output: OutputLife, { muted }: Pick<Circumstances, 'muted'>, now: Millis): Action | null {
  const { kind } = output.plan
  if (kind === 'sms' || kind === 'heartbeat') return null
  const standing = output.requests.filter(({ active }) => active).sort((a, b) => b.level - a.level)
  const { order } = output
  if (kind === 'valve') return respondValve(output, standing, now)
  const causes = standing.length > 0 ? causeText(standing) : (order?.cause ?? '')
  if (muted !== '' && isAudible(kind) && standing.length > 0) return turn(output, false, muted, '', now)
  return turn(output, causes !== '', causes, standing[0]?.text ?? order?.text ?? '', now)
}

function respondValve(output: OutputLife, standing: Request[], now: Millis): Action | null {
  const asked = standing.length > 0 ? causeText(standing) : (output.order?.cause ?? '')
  if (output.plan.valve === 'release-close') {
    if (asked !== '') output.armed = false
    const cause = asked || (output.wanted === null ? 'start-up: closed until it is armed at the place' : 'closed until it is armed at the place')
    return turn(output, !output.armed, output.armed ? 'armed by the key at the place' : cause, '', now)
  }
  if (asked !== '' || output.wanted === true) {
    const action = turn(output, asked !== '', asked, '', now)
    return asked === '' ? null : action
  }
  output.wanted = false
  return null
}

/**
 * Why a valve cannot be armed now; empty where it was. It is armed by a person at the place, and only where nothing asks to close it and
 * all that could ask is known.
 */
export function arm(output: OutputLife, isUnknown: (name: string) => boolean): string {
  const asking = output.requests.find(({ active, held }) => active || held)
  if (asking) return asking.plan.text
  const doubtful = output.requests.find(({ plan }) => namesIn(plan.when).some(isUnknown))
  if (doubtful) return `it cannot be told whether ${doubtful.plan.text}`
  if (output.order) return output.order.cause
  // Told even if it was armed before: a relay board that lost its power has forgotten it.
  if (output.armed) output.repeatAt = 0 as Millis
  output.armed = true
  return ''
}

function causeText(standing: Request[]): string {
  const texts = [...new Set(standing.map(({ plan }) => plan.text))]
  return texts.length <= MOST_CAUSES ? texts.join('; ') : `${texts.slice(0, MOST_CAUSES).join('; ')}; and ${texts.length - MOST_CAUSES} more`
}

function turn(output: OutputLife, wanted: boolean, cause: string, text: string, now: Millis): Action | null {
  const { plan } = output
  if (wanted !== output.wanted) {
    const first = output.wanted === null
    output.wanted = wanted
    output.since = now
    output.cause = cause || (first ? 'start-up' : 'no request stands')
    return command(output, text, true)
  }
  if (wanted) output.cause = cause
  if (wanted && text !== output.text) return command(output, text, true)
  if (output.repeatAt > now) return null
  return command(output, text, plan.kind === 'voice' && !output.disobeys)
}

function command(output: OutputLife, text: string, isNew: boolean): Action {
  const { plan, wanted, cause } = output
  if (isNew) output.wish++
  // Another text is news once it was said.
  if (wanted && text !== output.text) output.told = ''
  output.text = text
  // The next repeat is due after the answer to this one: orders to a slow bus do not pile up before the one that matters.
  output.repeatAt = NEVER
  const saying = wanted && isSpeaking(plan.kind) ? { text, to: [], wish: output.wish } : undefined
  return { output: plan.name, on: wanted === true, cause, ...(saying && { saying }) }
}

/** Station time at which a request ends or the command is repeated, whichever is first; NEVER where neither is due. */
export function respondAt(output: OutputLife): Millis {
  let due = Math.min(output.repeatAt, output.order?.until ?? NEVER)
  for (const { active, until, past } of output.requests) due = Math.min(due, active ? until : NEVER, past.wakeAt())
  return millis(due)
}
