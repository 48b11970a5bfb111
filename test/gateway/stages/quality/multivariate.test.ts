import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import { multivariate } from '../../../../gateway/stages/quality/multivariate.ts'
import { Quality } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, type Row, samplesOf, set } from '../bench.ts'
import { doubtsOf, hour, minute, scanned, second, verdicts } from './flagged.ts'

const per = (value: number) => ({ value, per: millis(second) })
const options = {
  rate: per(2),
  related: [
    { channel: 'crack', rate: per(1) },
    { channel: 'rain', rate: per(5) },
  ],
}
const bench: Bench = { quality: [[multivariate, options]], period: second }
const rows = (values: (number | null)[]): Row[] => values.map((value, k) => [k * second, value])
const each = (count: number): number[] => Array.from({ length: count }, (_, k) => k * second)

describe('multivariate', () => {
  it.each([
    ['is suspect where nothing else moves', [0, 0, 3, 3], [7, 7, 7, 7], [1, 1, 1, 1], '3 multivariate'],
    ['passes where one of the others moves too', [0, 0, 3, 3], [7, 7, 9, 9], [1, 1, 1, 1], '1'],
    ['passes where the other one moves', [0, 0, 3, 3], [7, 7, 7, 7], [1, 1, 9, 9], '1'],
    ['is suspect where the others move no faster than their rate', [0, 0, 3, 3], [7, 7, 8, 9], [1, 1, 6, 9], '3 multivariate'],
    ['passes a change that is not faster than its own rate', [0, 0, 2, 3], [7, 7, 7, 7], [1, 1, 1, 1], '1'],
    ['says nothing where another is not known', [0, 0, 3, 3], [7, null, 7, 7], [1, 1, 1, 1], '1'],
    ['never fails a value, however far it jumps', [0, 0, 1e6, 3], [7, 7, 7, 7], [1, 1, 1, 1], '3 multivariate'],
  ])('%s', (_, own, crack, rain, verdict) => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
    ]) {
      expect(verdicts(scanned(bench, [rows(own), rows(crack), rows(rain)], each(4), order))[2]).toBe(verdict)
      expect(verdicts(scanned(bench, [rows(own), rows(crack), rows(rain)], [3 * second], order))[2]).toBe(verdict)
    }
  })

  it('says nothing where another is known by a lower bound only', () => {
    const made = set({ ...bench, inputs: 3 })
    for (const [k, own] of [0, 0, 3].entries()) {
      for (const input of [2, 1, 0]) {
        const samples = samplesOf(input, [[k * second, input === 0 ? own : 7]])
        if (input === 1) samples.quality[0] = Quality.unknown
        take(made.machine.channels[input] as Channel, samples, millis(k * second))
      }
    }
    expect(made.flags()).toEqual([1, 1, 1])
  })

  it('says nothing across a gap, nor of a value that failed already', () => {
    const still: Row[] = [0, 1, 2, 3, 4, 5].map((k) => [k * second, 7])
    const own: Row[] = [
      [0, 0],
      [4 * second, 100],
      [5 * second, 100],
    ]
    expect(scanned(bench, [own, still, still], each(6)).flags()).toEqual([1, 1, 1])
    expect(scanned(bench, [rows([0, null, 100]), still, still], each(3)).flags()).toEqual([1, 9, 3])
  })

  it('refuses a rate below 0, which every value exceeds', () => {
    const below = { rate: per(-2), related: [{ channel: 'crack', rate: per(-1) }] }
    expect(doubtsOf(multivariate, below, [{}, {}])).toEqual([
      'rate: a rate below 0, which every value exceeds',
      'related.0.rate: a rate below 0, which every value exceeds',
    ])
  })

  it('names the related channels by their place in the file', () => {
    expect(multivariate.others?.(options)).toEqual([
      { at: ['related', 0, 'channel'], channel: 'crack' },
      { at: ['related', 1, 'channel'], channel: 'rain' },
    ])
    expect(doubtsOf(multivariate, options, [{ period: minute }, { period: minute }, { period: hour }])).toEqual([
      'related.1.channel: comes more than 20 times less often than the tested channel',
    ])
  })
})
