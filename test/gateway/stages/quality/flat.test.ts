import { describe, expect, it } from 'vitest'
import { flat } from '../../../../gateway/stages/quality/flat.ts'
import { millis } from '../../../../protocol/time.ts'
import { every } from '../bench.ts'
import { doubtsOf, flagsEvery, flagsOf, flagsOneByOne, minute, second } from './flagged.ts'

describe('flat', () => {
  it.each([
    // ioos_qc writes 3000 s and 4800 s, and counts int(3000/900) = 3 and 5 steps: 2700 s and 4500 s are the times that it tests.
    [15 * minute, 2700, 4500, 0.01, [1, 2, 2.0001, 2, 2.0001, 2, 2.0001, 2, 4, 5, 3, 3.0001, 3.0005, 3.00001], [1, 1, 1, 1, 3, 3, 4, 4, 1, 1, 1, 1, 1, 3]],
    [second, 3, 5, 0.1, [5, 5, 5, 5, 5, 5], [1, 1, 1, 3, 3, 4]],
    [second, 3, 6, 4, [1, 1, 1, 1, 1, 6, 5, 4, 3, 2], [1, 1, 1, 3, 3, 1, 1, 1, 3, 3]],
  ])('every %d ms, %d and %d s, tolerance %d: gives the flags of ioos_qc over %j', (period, suspect, fail, tolerance, values, flags) => {
    expect(flagsEvery(flat, { suspect: suspect * second, fail: fail * second, tolerance }, period, values)).toEqual(flags)
  })

  it('finds a frozen value at tolerance 0, by time, which ioos_qc passes for ever', () => {
    const options = { suspect: 3 * minute, fail: 5 * minute, tolerance: 0 }
    expect(flagsEvery(flat, options, minute, [1, 2, 2, 2, 2, 2, 2, 2, 3, 3])).toEqual([1, 1, 1, 1, 3, 3, 4, 4, 1, 1])
  })

  it('does not count a stretch that is broken by a gap, where ioos_qc counts rows across two hours', () => {
    const rows = [0, 60, 120, 180, 7200, 7260, 7320].map((time): [number, number] => [time * second, 5])
    expect(flagsOf(flat, { suspect: 180 * second, fail: 300 * second, tolerance: 0 }, rows, { period: minute })).toEqual([1, 1, 1, 3, 1, 1, 1])
  })

  it('goes on over three periods without a row, and begins anew after any longer time', () => {
    const rows = (gap: number): [number, number][] => [0, 1, 1 + gap, 2 + gap, 3 + gap].map((time) => [time * second, 5])
    expect(flagsOf(flat, { suspect: 4 * second, tolerance: 0 }, rows(3), { period: second })).toEqual([1, 1, 3, 3, 3])
    expect(flagsOf(flat, { suspect: 4 * second, tolerance: 0 }, rows(3.001), { period: second })).toEqual([1, 1, 1, 1, 1])
  })

  it('goes on failing a value that stays frozen, long after its window holds nothing but failed rows', () => {
    const frozen = every(second, Array<number>(40).fill(5))
    expect(flagsOneByOne(flat, { suspect: 2 * second, fail: 3 * second, tolerance: 0 }, frozen, { period: second })).toEqual([
      ...[1, 1, 3],
      ...Array<number>(37).fill(4),
    ])
  })

  it('goes on past a reading that did not come', () => {
    expect(flagsEvery(flat, { fail: 3 * second, tolerance: 0 }, second, [5, 5, null, 5, 5])).toEqual([1, 1, 9, 4, 4])
  })

  it('takes a tolerance, goes on while the value stays within it, and ends when it moves', () => {
    const rows = every(minute, [1, 1.05, 0.98, 1.02, 1.04, 2, 2.01, 2.02])
    expect(flagsOf(flat, { fail: 2 * minute, tolerance: 0.1 }, rows, { period: minute })).toEqual([1, 1, 4, 4, 4, 1, 1, 4])
  })

  it('asks for as much of the past as its longer time, and refuses to fail before it suspects', () => {
    expect(flat.reach?.({ suspect: millis(minute), fail: millis(2 * minute), tolerance: 0 })).toBe(2 * minute)
    expect(flat.reach?.({ suspect: millis(minute), tolerance: 0 })).toBe(minute)
    expect(flat.reach?.({ fail: millis(minute), tolerance: 0 })).toBe(minute)
    expect(doubtsOf(flat, { suspect: 2 * minute, fail: minute })).toEqual(['fail: a value fails before it is suspect'])
    expect(flagsEvery(flat, { suspect: minute, tolerance: 0 }, minute, [1, 1, 1])).toEqual([1, 3, 3])
  })
})
