import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { KendallTest } from '../../../../gateway/stages/detect/kendall.ts'
import { mannKendall } from '../../../../gateway/stages/detect/mann-kendall.ts'
import { senInterval, senSlope } from '../../../../gateway/stages/theil-sen.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Chance, makeChance } from '../../../../sim/world/chance.ts'
import { type Row, set } from '../bench.ts'

const hour = 3_600_000
const day = 24 * hour

function kendall(values: number[], lags = 0): KendallTest {
  const test = new KendallTest(values.length)
  const times = Float64Array.from(values, (_, k) => k)
  test.run(times, Float64Array.from(values), values.length, senSlope(times, Float64Array.from(values), values.length), lags)
  return test
}

describe('Kendall’s S', () => {
  it.each([
    [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 45, 125, 3.9354796, 1],
    [[2, 3, 3, 1, 5, 4, 6, 6, 6, 9], 33, 120.3333333, 2.9171382, 0.7333333],
    [[5, 4, 3, 3, 2, 1, 1, 0], -26, 63.3333333, -3.1414043, -26 / 28],
    [[4, 4, 4, 4], 0, 0, 0, 0],
  ])('of %j is %d', (values, s, variance, z, tau) => {
    const test = kendall(values)
    expect(test.s).toBe(s)
    expect(test.variance).toBeCloseTo(variance, 6)
    expect(test.z).toBeCloseTo(z, 6)
    expect(test.tau).toBeCloseTo(tau, 6)
  })

  it('has the slope of Sen and its interval beside it', () => {
    const values = Float64Array.of(2, 3, 3, 1, 5, 4, 6, 6, 6, 9)
    const times = values.map((_, k) => k)
    const { low, high } = senInterval(times, values, 10, 1.959963984540054, 120.3333333)
    expect(senSlope(times, values, 10)).toBeCloseTo(0.6666667, 6)
    expect(low).toBeCloseTo(0.3333333, 6)
    expect(high).toBeCloseTo(1, 6)
  })

  it('proves less where values hang on each other, and never more', () => {
    const chance = makeChance(2)
    const hanging = hangingOn(chance, 0.8, 60)
    expect(kendall(hanging, 3).variance).toBeGreaterThan(1.5 * kendall(hanging).variance)
    const swinging = Array.from({ length: 60 }, (_, k) => (k % 2) + 0.01 * chance.normal())
    expect(kendall(swinging, 3).variance).toBeGreaterThanOrEqual(kendall(swinging).variance)
    expect(kendall([1, 2, 3, 4, 5, 6, 7, 8], 3).variance).toBe(kendall([1, 2, 3, 4, 5, 6, 7, 8]).variance)
  })

  it('is widened by what hangs together beyond chance, and not by what chance makes', () => {
    const chance = makeChance(12)
    const free = Array.from({ length: 40 }, () => chance.normal())
    expect(kendall(free, 3).variance).toBe(kendall(free).variance)
  })

  it('cries wolf in one of twenty still series, and where values hang on each other less often than without the wider variance', () => {
    const chance = makeChance(77)
    const share = (rho: number, lags: number): number =>
      Array.from({ length: 600 }, () => kendall(hangingOn(chance, rho, 40), lags)).filter(({ z }) => Math.abs(z) > 1.96).length / 600
    expect(share(0, 0)).toBeLessThan(0.08)
    expect(share(0.6, 3)).toBeLessThan(0.85 * share(0.6, 0))
  })
})

/** A still series of which each value hangs on the one before it. */
function hangingOn(chance: Chance, rho: number, n: number): number[] {
  let x = 0
  return Array.from({ length: n }, () => {
    x = rho * x + chance.normal()
    return x
  })
}

const plain = { over: 10 * day, points: 20, at: { yellow: { value: 0.5, per: day } }, direction: 'either', confidence: 0.95, lags: 3, clear: 0.8 }
const bench = (options: object = {}) => set({ detector: [mannKendall, { ...plain, ...options }], period: 2 * hour })

function levels(made: ReturnType<typeof bench>, days: number, at: (day: number) => number | null): unknown[] {
  return Array.from({ length: days * 12 }, (_, k) => {
    made.give([k * 2 * hour, at(k / 12)])
    return made.detector?.level
  })
}

