import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import { agreement } from '../../../../gateway/stages/quality/agreement.ts'
import { Quality } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, type Row, samplesOf, set } from '../bench.ts'
import { doubtsOf, minute, scanned, second, verdicts } from './flagged.ts'

const options = { with: 'twin', offset: 4, suspect: 2, fail: 5 }
const bench: Bench = { quality: [[agreement, options]], period: second }
const rows = (values: (number | null)[], shift = 0): Row[] => values.map((value, k) => [k * second + shift, value])
const each = (count: number): number[] => Array.from({ length: count }, (_, k) => k * second)

describe('agreement', () => {
  it('judges the difference, less what it is at rest: equal to a height passes it', () => {
    const made = scanned(bench, [rows([14, 16, 17, 19, 20, 7]), rows(Array(6).fill(10))], each(6))
    expect(verdicts(made)).toEqual(['1', '1', '3 agreement', '3 agreement', '4 agreement', '4 agreement'])
  })

  it('leaves a row alone whose partner is missing, failed or too far away', () => {
    expect(scanned(bench, [rows([30, 30, 30]), rows([null, 10, null])], each(3)).flags()).toEqual([1, 4, 1])
    expect(
      scanned(
        bench,
        [
          rows([30, 30, 30]),
          [
            [0, 10],
            [2 * second, 10],
          ],
        ],
        each(3),
      ).flags(),
    ).toEqual([4, 1, 4])
  })

  it.each([[0], [1]])('holds no sum with gaps against one without: it is a lower bound (input %d)', (bound) => {
    const made = set({ ...bench, inputs: 2 })
    for (const time of each(3)) {
      for (const input of [1, 0]) {
        const samples = samplesOf(input, [[time, input === bound ? 0 : 30]])
        if (input === bound) samples.quality[0] = Quality.unknown
        take(made.machine.channels[input] as Channel, samples, millis(time))
      }
    }
    expect(made.flags()).toEqual(Array(3).fill(bound === 0 ? 2 : 1))
  })

  it.each([
    ['half a period before', [500, 9000], [10, 10], 4],
    ['half a period after', [0, 1500], [99, 10], 4],
    ['more than half a period away', [499, 1501], [10, 10], 1],
    ['just before', [600, 1600], [10, 99], 4],
    ['just after', [400, 1300], [99, 10], 4],
    ['just before, and agrees', [600, 1600], [26, 99], 1],
  ])('holds a row against the nearest of its partner: the one %s', (_, times, values, flag) => {
    const twin = times.map((time, k): Row => [time, values[k] as number])
    expect(scanned(bench, [[[1000, 30]], twin], [0, 1000, 2000, 5000]).flags()).toEqual([flag])
  })

  it('judges a row at the end of the scan that brought both, whichever device was read first', () => {
    const one = scanned(bench, [rows([30]), rows([10])], [0], [0, 1])
    expect(one.flags()).toEqual([4])
    const later = scanned(bench, [rows([30, 30]), rows([10, 10], 300)], [0, second])
    expect(later.flags(), 'the partner comes 300 ms later: with the next scan').toEqual([4, 1])
  })

  it('waits three periods for a partner that is silent, and lets a dead one stop nothing', () => {
    const own = rows(Array<number>(10).fill(30))
    const dead = scanned(bench, [own, rows([10, 10, 10])], [...each(10), 20 * second])
    expect(dead.flags()).toEqual([4, 4, 4, 1, 1, 1, 1, 1, 1, 1])
    const late = scanned(bench, [own, rows(Array<number>(10).fill(10))], [9 * second])
    expect(late.flags(), 'an hour late, but in one scan').toEqual(Array(10).fill(4))
  })

  it('gives the same flags row by row as in batches, in whatever order the devices are read', () => {
    const story = fc.array(fc.tuple(fc.option(fc.integer({ min: 0, max: 12 })), fc.option(fc.integer({ min: 0, max: 12 }))), { minLength: 1, maxLength: 150 })
    fc.assert(
      fc.property(story, fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 }), fc.boolean(), (values, lengths, swap) => {
        const own = rows(values.map(([a]) => a))
        const twin = rows(values.map(([, b]) => b))
        const end = values.length * second
        const times = [0]
        for (let k = 0; (times.at(-1) as number) < end; k++) times.push((times.at(-1) as number) + (lengths[k % lengths.length] as number) * second)
        const order = swap ? [1, 0] : [0, 1]
        expect(scanned(bench, [own, twin], times, order).flags()).toEqual(scanned(bench, [own, twin], each(values.length + 1)).flags())
      }),
      { seed: 20_261_125, numRuns: 200 },
    )
  })

  it.each([
    [{ with: 'twin', fail: 1 }, [{ unit: 'mm' }, { unit: 'm' }], ['with: is in m, the tested channel in mm']],
    [{ with: 'twin' }, [], [': this tests nothing']],
    [{ with: 'twin', suspect: 2, fail: 1 }, [{}, {}], ['fail: a value fails before it is suspect']],
    [{ with: 'twin', fail: 1 }, [{ period: second }, { period: minute }], ['with: comes more than 20 times less often than the tested channel']],
    [{ with: 'twin', fail: 1 }, [{ period: minute }, { period: second }], []],
  ])('says of %j on %j: %j', (given, inputs, told) => {
    expect(doubtsOf(agreement, given, inputs)).toEqual(told)
  })
})
