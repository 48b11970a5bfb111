// A baseline is kept with the temperature at which it was taken.

import { describe, expect, it } from 'vitest'
import { makeCalendar } from '../../../../gateway/core/calendar.ts'
import type { AnyDerivation } from '../../../../gateway/core/kind.ts'
import { makeRing, push } from '../../../../gateway/core/ring.ts'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { change } from '../../../../gateway/stages/derive/change.ts'
import { displacement } from '../../../../gateway/stages/derive/displacement.ts'
import { temperatureOf } from '../../../../gateway/stages/derive/heat.ts'
import { instant, millis } from '../../../../protocol/time.ts'

const hour = 3_600_000
const day = 24 * hour
const quiet = { value: 1, per: millis(day) }

describe('the temperature beside', () => {
  const ring = makeRing(128)
  push(ring, 10 * hour, 18, 1, 0)
  push(ring, 10.5 * hour, 99, 4, 0)
  push(ring, 12 * hour, 25, 1, 0)

  it.each([
    ['before there is any', 9 * hour, Number.NaN],
    ['of that time', 10 * hour, 18],
    ['of before, where the newest has failed', 10.6 * hour, 18],
    ['of more than an hour ago', 11.5 * hour, Number.NaN],
  ])('is that %s', (_, at, degrees) => {
    expect(temperatureOf(ring)(at)).toBe(degrees)
  })

  it('is not known where none is named', () => {
    expect(temperatureOf(undefined)(0)).toBeNaN()
  })
})

/** Hours at rest, 15 degrees and half a degree more each hour of the day; `silent`: of the thermometer. */
function live(kind: AnyDerivation, inputs: number, options: object, hours: number, silent = Number.POSITIVE_INFINITY) {
  const [heat, out, ...rings] = Array.from({ length: inputs + 2 }, () => makeRing(4096)) as [ReturnType<typeof makeRing>, ReturnType<typeof makeRing>]
  const { calendar } = makeCalendar(millis(0), { at: millis(0), wall: instant(0), wallQuality: 'synchronised' })
  const each = <T>(value: T): T[] => rings.map(() => value)
  const make = (): Stage =>
    kind.build({ quiet, since: 'baseline', temperature: 'heat', ...options } as never, {
      ...{ inputs: rings, units: each('deg'), periods: each(millis(hour)), counting: each(null), gases: each(null), calendar, out, beside: [heat] },
      ...({ window: null, extremes: null } as never as Record<'window' | 'extremes', never>),
    })
  const stage = make()
  for (let at = 0; at < hours; at++) {
    if (at < silent) push(heat, at * hour, 15 + (at % 24) / 2, 1, 0)
    for (const ring of rings) push(ring, at * hour, 1, 1, 0)
    stage.run(rings.at(-1) as (typeof rings)[number], at, at + 1, millis(at * hour))
  }
  return { stage, make }
}

describe.each([
  ['change', change, 2, { give: 'angle', mount: 0, least: 0 }],
  ['displacement', displacement, 1, {}],
] as [string, AnyDerivation, number, object][])('a baseline of %s', (_, kind, inputs, options) => {
  it.each([
    ['is provisional with the mean of its day', 30, 'provisional', 15 + 11.5 / 2],
    ['is final with the mean of its quiet days', 10 * 24, 'final', 15 + 11.5 / 2],
  ])('%s', (_, hours, standing, temperature) => {
    expect(live(kind, inputs, options, hours).stage.told?.()).toMatchObject({ standing, by: 'station', temperature: expect.closeTo(temperature, 9) })
  })

  it('is none before there is one', () => {
    expect(live(kind, inputs, options, 5).stage.told?.()).toEqual({ standing: 'none' })
  })

  it('that a person takes has the mean of the readings that it is made of, over a restart too', () => {
    const { stage, make } = live(kind, inputs, options, 7)
    expect(stage.act?.({ op: 'baseline', by: 'li', reason: 'mounted', now: { at: millis(6 * hour), wall: instant(0), wallQuality: 'synchronised' } })).toBe('')
    const again = make()
    again.recall?.(JSON.parse(JSON.stringify(stage.kept?.())))
    expect(again.told?.()).toEqual({ standing: 'final', taken: '1970-01-01T00:00:00.000Z', by: 'li', temperature: 15 + 2.5 / 2 })
  })

  it('has no temperature where it was not known all the time', () => {
    expect(live(kind, inputs, options, 30, 6).stage.told?.()).toEqual({ standing: 'provisional', taken: expect.anything(), by: 'station' })
  })
})
