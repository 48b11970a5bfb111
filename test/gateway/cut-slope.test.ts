// The template of a cut slope behind houses, filled in with its examples, from rain alone to voice and siren.
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import { filled, textOf } from './site/filled.ts'
import { samplesOf } from './stages/bench.ts'

const second = 1000
const hour = 3600 * second
const WALL = Date.parse('2026-07-01T10:00:00+08:00')

function houses() {
  const checked = checkSite(filled(textOf('cut-slope.yaml')), 'cut-slope.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(checked.faults.map(({ what }) => what).join('\n'))
  const { plan } = checked.site
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(WALL + at), wallQuality: 'synchronised' })
  const state = makeStation(plan, moment(0), 'test')
  const [rain, key] = ['rain', 'key'].map((name) => plan.channels.findIndex((channel) => channel.name === name)) as [number, number]
  const step = plan.channels[rain]?.counting?.step ?? Number.NaN
  const told: string[] = []
  let at = 0
  let total = 0
  return {
    plan,
    /** So much rain, evenly, in these hours; gives what outputs were told meanwhile. */
    rain(mm: number, hours: number): string[] {
      told.length = 0
      const rows = (hours * hour) / (30 * second)
      const from = total
      for (let row = 1; row <= rows; row++) {
        at += 30 * second
        total = from + (mm * row) / rows
        const samples = [samplesOf(rain, [[at, Math.round(total / step)]]), samplesOf(key, [[at, 0]])]
        const { actions } = scan(state, { ...emptyInput(moment(at)), samples })
        for (const { output, on, cause, saying } of actions)
          if (cause !== 'loop test') told.push(`${output} ${on ? 'on' : 'off'}${saying && 'text' in saying ? `: ${saying.text}` : ''}`)
      }
      return [...new Set(told)]
    },
    level: () => state.verdicts.get('slope'),
  }
}

describe('a cut slope behind houses', () => {
  it('is warned of by rain alone: prepare by voice, immediate by voice and siren', () => {
    const place = houses()
    expect(place.plan.channels.map(({ name }) => name)).toEqual(['rain', 'key', 'soil', 'rain-72h'])
    place.rain(30, 1)
    expect(place.level()).toBe(0)
    // What the soil holds is not known yet: the set points of wet soil count, 40 and 55 mm in an hour.
    const prepare = place.rain(44, 1)
    expect([place.level(), prepare]).toEqual([3, [expect.stringMatching(/^voice on: .*Prepare to leave your houses$/), expect.stringMatching(/^modem on: /)]])
    const leave = place.rain(30, 0.5)
    expect(place.level()).toBe(4)
    expect(leave).toEqual(expect.arrayContaining(['siren on', expect.stringMatching(/^voice on: .*Leave your houses now$/)]))
  })

  it('stays warned of for hours after the rain, for slides lag it', () => {
    const place = houses()
    place.rain(0, 25)
    place.rain(60, 1)
    place.rain(0, 11)
    expect(place.level()).toBe(4)
    place.rain(0, 14)
    expect(place.level()).toBe(0)
  })
})
