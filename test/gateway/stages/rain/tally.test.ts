import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../../gateway/core/calendar.ts'
import type { Wiring } from '../../../../gateway/core/kind.ts'
import { makeRing, push, type Ring } from '../../../../gateway/core/ring.ts'
import { derivations } from '../../../../gateway/stages/derive/list.ts'
import { amounts, gaugeDoubts, mmOf, outOf, stepMm } from '../../../../gateway/stages/rain/amount.ts'
import { Tally } from '../../../../gateway/stages/rain/tally.ts'
import type { Counting } from '../../../../protocol/counting.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { hour, minute, second, tips, total } from '../gauge.ts'

const { calendar } = makeCalendar(millis(0), { at: millis(0), wall: instant(0), wallQuality: 'synchronised' })
const wiring = (counting: Counting | null, period = minute, unit = 'mm'): Wiring => ({
  inputs: [],
  units: [unit],
  periods: [millis(period)],
  counting: [counting],
  gases: [null],
  calendar,
  window: () => {
    throw new Error('none')
  },
  extremes: () => {
    throw new Error('none')
  },
})

function counted(spans: number[], rows: [time: number, count: number][], counting: Counting = tips, period = minute) {
  const tally = new Tally(wiring(counting, period), spans)
  const ring: Ring = makeRing(128)
  for (const [time, count] of rows) {
    push(ring, time, count, 1, 0)
    tally.intake.take(ring, ring.head - 1)
    tally.settle(time)
  }
  return tally
}

describe('a tally', () => {
  it('keeps every window to its own half-open time, in whole counts', () => {
    const rows = Array.from({ length: 200 }, (_, k): [number, number] => [k * minute, 1 + (k % 5)])
    const spans = [hour, 5 * minute, 24 * hour]
    for (let until = 1; until <= rows.length; until++) {
      const now = rows[until - 1]![0]
      const sums = spans.map((span) => rows.slice(0, until).reduce((sum, [time, count]) => sum + (time > now - span ? count : 0), 0))
      expect([...counted(spans, rows.slice(0, until)).counts]).toEqual(sums)
    }
  })

  it('joins neighbours where there are more counts than it can hold, in no window too early, and loses none', () => {
    // Ten times as many as nine hours of minutes have, and then none for an hour: short windows are past what joins.
    const rows = Array.from({ length: 40_000 }, (_, k): [number, number] => [k * second, 1])
    const tally = counted([9 * hour, hour, 10 * second], [...rows, [40_000 * second + hour, 0], [40_001 * second + hour, 3]])
    expect(tally.counts[2]).toBe(3)
    expect(tally.counts[1]).toBeGreaterThanOrEqual(3)
    expect(tally.counts[1]).toBeLessThan(3 + 60)
    const now = 40_001 * second + hour
    const right = rows.filter(([time]) => time > now - 9 * hour).length + 3
    expect(tally.counts[0]).toBeGreaterThanOrEqual(right)
    expect(tally.counts[0]).toBeLessThan(right + 120)
  })

  it('takes back what a false total brought, of windows that hold it and of those that do not any more', () => {
    const rows: [number, number][] = [100, 100, 150, 101, 102].map((count, k) => [k * minute, count])
    expect([...counted([hour, 90 * second], rows, { ...total, step: 0.2 }).counts]).toEqual([2, 2])
    const alone = counted([hour, 90 * second], rows.slice(0, 4), { ...total, step: 0.2 })
    expect([...alone.counts]).toEqual([50, 50])
  })

  it('takes back a part of an entry that neighbours have joined', () => {
    const tally = new Tally(wiring(total), [minute])
    tally.add(1, 5)
    for (let k = 0; k < 200; k++) tally.add(2 + k, 1)
    tally.begin()
    for (let k = 0; k < 300; k++) tally.add(300 + k, 1)
    tally.undo()
    expect(tally.counts[0]).toBe(205)
    expect(tally.total).toBe(205)
  })

  it('begins anew where what was kept is nothing of the kind', () => {
    const [intake, gaps] = [{ began: 0, last: 0, totals: [1, null, null, null, null] }, []]
    for (const kept of [
      undefined,
      { intake, gaps, entries: 'none', fresh: 0 },
      { intake, gaps, entries: [0, null], fresh: 0 },
      { intake, gaps: null, entries: [0, 1], fresh: 0 },
      { intake, gaps: [null], entries: [0, 1], fresh: 0 },
      { intake, gaps: [{ from: 0, to: null, known: true }], entries: [0, 1], fresh: 0 },
      { intake, gaps: [{ from: 0, to: minute }], entries: [0, 1], fresh: 0 },
      { intake: null, gaps, entries: [0, 1], fresh: 0 },
      { intake: { ...intake, totals: [1] }, gaps, entries: [0, 1], fresh: 0 },
      { intake: { ...intake, last: 'now' }, gaps, entries: [0, 1], fresh: 0 },
    ]) {
      const tally = new Tally(wiring(total), [hour])
      tally.recall(kept)
      expect([tally.counts[0], tally.kept()]).toEqual([0, null])
    }
  })

  it('takes back a false reading of before a restart, of which its window holds nothing any more', () => {
    const first = counted(
      [5 * minute],
      [
        [0, 100],
        [minute, 100],
        [2 * minute, 105],
      ],
      total,
    )
    first.settle(20 * minute)
    const second = new Tally(wiring(total), [5 * minute])
    second.recall(JSON.parse(JSON.stringify(first.kept())))
    const ring = makeRing(128)
    for (const [time, count] of [
      [21 * minute, 100],
      [22 * minute, 100],
      [23 * minute, 103],
    ] as const) {
      push(ring, time, count, 1, 0)
      second.intake.take(ring, ring.head - 1)
      second.settle(time)
    }
    expect(second.counts[0]).toBe(3)
  })

  it('keeps all of itself, gaps too', () => {
    const rows: [number, number][] = [
      [0, 0],
      [minute, 4],
      [30 * minute, 9],
      [31 * minute, 9],
    ]
    const kept = counted([hour], rows, total).kept()
    const next = new Tally(wiring(total), [hour])
    next.recall(JSON.parse(JSON.stringify(kept)))
    expect(next.kept()).toEqual(kept)
    expect(next.doubt(31 * minute - hour, 31 * minute)).not.toBe(0)
  })
})

