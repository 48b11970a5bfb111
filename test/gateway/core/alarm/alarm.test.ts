import { describe, expect, it } from 'vitest'
import { type Alarm, changeWord, judge, type KeptAlarm, keptOf, makeAlarm, recallAlarm, verdictOfAlarm } from '../../../../gateway/core/alarm/alarm.ts'
import { type AlarmPlan, HOLD_LOST_MS } from '../../../../gateway/core/plan.ts'
import type { Verdict } from '../../../../protocol/level.ts'
import { millis } from '../../../../protocol/time.ts'

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

const [T, U, F] = [4, 'unknown', 0] as const
const hour = 3_600_000

/** Levels by detectors: `yellow` of y, `orange` of o, `red` of r. */
const on = (name: string): AlarmPlan['levels'][number]['when'] => ({ op: 'level', name, compare: '>=', level: 1 })
const coloured = (more: Partial<AlarmPlan> = {}): AlarmPlan => ({
  name: 'slope',
  levels: [
    { level: 2, when: on('y') },
    { level: 3, when: on('o') },
    { level: 4, when: on('r') },
  ],
  ...more,
})

/** y, o, r and the condition of lowering at an hour. */
type Scene = [at: number, y: Verdict, o: Verdict, r: Verdict, while_?: Verdict]

function look(alarm: Alarm, [at, y, o, r, only = F]: Scene): Alarm {
  judge(alarm, (name) => ({ y, o, r, only })[name] as Verdict, millis(at * hour))
  return alarm
}

function courseOf(alarm: Alarm, scenes: Scene[]): string {
  return scenes.map((scene) => `${look(alarm, scene).level}${alarm.lost ? `lost${alarm.lost}` : ''}`).join(' ')
}
const course = (more: Partial<AlarmPlan>, ...scenes: Scene[]): string => courseOf(makeAlarm(coloured(more), millis(0)), scenes)

describe('an alarm that rises by steps', () => {
  const step = millis(hour)
  it('takes one colour of its own at a time, and waits between two', () => {
    expect(course({ step }, [0, F, T, F], [0.5, F, T, F], [1, F, T, F], [2, F, T, F])).toBe('2 2 3 3')
  })

  it('is red at once', () => {
    expect(course({ step }, [0, F, F, T])).toBe('4')
  })

  it('says when its next step is due', () => {
    const alarm = makeAlarm(coloured({ step }), millis(0))
    expect(look(alarm, [3, F, T, F]).wakeAt).toBe(4 * hour)
    expect(look(alarm, [4, F, T, F]).wakeAt).toBe(Infinity)
  })

  it('does not fall from a step because what called for more is missing', () => {
    expect(course({ step }, [0, F, T, F], [0.5, F, U, F], [0.7, F, F, F])).toBe('2 2 0')
  })
})

describe('an alarm that falls after a while', () => {
  const after = millis(6 * hour)
  it('stands until its colour was false for so long, and what lies under it likewise', () => {
    expect(course({ lower: { after } }, [0, F, F, T], [1, F, T, F], [6.9, F, T, F], [7, F, T, F], [8, F, F, F], [13.9, F, F, F], [14, F, F, F])).toBe(
      '4 4 4 3 3 3 0',
    )
  })

  it('begins anew when the colour was true, or could not be told, in between', () => {
    expect(course({ lower: { after } }, [0, T, F, F], [1, F, F, F], [5, T, F, F], [6, F, F, F], [11.9, F, F, F], [12, F, F, F])).toBe('2 2 2 2 2 0')
    expect(course({ lower: { after } }, [0, T, F, F], [1, F, F, F], [5, U, F, F], [6, F, F, F], [11.9, F, F, F], [12, F, F, F])).toBe('2 2 2 2 2 0')
  })

  it('stands while it may not be lowered, known or not', () => {
    const lower = { after: millis(0), while: { op: 'not', of: on('only') } as const }
    expect(course({ lower }, [0, T, F, F, T], [1, F, F, F, T], [99, F, F, F, T], [100, F, F, F, U], [101, F, F, F, F])).toBe('2 2 2 2 0')
  })

  it('says when that is', () => {
    const alarm = makeAlarm(coloured({ lower: { after } }), millis(0))
    look(alarm, [0, T, F, F])
    expect(look(alarm, [1, F, F, F]).wakeAt).toBe(7 * hour)
  })
})

