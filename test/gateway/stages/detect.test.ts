import { describe, expect, it } from 'vitest'
import { advance, type Channel, take } from '../../../gateway/core/channel.ts'
import { mannKendall } from '../../../gateway/stages/detect/mann-kendall.ts'
import { rise } from '../../../gateway/stages/detect/rise.ts'
import { silence } from '../../../gateway/stages/detect/silence.ts'
import { studentT } from '../../../gateway/stages/detect/student.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { check } from '../../../protocol/files/schema.ts'
import { readYaml } from '../../../protocol/files/yaml.ts'
import { type Reason, reasonCode } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'
import { every, type Row, samplesOf, set } from './bench.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The detector's level after each row. */
function levels(bench: ReturnType<typeof set>, rows: Row[]): (number | 'unknown')[] {
  return rows.map((row) => {
    bench.give(row)
    return bench.detector?.level ?? 'unknown'
  })
}

const plain = { direction: 'above', onDelay: 0, offDelay: 0 }

describe('threshold', () => {
  it('raises after the on-delay and clears after the off-delay, below the dead band', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, deadband: 2, onDelay: 2 * second, offDelay: 3 * second }], period: second })
    const values = [24, 25, 26, 24.9, 25, 25.5, 25.2, 30, 24, 23.5, 23.0, 22.9, 22.5, 23.1, 22.0, 21.5, 21, 20, 20, 20]
    const seen = levels(bench, every(second, values))
    expect(seen.indexOf(4)).toBe(6)
    expect(seen.indexOf(0, 6)).toBe(17)
  })

  it('counts evaluations by its delays: two that exceed raise, three below the lower one clear', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 0.1 }, clear: 0.8, onDelay: second, offDelay: 2 * second }], period: second })
    const values = [0.08, 0.11, 0.09, 0.12, 0.13, 0.1, 0.095, 0.07, 0.06, 0.07, 0.05, 0.2]
    expect(levels(bench, every(second, values)).map((level) => (level === 4 ? 1 : level))).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0])
  })

  it('grades by colour, upwards at once and downwards by the clear level of each', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { blue: 20, yellow: 30, orange: 40, red: 60 }, clear: 0.8 }], period: second })
    expect(levels(bench, every(second, [10, 20, 35, 60, 50, 47, 33, 25, 23, 16, 15]))).toEqual([0, 1, 2, 4, 4, 3, 3, 2, 1, 1, 0])
  })

  it('mirrors for values that are dangerous when low', () => {
    const bench = set({ detector: [threshold, { ...plain, direction: 'below', at: { yellow: 10, red: 5 }, deadband: 1 }], period: second })
    expect(levels(bench, every(second, [12, 10, 5, 5.5, 6.1, 10.5, 11.5]))).toEqual([0, 2, 4, 4, 2, 2, 0])
  })

  it('runs its on-delay out between two readings, and is awake for it', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, onDelay: 2 * second }], period: minute })
    bench.give([0, 30])
    const [channel] = bench.machine.channels
    if (!channel) throw new Error('no channel')
    expect(channel.wakeAt).toBe(2 * second)
    advance(channel, millis(2 * second))
    expect(bench.detector?.level).toBe(4)
  })

  it('never clears on silence: it becomes unknown, and missing readings start the off-delay again', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, offDelay: 2 * second }], period: second })
    expect(levels(bench, every(second, [30, 20, null, 20, 20, 20]))).toEqual([4, 4, 4, 4, 4, 0])
    expect(
      levels(bench, [
        [6000, 30],
        [7000, null],
        [8000, null],
        [9000, null],
        [10_000, null],
      ]),
    ).toEqual([4, 4, 4, 4, 'unknown'])
    expect(bench.detector?.doubt).toBe('no-data')
  })

  it('does not wait on for an on-delay whose readings have stopped', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, onDelay: 10 * second }], period: second })
    bench.give([0, 30])
    const [channel] = bench.machine.channels
    if (!channel) throw new Error('no channel')
    advance(channel, millis(4 * second))
    expect(bench.detector?.level).toBe('unknown')
    advance(channel, millis(20 * second))
    expect(bench.detector?.level).toBe('unknown')
  })
})

/** One row with a quality and a reason of its own. */
function giveAs(bench: ReturnType<typeof set>, row: Row, quality: number, reason: Reason): void {
  const samples = samplesOf(0, [row])
  samples.quality[0] = quality
  samples.reason[0] = reasonCode(reason)
  take(bench.machine.channels[0] as Channel, samples, millis(row[0]))
}

