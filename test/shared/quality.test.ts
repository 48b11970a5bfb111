// What the quality tests make of recorded instruments that were blocked, doubled, restarted, broken or tested; each figure stands in a table.

import { afterAll, describe, expect, it } from 'vitest'
import { accumulate } from '../../gateway/stages/derive/accumulate.ts'
import { trend } from '../../gateway/stages/detect/trend.ts'
import { agreement } from '../../gateway/stages/quality/agreement.ts'
import { jump } from '../../gateway/stages/quality/jump.ts'
import { multivariate } from '../../gateway/stages/quality/multivariate.ts'
import { neighbours } from '../../gateway/stages/quality/neighbours.ts'
import type { Row } from '../gateway/stages/bench.ts'
import { columnOf, type Judged, judge, type Verdict } from './judged.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const table: string[][] = [['recording', 'what', 'figure']]
afterAll(() => {
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => (row[column] as string).length)))
  console.log(`\n${table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')).join('\n')}\n`)
})
const note = (recording: string, what: string, figure: string | number): void => {
  table.push([recording, what, String(figure)])
}

const at = (text: string): number => Date.parse(`2015-${text}Z`)
const flagged = (rows: Verdict[], from = -Infinity, to = Infinity): Verdict[] => rows.filter(({ time, quality }) => time >= from && time < to && quality >= 3)
const share = (rows: Verdict[], quality: number, from: number, to: number): number => {
  const within = rows.filter(({ time }) => time >= from && time < to)
  return within.filter((row) => row.quality === quality).length / within.length
}

describe('four rain gauges of one town', () => {
  const gauges = ['mlp', 'mvd116', 'mwwd', 'watertona']
  const span = 6 * HOUR
  const written: Record<string, Judged> = {}
  for (const gauge of gauges) {
    const rows = columnOf(`rain_mukilteo_${gauge}_15min_2015`, 'rain_in', 100)
    written[gauge] = {
      rows: rows.map(([time, tips]) => [time, tips === null ? null : Math.round(tips)]),
      period: 15 * MINUTE,
      counting: { kind: 'increment', step: 0.254, wrap: null },
    }
  }
  for (const gauge of gauges) {
    const of = gauges.filter((other) => other !== gauge).map((other) => `${other}-6h`)
    const options = { of, least: 2, zero: 12 * HOUR, influx: { low: 1, high: 6 } }
    written[`${gauge}-6h`] = { period: 15 * MINUTE, derive: { kind: accumulate, from: [gauge], options: { over: span } }, quality: [[neighbours, options]] }
  }
  for (const gauge of gauges) written[`${gauge}-24h`] = { period: 15 * MINUTE, derive: { kind: accumulate, from: [gauge], options: { over: DAY } } }
  const daily = { of: gauges.slice(1).map((other) => `${other}-24h`), least: 2, influx: { low: 1, high: 6 } }
  written['mlp-24h'] = { ...(written['mlp-24h'] as Judged), quality: [[neighbours, daily]] }
  const judged = judge(written)
  const sums = (gauge: string): Verdict[] => judged[`${gauge}-6h`]?.rows as Verdict[]

  it('are counted once where records came twice', () => {
    for (const gauge of ['mlp', 'mvd116']) {
      note(`rain_mukilteo_${gauge}`, 'records that came twice, dropped', judged[gauge]?.dropped as number)
      expect(judged[gauge]?.dropped).toBe(4)
    }
    // Those were dry. So each wet one comes twice now, as a logger sends it whose acknowledgement was lost.
    const { rows = [], ...mlp } = written.mlp as Judged
    const twice = rows.flatMap((row) => (row[1] ? [row, row] : [row]))
    const sum = (given: Row[]): Verdict[] =>
      judge({ mlp: { ...mlp, rows: given }, sum: { period: 15 * MINUTE, derive: { kind: accumulate, from: ['mlp'], options: { over: DAY } } } }).sum.rows
    const total = (given: Row[]): number => given.reduce((tips, [, value]) => tips + (value ?? 0), 0)
    note('rain_mukilteo_mlp', 'each wet record twice: tips sent, tips that fell; sums of 24 h that differ', `${total(twice)}, ${total(rows)}; 0`)
    expect(total(twice)).toBe(2 * total(rows))
    expect(sum(twice)).toEqual(sum(rows))
  })

  it.each([
    // From the first twelve hours in which the neighbours showed rain at every step, until the gauge tips again.
    ['blocked, first time', '11-02T21:30', '11-08T11:45', 4, 1],
    ['burst of stored water', '11-08T12:30', '11-08T18:15', 3, 1],
    ['blocked again', '11-14T01:30', '11-21T13:00', 4, 1],
    ['still blocked, after one tip', '11-24T13:15', '11-26T19:00', 4, 1],
  ])('show that mlp was wrong: %s', (what, from, to, quality, least) => {
    const part = share(sums('mlp'), quality, at(from), at(to))
    note('rain_mukilteo_mlp', `${what}, ${from} to ${to}: share ${quality === 4 ? 'failed' : 'suspect'}`, part.toFixed(2))
    expect(part).toBeGreaterThanOrEqual(least)
  })

  it('see the slow drain, which is no faster than rain, by their sums of a day', () => {
    const [from, to] = [at('11-26T21:15'), at('12-02T00:00')]
    const parts = [sums('mlp'), judged['mlp-24h']?.rows as Verdict[]].map((rows) => share(rows, 3, from, to))
    note('rain_mukilteo_mlp', 'slow drain, 11-26T21:15 to 12-02: share suspect of sums of 6 h, of 24 h', parts.map((part) => part.toFixed(2)).join(', '))
    expect(parts[1]).toBeGreaterThan(0.7)
  })

  it('hardly ever doubt a gauge that is right', () => {
    for (const gauge of ['mvd116', 'mwwd', 'watertona']) {
      const wrong = flagged(sums(gauge))
      note(
        `rain_mukilteo_${gauge}`,
        `sums of 6 h doubted of ${sums(gauge).length}, failed`,
        `${wrong.length}, ${wrong.filter(({ quality }) => quality === 4).length}`,
      )
      expect(wrong.filter(({ quality }) => quality === 4)).toEqual([])
      expect(wrong.length / sums(gauge).length).toBeLessThan(0.001)
    }
    const before = flagged(sums('mlp'), -Infinity, at('11-02T00:00'))
    note(
      'rain_mukilteo_mlp',
      'before it was blocked: sums failed, suspect',
      [4, 3].map((is) => before.filter(({ quality }) => quality === is).length).join(', '),
    )
  })
})

