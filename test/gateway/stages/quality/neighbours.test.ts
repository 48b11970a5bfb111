import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import { neighbours } from '../../../../gateway/stages/quality/neighbours.ts'
import { Quality } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, every, samplesOf, set } from '../bench.ts'
import { doubtsOf, hour, minute, scanned, verdicts } from './flagged.ts'

const step = 5 * minute
const of = ['a', 'b', 'c', 'd', 'e']
const each = (count: number): number[] => Array.from({ length: count }, (_, k) => k * step)

/** Flags of the own values against gauges that all show the same. */
function against(options: object, own: (number | null)[], refs: (number | null)[][], bench: Partial<Bench> = {}): number[] {
  const given: Bench = { quality: [[neighbours, { of: of.slice(0, refs.length), least: 2, ...options }]], period: step, ...bench }
  const made = scanned(
    given,
    [own, ...refs].map((values) => every(step, values)),
    each(own.length),
  )
  const batch = scanned(
    given,
    [own, ...refs].map((values) => every(step, values)),
    [(own.length - 1) * step],
  )
  expect(batch.flags()).toEqual(made.flags())
  return made.flags()
}

const wet = (count: number): number[][] => Array.from({ length: 5 }, () => Array<number>(count).fill(0.2))

describe('a gauge that shows none', () => {
  it('fails as pypwsqc says, and stays failed where too few neighbours are known, which pypwsqc leaves open (-1)', () => {
    // nint 3: 37 zeros while the reference is above 0. Of the neighbours but two are there at 29 and 35, and five are asked for.
    const refs = wet(37).map((values, gauge) => values.map((value, k) => ((k === 29 || k === 35) && gauge >= 2 ? null : value)))
    expect(against({ least: 5, zero: 3 * step }, Array(37).fill(0), refs)).toEqual([1, 1, 1, ...Array(34).fill(4)])
  })

  it('is not judged before so many neighbours are known', () => {
    const refs = wet(10).map((values, gauge) => values.map((value) => (gauge >= 1 ? null : value)))
    expect(against({ zero: 3 * step }, Array(10).fill(0), refs)).toEqual(Array(10).fill(1))
  })

  it('is right where the neighbours have had none within that time, and where it has shown some itself', () => {
    const dry = wet(12).map((values) => values.map((value, k) => (k % 3 === 2 ? 0 : value)))
    expect(against({ zero: 3 * step }, Array(12).fill(0), dry)).toEqual(Array(12).fill(1))
    expect(against({ zero: 3 * step }, [0, 0, 0, 0.2, 0, 0, 0, 0.2, 0], wet(9))).toEqual(Array(9).fill(1))
  })

  it('stays failed through a dry spell, until it shows some', () => {
    const refs = wet(10).map((values) => values.map((value, k) => (k < 5 ? value : 0)))
    expect(against({ zero: 3 * step }, [0, 0, 0, 0, 0, 0, 0, 0.2, 0, 0], refs)).toEqual([1, 1, 1, 4, 4, 4, 4, 1, 1, 1])
  })

  it('is not held against what fell while it was silent: it may have shown that', () => {
    const made = set({ quality: [[neighbours, { of: ['a'], least: 1, zero: 3 * step }]], period: step, inputs: 2 })
    for (const turn of [0, 1, 6, 7, 8, 9]) for (const input of [1, 0]) made.give([turn * step, input === 0 ? 0 : 1], input)
    expect(made.flags()).toEqual([1, 1, 1, 1, 1, 4])
  })

  it('is held against what fell over three periods without a row, and over no longer time', () => {
    const flags = (gap: number) => {
      const made = set({ quality: [[neighbours, { of: ['a'], least: 1, zero: 4 * step }]], period: step, inputs: 2 })
      for (const turn of [0, 1, 1 + gap, 2 + gap]) for (const input of [1, 0]) made.give([turn * step, input === 0 ? 0 : 1], input)
      return made.flags()
    }
    expect([flags(3), flags(3.001)]).toEqual([
      [1, 1, 4, 4],
      [1, 1, 1, 1],
    ])
  })

  it('is known for blocked after a restart of the station too', () => {
    const made = () => set({ quality: [[neighbours, { of: ['a'], least: 1, zero: 2 * step }]], period: step, inputs: 2 })
    const [first, next] = [made(), made()]
    for (const time of each(4)) for (const input of [1, 0]) first.give([time, input === 0 ? 0 : 1], input)
    expect(first.flags()).toEqual([1, 1, 4, 4])
    const [test] = next.machine.channels[0]?.tests ?? []
    test?.recall?.(JSON.parse(JSON.stringify(first.machine.channels[0]?.tests[0]?.kept?.())))
    for (const time of each(2)) for (const input of [1, 0]) next.give([time, 0], input)
    expect(next.flags()).toEqual([4, 4])
    for (const damaged of [null, {}, { blocked: 'yes' }]) test?.recall?.(damaged)
    next.give([2 * step, 0], 1)
    next.give([2 * step, 0])
    expect(next.flags()).toEqual([4, 4, 1])
  })

  it('proves no other blocked gauge right: what has failed is no reference', () => {
    const bench: Bench = { quality: [[neighbours, { of: ['a', 'b'], least: 1, zero: 2 * step }]], period: step }
    const made = scanned(bench, [every(step, Array(6).fill(0)), every(step, Array(6).fill(0.2)), every(step, Array(6).fill(null))], each(6))
    expect(verdicts(made)).toEqual(['1', '1', ...Array(4).fill('4 neighbours')])
  })
})

