import { describe, expect, it } from 'vitest'
import type { Condition } from '../../../gateway/core/alarm/condition.ts'
import { type ConditionPart, explain } from '../../../gateway/core/evidence.ts'
import { plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import { conditionText } from '../../../gateway/site/grammar.ts'
import { smooth } from '../../../gateway/stages/derive/smooth.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { emptyInput } from '../../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'

const WALL = 1.7e12
const minute = 60_000
const moment = (at: number): Moment => ({ at: millis(at), wall: instant(WALL + at), wallQuality: 'synchronised' })
const is = (name: string, level: 1 | 2 | 3 | 4): Condition => ({ op: 'level', name, compare: '>=', level })
const none = millis(0)
const points = { direction: 'above', onDelay: none, offDelay: none } as const
const channel = { quantity: 'level', unit: 'm', digits: 2, counting: null, period: millis(minute), rows: 256, derivation: null, quality: [] }

/** Two gauges, one of them also smoothed; a threshold on each, and a rate on one. */
const plan: StationPlan = {
  mode: 'test',
  siteHash: '0123456789ab',
  channels: [
    { ...channel, name: 'upper', bus: 'line', device: 'gauge' },
    { ...channel, name: 'lower' },
    {
      ...channel,
      name: 'calm',
      derivation: { kind: 'smooth', inputs: [0], written: { derive: 'smooth' }, build: (wiring) => smooth.build({ time: millis(2 * minute) }, wiring) },
    },
  ],
  detectors: [
    {
      ...{ name: 'high', kind: 'threshold', inputs: [2], written: { kind: 'threshold', on: 'calm', at: { yellow: 2, red: 4 } } },
      build: (wiring) => threshold.build({ ...points, at: { yellow: 2, red: 4 }, deadband: 0.5 }, wiring),
    },
    {
      ...{ name: 'low', kind: 'threshold', inputs: [1] },
      build: (wiring) => threshold.build({ ...points, direction: 'below', at: { yellow: 1 }, deadband: 0 }, wiring),
    },
    {
      ...{ name: 'rising', kind: 'trend', inputs: [0], reach: millis(10 * minute) },
      build: (wiring) =>
        trend.build(
          {
            ...{ over: millis(10 * minute), at: { blue: { value: 1, per: millis(60 * minute) }, yellow: undefined, orange: undefined, red: undefined } },
            ...{ direction: 'rising', confidence: 0.95, clear: 0.8, onDelay: none, offDelay: none },
          },
          wiring,
        ),
    },
  ],
  alarms: [
    {
      name: 'river',
      levels: [
        { level: 2, when: is('high', 2) },
        { level: 4, when: { op: 'and', of: [is('high', 4), { op: 'not', of: is('low', 1) }] } },
      ],
    },
    { name: 'valley', levels: [{ level: 1, when: { op: 'or', of: [is('river', 1), is('rising', 1)] } }] },
  ],
  ...{ outputs: [], actions: [], response: plainResponse, reports: [] },
}

function station() {
  const state = makeStation(plan, moment(0), 'test')
  let now = moment(0)
  return {
    state,
    row(at: number, upper: number | null, lower: number | null, suspect = false): void {
      now = moment(at * minute)
      const samples = [samplesOf(0, [[at * minute, upper]]), samplesOf(1, [[at * minute, lower]])]
      if (suspect) for (const { quality } of samples) quality[0] = Quality.suspect
      scan(state, { ...emptyInput(now), samples })
    },
    wait(at: number): void {
      now = moment(at * minute)
      scan(state, emptyInput(now))
    },
    why(name: string) {
      const told = explain(state, name, now, conditionText)
      if (!told) throw new Error(`no alarm ${name}`)
      // As it travels.
      return JSON.parse(JSON.stringify(told)) as typeof told
    },
  }
}

/** `T river`, its parts indented. */
const tree = ({ text, truth, of }: ConditionPart): string[] => [`${truth} ${text}`, ...of.flatMap((part) => tree(part).map((line) => `  ${line}`))]

describe('the evidence of an alarm', () => {
  it('is none for a name that no alarm has', () => {
    expect(explain(station().state, 'rivers', moment(0), conditionText)).toBeNull()
  })

  it('tells before the first row that nothing is known, and of no figure', () => {
    const { alarms, detections, channels } = station().why('river')
    expect(alarms[0]).toMatchObject({ alarm: 'river', level: 'none' })
    expect(alarms[0]?.colours.map(({ condition }) => condition.truth)).toEqual(['unknown', 'unknown'])
    expect(detections).toMatchObject([
      { detection: 'high', level: 'unknown', doubt: 'warm-up', figures: {}, shortfalls: [] },
      { detection: 'low', level: 'unknown', doubt: 'warm-up', figures: {}, shortfalls: [] },
    ])
    expect(channels.map(({ channel: name, value, ageMs, quality }) => [name, value, ageMs, quality])).toEqual([
      ['upper', null, null, 'missing'],
      ['lower', null, null, 'missing'],
      ['calm', null, null, 'missing'],
    ])
  })

  it('is a tree of truths for each colour, the highest first, with what each question lacks', () => {
    const s = station()
    for (let at = 1; at <= 5; at++) s.row(at, 2.5, 0.5)
    const { alarms, siteHash, observed } = s.why('river')
    expect([siteHash, observed]).toEqual(['0123456789ab', WALL + 5 * minute])
    const [river] = alarms
    expect(river).toMatchObject({ level: 'yellow', unknown: [] })
    expect(river?.colours.map(({ colour, condition }) => [colour, ...tree(condition)])).toEqual([
      ['red', 'false high >= red and not low', '  false high >= red', '  false not low', '    true low'],
      ['yellow', 'true high >= yellow'],
    ])
    const [red] = river?.colours ?? []
    expect(red?.condition.of[0]).toMatchObject({ name: 'high', now: 'yellow', short: { colour: 'red', value: 2.5, setPoint: 4, short: 1.5, unit: 'm' } })
  })

  it.each([
    ['a set point above', 3, 1.5, { high: [-1, 1], low: [0.5] }],
    ['a set point reached', 4, 1, { high: [-2, 0], low: [0] }],
    ['one passed', 5, 0.25, { high: [-3, -1], low: [-0.75] }],
  ])('counts what is short in the direction of danger: %s', (_, upper, lower, expected) => {
    const s = station()
    for (let at = 1; at <= 5; at++) s.row(at, upper, lower)
    const { detections } = s.why('river')
    expect(Object.fromEntries(detections.map(({ detection, shortfalls }) => [detection, shortfalls.map(({ short }) => short)]))).toEqual(expected)
  })

  it('says which colour waits for a second reading', () => {
    const s = station()
    const waits = [20, 20].map((upper, k) => {
      s.row(k + 1, upper, 2, k === 0)
      const [high] = s.why('river').detections
      return [high?.level, high?.unconfirmed]
    })
    expect(waits).toEqual([
      ['yellow', 'red'],
      ['red', undefined],
    ])
  })

  it('goes on through the alarms that an alarm names, each once, and their detections', () => {
    const s = station()
    for (let at = 1; at <= 5; at++) s.row(at, 2.5, 2)
    const { alarms, detections } = s.why('valley')
    expect(alarms.map(({ alarm, level }) => [alarm, level])).toEqual([
      ['valley', 'blue'],
      ['river', 'yellow'],
    ])
    expect(detections.map(({ detection }) => detection)).toEqual(['high', 'low', 'rising'])
    expect(alarms[0]?.colours[0]?.condition.of).toMatchObject([
      { name: 'river', now: 'yellow' },
      { name: 'rising', now: 'unknown' },
    ])
  })

  it('shows channels down to the measured ones, with quality, reason and age, and of which device', () => {
    const s = station()
    s.row(1, 2.5, 2)
    s.row(2, null, 2)
    s.wait(3)
    expect(s.why('river').channels).toMatchObject([
      { channel: 'upper', value: null, quality: 'missing', ageMs: minute, bus: 'line', device: 'gauge', from: [] },
      { channel: 'lower', value: 2, quality: 'good', reason: '', ageMs: minute, unit: 'm', from: [] },
      { channel: 'calm', written: { derive: 'smooth' }, from: ['upper'] },
    ])
  })

  it('tells what a derivation stands on where it has something to tell, such as by whom a baseline was taken', () => {
    const s = station()
    expect(s.why('river').channels.filter((channel) => 'standsOn' in channel)).toEqual([])
    Object.assign(s.state.machine.channels[2]?.maker ?? {}, { told: () => ({ by: 'li', baseline: 2.5 }) })
    expect(s.why('river').channels.map(({ standsOn }) => standsOn)).toEqual([undefined, undefined, { by: 'li', baseline: 2.5 }])
  })

  it('tells the reason of a row that failed', () => {
    const s = station()
    const samples = { ...samplesOf(1, [[minute, 7]]), quality: Uint8Array.of(Quality.fail), reason: Uint8Array.of(reasonCode('agreement')) }
    scan(s.state, { ...emptyInput(moment(minute)), samples: [samples] })
    expect(explain(s.state, 'river', moment(minute), conditionText)?.channels[1]).toMatchObject({ value: 7, quality: 'fail', reason: 'agreement' })
  })

  it('counts the rows of a window that can be used, against those that were to come', () => {
    const s = station()
    for (let at = 1; at <= 20; at++) s.row(at, at % 2 === 0 ? at / 100 : null, 2)
    expect(s.why('valley').detections[2]).toMatchObject({ detection: 'rising', window: { ms: 10 * minute, rows: 5, coverage: 0.5 } })
  })

  it('does not count the rows of a window that holds more than anybody would wait for', () => {
    const many: StationPlan = {
      ...plan,
      channels: plan.channels.map((one, number) => (number === 0 ? { ...one, period: millis(1000), rows: 131_072 } : one)),
      detectors: plan.detectors.map((one) => ({ ...one, ...(one.name === 'rising' && { reach: millis(80_000_000) }) })),
    }
    const counted = (rows: number) => {
      const state = makeStation(many, moment(0), 'test')
      const times = Array.from({ length: rows }, (_, k) => [(k + 1) * 1000, 1] as [number, number])
      scan(state, { ...emptyInput(moment(rows * 1000)), samples: [samplesOf(0, times)] })
      return explain(state, 'valley', moment(rows * 1000), conditionText)?.detections[2]?.window
    }
    expect(counted(60_000)).toEqual({ ms: 80_000_000, rows: 60_000, coverage: 0.75 })
    expect(counted(70_000)).toBeUndefined()
  })

  it('holds a proven rate against its set point, in the unit of the channel an hour', () => {
    const s = station()
    for (let at = 1; at <= 20; at++) s.row(at, at / 120, 2)
    const [short] = s.why('valley').detections[2]?.shortfalls ?? []
    expect(short).toMatchObject({ colour: 'blue', figure: 'proven rate', unit: 'm/h' })
    expect(short?.value).toBeCloseTo(0.5, 6)
    expect(short?.short).toBeCloseTo(0.5, 6)
  })

  it('says what is lost, and that the detection does not know by the fault of its data', () => {
    const s = station()
    s.row(1, 2.5, 2)
    for (let at = 2; at <= 10; at++) s.wait(at)
    const { alarms, detections } = s.why('river')
    expect(alarms[0]).toMatchObject({ level: 'yellow', unknown: ['high', 'low'] })
    expect(detections).toMatchObject([
      { level: 'unknown', doubt: 'no-data' },
      { level: 'unknown', doubt: 'no-data' },
    ])
    expect(s.why('sensors').alarms).toMatchObject([{ technical: true, level: 'blue', colours: [] }])
    expect(s.why('sensors').alarms[0]?.unknown).toContain('lower')
  })

  it('says at which colour an alarm stood when its data were lost', () => {
    const s = station()
    for (let at = 1; at <= 5; at++) s.row(at, 2.5, 2)
    for (let at = 6; at <= 26 * 60; at++) s.wait(at)
    const [river] = s.why('river').alarms
    expect(river).toMatchObject({ level: 'none', dataLost: 'yellow', unknown: ['high', 'low'] })
  })

  it('asks each name of a roll-up for itself', () => {
    const rolled: StationPlan = { ...plan, alarms: [{ name: 'pond', levels: [{ level: 3, when: { op: 'roll-up', names: ['high', 'low'], level: 3 } }] }] }
    const state = makeStation(rolled, moment(0), 'test')
    const [pond] = explain(state, 'pond', moment(0), conditionText)?.alarms ?? []
    expect(pond?.colours[0]?.condition.of.map(({ name, truth }) => [name, truth])).toEqual([
      ['high', 'unknown'],
      ['low', 'unknown'],
    ])
  })

  it('shows what an alarm waits for before it is lowered, and what stands within a span', () => {
    const waits: StationPlan = {
      ...plan,
      alarms: [
        {
          name: 'bank',
          levels: [{ level: 1, when: { op: 'within', of: is('high', 2), span: millis(10 * minute) } }],
          lower: { after: none, while: { op: 'not', of: is('low', 1) } },
        },
      ],
    }
    const state = makeStation(waits, moment(0), 'test')
    const [bank] = explain(state, 'bank', moment(0), conditionText)?.alarms ?? []
    expect(bank?.colours.flatMap(({ condition }) => tree(condition))).toEqual(['unknown high >= yellow within 10min', '  unknown high >= yellow'])
    expect(bank?.lower && tree(bank.lower)).toEqual(['unknown not low', '  unknown low'])
  })
})
