import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { rainCurve } from '../../../../gateway/stages/detect/rain-curve.ts'
import { curves } from '../../../../gateway/stages/rain/curves.ts'
import { millis } from '../../../../protocol/time.ts'
import type { Bench, Row } from '../bench.ts'
import { hour, increments, levelsOf, minute, tips } from '../gauge.ts'
import { depthAt, intensityAt } from '../rain/curve.ts'

describe('the named curves', () => {
  it.each([
    ['caine-1980', [14.82, 7.3683, 4.2911, 2.7957]],
    ['guzzetti-2008', [2.2, 1.0001, 0.5434, 0.3351]],
    ['jibson-1989-hong-kong', [41.83, 14.7965, 6.6216, 3.5013]],
  ] as const)('%s at 1, 6, 24 and 72 h', (name, figures) => {
    // Beyond where a curve holds the formula is meant, not the table.
    const curve = curves[name].map((limb) => ({ ...limb, to: 1000 }))
    for (const [k, hours] of [1, 6, 24, 72].entries()) expect(intensityAt(curve, hours)).toBeCloseTo(figures[k] as number, 4)
  })

  it.each([
    ['caine-1980', [14.82, 44.21, 102.9857, 201.2895]],
    ['peruccacci-2017-italy', [7.7, 15.4871, 26.5934, 40.8179]],
  ] as const)('%s as depths', (name, figures) => {
    for (const [k, hours] of [1, 6, 24, 72].entries()) expect(depthAt(curves[name], hours)).toBeCloseTo(figures[k] as number, 4)
  })

  it('hold where they were made for: shorter bursts against their shortest time, longer ones against nothing', () => {
    expect(depthAt(curves['dahal-2008-nepal'], 1)).toBe(depthAt(curves['dahal-2008-nepal'], 5))
    expect(depthAt(curves['jibson-1989'], 13)).toBe(Infinity)
    expect(intensityAt(curves['guzzetti-2008-limbs'], 47.9)).toBeCloseTo(2.28 * 47.9 ** -0.2, 12)
    expect(intensityAt(curves['guzzetti-2008-limbs'], 48)).toBeCloseTo(0.48 * 48 ** -0.11, 12)
  })
})

const options = { curve: 'caine-1980', at: { yellow: 0.8, red: 1 }, parted: 24 * hour, clear: 0.8 }
const bench = (more: object = {}, period = 10 * minute): Bench => ({ detector: [rainCurve, { ...options, ...more }], counting: tips, period })
const dry = 30 * hour

