import { describe, expect, it } from 'vitest'
import { rainTable } from '../../../../gateway/stages/detect/rain-table.ts'
import { rulesets } from '../../../../gateway/stages/rain/rulesets.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, type Row, set } from '../bench.ts'
import { hour, increments, levelsOf, minute, tips, total } from '../gauge.ts'

const bench = (options: object): Bench => ({ detector: [rainTable, { clear: 0.8, ...options }], counting: tips, period: 10 * minute })

/** Twenty-five dry hours, then rain so that these sums (mm, by hours) stand at the end: so much within the last, so much before. */
function sums(byHours: Record<number, number>): Row[] {
  const end = 26 * hour
  const counts: Record<number, number> = {}
  let held = 0
  for (const [hours, mm] of Object.entries(byHours)) {
    // Half a window back, so that it lies within its own and outside of the next shorter one.
    const at = end - (Number(hours) * hour - 10 * minute)
    const more = Math.round((mm - held) / 0.2)
    counts[at] = more
    held = mm
  }
  return increments(10 * minute, end, counts)
}
const levelAt = (options: object, byHours: Record<number, number>) => levelsOf(bench(options), sums(byHours)).levels.at(-1)

describe('rainstorm signals', () => {
  it.each([
    [{ 3: 49.8, 6: 50, 12: 50 }, 2, 0],
    [{ 3: 50, 6: 50, 12: 50 }, 3, 3],
    [{ 3: 100 }, 4, 4],
    [{ 6: 49.8, 12: 50 }, 1, 0],
    [{ 3: 49.8, 6: 49.8, 12: 49.8 }, 0, 0],
  ])('after %o mm within hours are %d by CN-2007, %d by GD-2006', (byHours, national, guangdong) => {
    expect(levelAt({ ruleset: 'CN-2007' }, byHours)).toBe(national)
    expect(levelAt({ ruleset: 'GD-2006' }, byHours)).toBe(guangdong)
  })
})

describe('the table of a county', () => {
  it.each([
    [{ 1: 44, 3: 76, 6: 80, 24: 90 }, 2, 3],
    [{ 1: 35, 3: 40, 6: 50, 24: 60 }, 1, 1],
    [{ 1: 79.8, 3: 119.8, 6: 149.8, 24: 200 }, 4, 24],
    [{ 1: 34.8, 3: 54.8, 6: 69.8, 24: 99.8 }, 0, 1],
  ])('gives %o level %d', (byHours, level, hours) => {
    const { levels, detector } = levelsOf(bench({ ruleset: 'jianghua' }), sums(byHours))
    expect(levels.at(-1)).toBe(level)
    if (level > 0) expect(detector?.evidence().hours).toBe(hours)
  })
})

describe('rolling rain over natural terrain', () => {
  it.each([
    [{ 1: 75 }, 4],
    [{ 1: 74.8, 2: 89.8, 4: 99.8, 6: 119.8, 8: 149.8, 12: 179.8, 24: 199.8 }, 0],
    [{ 8: 100, 12: 180 }, 4],
  ])('after %o is at level %d', (byHours, level) => {
    expect(levelAt({ ruleset: 'hong-kong-natural-terrain' }, byHours)).toBe(level)
  })
})

