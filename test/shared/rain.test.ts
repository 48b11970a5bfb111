// What the detectors of rain raise in a recorded autumn of four gauges, by curves and lines of the literature; each figure stands in a table.

import { afterAll, describe, expect, it } from 'vitest'
import type { AnyKind } from '../../gateway/core/kind.ts'
import type { Detector } from '../../gateway/core/stage.ts'
import { antecedent } from '../../gateway/stages/detect/antecedent.ts'
import { rainCurve } from '../../gateway/stages/detect/rain-curve.ts'
import { rainTable } from '../../gateway/stages/detect/rain-table.ts'
import { curveNames, curves } from '../../gateway/stages/rain/curves.ts'
import type { Row } from '../gateway/stages/bench.ts'
import { depthAt } from '../gateway/stages/rain/curve.ts'
import { columnOf, judge } from './judged.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const period = 15 * MINUTE
const stepMm = 0.254

const table: string[][] = [['detector', 'mlp', 'mvd116', 'mwwd', 'watertona']]
afterAll(() => {
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => (row[column] as string).length)))
  console.log(`\n${table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')).join('\n')}\n`)
})

const gauges = ['mlp', 'mvd116', 'mwwd', 'watertona'] as const
const rowsOf = (gauge: string): Row[] => columnOf(`rain_mukilteo_${gauge}_15min_2015`, 'rain_in', 100).map(([time, tips]) => [time, Math.round(tips ?? 0)])
const rows = new Map(gauges.map((gauge) => [gauge, rowsOf(gauge)]))

/** When it rose in each gauge. */
function raised(kind: AnyKind<Detector>, options: object): number[][] {
  return gauges.map((gauge) => {
    const counting = { kind: 'increment', step: stepMm, wrap: null } as const
    return judge({ rain: { rows: rows.get(gauge) as Row[], period, counting, detector: [kind, { clear: 0.8, ...options }] } }).rain.raised
  })
}

const days = (times: number[]): string => times.map((time) => new Date(time).toISOString().slice(5, 13)).join(' ') || 'none'
const note = (what: string, times: number[][]): void => void table.push([what, ...times.map(days)])

/** The same by the definition: every stretch of the running storm, from the raw rows, each time once. */
function byDefinition(gauge: (typeof gauges)[number], name: (typeof curveNames)[number]): number[] {
  const seen: Row[] = []
  const times: number[] = []
  let up = false
  for (const row of rows.get(gauge) as Row[]) {
    if (row[0] <= (seen.at(-1)?.[0] ?? 0)) continue
    seen.push(row)
    let [tips, later, most] = [0, row[0], 0]
    for (let k = seen.length - 1; k >= 0 && later - (seen[k] as Row)[0] < DAY; k--) {
      const [time, count] = seen[k] as [number, number]
      if (count === 0) continue
      later = time
      tips += count
      most = Math.max(most, (tips * stepMm) / depthAt(curves[name], (row[0] - time + period) / HOUR))
    }
    if (most >= 1 && !up) times.push(row[0])
    up = most >= (up ? 0.8 : 1)
  }
  return times
}

describe('four gauges of one town, August to December 2015', () => {
  it.each(curveNames)('exceed the curve %s as by its definition', (curve) => {
    const times = raised(rainCurve, { curve, at: { red: 1 }, parted: DAY })
    note(curve, times)
    expect(times).toEqual(gauges.map((gauge) => byDefinition(gauge, curve)))
  })

  it('exceed it no later by the rule of CTRL-T, whose storms are the longer ones', () => {
    const [plain, seasonal] = [DAY, 'season'].map((parted) => raised(rainCurve, { curve: 'peruccacci-2017-italy', at: { red: 1 }, parted }))
    note('peruccacci-2017-italy, by CTRL-T', seasonal as number[][])
    expect((seasonal as number[][]).map(([first]) => first)).toEqual((plain as number[][]).map(([first]) => first))
  })

  it('cross the line of Seattle in the storms of November and December alone, where they were not blocked', () => {
    const times = raised(antecedent, { line: 'seattle', at: { orange: 1 } })
    note('antecedent, seattle', times)
    for (const time of times.flat()) expect(time).toBeGreaterThan(Date.parse('2015-11-01T00:00Z'))
    expect(times.slice(1).map((found) => found.length > 0)).toEqual([true, true, true])
  })

  it('raise no signal of rainstorm: no 12 h brought 50 mm', () => {
    const times = raised(rainTable, { ruleset: 'CN-2007' })
    note('rain-table, CN-2007', times)
    expect(times.flat()).toEqual([])
  })
})