describe('the level at which a threshold clears', () => {
  it.each([
    ['none of the two, and it clears at the set point', { at: { red: 25 } }, []],
    ['a share below 100 % of a level above', { at: { red: 25 }, clear: 0.8 }, []],
    ['a share above 100 % of a level above', { at: { red: 25 }, clear: 1.2 }, ['clear: set at 25, it would clear at 30', 'of at most 100%']],
    ['a share below 100 % of a level below 0', { at: { red: -10 }, clear: 0.8 }, ['clear: set at -10, it would clear at -8', 'of at least 100%']],
    ['a share below 100 % where less is worse', { direction: 'below', at: { red: 10 }, clear: 0.8 }, ['clear: set at 10, it would clear at 8', 'of at least']],
    ['a share below 100 % where less is worse, below 0', { direction: 'below', at: { red: -10 }, clear: 1.2 }, ['clear: set at -10', 'of at most 100%']],
    ['a share of 0', { at: { yellow: 0 }, clear: 0.8 }, ['clear: a share of a set point of 0 is 0', 'give a deadband']],
    ['100 % of 0, which is no dead band and is said so', { at: { yellow: 0 }, clear: 1 }, []],
    ['a share and a dead band at once', { at: { red: 25 }, clear: 0.8, deadband: 2 }, ['deadband: `clear` and `deadband` say the same', 'one of the two']],
  ])('is asked for: %s', (_, options, told) => {
    const doubts = threshold.doubts?.({ ...plain, ...options } as never, []) ?? []
    expect(doubts).toHaveLength(told.length === 0 ? 0 : 1)
    const text = doubts.map(({ at, what, remedy }) => `${at.join('.')}: ${what} = ${remedy}`).join()
    for (const part of told) expect(text).toContain(part)
  })
})

describe('threshold on a lower bound', () => {
  it('runs its on-delay out on time: enough has fallen, however much is not known', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, onDelay: 15 * second }], period: 10 * second })
    for (const at of [0, 10]) giveAs(bench, [at * second, 30], 2, 'coverage')
    const channel = bench.machine.channels[0] as Channel
    expect([bench.detector?.level, channel.wakeAt]).toEqual(['unknown', 15 * second])
    advance(channel, millis(15 * second))
    expect([bench.detector?.level, bench.detector?.doubt]).toEqual([4, 'none'])
    expect(channel.wakeAt).toBeGreaterThan(15 * second)
  })

  it('starts both delays anew: below its set point a lower bound proves neither rise nor fall', () => {
    const rising = set({ detector: [threshold, { ...plain, at: { red: 25 }, onDelay: 15 * second }], period: 10 * second })
    giveAs(rising, [0, 30], 1, 'none')
    giveAs(rising, [10 * second, 20], 2, 'coverage')
    giveAs(rising, [20 * second, 30], 1, 'none')
    expect(rising.detector?.level).toBe(0)
    const falling = set({ detector: [threshold, { ...plain, at: { red: 25 }, offDelay: 15 * second }], period: 10 * second })
    giveAs(falling, [0, 30], 1, 'none')
    giveAs(falling, [10 * second, 20], 1, 'none')
    giveAs(falling, [20 * second, 20], 2, 'coverage')
    giveAs(falling, [30 * second, 20], 1, 'none')
    expect(falling.detector?.level).toBe(4)
  })

  it('takes no delay across a time of which nothing is known', () => {
    const bench = set({ detector: [threshold, { ...plain, at: { red: 25 }, onDelay: minute, offDelay: minute }], period: 10 * second })
    bench.batch([
      [0, 30],
      [hour, 30],
    ])
    expect(bench.detector?.level).toBe(0)
    for (let k = 1; k <= 6; k++) bench.give([hour + k * 10 * second, 30])
    expect(bench.detector?.level).toBe(4)
    bench.batch([
      [hour + 70 * second, 20],
      [2 * hour, 20],
    ])
    expect(bench.detector?.level).toBe(4)
  })
})

describe('student', () => {
  it.each([
    [0.95, 1, 12.7062047],
    [0.95, 4, 2.7764451],
    [0.95, 5, 2.5705818],
    [0.99, 10, 3.1692727],
    [0.95, 64, 1.9977297],
    [0.95, 65, 1.9971379],
    [0.99, 65, 2.6536045],
    [0.95, 1000, 1.9623391],
  ])('at %d with %d degrees of freedom is %d', (confidence, df, t) => {
    expect(studentT(confidence, df)).toBeCloseTo(t, 6)
  })
})

