import { describe, expect, it } from 'vitest'
import type { Machine } from '../../../gateway/core/channel.ts'
import { baseline, inhibit } from '../../../gateway/core/channel-acts.ts'
import type { StationPlan } from '../../../gateway/core/plan.ts'
import { remember } from '../../../gateway/core/remember.ts'
import type { StageAct } from '../../../gateway/core/stage.ts'
import { resultant } from '../../../gateway/stages/derive/resultant.ts'
import { qualityName, reasonName } from '../../../protocol/quality.ts'
import type { Remembered } from '../../../protocol/recording.ts'
import { set } from '../stages/bench.ts'
import { action, hour, level, minute, place, SLOPE } from './place.ts'

type Place = ReturnType<typeof place>
const last = ({ state }: Place, channel: number): string => {
  const ring = state.machine.channels[channel]?.ring
  if (!ring) throw new Error('no such channel')
  const slot = (ring.head - 1) & ring.mask
  return `${ring.value[slot]} ${qualityName(ring.quality[slot] as number)} ${reasonName(ring.reason[slot] as number)}`
}
const levelOf = ({ state }: Place, name: string) => state.alarms.find((one) => one.name === name)?.level
const lost = ({ state }: Place) => state.alarms.find(({ name }) => name === 'sensors')?.unknown

const vote: StationPlan['alarms'][number] = {
  name: 'both',
  levels: [{ level: 4, when: { op: 'count', least: 2, of: [level('creep', '>=', 1), level('water', '>=', 1)] } }],
}

