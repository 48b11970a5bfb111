/** What alarms and outputs make of a level that is neither raised nor denied, such as one that one suspect reading has reached: it raises none, and clears none. */
import { describe, expect, it } from 'vitest'
import { remember } from '../../../gateway/core/remember.ts'
import { colourOf } from '../../../protocol/level.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Remembered } from '../../../protocol/recording.ts'
import { millis } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'
import { ARM, action, day, FLOOD, hour, level, minute, output, place, SLOPE, second } from './place.ts'

const alarmOf = (p: ReturnType<typeof place>, name = 'slope') => {
  const alarm = p.state.alarms.find((one) => one.name === name)
  if (!alarm) throw new Error(`no alarm ${name}`)
  return { level: colourOf(alarm.level), unknown: alarm.unknown, lost: colourOf(alarm.lost) }
}

/** A reading of the slope that comes by itself, between two of the others. */
const reads = (p: ReturnType<typeof place>, value: number, quality: Quality = Quality.suspect): void => {
  const samples = samplesOf(SLOPE, [[p.now() + 1, value]])
  samples.quality[0] = quality
  samples.reason[0] = quality === Quality.suspect ? reasonCode('rate') : 0
  p.until(p.now() + 1)
  p.one({ samples: [samples] })
}

const siren = action('siren', level('slope', '>=', 4), 'slope is red')

/** What a station keeps whose slope is red. */
function afterRed(): Remembered {
  const before = place({ actions: [siren] })
  before.set(SLOPE, 9)
  before.until(minute)
  return JSON.parse(JSON.stringify(remember(before.state, before.moment(before.now()))))
}

describe('a suspect reading at red level, alone', () => {
  it('stands at yellow when the instrument falls silent for good: held, doubted and told by `sensors`, and lost after the stated time, not over', () => {
    const p = place({ actions: [siren] })
    p.until(minute)
    reads(p, 9)
    expect(alarmOf(p)).toEqual({ level: 'yellow', unknown: ['creep'], lost: 'none' })
    expect(p.messages.findLast((message) => message.kind === 'alarm')).toMatchObject({ alarm: 'slope', level: 'yellow', unknown: ['creep'] })
    p.lose(SLOPE)
    p.until(p.now() + minute)
    expect(alarmOf(p)).toEqual({ level: 'yellow', unknown: ['creep'], lost: 'none' })
    expect(alarmOf(p, 'sensors')).toMatchObject({ level: 'blue', unknown: ['slope-m', 'creep'] })
    p.until(23 * hour)
    expect(alarmOf(p)).toEqual({ level: 'yellow', unknown: ['creep'], lost: 'none' })
    p.until(25 * hour)
    expect(alarmOf(p)).toEqual({ level: 'none', unknown: ['creep'], lost: 'yellow' })
    expect(alarmOf(p, 'sensors').level).toBe('blue')
    expect(p.told('siren')).toEqual([[0, false]])
  })

  it('is red by the next reading, however long the silence between them was', () => {
    const p = place({ actions: [siren] })
    p.until(minute)
    reads(p, 9)
    p.lose(SLOPE)
    p.until(hour)
    reads(p, 9)
    expect(alarmOf(p)).toEqual({ level: 'red', unknown: [], lost: 'none' })
  })

  it('is no longer doubted once the next reading has denied it', () => {
    const p = place({ actions: [siren] })
    p.until(minute)
    reads(p, 9)
    reads(p, 2, Quality.good)
    expect(alarmOf(p)).toEqual({ level: 'yellow', unknown: [], lost: 'none' })
  })

  it('proves no rest: what falls only while the slope is not red stays', () => {
    const calm = { op: 'not', of: level('creep', '>=', 4) } as const
    const p = place({
      actions: [siren],
      alarms: [{ name: 'road', levels: [{ level: 3, when: level('water', '>=', 3) }], lower: { after: millis(0), while: calm } }],
    })
    p.set(FLOOD, 3)
    p.until(minute)
    reads(p, 9)
    p.one({ samples: [samplesOf(FLOOD, [[p.now(), 0]])] })
    expect(alarmOf(p, 'road').level).toBe('orange')
    reads(p, 2, Quality.good)
    expect(alarmOf(p, 'road').level).toBe('none')
  })

  it('that is denied leaves no doubt for as long as a condition looks back', () => {
    const late = { op: 'within', of: level('creep', '>=', 4), span: millis(day) } as const
    const p = place({ actions: [siren], alarms: [{ name: 'road', levels: [{ level: 3, when: late }] }] })
    p.until(day + minute)
    reads(p, 9)
    reads(p, 0, Quality.good)
    expect(p.state.alarms.find(({ name }) => name === 'road')?.conditions[0]?.answer).toBe(false)
  })

  it('neither makes a vote true nor false, and is no fault in it', () => {
    const of = [level('creep', '>=', 4), level('water', '>=', 3)]
    const votes = (['vote', 'abstain', 'block'] as const).map((faults) => ({
      ...{ name: faults, levels: [{ level: 3 as const, when: { op: 'count' as const, least: 2, of, faults } }] },
    }))
    const p = place({ actions: [siren], alarms: votes })
    p.set(FLOOD, 3)
    p.until(minute)
    reads(p, 9)
    const answers = () => votes.map((vote) => p.state.alarms.find(({ name }) => name === vote.name)?.conditions[0]?.answer)
    expect(answers()).toEqual(['unknown', 'unknown', 'unknown'])
    reads(p, 9)
    expect(answers()).toEqual([true, true, true])
  })

  it('lets no valve be armed until the next reading has denied it', () => {
    const p = place({
      outputs: [output('valve', 'valve', { valve: 'release-close', arm: ARM })],
      actions: [action('valve', level('creep', '>=', 4), 'creep is red')],
    })
    const press = (): void => {
      for (const contact of [0, 1]) {
        p.until(p.now() + 1)
        p.one({ samples: [samplesOf(ARM, [[p.now(), contact]])] })
      }
    }
    p.until(minute)
    reads(p, 9)
    press()
    expect(p.acts('valve')).toContain('not armed: it cannot be told whether creep is red')
    reads(p, 0, Quality.good)
    press()
    p.until(p.now() + minute)
    expect(p.told('valve').at(-1)?.[1]).toBe(false)
  })

  it('does not lower an alarm that was red before a restart: the second reading says what it is', () => {
    const remembered = afterRed()
    const levelsBy = (second: number): string[] => {
      const p = place({ actions: [siren], remembered, from: 2 * minute })
      const levels = [alarmOf(p).level]
      for (const value of [9, second]) {
        reads(p, value)
        levels.push(alarmOf(p).level)
      }
      return levels
    }
    expect(levelsBy(9)).toEqual(['red', 'red', 'red'])
    expect(levelsBy(2)).toEqual(['red', 'red', 'yellow'])
  })
})

