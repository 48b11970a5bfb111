import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { compensate } from '../../../../gateway/stages/derive/compensate.ts'
import { factorOf } from '../../../../gateway/stages/derive/thermal-fit.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { samplesOf, set } from '../bench.ts'

const hour = 3_600_000
const day = 24 * hour
const quiet = { value: 0.002, per: hour }
const degrees = [18, 20, 24, 28, 30, 26, 22]
const tilts = [1.0048, 1, 0.9899, 0.9803, 0.9752, 0.9851, 0.995]

const bench = (options: object, period = hour) => set({ derivation: [compensate, { lag: 0, ...options }], inputs: 2, unit: 'deg', period })
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
    const kept = (maker(made).kept?.() as { found: { factor: number; at: number; r2: number } } | undefined)?.found
    expect(kept?.factor).toBeCloseTo(-0.002466071, 9)
    expect(kept?.at).toBeCloseTo(24, 9)
    expect(kept?.r2).toBeGreaterThan(0.99)
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
    expect(maker(made).kept?.()).toMatchObject({ found: null, next: null })
    read(made, hours(9 * day, 30 * day), (time) => [0.0025 * heat(time), heat(time)])
    expect(maker(made).kept?.()).toMatchObject({ found: { factor: expect.closeTo(0.0025, 6) } })
  })

  it('does not count days on which the slope moves', () => {
    const made = bench({ quiet })
    // No whole number of weeks: after each week the count begins anew, and would be 0 too.
    read(made, hours(0, 26 * day), (time) => [0.0025 * heat(time) + (0.1 * time) / day, heat(time)])
    expect(maker(made).kept?.()).toMatchObject({ fit: { sums: [{ days: 0 }] } })
    expect(made.out().at(-1)?.value).toBeCloseTo(0.0025 * heat(25 * day + 23 * hour) + 0.1 * (25 + 23 / 24), 9)
  })

  it.each([
    ['hardly read', (time: number) => time % day < 9 * hour],
    ['read for most of one and then not for the next', (time: number) => time % (3 * day) < 15 * hour],
  ])('does not count days that were %s: their warmest hour was not seen', (_, whether) => {
    const made = bench({ quiet })
    read(made, hours(0, 20 * day).filter(whether), (time) => [0.0025 * heat(time), heat(time)])
    expect(maker(made).told?.()).toEqual({ quietDays: 0 })
  })

  it('outlives the process, half done and done', () => {
    const half = bench({ quiet })
    read(half, hours(0, 5 * day), (time) => [0.0025 * heat(time), heat(time)])
    const again = bench({ quiet })
    maker(again).recall?.(JSON.parse(JSON.stringify(maker(half).kept?.())))
    read(again, hours(5 * day, 10 * day), (time) => [0.0025 * heat(time), heat(time)])
    const kept = JSON.parse(JSON.stringify(maker(again).kept?.()))
    // The last reading before the end, of the 23rd hour, was not yet known to be no spike: it is in none of the means.
    const at = (7 * 24 * 20 - heat(23 * hour)) / (7 * 24 - 1)
    expect(kept).toMatchObject({ found: { factor: expect.closeTo(0.0025, 9), at: expect.closeTo(at, 9) }, next: null, fit: null })
    const done = bench({ quiet })
    maker(done).recall?.(kept)
    read(done, [0], () => [1, kept.found.at + 10])
    expect(done.out()[0]?.value).toBeCloseTo(1 - 0.025, 9)
    // What was taken stays: no day is counted for another.
    expect(maker(done).told?.()).not.toHaveProperty('quietDays')
  })

  it.each([[0], ['fitted']])('is proved at a station that is switched off each night, its lag %j', (lag) => {
    let kept: unknown = null
    for (let night = 0; night < 11; night++) {
      const made = bench({ quiet, lag }, hour / 2)
      maker(made).recall?.(kept)
      // Three hours into the night, so that each lag is known for most of the day.
      read(
        made,
        hours(2 * night * day, 2 * (night * day + 20 * hour)).map((time) => time / 2),
        (time) => [0.0025 * heat(time), heat(time)],
      )
      kept = JSON.parse(JSON.stringify(maker(made).kept?.()))
    }
    expect(kept).toMatchObject({ found: { factor: expect.closeTo(0.0025, 9) } })
  })

  it.each([
    { began: 1e300, day: [[1, 0, 0, 0, 0, 0, 0, 0]] },
    { began: 0, day: [[1]] },
    { began: 0, day: [] },
    { began: 'x', day: 7 },
  ])('is not kept from by a day that came back as %j', (damaged) => {
    const made = bench({ quiet })
    const none = { rows: 0, heat: 0, days: 0, stt: 0, sty: 0, syy: 0 }
    maker(made).recall?.({ found: null, next: null, fit: { sums: [none], before: null, ...damaged }, by: 'station' })
    read(made, hours(0, 10 * day), (time) => [0.0025 * heat(time), heat(time)])
    expect(maker(made).kept?.()).toMatchObject({ found: { factor: expect.closeTo(0.0025, 9) } })
  })

  it.each([[null], [{ fit: { sums: [{ rows: 'x' }] } }], [{ fit: { sums: [] } }], [{ fit: { sums: [null] } }], [{ found: { factor: null } }]])(
    'begins anew where what was kept is %j',
    (kept) => {
      const made = bench({ quiet })
      maker(made).recall?.(kept)
      expect(maker(made).kept?.()).toMatchObject({ found: null, fit: { sums: [{ days: 0, rows: 0 }] } })
    },
  )

  it('learns nothing from a spike that is too small to make its day restless', () => {
    const made = set({
      derivation: [compensate, { quiet, lag: 0 }],
      quality: [[spike, { fail: 0.2, method: 'differential' }]],
      inputs: 2,
      unit: 'deg',
      period: hour,
    })
    read(made, hours(0, 10 * day), (time) => [0.0025 * heat(time) + (time === 54 * hour ? 0.5 : 0), heat(time)])
    expect(made.flags()[54]).toBe(4)
    expect(maker(made).told?.()).toMatchObject({ factor: expect.closeTo(0.0025, 9), at: expect.closeTo(20, 1) })
  })

  it('is the same row by row as in batches, a spike left out', () => {
    const story = hours(0, 12 * day).map(
      (time) => [time, 0.0025 * heat(time) + (time === 50 * hour ? 3 : 0), time % (31 * hour) === 0 ? null : heat(time)] as const,
    )
    const made = () =>
      set({ derivation: [compensate, { quiet, lag: 0 }], quality: [[spike, { fail: 1, method: 'differential' }]], inputs: 2, unit: 'deg', period: hour })
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
    expect(maker(single).kept?.()).toMatchObject({ found: { factor: expect.closeTo(0.0025, 9) } })
  })

  it.each([
    ['proves one', sums, true],
    ['has too few rows', { ...sums, rows: 2 }, false],
    ['has one temperature only', { ...sums, stt: 0 }, false],
    ['explains nothing', { ...sums, sty: 0.001 }, false],
    ['stands still', { ...sums, syy: 0 }, false],
    // R² is sty² where stt and syy are 1; with few rows it is the standard error that decides: 2.7 and 3.4 of them.
    ['explains less than half', { ...sums, rows: 1000, stt: 1, syy: 1, sty: -Math.sqrt(0.49) }, false],
    ['explains more than half', { ...sums, rows: 1000, stt: 1, syy: 1, sty: -Math.sqrt(0.51) }, true],
    ['is less than three standard errors', { ...sums, stt: 1, syy: 1, sty: Math.sqrt(0.6) }, false],
    ['is more than three standard errors', { ...sums, stt: 1, syy: 1, sty: Math.sqrt(0.7) }, true],
  ])('that %s', (_, given, accepted) => {
    expect(factorOf(given) !== null).toBe(accepted)
  })
})

