// Quiet days are dry days: a baseline and a factor are not taken from days on which it rained.

import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../../devicejs/shelf.ts'
import { makeCalendar } from '../../../../gateway/core/calendar.ts'
import { type Channel, makeChannels, take } from '../../../../gateway/core/channel.ts'
import { makeRing, push } from '../../../../gateway/core/ring.ts'
import { checkSite } from '../../../../gateway/site/check.ts'
import { dryness } from '../../../../gateway/stages/derive/dry.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { samplesOf } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

const file = (rain: string): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" }, slope: { serialOverTcp: "127.0.0.1:1503" } }
devices:
  tilt: { profile: bewis/wf-wm410, bus: slope, every: 30min }
  gauge: { profile: xunchip/xm9505, bus: line, unit: 1, every: 30min }
channels:
  x: { read: tilt.x }
  y: { read: tilt.y }
  heat: { read: tilt.heat }
  moved: { derive: change, from: [x, y], temperature: heat, rain: ${rain} }
  steady: { derive: compensate, from: [x, heat], quiet: 0.002/h, rain: ${rain} }
  gone: { derive: displacement, from: x, quiet: 0.1/d, rain: ${rain}, temperature: heat }
  tips: { read: gauge.tips }
  rain-24h: { derive: accumulate, from: tips, over: 24h }
`
const check = (text: string) => checkSite(text, 'site.yaml', { profiles: findProfile })

/** Days at rest under the sun; on those that `wet` names it rains a little each half hour. */
function live(days: number, wet: (day: number) => boolean) {
  const checked = check(file('rain-24h'))
  if ('faults' in checked) throw new Error(checked.faults.map(({ what }) => what).join())
  const { calendar } = makeCalendar(millis(8 * hour), { at: millis(0), wall: instant(0), wallQuality: 'synchronised' })
  const machine = makeChannels(checked.site.plan, millis(0), calendar)
  const named = (name: string): Channel => machine.channels.find(({ plan }) => plan.name === name) as Channel
  let tips = 0
  for (let at = 0; at < days * day; at += 30 * minute) {
    const swing = Math.sin((2 * Math.PI * at) / day)
    if (wet(Math.floor(at / day))) tips++
    for (const [name, value] of Object.entries({ x: 1 + 0.02 * swing, y: 0, heat: 20 + 8 * swing, tips }))
      take(named(name), samplesOf(named(name).number, [[at, value]]), millis(at))
  }
  const kept = (name: string) => named(name).maker?.kept?.()
  return { moved: kept('moved'), steady: kept('steady'), gone: kept('gone') }
}

describe('a baseline and a factor', () => {
  it('are final, and fitted, after seven dry days', () => {
    expect(live(10, () => false)).toMatchObject({
      moved: { standing: 'final' },
      steady: { found: { factor: expect.closeTo(0.0025, 6) } },
      gone: { standing: 'final' },
    })
  })

  it('wait where it rains: a day with rain does not count', () => {
    expect(live(14, (at) => at % 2 === 0)).toMatchObject({
      moved: { standing: 'provisional' },
      steady: { found: null, fit: expect.anything() },
      gone: { standing: 'provisional' },
    })
  })
})

describe('the rain beside', () => {
  it.each([
    ['tips', /`tips` is a counter/, /name a channel in mm/],
    ['heat', /`heat` is in degC/, /name a channel in mm/],
    ['nothing', /nothing/, /./],
  ])('is refused where it is %s', (rain, what, remedy) => {
    const checked = check(file(rain))
    const faults = 'faults' in checked ? checked.faults : []
    expect(faults.map(({ at }) => at)).toEqual(['channels.moved.rain', 'channels.steady.rain', 'channels.gone.rain'])
    expect(faults[0]?.what).toMatch(what)
    expect(faults[0]?.remedy).toMatch(remedy)
  })

  it('has no place beside a factor that is given', () => {
    const checked = check(file('rain-24h').replace('quiet: 0.002/h, rain', 'factor: 0.01, rain'))
    expect('faults' in checked && checked.faults.map(({ what }) => what)).toEqual(['with a factor nothing is fitted'])
  })
})

describe('a day', () => {
  const at = (rows: [number, number, number?][], time: number): boolean => {
    const ring = makeRing(16)
    for (const [when, value, quality = 1] of rows) push(ring, when, value, quality, 0)
    return dryness([ring])(time)
  }
  it.each([
    ['without a rain channel is taken as it is', null, true],
    ['with less than a millimetre is dry', [[5, 0.8]], true],
    ['with a millimetre is wet', [[5, 1]], false],
    ['of which the sum is a lower bound is not known to be dry', [[5, 0, 2]], false],
    ['of which the newest sum is older than a day is not known to be dry', [[10 - day, 0]], false],
    ['of which nothing is known yet is not known to be dry', [[20, 0]], false],
    [
      'is told by the newest sum before its end',
      [
        [4, 9],
        [5, 0],
        [20, 9],
      ],
      true,
    ],
  ] as [string, [number, number, number?][] | null, boolean][])('%s', (_, rows, dry) => {
    expect(rows === null ? dryness()(10) : at(rows, 10)).toBe(dry)
  })
})
