/** What one suspect reading does to a level, and what the second does. */
import { describe, expect, it } from 'vitest'
import { advance, type Channel, take } from '../../../../gateway/core/channel.ts'
import { rainTable } from '../../../../gateway/stages/detect/rain-table.ts'
import { rise } from '../../../../gateway/stages/detect/rise.ts'
import { threshold } from '../../../../gateway/stages/detect/threshold.ts'
import { trend } from '../../../../gateway/stages/detect/trend.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { Quality, reasonCode } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, every, samplesOf, set } from '../bench.ts'

const second = 1000
const minute = 60 * second

const at = { blue: 10, yellow: 20, orange: 30, red: 40 }
const plain = { direction: 'above', at, onDelay: 0, offDelay: 0 }

/** A reading by its mark: `25?` is suspect, `25+` a lower bound, `-` is one that did not come. */
type Reading = string

function give(bench: ReturnType<typeof set>, time: number, reading: Reading): void {
  const suspect = reading.endsWith('?')
  const samples = samplesOf(0, [[time, reading === '-' ? null : Number.parseFloat(reading)]])
  if (suspect) {
    samples.quality[0] = Quality.suspect
    samples.reason[0] = reasonCode('climatology')
  }
  if (reading.endsWith('+')) {
    samples.quality[0] = Quality.unknown
    samples.reason[0] = reasonCode('coverage')
  }
  take(bench.machine.channels[0] as Channel, samples, millis(time))
}

/** The level after each reading, and the level for which a second one is wanted. */
function told(options: object, readings: string, period = second): { levels: unknown[]; wanted: unknown[]; bench: ReturnType<typeof set> } {
  const bench = set({ detector: [threshold, { ...plain, ...options }], period })
  const levels: unknown[] = []
  const wanted: unknown[] = []
  for (const [row, reading] of readings.split(' ').entries()) {
    give(bench, row * second, reading)
    levels.push(bench.detector?.level)
    wanted.push(bench.detector?.unconfirmed)
  }
  return { levels, wanted, bench }
}

describe('a reading that is over range', () => {
  const over = (bench: ReturnType<typeof set>, time: number, value: number): unknown => {
    const samples = samplesOf(0, [[time, value]])
    samples.quality[0] = Quality.suspect
    samples.reason[0] = reasonCode('over-range')
    take(bench.machine.channels[0] as Channel, samples, millis(time))
    return bench.detector?.level
  }

  it('raises to red by itself: gas too rich to measure waits for no second word', () => {
    const bench = set({ detector: [threshold, plain], period: second })
    give(bench, 0, '0')
    expect([over(bench, second, 103), bench.detector?.unconfirmed]).toEqual([4, 0])
    give(bench, 2 * second, '0?')
    expect(bench.detector?.level, 'and is lowered by no suspect one').toBe(4)
  })

  it('does not lower by itself, where less is worse', () => {
    const bench = set({ detector: [threshold, { ...plain, direction: 'below', at: { red: 5 } }], period: second })
    give(bench, 0, '3')
    expect([over(bench, second, 103), over(bench, 2 * second, 103)]).toEqual([4, 0])
  })
})

