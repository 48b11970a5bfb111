/** What a stage kept may come back damaged, or from another version: it is taken or left, and the rows after it are judged all the same. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type Channel } from '../../../gateway/core/channel.ts'
import type { Detector, Stage } from '../../../gateway/core/stage.ts'
import { accumulate } from '../../../gateway/stages/derive/accumulate.ts'
import { change } from '../../../gateway/stages/derive/change.ts'
import { compensate } from '../../../gateway/stages/derive/compensate.ts'
import { decayed } from '../../../gateway/stages/derive/decayed.ts'
import { displacement } from '../../../gateway/stages/derive/displacement.ts'
import { exposure } from '../../../gateway/stages/derive/exposure.ts'
import { intensity } from '../../../gateway/stages/derive/intensity.ts'
import { overRange } from '../../../gateway/stages/derive/over-range.ts'
import { soilWater } from '../../../gateway/stages/derive/soil-water.ts'
import { storm } from '../../../gateway/stages/derive/storm.ts'
import { bump } from '../../../gateway/stages/detect/bump.ts'
import { rainCurve } from '../../../gateway/stages/detect/rain-curve.ts'
import { rainTable } from '../../../gateway/stages/detect/rain-table.ts'
import { tangent } from '../../../gateway/stages/detect/tangent.ts'
import { jump } from '../../../gateway/stages/quality/jump.ts'
import { neighbours } from '../../../gateway/stages/quality/neighbours.ts'
import { millis } from '../../../protocol/time.ts'
import { type Bench, set } from './bench.ts'
import { day, hour, minute, total } from './gauge.ts'

const gauge = { counting: total, period: 10 * minute }
const quiet = { value: 50, per: millis(day) }

const keepers: [string, Bench][] = [
  ['accumulate', { derivation: [accumulate, { over: millis(6 * hour) }], ...gauge }],
  ['intensity', { derivation: [intensity, {}], ...gauge }],
  ['decayed', { derivation: [decayed, { halfLife: millis(6 * hour) }], ...gauge }],
  ['soil-water', { derivation: [soilWater, { soil: 'okada-2001' }], ...gauge }],
  ['storm', { derivation: [storm, { give: 'depth', parted: millis(6 * hour) }], ...gauge }],
  ['rain-table', { detector: [rainTable, { ruleset: 'CN-2007', clear: 0.8 }], ...gauge }],
  ['rain-curve', { detector: [rainCurve, { curve: 'peruccacci-2017-italy', at: { red: 1 }, parted: millis(6 * hour), clear: 0.8 }], ...gauge }],
  ['change', { derivation: [change, { give: 'angle', mount: 0, least: 0.05, quiet, since: 'baseline' }], inputs: 2, unit: 'deg', period: 10 * minute }],
  ['displacement', { derivation: [displacement, { quiet, since: 'baseline' }], period: 10 * minute }],
  ['compensate', { derivation: [compensate, { quiet, unproved: 'pass', lag: 0 }], inputs: 2, units: ['deg', 'degC'], period: 10 * minute }],
  [
    'compensate by a fitted lag',
    { derivation: [compensate, { quiet, unproved: 'pass', lag: 'fitted' }], inputs: 2, units: ['deg', 'degC'], period: 10 * minute },
  ],
  ['exposure', { derivation: [exposure, { as: 'fixed480' }], unit: 'ppm', period: 10_000 }],
  ['over-range', { derivation: [overRange, { full: 100, at: 1.1 }], unit: '%LEL', period: 10 * minute }],
  ['bump', { detector: [bump, { every: millis(day), tested: 0, level: 'blue' }], period: 10 * minute }],
  ['tangent', { detector: [tangent, { step: millis(hour), at: { yellow: 80 }, learn: millis(8 * hour), persist: 3, deadband: 5 }], period: 10 * minute }],
  ['jump', { quality: [[jump, { fail: 30, hold: millis(hour) }]], period: 10 * minute }],
  ['neighbours', { quality: [[neighbours, { of: ['a', 'b'], least: 2, zero: millis(hour) }]], inputs: 3, period: 10 * minute }],
]

type Made = ReturnType<typeof set>

function keeperOf({ machine, detector }: Made): Stage {
  const stages = [detector, ...machine.channels.flatMap(({ maker, tests }) => [maker, ...tests])]
  return stages.find((stage) => stage?.kept !== undefined) as Stage
}

const ROWS = 1500

/** A total that goes on, with a false reading now and then; as a value it moves to and fro with the hours. */
function live({ machine, give }: Made, { period, counting, inputs = 1 }: Bench, from: number, to: number): void {
  for (let row = from; row < to; row++) {
    const hours = (row * period) / hour
    const value = counting ? Math.floor(row / 3) + (row % 97 === 90 ? 4 : 0) : 20 + 8 * Math.sin((hours * Math.PI) / 12) + hours / 50
    for (let input = 0; input < inputs; input++) give([row * period, value], input)
    advance(machine.channels[0] as Channel, millis(row * period))
  }
}

/** The kept JSON with one place of it made something else. */
function damaged(kept: unknown, choose: (n: number) => number, by: unknown): unknown {
  const places: [Record<string, unknown>, string][] = []
  const copy = { kept: JSON.parse(JSON.stringify(kept ?? null)) as unknown }
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const key of Object.keys(value)) {
      places.push([value as Record<string, unknown>, key])
      visit((value as Record<string, unknown>)[key])
    }
  }
  visit(copy)
  const [holder, key] = places[choose(places.length)] as [Record<string, unknown>, string]
  if (by === undefined) delete holder[key]
  else holder[key] = by
  return copy.kept
}

describe('what was kept', () => {
  it.each(keepers)('by %s may come back damaged', (_, bench) => {
    const before = set(bench)
    live(before, bench, 0, ROWS)
    const kept = keeperOf(before).kept?.()
    expect(kept ?? null).not.toBeNull()
    const anything = fc.constantFrom<unknown>(undefined, null, -1, 0, 1e300, -1e300, 0.5, '', 'x', true, [], {}, [null], [1, 2, 3], { a: 1 })
    fc.assert(
      fc.property(fc.nat(), anything, (place, by) => {
        const after = set(bench)
        keeperOf(after).recall?.(damaged(kept, (n) => place % n, by))
        live(after, bench, ROWS, ROWS + 200)
        keeperOf(after).kept?.()
        ;(keeperOf(after) as Partial<Detector>).evidence?.()
        for (const { value, quality } of after.out()) expect(Number.isFinite(value) || quality === 9).toBe(true)
      }),
      { seed: 20_261_125, numRuns: 60 },
    )
  })
})