describe('an alarm whose data are missing', () => {
  const holdLost = millis(24 * hour)

  it('stands for a day where nothing else is said', () => {
    expect(HOLD_LOST_MS).toBe(24 * hour)
    expect(course({}, [0, F, F, T], [1, F, F, U], [24.9, F, F, U], [25, F, F, U])).toBe('4 4 4 0lost4')
  })

  it('goes on with what is known, and is lost from there until that can be told again', () => {
    expect(course({ holdLost }, [0, F, F, T], [1, T, F, U], [25, T, F, U], [30, T, F, U], [31, T, F, F])).toBe('4 4 2lost4 2lost4 2')
  })

  it('is lost no more when it rises to where it was', () => {
    expect(course({ holdLost }, [0, F, T, F], [1, F, U, F], [25, F, U, F], [26, F, F, T])).toBe('3 3 0lost3 4')
  })

  it('counts each colour for itself: what was asked until lately is held for its own time', () => {
    expect(course({ holdLost }, [0, T, F, T], [1, T, F, U], [20, U, F, U], [25, U, F, U], [43.9, U, F, U], [44, U, F, U])).toBe('4 4 4 2lost4 2lost4 0lost4')
  })

  it('is lost from the highest of the colours whose time is over at once', () => {
    expect(course({ holdLost }, [0, F, T, T], [1, F, U, U], [25, F, U, U])).toBe('4 4 0lost4')
  })

  it('is held anew once it was known to be asked', () => {
    expect(course({ holdLost }, [0, T, F, F], [1, U, F, F], [20, T, F, F], [21, U, F, F], [44, U, F, F], [45, U, F, F])).toBe('2 2 2 2 2 0lost2')
  })

  it('is not held for ever by data that come and go', () => {
    const lower = { after: millis(6 * hour) }
    expect(course({ holdLost, lower }, [0, T, F, F], [1, U, F, F], [10, F, F, F], [15, U, F, F], [20, F, F, F], [25, U, F, F])).toBe('2 2 2 2 2 0lost2')
  })

  it('is held, and lost, where it cannot be told whether it may be lowered', () => {
    const lower = { after: millis(0), while: { op: 'not', of: on('only') } as const }
    expect(course({ holdLost, lower }, [0, T, F, F, F], [1, F, F, F, U], [25, F, F, F, U], [26, F, F, F, U], [27, F, F, F, T])).toBe('2 2 0lost2 0lost2 0')
  })

  it('stays where it waits for a known reason', () => {
    const lower = { after: millis(6 * hour) }
    expect(course({ holdLost, lower }, [0, F, T, T], [1, F, T, U], [22, F, F, U], [25, F, F, U], [28, F, F, U])).toBe('4 4 4 3lost4 0lost4')
  })

  it('says when its time is over', () => {
    const alarm = makeAlarm(coloured({ holdLost }), millis(0))
    look(alarm, [0, T, F, F])
    expect(look(alarm, [1, U, F, F]).wakeAt).toBe(25 * hour)
  })

  it('is not at rest for those that name it, unless more is known of it', () => {
    const alarm = makeAlarm(coloured({ holdLost }), millis(0))
    courseOf(alarm, [
      [0, F, F, T],
      [1, F, F, U],
    ])
    expect(verdictOfAlarm(alarm)).toBe(4)
    expect(verdictOfAlarm(look(alarm, [25, F, F, U]))).toBe('unknown')
    expect(verdictOfAlarm(look(alarm, [26, T, F, U]))).toBe(2)
  })

  it('stands after a restart, whatever was kept of how it had risen', () => {
    const before = makeAlarm(coloured({ holdLost }), millis(0))
    courseOf(before, [[0, F, F, T]])
    const after = makeAlarm(coloured({ holdLost }), millis(0))
    recallAlarm(after, { ...(JSON.parse(JSON.stringify(keptOf(before))) as KeptAlarm), reached: 0 })
    expect(
      courseOf(after, [
        [1, F, F, U],
        [24.9, F, F, U],
        [25, F, F, F],
      ]),
    ).toBe('4 4 0')
  })

  it('is taken up after a restart where it was: held, or lost', () => {
    const restarted = (...scenes: Scene[]): Alarm => {
      const before = makeAlarm(coloured({ holdLost }), millis(0))
      courseOf(before, scenes)
      const after = makeAlarm(coloured({ holdLost }), millis(0))
      recallAlarm(after, JSON.parse(JSON.stringify(keptOf(before))) as KeptAlarm)
      return after
    }
    expect(
      courseOf(restarted([0, F, F, T], [1, F, F, U]), [
        [24.9, F, F, U],
        [25, F, F, U],
      ]),
    ).toBe('4 0lost4')
    expect(
      courseOf(restarted([0, F, F, T], [1, F, F, U], [25, F, F, U]), [
        [26, U, U, U],
        [27, F, F, F],
      ]),
    ).toBe('0lost4 0')
  })
})