describe('a suspect reading below red that is the first of all after a restart', () => {
  const remembered = afterRed()
  const levelsBy = (...readings: [number, Quality][]): string[] => {
    const p = place({ actions: [siren], remembered, from: 2 * minute })
    return readings.map(([value, quality]) => {
      reads(p, value, quality)
      return alarmOf(p).level
    })
  }
  const { suspect, good, unknown } = Quality
  it.each<[string, [number, Quality][], string[]]>([
    [
      'at rest',
      [
        [0, suspect],
        [0, suspect],
      ],
      ['red', 'none'],
    ],
    [
      'at rest, and then one at red',
      [
        [0, suspect],
        [9, suspect],
        [9, suspect],
      ],
      ['red', 'red', 'red'],
    ],
    [
      'at rest, and then a lower bound',
      [
        [0, suspect],
        [0, unknown],
        [0, good],
      ],
      ['red', 'red', 'none'],
    ],
    [
      'at yellow',
      [
        [2, suspect],
        [2, suspect],
      ],
      ['red', 'yellow'],
    ],
    [
      'at yellow, and then a good one',
      [
        [2, suspect],
        [0, good],
      ],
      ['red', 'none'],
    ],
  ])('does not lower it: %s', (_, readings, levels) => {
    expect(levelsBy(...readings)).toEqual(levels)
  })

  it('leaves it standing when no second one comes, and the siren on', () => {
    const p = place({ actions: [siren], remembered, from: 2 * minute })
    reads(p, 0)
    p.lose(SLOPE)
    p.until(p.now() + 5 * minute)
    expect(alarmOf(p)).toEqual({ level: 'red', unknown: ['creep'], lost: 'none' })
    expect(p.told('siren').at(-1)?.[1]).toBe(true)
  })
})