describe('two accelerometers of one node', () => {
  it.each([
    ['06', { x: -3, y: -7, z: -11 }],
    ['16', { x: 4, y: -14, z: -6 }],
  ])('of node %s agree through all that it moved, once their mounting is taken off', (node, offsets) => {
    for (const [axis, offset] of Object.entries(offsets)) {
      const [own, twin] = [1, 2].map((acc) => columnOf(`slope_tilt_sagtb${node}_acc${acc}_2015`, axis))
      const heights = { suspect: 6, fail: 12 }
      const { a, b } = judge({
        a: { rows: own as never, period: 30 * MINUTE, quality: [[agreement, { with: 'b', offset, ...heights }]] },
        b: { rows: twin as never, period: 30 * MINUTE, quality: [[agreement, { with: 'a', offset: -offset, ...heights }]] },
      })
      const values = a.rows.map(({ value }) => value)
      note(
        `slope_tilt_sagtb${node}`,
        `${axis}: rows doubted of ${a.rows.length} and ${b.rows.length}; it moved by`,
        `${flagged(a.rows).length}, ${flagged(b.rows).length}; ${Math.max(...values) - Math.min(...values)} counts`,
      )
      expect([flagged(a.rows), flagged(b.rows)]).toEqual([[], []])
    }
  })
})

describe('inclinometer columns', () => {
  /** The publisher filled silence with the last values: rows in which no node moves were not measured. */
  function nodesOf(name: string, nodes: number): Map<string, Row[]> {
    const columns = ['xz', 'xy'].flatMap((way) => Array.from({ length: nodes }, (_, node) => `${way}_${node + 1}`))
    const all = columns.map((column) => columnOf(name, column, 1000))
    const measured = (all[0] ?? []).map((_, row) => row > 0 && all.some((rows) => rows[row]?.[1] !== rows[row - 1]?.[1]))
    return new Map(columns.map((column, index) => [column, (all[index] ?? []).filter((_, row) => measured[row])]))
  }

  const movement = { over: DAY, at: { red: { value: 5, per: DAY } }, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }
  const restart = { after: 6 * HOUR, suspect: 1, fail: 1, hold: DAY }

  /** Nodes whose trend rises to 5 mm a day after `from`, without and with the test of restarts. */
  function moved(name: string, nodes: number, from: number): { plain: string[]; tested: string[] } {
    const columns = nodesOf(name, nodes)
    const raised = (tested: boolean): string[] =>
      [...columns].flatMap(([column, rows]) => {
        const { it } = judge({ it: { rows, period: 30 * MINUTE, detector: [trend, movement], ...(tested && { quality: [[jump, restart]] as never }) } })
        return it.raised.some((time) => time >= from) ? [column] : []
      })
    return { plain: raised(false), tested: raised(true) }
  }

  it('that jump after an outage have not moved', () => {
    const { plain, tested } = moved('slope_inclino_mamt_2014-09', 24, Date.parse('2014-09-14T00:00Z'))
    note('slope_inclino_mamt', 'columns of 48 that seem to move 5 mm/d after the restart: plain, with jump', `${plain.length}, ${tested.length}`)
    expect(plain.length).toBeGreaterThan(10)
    expect(tested).toEqual([])
  })

  it('that creep are seen to creep all the same', () => {
    const { plain, tested } = moved('slope_inclino_humt_2014-09', 22, Date.parse('2014-09-03T12:00Z'))
    note('slope_inclino_humt', 'columns that move 5 mm/d: plain, with jump', `${plain.join(' ')}; ${tested.join(' ')}`)
    expect(plain.length).toBeGreaterThan(0)
    expect(tested).toEqual(plain)
  })
})