describe('a suspect reading', () => {
  it.each([
    ['raises to yellow at once, and no further', '0 45?', [0, 2], [0, 4]],
    ['is confirmed by a good one', '0 45? 45', [0, 2, 4], [0, 4, 0]],
    ['is confirmed by another suspect one: two that agree are no accident', '0 45? 45?', [0, 2, 4], [0, 4, 0]],
    ['is confirmed as far as the second one goes', '0 45? 35', [0, 2, 3], [0, 4, 0]],
    ['is confirmed by the next usable one: what did not come is no other word', '0 45? - 45?', [0, 2, 2, 4], [0, 4, 4, 0]],
    ['confirms as well as a good one', '0 35 45? 45', [0, 3, 3, 4], [0, 0, 4, 0]],
    ['is not confirmed by one that does not show it', '0 45? 0 45? 0', [0, 2, 0, 2, 0], [0, 4, 0, 4, 0]],
    ['is confirmed after a lower bound that does not reach it: that denies nothing', '0 45? 5+ 45?', [0, 2, 2, 4], [0, 4, 4, 0]],
    ['does not lower across a lower bound, which is no low reading', '45 0? 5+ 0?', [4, 4, 4, 4], [0, 0, 0, 0]],
    ['begins anew after one that does not show it', '0 45? 5 45', [0, 2, 0, 4], [0, 4, 0, 0]],
    ['keeps no alarm from ever coming, where a channel is always suspect', '0? 45? 45? 45?', ['unknown', 2, 4, 4], [0, 4, 0, 0]],
    ['lowers nothing alone: of a level that is held it is no end', '45 45 0? 45', [4, 4, 4, 4], [0, 0, 0, 0]],
    ['is a level that is held without being asked for again', '45 45?', [4, 4], [0, 0]],
    ['lowers with the second', '45 0? 0?', [4, 4, 0], [0, 0, 0]],
    ['and a good one that stays low lower', '45 0? 0', [4, 4, 0], [0, 0, 0]],
    ['does not lower with one that did not come, but with the next that does', '45 0? - 0?', [4, 4, 4, 0], [0, 0, 0, 0]],
    ['lowers nothing where the next one is within the dead band', '45 0? 40 0?', [4, 4, 4, 4], [0, 0, 0, 0]],
  ])('%s: %s', (_, readings, levels, wanted) => {
    const seen = told({}, readings)
    expect(seen.levels).toEqual(levels)
    expect(seen.wanted).toEqual(wanted)
  })

  it.each([
    ['raised', '0 45?', '45?', 4],
    ['not raised', '0 45?', '0', 0],
    ['lowered', '45 0?', '0?', 0],
    ['not lowered', '45 0?', '45', 4],
  ])('has its second one even after a silence, and a level is %s by it: %s, silence, %s', (_, before, after, level) => {
    const { bench } = told({}, before)
    advance(bench.machine.channels[0] as Channel, millis(minute))
    expect(bench.detector?.level).toBe('unknown')
    give(bench, minute, after)
    expect(bench.detector?.level).toBe(level)
  })

  it('has no on-delay run on over a silence', () => {
    const { bench } = told({ at: { red: 40 }, onDelay: 2 * second }, '0 45?')
    advance(bench.machine.channels[0] as Channel, millis(minute))
    give(bench, minute, '45?')
    expect(bench.detector?.level).toBe(0)
    for (const k of [1, 2]) give(bench, minute + k * second, '45?')
    expect(bench.detector?.level).toBe(4)
  })

  it('is not confirmed by time alone, nor does it keep the station awake', () => {
    const bench = set({ detector: [threshold, { ...plain, onDelay: 2 * second }], period: minute })
    const channel = bench.machine.channels[0] as Channel
    give(bench, 0, '45?')
    expect(channel.wakeAt).toBe(2 * second)
    advance(channel, millis(2 * second))
    expect([bench.detector?.level, bench.detector?.unconfirmed]).toEqual([2, 4])
    expect(channel.wakeAt).toBe(3 * minute + 1)
    give(bench, minute, '45')
    expect(bench.detector?.level).toBe(4)
  })

  it('counts the on-delay from the first of the two', () => {
    expect(told({ onDelay: 2 * second }, '0 45? 45? 45?').levels).toEqual([0, 0, 0, 4])
  })

  it('is judged alike where less is worse', () => {
    expect(told({ direction: 'below', at: { yellow: 20, red: 10 } }, '30 5? 5?').levels).toEqual([0, 2, 4])
  })
})

