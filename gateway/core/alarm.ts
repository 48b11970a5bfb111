/**
 * The life of an alarm: its level rises when a condition is known to hold, and falls only when it is known not to.
 *
 *     level now L, new level = the highest whose condition is true, but never below a level <= L whose condition is unknown
 */
import type { Level, Verdict } from '../../protocol/level.ts'
import type { Millis } from '../../protocol/time.ts'
import { type Condition, namesIn, truth } from './condition.ts'
import type { AlarmPlan } from './plan.ts'

export interface Alarm {
  name: string
  /** `technical`: the station's own state (instruments, outputs), not a hazard's. */
  technical: boolean
  level: Level
  since: Millis
  /** What it looks at, and of that, what cannot be told now. */
  names: string[]
  unknown: string[]
  conditions: { level: Level; when: Condition }[]
}

export function makeAlarm(plan: AlarmPlan, start: Millis): Alarm {
  const conditions = [...plan.levels].sort((a, b) => b.level - a.level)
  const names = [...new Set(conditions.flatMap(({ when }) => namesIn(when)))]
  return { name: plan.name, technical: false, level: 0, since: start, names, unknown: [], conditions }
}

/** Judges anew; tells the level before where it changed. */
export function judge(alarm: Alarm, verdict: (name: string) => Verdict, now: Millis): Level | null {
  alarm.unknown = alarm.names.filter((name) => verdict(name) === 'unknown')
  let level: Level = 0
  for (const { level: candidate, when } of alarm.conditions) {
    const answer = truth(when, verdict)
    if (answer === true || (answer === 'unknown' && candidate <= alarm.level)) {
      level = candidate
      break
    }
  }
  return moveTo(alarm, level, now)
}

/** Sets the level, and `since` where it changed; gives the level before, or null where it was this one already. */
export function moveTo(alarm: Alarm, level: Level, now: Millis): Level | null {
  if (alarm.level === level) return null
  const from = alarm.level
  alarm.level = level
  alarm.since = now
  return from
}

/** The word for a change of level. */
export function changeWord(from: Level, to: Level): 'raised' | 'escalated' | 'lowered' | 'cleared' {
  if (from === 0) return 'raised'
  if (to === 0) return 'cleared'
  return to > from ? 'escalated' : 'lowered'
}
