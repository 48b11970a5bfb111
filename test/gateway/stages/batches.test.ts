/** Rows may come one by one, or many at once after a delay: what is made of them in the end is the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type Channel, take } from '../../../gateway/core/channel.ts'
import type { AnyDerivation } from '../../../gateway/core/kind.ts'
import { accumulate } from '../../../gateway/stages/derive/accumulate.ts'
import { decayed } from '../../../gateway/stages/derive/decayed.ts'
import { freeboard } from '../../../gateway/stages/derive/freeboard.ts'
import { intensity } from '../../../gateway/stages/derive/intensity.ts'
import { phreatic } from '../../../gateway/stages/derive/phreatic.ts'
import { runningMedian } from '../../../gateway/stages/derive/running-median.ts'
import { smooth } from '../../../gateway/stages/derive/smooth.ts'
import { soilWater } from '../../../gateway/stages/derive/soil-water.ts'
import { storm } from '../../../gateway/stages/derive/storm.ts'
import { velocity } from '../../../gateway/stages/derive/velocity.ts'
import { antecedent } from '../../../gateway/stages/detect/antecedent.ts'
import { arrival } from '../../../gateway/stages/detect/arrival.ts'
import { bump } from '../../../gateway/stages/detect/bump.ts'
import { cusum } from '../../../gateway/stages/detect/cusum.ts'
import { flashFlood } from '../../../gateway/stages/detect/flash-flood.ts'
import { life } from '../../../gateway/stages/detect/life.ts'
import { rainCurve } from '../../../gateway/stages/detect/rain-curve.ts'
import { rainTable } from '../../../gateway/stages/detect/rain-table.ts'
import { rise } from '../../../gateway/stages/detect/rise.ts'
import { silence } from '../../../gateway/stages/detect/silence.ts'
import { tangent } from '../../../gateway/stages/detect/tangent.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { attenuated } from '../../../gateway/stages/quality/attenuated.ts'
import { counter } from '../../../gateway/stages/quality/counter.ts'
import { flat } from '../../../gateway/stages/quality/flat.ts'
import { gap } from '../../../gateway/stages/quality/gap.ts'
import { jump } from '../../../gateway/stages/quality/jump.ts'
import { range } from '../../../gateway/stages/quality/range.ts'
import { rate } from '../../../gateway/stages/quality/rate.ts'
import { spike } from '../../../gateway/stages/quality/spike.ts'
import { warmUp } from '../../../gateway/stages/quality/warm-up.ts'
import { type Reason, reasonCode } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'
import { type Bench, samplesOf, set } from './bench.ts'

const second = 1000

interface Step {
  time: number
  value: number
  quality: number
  reason: Reason
}

const good = fc.integer({ min: 0, max: 40 }).map((value) => ({ value, quality: 1, reason: 'none' as Reason }))
const bound = fc.record({ value: fc.integer({ min: 0, max: 40 }), quality: fc.constant(2), reason: fc.constantFrom<Reason>('coverage', 'warm-up') })
const suspect = fc.record({ value: fc.integer({ min: 0, max: 40 }), quality: fc.constant(3), reason: fc.constantFrom<Reason>('climatology', 'over-range') })
const missing = fc.record({ value: fc.constant(Number.NaN), quality: fc.constant(9), reason: fc.constantFrom<Reason>('timeout', 'warm-up') })

/** Rows that come each second, for the most part. */
const story: fc.Arbitrary<Step[]> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 8, arbitrary: fc.constant(second) }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 20 * second }) }),
      fc.oneof({ weight: 6, arbitrary: good }, { weight: 2, arbitrary: suspect }, { weight: 1, arbitrary: bound }, { weight: 1, arbitrary: missing }),
    ),
    { minLength: 1, maxLength: 200 },
  )
  .map((steps) => {
    let time = 0
    return steps.map(([dt, row]) => {
      time += dt
      return { time, ...row }
    })
  })

function start(bench: Bench) {
  const made = set(bench)
  const channel = made.machine.channels[0] as Channel
  advance(channel, millis(0))
  return { made, channel }
}

