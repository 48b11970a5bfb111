import { describe, expect, it } from 'vitest'
import { plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { type Change, farewell, makeStation, type Out, scan } from '../../../gateway/core/scan.ts'
import { accumulate } from '../../../gateway/stages/derive/accumulate.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import type { Message } from '../../../protocol/messages.ts'
import { emptyInput, type Input } from '../../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../../protocol/time.ts'
import { type Row, samplesOf } from '../stages/bench.ts'

const minute = 60_000
const hour = 60 * minute
const WALL = 1.7e12

const moment = (at: number, step = 0): Moment => ({ at: millis(at), wall: instant(WALL + at + step), wallQuality: 'synchronised' })

/** A gauge, its hour, a threshold, an alarm, a siren. */
const plan: StationPlan = {
  mode: 'test',
  channels: [
    {
      name: 'rain',
      quantity: 'rain',
      unit: 'mm',
      digits: 1,
      counting: { kind: 'increment', step: 0.2, wrap: null },
      period: millis(minute),
      rows: 256,
      derivation: null,
      quality: [],
    },
    {
      name: 'rain-1h',
      quantity: 'rain',
      unit: 'mm',
      digits: 1,
      counting: null,
      period: millis(minute),
      rows: 256,
      derivation: { kind: 'accumulate', inputs: [0], build: (wiring) => accumulate.build({ over: millis(hour) }, wiring) },
      quality: [],
    },
  ],
  detectors: [
    {
      name: 'heavy-rain',
      kind: 'threshold',
      inputs: [1],
      build: (wiring) => threshold.build({ direction: 'above', at: { yellow: 2, red: 4 }, clear: 0.8, onDelay: millis(0), offDelay: millis(0) }, wiring),
    },
  ],
  alarms: [
    {
      name: 'slope',
      levels: [
        { level: 4, when: { op: 'level', name: 'heavy-rain', compare: 'is', level: 4 } },
        { level: 2, when: { op: 'level', name: 'heavy-rain', compare: '>=', level: 1 } },
      ],
    },
  ],
  outputs: [{ name: 'siren', kind: 'siren', longest: millis(30 * minute) }],
  actions: [{ when: { op: 'level', name: 'slope', compare: 'is', level: 4 }, text: 'slope is red', output: 'siren', hold: millis(10 * minute) }],
  response: plainResponse,
  reports: [
    {
      uplink: 'county',
      heartbeat: millis(hour),
      channels: [
        { channel: 0, every: millis(5 * minute), onChange: false },
        { channel: 1, every: millis(hour), onChange: true },
      ],
    },
  ],
}

/** A station that is scanned at each deadline up to each row, as the real one is. */
function station() {
  const state = makeStation(plan, moment(0), 'test')
  const outs: { at: number; out: Out }[] = []
  let wakeAt = 0
  let obeyed: Input['outputs'] = []
  const one = (input: Input): void => {
    const out = scan(state, { ...input, outputs: obeyed })
    outs.push({ at: input.now.at, out })
    wakeAt = out.wakeAt
    obeyed = out.actions.map(({ output, on }) => ({ output, wanted: on, actual: on }))
  }
  one(emptyInput(moment(0)))
  return {
    state,
    until(at: number, row?: Row, step = 0): void {
      while (wakeAt < at) one(emptyInput(moment(wakeAt, step)))
      one({ ...emptyInput(moment(at, step)), samples: row ? [samplesOf(0, [row])] : [] })
    },
    changes: (): Change[] => outs.flatMap(({ out }) => out.changes),
    messages: (): Message[] => outs.flatMap(({ out }) => out.messages),
    acts: () => outs.flatMap(({ at, out }) => out.actions.map(({ output, on }) => [at / minute, output, on])),
  }
}

/** Tips a minute, for as many minutes, from a start. */
function rain(s: ReturnType<typeof station>, from: number, minutes: number, tips: number): void {
  for (let k = 0; k < minutes; k++) s.until((from + k) * minute, [(from + k) * minute, tips])
}

describe('a scan', () => {
  it('drives rain through its hour to an alarm, a siren that runs its time, and all the way back as the hour passes', () => {
    const s = station()
    rain(s, 1, 70, 0)
    rain(s, 71, 6, 4)
    rain(s, 77, 90, 0)
    const told = s.changes().map(({ what, name, from, to, observed }) => [Math.round((observed - WALL) / minute), what, name, from, to].join(' '))
    expect(told).toEqual([
      '54 detection heavy-rain unknown none',
      '73 detection heavy-rain none yellow',
      '73 alarm slope none yellow',
      '75 detection heavy-rain yellow red',
      '75 alarm slope yellow red',
      '75 action siren off on',
      '85 action siren on off',
      '133 detection heavy-rain red yellow',
      '133 alarm slope red yellow',
      '135 detection heavy-rain yellow none',
      '135 alarm slope yellow none',
    ])
    expect(s.acts()[0]).toEqual([0, 'siren', false])
  })

  it('holds an alarm whose gauge has fallen silent, and says so in the sensors alarm within three periods', () => {
    const s = station()
    rain(s, 1, 70, 0)
    rain(s, 71, 6, 4)
    s.until(200 * minute)
    const alarms = new Map(s.state.alarms.map((alarm) => [alarm.name, alarm]))
    expect(alarms.get('slope')?.level).toBe(4)
    expect(alarms.get('sensors')?.level).toBe(1)
    expect(alarms.get('sensors')?.unknown).toEqual(['rain', 'heavy-rain'])
    const raised = s.changes().find(({ name }) => name === 'sensors')
    expect(raised && raised.observed - WALL).toBe(76 * minute + 3 * minute + 1)
  })

  it.each([
    ['ten years ahead in mid-storm', 0, 10 * 365 * 24 * hour],
    ['back to 1970 in mid-storm', 0, -WALL],
    ['1970 from the start, set right in mid-storm', -WALL, 0],
  ])('is not moved by the wall clock: %s', (_, before, after) => {
    const words = (first: number, then: number) => {
      const s = station()
      for (let k = 1; k < 71; k++) s.until(k * minute, [k * minute, 0], first)
      for (let k = 71; k < 77; k++) s.until(k * minute, [k * minute, 4], then)
      return s.changes().map(({ name, from, to }) => [name, from, to])
    }
    expect(words(before, after)).toEqual(words(0, 0))
    expect(words(before, after)).toContainEqual(['slope', 'yellow', 'red'])
  })

  it('reports every row in batches of one period, changes at once, and what is left at the end', () => {
    const s = station()
    rain(s, 1, 12, 1)
    const live = s.messages().filter((message) => message.kind === 'live')
    const rows = (name: string) => live.flatMap((message) => message.channels[name]?.v ?? [])
    expect(rows('rain')).toEqual(Array(10).fill(0.2))
    expect(live.filter((message) => message.channels.rain).map((message) => message.channels.rain?.v.length)).toEqual([5, 5])
    expect(rows('rain-1h')).toEqual(Array.from({ length: 12 }, (_, k) => Number(((k + 1) * 0.2).toPrecision(12))))
    const [rest] = farewell(s.state, moment(12 * minute))
    expect(rest?.kind === 'live' && rest.channels.rain?.v).toEqual([0.2, 0.2])
  })

  it('says at the start how every alarm stands, and beats its heart', () => {
    const s = station()
    s.until(125 * minute)
    const first = s
      .messages()
      .filter((message) => message.kind === 'alarm')
      .slice(0, 3)
    expect(first.map((message) => message.kind === 'alarm' && [message.alarm, message.level])).toEqual([
      ['slope', 'none'],
      ['sensors', 'none'],
      ['outputs', 'none'],
    ])
    expect(s.messages().filter((message) => message.kind === 'status')).toHaveLength(2)
  })

  it('takes one command from outside, and no other', () => {
    const s = station()
    const input = emptyInput(moment(minute))
    for (const op of ['report', 'silence-siren']) input.commands.push({ uplink: 'county', command: { id: op, op, args: {} } })
    const { messages } = scan(s.state, input)
    expect(messages.filter((message) => message.kind === 'result').map((message) => message.kind === 'result' && [message.command, message.ok])).toEqual([
      ['report', true],
      ['silence-siren', false],
    ])
    expect(messages.filter((message) => message.kind === 'alarm' && message.to === 'county')).toHaveLength(4)
  })

  it('raises the outputs alarm while a siren does not follow, and clears it when it does', () => {
    const s = station()
    rain(s, 1, 70, 0)
    rain(s, 71, 6, 4)
    const back = (at: number, actual: boolean): void => {
      const input = emptyInput(moment(at))
      input.outputs.push({ output: 'siren', wanted: true, actual })
      scan(s.state, input)
    }
    const level = () => s.state.alarms.find(({ name }) => name === 'outputs')?.level
    back(76.1 * minute, false)
    expect(level()).toBe(1)
    back(76.2 * minute, true)
    expect(level()).toBe(0)
  })

  it('passes over the answer of an output that its site file does not name any more', () => {
    const s = station()
    const { messages } = scan(s.state, { ...emptyInput(moment(minute)), outputs: [{ output: 'horn', wanted: false, actual: true }] })
    expect(messages.filter(({ kind }) => kind === 'act')).toEqual([])
  })

  it('stops at samples of a channel that its plan does not have: that is a mistake of ours', () => {
    expect(() => scan(station().state, { ...emptyInput(moment(minute)), samples: [samplesOf(99, [[minute, 1]])] })).toThrow(/samples for channel 99/)
  })

  it('stops at a condition over a name that its plan does not have', () => {
    const alarms = [{ name: 'ghost', levels: [{ level: 1, when: { op: 'level', name: 'nobody', compare: '>=', level: 1 } }] }] as const
    const state = makeStation({ ...plan, alarms: [...alarms] as unknown as typeof plan.alarms }, moment(0), 'test')
    expect(() => scan(state, emptyInput(moment(0)))).toThrow(/a condition asks for nobody/)
  })

  it('tells of a siren that sounds at the very first scan', () => {
    const state = makeStation({ ...plan, actions: plan.actions.map((action) => ({ ...action, when: { op: 'not', of: action.when } })) }, moment(0), 'test')
    const { changes, actions } = scan(state, emptyInput(moment(0)))
    expect(actions).toEqual([{ output: 'siren', on: true, cause: 'slope is red' }])
    expect(changes.map(({ what, name, from, to }) => [what, name, from, to])).toEqual([['action', 'siren', 'off', 'on']])
  })

  it('tells of an instrument whose clock strayed, for an hour', () => {
    const s = station()
    s.until(minute)
    const input = emptyInput(moment(minute + 1))
    input.clock.push({ device: 'gauge', wall: instant(WALL), wallQuality: 'synchronised', stepMs: 90_000 })
    scan(s.state, input)
    const sensors = s.state.alarms.find(({ name }) => name === 'sensors')
    expect(sensors?.unknown).toEqual(['gauge clock'])
    rain(s, 2, 60, 0)
    expect(sensors?.level).toBe(1)
    rain(s, 62, 2, 0)
    expect(sensors?.level).toBe(0)
  })

  it('gives the same output for the same inputs, byte by byte', () => {
    const run = (): string => {
      const s = station()
      rain(s, 1, 70, 0)
      rain(s, 71, 20, 3)
      return JSON.stringify([s.changes(), s.messages()])
    }
    expect(run()).toBe(run())
  })
})
