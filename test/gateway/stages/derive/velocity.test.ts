import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import { runningMedian } from '../../../../gateway/stages/derive/running-median.ts'
import { smooth } from '../../../../gateway/stages/derive/smooth.ts'
import { velocity } from '../../../../gateway/stages/derive/velocity.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { Quality, reasonCode } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { type Bench, type Row, samplesOf, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const times = [0, 10, 21, 29, 45, 60]
const of = (method: string, y: number[]): number => {
  const bench = set({ derivation: [velocity, { over: 2 * hour, per: 'h', method }], period: 10 * minute, unit: 'deg' })
  bench.batch(times.map((t, k) => [1.7e12 + t * minute, y[k] as number] as Row))
  return bench.out().at(-1)?.value as number
}
const calm = [0.5, 0.512, 0.531, 0.529, 0.56, 0.58]
const wild = [0.5, 0.512, 0.531, 0.9, 0.56, 0.58]

describe('velocity', () => {
  it.each([
    ['least-squares', calm, 0.0797408382],
    ['theil-sen', calm, 0.08],
    ['least-squares', wild, 0.0932618],
    ['theil-sen', wild, 0.08],
  ])('by %s of %j is %d an hour', (method, y, perHour) => {
    expect(of(method, y)).toBeCloseTo(perHour, 7)
  })

  it.each([
    ['least-squares', 31, 0.6985714],
    ['theil-sen', 31, 0.7],
  ])('of a river by %s over its last %d minutes is %d m an hour, where its last two readings say 0.96', (method, minutes, perHour) => {
    const river = [101.2, 101.24, 101.29, 101.33, 101.41, 101.47, 101.55]
    const bench = set({ derivation: [velocity, { over: minutes * minute, per: 'h', method }], period: 5 * minute, unit: 'm' })
    for (const [k, level] of river.entries()) bench.give([k * 5 * minute, level])
    expect(bench.out().at(-1)?.value).toBeCloseTo(perHour, 6)
    expect(((river[6] as number) - (river[5] as number)) * 12).toBeCloseTo(0.96, 9)
  })

  it('by theil-sen is missing where the line would be: in warm-up, over too few rows, without a value', () => {
    const bench = set({ derivation: [velocity, { over: hour, per: 'h', method: 'theil-sen' }], period: 10 * minute, unit: 'deg' })
    for (let k = 0; k < 40; k++) bench.give([k * 10 * minute, k < 12 || k % 2 === 0 ? k : null])
    expect(bench.out()[2]).toMatchObject({ quality: 9, reason: 'warm-up' })
    expect(bench.out()[9]?.value).toBeCloseTo(6, 9)
    expect(bench.out()[37]).toMatchObject({ quality: 9, reason: 'input' })
    expect(bench.out()[38]).toMatchObject({ quality: 9, reason: 'coverage' })
  })

  it('by theil-sen has no slope of two readings that are closer than half a period', () => {
    const rows: Row[] = [0, 10, 20, 30, 40].map((minutes, k) => [minutes * minute, k * k])
    rows.push([40 * minute + 1000, 20])
    const bench = set({ derivation: [velocity, { over: hour, per: 'h', method: 'theil-sen' }], period: 10 * minute, unit: 'mm' })
    for (const row of rows) bench.give(row)
    const slopes = rows.flatMap(([t, y], k) =>
      rows.slice(0, k).flatMap(([s, x]) => (t - s >= 5 * minute ? [(((y as number) - (x as number)) * hour) / (t - s)] : [])),
    )
    slopes.sort((a, b) => a - b)
    expect(slopes).toHaveLength(14)
    expect(bench.out().at(-1)?.value).toBeCloseTo(((slopes[6] as number) + (slopes[7] as number)) / 2, 9)
  })

  it('by theil-sen is the same row by row as in batches', () => {
    const chance = makeChance(3)
    const rows = Array.from({ length: 500 }, (_, k) => [k * minute + 1000 * Math.floor(k / 100), k % 29 === 3 ? null : chance.normal()] as Row)
    const made = () => set({ derivation: [velocity, { over: 2 * hour, per: 'h', method: 'theil-sen' }], period: minute, unit: 'mm' })
    const single = made()
    for (const row of rows) single.give(row)
    for (const size of [3, 64, 500]) {
      const batches = made()
      for (let from = 0; from < rows.length; from += size) batches.batch(rows.slice(from, from + size))
      expect(batches.out()).toEqual(single.out())
    }
  })
})