function give(channel: Channel, rows: Step[]): void {
  const samples = samplesOf(
    0,
    rows.map(({ time, value }) => [time, value]),
  )
  for (const [row, { quality, reason }] of rows.entries()) {
    samples.quality[row] = quality
    samples.reason[row] = reasonCode(reason)
  }
  take(channel, samples, millis(rows.at(-1)?.time as number))
}

/** Each row in its own scan, each deadline at its own time. */
function oneByOne(bench: Bench, rows: Step[]) {
  const { made, channel } = start(bench)
  let now = 0
  for (const row of rows) {
    while (channel.wakeAt < row.time) {
      if (channel.wakeAt <= now) throw new Error(`a deadline at ${channel.wakeAt} is not met at ${now}: the station would spin`)
      now = channel.wakeAt
      advance(channel, millis(now))
    }
    give(channel, [row])
    now = row.time
  }
  return made
}

/** All rows that come within a stretch in one scan at its end, no deadline in between. */
function inBatches(bench: Bench, rows: Step[], lengths: number[]) {
  const { made, channel } = start(bench)
  for (let from = 0, k = 0; from < rows.length; k++) {
    const batch = rows.slice(from, from + (lengths[k % lengths.length] as number))
    give(channel, batch)
    from += batch.length
  }
  return made
}

const lengths = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 })

function same(bench: Bench, seen: (made: ReturnType<typeof set>) => unknown): void {
  fc.assert(
    fc.property(story, lengths, (rows, pieces) => {
      expect(seen(inBatches(bench, rows, pieces))).toEqual(seen(oneByOne(bench, rows)))
    }),
    { seed: 20_261_125, numRuns: 300 },
  )
}

const delays = { onDelay: 3 * second, offDelay: 5 * second }
const level = (made: ReturnType<typeof set>) => [made.detector?.level, made.detector?.doubt, made.detector?.unconfirmed, made.detector?.undenied]

describe('rows in batches', () => {
  it.each([
    ['threshold', [threshold, { direction: 'above', at: { yellow: 20, red: 30 }, deadband: 5, ...delays }]],
    ['threshold below', [threshold, { direction: 'below', at: { yellow: 20, red: 10 }, deadband: 5, ...delays }]],
    ['silence', [silence, { after: 4 * second, level: 'red' }]],
    ['trend', [trend, { over: 30 * second, at: { red: { value: 1, per: 10 * second } }, direction: 'either', confidence: 0.8, clear: 0.8, ...delays }]],
    ['rise', [rise, { over: 30 * second, at: { yellow: { value: 1, per: 10 * second } }, floor: 5, settle: 10 * second, clear: 0.8 }]],
    ['arrival', [arrival, { over: 30 * second, to: 40, direction: 'rising', at: { yellow: 120 * second, red: 30 * second }, clear: 1.25 }]],
    ['tangent', [tangent, { step: 2 * second, at: { blue: 20, yellow: 50 }, learn: 20 * second, persist: 2, deadband: 5, advisory: true }]],
    ['tangent of a given pace', [tangent, { step: 2 * second, at: { blue: 20 }, base: { value: 1, per: second }, learn: 0, persist: 3, deadband: 5 }]],
    ['cusum', [cusum, { mean: 20, slack: 3, at: { yellow: 20, red: 60 }, clear: 5 }]],
    ['life', [life, { installed: -4 * 365 * 86_400_000, years: 4, before: 16 * 3_600_000 - 100 * second, level: 'blue' }]],
    ['bump', [bump, { every: 20 * second, tested: 8 * 3_600_000, level: 'blue' }]],
  ] as [string, NonNullable<Bench['detector']>][])('leave a %s where it would be one by one', (_, detector) => {
    same({ detector, period: second }, level)
  })

  it.each([
    ['range', range, { sensor: [2, 38], place: [5, 35] }],
    ['spike', spike, { suspect: 10, fail: 20, method: 'differential' }],
    ['rate', rate, { suspect: { value: 10, per: second }, fail: { value: 20, per: second } }],
    ['flat', flat, { suspect: 2 * second, fail: 4 * second, tolerance: 12 }],
    ['gap', gap, { after: 5 * second }],
    ['jump', jump, { suspect: 10, fail: 20, hold: 8 * second }],
    ['jump after a silence', jump, { after: 4 * second, suspect: 10, fail: 20, hold: 8 * second }],
    ['warm-up', warmUp, { lasts: 3 * second }],
    ['attenuated by its range', attenuated, { over: 5 * second, by: 'range', suspect: 15, fail: 8, rows: 3 }],
    ['attenuated by its deviation', attenuated, { over: 5 * second, by: 'deviation', suspect: 8, fail: 4, rows: 3 }],
  ] as [string, typeof range, never][])('are flagged by %s as one by one', (_, kind, options) => {
    same({ quality: [[kind, options]], period: second }, (made) => made.flags())
  })

  it.each([
    ['velocity', velocity, { over: 20 * second, per: 'min', method: 'least-squares' }],
    ['velocity by Theil and Sen', velocity, { over: 20 * second, per: 'min', method: 'theil-sen' }],
    ['smoothed value', smooth, { time: 5 * second }],
    ['median', runningMedian, { rows: 5 }],
    ['freeboard', freeboard, { crest: 50 }],
    ['depth of the phreatic line', phreatic, { surface: 50, tip: 0 }],
  ] as [string, AnyDerivation, never][])('have the same %s', (_, kind, options) => {
    same({ derivation: [kind, options], period: second, unit: 'm' }, (made) =>
      made.out().map(({ time, value, quality, reason }) => ({ time, quality, reason, value: Number.isNaN(value) ? null : Number(value.toPrecision(8)) })),
    )
  })

  it.each(['total', 'increment'] as const)('have the same sum at each row (%s)', (kind) => {
    const bench: Bench = { derivation: [accumulate, { over: 20 * second }], counting: { kind, step: 0.2, wrap: null }, unit: 'm3', period: second }
    fc.assert(
      fc.property(story, lengths, (rows, pieces) => {
        const single = new Map(
          oneByOne(bench, rows)
            .out()
            .map((row) => [row.time, row]),
        )
        for (const row of inBatches(bench, rows, pieces).out()) expect(row).toEqual(single.get(row.time))
      }),
      { seed: 20_261_125, numRuns: 300 },
    )
  })
})

