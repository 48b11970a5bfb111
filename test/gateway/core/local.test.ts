import { describe, expect, it } from 'vitest'
import type { LifePlan, StationPlan } from '../../../gateway/core/plan.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import { readRecordingLine, writeRecordingLine } from '../../../protocol/recording.ts'
import { millis } from '../../../protocol/time.ts'
import { action, hour, level, minute, output, place, SLOPE, second } from './place.ts'

const alarm = (name: string, life: Partial<LifePlan>): StationPlan['alarms'][number] => ({
  name,
  life: { latch: false, lifeSafety: false, shelve: millis(2 * hour), suppress: null, ...life },
  levels: ([1, 2, 3, 4] as const).map((at) => ({ level: at, when: level('creep', '>=', at) })),
})

/** A yard that may be shelved, and a slope on which lives hang; each has a siren. */
const yard = (life: Partial<LifePlan> = {}) =>
  place({
    alarms: [alarm('yard', life)],
    outputs: [output('siren', 'siren'), output('horn', 'siren'), output('valve', 'valve', { valve: 'pulse-close' })],
    actions: [
      action('siren', level('yard', '>=', 3), 'yard >= orange'),
      action('horn', level('slope', '>=', 3), 'slope >= orange'),
      action('valve', level('yard', '>=', 3), 'yard >= orange'),
    ],
  })

type Place = ReturnType<typeof place>
const stateOf = ({ state }: Place, name = 'yard'): string => {
  const last = state.alarms.find((one) => one.name === name)
  return JSON.stringify(last?.life.flags)
}
const isOn = (p: Place, name: string): boolean => p.told(name).at(-1)?.[1] === true
const lifeOf = ({ messages }: Place, name = 'yard') => {
  const last = messages.findLast((one) => one.kind === 'alarm' && one.alarm === name)
  return last?.kind === 'alarm' ? last.life : null
}