describe('a body that follows the air', () => {
  const lagged = (time: number, lag: number): [number, number] => [5 + 0.0025 * heat(time - lag), heat(time)]

  it('is compensated by the temperature of so long ago, and has no value while that is not known', () => {
    const made = bench({ factor: 0.0025, at: 20, lag: 2 * hour })
    read(made, hours(0, 2 * day), (time) => lagged(time, 2 * hour))
    expect(made.out().slice(0, 2)).toEqual([expect.objectContaining({ quality: 9, reason: 'input' }), expect.objectContaining({ quality: 9 })])
    for (const { value } of made.out().slice(2)) expect(value).toBeCloseTo(5.05, 12)
  })

  it('takes no temperature that has failed, nor one of long before a silence', () => {
    const made = bench({ factor: 0.0025, at: 20, lag: 2 * hour })
    const story = hours(0, day).map((time) => [time, time / hour >= 6 && time / hour < 14 ? null : 20] as const)
    for (const [time, temperature] of story) {
      made.give([time, 1], 0)
      made.give([time, temperature], 1)
    }
    expect(made.out().map(({ quality }) => quality)).toEqual([
      9,
      9,
      1,
      1,
      1,
      1,
      ...Array.from({ length: 8 }, () => 9),
      ...[9, 9],
      ...Array.from({ length: 8 }, () => 1),
    ])
  })

  it('has its lag fitted: the one by which it goes most with the temperature', () => {
    const made = bench({ quiet, lag: 'fitted' }, hour / 2)
    const times = hours(0, 2 * 10 * day).map((time) => time / 2)
    read(made, times, (time) => lagged(time, 1.5 * hour))
    expect(maker(made).told?.()).toEqual({
      ...{ factor: expect.closeTo(0.0025, 9), at: expect.closeTo(20, 6), lagMin: 90, r2: expect.closeTo(1, 9) },
      ...{ taken: '1970-01-09T03:00:00.000Z', by: 'station' },
    })
    for (const { value } of made.out().slice(-48)) expect(value).toBeCloseTo(5.05, 9)
  })

  it.each([
    [{ quiet, lag: 'fitted' }, 3 * hour],
    [{ factor: 1, lag: hour }, hour],
  ])('asks for as much of the past as %j needs', (options, reach) => {
    expect(compensate.reach?.(options as never)).toBe(reach)
  })

  it('cannot follow a temperature by less than one period of it', () => {
    const inputs = [{ unit: 'deg' }, { unit: 'degC', period: hour }] as never
    expect(compensate.doubts?.({ factor: 1, lag: hour / 2 } as never, inputs)[0]?.what).toBe('the temperature is not read that often')
    expect(compensate.doubts?.({ factor: 1, lag: hour } as never, inputs)).toEqual([])
  })
})

