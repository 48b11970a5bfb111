/** What people read on their round: a site file with a patrol, and readings that are entered at its station. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { describeSite } from '../../gateway/site/describe.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { qualityName, reasonName } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'

const hour = 3_600_000
const day = 24 * hour
const WALL = Date.UTC(2026, 6, 1)

const text = (patrol = 'every: 1d') => `
site: { area: a, id: b, station: c }
buses: {}
devices: { round: { profile: hazardpoint/patrol, ${patrol} } }
channels: { house-crack: { read: round.crack }, growth: { derive: velocity, from: house-crack, over: 5d, per: d } }
detectors: { wide: { kind: threshold, on: house-crack, at: { yellow: 5, orange: 20 } } }
alarms: { house: { orange: wide is orange, yellow: wide } }
`
const checked = (patrol?: string) => checkSite(text(patrol), 'site.yaml', { profiles: findProfile })

function siteOf() {
  const read = checked()
  if ('faults' in read) throw new Error(formatFaults(read.faults))
  return read.site
}

function station() {
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(WALL + at), wallQuality: 'synchronised' })
  const { plan } = siteOf()
  const state = makeStation(plan, moment(0), 'test')
  scan(state, emptyInput(moment(0)))
  const ring = state.machine.channels[0]?.ring
  if (!ring) throw new Error('no channel')
  return {
    act(at: number, op: string, args: Record<string, unknown> = {}): string | undefined {
      const command = { id: `${at}`, op, args: { channel: 'house-crack', ...args, reason: 'round' } }
      return scan(state, { ...emptyInput(moment(at)), commands: [{ uplink: '', local: true, by: 'Li', command }] }).answers[0]?.reason
    },
    enter(at: number, args: Record<string, unknown>): string | undefined {
      return this.act(at, 'enter', args)
    },
    level: () => state.alarms[0]?.level,
    lost: (at: number) => {
      scan(state, emptyInput(moment(at)))
      return state.alarms.find(({ name }) => name === 'sensors')?.unknown
    },
    rows: () =>
      Array.from({ length: ring.head }, (_, row) => [
        ring.time[row],
        ring.value[row],
        qualityName(ring.quality[row] as number),
        reasonName(ring.reason[row] as number),
      ]),
  }
}

describe('a reading that is entered', () => {
  it('is judged in the scan that it comes with, at the time at which it was read, and shows that people read it', () => {
    const s = station()
    expect(s.enter(hour, { value: 2 })).toBe('')
    expect(s.enter(30 * hour, { value: 21, at: WALL + 29 * hour })).toBe('')
    expect(s.rows()).toEqual([
      [hour, 2, 'good', 'entered'],
      [29 * hour, 21, 'good', 'entered'],
    ])
    expect(s.level()).toBe(3)
  })

  it('is refused while its channel is inhibited: it would be taken, and not judged', () => {
    const s = station()
    expect(s.act(hour, 'inhibit', { forMs: 2 * hour })).toBe('')
    expect(s.enter(2 * hour, { value: 21 })).toMatch(/house-crack is inhibited/)
    expect(s.enter(3 * hour, { value: 21 })).toBe('')
    expect(s.level()).toBe(3)
  })

  it('is refused where it comes after a newer one, with what to do: what was judged stays judged', () => {
    const s = station()
    s.enter(10 * hour, { value: 2 })
    expect(s.enter(11 * hour, { value: 30, at: WALL + 8 * hour })).toMatch(
      /^a reading of house-crack that was read 2 h later is there already, .* enter that without --at$/,
    )
    expect(s.enter(12 * hour, { value: 30, at: WALL + 10 * hour })).toMatch(/at the same time is there already/)
    expect([s.level(), s.rows().length]).toEqual([0, 1])
    expect(s.enter(13 * hour, { value: 30 })).toBe('')
    expect(s.level()).toBe(3)
  })

  it.each([
    [{ value: 1, at: WALL + 12 * hour }, /lies 2 h ahead of the clock/],
    [{ value: 1, at: WALL + 10.5 * hour }, /lies 30 min ahead of the clock/],
    [{ value: 1, at: WALL - 8 * day }, /is 202 h old/],
    [{ value: Number.NaN }, /no number/],
    [{ value: '12' }, /no number/],
    [{ value: 1, at: 'noon' }, /no time/],
    [{ channel: 'growth', value: 1 }, /nothing can be entered for "growth"; it can for house-crack/],
    [{ channel: 'nobody', value: 1 }, /nothing can be entered for "nobody"/],
  ])('is refused where it cannot be: %o', (args, why) => {
    const s = station()
    expect(s.enter(10 * hour, args)).toMatch(why)
    expect(s.rows()).toEqual([])
  })

  it.each([
    [0, ''],
    [1, 'the reading is 168 h old: it is too late to be judged'],
  ])('is judged for seven days, and not %d ms later', (more, told) => {
    expect(station().enter(10 * hour, { value: 1, at: WALL + 10 * hour - 7 * day - more })).toBe(told)
  })

  it('is missed once nobody has come by for three rounds', () => {
    const s = station()
    s.enter(hour, { value: 2 })
    expect(s.lost(hour + 3 * day)).toEqual([])
    expect(s.lost(hour + 3 * day + 1)).toContain('house-crack')
  })
})

describe('a patrol in a site file', () => {
  it('is described with the other devices', () => {
    expect(describeSite(siteOf())).toMatch(/round +people +hazardpoint\/patrol/)
    expect(describeSite(siteOf())).toMatch(/house-crack +mm +round\.crack/)
  })

  it.each([
    ['unit: 1, every: 1d', 'devices.round.unit', /people on their round have no unit/],
    ['every: 10s', 'devices.round.every', /how often people come by/],
    ['timeout: 1s, every: 1d', 'devices.round.timeout', /have no timeout/],
  ])('is refused with what people have not: %s', (patrol, at, what) => {
    const read = checked(patrol)
    expect('faults' in read && read.faults.map((fault) => [fault.at, fault.what])).toContainEqual([at, expect.stringMatching(what)])
  })
})