describe('the first reading of all, where it is suspect', () => {
  const unknown = 'unknown'
  const red = { at: { red: 40 } }
  it.each([
    ['tells of no rest', '0?', {}, [unknown], [0]],
    ['is believed with a good one', '0? 0', {}, [unknown, 0], [0, 0]],
    ['is believed with another suspect one, for good', '0? 0? 0? 0?', {}, [unknown, 0, 0, 0], [0, 0, 0, 0]],
    ['is believed with one that comes late', '0? - - 0?', {}, [unknown, unknown, unknown, 0], [0, 0, 0, 0]],
    ['is not believed with a lower bound, which denies nothing', '0? 5+ 0?', {}, [unknown, unknown, 0], [0, 0, 0]],
    ['is of no weight where the second one says more', '0? 45', {}, [unknown, 4], [0, 0]],
    ['raises, and denies nothing above that', '25?', {}, [2], [4]],
    ['denies what is above with another', '25? 25?', {}, [2, 2], [4, 0]],
    ['denies it with a good one', '25? 0', {}, [2, 0], [4, 0]],
    ['has what is above denied by no lower bound', '25? 5+ 25?', {}, [2, 2, 2], [4, 4, 0]],
    ['has what it reached denied by the second', '45? 0? 0?', {}, [2, 2, 0], [4, 0, 0]],
    ['is no rest where it waits to be confirmed', '45?', red, [unknown], [4]],
    ['is raised by the second one', '45? 45?', red, [unknown, 4], [4, 0]],
    ['is rest by the second one', '45? 0?', red, [unknown, 0], [4, 0]],
    ['is rest by one that is good', '45? 0', red, [unknown, 0], [4, 0]],
    ['lies in the dead band, and tells of no rest either', '38? 38?', { ...red, deadband: 5 }, [unknown, 0], [0, 0]],
    ['says nothing of an on-delay that it has begun', '25? 25?', { onDelay: 5 * second }, [unknown, 0], [0, 0]],
  ])('%s: %s', (_, readings, options, levels, wanted) => {
    const seen = told(options, readings)
    expect(seen.levels).toEqual(levels)
    expect(seen.wanted).toEqual(wanted)
  })

  it.each([
    ['0?', 'warm-up'],
    ['0? 0?', 'none'],
    ['25?', 'none'],
  ])('is no fault: %s', (readings, doubt) => {
    expect(told({}, readings).bench.detector?.doubt).toBe(doubt)
  })

  it('has its second one even after a silence', () => {
    const { bench } = told({}, '0?')
    advance(bench.machine.channels[0] as Channel, millis(minute))
    expect([bench.detector?.level, bench.detector?.doubt]).toEqual([unknown, 'no-data'])
    give(bench, minute, '0?')
    expect(bench.detector?.level).toBe(0)
  })

  it('is no more than that after a silence from the start', () => {
    const bench = set({ detector: [threshold, plain], period: second })
    advance(bench.machine.channels[0] as Channel, millis(0))
    advance(bench.machine.channels[0] as Channel, millis(minute))
    give(bench, minute, '0?')
    expect([bench.detector?.level, bench.detector?.doubt]).toEqual([unknown, 'warm-up'])
  })

  it('raises when its on-delay is over, though no second one comes', () => {
    const { bench } = told({ onDelay: 2 * second }, '25?', minute)
    advance(bench.machine.channels[0] as Channel, millis(2 * second))
    expect([bench.detector?.level, bench.detector?.doubt, bench.detector?.unconfirmed]).toEqual([2, 'none', 4])
  })

  it('tells of no rest where less is worse and it is over range', () => {
    const bench = set({ detector: [threshold, { ...plain, direction: 'below', at: { red: 5 } }], period: second })
    const levels = [0, 1].map((k) => {
      const samples = samplesOf(0, [[k * second, 103]])
      samples.quality[0] = Quality.suspect
      samples.reason[0] = reasonCode('over-range')
      take(bench.machine.channels[0] as Channel, samples, millis(k * second))
      return bench.detector?.level
    })
    expect(levels).toEqual([unknown, 0])
  })

  it.each<[string, Bench['detector']]>([
    [
      'trend',
      [trend, { over: 10 * second, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0, at: { red: { value: 1, per: second } } }],
    ],
    ['rise', [rise, { over: 10 * second, at: { red: { value: 1, per: second } }, floor: 0, settle: 0, clear: 0.8 }]],
  ])('of those by which a %s tells anything is as one of its own', (_, detector) => {
    const levelsOf = (mark: string): unknown[] => {
      const bench = set({ detector: detector as NonNullable<Bench['detector']>, period: second })
      return Array.from({ length: 12 }, (_, row) => {
        give(bench, row * second, `${(row % 2) * 0.01}${mark}`)
        return bench.detector?.level
      })
    }
    const told = levelsOf('').indexOf(0)
    expect(told).toBeGreaterThan(3)
    expect(levelsOf('?').indexOf(0)).toBe(told + 1)
  })
})