describe('a gauge that shows much more than its neighbours', () => {
  it.each([
    [0.3, 10.1, 3],
    [0.3, 10, 1],
    [0.5, 12.6, 3],
    [0.5, 12.5, 1],
  ])('against a median of %d: %d is flagged %d (low 0.4, high 10), as pypwsqc says', (ref, own, flag) => {
    expect(against({ influx: { low: 0.4, high: 10 } }, [own], [[ref], [ref]])).toEqual([flag])
  })

  it('is held against the median, not against the one that shows most', () => {
    expect(against({ influx: { low: 0.4, high: 10 } }, [11], [[0], [0], [12]])).toEqual([3])
    expect(against({ influx: { low: 0.4, high: 10 } }, [11], [[0], [0.6]])).toEqual([3])
    expect(against({ influx: { low: 0.4, high: 10 } }, [11], [[0.2], [0.8]])).toEqual([1])
  })

  it.each([[[0, 0, 12]], [[0, 12, 0]], [[12, 0, 0]], [[12, 7, 0, 0, 0]], [[0, 12, 0.2, 7, 0.1]]])('whatever the order of the neighbours: %j', (refs) => {
    expect(
      against(
        { influx: { low: 0.4, high: 10 } },
        [11],
        refs.map((value) => [value]),
      ),
    ).toEqual([3])
  })

  it('is compared in its unit where the rows are increments: counts times the step', () => {
    const counting = { kind: 'increment', step: 0.2, wrap: null } as const
    expect(
      against(
        { influx: { low: 0.4, high: 10 } },
        [51, 50],
        [
          [1, 1],
          [1, 1],
        ],
        { counting },
      ),
    ).toEqual([3, 1])
  })
})

describe('the comparison of gauges', () => {
  it.each([
    [{ of: ['a', 'b'], least: 2 }, [{}, {}, {}], [': this tests nothing']],
    [{ of: ['a'], least: 2, zero: hour }, [{}, {}], ['least: 2 neighbours are asked for, 1 named']],
    [{ of: ['a', 'a'], least: 2, zero: hour }, [{}, {}, {}], ['of.1: named twice']],
    [{ of: ['a'], least: 1, influx: { low: 0, high: 10 } }, [{}, {}], ['influx.low: a median is never below 0']],
    [{ of: ['a'], least: 1, influx: { low: 10, high: 10 } }, [{}, {}], ['influx.high: a gauge that shows what its neighbours show would be suspect']],
    [{ of: ['a'], least: 1, zero: hour }, [{}, { unit: 'in' }], ['of.0: is in in, the tested channel in mm']],
    [{ of: ['a'], least: 1, zero: hour }, [{}, { counting: { kind: 'total' } }], ['of.0: is a total that only rises']],
    [{ of: ['a'], least: 1, zero: hour }, [{ counting: { kind: 'total' } }, {}], [': the tested channel is a total that only rises']],
    [{ of: ['a'], least: 1, zero: hour }, [{ period: minute }, { period: hour }], ['of.0: comes more than 20 times less often than the tested channel']],
    [{ of: ['a', 'b'], least: 2, zero: hour, influx: { low: 0.4, high: 10 } }, [{}, {}, {}], []],
  ])('says of %j on %j: %j', (options, inputs, told) => {
    expect(doubtsOf(neighbours, options, inputs)).toEqual(told)
  })

  it.each([
    ['its own', 0],
    ['a neighbour’s', 1],
  ])('leaves a sum with gaps out of it, %s: a lower bound of 0 is no 0, and no reference', (_, bound) => {
    const made = set({ quality: [[neighbours, { of: ['a', 'b'], least: 2, zero: step }]], period: step, inputs: 3 })
    for (const time of each(3)) {
      for (const input of [1, 2, 0]) {
        const samples = samplesOf(input, [[time, input === 0 ? 0 : 1]])
        if (input === bound) samples.quality[0] = Quality.unknown
        take(made.machine.channels[input] as Channel, samples, millis(time))
      }
    }
    expect(made.flags()).not.toContain(Quality.fail)
  })
})
