// Two methane meters of a longwall mine: its excursions in production are gas, the bottle that one meter was tested with is none.
import { describe, expect, it } from 'vitest'
import { type AlarmPlan, type ChannelPlan, type DetectorPlan, plainResponse, type StationPlan } from '../../gateway/core/plan.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { parseCondition } from '../../gateway/site/grammar.ts'
import { threshold } from '../../gateway/stages/detect/threshold.ts'
import type { Level } from '../../protocol/level.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { samplesOf } from '../gateway/stages/bench.ts'
import { columnOf } from './judged.ts'

const name = 'gas_ch4_coalmine_longwall'
const STEP = 30_000
const columns = { mm116: 'MM116_pct_ch4', mm31: 'MM31_pct_ch4', cutting: 'PD_production' }

const channels = Object.keys(columns).map(
  (channel): ChannelPlan => ({
    ...{ name: channel, quantity: channel === 'cutting' ? 'cutting' : 'methane', unit: channel === 'cutting' ? '1' : '%vol', digits: 2, counting: null },
    ...{ period: millis(STEP), rows: 128, derivation: null, quality: [] },
  }),
)
const detector = (called: string, input: number, at: object): DetectorPlan => ({
  name: called,
  kind: 'threshold',
  inputs: [input],
  build: (wiring) => threshold.build({ direction: 'above', at, onDelay: millis(0), offDelay: millis(0) }, wiring),
})
const alarm = (called: string, level: Exclude<Level, 0>, text: string): AlarmPlan => {
  const parsed = parseCondition(text)
  if ('fault' in parsed) throw new Error(parsed.fault.what)
  return { name: called, levels: [{ level, when: parsed.condition }] }
}

// 1.5 %vol at the face; the meter in the return air shows that there is methane at all from 0.5 on.
const plan: StationPlan = {
  mode: 'test',
  channels,
  detectors: [detector('high', 0, { red: 1.5 }), detector('around', 1, { yellow: 0.5 }), detector('at-work', 2, { blue: 0.5 })],
  // One meter alone, in a mine that has stood still for an hour, is looked at by people before the power goes.
  alarms: [alarm('gas', 4, 'high and (at-work within 1h or around)'), alarm('meter', 1, 'high')],
  ...{ outputs: [], actions: [], response: plainResponse, reports: [] },
}

/** First and last row of each stand of an alarm. */
function standsOf(): Record<string, [number, number][]> {
  const series = Object.values(columns).map((column) => columnOf(name, column))
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' })
  const state = makeStation(plan, moment(0), 'test')
  const stands: Record<string, [number, number][]> = { gas: [], meter: [] }
  for (const [row, [at]] of (series[0] as [number, number][]).entries()) {
    scan(state, { ...emptyInput(moment(at)), samples: series.map((rows, channel) => samplesOf(channel, [rows[row] as [number, number]])) })
    for (const [called, held] of Object.entries(stands)) {
      if (state.verdicts.get(called) === 0) continue
      const last = held.at(-1)
      if (last && last[1] === row - 1) last[1] = row
      else held.push([row, row])
    }
  }
  return stands
}

describe('the longwall mine', () => {
  const excursions = columnOf(name, columns.mm116).flatMap(([, value], row) => (value !== null && value >= 1.5 ? [row] : []))
  const { gas = [], meter = [] } = standsOf()
  const covered = (stands: [number, number][]): number[] => excursions.filter((row) => stands.some(([from, to]) => row >= from && row <= to))
  const starts = (rows: number[]): number[] => rows.filter((row, index) => row - 1 !== rows[index - 1])

  it('raises the gas alarm in every excursion of the face but one', () => {
    const missed = starts(excursions).filter((row) => !covered(gas).includes(row))
    console.log(
      `\ncoal mine: excursions of 1.5 % or more ${starts(excursions).length}, gas alarm in ${starts(covered(gas)).length}, not in that of row ${missed.join()}; raised elsewhere ${gas.filter(([from]) => !excursions.includes(from)).length}; without delay\n`,
    )
    expect(starts(excursions)).toHaveLength(24)
    expect(missed).toEqual([1587])
    expect(gas.filter(([from]) => !excursions.includes(from))).toEqual([])
  })

  it('takes the bottle test of rows 1587 to 1600 for none, and still shows it', () => {
    expect(gas.filter(([from, to]) => to >= 1580 && from <= 1610)).toEqual([])
    expect(meter.filter(([from, to]) => to >= 1580 && from <= 1610)).toEqual([[1587, 1600]])
  })
})