describe('a level that nothing has denied since the start', () => {
  const delayed = { onDelay: 5 * second }
  it.each<[string, string, object, unknown[], unknown[]]>([
    ['is one whose first on-delay runs', '45 45', delayed, [0, 0], [4, 4]],
    ['is none of those above what a good one reaches', '25 25', delayed, [0, 0], [2, 2]],
    ['is denied by a good one below', '45 0 45', delayed, [0, 0, 0], [4, 0, 0]],
    ['is denied by no suspect one alone, once it was reached', '45 0? 0?', delayed, [0, 0, 0], [4, 4, 0]],
    ['was reached by two suspect ones that agree, and is not denied by a third alone', '45? 45? 0? 0?', delayed, ['unknown', 0, 0, 0], [4, 4, 4, 0]],
    ['is denied, above yellow, by the second of two suspect ones that do not agree', '45? 0? 0?', delayed, ['unknown', 0, 0], [4, 2, 0]],
    ['is open as long as there is but one reading, and that suspect', '0?', {}, ['unknown'], [4]],
    ['is denied by none that did not come', '45 - -', delayed, [0, 0, 0], [4, 4, 4]],
    ['is one above a lower bound', '25+ 25+', {}, [2, 2], [4, 4]],
    ['is denied by a value after that', '25+ 5', {}, [2, 0], [4, 0]],
    ['is none above a lower bound that a value has denied before', '5 25+', {}, [0, 2], [0, 0]],
    ['is one that a lower bound has reached, while its on-delay runs', '45+', delayed, ['unknown'], [4]],
    ['is none once it is raised, nor when it is lowered', '45 0', {}, [4, 0], [0, 0]],
  ])('%s: %s', (_, readings, options, levels, undenied) => {
    const bench = set({ detector: [threshold, { ...plain, ...options }], period: second })
    const seen = readings.split(' ').map((reading, row) => {
      give(bench, row * second, reading)
      return [bench.detector?.level, bench.detector?.undenied]
    })
    expect(seen).toEqual(levels.map((level, row) => [level, undenied[row]]))
  })

  it('is raised by time alone, and then no longer open', () => {
    const bench = set({ detector: [threshold, { ...plain, ...delayed }], period: minute })
    give(bench, 0, '45')
    advance(bench.machine.channels[0] as Channel, millis(5 * second))
    expect([bench.detector?.level, bench.detector?.undenied]).toEqual([4, 0])
  })

  it('is open still after a silence in its first on-delay', () => {
    const bench = set({ detector: [threshold, { ...plain, ...delayed }], period: second })
    give(bench, 0, '45')
    advance(bench.machine.channels[0] as Channel, millis(minute))
    give(bench, minute, '45')
    expect([bench.detector?.level, bench.detector?.undenied]).toEqual([0, 4])
  })

  it('is, of rain, one above the sum of a window that reaches back beyond the start, until that has filled', () => {
    const at = { yellow: [{ over: 10 * minute, mm: 2 }], red: [{ over: 10 * minute, mm: 20 }] }
    const bench = set({
      detector: [rainTable, { ruleset: 'site', at, clear: 0.8 }],
      counting: { kind: 'increment', step: 0.2, wrap: null },
      period: minute,
    })
    const seen = Array.from({ length: 14 }, (_, k) => {
      give(bench, k * minute, k === 2 ? '10' : '0')
      return [bench.detector?.level, bench.detector?.undenied]
    })
    const filled = seen.findIndex(([, undenied]) => undenied === 0)
    expect(filled).toBeGreaterThanOrEqual(8)
    expect(seen.slice(0, filled)).toEqual([['unknown', 4], ['unknown', 4], ...Array(filled - 2).fill([2, 4])])
    expect(seen[filled]).toEqual([2, 0])
  })
})