describe('a rain table', () => {
  const site = { ruleset: 'site', at: { yellow: [{ over: hour, mm: 20 }], red: [{ over: hour, mm: 40 }] } }

  it('says by what rule', () => {
    const { detector } = levelsOf(bench(site), increments(10 * minute, 3 * hour, { [3 * hour]: 105 }))
    expect(detector?.evidence()).toEqual({ mm: 21, thresholdMm: 20, hours: 1, ratio: 1.05 })
  })

  it('reads a gauge of hundredths of an inch in mm', () => {
    const inches: Bench = { ...bench(site), counting: { ...tips, step: 0.01 }, unit: 'in' }
    const at = (count: number) => levelsOf(inches, increments(10 * minute, 3 * hour, { [3 * hour]: count })).detector
    expect(at(79)?.evidence().mm).toBe(20.066)
    expect([at(78)?.level, at(79)?.level]).toEqual([0, 2])
  })

  it('clears by time, below its dead band, since rain grows old', () => {
    const { levels } = levelsOf(bench(site), increments(10 * minute, 4 * hour, { [2 * hour]: 30, [2 * hour + 30 * minute]: 75 }))
    const at = (minutes: number) => levels[minutes / 10]
    expect([at(140), at(150), at(170), at(180), at(200), at(210)]).toEqual([0, 2, 2, 0, 0, 0])
    const held = levelsOf(bench(site), increments(10 * minute, 4 * hour, { [2 * hour]: 30, [2 * hour + 30 * minute]: 81 }))
    expect([held.levels[18], held.levels[20], held.levels[21]]).toEqual([2, 2, 0])
  })

  it('is unknown until its longest window is filled, but exceeds what it exceeds at once', () => {
    const { levels, detector } = levelsOf(bench({ ruleset: 'CN-2007' }), increments(10 * minute, 11 * hour, { [hour]: 250 }))
    expect(levels[5]).toBe('unknown')
    expect(levels[6]).toBe(3)
    // Three hours later only the longer windows hold the rain; the last colour that is proved stands.
    expect(levels[6 * 4]).toBe(3)
    expect(levels.at(-1)).toBe(1)
    expect(detector?.doubt).toBe('none')
  })

  it('keeps its level over a gap, and tells that it does not know where nothing is exceeded', () => {
    const gauge = { ...bench(site), counting: total }
    const dry: Row[] = Array.from({ length: 30 }, (_, k) => [k * 10 * minute, 100])
    const wet: Row[] = [...dry, [300 * minute, 220], [310 * minute, null], [320 * minute, null], [330 * minute, 60_000], [350 * minute, 60_050]]
    const { levels } = levelsOf(gauge, wet)
    expect(levels.slice(-5)).toEqual([2, 2, 2, 2, 2])
    const { levels: lost, detector } = levelsOf(gauge, [...dry, [500 * minute, 3], [510 * minute, 3]])
    expect(lost.at(-1)).toBe('unknown')
    expect(detector?.doubt).toBe('coverage')
  })

  it('is unknown while the gauge is silent', () => {
    const { levels, detector } = levelsOf(bench(site), [...increments(10 * minute, 5 * hour), [6 * hour, null]])
    expect(levels.at(-1)).toBe('unknown')
    expect(detector?.doubt).toBe('no-data')
  })

  it('outlives the process: what fell before still counts', () => {
    const first = set({ ...bench(site), counting: total })
    for (const [time, count] of increments(10 * minute, 3 * hour, { [3 * hour]: 90 })) first.give([time, 1000 + (count ?? 0)])
    const second = set({ ...bench(site), counting: total })
    second.detector?.recall?.(JSON.parse(JSON.stringify(first.detector?.kept?.())))
    second.give([3 * hour + 10 * minute, 1100])
    expect(second.detector?.evidence().mm).toBe(20)
    expect(second.detector?.level).toBe(2)
  })

  it.each([
    ['no rules', { ruleset: 'site' }, /no rules/],
    ['rules of its own beside a named set', { ruleset: 'CN-2007', at: site.at }, /has its own rules/],
    ['red before yellow', { ruleset: 'site', at: { yellow: [{ over: hour, mm: 20 }], red: [{ over: hour, mm: 10 }] } }, /red would come before yellow/],
    [
      'red over longer than yellow for less',
      { ruleset: 'site', at: { yellow: [{ over: hour, mm: 20 }], red: [{ over: 3 * hour, mm: 15 }] } },
      /red would come before/,
    ],
  ])('refuses %s', (_, options, what) => {
    const told = rainTable.doubts?.({ clear: 0.8, ...options } as never, [{ unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }])
    expect(told).toEqual([expect.objectContaining({ what: expect.stringMatching(what) })])
  })

  it('refuses a channel that does not count', () => {
    expect(rainTable.doubts?.({ clear: 0.8, ruleset: 'CN-2007' }, [{ unit: 'mm', quantity: 'rain', counting: null, period: millis(minute) }])).toHaveLength(1)
  })

  it('takes rules of a higher colour for other times', () => {
    const at = {
      yellow: [{ over: hour, mm: 30 }],
      red: [
        { over: hour, mm: 60 },
        { over: 3 * hour, mm: 90 },
        { over: 10 * minute, mm: 25 },
      ],
    }
    expect(
      rainTable.doubts?.({ clear: 0.8, ruleset: 'site', at } as never, [{ unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }]),
    ).toEqual([])
  })

  it('has named sets that stand the same test', () => {
    for (const at of Object.values(rulesets))
      expect(rainTable.doubts?.({ clear: 0.8, ruleset: 'site', at }, [{ unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }])).toEqual([])
  })
})
