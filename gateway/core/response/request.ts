/**
 * What a condition asks of an output, from when to when:
 *
 *     condition      false ──► true ───────────────► false
 *     with a hold          on for the hold, then off          (it runs its time; something must rise to start it again)
 *     without a hold       on while not known to be false     (unknown neither starts nor stops it)
 *     something rises      on again, where its time is over; anew, where it is not
 *     always               off when `longest` is over, however often the same fell and rose in between
 *
 * What rises is a name behind it that comes up to the highest colour: a second alarm is as new to people as a higher one.
 */
import type { Level } from '../../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { type Condition, namesIn, truth, type Verdicts } from '../alarm/condition.ts'
import { Past } from '../alarm/past.ts'
import type { ActionPlan } from '../plan.ts'

export interface Request {
  plan: ActionPlan
  past: Past
  /** The last known truth of its condition. */
  held: boolean
  active: boolean
  /** Since when it asks: of the last that had not yet been as high while it stood. */
  since: Millis
  until: Millis
  /** What stands behind it: the name of the highest level in its condition, of several the one that rose last; and that level. */
  name: string
  level: Level
  /** What it says; made anew when it rises and at each change of level. */
  text: string
  /** What can stand behind it. */
  grounds: Ground[]
}

/** A name in a condition: its level when the condition was last known, and its highest since the request stands. */
interface Ground {
  name: string
  level: Level
  highest: Level
}

export const makeRequest = (plan: ActionPlan, start: Millis): Request => ({
  plan,
  past: new Past([plan.when]),
  ...{ held: false, active: false, since: start, until: NEVER },
  ...{ name: '', level: 0, text: '' },
  grounds: groundsOf(plan.when).map((name) => ({ name, level: 0, highest: 0 })),
})

/** What is denied is no ground, unless there is nothing else. */
function groundsOf(condition: Condition): string[] {
  const affirmed = (one: Condition): string[] => {
    if (one.op === 'not') return []
    return 'of' in one ? [one.of].flat().flatMap(affirmed) : namesIn(one)
  }
  const names = affirmed(condition)
  return [...new Set(names.length > 0 ? names : namesIn(condition))]
}

/** What became of a request: it rose, or something behind it rose to the highest level, or that is a lower one now. */
export type Turn = 'rose' | 'raised' | 'lowered' | null

/**
 * Judges a request anew. `longest`: how long it may last. One that has run its time is asked anew by what rises, as by a condition
 * that falls and rises.
 */
export function judgeRequest(request: Request, verdict: Verdicts, longest: Millis, now: Millis): Turn {
  const { plan } = request
  request.past.look(verdict, now)
  const answer = truth(plan.when, verdict, request.past)
  const turn = answer === 'unknown' ? null : weigh(request, verdict, answer)
  if (turn === 'rose' || turn === 'raised') {
    if (!request.active) for (const ground of request.grounds) ground.highest = 0
    if (!request.active || request.grounds.some(({ level, highest }) => level > highest)) request.since = now
    request.active = true
    request.until = millis(Math.min(now + (plan.hold ?? Infinity), request.since + longest))
  }
  for (const ground of request.grounds) if (ground.level > ground.highest) ground.highest = ground.level
  if (answer === false && plan.hold === null) request.active = false
  if (answer !== 'unknown') request.held = answer
  if (request.until <= now) request.active = false
  return request.active ? turn : null
}

/** After a restart: people have seen what stands behind it, and it is asked anew only by what rises. */
export function resume(request: Request, verdict: Verdicts): void {
  weigh(request, verdict, true)
  request.held = true
}

/** Takes in the levels behind a condition whose truth is known; one that is unknown is as it was. */
function weigh(request: Request, verdict: Verdicts, isTrue: boolean): Turn {
  let highest: Ground | null = null
  let newest: Ground | null = null
  for (const ground of request.grounds) {
    const level = verdict(ground.name)
    const rose = level !== 'unknown' && level > ground.level
    if (level !== 'unknown') ground.level = level
    if (highest === null || ground.level > highest.level) [highest, newest] = [ground, rose ? ground : null]
    else if (rose && ground.level === highest.level) newest = ground
  }
  if (!isTrue || highest === null) return null
  const turn = !request.held ? 'rose' : newest || highest.level > request.level ? 'raised' : highest.level < request.level ? 'lowered' : null
  if (turn !== null) request.name = (newest ?? highest).name
  request.level = highest.level
  return turn
}
