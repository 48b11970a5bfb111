/**
 * From conditions to outputs (the cause-and-effect matrix): which output shall be on, since when, why, and for how long at most.
 *
 *     condition      false ──► true ───────────────► false
 *     with a hold          on for the hold, then off          (it runs its time; the condition must fall and rise to start it again)
 *     without a hold       on while not known to be false     (unknown neither starts nor stops it)
 *     always               off when `longest` is over, however often the condition fell and rose in between
 */
import type { Verdict } from '../../protocol/level.ts'
import type { OutputState } from '../../protocol/recording.ts'
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import { truth } from './condition.ts'
import type { ActionPlan, OutputPlan } from './plan.ts'

/** What an output shall do now. `cause` is for people and for the log. */
export interface Action {
  output: string
  on: boolean
  cause: string
}

interface Request {
  plan: ActionPlan
  /** The last known truth of its condition. */
  held: boolean
  active: boolean
  since: Millis
  until: Millis
}

export interface OutputLife {
  plan: OutputPlan
  requests: Request[]
  wanted: boolean | null
  since: Millis
  cause: string
  /** Read back; null where nothing could be read yet. */
  actual: boolean | null
  /** Known not to do what it was told; it stands until it is read back right. */
  disobeys: boolean
  /** What was last said of it, so that a dead relay is told of once and not at each try. */
  told: string
  /** The command is repeated then. */
  repeatAt: Millis
}

/**
 * A coil that did not follow, and one that shall be on, is told again this often: a relay board that lost its power under a
 * sounding siren sounds it again, and a dead one does not flood its bus.
 */
const REPEAT_MS = 10_000

export function makeOutputs(outputs: OutputPlan[], actions: ActionPlan[], start: Millis): OutputLife[] {
  return outputs.map((plan) => ({
    plan,
    requests: actions
      .filter((action) => action.output === plan.name)
      .map((action) => ({ plan: action, held: false, active: false, since: start, until: NEVER })),
    wanted: null,
    since: start,
    cause: 'start-up',
    actual: null,
    disobeys: false,
    told: '',
    repeatAt: NEVER,
  }))
}

/** Takes in what was read back; tells whether that is news. */
export function readBack(output: OutputLife, state: OutputState, now: Millis): boolean {
  const news = `${state.wanted}/${state.actual}`
  const isNew = news !== output.told
  output.told = news
  output.actual = state.actual
  // An answer to an order that has been overtaken says nothing of the one that stands.
  if (state.wanted !== output.wanted) return isNew
  output.disobeys = state.actual !== output.wanted
  output.repeatAt = output.disobeys || output.wanted ? millis(now + REPEAT_MS) : NEVER
  return isNew
}

/** What this output shall do now, or null where nothing new. */
export function respond(output: OutputLife, verdict: (name: string) => Verdict, now: Millis): Action | null {
  let cause = ''
  for (const request of output.requests) {
    const answer = truth(request.plan.when, verdict)
    if (answer === true && !request.held) {
      if (!request.active) request.since = now
      request.active = true
      request.until = millis(Math.min(now + (request.plan.hold ?? Infinity), request.since + output.plan.longest))
    }
    if (answer === false && request.plan.hold === null) request.active = false
    if (answer !== 'unknown') request.held = answer
    if (request.until <= now) request.active = false
    if (request.active) cause ||= request.plan.text
  }
  const wanted = cause !== ''
  if (wanted !== output.wanted) {
    const first = output.wanted === null
    output.wanted = wanted
    output.since = now
    output.cause = cause || (first ? 'start-up' : 'no request stands')
    output.repeatAt = NEVER
    return { output: output.plan.name, on: wanted, cause: output.cause }
  }
  if (output.repeatAt > now) return null
  // The next repeat is due after the answer to this one: orders to a slow bus do not pile up before the one that matters.
  output.repeatAt = NEVER
  return { output: output.plan.name, on: wanted, cause: output.cause }
}

/** Station time at which a request ends or the command is repeated, whichever is first; NEVER where neither is due. */
export function respondAt(output: OutputLife): Millis {
  let due = output.repeatAt
  for (const request of output.requests) if (request.active && request.until < due) due = request.until
  return due
}
