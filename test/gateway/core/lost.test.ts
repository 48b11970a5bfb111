/** A station whose instruments fall silent: what it votes with, what it holds, and what it tells when the data of an alarm are lost. */
import { describe, expect, it } from 'vitest'
import type { FaultPolicy } from '../../../gateway/core/alarm/condition.ts'
import type { AlarmPlan } from '../../../gateway/core/plan.ts'
import type { AlarmMessage, LogMessage } from '../../../protocol/messages.ts'
import { millis } from '../../../protocol/time.ts'
import { action, day, FLOOD, hour, level, minute, output, place, SLOPE, sirens } from './place.ts'

const modem = {
  outputs: [output('modem', 'sms', { longest: millis(7 * day) })],
  actions: [action('modem', level('slope', '>=', 2), 'slope', { call: 'wardens' })],
}

type Place = ReturnType<typeof place>
const logs = ({ messages }: Place, name: string): string[] =>
  messages.filter((one): one is LogMessage => one.kind === 'log' && one.alarm === name).map(({ change, from, level: to }) => `${change} ${from} ${to}`)
const last = ({ messages }: Place, name: string): AlarmMessage => messages.findLast((one) => one.kind === 'alarm' && one.alarm === name) as AlarmMessage

/** A station at which the slope stands at orange and its instrument is silent from the first hour on. */
function silent(until: number, more = {}): Place {
  const station = place({ every: 10 * minute, ...more })
  station.set(SLOPE, 3)
  station.until(hour)
  station.lose(SLOPE)
  station.until(until)
  return station
}

describe('an alarm whose instrument is silent', () => {
  it('stands for a day, and a dead instrument raises `sensors`, not a hazard', () => {
    const station = silent(24 * hour)
    expect(last(station, 'slope')).toMatchObject({ level: 'orange', unknown: ['creep'] })
    expect(last(station, 'sensors')).toMatchObject({ level: 'blue', unknown: ['slope-m', 'creep'] })
    expect(logs(station, 'slope')).toEqual(['raised none orange'])
  })

  it('then tells that its data are lost, which is not that it is over', () => {
    const station = silent(26 * hour)
    expect(last(station, 'slope')).toMatchObject({ level: 'none', dataLost: 'orange', unknown: ['creep'] })
    expect(last(station, 'slope').life.state).toBe('UNACK')
    expect(logs(station, 'slope')).toEqual(['raised none orange', 'lost orange none'])
  })

  it('tells so to whom it called, in the languages of the place', () => {
    const station = silent(26 * hour, modem)
    const texts = station.said('modem').map(({ text, to }) => `${to}: ${text}`)
    expect(texts.filter((text) => text?.includes('数据中断'))).toEqual([
      expect.stringMatching(/^1,2: 大埔岭slope，数据中断，此前为橙色预警，并未解除，请到现场查看/),
      expect.stringMatching(/^3: 大埔岭slope，数据中断/),
    ])
  })

  it('tells nobody who was not called', () => {
    expect(silent(26 * hour, { ...modem, actions: [action('modem', level('flood', '>=', 2), 'flood', { call: 'wardens' })] }).said('modem')).toEqual([])
  })

  it('takes no alarm of alarms down with it, though something lower is known of it', () => {
    const part: AlarmPlan = {
      name: 'part',
      levels: [
        { level: 3, when: level('creep', '>=', 3) },
        { level: 1, when: level('water', '>=', 1) },
      ],
    }
    const whole: AlarmPlan = { name: 'whole', levels: [{ level: 3, when: level('part', '>=', 3) }] }
    const station = place({ every: 10 * minute, alarms: [part, whole] })
    station.set(SLOPE, 3)
    station.set(FLOOD, 1)
    station.until(hour)
    station.lose(SLOPE)
    station.until(26 * hour)
    expect(last(station, 'part')).toMatchObject({ level: 'blue', dataLost: 'orange' })
    expect(last(station, 'whole')).toMatchObject({ level: 'orange', unknown: ['part'] })
    station.until(50 * hour)
    expect(logs(station, 'whole')).toEqual(['raised none orange', 'lost orange none'])
    station.set(SLOPE, 0)
    station.until(51 * hour)
    expect(last(station, 'whole')).toMatchObject({ level: 'none', unknown: [] })
  })

  it('is over when it can be told again that it is', () => {
    const station = silent(26 * hour)
    station.set(SLOPE, 0)
    station.until(27 * hour)
    expect(last(station, 'slope')).not.toHaveProperty('dataLost')
    expect(logs(station, 'slope')).toEqual(['raised none orange', 'lost orange none', 'cleared orange none'])
  })

  it('ends no request by being lost: what it asks for runs its own time', () => {
    const station = silent(26 * hour, { ...sirens, outputs: sirens.outputs.map((one) => ({ ...one, longest: millis(2 * day) })) })
    expect(station.told('beacon').at(-1)?.[1]).toBe(true)
    station.set(SLOPE, 0)
    station.until(27 * hour)
    expect(station.told('beacon').at(-1)?.[1]).toBe(false)
  })
})

describe('a vote of two instruments', () => {
  const vote = (faults: FaultPolicy): AlarmPlan => ({
    name: 'pair',
    levels: [{ level: 4, when: { op: 'count', least: 2, of: [level('creep', '>=', 1), level('water', '>=', 1)], faults } }],
  })
  /** One of them is high, and the other falls silent after an hour. */
  function halved(faults: FaultPolicy): Place {
    const station = place({ every: minute, alarms: [vote(faults)] })
    station.set(SLOPE, 1)
    station.until(hour)
    station.lose(FLOOD)
    return station
  }
  const raisedAt = (station: Place): number => (station.state.alarms.find(({ name }) => name === 'pair')?.since ?? 0) / minute

  it.each(['vote', 'abstain'] as const)('whose voter is silent for three periods counts it as a fault: %s', (faults) => {
    const station = halved(faults)
    station.until(hour + 3 * minute)
    expect(logs(station, 'pair')).toEqual([])
    station.until(hour + 4 * minute)
    expect(logs(station, 'pair')).toEqual(['raised none red'])
    expect(raisedAt(station)).toBeCloseTo(63, 4)
  })

  it('does not trip at the start, when nobody has said anything yet', () => {
    for (const faults of ['vote', 'abstain', 'block'] as const) {
      const station = place({ every: minute, alarms: [vote(faults)] })
      station.until(2 * minute)
      expect(logs(station, 'pair')).toEqual([])
    }
  })

  it('that is blocked raises loss of protection through `sensors`, and no hazard', () => {
    const station = halved('block')
    station.until(2 * hour)
    expect(logs(station, 'pair')).toEqual([])
    expect(last(station, 'sensors').unknown).toEqual(['flood-m', 'water', 'pair vote'])
  })

  it('of which nobody is left is loss of protection', () => {
    const station = halved('abstain')
    station.lose(SLOPE)
    station.until(2 * hour)
    expect(last(station, 'sensors').unknown).toContain('pair vote')
  })
})