describe.each([
  ['increments', { kind: 'increment', step: 0.01, wrap: null }],
  ['a total', { kind: 'total', step: 0.01, wrap: 50 }],
] as const)('counts in batches, of %s', (_, counting) => {
  const gauge = { period: second, counting, unit: 'mm' }

  it.each([
    ['intensity', intensity, { turning: 450 }],
    ['decayed rain', decayed, { halfLife: 60 * second }],
    ['soil water', soilWater, { soil: 'okada-2001' }],
    ['storm', storm, { give: 'depth', parted: 3_600_000 }],
  ] as [string, AnyDerivation, never][])('have the same %s', (_, kind, options) => {
    same({ ...gauge, derivation: [kind, options] }, (made) => made.out())
  })

  it.each([
    ['rain table', [rainTable, { ruleset: 'site', at: { yellow: [{ over: 10 * second, mm: 1 }], red: [{ over: 60 * second, mm: 6 }] }, clear: 0.8 }]],
    [
      'rain curve',
      [
        rainCurve,
        { curve: 'site', law: { of: 'depth', factor: 20, exponent: 0.5, from: second, to: 3_600_000 }, at: { red: 1 }, parted: 20 * second, clear: 0.8 },
      ],
    ],
    ['flash flood', [flashFlood, { durations: [10 * second, 60 * second], prepare: { wet: [1, 4] }, immediate: { wet: [2, 6] }, clear: 0.8 }]],
    ['antecedent line', [antecedent, { line: 'site', law: { mm: 4, share: 0.5, recent: 20 * second, before: 60 * second }, at: { red: 1 }, clear: 0.8 }]],
  ] as [string, NonNullable<Bench['detector']>][])('leave a %s where it would be one by one', (_, detector) => {
    same({ ...gauge, detector }, (made) => [...level(made), made.detector?.evidence()])
  })
})

it('totals in batches are flagged by counter as one by one', () => {
  same({ period: second, counting: { kind: 'total', step: 0.01, wrap: 50 }, quality: [[counter, { most: { value: 20, per: millis(second) } }]] }, (made) =>
    made.flags(),
  )
})
