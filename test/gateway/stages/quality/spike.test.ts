/** Vectors: ioos_qc's own. Where ioos_qc says "not evaluated" (2), our row keeps the flag that it came with (1): good beats not evaluated. */
import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import { rate } from '../../../../gateway/stages/quality/rate.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { reasonCode, reasonName } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { every, samplesOf, set } from '../bench.ts'
import { doubtsOf, flagsEvery, flagsOneByOne, second, verdicts } from './flagged.ts'

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

  it.each([
    ['a spike', [0, 0, 25, 0], [1, 1, 4, 1]],
    ['a step', [0, 0, 25, 25], [1, 1, 1, 1]],
    ['a slope', [0, 5, 10, 15], [1, 1, 1, 3]],
    ['a spike whose next neighbour does not come', [0, 0, 25, null], [1, 1, 1, 9]],
    ['a value after one that did not come', [0, 0, null, 25], [1, 1, 9, 1]],
  ])('does not believe the newest alone while it stands out: %s', (_, values, flags) => {
    const bench = set({ quality: [[spike, { suspect: 2, fail: 4, method: 'differential' }]], period: second })
    const { ring } = bench.machine.channels[0] as Channel
    for (const [row, step] of every(second, values).entries()) {
      bench.give(step)
      const [before, now] = [values[row - 1], values[row]]
      const stands = typeof before === 'number' && typeof now === 'number' && Math.abs(now - before) > 2 && row < 3
      if (stands) expect([bench.flags()[row], reasonName(ring.reason[row] as number)]).toEqual([3, 'unconfirmed'])
    }
    expect(bench.flags()).toEqual(flags)
    expect(flagsEvery(spike, { suspect: 2, fail: 4, method: 'differential' }, second, values)).toEqual(flags)
  })

  it.each(['differential', 'average'] as const)('holds what comes after a spike against what was before it, by %s', (method) => {
    const bench = set({ quality: [[spike, { suspect: 25, fail: 50, method }]], period: second })
    const marks = every(second, [10, 12, 999, 13, 15, 14]).map((row) => {
      bench.give(row)
      return bench.flags().at(-1)
    })
    expect(marks).toEqual([1, 1, 3, 1, 1, 1])
  })

  it('believes no leap alone of values that do nothing but leap', () => {
    const bench = set({ quality: [[spike, { fail: 4, method: 'differential' }]], period: second })
    const marks = every(second, [0, 10, 0, 10, 0, 10, 0]).map((row) => {
      bench.give(row)
      return bench.flags().at(-1)
    })
    expect(marks.filter((_, row) => row % 2 === 1)).toEqual([3, 3, 3])
  })

  it('gives way to what another test says of the newest, before it or after it', () => {
    const steep = [rate, { suspect: { value: 1, per: second } }] as [typeof rate, unknown]
    const leaps = [spike, { suspect: 2, method: 'differential' }] as [typeof spike, unknown]
    for (const quality of [
      [leaps, steep],
      [steep, leaps],
    ]) {
      const bench = set({ quality, period: second })
      for (const row of every(second, [0, 0, 25, 25])) bench.give(row)
      expect(verdicts(bench)).toEqual(['1', '1', '3 rate', '1'])
    }
  })

  it.each([
    [2, 'coverage'],
    [1, 'entered'],
  ] as const)('leaves a newest value alone that came as %d, %s', (quality, reason) => {
    const bench = set({ quality: [[spike, { suspect: 2, method: 'differential' }]], period: second })
    for (const [at, value] of [0, 25].entries()) {
      const samples = samplesOf(0, [[at * second, value]])
      samples.quality[0] = quality
      samples.reason[0] = reasonCode(reason)
      take(bench.machine.channels[0] as Channel, samples, millis(at * second))
    }
    expect(verdicts(bench)).toEqual([`${quality} ${reason}`, `${quality} ${reason}`])
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
