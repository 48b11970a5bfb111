import { describe, expect, it } from 'vitest'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { displacement } from '../../../../gateway/stages/derive/displacement.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { set } from '../bench.ts'

const hour = 3_600_000
const day = 24 * hour
const plain = { quiet: { value: 0.5, per: day }, since: 'baseline' }

function moved(options: unknown, from: number[], to: number[]): number {
  const bench = set({ derivation: [displacement, options], inputs: from.length, unit: 'mm', period: hour })
  for (let k = 0; k < 5; k++) for (const [input, value] of from.entries()) bench.give([k * hour, value], input)
  const maker = bench.machine.channels.at(-1)?.maker as Stage
  const now = { at: millis(5 * hour), wall: instant(0), wallQuality: 'synchronised' } as const
  expect(maker.act?.({ op: 'baseline', by: 'a', reason: 'b', now })).toBe('')
  for (const [input, value] of to.entries()) bench.give([5 * hour, value], input)
  return bench.out().at(-1)?.value as number
}

describe('displacement', () => {
  it.each([
    ['a crack that opens', plain, [12], [14.5], 2.5],
    ['a crack that closes', plain, [12], [11], -1],
    ['a mark that goes the way of the slide', { ...plain, azimuth: 90 }, [100, 200], [103, 200], 3],
    ['a mark that goes across it', { ...plain, azimuth: 90 }, [100, 200], [100, 204], 0],
    ['a mark that goes halfway along', { ...plain, azimuth: 45 }, [0, 0], [2, 0], Math.SQRT2],
    ['a mark that also sinks', { ...plain, azimuth: 180, plunge: 30 }, [0, 0, 50], [0, -Math.sqrt(3), 49], 2],
  ])('of %s is along its own way', (_, options, from, to, mm) => {
    expect(moved(options, from, to)).toBeCloseTo(mm, 9)
  })

  it('of a still mark is 0 on the average, where the length of its noise is not', () => {
    const bench = set({ derivation: [displacement, { ...plain, azimuth: 30 }], inputs: 2, unit: 'mm', period: hour })
    const chance = makeChance(5)
    for (let k = 0; k < 1000; k++) for (const input of [0, 1]) bench.give([k * hour, 20 * chance.normal()], input)
    const rows = bench.out().filter(({ quality }) => quality === 1)
    expect(rows.length).toBeGreaterThan(900)
    expect(Math.abs(rows.reduce((sum, { value }) => sum + value, 0) / rows.length)).toBeLessThan(5)
  })

  it('learns nothing from a spike: it fails, and a baseline of the newest readings is made without it', () => {
    const bench = set({ derivation: [displacement, plain], quality: [[spike, { fail: 5, method: 'differential' }]], unit: 'mm', period: hour })
    for (const [k, value] of [7, 7, 7, 900, 7, 7].entries()) bench.give([k * hour, value])
    const maker = bench.machine.channels.at(-1)?.maker as Stage
    const now = { at: millis(5 * hour), wall: instant(0), wallQuality: 'synchronised' } as const
    expect(maker.act?.({ op: 'baseline', by: 'a', reason: 'b', now })).toBe('')
    expect(maker.kept?.()).toMatchObject({ rest: [7] })
  })

  it('is counted from the mean of the newest six readings, where a person says so', () => {
    const bench = set({ derivation: [displacement, plain], unit: 'mm', period: hour })
    for (const [k, value] of [90, 90, 1, 2, 3, 4, 5, 6, 90].entries()) bench.give([k * hour, value])
    const maker = bench.machine.channels.at(-1)?.maker as Stage
    const now = { at: millis(8 * hour), wall: instant(0), wallQuality: 'synchronised' } as const
    expect(maker.act?.({ op: 'baseline', by: 'a', reason: 'b', now })).toBe('')
    expect(maker.kept?.()).toMatchObject({ rest: [3.5] })
  })

  it('is missing before it has a baseline, which is no fault', () => {
    const bench = set({ derivation: [displacement, plain], unit: 'mm', period: hour })
    for (let k = 0; k < 30; k++) bench.give([k * hour, 7])
    expect(bench.out()[23]).toMatchObject({ quality: 9, reason: 'warm-up' })
    expect(bench.out()[24]).toMatchObject({ quality: 1, value: 0 })
    const maker = bench.machine.channels.at(-1)?.maker as Stage
    expect(maker.kept?.()).toMatchObject({ rest: [7] })
    maker.recall?.({ ...(maker.kept?.() as object), rest: [5] })
    bench.give([30 * hour, 7])
    expect(bench.out().at(-1)?.value).toBe(2)
  })
})

it.each([
  [{ ...plain }, 2, 'nobody knows which way the slide goes'],
  [{ ...plain, azimuth: 3 }, 1, 'a single length has no azimuth'],
  [{ ...plain, azimuth: 3, plunge: 3 }, 2, 'without heights nothing plunges'],
  [{ quiet: { value: 0, per: day } }, 1, 'no day would ever be quiet'],
  [{ ...plain, azimuth: 3, plunge: 3 }, 3, undefined],
])('checks its options: %j of %d channels', (options, count, what) => {
  const inputs = Array.from({ length: count }, () => ({ unit: 'mm', quantity: 'x', counting: null, period: millis(hour) }))
  expect(displacement.doubts?.(options as never, inputs)[0]?.what).toBe(what)
})

it('looks at a rain channel where one is named', () => {
  expect(displacement.others?.(plain as never)).toEqual([])
  expect(displacement.others?.({ ...plain, rain: 'rain-24h' } as never)).toEqual([{ at: ['rain'], channel: 'rain-24h', unit: 'mm' }])
})

it('takes lengths of one unit only', () => {
  const of = (unit: string, counting = null as never) => ({ unit, quantity: 'x', counting })
  expect(displacement.unit(plain as never, [of('mm')])).toEqual({ unit: 'mm', quantity: 'displacement' })
  expect(displacement.unit(plain as never, [of('mm'), of('m')])).toMatch(/one unit/)
  expect(displacement.unit(plain as never, [of('mm', { kind: 'total', step: 1, wrap: null } as never)])).toMatch(/counting/)
})