describe('a person at the station', () => {
  it('shelves an alarm: its siren is silent, its valve closes, and it sounds again when the time is over', () => {
    const p = yard()
    expect(p.act('shelve', { alarm: 'yard', forMs: 10 * minute })).toBe('')
    expect(lifeOf(p)).toMatchObject({ state: 'SHLVD', until: p.moment(10 * minute).wall, by: 'Li', reason: 'repair' })
    p.set(SLOPE, 4)
    p.until(9 * minute)
    expect([isOn(p, 'siren'), isOn(p, 'horn'), isOn(p, 'valve')]).toEqual([false, true, true])
    p.until(11 * minute)
    expect(p.told('siren').at(-1)).toEqual([10, true])
    expect(lifeOf(p)?.state).toBe('UNACK')
  })

  it('shelves it for one occurrence', () => {
    const p = yard()
    p.set(SLOPE, 4)
    p.until(minute)
    expect(p.act('shelve', { alarm: 'yard', once: true })).toBe('')
    p.set(SLOPE, 0)
    p.until(2 * minute)
    expect(lifeOf(p)?.state).toBe('NORM')
    p.set(SLOPE, 4)
    p.until(3 * minute)
    expect(isOn(p, 'siren')).toBe(true)
  })

  it('takes it off the shelf before its time', () => {
    const p = yard()
    p.act('shelve', { alarm: 'yard' })
    p.set(SLOPE, 3)
    p.until(minute)
    expect(p.act('unshelve', { alarm: 'yard' })).toBe('')
    expect(isOn(p, 'siren')).toBe(true)
  })

  it('takes an alarm on which lives hang out of service, and its siren sounds all the same', () => {
    const p = yard()
    expect(p.act('out-of-service', { alarm: 'slope', forMs: hour })).toBe('')
    p.set(SLOPE, 4)
    p.until(minute)
    expect(lifeOf(p, 'slope')?.state).toBe('OOSRV')
    expect(isOn(p, 'horn')).toBe(true)
    p.until(61 * minute)
    expect(lifeOf(p, 'slope')?.state).toBe('UNACK')
  })

  it('puts it back in service, and it calls again', () => {
    const p = yard()
    p.set(SLOPE, 4)
    p.until(minute)
    p.act('out-of-service', { alarm: 'yard' })
    expect(isOn(p, 'siren')).toBe(false)
    expect(p.act('in-service', { alarm: 'yard' })).toBe('')
    expect([isOn(p, 'siren'), lifeOf(p)?.state]).toEqual([true, 'UNACK'])
  })

  it('releases a latch once it has been seen and is over', () => {
    const p = yard({ latch: true })
    p.set(SLOPE, 2)
    p.until(minute)
    expect(p.act('reset', { alarm: 'yard' })).toMatch(/its cause still stands/)
    p.set(SLOPE, 0)
    p.until(2 * minute)
    expect(p.act('reset', { alarm: 'yard' })).toMatch(/acknowledge it first/)
    expect(p.act('acknowledge', { alarm: 'yard' })).toBe('')
    expect(p.act('reset', { alarm: 'yard' })).toBe('')
    expect(lifeOf(p)?.state).toBe('NORM')
  })

  it('silences the siren for a while, and the log says who and why', () => {
    const p = yard()
    p.set(SLOPE, 4)
    p.until(minute)
    expect(p.act('silence', { forMs: 5 * minute })).toBe('')
    expect(isOn(p, 'siren')).toBe(false)
    p.until(2 * minute)
    expect(p.acts('siren').at(-1)).toBe('silenced for 5 min by Li (repair)')
    p.until(7 * minute)
    expect(isOn(p, 'siren')).toBe(true)
  })

  it.each([
    ['shelve', { alarm: 'slope' }, /slope: it may not be shelved/],
    ['shelve', { alarm: 'slope', forMs: 99 * hour }, /slope: it may not be shelved/],
    ['shelve', { alarm: 'yard', forMs: 3 * hour }, /yard: at most for 2 h/],
    ['shelve', { alarm: 'sensors', forMs: 8 * hour + 1 }, /sensors: at most for 8 h/],
    ['shelve', { alarm: 'yard', forMs: -1 }, /no number of milliseconds above 0/],
    ['shelve', { alarm: 'yrad' }, /there is no alarm "yrad"; there are slope, flood, yard, sensors/],
    ['shelve', {}, /there is no alarm ""/],
    ['reset', { alarm: 'yard' }, /it is not latched/],
    ['out-of-service', { alarm: 'yard', forMs: 31 * 24 * hour }, /at most for 720 h/],
    ['silence', {}, /no siren and no voice sounds/],
    ['acknowledge', {}, /no alarm waits/],
    ['explode', {}, /this station cannot "explode": it takes silence, acknowledge/],
  ])('is told why not: %s %o', (op, args, why) => {
    const p = yard()
    p.until(10 * second)
    const before = stateOf(p)
    expect(p.act(op, args)).toMatch(why)
    expect(stateOf(p)).toBe(before)
    expect(p.messages.filter(({ kind }) => kind === 'result')).toEqual([])
  })

  it('never shelves an alarm on which lives hang, whatever its plan says of shelves', () => {
    const p = yard({ lifeSafety: true, shelve: millis(2 * hour) })
    expect([p.act('shelve', { alarm: 'yard' }), p.act('shelve', { alarm: 'yard', once: true })]).toEqual(
      Array(2).fill(expect.stringMatching(/lives hang on it/)),
    )
  })

  /** JSON can bring it; it has no text. */
  const textless = JSON.parse('{ "toString": 1, "valueOf": 1 }')

  it.each(['acknowledge', 'test', 'close', 'season', 'shelve', 'out-of-service', 'inhibit', 'baseline', 'enter'])('refuses %s of what is no name', (op) => {
    const p = yard()
    expect(p.act(op, { alarm: textless, output: textless, season: textless, channel: textless, reason: textless })).toMatch(/"\(no text\)"|no seasons/)
  })

  it.each(['', null])('acknowledges nothing in the name of %o, which is not to leave the name out', (alarm) => {
    const p = yard()
    p.set(SLOPE, 4)
    p.until(minute)
    expect(p.act('acknowledge', { alarm })).toMatch(/there is no alarm ""/)
    expect(stateOf(p)).toContain('"acked":false')
    expect(p.act('acknowledge')).toBe('')
    expect(stateOf(p)).toContain('"acked":true')
  })

  it('refuses the like of a platform that signs it', () => {
    expect(yard().order('silence', { reason: textless })).toMatch(/no siren and no voice sounds/)
  })

  it('gives the same in a replay of the recording', () => {
    const p = yard({ latch: true })
    const acts: [string, Record<string, unknown>][] = [
      ['acknowledge', { alarm: 'yard' }],
      ['shelve', { alarm: 'yard', forMs: minute, once: true }],
      ['inhibit', { channel: 'flood-m', forMs: 2 * minute }],
      ['reset', { alarm: 'yard' }],
      ['out-of-service', { alarm: 'slope', forMs: minute }],
      ['enter', { channel: 'slope-m', value: Number.NaN }],
      ['shelve', JSON.parse('{ "alarm": "yard", "__proto__": { "once": true } }')],
      ['release', { channel: 'flood-m' }],
    ]
    for (const [index, [op, args]] of acts.entries()) {
      p.set(SLOPE, index % 3 === 2 ? 0 : 4)
      p.until((index + 1) * 40 * second)
      p.act(op, args)
    }
    p.until(10 * minute)
    const state = makeStation(p.plan, p.moment(0), 'test')
    const told: unknown[] = []
    for (const input of p.inputs) {
      const read = readRecordingLine(writeRecordingLine(input), 1)
      if (typeof read === 'string') throw new Error(read)
      told.push(...scan(state, read).messages)
    }
    expect(told).toEqual(p.messages)
    expect(new Set(p.messages.flatMap((one) => (one.kind === 'log' ? [one.change] : [])))).toContain('out-of-service')
  })
})
