import { describe, expect, it } from 'vitest'
import { type ChannelPlan, plainResponse, type StationPlan } from '../../../gateway/core/plan.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import { Quality } from '../../../protocol/quality.ts'
import { emptyInput, type LinkChange } from '../../../protocol/recording.ts'
import { oneSample } from '../../../protocol/samples.ts'
import { instant, type Moment, millis } from '../../../protocol/time.ts'

const moment = (at: number): Moment => ({ at: millis(at), wall: instant(1.7e12 + at), wallQuality: 'synchronised' })

const channel = (name: string, bus?: string): ChannelPlan => ({
  ...{ name, quantity: 'tilt', unit: 'deg', digits: 2, counting: null, period: millis(1000), rows: 64, derivation: null, quality: [] },
  ...(bus !== undefined && { bus }),
})

const plan: StationPlan = {
  mode: 'test',
  channels: [channel('tilt-x', 'slope'), channel('tilt-y', 'slope'), channel('level', 'brook'), channel('disk-free')],
  ...{ detectors: [], alarms: [], outputs: [], actions: [], reports: [], response: plainResponse },
}

function station() {
  const state = makeStation(plan, moment(0), 'test')
  return {
    /** One scan, with fresh rows of some channels. */
    at(second: number, fresh: number[], links: LinkChange[] = []): void {
      const samples = fresh.map((number) => oneSample(number, millis(second * 1000), 1, Quality.good, 'none'))
      scan(state, { ...emptyInput(moment(second * 1000)), samples, links })
    },
    unknown: (name: string): string[] => state.alarms.find((alarm) => alarm.name === name)?.unknown ?? ['there is no such alarm'],
    level: (name: string): number => state.alarms.find((alarm) => alarm.name === name)?.level ?? -1,
  }
}

const said = (link: string, more: Partial<LinkChange> = {}): LinkChange => ({ link, up: true, detail: '', ...more })

describe('the alarm of the buses', () => {
  it.each(['overload', 'damaged'] as const)('tells of %s until the bus says something without it', (trouble) => {
    const s = station()
    s.at(1, [0, 1, 2, 3])
    expect([s.level('buses'), s.unknown('buses')]).toEqual([0, []])
    s.at(2, [0, 1, 2, 3], [said('slope', { trouble })])
    expect([s.level('buses'), s.unknown('buses')]).toEqual([1, [`bus.${trouble} slope`]])
    s.at(3, [0, 1, 2, 3])
    expect(s.level('buses')).toBe(1)
    s.at(4, [0, 1, 2, 3], [said('slope')])
    expect([s.level('buses'), s.unknown('buses')]).toEqual([0, []])
  })

  it('has ears for buses only', () => {
    const s = station()
    s.at(1, [0, 1, 2, 3], [said('slope/tilt', { trouble: 'damaged' }), said('county', { up: false })])
    expect(s.level('buses')).toBe(0)
  })
})

describe('lost channels', () => {
  const others = [2, 3]

  it.each([
    ['down', { up: false }],
    ['damaged', { trouble: 'damaged' }],
  ] as const)('of a bus that is %s have one cause, which is named once', (_, word) => {
    const s = station()
    s.at(1, [0, 1, ...others])
    s.at(2, others, [said('slope', word)])
    for (let second = 3; second < 10; second++) s.at(second, others)
    expect(s.unknown('sensors')).toEqual(['bus slope'])
    s.at(10, [0, ...others], [said('slope')])
    expect(s.unknown('sensors')).toEqual(['tilt-y'])
  })

  it.each([
    ['of a bus that is well', {}],
    ['of one that is overloaded', { trouble: 'overload' }],
  ] as const)('%s are named each', (_, word) => {
    const s = station()
    s.at(1, [0, 1, ...others], [said('slope', word)])
    for (let second = 3; second < 10; second++) s.at(second, others)
    expect(s.unknown('sensors')).toEqual(['tilt-x', 'tilt-y'])
  })

  it('of other buses, and of the station itself, are named beside the bus', () => {
    const s = station()
    s.at(1, [0, 1, 2, 3], [said('slope', { up: false })])
    for (let second = 3; second < 10; second++) s.at(second, [])
    expect(s.unknown('sensors')).toEqual(['bus slope', 'level', 'disk-free'])
  })
})
