// What all detectors and derivations of slopes have in common: how far they look back, since when they stand, and what they cannot look at.

import { describe, expect, it } from 'vitest'
import { advance, type Channel } from '../../../gateway/core/channel.ts'
import { makeRing, push } from '../../../gateway/core/ring.ts'
import type { Stage } from '../../../gateway/core/stage.ts'
import { correlation } from '../../../gateway/stages/correlation.ts'
import { change } from '../../../gateway/stages/derive/change.ts'
import { compensate } from '../../../gateway/stages/derive/compensate.ts'
import { displacement } from '../../../gateway/stages/derive/displacement.ts'
import { resultant } from '../../../gateway/stages/derive/resultant.ts'
import { smooth } from '../../../gateway/stages/derive/smooth.ts'
import { velocity } from '../../../gateway/stages/derive/velocity.ts'
import { creep } from '../../../gateway/stages/detect/creep.ts'
import { cusum } from '../../../gateway/stages/detect/cusum.ts'
import { InverseFit } from '../../../gateway/stages/detect/inverse-velocity.ts'
import { mannKendall } from '../../../gateway/stages/detect/mann-kendall.ts'
import { tangent } from '../../../gateway/stages/detect/tangent.ts'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { Stretches } from '../../../gateway/stages/stretches.ts'
import { millis } from '../../../protocol/time.ts'
import { set } from './bench.ts'

const hour = 3_600_000
const day = 24 * hour
const calm = { onDelay: 0, offDelay: 0, clear: 0.8, confidence: 0.95, direction: 'either' }
const perDay = (value: number) => ({ value, per: day })

const detectors = [
  [trend, { ...calm, over: day, at: { yellow: perDay(1) } }, day],
  [creep, { ...calm, over: day, step: 2 * hour, at: { yellow: hour }, noise: 0, clear: 1.2, advisory: true }, day],
  [mannKendall, { ...calm, over: 4 * day, points: 8, at: { yellow: perDay(1) }, lags: 3 }, 4 * day],
  [tangent, { step: day, at: { yellow: 80 }, base: perDay(2), learn: 10 * day, persist: 3, deadband: 5, advisory: true }, 12 * day],
  [cusum, { mean: 0, slack: 1, at: { yellow: 5 }, clear: 0 }, undefined],
] as [typeof trend, never, number | undefined][]

describe.each(detectors)('%o', (kind, options, reach) => {
  it('keeps as much of its channel as it looks back over', () => {
    expect(kind.reach?.(options)).toBe(reach)
  })

  it('tells since when it has been at rest', () => {
    const bench = set({ detector: [kind, options], period: hour })
    for (let k = 0; k < 200; k++) bench.give([k * hour, (2 * k) / 24 - 2 * Math.floor(k / 24)])
    const { level, since } = bench.detector as NonNullable<typeof bench.detector>
    expect(level).not.toBe('unknown')
    expect(since).toBeGreaterThanOrEqual(0)
    expect(since).toBeLessThan(200 * hour)
  })

  it('becomes unknown on time when rows stop, and tells no margin of what it does not know', () => {
    const bench = set({ detector: [kind, options], period: hour })
    for (let k = 0; k < 200; k++) bench.give([k * hour, (2 * k) / 24])
    const channel = bench.machine.channels[0] as Channel
    const due = channel.wakeAt
    expect(due).toBe(202 * hour + 1)
    advance(channel, millis(due - 1))
    expect(bench.detector?.doubt).toBe('none')
    advance(channel, due)
    expect([bench.detector?.level, bench.detector?.doubt]).toEqual(['unknown', 'no-data'])
    expect(set({ detector: [kind, options], period: hour }).detector?.margins?.()).toEqual([])
  })

  it('is not for a channel that counts', () => {
    const counting = { unit: 'mm', quantity: 'rain', counting: { kind: 'total', step: 1, wrap: null }, period: millis(hour) } as const
    expect(kind.doubts?.(options, [counting])[0]?.what).toMatch(/counts/)
  })
})

