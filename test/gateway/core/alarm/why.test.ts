import { describe, expect, it } from 'vitest'
import type { Alarm } from '../../../../gateway/core/alarm/alarm.ts'
import { alarmMessage, statusMessage } from '../../../../gateway/core/alarm/told.ts'
import { plainResponse, type StationPlan } from '../../../../gateway/core/plan.ts'
import { makeStation, scan } from '../../../../gateway/core/scan.ts'
import { threshold } from '../../../../gateway/stages/detect/threshold.ts'
import { decode, encode } from '../../../../protocol/encodings/json.ts'
import type { Message } from '../../../../protocol/messages.ts'
import { emptyInput } from '../../../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../../../protocol/time.ts'
import { samplesOf } from '../../stages/bench.ts'

const second = 1000
const moment = (at: number): Moment => ({ at: millis(at), wall: instant(1.7e12 + at), wallQuality: 'synchronised' })

const plan: StationPlan = {
  mode: 'test',
  channels: [
    {
      ...{ name: 'level', quantity: 'level', unit: 'm', digits: 2, counting: null, rows: 256, derivation: null, quality: [] },
      period: millis(10 * second),
    },
  ],
  detectors: [
    {
      ...{ name: 'high', kind: 'threshold', inputs: [0] },
      build: (wiring) => threshold.build({ direction: 'above', at: { yellow: 2, red: 4 }, deadband: 0, onDelay: millis(0), offDelay: millis(0) }, wiring),
    },
  ],
  alarms: [{ name: 'river', levels: [{ level: 2, when: { op: 'level', name: 'high', compare: '>=', level: 1 } }] }],
  ...{ outputs: [], actions: [], response: plainResponse, reports: [] },
}

/** The same, with a detector that looks back. */
const looking: StationPlan = { ...plan, detectors: plan.detectors.map((high) => ({ ...high, reach: millis(40 * second) })) }

/** What is said of the river by a scan at `at`, with a row at `row` where there is one. */
function told(state: ReturnType<typeof makeStation>, at: number, row?: number): Message[] {
  const samples = row === undefined ? [] : [samplesOf(0, [[row, 2.5]])]
  return scan(state, { ...emptyInput(moment(at)), samples }).messages.filter((message) => 'alarm' in message && message.alarm === 'river')
}

describe('what a message says of a detection', () => {
  it('has its rule, set points and the newest row of its channel, in the retained alarm and in the log', () => {
    const state = makeStation(plan, moment(0), 'test')
    const messages = told(state, 11 * second, 10 * second)
    expect(messages.map(({ kind }) => kind)).toEqual(['alarm', 'log'])
    for (const message of messages)
      expect(message).toMatchObject({
        why: [
          {
            ...{ detection: 'high', level: 'yellow', evidence: { value: 2.5 }, rule: 'threshold', setPoints: { yellow: 2, red: 4 } },
            inputs: [{ channel: 'level', unit: 'm', value: 2.5, quality: 1, reason: 'none', ageMs: second }],
          },
        ],
      })
  })

  it('has neither set points nor an age before the first row, and no value', () => {
    const [first] = told(makeStation(plan, moment(0), 'test'), 0)
    expect(first).toMatchObject({
      why: [{ detection: 'high', level: 'unknown', evidence: {}, rule: 'threshold', inputs: [{ value: null, quality: 9, reason: 'none' }] }],
    })
    expect(JSON.stringify(first)).not.toMatch(/setPoints|ageMs/)
  })

  it('comes through the wire as it was, and a receiver refuses what is none', () => {
    const [first] = told(makeStation(looking, moment(0), 'test'), 11 * second, 10 * second) as [Message]
    const identity = { area: 'a', site: 'b', station: 'c', epoch: 'e' }
    const text = encode(first, { identity, seq: 1, lane: 'alarm', prev: null, sent: instant(1.7e12), mode: 'test' })
    expect(decode(text)).toMatchObject({ message: first })
    for (const [good, bad] of [
      ['"rule":"threshold"', '"rule":7'],
      ['"yellow":2', '"mauve":2'],
      ['"quality":1', '"quality":5'],
      ['"coverage":0.25', '"coverage":2'],
      ['"ageMs":1000', '"ageMs":-1'],
    ] as const) {
      expect(text).toContain(good)
      expect(decode(text.replace(good, bad)), bad).toMatch(/"why" is not a list/)
    }
  })

  it('has the window of a detector that looks back: how long, how many usable rows, and their share', () => {
    const state = makeStation(looking, moment(0), 'test')
    for (const at of [10, 20]) told(state, at * second, at * second)
    expect(alarmMessage(state, state.alarms[0] as Alarm, moment(51 * second)).why).toMatchObject([{ window: { ms: 40 * second, rows: 1, coverage: 0.25 } }])
  })

  it('names the edition of the site file by which an alarm was judged, in the retained alarm and in the log', () => {
    const hashes = (siteHash?: string) =>
      told(makeStation({ ...plan, ...(siteHash && { siteHash }) }, moment(0), 'test'), 11 * second, 10 * second).map((message) => [
        message.kind,
        'siteHash' in message && message.siteHash,
      ])
    expect(hashes('0123456789ab')).toEqual([
      ['alarm', '0123456789ab'],
      ['log', '0123456789ab'],
    ])
    expect(hashes()).toEqual([
      ['alarm', false],
      ['log', false],
    ])
  })

  it('goes with a status that names the edition of the site file, where there is one', () => {
    const state = makeStation({ ...plan, siteHash: '0123456789ab' }, moment(0), 'test')
    expect(statusMessage(state, 'online', moment(0))).toMatchObject({ siteHash: '0123456789ab' })
    expect(statusMessage(makeStation(plan, moment(0), 'test'), 'online', moment(0))).not.toHaveProperty('siteHash')
  })
})
