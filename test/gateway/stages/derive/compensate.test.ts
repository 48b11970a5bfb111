import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { compensate } from '../../../../gateway/stages/derive/compensate.ts'
import { factorOf } from '../../../../gateway/stages/derive/thermal-fit.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { samplesOf, set } from '../bench.ts'

const hour = 3_600_000
const day = 24 * hour
const quiet = { value: 0.002, per: hour }
const degrees = [18, 20, 24, 28, 30, 26, 22]
const tilts = [1.0048, 1, 0.9899, 0.9803, 0.9752, 0.9851, 0.995]

const bench = (options: unknown, period = hour) => set({ derivation: [compensate, options], inputs: 2, unit: 'deg', period })
type Made = ReturnType<typeof bench>
const maker = (made: Made): Stage => made.machine.channels.at(-1)?.maker as Stage
const sums = { rows: 7, heat: 168, days: 1, stt: 112, sty: -0.2762, syy: 0.00068148 }

/** Value and temperature of each time. */
function read(made: Made, times: number[], at: (time: number) => [number, number]): void {
  for (const time of times) {
    const [value, temperature] = at(time)
    made.give([time, value], 0)
    made.give([time, temperature], 1)
  }
}
const hours = (from: number, to: number): number[] => Array.from({ length: (to - from) / hour }, (_, k) => from + k * hour)
const heat = (time: number): number => 20 + 8 * Math.sin((2 * Math.PI * time) / day)

describe('a factor that is given', () => {
  it('takes away its part only', () => {
    const made = bench({ factor: -0.002466071, at: 20 })
    read(
      made,
      degrees.map((_, k) => k * hour),
      (time) => [tilts[time / hour] as number, degrees[time / hour] as number],
    )
    const corrected = [0.99987, 1, 0.99976, 1.00003, 0.99986, 0.9999, 0.99993]
    for (const [k, { value }] of made.out().entries()) expect(value).toBeCloseTo(corrected[k] as number, 5)
  })

  it('may have a square', () => {
    const made = bench({ factor: 0.1, square: 0.01 })
    read(made, [0], () => [5, 30])
    expect(made.out()[0]?.value).toBeCloseTo(5 - 1 - 1, 12)
  })
})