describe('counts as amounts', () => {
  it.each([
    [0.2, 3, 0.6],
    [0.1, 3, 0.3],
    [0.254, 1000, 254],
    [1 / 3, 3, 1],
  ])('of step %d: %d are %d', (step, count, amount) => {
    expect(amounts(step)(count)).toBe(amount)
  })

  it('are mm of a gauge in inches', () => {
    expect(stepMm(0.01, 'in')).toBe(0.254)
    expect(mmOf(wiring({ ...tips, step: 0.01 }, minute, 'in'))(100)).toBe(25.4)
  })

  it('are of a channel that counts, and written to a ring: all else is a mistake of ours', () => {
    expect(() => mmOf(wiring(null))).toThrow('counts')
    expect(() => outOf(wiring(tips))).toThrow('ring')
  })
})

describe.each(['accumulate', 'intensity', 'decayed', 'soil-water', 'storm'])('%s', (name) => {
  const kind = derivations.find((one) => one.name === name)!
  const told = (counting: Counting | null, unit: string) => kind.unit({ give: 'depth' }, [{ unit, quantity: 'rain', counting } as never])

  it('is made of a gauge in mm or in, and says so of anything else', () => {
    for (const unit of ['mm', 'in']) expect(told(tips, unit)).toMatchObject({ unit: expect.stringMatching(/^(mm|in)/) })
    expect(told(null, 'deg')).toMatch(/needs a (channel that counts|rain gauge)/)
  })
})

describe('what looks at a gauge', () => {
  it.each([
    [tips, 'mm', 0],
    [tips, 'in', 0],
    [tips, 'm3', 1],
    [null, 'mm', 1],
  ])('refuses anything else (%o in %s: %d)', (counting, unit, faults) => {
    expect(gaugeDoubts({ unit, counting } as never)).toHaveLength(faults)
  })

  it('has no doubt about a channel that could not be read', () => {
    expect(gaugeDoubts(undefined)).toEqual([])
  })
})

it('joins neighbours while a shorter window is empty', () => {
  const tally = new Tally(wiring(tips), [hour, second])
  for (let k = 0; k < 256; k++) tally.add(k, 1)
  tally.settle(2 * second)
  for (let k = 0; k < 44; k++) tally.add(2 * second + k, 1)
  expect([...tally.counts]).toEqual([300, 44])
})
