import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import type { Stage } from '../../../../gateway/core/stage.ts'
import { change } from '../../../../gateway/stages/derive/change.ts'
import { spike } from '../../../../gateway/stages/quality/spike.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { makeChance } from '../../../../sim/world/chance.ts'
import { type Bench, samplesOf, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const plain = { give: 'angle', mount: 0, least: 0.05, quiet: { value: 0.002, per: hour }, since: 'baseline' }

const bench = (options: unknown = plain, more: Partial<Bench> = {}) =>
  set({ derivation: [change, options], inputs: 2, unit: 'deg', period: 10 * minute, ...more })
type Made = ReturnType<typeof bench>
const maker = (made: Made): Stage => made.machine.channels.at(-1)?.maker as Stage

/** Both axes, every ten minutes in [from, to). */
function read(made: Made, from: number, to: number, at: (time: number) => [number, number]): void {
  for (let time = from; time < to; time += 10 * minute) for (const [input, value] of at(time).entries()) made.give([time, value], input)
}

const takeNow = (made: Made, at: number): string =>
  maker(made).act?.({ op: 'baseline', by: 'Li Wei', reason: 'mounted anew', now: { at: millis(at), wall: instant(at), wallQuality: 'synchronised' } }) as string

describe('the change from a baseline', () => {
  it.each([
    [2, -1.5, 2.03, -1.46, 0.0499782004],
    [20, -15, 20.03, -14.96, 0.0478310535],
    [0, 0, 3, 4, 5.002933901],
    [0, 0, 30, 40, 54.5237474],
  ])('from (%d, %d) to (%d, %d) degrees is %d', (x0, y0, x, y, angle) => {
    const made = bench()
    read(made, 0, hour, () => [x0, y0])
    expect(takeNow(made, hour)).toBe('')
    read(made, hour, hour + 1, () => [x, y])
    expect(made.out().at(-1)?.value).toBeCloseTo(angle, 7)
  })

  it.each([1e-5, 1e-7])('still sees %d degrees, which an arc cosine does not', (tiny) => {
    const made = bench()
    read(made, 0, hour, () => [0, 0])
    takeNow(made, hour)
    read(made, hour, hour + 1, () => [tiny, 0])
    expect((made.out().at(-1)?.value as number) / tiny).toBeCloseTo(1, 6)
  })

  it('is the same from three accelerations', () => {
    const made = set({ derivation: [change, plain], inputs: 3, unit: 'g', period: 10 * minute })
    const give = (time: number, x: number, y: number, scale: number): void => {
      const [gx, gy] = [Math.sin((x * Math.PI) / 180), Math.sin((y * Math.PI) / 180)]
      for (const [input, a] of [gx, gy, Math.sqrt(1 - gx * gx - gy * gy)].entries()) made.give([time, a * scale], input)
    }
    for (let k = 0; k < 6; k++) give(k * 10 * minute, 20, -15, 1)
    takeNow(made, hour)
    give(hour, 20.03, -14.96, 1024)
    expect(made.out().at(-1)?.value).toBeCloseTo(0.0478310535, 7)
  })

  it('goes toward an azimuth, that of the mount added, and toward none while it is too small to have one', () => {
    const made = bench({ ...plain, give: 'azimuth', mount: 350 })
    read(made, 0, hour, () => [1, 1])
    takeNow(made, hour)
    read(made, hour, hour + 1, () => [1.3, 1.4])
    read(made, hour + 10 * minute, hour + 11 * minute, () => [1.01, 1.01])
    expect(made.out().at(-2)?.value).toBeCloseTo(43.13, 1)
    expect(made.out().at(-1)).toMatchObject({ quality: 9, reason: 'coverage' })
  })

  it('has no value where an instrument shows a pair of angles that cannot be', () => {
    const made = bench()
    read(made, 0, hour, () => [60, 60])
    expect(made.out().at(-1)).toMatchObject({ quality: 9, reason: 'input' })
    expect(takeNow(made, hour)).toMatch(/wait for 3/)
  })
})

const swing = (time: number): number => 0.1 * Math.sin((2 * Math.PI * time) / day)

describe('a baseline', () => {
  it('is not there before a day has passed, which is no fault, and then is the mean of that day', () => {
    const made = bench()
    read(made, 0, day + hour, (time) => [1 + swing(time), 2])
    const rows = made.out()
    expect(new Set(rows.filter(({ time }) => time < day).map(({ reason }) => reason))).toEqual(new Set(['warm-up']))
    expect(rows.find(({ time }) => time === day)?.value).toBeCloseTo(0, 5)
    expect(maker(made).kept?.()).toMatchObject({ standing: 'provisional' })
  })

  it('is final after seven quiet days, and then moves no more', () => {
    const made = bench()
    read(made, 0, 9 * day, (time) => [1 + swing(time), 2])
    expect(maker(made).kept?.()).toMatchObject({ standing: 'final' })
    read(made, 9 * day, 30 * day, (time) => [2 + swing(time), 2])
    expect(made.out().at(-1)?.value).toBeCloseTo(1, 2)
  })

  it('waits for quiet days: one that moved, and one that was hardly read, do not count', () => {
    const made = bench()
    read(made, 0, 4 * day, () => [1, 2])
    read(made, 4 * day, 5 * day, () => [1.1, 2])
    read(made, 5 * day, 8 * day, () => [1.1, 2])
    expect(maker(made).kept?.()).toMatchObject({ standing: 'provisional' })
    read(made, 8 * day + 16 * hour, 9 * day, () => [1.1, 2])
    read(made, 9 * day, 16 * day, () => [1.1, 2])
    expect(maker(made).kept?.()).toMatchObject({ standing: 'final' })
  })

  it('does not count a day as quiet that lies off the one before, though it is no further from the baseline than a week may be', () => {
    const made = bench()
    read(made, 0, 6 * day, (time) => [Math.floor(time / day) % 2 === 0 ? 0 : 0.1, 0])
    expect(maker(made).kept?.()).toMatchObject({ standing: 'provisional', quietDays: 0 })
  })

  it.each([
    [9, 24, 'warm-up'],
    [15, 24, 'none'],
    [15, 50, 'warm-up'],
  ])('is not the mean of a day that was hardly read, or that a silence ended: %d h read, the next row at %d h', (read1, next, reason) => {
    const made = bench()
    read(made, 0, read1 * hour, () => [1, 2])
    read(made, next * hour, next * hour + 1, () => [1, 2])
    expect(made.out().at(-1)?.reason).toBe(reason)
  })

  it('is not taken from two readings; the newest is none before the next one has shown that it is no spike', () => {
    const made = bench()
    read(made, 0, 30 * minute, () => [5, 5])
    expect(takeNow(made, 30 * minute)).toMatch(/only 2 good readings.*wait for 3/)
    read(made, 30 * minute, 40 * minute, () => [5, 5])
    expect(takeNow(made, 40 * minute)).toBe('')
  })

  it('never becomes final over a movement: what has moved would be forgotten', () => {
    const made = bench()
    read(made, 0, 2 * day, () => [0, 0])
    read(made, 2 * day, 40 * day, () => [1, 0])
    expect(maker(made).kept?.()).toMatchObject({ standing: 'provisional' })
    expect(made.out().at(-1)?.value).toBeCloseTo(1, 9)
  })

  it('is taken by a person from the newest readings, and not from old ones', () => {
    const made = bench()
    read(made, 0, 2 * hour, () => [5, 5])
    expect(takeNow(made, day)).toMatch(/only 0 good readings/)
    expect(takeNow(made, 2 * hour)).toBe('')
    expect(maker(made).kept?.()).toMatchObject({ standing: 'final', by: 'Li Wei', taken: '1970-01-01T02:00:00.000Z' })
    read(made, 2 * hour, 3 * hour, () => [5, 5])
    expect(made.out().at(-1)?.value).toBeCloseTo(0, 12)
  })

  it('takes no spike in, though that is known for one only by the next value', () => {
    const made = bench(plain, { quality: [[spike, { fail: 5, method: 'differential' }]] })
    read(made, 0, 50 * minute, (time) => [time === 40 * minute ? 20 : 1, 1])
    read(made, 50 * minute, 90 * minute, () => [1, 1])
    takeNow(made, 80 * minute)
    read(made, 90 * minute, 100 * minute, () => [1, 1])
    expect(made.out().at(-1)?.value).toBeCloseTo(0, 12)
  })

  it('since the installation is counted on, whatever a person takes for one', () => {
    const made = bench({ ...plain, since: 'install' })
    read(made, 0, 2 * day, () => [0, 0])
    read(made, 2 * day, 3 * day, () => [1, 0])
    takeNow(made, 3 * day)
    read(made, 3 * day, 3 * day + hour, () => [1, 0])
    expect(made.out().at(-1)?.value).toBeCloseTo(1, 9)
  })

  it('outlives the process', () => {
    const before = bench()
    read(before, 0, 2 * day, () => [0, 0])
    const kept = JSON.parse(JSON.stringify(maker(before).kept?.()))
    const after = bench()
    maker(after).recall?.(kept)
    read(after, 0, hour, () => [0.3, 0])
    expect(after.out()[0]?.value).toBeCloseTo(0.3, 6)
    read(after, hour, 9 * day, () => [0.3, 0])
    expect(maker(after).kept?.()).toMatchObject({ standing: 'final' })
  })

  it.each([[null], [{}], [{ rest: [1, 2], install: [1, 2, 3], standing: 'final' }], [{ rest: 'x' }], [7]])(
    'is taken anew where what was kept is %j',
    (kept) => {
      const made = bench()
      maker(made).recall?.(kept)
      read(made, 0, hour, () => [0, 0])
      expect(made.out().at(-1)).toMatchObject({ quality: 9, reason: 'warm-up' })
      expect(maker(made).kept?.()).toEqual({ day: expect.objectContaining({ began: 0, rows: 5 }) })
    },
  )

  it('is taken, and becomes final, at a station that is switched off each night', () => {
    let kept: unknown = null
    let standing: unknown[] = []
    for (let night = 0; night < 11; night++) {
      const made = bench()
      maker(made).recall?.(kept)
      read(made, night * day, night * day + 20 * hour, () => [1, 2])
      kept = JSON.parse(JSON.stringify(maker(made).kept?.()))
      standing = [...standing, (kept as { standing?: unknown }).standing]
    }
    expect([standing[0], standing[1], standing.at(-1)]).toEqual([undefined, 'provisional', 'final'])
  })

  it.each([{ began: 1e300, rows: 90, sum: [0, 0, 90] }, { began: 0, rows: 90, sum: [0, 0] }, { began: 'x' }, 7])(
    'is not kept from by a day that came back as %j',
    (damaged) => {
      const made = bench()
      maker(made).recall?.({ day: damaged })
      read(made, 0, day + 1, () => [1, 2])
      expect(maker(made).kept?.()).toMatchObject({ standing: 'provisional' })
      expect(made.out().at(-1)?.value).toBeCloseTo(0, 9)
    },
  )
})

it('is the same row by row as in batches', () => {
  const chance = makeChance(11)
  const rows = Array.from(
    { length: 700 },
    (_, k) => [k * 10 * minute + Math.floor(k / 90) * hour, k % 37 === 5 ? null : chance.normal() * 0.01] as [number, number | null],
  )
  const single = bench(plain, { quality: [[spike, { fail: 0.03, method: 'differential' }]] })
  for (const row of rows) for (const input of [0, 1]) single.give(row, input)
  for (const size of [7, 64, 200]) {
    const made = bench(plain, { quality: [[spike, { fail: 0.03, method: 'differential' }]] })
    for (let from = 0; from < rows.length; from += size) {
      const batch = rows.slice(from, from + size)
      for (const input of [0, 1]) take(made.machine.channels[input] as never, samplesOf(input, batch), millis(batch.at(-1)?.[0] as number))
    }
    const usable = (out: ReturnType<Made['out']>) => out.map(({ value, quality }) => (quality < 4 ? value.toPrecision(9) : null))
    expect(usable(made.out())).toEqual(usable(single.out()))
  }
})

it.each([
  [{ ...plain, quiet: { value: 0, per: hour } }, 'no day would ever be quiet'],
  [plain, undefined],
])('checks its options: %j', (options, what) => {
  expect(change.doubts?.(options as never, [])[0]?.what).toBe(what)
})

it.each([
  [['deg', 'deg'], 'deg'],
  [['deg', 'mm'], 'change needs two tilts in deg, or three accelerations'],
  [['g', 'g', 'g'], 'deg'],
  [['g', 'g', 'V'], 'change needs three accelerations in one unit'],
])('of %j is in %s', (units, told) => {
  const made = change.unit(
    plain as never,
    units.map((unit) => ({ unit, quantity: 'x', counting: null })),
  )
  expect(typeof made === 'string' ? made : made.unit).toBe(told)
})
