/**
 * How the level of an alarm follows its conditions: it rises when one is known to hold, and falls only when it is known not to.
 *
 *     asked    the highest level whose condition is true
 *     stays    the highest that was asked and is not known to be over; over is: false for `lower.after`, and `lower.while` is true
 *     level    what is asked, or what stays, whichever is higher; where it is stepwise it rises one level at a time, to red at once
 *
 * What stays for want of knowledge alone does so for `holdLost`. Then the alarm says that its data are lost, and at which level it was, and
 * goes on with what is known: it neither stands nor is it over. That ends when those conditions can be told again.
 */
import type { Level, Verdict } from '../../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { type AlarmPlan, HOLD_LOST_MS } from '../plan.ts'
import { type Condition, conditionsOf, isTold, namesIn, type Truth, truth, type Verdicts } from './condition.ts'
import { type Life, makeLife } from './living.ts'
import { type KeptPast, Past } from './past.ts'

export interface Alarm {
  name: string
  plan: AlarmPlan
  /** `technical`: the station's own state (instruments, outputs), not a hazard's. */
  technical: boolean
  level: Level
  since: Millis
  /** What it looks at, and of that, what cannot be told now. */
  names: string[]
  unknown: string[]
  /** The level at which it stood when its data had been lost for too long; 0 where they are not. It is not over: whoever counts it as active counts this too. */
  lost: Level
  /** The highest level that was asked since it last fell; above `level` only on the way up. */
  reached: Level
  conditions: Asked[]
  past: Past
  /** What people have seen and done of it. */
  life: Life
  /** The next time at which its level may change though nothing else does. */
  wakeAt: Millis
}

/** A level's condition, and what came of it. */
interface Asked {
  level: Exclude<Level, 0>
  when: Condition
  answer: Truth
  /** Since when it has been false; NaN where it is not. */
  falseSince: number
  /** Since when the level is held because it cannot be told; NaN where it is not. It goes on while the level waits in between. */
  heldSince: number
  /** It was held for too long, and cannot be told still. */
  isLost: boolean
}

export function makeAlarm(plan: AlarmPlan, start: Millis, technical = false): Alarm {
  const conditions = conditionsOf(plan)
  const levels = [...plan.levels].sort((a, b) => b.level - a.level)
  return {
    ...{ name: plan.name, plan, technical, level: 0, since: start, lost: 0, reached: 0 },
    ...{ names: [...new Set(conditions.flatMap(namesIn))], unknown: [] },
    conditions: levels.map((one) => ({ ...one, answer: 'unknown', falseSince: Number.NaN, heldSince: Number.NaN, isLost: false })),
    ...{ past: new Past(conditions), life: makeLife(plan.life, technical), wakeAt: NEVER },
  }
}

/** Judges anew; tells the level before where it changed. */
export function judge(alarm: Alarm, verdict: Verdicts, now: Millis): Level | null {
  const { past, conditions, plan } = alarm
  alarm.unknown = alarm.names.filter((name) => !isTold(name, verdict))
  past.look(verdict, now)
  let isAsked = false
  for (const one of conditions) {
    one.answer = truth(one.when, verdict, past)
    if (one.answer !== false) one.falseSince = Number.NaN
    else if (Number.isNaN(one.falseSince)) one.falseSince = now
    if (one.answer !== 'unknown') one.isLost = false
    isAsked ||= one.answer === true
    if (isAsked) one.heldSince = Number.NaN
  }
  const mayLower = plan.lower?.while ? truth(plan.lower.while, verdict, past) : true
  const asked: Level = conditions.find(({ answer }) => answer === true)?.level ?? 0
  if (asked > alarm.reached) alarm.reached = asked
  const level = asked >= alarm.level ? rise(alarm, asked, now) : fall(alarm, asked, mayLower, now)
  if (alarm.lost <= level || !(mayLower === 'unknown' || conditions.some(({ isLost }) => isLost))) alarm.lost = 0
  if (level < alarm.level) alarm.reached = level
  const from = moveTo(alarm, level, now)
  alarm.wakeAt = wakeAt(alarm, asked, now)
  return from
}

