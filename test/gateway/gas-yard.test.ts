// The gas yard of test/stations, from readings to alarms: what its kinds and conditions do together.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { Quality, type Reason, reasonCode } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { samplesOf } from './stages/bench.ts'

const second = 1000
const WALL = Date.parse('2026-07-01T10:00:00+08:00')
const text = readFileSync(join(import.meta.dirname, '../stations/gas-yard.yaml'), 'utf8')

type Reading = number | [value: number | null, quality: number, reason: Reason]

const measured = { north: 0, east: 0, south: 0, sulfide: 0, 'bit-1': 0, 'bit-2': 0 } as Record<string, Reading>

function yard() {
  const checked = checkSite(text, 'gas-yard.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(checked.faults.map(({ what }) => what).join('\n'))
  const { plan } = checked.site
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(WALL + at), wallQuality: 'synchronised' })
  const state = makeStation(plan, moment(0), 'test')
  const number = (name: string): number => plan.channels.findIndex((channel) => channel.name === name)
  let at = 0
  return {
    state,
    maker: (name: string) => state.machine.channels[number(name)]?.maker,
    now: () => moment(at),
    /** So many seconds of these readings; the others are 0. */
    run(seconds: number, readings: Record<string, Reading> = {}): void {
      for (let k = 0; k < seconds; k++) {
        at += second
        const samples = Object.entries({ ...measured, ...readings }).map(([name, reading]) => {
          const [value, quality, reason] = typeof reading === 'number' ? [reading, Quality.good, 'none' as Reason] : reading
          const made = samplesOf(number(name), [[at, value]])
          made.quality[0] = quality
          made.reason[0] = reasonCode(reason)
          return made
        })
        scan(state, { ...emptyInput(moment(at)), samples })
      }
    },
    level: (name: string) => state.verdicts.get(name),
    unknown: (name: string) => state.alarms.find((alarm) => alarm.name === name)?.unknown ?? [],
  }
}

describe('the gas yard', () => {
  it('is at peace, with nothing unknown, once it has run for a while', () => {
    const point = yard()
    point.run(13 * 60)
    expect(['methane', 'sulfide', 'upkeep', 'sensors'].map(point.level)).toEqual([0, 0, 0, 0])
    expect(point.unknown('sensors')).toEqual([])
  })

  it('raises red by two of three, yellow by one', () => {
    const point = yard()
    point.run(60)
    point.run(5, { north: 60 })
    expect(point.level('methane')).toBe(2)
    point.run(5, { north: 60, east: 55 })
    expect(point.level('methane')).toBe(4)
  })

  it('tells of a rise before the first set point is reached', () => {
    const point = yard()
    point.run(90)
    // 12 %LEL a minute.
    for (let k = 0; k < 60; k++) point.run(1, { north: k / 5 })
    expect([point.level('rising-n'), point.level('methane')]).toEqual([1, 1])
  })

  it('keeps red after over-range, though the bead reads low in too rich a gas, until a person ends it', () => {
    const point = yard()
    point.run(60)
    const over: Reading = [104.4, Quality.suspect, 'over-range']
    point.run(5, { north: over, east: over })
    expect(point.level('methane')).toBe(4)
    point.run(600, { north: 15, east: 8 })
    expect(point.level('methane')).toBe(4)
    for (const held of ['north-held', 'east-held']) expect(point.maker(held)?.act?.({ op: 'baseline', by: 'li', reason: 'aired', now: point.now() })).toBe('')
    point.run(5)
    expect(point.level('gas-n')).toBe(0)
  })

  it('takes no fault for zero: red stays, and the loss is told', () => {
    const point = yard()
    point.run(60)
    point.run(5, { north: 60, east: 55 })
    const broken: Reading = [-3.1, Quality.fail, 'device-fault']
    point.run(30, { north: broken, east: broken })
    expect(point.level('methane')).toBe(4)
    expect(point.level('gas-n')).toBe('unknown')
    expect(point.unknown('sensors')).toEqual(expect.arrayContaining(['north', 'east']))
  })

  it('knows neither gas nor peace while an instrument warms up, and calls that no fault', () => {
    const point = yard()
    point.run(30, { sulfide: [0, Quality.fail, 'warm-up'] })
    expect(point.level('toxic-own')).toBe('unknown')
    expect(point.unknown('sensors')).not.toContain('toxic-own')
    expect(point.level('sulfide')).toBe(0)
  })

  it.each([
    ['our reading alone', { sulfide: 15 }, 4],
    ['the instrument alone, latched while our reading is clear', { 'bit-1': 1, 'bit-2': 1 }, 4],
    ['its first alarm', { 'bit-1': 1 }, 2],
    ['our first set point', { sulfide: 7 }, 2],
  ])('raises sulfide by %s', (_, readings, level) => {
    const point = yard()
    point.run(30)
    point.run(5, readings)
    expect(point.level('sulfide')).toBe(level)
  })

  it('raises the short-term exposure by less than the ceiling, and takes test gas for none', () => {
    const point = yard()
    point.run(13 * 60, { sulfide: [40, Quality.fail, 'under-test'] })
    expect(point.level('short-term')).toBe('unknown')
    point.run(15 * 60, { sulfide: 12 })
    expect(point.level('short-term')).toBe(3)
  })

  it('tells of drift below zero: maintenance is suspect, a fault fails', () => {
    const point = yard()
    point.run(3, { north: -6 })
    const { ring } = point.state.machine.channels[0] as (typeof point.state.machine.channels)[number]
    expect(ring.quality[ring.head - 1]).toBe(Quality.suspect)
    point.run(3, { north: -11 })
    expect(ring.quality[ring.head - 1]).toBe(Quality.fail)
  })
})
