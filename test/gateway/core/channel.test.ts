import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../gateway/core/calendar.ts'
import { makeChannels } from '../../../gateway/core/channel.ts'
import { type ChannelPlan, plainResponse, type StagePlan, type StationPlan } from '../../../gateway/core/plan.ts'
import type { Stage } from '../../../gateway/core/stage.ts'
import { smooth } from '../../../gateway/stages/derive/smooth.ts'
import { velocity } from '../../../gateway/stages/derive/velocity.ts'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { instant, millis } from '../../../protocol/time.ts'
import { every, set } from '../stages/bench.ts'

const minute = 60_000
const hour = 60 * minute
const { calendar } = makeCalendar(millis(8 * hour), { at: millis(0), wall: instant(0), wallQuality: 'synchronised' })
const planOf = (channels: ChannelPlan[]): StationPlan => ({
  ...{ mode: 'test', channels, detectors: [], alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] },
})

describe('a channel', () => {
  it.each([Infinity, -Infinity, Number.NaN, 1e200])('takes %d for no value, so that what looks at it sees again as soon as it is past', (bad) => {
    const options = {
      over: hour,
      at: { red: { value: 0.05, per: hour } },
      direction: 'either',
      confidence: 0.95,
      clear: 0.8,
      onDelay: 0,
      offDelay: 0,
    }
    const bench = set({ detector: [trend, options], period: minute })
    const creep = Array.from({ length: 200 }, (_, k) => (k === 100 ? bad : (0.1 * k) / 60 + 1e-4 * Math.sin(k)))
    for (const row of every(minute, creep)) bench.give(row)
    expect(bench.flags()[100]).toBe(9)
    expect(bench.detector?.level).toBe(4)
    expect(bench.detector?.evidence()).toMatchObject({ perHour: expect.closeTo(0.1, 3), rows: 60 })
    expect(bench.detector?.evidence().errorPerHour).toBeLessThan(1e-3)
  })

  it('keeps one window for all that ask for the same span of it', () => {
    const options = { over: hour, at: { red: { value: 0.05, per: hour } }, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }
    const { machine } = set({ detector: [trend, options], derivation: [velocity, { over: hour, per: 'h' }], period: minute })
    expect(machine.channels[0]?.windows).toHaveLength(1)
    const apart = set({ detector: [trend, options], derivation: [velocity, { over: 2 * hour, per: 'h' }], period: minute })
    expect(apart.machine.channels[0]?.windows).toHaveLength(2)
  })

  it('drops a row that is not later than the one before it, and counts it', () => {
    const bench = set({ period: minute })
    bench.batch([
      [0, 1],
      [minute, 2],
      [minute, 3],
      [1000, 4],
      [2 * minute, 5],
    ])
    const [channel] = bench.machine.channels
    expect(channel?.dropped).toBe(2)
    expect([...(channel?.ring.value.subarray(0, 3) ?? [])]).toEqual([1, 2, 5])
  })
})

describe('a plan that cannot be is a mistake of ours, and stops at once', () => {
  it('where a channel is derived from one that comes after it', () => {
    const { machine } = set({ derivation: [smooth, { time: minute }], period: minute })
    const [input, out] = machine.channels.map(({ plan }) => plan) as [ChannelPlan, ChannelPlan]
    const late = { ...out, derivation: { ...(out.derivation as NonNullable<typeof out.derivation>), inputs: [1] } }
    expect(() => makeChannels(planOf([late, input]), millis(0), calendar)).toThrow(/out is derived from a later channel/)
  })

  it('where a stage asks for a window of a channel on which it is not called', () => {
    const { machine } = set({ period: minute, inputs: 2 })
    const [first, second] = machine.channels.map(({ plan }) => plan) as [ChannelPlan, ChannelPlan]
    const build: StagePlan<Stage>['build'] = ({ window }) => window(1, millis(hour))
    const quality = [{ kind: 'beside', inputs: [0, 1], build }]
    expect(() => makeChannels(planOf([{ ...first, quality }, second]), millis(0), calendar)).toThrow(/windows on its last input only \(in-0\)/)
  })
})
