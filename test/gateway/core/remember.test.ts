import { describe, expect, it } from 'vitest'
import type { LifePlan, StationPlan } from '../../../gateway/core/plan.ts'
import { recall, remember, resumeAt } from '../../../gateway/core/remember.ts'
import { accumulate } from '../../../gateway/stages/derive/accumulate.ts'
import { tangent } from '../../../gateway/stages/detect/tangent.ts'
import { jump } from '../../../gateway/stages/quality/jump.ts'
import type { Remembered } from '../../../protocol/recording.ts'
import { instant, millis, type WallQuality } from '../../../protocol/time.ts'
import { set } from '../stages/bench.ts'
import { total } from '../stages/gauge.ts'
import { ACKNOWLEDGE, action, day, FLOOD, hour, level, minute, output, place, SLOPE, wardens } from './place.ts'

const alarm = (name: string, life: Partial<LifePlan>): StationPlan['alarms'][number] => ({
  name,
  life: { latch: false, lifeSafety: false, shelve: millis(8 * hour), suppress: null, ...life },
  levels: ([1, 2, 3, 4] as const).map((at) => ({ level: at, when: level('creep', '>=', at) })),
})

const world = {
  alarms: [alarm('yard', { latch: true })],
  outputs: [output('siren', 'siren'), output('beacon', 'beacon'), output('sms', 'sms')],
  actions: [
    action('siren', level('slope', '>=', 3), 'slope >= orange'),
    action('beacon', level('slope', '>=', 3), 'slope >= orange'),
    action('sms', level('slope', '>=', 1), 'slope', { call: wardens.name }),
  ],
}
type Place = ReturnType<typeof place>

/** The same place after a power cut of ten minutes, over a disk; its instruments have not said anything yet. */
function restarted(p: Place, { quality = 'synchronised', more = {} }: { quality?: WallQuality; more?: Partial<Parameters<typeof place>[0]> } = {}): Place {
  const remembered: Remembered = JSON.parse(JSON.stringify(remember(p.state, p.moment(p.now()))))
  return place({ ...world, ...more, quality, remembered, from: p.now() + 10 * minute })
}
const lifeOf = ({ state }: Place, name: string) => state.alarms.find((one) => one.name === name)?.life
const isOn = (p: Place, name: string): boolean => p.told(name).at(-1)?.[1] === true

function red(): Place {
  const p = place(world)
  p.set(SLOPE, 4)
  p.until(2 * minute)
  return p
}

