import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import { climatology } from '../../../../gateway/stages/quality/climatology.ts'
import { monthDayOf } from '../../../../gateway/stages/quality/month-day.ts'
import { Quality } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, type Row, samplesOf, set } from '../bench.ts'
import { day, doubtsOf, flagsOf, hour, scanned, second, verdicts } from './flagged.ts'

const local = (text: string): number => Date.parse(`${text}+08:00`)
const winter = { from: '11-01', to: '02-04', suspect: [50, 60], fail: [40, 70] }

/** The flag of one value at a local time. */
const flagAt = (members: object[], text: string, value: number, bench: Partial<Bench> = {}): number | undefined =>
  flagsOf(climatology, { members }, [[0, value]], { period: hour, wall: local(text), ...bench })[0]

describe('climatology', () => {
  it.each([
    ['2019-11-01T00:00:00', 49, 3],
    ['2019-11-15T00:00:00', 50, 1],
    ['2019-12-31T23:59:59', 60, 1],
    ['2020-01-01T00:00:00', 61, 3],
    ['2020-01-10T12:00:00', 30, 4],
    ['2020-01-20T12:00:00', 40, 3],
    ['2020-02-01T12:00:00', 70, 3],
    ['2020-02-04T23:59:59', 71, 4],
    // Outside the season ioos_qc says 2; our row keeps its own flag.
    ['2020-02-05T00:00:00', 71, 1],
    ['2019-10-31T23:59:59', 71, 1],
  ])('judges by the season over the new year, by local days, both included: %s %d is %d', (text, value, flag) => {
    expect(flagAt([winter], text, value)).toBe(flag)
  })

  it('takes the last member that holds, in place of all before it', () => {
    const members = [
      { from: '01-01', to: '12-31', suspect: [0, 100] },
      { from: '06-01', to: '08-31', suspect: [20, 40] },
    ]
    expect(flagAt(members, '2020-05-31T12:00:00', 90)).toBe(1)
    expect(flagAt(members, '2020-06-01T12:00:00', 90)).toBe(3)
    expect(flagAt(members, '2020-05-31T12:00:00', 101)).toBe(3)
    expect(flagAt(members, '2020-08-31T23:59:59', 90)).toBe(3)
    expect(flagAt(members, '2020-09-01T00:00:00', 90)).toBe(1)
  })

  it('names no day by a clock that is not synchronised, and trusts one that holds over', () => {
    expect(flagAt([winter], '2020-01-10T12:00:00', 30, { wallQuality: 'unsynchronised' })).toBe(1)
    expect(flagAt([winter], '2020-01-10T12:00:00', 30, { wallQuality: 'holdover' })).toBe(4)
  })

  it('may hold within a range of another channel only, whose row of that time counts, whichever comes first', () => {
    const members = [{ ...winter, where: { channel: 'depth', range: [0, 10] } }]
    const bench: Bench = { quality: [[climatology, { members }]], period: second, wall: local('2020-01-10T12:00:00') }
    const own: Row[] = [0, 1, 2, 3, 4].map((k) => [k * second, 30])
    const depth: Row[] = [0, 10, 11, -1, null].map((value, k) => [k * second, value])
    const times = own.map(([time]) => time)
    for (const order of [
      [0, 1],
      [1, 0],
    ])
      expect(scanned(bench, [own, depth], times, order).flags()).toEqual([4, 4, 1, 1, 1])
    expect(verdicts(scanned(bench, [own, depth], [4 * second]))[1]).toBe('4 climatology')
  })

  it('does not hold by a lower bound of the other channel', () => {
    const members = [{ ...winter, where: { channel: 'depth', range: [0, 10] } }]
    const made = set({ quality: [[climatology, { members }]], period: second, wall: local('2020-01-10T12:00:00'), inputs: 2 })
    const depth = samplesOf(1, [[0, 5]])
    depth.quality[0] = Quality.unknown
    take(made.machine.channels[1] as Channel, depth, millis(0))
    made.give([0, 30])
    expect(made.flags()).toEqual([1])
  })

  it('counts days as the calendar does, in every year from 1970 to 2100', () => {
    for (let time = 0; time < Date.UTC(2101, 0, 1); time += day) {
      const date = new Date(time + 3 * hour)
      expect(monthDayOf(time + 3 * hour)).toBe(100 * (date.getUTCMonth() + 1) + date.getUTCDate())
    }
  })

  it.each([
    [{ suspect: [60, 50] }, ['members.0.suspect: 60 is not less than 50']],
    [{ suspect: [50, 60], fail: [55, 70] }, ['members.0.fail: a value fails before it is suspect']],
    [{ suspect: [50, 60], fail: [70, 40] }, ['members.0.fail: 70 is not less than 40', 'members.0.fail: a value fails before it is suspect']],
    [{ suspect: [50, 60], where: { channel: 'depth', range: [10, 0] } }, ['members.0.where.range: 10 is not less than 0']],
    [{ suspect: [50, 60], from: '02-30', to: '04-31' }, ['members.0.from: no year has a 02-30', 'members.0.to: no year has a 04-31']],
    [{ suspect: [50, 60], from: '02-29', to: '12-31' }, []],
    [{ suspect: [50, 60], fail: [50, 60] }, []],
  ])('says of %j: %j', (member, told) => {
    expect(doubtsOf(climatology, { members: [{ from: '01-01', to: '12-31', ...member }] })).toEqual(told)
  })

  it('refuses a range of a channel that hardly ever comes', () => {
    const members = [winter, { ...winter, where: { channel: 'depth', range: [0, 10] } }]
    const at = climatology.others?.({ members })
    expect(at).toEqual([{ at: ['members', 1, 'where', 'channel'], channel: 'depth' }])
    expect(doubtsOf(climatology, { members }, [{ period: second }, { period: hour }])).toEqual([
      'members.1.where.channel: comes more than 20 times less often than the tested channel',
    ])
  })
})