describe('how far a level is', () => {
  const told = (kind: typeof trend, options: object, at: (k: number) => number, rows: number) => {
    const bench = set({ detector: [kind, options as never], period: hour })
    for (let k = 0; k < rows; k++) bench.give([k * hour, at(k)])
    return bench.detector?.margins?.()
  }
  const [, creepOptions] = detectors[1] as (typeof detectors)[number]
  const [, kendallOptions] = detectors[2] as (typeof detectors)[number]
  const [, tangentOptions] = detectors[3] as (typeof detectors)[number]

  it('is told by creep as the time that is left, of which less is worse', () => {
    const [margin] = told(creep as never, { ...(creepOptions as object), at: { yellow: 2 * hour } }, (k) => Math.log(60 / Math.max(1, 60 - k)), 48) ?? []
    expect(margin).toMatchObject({ figure: 'time left', at: expect.closeTo(2, 9), clear: expect.closeTo(2.4, 9), unit: 'h', worse: 'less' })
    expect(margin?.value).toBeGreaterThan(5)
    expect(margin?.value).toBeLessThan(20)
  })

  it('is told by Mann-Kendall as a rate, by tangent as an angle', () => {
    const rate = told(mannKendall as never, kendallOptions as object, (k) => k / 48, 200)?.[0]
    expect(rate).toMatchObject({ figure: 'proven rate', unit: 'mm/h', worse: 'more', at: expect.closeTo(1 / 24, 9), value: expect.closeTo(1 / 48, 6) })
    const angle = told(tangent as never, tangentOptions as object, (k) => k / 12, 200)?.[0]
    expect(angle).toMatchObject({ figure: 'lasting angle', unit: 'deg', at: 80, clear: 75, value: expect.closeTo(45, 6) })
  })
})

describe('derivations of slopes', () => {
  it.each([
    [resultant, ['deg', 'mm'], /two tilts/],
    [velocity, ['count'], /accumulate first/],
    [smooth, ['count'], /accumulate first/],
    [displacement, ['count'], /counting/],
    [compensate, ['count', 'degC'], /counting/],
  ] as [typeof resultant, string[], RegExp][])('%o refuse what they cannot be made of: %j', (kind, units, told) => {
    const inputs = units.map((unit) => ({ unit, quantity: 'x', counting: unit === 'count' ? ({ kind: 'total', step: 1, wrap: null } as const) : null }))
    expect(kind.unit({} as never, inputs)).toMatch(told)
  })

  it.each([
    [resultant, { give: 'azimuth' }, 'azimuth'],
    [resultant, { give: 'angle' }, 'tilt'],
    [change, { give: 'azimuth' }, 'azimuth'],
  ] as [typeof resultant, never, string][])('%o say what they are: %j is %s', (kind, options, quantity) => {
    const tilt = { unit: 'deg', quantity: 'tilt', counting: null }
    expect(kind.unit(options, [tilt, tilt])).toEqual({ unit: 'deg', quantity })
  })

  it.each([
    [smooth, { time: hour }, 1],
    [velocity, { over: day, per: 'h', method: 'theil-sen' }, 1],
    [change, { give: 'angle', quiet: perDay(1) }, 3],
  ] as [typeof smooth, never, number][])('%o are not built without a ring to write', (kind, options, inputs) => {
    const ring = makeRing(16)
    const wiring = { inputs: Array(inputs).fill(ring), periods: Array(inputs).fill(hour), window: () => ({}) }
    expect(() => kind.build(options, wiring as never)).toThrow(/ring to write/)
  })

  it('have no direction where there is no acceleration', () => {
    const made = set({ derivation: [change, { give: 'angle', mount: 0, least: 0, quiet: perDay(1), since: 'baseline' }], inputs: 3, unit: 'g', period: hour })
    for (const input of [0, 1, 2]) made.give([0, 0], input)
    expect(made.out()[0]).toMatchObject({ quality: 9, reason: 'input' })
  })

  it('count from the installation where they are told to', () => {
    const made = set({ derivation: [displacement, { quiet: perDay(1), since: 'install' }], unit: 'mm', period: hour })
    for (let k = 0; k < 30; k++) made.give([k * hour, 7])
    const maker = made.machine.channels.at(-1)?.maker as Stage
    maker.recall?.({ ...(maker.kept?.() as object), install: [4] })
    made.give([30 * hour, 7])
    expect(made.out().at(-1)?.value).toBe(3)
  })

  it('fit nothing while no day is known to be quiet', () => {
    const made = set({ derivation: [compensate, { unproved: 'pass', lag: 0 }], inputs: 2, unit: 'deg', period: hour })
    for (let k = 0; k < 300; k++) for (const input of [0, 1]) made.give([k * hour + (k > 100 ? 3 * day : 0), Math.sin(k) + k], input)
    const maker = made.machine.channels.at(-1)?.maker as Stage
    expect(maker.kept?.()).toMatchObject({ fit: { sums: [{ days: 0 }] } })
  })

  it('go on where the last day of a kept fit or baseline has no mean', () => {
    const fitted = set({ derivation: [compensate, { quiet: perDay(1), unproved: 'pass', lag: 0 }], inputs: 2, unit: 'deg', period: hour })
    const fit = fitted.machine.channels.at(-1)?.maker as Stage
    const kept = { found: null, next: null, fit: { sums: [{ rows: 24, heat: 480, days: 1, stt: 1, sty: 1, syy: 1 }], before: null }, by: 'station' }
    fit.recall?.(kept)
    expect(fit.kept?.()).toEqual(kept)
    const made = set({ derivation: [displacement, { quiet: perDay(1), since: 'baseline' }], unit: 'mm', period: hour })
    const place = made.machine.channels.at(-1)?.maker as Stage
    const baseline = {
      rest: [1],
      install: [1],
      standing: 'provisional',
      taken: 'x',
      by: 'station',
      quietDays: 2,
      quietSum: [2],
      before: null,
      temperature: null,
      quietHeat: null,
    }
    place.recall?.(baseline)
    expect(place.kept?.()).toEqual(baseline)
    // A day of which hardly anything was read leaves no mean either.
    for (const k of [0, 1, 2, 30]) made.give([k * hour, 1])
    expect(place.kept?.()).toMatchObject({ quietDays: 2, before: null })
  })
})