describe('trend', () => {
  const options = {
    over: hour,
    at: { yellow: { value: 0.06, per: hour }, red: { value: 0.07, per: hour } },
    direction: 'either',
    confidence: 0.95,
    clear: 0.8,
    onDelay: 0,
    offDelay: 0,
  }
  // Least squares on irregular times: slope 0.0797408 /h, se 0.0058377 /h, so that at 95 % no less than 0.0635327 /h is proved.
  const rows = [0, 10, 21, 29, 45, 60].map((t, k) => [1.7e12 + t * minute, [0.5, 0.512, 0.531, 0.529, 0.56, 0.58][k] as number] as Row)

  it('counts only the rate that the data prove', () => {
    const bench = set({ detector: [trend, { ...options, over: 2 * hour }], period: 10 * minute })
    expect(levels(bench, rows).at(-1)).toBe(2)
    expect(bench.detector?.evidence().perHour).toBeCloseTo(0.0797408382, 9)
    expect(bench.detector?.evidence().errorPerHour).toBeCloseTo(0.0058377, 7)
  })

  it('sees a falling tilt as well as a rising one, unless told', () => {
    const falling = rows.map(([t, v]) => [t, -(v as number)] as Row)
    expect(levels(set({ detector: [trend, { ...options, over: 2 * hour }], period: 10 * minute }), falling).at(-1)).toBe(2)
    expect(levels(set({ detector: [trend, { ...options, over: 2 * hour, direction: 'rising' }], period: 10 * minute }), falling).at(-1)).toBe(0)
    expect(levels(set({ detector: [trend, { ...options, over: 2 * hour, direction: 'falling' }], period: 10 * minute }), falling).at(-1)).toBe(2)
  })

  it('is unknown while it has too few rows or too little of its window, which is no fault', () => {
    const bench = set({ detector: [trend, { ...options, over: 2 * hour }], period: 10 * minute })
    expect(levels(bench, rows.slice(0, 5))).toEqual(Array(5).fill('unknown'))
    expect(bench.detector?.doubt).toBe('warm-up')
  })

  it('becomes unknown when rows stop', () => {
    const bench = set({ detector: [trend, { ...options, over: 2 * hour }], period: 10 * minute })
    levels(bench, rows)
    const [channel] = bench.machine.channels
    if (!channel) throw new Error('no channel')
    advance(channel, channel.wakeAt)
    expect(bench.detector?.level).toBe('unknown')
    expect(bench.detector?.doubt).toBe('no-data')
  })
})

describe('silence', () => {
  it('is raised on time, without a row, and cleared by one', () => {
    const bench = set({ detector: [silence, { after: 5 * minute, level: 'orange' }], period: minute })
    bench.give([0, 1])
    bench.give([minute, null])
    const [channel] = bench.machine.channels
    if (!channel) throw new Error('no channel')
    expect(channel.wakeAt).toBe(5 * minute)
    advance(channel, millis(5 * minute))
    expect(bench.detector?.level).toBe(3)
    bench.give([6 * minute, 1])
    expect(bench.detector?.level).toBe(0)
  })

  it('tells how long nothing had come when it rose, and nothing while it hears', () => {
    const bench = set({ detector: [silence, { after: 5 * minute, level: 'orange' }], period: minute })
    bench.give([0, 1])
    expect(bench.detector?.evidence()).toEqual({})
    bench.give([6 * minute, null])
    expect(bench.detector?.evidence()).toEqual({ silentMs: 6 * minute })
    expect(bench.detector?.since).toBe(6 * minute)
  })

  it('is refused where it would stand before each row', () => {
    const input = { unit: 'mm', quantity: 'test', counting: null, period: millis(minute) }
    const told = (after: number): number | undefined => silence.doubts?.({ after: millis(after), level: 'blue' }, [input]).length
    expect([0, minute, minute + 1].map(told)).toEqual([1, 1, 0])
  })
})

describe('a share of the set point at which a level clears', () => {
  it.each([
    ['threshold', threshold, 'at: { red: 5 }'],
    ['trend', trend, 'over: 1h\nat: { red: 5/h }'],
    ['rise', rise, 'over: 1min\nfloor: 5\nat: { yellow: 5/min }'],
    ['mann-kendall', mannKendall, 'over: 10d\nat: { red: 5/d }'],
  ])('is not so small that a %s never comes down to it', (_, { options }, text) => {
    expect(check(options as typeof threshold.options, readYaml(`${text}\nclear: 0%`, 'x.yaml'))).toMatchObject({ faults: [{ at: 'clear' }] })
    expect(check(options as typeof threshold.options, readYaml(`${text}\nclear: 10%`, 'x.yaml'))).toHaveProperty('value')
  })
})
