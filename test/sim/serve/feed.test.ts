import { describe, expect, it } from 'vitest'
import { instant, type Moment, millis } from '../../../protocol/time.ts'
import { stormScenario } from '../../../sim/scenario.ts'
import type { RecordedRow } from '../../../sim/serve/feed.ts'
import { fieldFeed } from '../../../sim/serve/field-feed.ts'
import { recordedFeed } from '../../../sim/serve/recorded-feed.ts'
import { makeField } from '../../../sim/world/field.ts'
import { device, gauge, tilt } from './stand-in.ts'

const row = (time: number, value: number | null): RecordedRow => ({ time: instant(time), values: new Map([['x', value]]) })
const rowsOf = (...times: number[]): Iterator<RecordedRow> => times.map((time) => row(time, time / 10)).values()

describe('recorded rows in lock-step', () => {
  it('go on to the next row time only when every device that has a row at this one was read', () => {
    const feed = recordedFeed(
      new Map([
        ['a', rowsOf(10, 15, 20)],
        ['b', rowsOf(10, 13, 20)],
      ]),
    )
    const times = (): (number | null)[] => ['a', 'b'].map((name) => feed.show(name).time)
    expect(times()).toEqual([10, 10])
    feed.taken('a')
    feed.taken('a')
    expect(times()).toEqual([10, 10])
    feed.taken('b')
    expect(times()).toEqual([10, 13])
    feed.taken('a')
    expect(times()).toEqual([10, 13])
    feed.taken('b')
    expect(times()).toEqual([15, 13])
    feed.taken('a')
    expect(times()).toEqual([20, 20])
  })

  it('show no time before a device has its first row', () => {
    const feed = recordedFeed(
      new Map([
        ['a', rowsOf(10, 20)],
        ['b', rowsOf(20)],
      ]),
    )
    expect(feed.show('b')).toEqual({ values: new Map(), time: null, mute: false })
    feed.taken('b')
    expect(feed.show('a').time).toBe(10)
    feed.taken('a')
    expect(feed.show('b').time).toBe(20)
  })

  it('drop and count rows that are not later than the one before them', () => {
    const feed = recordedFeed(new Map([['a', rowsOf(10, 10, 5, 20)]]))
    feed.taken('a')
    expect(feed.show('a').time).toBe(20)
    expect(feed.counts()).toEqual({ shown: 2, dropped: 2 })
  })

  it('show a value that a row does not tell as missing, not as that of the row before', () => {
    const feed = recordedFeed(new Map([['a', [row(1, 5), { time: instant(2), values: new Map([['y', 7]]) }].values()]]))
    feed.taken('a')
    expect([...feed.show('a').values]).toEqual([
      ['x', null],
      ['y', 7],
    ])
  })

  it('are done when the last row was read, and not before', async () => {
    const feed = recordedFeed(new Map([['a', rowsOf(10, 20)]]))
    let done = false
    feed.done.then(() => {
      done = true
    })
    feed.taken('a')
    await Promise.resolve()
    expect(done).toBe(false)
    feed.taken('a')
    await feed.done
    expect(feed.show('a').time).toBe(20)
  })
})

describe('a field that follows the clock', () => {
  const scenario = stormScenario()
  let at = 0
  const clock = { now: (): Moment => ({ at: millis(at), wall: instant(1_000_000 + at), wallQuality: 'synchronised' }), until: async () => {} }
  const feed = () =>
    fieldFeed({
      field: makeField(7, scenario),
      scenario,
      seed: 7,
      clock,
      devices: [device('rain', 'p', 1, gauge), device('tilt-1', 'p', 2, tilt), device('tilt-2', 'p', 3, tilt)],
    })

  it('counts whole tips and knows each device by its share of the movement', () => {
    at = 0
    const shown = feed()
    expect(shown.show('rain').values.get('tips')).toBeLessThanOrEqual(1)
    at = 115 * 60_000
    const tips = shown.show('rain').values.get('tips') as number
    expect(Number.isInteger(tips)).toBe(true)
    expect(tips * 0.2).toBeGreaterThan(60)
    const [one, two] = ['tilt-1', 'tilt-2'].map((name) => shown.show(name).values.get('x') as number)
    expect(two).toBeLessThan((one as number) * 0.7)
    expect(shown.show('rain').values.get('volts')).toBeCloseTo(12.6, 0)
  })

  it('shows the same however often it is read', () => {
    at = 0
    const often = feed()
    const seldom = feed()
    for (at = 0; at < 600_000; at += 700) often.show('tilt-1')
    at = 600_000
    expect([...often.show('tilt-1').values]).toEqual([...seldom.show('tilt-1').values])
    expect(often.show('tilt-1')).toBe(often.show('tilt-1'))
  })

  it('is mute where the scenario says so, and tells how far the story is', () => {
    at = 0
    const shown = feed()
    const [silence] = scenario.silences
    at = (silence?.atMs ?? 0) + 1000
    expect(shown.show('tilt-2').mute).toBe(true)
    expect(shown.show('tilt-1').mute).toBe(false)
    at = scenario.duration / 2
    expect(shown.fraction()).toBe(0.5)
    at = scenario.duration * 2
    expect(shown.fraction()).toBe(1)
  })
})