describe('an inhibited channel', () => {
  it('warns nobody, is missed, and comes back by itself', () => {
    const p = place()
    p.until(minute)
    expect(p.act('inhibit', { channel: 'slope-m', forMs: 10 * minute })).toBe('')
    p.set(SLOPE, 4)
    p.until(10 * minute)
    expect(last(p, SLOPE)).toBe('4 fail inhibited')
    expect(levelOf(p, 'slope')).toBe(0)
    expect(lost(p)).toEqual(['slope-m inhibited', 'creep'])
    p.until(12 * minute)
    expect(last(p, SLOPE)).toBe('4 good none')
    expect(levelOf(p, 'slope')).toBe(4)
  })

  it('is missed at once and until it ends, though it is read once a day', () => {
    const p = place({ every: 24 * hour })
    p.until(25 * hour)
    p.act('inhibit', { channel: 'slope-m', forMs: 2 * hour })
    p.idle(26 * hour)
    expect(lost(p)).toContain('slope-m inhibited')
    expect(p.messages.findLast((one) => one.kind === 'log' && one.alarm === 'sensors')).toMatchObject({
      change: 'raised',
      observed: p.moment(25 * hour + 1).wall,
    })
    p.idle(28 * hour)
    expect(lost(p)).toEqual([])
    p.act('inhibit', { channel: 'slope-m' })
    p.idle(29 * hour)
    expect(lost(p)).toEqual(['slope-m inhibited'])
    expect(p.act('release', { channel: 'slope-m' })).toBe('')
    p.idle(29 * hour + minute)
    expect(lost(p)).toEqual([])
  })

  it('comes back when it is released', () => {
    const p = place()
    p.act('inhibit', { channel: 'slope-m' })
    p.set(SLOPE, 4)
    p.until(minute)
    expect(p.act('release', { channel: 'slope-m' })).toBe('')
    p.until(2 * minute)
    expect(levelOf(p, 'slope')).toBe(4)
    expect(p.act('release', { channel: 'slope-m' })).toBe('slope-m is not inhibited')
  })

  it('does not clear an alarm that stands', () => {
    const p = place()
    p.set(SLOPE, 4)
    p.until(minute)
    p.act('inhibit', { channel: 'slope-m' })
    p.set(SLOPE, 0)
    p.until(hour)
    expect(levelOf(p, 'slope')).toBe(4)
  })

  it('is so with all others of its device', () => {
    const p = place()
    expect(p.act('inhibit', { channel: 'board' })).toBe('')
    p.until(minute)
    expect([0, 1, 2, 3].map((channel) => last(p, channel).split(' ')[2])).toEqual(Array(4).fill('inhibited'))
  })

  it('is refused where a vote is left short, unless somebody confirms it', () => {
    const p = place({ alarms: [vote] })
    expect(p.act('inhibit', { channel: 'slope-m' })).toMatch(/of both a vote would have 1 of 2 left, and needs 2: confirm it \(--confirm\)/)
    expect(p.act('inhibit', { channel: 'slope-m', confirm: true })).toBe('')
  })

  it('is not refused where the vote has enough voters left, wherever it stands', () => {
    const votes: StationPlan['alarms'] = [
      {
        name: 'deep',
        levels: [
          {
            level: 4,
            when: {
              op: 'or',
              of: [
                { op: 'not', of: level('water', '>=', 4) },
                { op: 'count', least: 1, of: [level('creep', '>=', 1), level('water', '>=', 1)] },
              ],
            },
          },
        ],
      },
    ]
    const p = place({ alarms: votes })
    expect(p.act('inhibit', { channel: 'slope-m' })).toBe('')
    // With the other one too nobody is left.
    expect(p.act('inhibit', { channel: 'flood-m' })).toMatch(/of deep a vote would have 0 of 2 left, and needs 1/)
  })

  it('is refused where it is made of others: those are named', () => {
    const { machine } = set({ derivation: [resultant, {}], inputs: 2, unit: 'deg', period: minute })
    const p = place()
    expect(inhibit({ plan: p.plan, machine }, { args: { channel: 'out' }, person: { by: 'Li', reason: '' }, now: p.moment(0) })).toBe(
      'out is made of other channels: inhibit those (in-0, in-1)',
    )
  })

  it('is refused where a voter looks at it through a derived channel', () => {
    const p = place({ alarms: [vote] })
    const [measured] = p.plan.channels as [StationPlan['channels'][number]]
    const channels = [...p.plan.channels, { ...measured, name: 'lean', derivation: { kind: 'resultant', inputs: [SLOPE] } as never }]
    const detectors = p.plan.detectors.map((one) => (one.name === 'creep' ? { ...one, inputs: [channels.length - 1] } : one))
    const asked = { args: { channel: 'slope-m' }, person: { by: 'Li', reason: '' }, now: p.moment(0) }
    expect(inhibit({ plan: { ...p.plan, channels, detectors }, machine: p.state.machine }, asked)).toMatch(/of both a vote would have 1 of 2 left/)
  })

  it('is refused where the vote of an action is left short', () => {
    const both = { op: 'count' as const, least: 2, of: [level('creep', '>=', 1), level('water', '>=', 1)] }
    expect(place({ actions: [action('siren', both, 'both of them')] }).act('inhibit', { channel: 'slope-m' })).toMatch(
      /of "both of them" a vote would have 1 of 2 left, and needs 2/,
    )
  })

  it('is refused where a vote of alarms is left short', () => {
    const voices: StationPlan['alarms'] = [
      { name: 'two', levels: [{ level: 4, when: { op: 'count', least: 2, of: [level('slope', '>=', 1), level('flood', '>=', 1)] } }] },
    ]
    expect(place({ alarms: voices }).act('inhibit', { channel: 'slope-m' })).toMatch(/of two a vote would have 1 of 2 left/)
  })

  it.each([
    ['inhibit', { channel: 'slope-m', forMs: 9 * hour }, /at most for 8 h/],
    ['inhibit', { channel: 'slpe-m' }, /there is no channel and no device "slpe-m"; there are slope-m, flood-m/],
    ['release', {}, /there is no channel/],
    ['baseline', { channel: 'slope-m' }, /slope-m has no baseline; no channel of this station has one/],
    ['inhibit', { channel: 'slope-m', forMs: 0 }, /no number of milliseconds above 0/],
    ['baseline', { channel: 'nobody' }, /there is no channel/],
  ])('is refused otherwise: %s %o', (op, args, why) => {
    expect(place().act(op, args)).toMatch(why)
  })

  it('is so after a power cut too, where it is known how long that took', () => {
    const before = place()
    before.act('inhibit', { channel: 'slope-m', forMs: hour })
    const remembered: Remembered = JSON.parse(JSON.stringify(remember(before.state, before.moment(0))))
    const p = place({ remembered, from: 10 * minute })
    p.until(59 * minute)
    expect(last(p, SLOPE)).toBe('0 fail inhibited')
    p.until(61 * minute)
    expect(last(p, SLOPE)).toBe('0 good none')
    const unknown = place({ remembered, from: 10 * minute, quality: 'unsynchronised' })
    unknown.until(11 * minute)
    expect(last(unknown, SLOPE)).toBe('0 good none')
  })
})

describe('a baseline', () => {
  it('is taken by the stage that makes the channel, which is told who wants it and why', () => {
    const acts: StageAct[] = []
    const maker = { run() {}, act: (act: StageAct) => (acts.push(act) > 1 ? 'too few rows' : '') }
    const p = place()
    const machine = { channels: [{ plan: { name: 'lean' }, maker }], detectors: [] } as unknown as Machine
    const asked = { args: { channel: 'lean' }, person: { by: 'Li', reason: 're-levelled' }, now: p.moment(7) }
    expect(baseline({ plan: p.plan, machine }, asked)).toBe('')
    expect(acts).toEqual([{ op: 'baseline', by: 'Li', reason: 're-levelled', now: p.moment(7) }])
    expect(baseline({ plan: p.plan, machine }, asked)).toBe('too few rows')
    expect(baseline({ plan: p.plan, machine }, { ...asked, args: { channel: 'slope' } })).toMatch(/no channel/)
    machine.channels.push({ plan: { name: 'rain' }, maker: null } as never)
    expect(baseline({ plan: p.plan, machine }, { ...asked, args: { channel: 'rain' } })).toBe('rain has no baseline; these have one: lean')
  })
})