describe('of a velocity', () => {
  const input = { unit: 'mm', quantity: 'displacement', counting: null, period: 10 * minute }
  const options = { over: hour, per: 'd', method: 'theil-sen' } as never
  it('the unit is that of its channel by the time that is asked for; a counter has none', () => {
    expect(velocity.unit(options, [input])).toEqual({ unit: 'mm/d', quantity: 'displacement rate' })
    expect(velocity.unit(options, [{ ...input, counting: { kind: 'total', step: 1, wrap: null } }])).toMatch(/derive its accumulate first/)
  })

  it('the rows of its window are needed, and a window of fewer than five is refused', () => {
    expect(velocity.reach?.(options)).toBe(hour)
    expect(velocity.doubts?.(options, [input as never])).toEqual([])
    expect(velocity.doubts?.(options, [{ ...input, period: 20 * minute } as never])).toMatchObject([{ at: ['over'] }])
  })
})

describe('a lower bound', () => {
  const bench = (method: string): Bench => ({ derivation: [velocity, { over: hour, per: 'h', method }], period: 10 * minute, unit: 'mm' })
  const live = (options: Bench, bounds: number[], qualityOf: number = Quality.unknown) => {
    const made = set(options)
    for (let k = 0; k < 30; k++) {
      const samples = samplesOf(0, [[k * 10 * minute, k]])
      if (bounds.includes(k)) {
        samples.quality[0] = qualityOf
        samples.reason[0] = reasonCode('coverage')
      }
      take(made.machine.channels[0] as never, samples, millis(k * 10 * minute))
    }
    return made.out()
  }

  it.each(['least-squares', 'theil-sen'])('has no velocity, nor has any line through one (%s)', (method) => {
    const out = live(bench(method), [20])
    expect(out[19]).toMatchObject({ quality: 1, value: expect.closeTo(6, 9) })
    expect(out[20]).toMatchObject({ quality: 9, reason: 'input' })
    for (const row of out.slice(21, 26)) expect(row).toMatchObject({ quality: 9, reason: 'coverage' })
    expect(out[26]).toMatchObject({ quality: 1, value: expect.closeTo(6, 9) })
  })

  it('at the start is warm-up', () => {
    expect(live(bench('least-squares'), [0, 1, 2, 3]).slice(0, 10)).toEqual(
      Array.from({ length: 10 }, (_, k) => expect.objectContaining(k < 4 ? { reason: 'input' } : k < 9 ? { reason: 'warm-up' } : { quality: 1 })),
    )
  })

  it('is told apart from a suspect value, whose velocity is suspect', () => {
    expect(live(bench('least-squares'), [20], Quality.suspect)[20]).toMatchObject({ quality: 3, reason: 'coverage', value: expect.closeTo(6, 9) })
  })
})

it.each([
  ['velocity', velocity, { over: hour, per: 'h', method: 'least-squares' }],
  ['smooth', smooth, { time: hour }],
  ['median', runningMedian, { rows: 3 }],
] as const)('the %s that was made of a spike fails with it, row by row as in batches', (_, kind, options) => {
  const rows = Array.from({ length: 40 }, (_, k): Row => [k * 10 * minute, k === 20 ? 90 : k / 10])
  const made = () =>
    set({ derivation: [kind, options as never], quality: [[spike, { fail: 5, method: 'differential' }]], period: 10 * minute, unit: 'mm' } as Bench)
  const single = made()
  for (const row of rows) single.give(row)
  expect(single.out()[20]).toMatchObject({ quality: 4, reason: 'spike' })
  expect(single.out()[19]?.quality).toBe(1)
  const batch = made()
  batch.batch(rows)
  expect(batch.out()[20]?.quality).toBe(9)
})