describe('figures of slopes', () => {
  const ringOf = (rows: [number, number, number?][]) => {
    const ring = makeRing(16)
    for (const [time, value, quality = 1] of rows) push(ring, time, value, quality, 0)
    return ring
  }

  it('of a correlation need three pairs of usable rows', () => {
    const other = ringOf([
      [0, 1],
      [1, 2],
      [2, 50, 4],
      [3, 3],
    ])
    const rows: [number, number, number?][] = [
      [1, 4],
      [2, 9, 4],
      [2.5, 4],
      [4, 6],
    ]
    expect(correlation(makeRing(16), other, 10)).toBeNaN()
    expect(correlation(ringOf(rows.slice(0, 2)), other, 10)).toBeNaN()
    expect(correlation(ringOf(rows), other, 10)).toBeCloseTo(1, 12)
    expect(correlation(ringOf(rows), ringOf([[3, 1]]), 10)).toBeNaN()
    expect(correlation(ringOf(rows), other, 1)).toBeNaN()
  })

  it('of a stretch are none where all of its rows failed afterwards', () => {
    const ring = ringOf([[0, 1]])
    const stretches = new Stretches(10, 100, 0, 128)
    stretches.admit(ring, 0)
    ring.quality[0] = 4
    push(ring, 10, 2, 1, 0)
    expect(stretches.admit(ring, 1)).toBe(true)
    expect(stretches.count).toBe(0)
  })

  it('of a line through one velocity explain nothing', () => {
    const fit = new InverseFit()
    fit.fit(Float64Array.of(0, 1, 2, 3, 4), Float64Array.of(2, 2, 2, 2, 2), 0, 5, 3)
    expect(fit.r2).toBe(0)
  })
})

it('an acceleration that began with a slope that went back counts from where it went on', () => {
  const bench = set({
    detector: [creep, { ...calm, over: 12 * hour, step: hour, at: { yellow: 9 * hour }, noise: 0, clear: 1.2, advisory: true }],
    period: hour / 6,
  })
  // Back for an hour, then 1/v falls evenly.
  for (let k = 0; k < 6 * 19; k++) {
    const t = k / 6
    bench.give([(k * hour) / 6, t < 8 ? -0.1 * t : -0.8 + 5 * Math.log(16 / Math.max(1, 24 - t))])
  }
  expect(bench.detector?.level).toBe(2)
})