describe('a station after a power cut', () => {
  it('sounds and calls at once for an alarm that nobody had seen, before any instrument has spoken', () => {
    const p = restarted(red())
    expect([isOn(p, 'siren'), isOn(p, 'beacon'), p.said('sms').length]).toEqual([true, true, 1])
    expect(p.state.alarms[0]).toMatchObject({ name: 'slope', level: 4 })
  })

  it('does not sound or call again for one that somebody had seen, and still shows it', () => {
    const before = red()
    before.press(ACKNOWLEDGE)
    const p = restarted(before)
    p.set(SLOPE, 4)
    p.until(p.now() + 5 * minute)
    expect([isOn(p, 'siren'), isOn(p, 'beacon'), p.said('sms').length]).toEqual([false, true, 0])
    expect(lifeOf(p, 'slope')?.flags).toMatchObject({ active: true, acked: true })
  })

  it('sounds for that one when it rises higher, or comes anew', () => {
    const before = place(world)
    before.set(SLOPE, 3)
    before.until(minute)
    before.press(ACKNOWLEDGE)
    const p = restarted(before)
    p.set(SLOPE, 4)
    p.until(p.now() + minute)
    expect(isOn(p, 'siren')).toBe(true)
    const again = restarted(before)
    again.set(SLOPE, 0)
    again.until(again.now() + minute)
    again.set(SLOPE, 3)
    again.until(again.now() + minute)
    expect(isOn(again, 'siren')).toBe(true)
  })

  it('clears an alarm only when it is known to be over', () => {
    const p = restarted(red())
    p.lose(SLOPE)
    p.until(p.now() + hour)
    expect(p.state.alarms[0]?.level).toBe(4)
    p.set(SLOPE, 0)
    p.until(p.now() + minute)
    expect(p.state.alarms[0]?.level).toBe(0)
  })

  it('keeps latch, shelf and number of occurrences', () => {
    const before = red()
    before.set(SLOPE, 0)
    before.until(3 * minute)
    expect(before.act('shelve', { alarm: 'yard', forMs: hour })).toBe('')
    const p = restarted(before)
    expect(lifeOf(p, 'yard')).toMatchObject({ occurrence: 1, by: 'Li', flags: { latched: true, shelf: 'timed' } })
    p.until(hour + 2 * minute)
    expect(lifeOf(p, 'yard')?.flags.shelf).toBe('timed')
    p.until(hour + 4 * minute)
    expect(lifeOf(p, 'yard')?.flags).toMatchObject({ shelf: 'none', latched: true })
  })

  it('ends what keeps an alarm quiet where nobody knows how long the power was away', () => {
    const before = red()
    before.act('shelve', { alarm: 'yard' })
    before.act('out-of-service', { alarm: 'flood' })
    const p = restarted(before, { quality: 'unsynchronised' })
    expect(lifeOf(p, 'yard')?.flags.shelf).toBe('none')
    expect(lifeOf(p, 'flood')?.flags.outOfService).toBe(false)
  })

  it('sounds for what comes out of its shelf with that: nobody heard it before', () => {
    const sounding = { ...world, actions: [action('siren', level('yard', '>=', 3), 'yard >= orange')] }
    const before = place(sounding)
    before.set(SLOPE, 4)
    before.until(minute)
    before.press(ACKNOWLEDGE)
    before.act('shelve', { alarm: 'yard' })
    before.until(3 * minute)
    expect(isOn(before, 'siren')).toBe(false)
    expect(isOn(restarted(before, { more: sounding }), 'siren')).toBe(false)
    expect(isOn(restarted(before, { more: sounding, quality: 'unsynchronised' }), 'siren')).toBe(true)
  })

  it('forgets what the site file does not allow any more', () => {
    const before = red()
    before.act('shelve', { alarm: 'yard' })
    const p = restarted(before, { more: { alarms: [alarm('yard', { shelve: millis(0) })] } })
    expect(lifeOf(p, 'yard')?.flags).toMatchObject({ shelf: 'none', latched: false })
    const without = restarted(before, { more: { alarms: [] } })
    expect(without.state.alarms.map(({ name }) => name)).not.toContain('yard')
  })

  const judged = { level: 4, since: 0, lost: 0, reached: 4, held: {}, past: {} }
  const life = {
    flags: { active: true, acked: false, latched: false, shelf: 'none' },
    occurrence: 1,
    shelfUntil: null,
    outUntil: null,
    by: '',
    reason: '',
    past: {},
  }
  it('still knows that the data of an alarm are lost, and at which colour it stood', () => {
    const before = red()
    before.lose(SLOPE)
    before.until(26 * hour)
    const slopeOf = ({ state }: Place) => state.alarms[0]
    expect(slopeOf(before)).toMatchObject({ level: 0, lost: 4 })
    const p = restarted(before)
    expect(slopeOf(p)).toMatchObject({ level: 0, lost: 4 })
    expect(lifeOf(p, 'slope')?.flags).toMatchObject({ active: true, acked: false })
    p.set(SLOPE, 0)
    p.until(p.now() + minute)
    expect(slopeOf(p)).toMatchObject({ level: 0, lost: 0 })
    expect(lifeOf(p, 'slope')?.flags.active).toBe(false)
  })

  it('keeps quiet what the site file suppresses, until that is known to be over', () => {
    const more = { alarms: [alarm('yard', { suppress: level('water', '>=', 1) })] }
    const before = place({ ...world, ...more })
    before.set(FLOOD, 1)
    before.until(minute)
    expect(lifeOf(before, 'yard')?.flags.suppressed).toBe(true)
    expect(lifeOf(restarted(before, { more }), 'yard')?.flags.suppressed).toBe(false)
    const p = restarted(before, { more })
    p.set(FLOOD, 1)
    p.until(p.now() + minute)
    expect(lifeOf(p, 'yard')?.flags.suppressed).toBe(true)
    expect(lifeOf(restarted(before), 'yard')?.flags.suppressed).toBe(false)
  })

  it('gives each detector back what it kept', () => {
    const options = { step: day, at: { yellow: 80 }, base: undefined, learn: 10 * day, persist: 3, deadband: 5, advisory: true }
    const made = () => set({ detector: [tangent, options], period: day / 12 })
    const before = made()
    for (let row = 0; row < 14 * 12; row++) before.give([(row * day) / 12, row / 6])
    const { parts } = JSON.parse(JSON.stringify(remember({ alarms: [], machine: before.machine }, place().moment(14 * day)))) as Remembered
    expect(parts['detector d']).toMatchObject({ velocity: expect.closeTo(2 / day, 12) })
    const after = made()
    recall({ alarms: [], machine: after.machine }, { moment: place().moment(14 * day), parts }, place().moment(14 * day))
    expect(after.detector?.evidence().basePerDay).toBeCloseTo(2, 9)
  })

  it.each<[string, RegExp, Parameters<typeof set>[0]]>([
    ['quality test', /^test .*\/0\/jump$/, { quality: [[jump, { fail: 30, hold: hour }]], period: 10 * minute }],
    ['derivation', /^stage .*\/accumulate$/, { derivation: [accumulate, { over: millis(6 * hour) }], counting: total, period: 10 * minute }],
  ])('gives each %s back what it kept', (_, of, bench) => {
    const made = () => set(bench)
    const kept = ({ machine }: ReturnType<typeof made>) => remember({ alarms: [], machine }, place().moment(hour)).parts
    const before = made()
    for (const [row, value] of [0, 0, 50, 50].entries()) before.give([row * 10 * minute, value])
    const [name = ''] = Object.keys(kept(before)).filter((part) => of.test(part))
    const after = made()
    expect(kept(after)[name]).not.toEqual(kept(before)[name])
    recall({ alarms: [], machine: after.machine }, { moment: place().moment(hour), parts: JSON.parse(JSON.stringify(kept(before))) }, place().moment(hour))
    expect(kept(after)[name]).toEqual(kept(before)[name])
  })

  it('lets no alarm fall on missing data, whatever was kept of how it rose', () => {
    const parts = { 'alarm slope': { judged: { ...judged, reached: 0 }, life } }
    const p = place({ ...world, remembered: { moment: { at: millis(0), wall: instant(0), wallQuality: 'synchronised' }, parts } })
    p.lose(SLOPE)
    p.until(hour)
    expect(p.state.alarms[0]?.level).toBe(4)
  })

  it('takes what stands and was not known to be active for unseen: who had seen it is of another time', () => {
    const parts = { 'alarm slope': { judged, life: { ...life, flags: { ...life.flags, active: false, acked: true } } } }
    const p = place({ ...world, remembered: { moment: { at: millis(0), wall: instant(0), wallQuality: 'synchronised' }, parts } })
    expect([lifeOf(p, 'slope')?.flags.acked, isOn(p, 'siren')]).toEqual([false, true])
  })

  it('takes back what is whole', () => {
    const parts = { 'alarm slope': { judged, life } }
    expect(place({ ...world, remembered: { moment: { at: millis(0), wall: instant(0), wallQuality: 'synchronised' }, parts } }).state.alarms[0]?.level).toBe(4)
  })

  it.each([
    null,
    7,
    'x',
    {},
    { judged },
    { judged, life: {} },
    { judged: { ...judged, level: 'red' }, life },
    { judged: { ...judged, held: undefined }, life },
    { judged, life: { ...life, past: null } },
    { judged, life: { ...life, flags: { ...life.flags, shelf: 'long' } } },
    { judged, life: { ...life, by: 7 } },
    { judged, life, faults: 'slope-m' },
    { judged, life, faults: [7] },
    { judged, life: { ...life, shelfUntil: 'noon' } },
  ])('begins anew where what it kept is %o', (kept) => {
    const p = place({ ...world, remembered: { moment: { at: millis(0), wall: instant(0), wallQuality: 'synchronised' }, parts: { 'alarm slope': kept } } })
    expect(p.state.alarms[0]?.level).toBe(0)
  })

  describe('of its own faults', () => {
    const sensors = (p: Place) => p.state.alarms.find(({ name }) => name === 'sensors') as Place['state']['alarms'][number]
    const calls = (p: Place) => p.messages.filter((message) => message.kind === 'log' && message.alarm === 'sensors' && message.annunciate)
    const shown = { ...world, outputs: [output('sms', 'sms')], actions: [action('sms', level('sensors', '>=', 1), 'sensors', { call: wardens.name })] }
    const unheard = (more = {}): Place => {
      const p = place({ ...shown, ...more })
      p.lose(FLOOD)
      p.until(2 * minute)
      return p
    }

    it('does not call again for one that somebody had seen, though it is lost still', () => {
      const before = unheard()
      expect([sensors(before).unknown, before.act('acknowledge', { alarm: 'sensors' })]).toEqual([['flood-m', 'water'], ''])
      const p = restarted(before, { more: shown })
      expect(sensors(p)).toMatchObject({ level: 1, unknown: ['flood-m', 'water'], life: { flags: { active: true, acked: true }, occurrence: 1 } })
      p.lose(FLOOD)
      p.until(p.now() + 30 * minute)
      expect(sensors(p)).toMatchObject({ level: 1, unknown: ['flood-m', 'water'], life: { flags: { active: true, acked: true }, occurrence: 1 } })
      expect([calls(p), p.said('sms')]).toEqual([[], []])
    })

    it('names once what is lost in this life too, by what it is now', () => {
      const p = restarted(unheard(), { more: shown })
      p.lose(FLOOD)
      p.until(p.now() + 30 * minute)
      expect(p.act('inhibit', { channel: 'flood-m' })).toBe('')
      p.until(p.now() + minute)
      expect(sensors(p).unknown).toEqual(['flood-m inhibited', 'water'])
    })

    it('calls at once for one that nobody had seen', () => {
      const p = restarted(unheard(), { more: shown })
      expect(sensors(p).life.flags).toMatchObject({ active: true, acked: false })
      expect(p.said('sms')).toHaveLength(1)
    })

    it('ends with the first row of what was lost, and calls when it is lost anew', () => {
      const before = unheard()
      before.act('acknowledge', { alarm: 'sensors' })
      const p = restarted(before, { more: shown })
      p.until(p.now() + minute)
      expect(sensors(p)).toMatchObject({ level: 0, unknown: [], life: { flags: { active: false } } })
      p.lose(FLOOD)
      p.until(p.now() + 2 * minute)
      expect(calls(p)).toHaveLength(1)
    })

    it('holds nothing of an inhibition that is over', () => {
      const before = place(shown)
      expect(before.act('inhibit', { channel: 'flood-m', forMs: 5 * minute })).toBe('')
      before.until(minute)
      before.act('acknowledge', { alarm: 'sensors' })
      const p = restarted(before, { more: shown })
      expect(sensors(p)).toMatchObject({ level: 1, unknown: ['water'] })
      p.until(p.now() + minute)
      expect(sensors(p)).toMatchObject({ level: 0, unknown: [] })
    })

    it('of an output that did not obey stands until it was looked at', () => {
      const before = red()
      before.reads.beacon = false
      before.set(SLOPE, 0)
      before.until(3 * minute)
      before.set(SLOPE, 4)
      before.until(6 * minute)
      expect(before.act('acknowledge', { alarm: 'outputs' })).toBe('')
      const p = restarted(before)
      const outputs = () => p.state.alarms.find(({ name }) => name === 'outputs')
      expect(outputs()).toMatchObject({ level: 1, unknown: ['beacon'], life: { flags: { acked: true } } })
      p.until(p.now() + 10 * minute)
      expect(outputs()).toMatchObject({ level: 0, unknown: [] })
    })

    it('is looked for anew where nothing is kept of what it stood for', () => {
      const { moment, parts } = remember(unheard().state, unheard().moment(2 * minute))
      const { faults: _, ...rest } = parts['alarm sensors'] as { faults: string[] }
      expect(sensors(place({ ...shown, remembered: { moment, parts: { 'alarm sensors': rest } } })).level).toBe(0)
    })
  })

  it('judges alike from the same beginning', () => {
    const before = red()
    before.set(FLOOD, 2)
    before.until(3 * minute)
    const [one, other] = [restarted(before), restarted(before)]
    for (const p of [one, other]) p.until(p.now() + 30 * minute)
    expect(one.messages).toEqual(other.messages)
  })
})

describe('station time after an outage', () => {
  const at = (wall: number, wallQuality: WallQuality) => ({ at: millis(5000), wall: instant(wall), wallQuality })

  it.each<[string, ReturnType<typeof at> | null, ReturnType<typeof at>, number]>([
    ['begins at nothing without a past', null, at(9e6, 'synchronised'), 0],
    ['runs on over the outage', at(1e6, 'synchronised'), at(1e6 + 700, 'synchronised'), 5700],
    ['runs on from where it was, where a clock is not known', at(1e6, 'unsynchronised'), at(1e6 + 700, 'synchronised'), 5000],
    ['runs on from where it was, where the new clock is not known', at(1e6, 'synchronised'), at(1e6 + 700, 'unsynchronised'), 5000],
    ['never goes back', at(1e6, 'synchronised'), at(1e6 - 700, 'holdover'), 5000],
  ])('%s', (_, moment, start, from) => {
    expect(resumeAt(moment && { moment, parts: {} }, start)).toBe(from)
  })
})
