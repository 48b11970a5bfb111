// The wall clock in a bad night: it begins in 1970, jumps by days, is set right in the middle of a shelf, a silence, a call. Nothing ends early, or late.

import { expect, it } from 'vitest'
import { millis } from '../../../protocol/time.ts'
import { action, day, hour, level, MORNING, minute, output, place, SLOPE } from '../core/place.ts'

const clocks: [string, (at: number) => number][] = [
  ['begins in 1970', (at) => at],
  ['begins in 1970 and is set right', (at) => (at < 25 * minute ? at : MORNING + at)],
  ['jumps forth by a day', (at) => MORNING + at + (at < 25 * minute ? 0 : day)],
  ['jumps back by a day', (at) => MORNING + at - (at < 25 * minute ? 0 : day)],
  ['falls back to 1970', (at) => (at < 25 * minute ? MORNING + at : at)],
  ['jumps every seven minutes', (at) => MORNING + at + [0, day, -day, 400 * day][Math.floor(at / (7 * minute)) % 4]!],
]

/** A siren and a call to the wardens; red comes, is silenced, goes, comes again, is shelved, its instrument is inhibited and comes back. */
function night(wall: (at: number) => number) {
  const p = place({
    wall,
    outputs: [output('siren', 'siren'), output('modem', 'sms')],
    actions: [action('siren', level('slope', 'is', 4), 'slope is red'), action('modem', level('slope', '>=', 3), 'slope >= orange', { call: 'wardens' })],
    alarms: [
      {
        name: 'creeping',
        levels: [{ level: 4, when: level('creep', '>=', 4) }],
        life: { latch: false, lifeSafety: false, shelve: millis(8 * hour), suppress: null },
        step: millis(5 * minute),
        lower: { after: millis(20 * minute) },
      },
    ],
  })
  const seen: [number, string][] = []
  const until = (at: number): void => {
    for (let next = p.now() + minute; next <= at; next += minute) {
      p.until(next)
      const now = p.state.alarms.slice(0, 3).map(({ name, level: stands, life }) => `${name} ${stands} ${life.flags.shelf} ${life.flags.acked}`)
      if (seen.at(-1)?.[1] !== now.join()) seen.push([next / minute, now.join()])
    }
  }
  until(2 * minute)
  p.set(SLOPE, 4)
  until(10 * minute)
  const answers = [p.act('silence', { forMs: 15 * minute }), p.act('shelve', { alarm: 'creeping', forMs: hour })]
  until(40 * minute)
  answers.push(p.act('inhibit', { channel: 'slope-m', forMs: 30 * minute }))
  until(80 * minute)
  answers.push(p.act('acknowledge', { alarm: 'slope' }))
  p.set(SLOPE, 0)
  until(140 * minute)
  return { answers, seen, siren: p.told('siren'), calls: p.said('modem').map(({ at, to }) => [at, to]) }
}

const calm = night((at) => MORNING + at)

it('a night by a clock that is right has all that could end early or late', () => {
  expect(calm.answers).toEqual(['', '', '', ''])
  expect(calm.siren.length).toBeGreaterThan(3)
  expect(calm.calls.length).toBeGreaterThan(1)
  expect(calm.seen.length).toBeGreaterThan(3)
})

it.each(clocks)('a clock that %s loses, invents, shortens and lengthens nothing', (_, wall) => {
  expect(night(wall)).toEqual(calm)
})
