import { describe, expect, it } from 'vitest'
import { decayed } from '../../../../gateway/stages/derive/decayed.ts'
import { Fading } from '../../../../gateway/stages/rain/fading.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { type Row, set } from '../bench.ts'
import { day, hour, increments, made, minute, tips, total } from '../gauge.ts'

const mm = { kind: 'increment', step: 1, wrap: null } as const
const last = (options: unknown, period: number, rows: Row[]) => made({ derivation: [decayed, options], counting: mm, period }, rows)

describe('decayed rain', () => {
  it.each([
    [1.5, [10, 26.299605, 46.567713, 29.335821, 18.480409, 11.641928]],
    [6, [10, 28.908987, 55.75498, 49.67204, 44.252757, 39.424724]],
    [24, [10, 29.715319, 58.869382, 57.193485, 55.565297, 53.983461]],
    [72, [10, 29.904191, 59.617684, 59.046496, 58.48078, 57.920484]],
  ])('halves in %d h: hourly 10, 20, 30, 0, 0, 0 mm', (hours, figures) => {
    const out = last(
      { halfLife: hours * hour },
      hour,
      [10, 20, 30, 0, 0, 0].map((count, k) => [k * hour, count]),
    )
    for (const [k, figure] of figures.entries()) expect(out[k]?.value).toBeCloseTo(figure, 6)
  })

  it.each([
    [1.5, 17.118305, 4.279576],
    [72, 19.928086, 19.360772],
  ])('goes by elapsed time, not by rows (half-life %d h)', (hours, atOne, atFour) => {
    const out = last({ halfLife: hours * hour }, 30 * minute, increments(30 * minute, 4 * hour, { 0: 5, [30 * minute]: 5, [hour]: 10 }))
    expect(out.find(({ time }) => time === hour)?.value).toBeCloseTo(atOne, 6)
    expect(out.at(-1)?.value).toBeCloseTo(atFour, 6)
  })

  it.each([
    [0.84, [10, 8.4, 7.056, 25.92704, 26.778714]],
    [0.8, [10, 8, 6.4, 25.12, 25.096]],
    [0.9, [10, 9, 8.1, 27.29, 29.561]],
  ])('is the antecedent precipitation index with %d a day', (perDay, figures) => {
    const rain = [10, 0, 0, 20, 5]
    const out = last(
      { perDay },
      day,
      rain.map((count, k) => [k * day, count]),
    )
    for (const [k, figure] of figures.entries()) expect(out[k]?.value).toBeCloseTo(figure, 6)
    // Before each day's own rain it is the index of the prior days.
    if (perDay === 0.84) expect(out.map(({ value }, k) => value - (rain[k] as number))[4]).toBeCloseTo(21.778714, 6)
  })

  it('warms up until nine tenths of its memory are known, and a gap makes it a lower bound again', () => {
    const rows = increments(10 * minute, 10 * hour)
    const out = last({ halfLife: hour }, 10 * minute, [...rows, [15 * hour, 0], [15 * hour + 10 * minute, 0]])
    expect(out[0]).toMatchObject({ quality: 2, reason: 'warm-up' })
    expect(out.find(({ quality }) => quality === 1)?.time).toBe(200 * minute)
    expect(out.at(-1)).toMatchObject({ quality: 2, reason: 'coverage' })
  })

  it('has no value where the gauge has none, and loses nothing by it', () => {
    const bench = { derivation: [decayed, { halfLife: 1000 * hour }] as [typeof decayed, unknown], counting: total, period: minute }
    const out = made(bench, [
      [0, 100],
      [minute, null],
      [2 * minute, 60_000],
      [3 * minute, 110],
    ])
    expect(out.map(({ quality }) => quality)).toEqual([2, 9, 9, 2])
    expect(out.at(-1)?.value).toBeCloseTo(2, 3)
  })

  it('outlives the process: it fades by the time it was away, and takes in what the counter counted meanwhile', () => {
    const bench = { derivation: [decayed, { halfLife: hour }] as [typeof decayed, unknown], counting: total, period: minute }
    const first = set(bench)
    for (let k = 0; k <= 600; k++) first.give([k * minute, k])
    const second = set(bench)
    // Station time runs on over the outage.
    second.machine.channels[1]?.maker?.recall?.(JSON.parse(JSON.stringify(first.machine.channels[1]?.maker?.kept?.())))
    second.give([620 * minute, 620])
    const whole = set(bench)
    for (let k = 0; k <= 620; k++) whole.give([k * minute, k])
    expect(second.out()[0]?.value).toBeCloseTo(whole.out().at(-1)?.value as number, 6)
    expect(second.out()[0]?.quality).toBe(1)
  })

  it.each([[null], [{}], [{ intake: { began: 0, last: 0, totals: [] }, counts: 'many', at: 0, fading: [0, 0, 0] }], [{ counts: 1, at: 0, fading: [1, 0, 0] }]])(
    'begins anew where %o was kept',
    (kept) => {
      const fresh = set({ derivation: [decayed, { halfLife: hour }], counting: tips, period: minute })
      fresh.machine.channels[1]?.maker?.recall?.(kept)
      fresh.give([0, 5])
      expect(fresh.out()[0]).toMatchObject({ value: 1, quality: 2 })
    },
  )

  it('takes back what a single false total has brought, as soon as two others show it', () => {
    const rows = (false_: number): Row[] => [100, 100, 100, false_, 101, 102, 103].map((count, k) => [k * minute, count])
    const at = (value: number) => made({ derivation: [decayed, { halfLife: hour }], counting: total, period: minute }, rows(value)).at(-1)?.value
    expect(at(164)).toBeCloseTo(at(100) as number, 3)
  })
})

it('fades by no time that runs backward', () => {
  expect(new Fading(1000).factor(1000)).toBe(0.5)
  expect(new Fading(1000).factor(-1000)).toBe(1)
})

describe('the options of decayed rain', () => {
  const read = (text: string) => check(decayed.options, readYaml(text, 'x.yaml'))

  it.each(['halfLife: 72h', 'perDay: 0.84'])('are %s', (text) => {
    expect(read(text)).toHaveProperty('value')
  })

  it.each(['{}', '{ halfLife: 72h, perDay: 0.84 }'])('are never %s', (text) => {
    expect(read(text)).toMatchObject({ faults: [{ what: 'decayed rain needs either `halfLife` or `perDay`' }] })
  })
})