describe('the newest reading of a window', () => {
  const trends = { over: 10 * second, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }
  const steep = { yellow: { value: 0.1, per: second }, red: { value: 0.5, per: second } }
  it.each<[string, Bench['detector']]>([
    ['trend', [trend, { ...trends, at: steep }]],
    ['rise', [rise, { over: 10 * second, at: steep, floor: 0, settle: 0, clear: 0.8 }]],
  ])('speaks for it: a %s that a suspect one has made red is red with the next', (_, detector) => {
    const bench = set({ detector: detector as NonNullable<Bench['detector']>, period: second })
    const climbing = Array.from({ length: 12 }, (_, row) => `${row * 0.01}`)
    for (const [row, reading] of [...climbing, ...Array.from({ length: 9 }, (_, k) => `${0.12 + k}`)].entries()) give(bench, row * second, reading)
    expect(bench.detector?.level).toBe(4)
    const doubted = set({ detector: detector as NonNullable<Bench['detector']>, period: second })
    const levels: unknown[] = []
    for (const [row, reading] of [...climbing, ...Array.from({ length: 9 }, (_, k) => `${0.12 + k}?`)].entries()) {
      give(doubted, row * second, reading)
      levels.push(doubted.detector?.level)
    }
    expect(levels.at(-1)).toBe(4)
    expect(levels).toContain(2)
  })
})

describe('a value that stands out', () => {
  const bench = () => set({ quality: [[spike, { suspect: 2, fail: 4, method: 'differential' }]], detector: [threshold, plain], period: second })
  it.each([
    ['raises no more than yellow where it was a spike', [0, 0, 45, 0, 0], [0, 0, 2, 0, 0]],
    ['is red with the second reading where it was a step', [0, 0, 45, 45], [0, 0, 2, 4]],
    ['is red with the second reading where it goes on rising', [0, 0, 45, 90], [0, 0, 2, 4]],
    ['takes no alarm down where it was a spike', [45, 45, 0, 45], [4, 4, 4, 4]],
  ])('%s', (_, values, levels) => {
    const made = bench()
    const seen = every(second, values).map((row) => {
      made.give(row)
      return made.detector?.level
    })
    expect(seen).toEqual(levels)
  })
})

describe('an on-delay', () => {
  const delayed = { at: { red: 25 }, onDelay: 4 * second }
  it.each([
    ['runs while readings come', '0 30 30 30 30 30', [0, 0, 0, 0, 0, 4]],
    ['stands still while they do not, and goes on where it stood', '0 30 30 - - 30 30 30', [0, 0, 0, 0, 0, 0, 0, 4]],
    ['ends with a reading that does not exceed', '0 30 30 - 20 30 30 30', [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('%s: %s', (_, readings, levels) => {
    expect(told(delayed, readings, 2 * second).levels).toEqual(levels)
  })

  it('that stands still wakes nobody but for the loss of the data', () => {
    const { bench } = told(delayed, '0 30 -')
    const channel = bench.machine.channels[0] as Channel
    expect(channel.wakeAt).toBe(second + 3 * second + 1)
    advance(channel, millis(5 * second))
    expect(bench.detector?.level).toBe('unknown')
  })
})