describe('a fit that is ordered anew', () => {
  const order = (made: Made, at: number): string | undefined =>
    maker(made).act?.({ op: 'baseline', by: 'Li Wei', reason: 'mounted on rock', now: { at: millis(at), wall: instant(at), wallQuality: 'synchronised' } })
  /** The mount is another one from day 20 on. */
  const warm = (time: number): [number, number] => {
    const degrees = heat(time) + (time >= 20 * day ? 6 : 0)
    return [(time >= 20 * day ? 0.005 : 0.0025) * degrees - (time >= 20 * day ? 0.08 : 0), degrees]
  }

  it('leaves the old factor until another is proved, and goes on where that ends', () => {
    const made = bench({ quiet })
    read(made, hours(0, 20 * day), warm)
    expect(order(made, 20 * day)).toBe('')
    expect(maker(made).told?.()).toMatchObject({ factor: expect.closeTo(0.0025, 9), by: 'station', quietDays: 0 })
    read(made, hours(20 * day, 40 * day), warm)
    expect(maker(made).told?.()).toMatchObject({ factor: expect.closeTo(0.005, 9), at: expect.closeTo(26, 6), by: 'Li Wei' })
    const out = made.out().map(({ value }) => value)
    // On the old factor half of the sun is left; on the new one nothing, and no step lies between: it goes on at the middle of the day.
    const steps = out.slice(20 * 24 + 1).map((value, k) => Math.abs(value - (out[20 * 24 + k] as number)))
    expect(Math.max(...steps)).toBeLessThan(0.0025 * 8 * ((2 * Math.PI) / 24) + 1e-9)
    for (const value of out.slice(-24)) expect(value).toBeCloseTo(out.at(-1) as number, 9)
  })

  it('lets go what was proved and has not been taken yet', () => {
    const waiting = { factor: 0.1, at: 90, error: 0.01, r2: 0.9, lag: 0, offset: 0, taken: 'x', by: 'station' }
    const made = bench({ quiet })
    maker(made).recall?.({ found: null, next: waiting, fit: null, by: 'station' })
    expect(maker(made).kept?.()).toMatchObject({ next: waiting })
    order(made, 0)
    expect(maker(made).kept?.()).toMatchObject({ found: null, next: null, by: 'Li Wei' })
  })

  it('counts its days over a restart, on whose word too', () => {
    const made = bench({ quiet })
    read(made, hours(0, 20 * day), warm)
    order(made, 20 * day)
    read(made, hours(20 * day, 24 * day), warm)
    const again = bench({ quiet })
    maker(again).recall?.(JSON.parse(JSON.stringify(maker(made).kept?.())))
    expect(maker(again).told?.()).toMatchObject({ factor: expect.closeTo(0.0025, 9), quietDays: 2 })
    read(again, hours(24 * day, 40 * day), warm)
    expect(maker(again).told?.()).toMatchObject({ factor: expect.closeTo(0.005, 9), by: 'Li Wei' })
  })

  it('is none where the factor is given', () => {
    expect(maker(bench({ factor: 1 })).act).toBeUndefined()
  })
})

