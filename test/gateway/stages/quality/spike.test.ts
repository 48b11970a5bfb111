/** Vectors: ioos_qc's own. Where ioos_qc says "not evaluated" (2), our row keeps the flag that it came with (1): good beats not evaluated. */
import { describe, expect, it } from 'vitest'
import { threshold } from '../../../../gateway/stages/detect/threshold.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { every, set } from '../bench.ts'
import { doubtsOf, flagsEvery, flagsOneByOne, second } from './flagged.ts'

const evaluated = (flags: number[]): number[] => flags.map((flag) => (flag === 2 ? 1 : flag))

const glitch = [10, 12, 999.99, 13, 15, 40, 9, 9]
const broken = [...glitch, null, 10, 10, 999.99, 10, null]
const small = [3, 4.99, 5, 6, 8, 6, 6, 6.75, 6, 6, 5.3, 6, 6, 9, 5, null, 4, 4]
const step = [0, 0, 0, 10, 10, 10]

describe('spike', () => {
  it.each([
    ['average', 25, 50, glitch, [2, 4, 4, 4, 1, 3, 1, 2]],
    ['average', 25, 50, broken, [2, 4, 4, 4, 1, 3, 1, 2, 9, 2, 4, 4, 2, 9]],
    ['average', 0.5, 1, small, [2, 3, 1, 1, 4, 3, 1, 3, 1, 1, 3, 1, 4, 4, 2, 9, 2, 2]],
    ['differential', 0.5, 1, small, [2, 1, 1, 1, 4, 1, 1, 3, 1, 1, 3, 1, 1, 4, 2, 9, 2, 2]],
    ['average', 2, 4, step, [2, 1, 4, 4, 1, 2]],
    ['differential', 2, 4, step, [2, 1, 1, 1, 1, 2]],
  ] as const)('by %s at %d and %d gives the flags of ioos_qc over %j', (method, suspect, fail, values, flags) => {
    expect(flagsEvery(spike, { suspect, fail, method }, second, [...values])).toEqual(evaluated([...flags]))
    expect(flagsOneByOne(spike, { suspect, fail, method }, every(second, [...values]), { period: second })).toEqual(evaluated([...flags]))
  })

  it('is no verdict that an alarm waits for: the newest value is judged as it came', () => {
    const bench = set({
      quality: [[spike, { suspect: 2, fail: 4, method: 'differential' }]],
      detector: [threshold, { direction: 'above', at: { red: 20 }, onDelay: 0, offDelay: 0 }],
      period: second,
    })
    for (const row of every(second, [0, 0, 25])) bench.give(row)
    expect(bench.detector?.level).toBe(4)
    expect(bench.flags()).toEqual([1, 1, 1])
  })

  it('passes two readings that agree with each other, however far they stand from those before and after', () => {
    expect(flagsEvery(spike, { suspect: 2, fail: 4, method: 'differential' }, second, [0, 0, 25, 26, 0, 0])).toEqual([1, 1, 1, 1, 1, 1])
    expect(flagsEvery(spike, { suspect: 2, fail: 4, method: 'differential' }, second, [0, 0, 25, 0, 0, 0])).toEqual([1, 1, 4, 1, 1, 1])
  })

  it('refuses to fail before it suspects, and to test nothing', () => {
    expect(doubtsOf(spike, { suspect: 2, fail: 1, method: 'average' })).toEqual(['fail: a value fails before it is suspect'])
    expect(doubtsOf(spike, { method: 'average' })).toEqual([': this tests nothing'])
    expect(flagsEvery(spike, { method: 'average' }, second, glitch)).toEqual(glitch.map(() => 1))
  })
})
