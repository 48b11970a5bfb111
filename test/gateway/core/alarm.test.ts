import { describe, expect, it } from 'vitest'
import { changeWord, judge, makeAlarm } from '../../../gateway/core/alarm.ts'
import type { AlarmPlan } from '../../../gateway/core/plan.ts'
import type { Verdict } from '../../../protocol/level.ts'
import { millis } from '../../../protocol/time.ts'

const plan: AlarmPlan = {
  name: 'slope',
  levels: [
    { level: 2, when: { op: 'level', name: 'creep', compare: '>=', level: 2 } },
    { level: 4, when: { op: 'level', name: 'creep', compare: '>=', level: 4 } },
  ],
}

/** Judges a new alarm by one verdict after another and gives its level after each. */
function levels(...verdicts: Verdict[]): number[] {
  const alarm = makeAlarm(plan, millis(0))
  return verdicts.map((verdict, step) => {
    judge(alarm, () => verdict, millis(step))
    return alarm.level
  })
}

describe('an alarm', () => {
  it('takes the highest level whose condition holds', () => {
    expect(levels(0, 2, 4, 3, 1)).toEqual([0, 2, 4, 2, 0])
  })

  it('does not clear while its channel is silent', () => {
    expect(levels(4, 'unknown', 'unknown', 0)).toEqual([4, 4, 4, 0])
  })

  it('does not rise on what is not known', () => {
    expect(levels('unknown', 2, 'unknown')).toEqual([0, 2, 2])
  })

  it('tells what it cannot know', () => {
    const alarm = makeAlarm(plan, millis(0))
    judge(alarm, () => 'unknown', millis(1))
    expect(alarm.unknown).toEqual(['creep'])
  })

  it('tells the level before a change, and since when', () => {
    const alarm = makeAlarm(plan, millis(0))
    expect(judge(alarm, () => 4, millis(7))).toBe(0)
    expect(judge(alarm, () => 4, millis(8))).toBeNull()
    expect(alarm.since).toBe(7)
  })

  it.each([
    [0, 2, 'raised'],
    [2, 4, 'escalated'],
    [4, 2, 'lowered'],
    [2, 0, 'cleared'],
  ] as const)('calls the change from %s to %s "%s"', (from, to, word) => {
    expect(changeWord(from, to)).toBe(word)
  })
})