describe('mann-kendall', () => {
  it('raises what goes one way fast enough, wild readings or not, and tells how fast', () => {
    const made = bench()
    const chance = makeChance(6)
    const seen = levels(made, 20, (t) => 0.8 * t + 0.5 * chance.normal() + (chance.fraction() < 0.1 ? 100 : 0))
    expect(seen[40]).toBe('unknown')
    expect(seen.at(-1)).toBe(2)
    const { perHour, lowPerHour, highPerHour, z, tau, points } = (made.detector as Detector).evidence()
    expect((perHour as number) * 24).toBeCloseTo(0.8, 1)
    expect(lowPerHour).toBeLessThan(perHour as number)
    expect(highPerHour).toBeGreaterThan(perHour as number)
    expect([z, tau].every((value) => (value as number) > 0)).toBe(true)
    expect(points).toBeGreaterThan(17)
  })

  it.each([
    ['what is too slow', {}, (t: number) => 0.3 * t],
    ['what swings', {}, (t: number) => Math.sin(2 * Math.PI * t)],
    ['what goes the other way', { direction: 'falling' }, (t: number) => t],
  ])('leaves %s', (_, options, at) => {
    const seen = levels(bench(options), 30, at)
    expect(seen).not.toContain(2)
    expect(seen.at(-1)).toBe(0)
  })

  it.each([
    ['rising', 1],
    ['falling', -1],
    ['either', 1],
    ['either', -1],
  ])('told to look for what is %s, it sees %d mm a day', (direction, perDay) => {
    expect(levels(bench({ direction }), 20, (t) => perDay * t).at(-1)).toBe(2)
  })

  it('leaves a slope, however steep, that chance alone makes', () => {
    const made = bench({ at: { yellow: { value: 0.01, per: day } } })
    const chance = makeChance(14)
    levels(made, 15, () => 10 * chance.normal())
    const { perHour, z } = (made.detector as Detector).evidence() as Record<string, number>
    expect(Math.abs(perHour as number) * 24).toBeGreaterThan(0.02)
    expect(Math.abs(z as number)).toBeLessThan(1.9)
    expect(made.detector?.level).toBe(0)
  })

  it('tells no trend of a window of which less than half has a value', () => {
    // Stretches of half a day: of any twenty on end nine are read, or eleven.
    const read = (many: number) => (t: number) => (Math.floor(2 * t) % 20 < many ? t : null)
    expect(levels(bench(), 40, read(9))).not.toContain(2)
    expect(levels(bench(), 40, read(11))).toContain(2)
  })

  it('is unknown while it warms up, after a silence, and where too little of its window is left', () => {
    const made = bench()
    levels(made, 3, (t) => t)
    expect([made.detector?.level, made.detector?.doubt]).toEqual(['unknown', 'warm-up'])
    expect((made.detector as Detector).evidence()).toEqual({ points: 5 })
    const later = bench()
    levels(later, 20, (t) => t)
    for (let k = 0; k < 5; k++) later.give([20 * day + k * 2 * hour, null])
    expect([later.detector?.level, later.detector?.doubt]).toEqual(['unknown', 'no-data'])
    later.give([28 * day, 28])
    expect([later.detector?.level, later.detector?.doubt]).toEqual(['unknown', 'coverage'])
  })

  it('answers row by row as in batches', () => {
    const chance = makeChance(5)
    const rows = Array.from({ length: 300 }, (_, k) => [k * 2 * hour, k % 17 === 3 ? null : 0.05 * k + chance.normal()] as Row)
    const single = bench()
    for (const row of rows) single.give(row)
    for (const size of [7, 300]) {
      const made = bench()
      for (let from = 0; from < rows.length; from += size) made.batch(rows.slice(from, from + size))
      expect([made.detector?.level, (made.detector as Detector).evidence()]).toEqual([single.detector?.level, (single.detector as Detector).evidence()])
    }
  })
})

const input = { unit: 'mm', quantity: 'x', counting: null, period: millis(2 * hour) }
it.each([
  [{}, undefined],
  [{ at: { yellow: { value: -1, per: day } } }, 'a rate of no movement, or back'],
  [{ at: { yellow: { value: 2, per: day }, red: { value: 1, per: day } } }, 'red would come before yellow'],
  [{ confidence: 1 }, 'nothing is ever certain to 100%'],
  [{ confidence: 0 }, 'below 50% chance alone is taken for a movement more often than not'],
  [{ confidence: 0.5 }, undefined],
  [{ over: day }, 'the window holds only 12 rows'],
])('checks its options: %j', (options, what) => {
  expect(mannKendall.doubts?.({ ...plain, ...options } as never, [input])[0]?.what).toBe(what)
})

it('widens the variance by three lags where the file does not say otherwise', () => {
  expect(check(mannKendall.options, readYaml('{ over: 10d, at: { yellow: 0.5/d } }', 'o.yaml'))).toMatchObject({
    value: { lags: 3, confidence: 0.95, points: 30 },
  })
})