describe('rain-curve', () => {
  it('finds the worst stretch of the storm that ends now: a burst after a day of drizzle', () => {
    // 0.2 mm an hour for 20 h, then 3 mm each 10 min for an hour: 18 mm in an hour are 1.21 of Caine's 14.82.
    const counts: Record<number, number> = {}
    for (let k = 1; k <= 20; k++) counts[dry + k * hour] = 1
    for (let k = 1; k <= 6; k++) counts[dry + 20 * hour + k * 10 * minute] = 15
    const { levels, detector } = levelsOf(bench(), increments(10 * minute, dry + 21 * hour, counts))
    expect(levels.at(-1)).toBe(4)
    const evidence = detector?.evidence() as Record<string, number>
    // Every stretch, by a plain double loop.
    let ratio = 0
    for (let back = 1; back <= 21 * 6; back++) {
      let mm = 0
      for (let k = 0; k < back; k++) mm += (counts[dry + 21 * hour - k * 10 * minute] ?? 0) * 0.2
      ratio = Math.max(ratio, mm / (14.82 * Math.max(back / 6, 0.167) ** 0.61))
    }
    expect(evidence.ratio).toBeCloseTo(ratio, 9)
    expect(evidence).toMatchObject({ hours: expect.closeTo(1, 9), mm: 18, stormMm: 22 })
  })

  it('forgets a storm after its dry time, and what fell before never counts again', () => {
    const rain = { [dry]: 120, [dry + 25 * hour]: 1 }
    const { levels, detector } = levelsOf(bench(), increments(10 * minute, dry + 26 * hour, rain))
    const at = (time: number) => levels[time / (10 * minute)]
    expect([at(dry - 10 * minute), at(dry), at(dry + 20 * hour)]).toEqual([0, 4, 0])
    expect(detector?.evidence().stormMm).toBe(0.2)
  })

  it('begins anew with a tip just `parted` after the last, and not with one that comes sooner', () => {
    const stormMm = (after: number) => levelsOf(bench(), increments(10 * minute, dry + 30 * hour, { [dry]: 5, [dry + after]: 1 })).detector?.evidence().stormMm
    expect([stormMm(24 * hour), stormMm(24 * hour - 10 * minute)]).toEqual([0.2, 1.2])
  })

  it('takes an own curve of depth, and the storm from where a rule of CTRL-T has it begin', () => {
    const law = { of: 'depth', factor: 10, exponent: 0.4, from: hour, to: 240 * hour }
    const fell: Record<number, number> = { 2: 1, 10: 15, 11: 25, 12: 2, 17: 10, 30: 2, 31: 2, 40: 30, 41: 40 }
    const rows: Row[] = Array.from({ length: 60 + 42 }, (_, k) => [k * hour + 30 * minute, fell[k - 60] ?? 0])
    const { detector } = levelsOf(bench({ curve: 'site', law, parted: 'warm' }, hour), rows)
    const evidence = detector?.evidence() as Record<string, number>
    expect(evidence).toMatchObject({
      stormMm: expect.closeTo(25.2, 9),
      stormHours: 31,
      hours: 2,
      mm: expect.closeTo(14, 9),
      ratio: expect.closeTo(14 / (10 * 2 ** 0.4), 9),
    })
  })

  it('holds nothing against what is longer than its curve: the burst at the beginning of a long storm', () => {
    // 30 mm, then 14 h of drizzle: over 12 h and less only the drizzle is there.
    const counts: Record<number, number> = { [dry]: 150 }
    for (let k = 1; k <= 14; k++) counts[dry + k * hour] = 1
    const { detector } = levelsOf(bench({ curve: 'jibson-1989' }), increments(10 * minute, dry + 14 * hour, counts))
    expect(detector?.evidence()).toMatchObject({ stormMm: expect.closeTo(32.8, 9), stormHours: 14 })
    expect(detector?.evidence().hours).toBeLessThanOrEqual(12)
    expect(detector?.evidence().mm).toBeLessThan(3)
  })

  it('takes the second limb of a curve from where it begins: a drizzle of two days exceeds it', () => {
    const counts: Record<number, number> = {}
    for (let k = 0; k <= 60; k++) counts[dry + k * hour] = 3
    const { levels, single } = levelsOf(bench({ curve: 'guzzetti-2008-limbs' }, hour), increments(hour, dry + 60 * hour, counts))
    const at = (hours: number) => levels[(dry + hours * hour) / hour]
    // A row more is an hour more: with the 48th the second limb begins.
    expect([at(46), at(47)]).toEqual([0, 4])
    const { hours, mm, ratio } = (single.detector as Detector).evidence()
    expect(hours).toBeGreaterThanOrEqual(48)
    expect(ratio).toBeCloseTo((mm as number) / depthAt(curves['guzzetti-2008-limbs'], hours as number), 9)
  })

  it('does not know, of a storm that ran when the station began, that it is below the curve; nor after a silence', () => {
    const { levels } = levelsOf(bench(), increments(10 * minute, 30 * hour, { [hour]: 10 }))
    expect([levels[12], levels.at(-1)]).toEqual(['unknown', 0])
    const { levels: deaf, detector } = levelsOf(bench(), [...increments(10 * minute, dry), [dry + 6 * hour, 2]])
    expect([deaf.at(-1), detector?.doubt]).toEqual(['unknown', 'coverage'])
  })

  it.each([
    ['no law', { curve: 'site' }, /no law/],
    ['a law beside a name', { law: { of: 'depth', factor: 1, exponent: 1, from: hour, to: 2 * hour } }, /its own law/],
    ['a curve that ends before it begins', { curve: 'site', law: { of: 'depth', factor: 1, exponent: 1, from: hour, to: hour } }, /ends before/],
    ['red before yellow', { at: { yellow: 1, red: 0.5 } }, /red would come before/],
  ])('refuses %s', (_, more, what) => {
    const input = { unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }
    expect(rainCurve.doubts?.({ ...options, ...more } as never, [input])).toEqual([expect.objectContaining({ what: expect.stringMatching(what) })])
  })
})

it('takes a law of intensity', () => {
  const law = { of: 'intensity', factor: 10, exponent: -0.5, from: hour, to: 240 * hour }
  const { detector, levels } = levelsOf(bench({ curve: 'site', law }), increments(10 * minute, dry, { [dry]: 75 }))
  expect(detector?.evidence()).toMatchObject({ ratio: 1.5, mm: 15, hours: expect.closeTo(1 / 6, 9) })
  expect(levels.at(-1)).toBe(4)
  expect(detector?.since).toBe(dry)
})