describe('after a restart, of an alarm that was red', () => {
  const remembered = afterRed()
  const { good, unknown, suspect } = Quality
  const again = (onDelay: number) => place({ actions: [siren], remembered, from: 2 * minute, onDelay })
  const levelsBy = (onDelay: number, ...readings: [number, Quality][]): string[] => {
    const p = again(onDelay)
    return readings.map(([value, quality]) => {
      p.until(p.now() + second)
      reads(p, value, quality)
      return alarmOf(p).level
    })
  }

  it.each<[string, [number, Quality][], string[]]>([
    ['is red all the time while an on-delay runs, and after it', Array(4).fill([9, good]), ['red', 'red', 'red', 'red']],
    ['is red while it runs after a suspect reading', Array(5).fill([9, suspect]), ['red', 'red', 'red', 'red', 'red']],
    [
      'is over once a reading at rest has come while it ran',
      [
        [9, good],
        [0, good],
      ],
      ['red', 'none'],
    ],
    [
      'is no longer red once a reading below has come, and yellow no sooner denied than it could be raised',
      [
        [9, good],
        [2, good],
        [2, good],
        [2, good],
      ],
      ['red', 'yellow', 'yellow', 'yellow'],
    ],
    [
      'is no longer red by a first reading below, and not over while yellow may be',
      [
        [2, good],
        [0, good],
      ],
      ['yellow', 'none'],
    ],
    [
      'is over when what was at rest rises again: an on-delay denies from then on',
      [
        [0, good],
        [9, good],
        [9, good],
      ],
      ['none', 'none', 'none'],
    ],
  ])('%s', (_, readings, levels) => {
    expect(levelsBy(2500, ...readings)).toEqual(levels)
  })

  it('stands, and the siren is on, when the instrument falls silent in the on-delay', () => {
    const p = again(minute)
    reads(p, 9, good)
    expect(alarmOf(p)).toEqual({ level: 'red', unknown: ['creep'], lost: 'none' })
    p.lose(SLOPE)
    p.until(p.now() + 5 * minute)
    expect(alarmOf(p)).toEqual({ level: 'red', unknown: ['creep'], lost: 'none' })
    expect(p.told('siren').at(-1)?.[1]).toBe(true)
  })

  it('nothing falls that falls only while the slope is at rest', () => {
    const calm = { op: 'level', name: 'creep', compare: 'is', level: 0 } as const
    const p = place({
      alarms: [{ name: 'road', levels: [{ level: 3, when: level('water', '>=', 3) }], lower: { after: millis(0), while: calm } }],
      onDelay: minute,
    })
    p.lose(SLOPE)
    p.set(FLOOD, 3)
    p.until(2 * minute)
    reads(p, 9, good)
    p.one({ samples: [samplesOf(FLOOD, [[p.now(), 0]])] })
    expect(alarmOf(p, 'road').level).toBe('orange')
    reads(p, 0, good)
    expect(alarmOf(p, 'road').level).toBe('none')
  })

  it.each<[string, [number, Quality][], string[]]>([
    ['is red by a lower bound at yellow: what is above it is not known', Array(3).fill([2, unknown]), ['red', 'red', 'red']],
    [
      'is yellow once a value has come',
      [
        [2, unknown],
        [2, good],
      ],
      ['red', 'yellow'],
    ],
    [
      'is over by a value at rest',
      [
        [2, unknown],
        [0, good],
      ],
      ['red', 'none'],
    ],
    [
      'is yellow where a value had denied red before the bound',
      [
        [1, good],
        [2, unknown],
      ],
      ['blue', 'yellow'],
    ],
    ['is red by a lower bound at red', Array(2).fill([9, unknown]), ['red', 'red']],
  ])('%s', (_, readings, levels) => {
    expect(levelsBy(0, ...readings)).toEqual(levels)
  })

  it('is lost and not over, where nothing but lower bounds come for the stated time', () => {
    const p = again(0)
    p.lose(SLOPE)
    const from = p.now()
    for (const at of [minute, 23 * hour, 25 * hour]) {
      p.until(from + at)
      reads(p, 2, unknown)
      const { level, lost } = alarmOf(p)
      expect([level, lost]).toEqual(at < 24 * hour ? ['red', 'none'] : ['yellow', 'red'])
    }
    reads(p, 2, good)
    expect(alarmOf(p)).toEqual({ level: 'yellow', unknown: [], lost: 'none' })
  })

  it('a fresh station with no past is raised as late as ever', () => {
    const p = place({ actions: [siren], onDelay: 2500 })
    p.lose(SLOPE)
    const levels = [9, 9, 9, 9].map((value) => {
      p.until(p.now() + second)
      reads(p, value, good)
      return alarmOf(p).level
    })
    expect(levels).toEqual(['none', 'none', 'none', 'red'])
  })
})
