/**
 * What a condition asks of an output, from when to when:
 *
 *     condition      false ──► true ───────────────► false
 *     with a hold          on for the hold, then off          (it runs its time; the condition must fall and rise to start it again)
 *     without a hold       on while not known to be false     (unknown neither starts nor stops it)
 *     at a higher level    on again, where its time is over; anew for the hold, where it is not
 *     always               off when `longest` is over, however often the condition fell and rose in between
 */
import type { Level, Verdict } from '../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import { type Condition, namesIn, truth } from './condition.ts'
import type { ActionPlan } from './plan.ts'

export interface Request {
  plan: ActionPlan
  /** The last known truth of its condition. */
  held: boolean
  active: boolean
  since: Millis
  until: Millis
  /** What stands behind it: the name of the highest level in its condition, and that level. */
  name: string
  level: Level
  /** What it says; made anew when it rises and at each change of level. */
  text: string
}

export const makeRequest = (plan: ActionPlan, start: Millis): Request => ({
  plan,
  ...{ held: false, active: false, since: start, until: NEVER },
  ...{ name: '', level: 0, text: '' },
})

/** What became of a request: it rose, or what stands behind it has a higher or a lower level now. */
export type Turn = 'rose' | 'raised' | 'lowered' | null

/**
 * Judges a request anew. `longest`: how long it may last. One that has run its time is asked anew by a higher level, as by a condition
 * that falls and rises.
 */
export function judgeRequest(request: Request, verdict: (name: string) => Verdict, longest: Millis, now: Millis): Turn {
  const { plan } = request
  const answer = truth(plan.when, verdict)
  let turn: Turn = null
  if (answer === true) {
    const { name, level } = behind(plan.when, verdict)
    turn = !request.held ? 'rose' : level > request.level ? 'raised' : level < request.level ? 'lowered' : null
    request.name = name
    request.level = level
  }
  if (turn === 'rose' || (turn === 'raised' && (!request.active || plan.hold !== null))) {
    if (!request.active) request.since = now
    request.active = true
    request.until = millis(Math.min(now + (plan.hold ?? Infinity), request.since + longest))
  }
  if (answer === false && plan.hold === null) request.active = false
  if (answer !== 'unknown') request.held = answer
  if (request.until <= now) request.active = false
  return request.active ? turn : null
}

function behind(condition: Condition, verdict: (name: string) => Verdict): { name: string; level: Level } {
  let found: { name: string; level: Level } = { name: '', level: 0 }
  for (const name of namesIn(condition)) {
    const level = verdict(name)
    if (level !== 'unknown' && (found.name === '' || level > found.level)) found = { name, level }
  }
  return found
}