describe('the inclinometer of a bridge that does not move', () => {
  it.each(['pitch_deg', 'roll_deg'])('fails at every jump off its line (%s)', (column) => {
    const rows = columnOf('water_troutcreek_2021', column)
    const { it: judged } = judge({ it: { rows, period: 5 * MINUTE, unit: 'deg', quality: [[jump, { fail: 5, hold: DAY }]] } })
    const steps = judged.rows.flatMap(({ value }, row) => (row > 0 && Math.abs(value - (judged.rows[row - 1] as Verdict).value) > 5 ? [row] : []))
    const failed = steps.filter((row) => judged.rows[row]?.quality === 4)
    const back = steps.filter((row) => judged.rows[row]?.quality === 1)
    note('water_troutcreek', `${column}: jumps; failed; back on the line before`, `${steps.length}; ${failed.length}; ${back.length}`)
    // A jump that passes ends a stretch that had failed: the row before it did.
    for (const row of back) expect(judged.rows[row - 1]?.quality).toBe(4)
    expect(failed.length + back.length).toBe(steps.length)
    expect(failed.length).toBeGreaterThanOrEqual(steps.length / 2)
  })

  it.each([
    ['pitch_deg', 5, 0],
    ['roll_deg', 5, 0],
    // Its box is up to 83 degC warm: a good part of 2 degrees a day is its own.
    ['pitch_deg', 2, 10],
    ['roll_deg', 2, 5],
  ])('raises next to nothing where its jumps raised an alarm again and again (%s, %d degrees a day)', (column, value, most) => {
    const rows = columnOf('water_troutcreek_2021', column)
    const tilting = { over: DAY, at: { red: { value, per: DAY } }, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }
    const { plain, tested } = judge({
      plain: { rows, period: 5 * MINUTE, unit: 'deg', detector: [trend, tilting] },
      tested: { rows, period: 5 * MINUTE, unit: 'deg', detector: [trend, tilting], quality: [[jump, { fail: 5, hold: DAY }]] },
    })
    note('water_troutcreek', `${column}: false alarms of a trend of ${value} deg/d: plain, with jump`, `${plain.raised.length}, ${tested.raised.length}`)
    expect(plain.raised.length).toBeGreaterThan(20)
    expect(tested.raised.length).toBeLessThanOrEqual(most)
  })
})

describe('a methane meter that is tested with a bottle', () => {
  it('is doubted at each step of the test, since neither gas nor air moves elsewhere', () => {
    const name = 'gas_ch4_coalmine_longwall'
    const related = [
      { channel: 'mm31', rate: { value: 0.01, per: 30_000 } },
      { channel: 'air', rate: { value: 0.25, per: 30_000 } },
    ]
    const { mm116 } = judge({
      mm116: { rows: columnOf(name, 'MM116_pct_ch4'), period: 30_000, quality: [[multivariate, { rate: { value: 0.3, per: 30_000 }, related }]] },
      mm31: { rows: columnOf(name, 'MM31_pct_ch4'), period: 30_000 },
      air: { rows: columnOf(name, 'AS038_m_s'), period: 30_000 },
    })
    const doubted = mm116.rows.flatMap(({ quality }, row) => (quality === 3 ? [row] : []))
    note('gas_ch4_coalmine_longwall', 'rows of the bottle test that are doubted (1587 to 1610)', doubted.filter((row) => row >= 1587 && row <= 1610).join(' '))
    note(
      'gas_ch4_coalmine_longwall',
      `others that are doubted, of ${mm116.rows.length}; failed`,
      `${doubted.length - 3}; ${mm116.rows.filter(({ quality }) => quality === 4).length}`,
    )
    expect(doubted).toEqual(expect.arrayContaining([1587, 1593, 1601]))
    expect(doubted.length).toBeLessThan(30)
  })
})