function rise(alarm: Alarm, asked: Level, now: Millis): Level {
  const { level, since, plan, conditions } = alarm
  const step = plan.step ?? 0
  if (step === 0 || asked === 4 || asked === level) return asked
  if (level > 0 && now - since < step) return level
  const next = conditions.findLast((one) => one.level > level) as Asked
  return next.level
}

/** How a level that was asked, and is not any more, stands: over; waiting, as the site file says; held because it cannot be told; lost, because it was for too long. */
function standingOf({ plan, reached }: Alarm, one: Asked, mayLower: Truth, now: Millis): 'over' | 'waits' | 'held' | 'lost' {
  const { level, answer, falseSince } = one
  const waits = now - falseSince < (plan.lower?.after ?? 0)
  if (level > reached || (answer === false && !waits && mayLower === true)) {
    one.heldSince = Number.NaN
    return 'over'
  }
  if (mayLower === false) one.heldSince = Number.NaN
  if (mayLower === false || waits) return 'waits'
  if (Number.isNaN(one.heldSince)) one.heldSince = now
  return now - one.heldSince < holdOf(plan) ? 'held' : 'lost'
}

const holdOf = ({ holdLost }: AlarmPlan): number => holdLost ?? HOLD_LOST_MS

function fall(alarm: Alarm, asked: Level, mayLower: Truth, now: Millis): Level {
  const atMost = (level: Level): Level => (level < alarm.level ? level : alarm.level)
  let level = asked
  let lost: Level = 0
  for (const one of alarm.conditions) {
    if (one.level <= asked) break
    const standing = standingOf(alarm, one, mayLower, now)
    if ((standing === 'waits' || standing === 'held') && level === asked) level = atMost(one.level)
    if (standing !== 'lost' || level > asked) continue
    one.isLost = true
    if (lost === 0) lost = atMost(one.level)
  }
  if (lost > level && lost > alarm.lost) alarm.lost = lost
  return level
}

function wakeAt({ past, plan, conditions, level, since, reached }: Alarm, asked: Level, now: Millis): Millis {
  const due: number[] = [past.wakeAt()]
  if (plan.step !== undefined && asked > level) due.push(since + plan.step)
  for (const one of conditions) if (one.level <= reached && one.level > asked) due.push(one.falseSince + (plan.lower?.after ?? 0), one.heldSince + holdOf(plan))
  return millis(Math.min(NEVER, ...due.filter((at) => at > now)))
}

/** Sets the level, and `since` where it changed; gives the level before, or null where it was this one already. */
export function moveTo(alarm: Alarm, level: Level, now: Millis): Level | null {
  if (alarm.level === level) return null
  const from = alarm.level
  alarm.level = level
  alarm.since = now
  return from
}

/** What conditions see of it: where its data are lost, nobody knows that it is at rest. */
export const verdictOfAlarm = ({ level, lost }: Alarm): Verdict => (level === 0 && lost > 0 ? 'unknown' : level)

/** The word for a change of level, where its data are not lost. */
export function changeWord(from: Level, to: Level): 'raised' | 'escalated' | 'lowered' | 'cleared' {
  if (from === 0) return 'raised'
  if (to === 0) return 'cleared'
  return to > from ? 'escalated' : 'lowered'
}

/** What of it must outlive the process, as plain JSON; `held` by level. */
export interface KeptAlarm {
  level: Level
  since: Millis
  lost: Level
  reached: Level
  held: Record<string, number>
  past: KeptPast
}

export const keptOf = ({ level, since, lost, reached, conditions, past }: Alarm): KeptAlarm => ({
  ...{ level, since, lost, reached, past: past.kept() },
  held: Object.fromEntries(conditions.filter(({ heldSince }) => !Number.isNaN(heldSince)).map((one) => [one.level, one.heldSince])),
})

/** Takes it back, before it is first judged. */
export function recallAlarm(alarm: Alarm, { past, held, ...kept }: KeptAlarm): void {
  Object.assign(alarm, kept)
  // Whatever it was kept as: what is not known to be over stands.
  if (alarm.reached < alarm.level) alarm.reached = alarm.level
  alarm.past.recall(past)
  for (const one of alarm.conditions) {
    one.heldSince = held[one.level] ?? Number.NaN
    one.isLost = kept.lost > 0 && one.level > kept.level
  }
}
