/** Vectors: ioos_qc's own (QARTOD manuals), where our test asks the same question; times as given there. */
import { describe, expect, it } from 'vitest'
import { flat } from '../../../gateway/stages/quality/flat.ts'
import { gap } from '../../../gateway/stages/quality/gap.ts'
import { range } from '../../../gateway/stages/quality/range.ts'
import { rate } from '../../../gateway/stages/quality/rate.ts'
import { spike } from '../../../gateway/stages/quality/spike.ts'
import { every, set } from './bench.ts'

const minutes = 60_000

function flags(kind: Parameters<typeof set>[0]['quality'], period: number, values: (number | null)[]): number[] {
  const bench = set({ quality: kind ?? [], period })
  bench.batch(every(period, values))
  return bench.flags()
}

describe('range', () => {
  it('fails outside the instrument, suspects outside the place, passes both ends, leaves missing values alone', () => {
    expect(flags([[range, { sensor: [10, 50], place: [20, 40] }]], 1000, [5, 10, 15, 20, 25, 30, 35, 40, 45, 51, null])).toEqual([
      4, 3, 3, 1, 1, 1, 1, 1, 3, 4, 9,
    ])
  })
})

describe('spike', () => {
  it('judges the value before the newest by its height over both neighbours', () => {
    expect(flags([[spike, { suspect: 25, fail: 50, method: 'average' }]], 1000, [10, 12, 999.99, 13, 15, 40, 9, 9])).toEqual([1, 4, 4, 4, 1, 3, 1, 1])
    const differential = [3, 4.99, 5, 6, 8, 6, 6, 6.75, 6, 6, 5.3, 6, 6, 9, 5, null, 4, 4]
    expect(flags([[spike, { suspect: 0.5, fail: 1, method: 'differential' }]], 1000, differential)).toEqual([
      1, 1, 1, 1, 4, 1, 1, 3, 1, 1, 3, 1, 1, 4, 1, 9, 1, 1,
    ])
  })

  it('does not call a step a spike', () => {
    expect(flags([[spike, { suspect: 2, fail: 4, method: 'differential' }]], 1000, [0, 0, 0, 10, 10, 10])).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('gives the same flags row by row as in one batch', () => {
    const values = [10, 12, 999.99, 13, 15, 40, 9, 9]
    const bench = set({ quality: [[spike, { suspect: 25, fail: 50, method: 'differential' }]], period: 1000 })
    for (const row of every(1000, values)) bench.give(row)
    expect(bench.flags()).toEqual(flags([[spike, { suspect: 25, fail: 50, method: 'differential' }]], 1000, values))
  })
})

describe('rate', () => {
  it('compares with the last usable value and says nothing after a gap', () => {
    const values = [2, 10, 2.1, 3, 4, 5, 7, 10, 0, 2, 2.2, 2, 1, 2, 3, 90, 91, 92, 93, 1, 2, 3, 4, 5]
    const kind: [typeof rate, unknown][] = [[rate, { suspect: { value: 5, per: 15 * minutes }, fail: { value: 10, per: 15 * minutes } }]]
    // A failed value is no value to compare with: where ioos_qc compares the fourth with the third, so do we; after 90 failed, ours compares 91 with 3.
    expect(flags(kind, 15 * minutes, values).slice(0, 15)).toEqual([1, 3, 3, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1])
    const bench = set({ quality: kind, period: 15 * minutes })
    bench.batch([
      [0, 1],
      [60 * minutes, 100],
    ])
    expect(bench.flags()).toEqual([1, 1])
  })
})

describe('flat', () => {
  it('finds a frozen value at tolerance 0, by time', () => {
    const bench = set({ quality: [[flat, { suspect: 3 * minutes, fail: 5 * minutes, tolerance: 0 }]], period: minutes })
    bench.batch(every(minutes, [1, 2, 2, 2, 2, 2, 2, 2, 3, 3]))
    expect(bench.flags()).toEqual([1, 1, 1, 1, 3, 3, 4, 4, 1, 1])
  })

  it('takes a tolerance, goes on while the value stays within it, and ends when it moves', () => {
    const bench = set({ quality: [[flat, { fail: 2 * minutes, tolerance: 0.1 }]], period: minutes })
    bench.batch(every(minutes, [1, 1.05, 0.98, 1.02, 1.04, 2, 2.01, 2.02]))
    expect(bench.flags()).toEqual([1, 1, 4, 4, 4, 1, 1, 4])
  })

  it('does not count a stretch that is broken by a gap', () => {
    const bench = set({ quality: [[flat, { fail: 3 * minutes, tolerance: 0 }]], period: minutes })
    bench.batch([
      [0, 5],
      [minutes, 5],
      [2 * minutes, 5],
      [60 * minutes, 5],
      [61 * minutes, 5],
    ])
    expect(bench.flags()).toEqual([1, 1, 1, 1, 1])
  })
})

describe('gap', () => {
  it('suspects the first value after a silence', () => {
    const bench = set({ quality: [[gap, { after: 10 * minutes }]], period: minutes })
    bench.batch([
      [0, 1],
      [minutes, 1],
      [20 * minutes, 1],
      [21 * minutes, 1],
    ])
    expect(bench.flags()).toEqual([1, 1, 3, 1])
  })
})