it.each([
  [{}, 'nobody knows which days are quiet'],
  [{ quiet, at: 20 }, 'a fit has neither'],
  [{ quiet, square: 1 }, 'a fit has neither'],
  [{ quiet, factor: 1 }, 'with a factor nothing is fitted'],
  [{ quiet: { value: 0, per: hour } }, 'no day would ever be quiet'],
  [{ factor: 1, lag: 'fitted' }, 'with a factor nothing is fitted'],
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
    compensate.unit({ unproved: 'pass', lag: millis(0) }, [
      { unit: 'deg', quantity: 'tilt', counting },
      { unit, quantity: 'temperature', counting: null },
    ]),
  ).toEqual(told)
})

describe('a factor with a lag, after a restart', () => {
  const minutes10 = 10 * 60_000
  const factorWith = (lag: number) => ({ ...{ factor: 0.1, at: 20, error: 0.01, r2: 0.9, offset: 0, taken: 'x', by: 'station' }, lag })

  it('gives no value while the temperature of then is not known, which is the fault of an input and no warm-up', () => {
    const made = bench({ quiet, lag: 2 * hour, unproved: 'missing' }, minutes10)
    maker(made).recall?.({ found: factorWith(0), next: null, fit: null, by: 'station' })
    read(
      made,
      Array.from({ length: 14 }, (_, k) => k * minutes10),
      () => [1, 30],
    )
    expect(made.out()[0]).toMatchObject({ quality: 9, reason: 'input' })
    expect(made.out().at(-1)).toMatchObject({ quality: 1, value: 0 })
  })

  it('is not replaced by the next while nobody can tell where it ends: there would be a jump', () => {
    const made = bench({ quiet, lag: 'fitted', unproved: 'pass' }, minutes10)
    maker(made).recall?.({ found: factorWith(6), next: { ...factorWith(0), factor: 0.2 }, fit: null, by: 'station' })
    const keeps = (): unknown => (maker(made).kept?.() as { found: { lag: number }; next: unknown } | undefined)?.found.lag
    // It passes 20 degrees with each row; the temperature of three hours before is known at the end alone.
    const lags = Array.from({ length: 20 }, (_, k) => {
      read(made, [k * minutes10], () => [1, k % 2 === 0 ? 19 : 21])
      return keeps()
    })
    expect(lags.slice(0, 17)).toEqual(Array(17).fill(6))
    expect(lags.at(-1)).toBe(0)
  })
})
