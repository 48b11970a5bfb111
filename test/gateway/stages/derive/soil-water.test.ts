import { describe, expect, it } from 'vitest'
import { soilWater } from '../../../../gateway/stages/derive/soil-water.ts'
import { drain, soils } from '../../../../gateway/stages/rain/tanks.ts'
import { type Row, set } from '../bench.ts'
import { day, hour, increments, made, minute, total } from '../gauge.ts'

const tanks = soils['okada-2001']
const sum = (storage: Float64Array): number => storage.reduce((whole, part) => whole + part, 0)

describe('the tanks of the soil', () => {
  it('stand as worked by hand: 30 mm/h for 3 h, then dry, in steps of an hour', () => {
    const storage = new Float64Array(3)
    const stood = [30, 30, 30, 0, 0, 0].map((rain) => {
      drain(tanks, storage, 1, rain)
      return [...storage]
    })
    const expected = [
      [30, 0, 0],
      [54.9, 3.6, 0],
      [74.322, 10.008, 0.18],
      [57.32286, 18.42624, 0.6786],
      [46.211831, 24.212359, 1.593126],
      [37.545228, 28.086543, 2.787813],
    ]
    for (const [k, row] of expected.entries()) for (const [tank, mm] of row.entries()) expect(stood[k]?.[tank]).toBeCloseTo(mm, 6)
    expect(sum(storage)).toBeCloseTo(68.419584, 6)
  })

  it('stand within 0.4 mm of an exact solution in steps of 10 min', () => {
    const storage = new Float64Array(3)
    const exact = [29.68056, 57.20444, 82.34156, 77.137, 73.16114, 69.85081]
    for (const [k, expected] of [29.777408, 57.442111, 82.69928, 77.170209, 73.116354, 69.750738].entries()) {
      for (let step = 0; step < 6; step++) drain(tanks, storage, 1 / 6, k < 3 ? 5 : 0)
      expect(sum(storage)).toBeCloseTo(expected, 6)
      expect(Math.abs(sum(storage) - (exact[k] as number))).toBeLessThan(0.4)
    }
  })
})

const bench = { derivation: [soilWater, {}] as [typeof soilWater, unknown], counting: { kind: 'increment', step: 1, wrap: null } as const, period: 10 * minute }
const at = (options: unknown, rows: Row[], time: number) =>
  made({ ...bench, derivation: [soilWater, options] }, rows).find((row) => row.time === time)?.value as number

it('never holds less than nothing, however long the step', () => {
  const storage = Float64Array.of(30, 20, 10)
  drain(tanks, storage, 200, 0)
  for (const mm of storage) expect(mm).toBeGreaterThanOrEqual(0)
})

describe('soil-water', () => {
  const storm = Object.fromEntries(Array.from({ length: 18 }, (_, k) => [(k + 1) * 10 * minute, 5]))

  it('is the sum of the tanks, whose steps follow elapsed time', () => {
    const rows = increments(10 * minute, 6 * hour + 10 * minute, storm)
    // A row at the end of a step tells its rain on top of what the tanks held before; a step later that has come in.
    expect(at({ soil: 'okada-2001' }, rows, 6 * hour + 10 * minute)).toBeCloseTo(69.750738, 6)
  })

  it('is the same whether it is dry row by row, or over a silence that a total proves dry', () => {
    const wet: Row[] = Array.from({ length: 19 }, (_, k) => [k * 10 * minute, k * 5])
    const watched: Row[] = Array.from({ length: 18 }, (_, k) => [3 * hour + (k + 1) * 10 * minute, 90])
    const gauge = { ...bench, derivation: [soilWater, { soil: 'okada-2001' }] as [typeof soilWater, unknown], counting: { ...total, step: 1 } }
    const full = made(gauge, [...wet, ...watched]).at(-1)
    const silent = made(gauge, [...wet, watched.at(-1) as Row]).at(-1)
    expect(silent?.value).toBeCloseTo(full?.value as number, 9)
  })

  it('warms up by the memory of its slowest tank, some five days, and comes to nothing in a dry season', () => {
    const out = made({ ...bench, derivation: [soilWater, { soil: 'okada-2001' }] }, [...increments(10 * minute, 6 * day, storm), [80 * day, 0]])
    expect(out.find(({ quality }) => quality === 1)?.time as number).toBeCloseTo(4.8 * day, -8)
    expect(out.at(-1)?.value).toBeLessThan(0.01)
  })

  it('outlives the process', () => {
    const options: [typeof soilWater, unknown] = [soilWater, { soil: 'okada-2001' }]
    const first = set({ ...bench, derivation: options })
    const whole = set({ ...bench, derivation: options })
    const rows = increments(10 * minute, 10 * day, storm)
    for (const row of rows) whole.give(row)
    for (const row of rows.slice(0, 100)) first.give(row)
    const second = set({ ...bench, derivation: options })
    second.machine.channels[1]?.maker?.recall?.(JSON.parse(JSON.stringify(first.machine.channels[1]?.maker?.kept?.())))
    for (const row of rows.slice(100)) second.give(row)
    expect(second.out().at(-1)?.value).toBeCloseTo(whole.out().at(-1)?.value as number, 9)
  })

  it('takes back what a single false total has brought, as soon as two others show it', () => {
    const rows = (false_: number): Row[] => [0, 5, 10, false_, 15, 20, 25, 25].map((count, k) => [k * 10 * minute, count])
    const gauge = { ...bench, derivation: [soilWater, { soil: 'okada-2001' }] as [typeof soilWater, unknown], counting: { ...total, step: 1 } }
    expect(made(gauge, rows(74)).at(-1)?.value).toBeCloseTo(made(gauge, rows(12)).at(-1)?.value as number, 0)
  })

  it('begins anew where something else was kept', () => {
    const fresh = set({ ...bench, derivation: [soilWater, { soil: 'okada-2001' }] })
    for (const kept of [null, { storage: [1] }, { storage: [1, 1, 1], fading: [1, 0, 0], counts: null }]) fresh.machine.channels[1]?.maker?.recall?.(kept)
    fresh.give([0, 0])
    expect(fresh.out()[0]?.value).toBe(0)
  })
})

it('knows its soil worse after a gap in which nobody counted', () => {
  const rows = increments(10 * minute, 6 * day)
  const out = made({ ...bench, derivation: [soilWater, { soil: 'okada-2001' }] }, [...rows, [8 * day, 0]])
  expect([out.at(-2)?.quality, out.at(-1)?.quality, out.at(-1)?.reason]).toEqual([1, 2, 'coverage'])
})

it('takes what a total counted in a gap, and knows its soil by it', () => {
  const gauge = { ...bench, derivation: [soilWater, { soil: 'okada-2001' }] as [typeof soilWater, unknown], counting: { ...total, step: 1 } }
  const rows = Array.from({ length: 6 * 144 }, (_, k): Row => [k * 10 * minute, 0])
  const last = made(gauge, [...rows, [7 * day, 100]]).at(-1)
  expect(last?.quality).toBe(1)
  // A hundred mm evenly over the last day, less what ran off since.
  expect(last?.value).toBeGreaterThan(50)
  expect(last?.value).toBeLessThan(100)
})