describe('a fit', () => {
  const period = Math.ceil(day / 7)

  it('on seven quiet days has the factor of least squares, and is no jump', () => {
    const made = bench({ quiet }, period)
    const times = Array.from({ length: 7 * 9 }, (_, k) => k * period)
    read(made, times, (time) => [tilts[Math.round(time / period) % 7] as number, degrees[Math.round(time / period) % 7] as number])
    const kept = maker(made).kept?.() as { factor: number; at: number; r2: number }
    expect(kept.factor).toBeCloseTo(-0.002466071, 9)
    expect(kept.at).toBeCloseTo(24, 9)
    expect(kept.r2).toBeGreaterThan(0.99)
    const out = made.out().map(({ value }) => value)
    // Taken where the temperature passes 24 degrees, the third row of a day: there the value stays what it was, and from then on is flat.
    expect(out[56]).toBe(1.0048)
    expect(out[58]).toBeCloseTo(0.9899, 12)
    for (const value of out.slice(58)) expect(Math.abs(value - 0.9899)).toBeLessThan(0.0003)
  })

  it('is waited for where a value with the sun in it would mislead', () => {
    const made = bench({ quiet, unproved: 'missing' }, period)
    const times = Array.from({ length: 7 * 9 }, (_, k) => k * period)
    read(made, times, (time) => [tilts[Math.round(time / period) % 7] as number, degrees[Math.round(time / period) % 7] as number])
    expect(made.out()[57]).toMatchObject({ quality: 9, reason: 'warm-up' })
    expect(made.out()[58]).toMatchObject({ quality: 1, value: expect.closeTo(0.9899, 9) })
  })

  it('is not taken where the temperature explains too little, and is tried again', () => {
    const chance = makeChance(8)
    const made = bench({ quiet })
    read(made, hours(0, 9 * day), (time) => [0.05 * chance.normal(), heat(time)])
    expect(maker(made).kept?.()).not.toHaveProperty('factor')
    read(made, hours(9 * day, 30 * day), (time) => [0.0025 * heat(time), heat(time)])
    expect(maker(made).kept?.()).toMatchObject({ factor: expect.closeTo(0.0025, 6) })
  })

  it('does not count days on which the slope moves', () => {
    const made = bench({ quiet })
    read(made, hours(0, 30 * day), (time) => [0.0025 * heat(time) + (0.1 * time) / day, heat(time)])
    expect(maker(made).kept?.()).toMatchObject({ sums: { days: 0 } })
    expect(made.out().at(-1)?.value).toBeCloseTo(0.0025 * heat(29 * day + 23 * hour) + 0.1 * (29 + 23 / 24), 9)
  })

  it('outlives the process, half done and done', () => {
    const half = bench({ quiet })
    read(half, hours(0, 5 * day), (time) => [0.0025 * heat(time), heat(time)])
    const again = bench({ quiet })
    maker(again).recall?.(JSON.parse(JSON.stringify(maker(half).kept?.())))
    read(again, hours(5 * day, 10 * day), (time) => [0.0025 * heat(time), heat(time)])
    const kept = JSON.parse(JSON.stringify(maker(again).kept?.()))
    expect(kept).toMatchObject({ factor: expect.closeTo(0.0025, 9), at: expect.closeTo(20, 6), waiting: false })
    const done = bench({ quiet })
    maker(done).recall?.(kept)
    read(done, [0], () => [1, kept.at + 10])
    expect(done.out()[0]?.value).toBeCloseTo(1 - 0.025, 9)
  })

  it.each([[null], [{ sums: { rows: 'x' } }], [{ factor: null }]])('begins anew where what was kept is %j', (kept) => {
    const made = bench({ quiet })
    maker(made).recall?.(kept)
    expect(maker(made).kept?.()).toMatchObject({ sums: { days: 0, rows: 0 } })
  })

  it('is the same row by row as in batches, a spike left out', () => {
    const story = hours(0, 12 * day).map(
      (time) => [time, 0.0025 * heat(time) + (time === 50 * hour ? 3 : 0), time % (31 * hour) === 0 ? null : heat(time)] as const,
    )
    const made = () =>
      set({ derivation: [compensate, { quiet }], quality: [[spike, { fail: 1, method: 'differential' }]], inputs: 2, unit: 'deg', period: hour })
    const single = made()
    for (const [time, value, temperature] of story) {
      single.give([time, value], 0)
      single.give([time, temperature], 1)
    }
    for (const size of [5, 64]) {
      const batches = made()
      for (let from = 0; from < story.length; from += size) {
        const part = story.slice(from, from + size)
        for (const input of [0, 1])
          take(
            batches.machine.channels[input] as never,
            samplesOf(
              input,
              part.map((row) => [row[0], row[1 + input] as number | null]),
            ),
            millis(part.at(-1)?.[0] as number),
          )
      }
      expect(batches.out().map(({ value, quality }) => (quality < 4 ? value : null))).toEqual(
        single.out().map(({ value, quality }) => (quality < 4 ? value : null)),
      )
    }
    expect(maker(single).kept?.()).toMatchObject({ factor: expect.closeTo(0.0025, 9) })
  })

  it.each([
    ['proves one', sums, true],
    ['has too few rows', { ...sums, rows: 2 }, false],
    ['has one temperature only', { ...sums, stt: 0 }, false],
    ['explains nothing', { ...sums, sty: 0.001 }, false],
    ['stands still', { ...sums, syy: 0 }, false],
  ])('that %s', (_, given, accepted) => {
    expect(factorOf(given) !== null).toBe(accepted)
  })
})

it.each([
  [{}, 'nobody knows which days are quiet'],
  [{ quiet, at: 20 }, 'a fit has neither'],
  [{ quiet, square: 1 }, 'a fit has neither'],
  [{ quiet, factor: 1 }, 'with a factor nothing is fitted'],
  [{ quiet: { value: 0, per: hour } }, 'no day would ever be quiet'],
  [{ factor: 1, at: 25 }, undefined],
])('checks its options: %j', (options, what) => {
  expect(compensate.doubts?.(options as never, [])[0]?.what).toBe(what)
})

it.each([
  ['degC', null, { unit: 'deg', quantity: 'tilt' }],
  ['mm', null, 'the second channel of compensate is a temperature, in degC or K'],
  ['degC', { kind: 'total', step: 1, wrap: null }, 'compensate of a counting channel: it has no value of its own'],
] as const)('takes a temperature in %s', (unit, counting, told) => {
  expect(
    compensate.unit({ unproved: 'pass' }, [
      { unit: 'deg', quantity: 'tilt', counting },
      { unit, quantity: 'temperature', counting: null },
    ]),
  ).toEqual(told)
})
