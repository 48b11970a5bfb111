/** The figures by which people are warned, entered a second time from their sources, and each rule at its edge. */
import { describe, expect, it } from 'vitest'
import { rainTable } from '../../../../gateway/stages/detect/rain-table.ts'
import { curves } from '../../../../gateway/stages/rain/curves.ts'
import { rulesetNames, rulesets } from '../../../../gateway/stages/rain/rulesets.ts'
import { seasons } from '../../../../gateway/stages/rain/storm.ts'
import { soils } from '../../../../gateway/stages/rain/tanks.ts'
import { hour, increments, levelsOf, minute, tips } from '../gauge.ts'

const colours = ['blue', 'yellow', 'orange', 'red'] as const

/** mm within these hours, by rule set and colour. */
const table: Record<(typeof rulesetNames)[number], Partial<Record<(typeof colours)[number], [hours: number, mm: number][]>>> = {
  'CN-2007': { blue: [[12, 50]], yellow: [[6, 50]], orange: [[3, 50]], red: [[3, 100]] },
  'GD-2006': { orange: [[3, 50]], red: [[3, 100]] },
  jianghua: {
    blue: [
      [1, 35],
      [3, 55],
      [6, 70],
      [24, 100],
    ],
    yellow: [
      [1, 45],
      [3, 75],
      [6, 95],
      [24, 130],
    ],
    orange: [
      [1, 60],
      [3, 100],
      [6, 120],
      [24, 160],
    ],
    red: [
      [1, 80],
      [3, 120],
      [6, 150],
      [24, 200],
    ],
  },
  'hong-kong-natural-terrain': {
    red: [
      [1, 75],
      [2, 90],
      [4, 100],
      [6, 120],
      [8, 150],
      [12, 180],
      [24, 200],
    ],
  },
}
const rules = rulesetNames.flatMap((set) => colours.flatMap((colour, k) => (table[set][colour] ?? []).map(([hours, mm]) => ({ set, level: k + 1, hours, mm }))))

describe('the rule sets', () => {
  it('have these rules and no others', () => {
    const written = Object.fromEntries(
      rulesetNames.map((set) => [
        set,
        Object.fromEntries(Object.entries(rulesets[set]).map(([colour, list]) => [colour, list.map(({ over, mm }) => [over / hour, mm])])),
      ]),
    )
    expect(written).toEqual(table)
  })

  // Rain that is spread evenly over the hours of a rule, so that no shorter time is as wet.
  it.each(rules)('of $set: $mm mm in $hours h reach level $level, a tip less does not', ({ set, level, hours, mm }) => {
    const end = 26 * hour
    const rained = (count: number) => {
      const counts: Record<number, number> = {}
      const rows = hours * 6
      for (let k = 0; k < rows; k++) counts[end - k * 10 * minute] = Math.floor(((k + 1) * count) / rows) - Math.floor((k * count) / rows)
      return levelsOf(
        { detector: [rainTable, { ruleset: set, clear: 0.8 }], counting: tips, period: 10 * minute },
        increments(10 * minute, end, counts),
      ).levels.at(-1)
    }
    expect(rained(mm * 5)).toBeGreaterThanOrEqual(level)
    expect(rained(mm * 5 - 1)).toBeLessThan(level)
  })
})

it('the seasons of CTRL-T and the tanks of the soil have these figures', () => {
  expect(seasons).toEqual({
    warm: { isolatedMm: 0.2, isolatedDryHours: 3, burstDryHours: 6, burstMm: 1, dryHours: 48 },
    cold: { isolatedMm: 0.2, isolatedDryHours: 6, burstDryHours: 12, burstMm: 1, dryHours: 96 },
  })
  expect(soils['okada-2001'].map(({ holes, seepsPerHour }) => [holes.map(({ height, perHour }) => [height, perHour]), seepsPerHour])).toEqual([
    [
      [
        [15, 0.1],
        [60, 0.15],
      ],
      0.12,
    ],
    [[[15, 0.05]], 0.05],
    [[[15, 0.01]], 0.01],
  ])
})

it('the curves have these coefficients, and hold between these hours', () => {
  expect(
    Object.entries(curves).flatMap(([name, limbs]) => limbs.map(({ factor, exponent, from, to }) => [name, factor, Number(exponent.toFixed(9)), from, to])),
  ).toEqual([
    ['caine-1980', 14.82, -0.39, 0.167, 240],
    ['guzzetti-2008', 2.2, -0.44, 0.1, 1000],
    ['guzzetti-2008-limbs', 2.28, -0.2, 0.1, 48],
    ['guzzetti-2008-limbs', 0.48, -0.11, 48, 1000],
    ['jibson-1989', 30.53, -0.57, 0.5, 12],
    ['jibson-1989-hong-kong', 41.83, -0.58, 1, 12],
    ['chien-yuan-2005-taiwan', 115.47, -0.8, 1, 400],
    ['dahal-2008-nepal', 73.9, -0.79, 5, 720],
    ['godt-2006-seattle', 82.73, -1.13, 0, 60],
    ['peruccacci-2017-italy', 7.7, -0.61, 1, 1000],
  ])
})
