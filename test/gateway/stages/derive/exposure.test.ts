import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { advance, type Channel, take } from '../../../../gateway/core/channel.ts'
import { exposure } from '../../../../gateway/stages/derive/exposure.ts'
import { millis, type WallQuality } from '../../../../protocol/time.ts'
import { type Bench, type Row, samplesOf, set } from '../bench.ts'

const second = 1000
const minute = 60 * second
const beijing = (text: string): number => Date.parse(`2026-06-01T${text}+08:00`)

const bench = (options: object, more: Partial<Bench> = {}) => set({ derivation: [exposure, options], unit: 'ppm', period: minute, ...more })

/** One reading a minute, each standing for its minute. */
const minutes = (means: (number | null)[], from = 0): Row[] => means.map((mean, k) => [(from + k + 1) * minute, mean])
const fill = (count: number, mean: number): number[] => Array(count).fill(mean)

const worked = [...fill(10, 0), ...fill(5, 60), ...fill(20, 10)]

describe('the short-term exposure', () => {
  it('is the mean of the last 15 minutes: first at 15 in minute 13, most in minute 24', () => {
    const stand = bench({ as: 'stel' })
    stand.batch(minutes(worked))
    const known = stand.out().filter(({ quality }) => quality === 1)
    expect(known.find(({ value }) => value >= 15)?.time).toBe(14 * minute)
    const most = known.reduce((a, b) => (b.value > a.value ? b : a))
    expect(most).toMatchObject({ time: 25 * minute, value: expect.closeTo(400 / 15, 9) })
  })

  it('does not know before three quarters of its window are there, but can exceed even then', () => {
    const stand = bench({ as: 'stel' })
    stand.batch(minutes(fill(15, 30)))
    expect(stand.out().map(({ quality }) => quality)).toEqual([...fill(11, 2), ...fill(4, 1)])
    expect(stand.out()[10]).toMatchObject({ value: expect.closeTo((11 * 30) / 15, 9), quality: 2, reason: 'warm-up' })
    expect(stand.out()[11]).toMatchObject({ value: expect.closeTo(30, 9), quality: 1 })
  })

  it('counts a negative reading as nothing', () => {
    const stand = bench({ as: 'stel' })
    stand.batch(minutes([...fill(14, -5), 15]))
    expect(stand.out().at(-1)).toMatchObject({ value: expect.closeTo(1, 9), quality: 1 })
  })

  it('takes nothing from the open minute for a row of one that is closed', () => {
    const stand = bench({ as: 'stel' }, { period: 10 * second })
    for (let time = 10 * second; time <= 5 * minute; time += 10 * second) stand.give([time, 20])
    const channel = stand.machine.channels[0] as Channel
    // The minute after is closed without a row; then one of it comes, and the next minute is read whole.
    advance(channel, millis(6 * minute + 20 * second))
    stand.give([6 * minute - 10 * second, 1000])
    for (let time = 6 * minute + 10 * second; time <= 7 * minute; time += 10 * second) stand.give([time, 20])
    expect(stand.out().at(-1)).toMatchObject({ time: 7 * minute, value: expect.closeTo((6 * 20) / 15, 9) })
  })

  it('leaves out a minute of which less than 45 s are known', () => {
    const means = (lost: number) => {
      const stand = bench({ as: 'stel', over: 5 * minute }, { period: 10 * second })
      const rows: Row[] = Array.from({ length: 30 }, (_, k) => [(k + 1) * 10 * second, k >= 6 && k < 6 + lost ? null : k < 12 ? 40 : 10])
      stand.batch(rows)
      return stand.out().at(-1)
    }
    // Of the first two minutes one is lost, or one reading of it.
    expect(means(0)?.value).toBeCloseTo((2 * 40 + 3 * 10) / 5, 9)
    expect(means(1)?.value).toBeCloseTo((2 * 40 + 3 * 10) / 5, 9)
    expect(means(2)?.value).toBeCloseTo((40 + 3 * 10) / 4, 9)
  })

  it('does not hold a reading across silence, and tells that it no longer knows', () => {
    const stand = bench({ as: 'stel' })
    stand.batch(minutes(fill(15, 20)))
    const [channel] = stand.machine.channels as [Channel]
    for (let now = 15; now < 60; now++) if (channel.wakeAt <= now * minute) advance(channel, millis(now * minute))
    // Four minutes may be missing, not more; when the last known one has left, there is nothing to tell.
    expect(stand.out().slice(15)).toHaveLength(14)
    expect(stand.out()[17]).toMatchObject({ time: 18 * minute, quality: 1, value: expect.closeTo(20, 9) })
    expect(stand.out()[18]).toMatchObject({ time: 19 * minute, quality: 2, reason: 'coverage', value: expect.closeTo((11 * 20) / 15, 9) })
    expect(channel.wakeAt).toBe(Infinity)
  })
})

describe('the eight-hour mean', () => {
  it('of a fixed shift is Σ m / 480, growing past 8 hours and past every reading', () => {
    const stand = bench({ as: 'fixed480' }, { wall: beijing('08:00') })
    stand.batch(minutes(worked))
    expect(stand.out().at(-1)).toMatchObject({ value: expect.closeTo(500 / 480, 9), quality: 1 })
    stand.batch(minutes(fill(600, 10), 35))
    expect(stand.out().at(-1)?.value).toBeCloseTo(6500 / 480, 9)
  })

  it('that moves forgets what is older than 8 hours', () => {
    const stand = bench({ as: 'moving480' })
    stand.batch(minutes(fill(480, 10)))
    expect(stand.out()[34]).toMatchObject({ quality: 2, reason: 'warm-up', value: expect.closeTo(350 / 480, 9) })
    expect(stand.out()[358]).toMatchObject({ quality: 2 })
    expect(stand.out()[359]).toMatchObject({ quality: 1, value: expect.closeTo(10, 9) })
    stand.batch(minutes(fill(480, 0), 480))
    expect(stand.out().at(-1)).toMatchObject({ quality: 1, value: 0 })
  })

  it('begins anew with each shift of the calendar', () => {
    const stand = bench({ as: 'fixed480', shifts: ['08:00', '20:00'] }, { wall: beijing('19:30') })
    stand.batch(minutes(fill(60, 48)))
    expect(stand.out()[29]?.value).toBeCloseTo(3, 9)
    expect(stand.out()[30]?.value).toBeCloseTo(0.1, 9)
  })

  it('goes on past the shift where no clock is sure, for a day', () => {
    const stand = bench({ as: 'fixed480' }, { wall: beijing('07:30'), wallQuality: 'unsynchronised' })
    stand.batch(minutes(fill(1441, 1)))
    expect(stand.out()[1439]?.value).toBeCloseTo(3, 9)
    expect(stand.out()[1440]?.value).toBeCloseTo(1 / 480, 9)
  })
})

describe('an exposure across a restart', () => {
  const again = (awayMinutes: number, wallQuality: WallQuality, as = 'moving480') => {
    const before = bench({ as }, { wall: beijing('09:00'), wallQuality })
    before.batch(minutes(fill(400, 12)))
    const kept = before.machine.channels[1]?.maker?.kept?.()
    const after = bench({ as }, { wall: beijing('09:00') + (400 + awayMinutes) * minute, wallQuality })
    after.machine.channels[1]?.maker?.recall?.(JSON.parse(JSON.stringify(kept)))
    after.batch(minutes([12]))
    return after.out()[0]
  }

  it('goes on with the minutes that were kept', () => {
    expect(again(0, 'synchronised')).toMatchObject({ quality: 1, value: expect.closeTo(12, 9) })
    expect(again(0, 'synchronised', 'fixed480')).toMatchObject({ quality: 1, value: expect.closeTo((401 * 12) / 480, 6) })
  })

  it('counts the time that it was away as not known', () => {
    expect(again(200, 'synchronised')).toMatchObject({ quality: 2, value: expect.closeTo((280 * 12) / 480, 6) })
    expect(again(24 * 60, 'synchronised')).toMatchObject({ quality: 2, value: expect.closeTo(12 / 480, 9) })
  })

  it('takes the longer exposure where no clock tells how long that was', () => {
    expect(again(200, 'unsynchronised')).toMatchObject({ quality: 1, value: expect.closeTo(12, 9) })
  })

  it.each([[null], [3], [{ until: 'x', means: [], shift: {} }], [{ until: 0, means: ['a'], shift: { sum: 0, known: 0, minutes: 0, turn: null } }]])(
    'takes no such thing as %j for minutes',
    (kept) => {
      const stand = bench({ as: 'stel' })
      stand.machine.channels[1]?.maker?.recall?.(kept)
      stand.batch(minutes(fill(12, 1)))
      expect(stand.out().at(-1)).toMatchObject({ quality: 1, value: 1 })
    },
  )
})

describe('what an exposure keeps', () => {
  it('is nothing before the first minute, and what it was given until a row comes', () => {
    const stand = bench({ as: 'stel' })
    const maker = stand.machine.channels[1]?.maker
    expect(maker?.kept?.()).toBeUndefined()
    const kept = { until: null, means: [3, null], shift: { sum: 0, known: 0, minutes: 0, turn: null } }
    maker?.recall?.(kept)
    expect(maker?.kept?.()).toEqual(kept)
    stand.batch(minutes([4]))
    expect(maker?.kept?.()).toMatchObject({ until: 60_000, means: [4, 3, null] })
  })

  it('is told without a time where no clock is sure', () => {
    const stand = bench({ as: 'stel' }, { wallQuality: 'unsynchronised' })
    stand.batch(minutes([4, null, 5]))
    expect(stand.machine.channels[1]?.maker?.kept?.()).toMatchObject({ until: null, means: [5, null, 4] })
  })
})

describe('the options of an exposure', () => {
  const doubts = (options: object, period = minute) =>
    exposure.doubts?.(options as never, [{ unit: 'ppm', quantity: 'gas', counting: null, period: millis(period) }]).map(({ at }) => at.join('.'))

  it.each([
    [{ as: 'stel' }, minute, []],
    [{ as: 'stel' }, 2 * minute, ['']],
    [{ as: 'stel', over: 450 * second }, minute, ['over']],
    [{ as: 'moving480', over: 10 * minute }, minute, ['over']],
    [{ as: 'stel', shifts: ['08:00'] }, minute, ['shifts']],
  ])('%j, of readings %d ms apart, are doubted at %j', (options, period, at) => {
    expect(doubts(options, period)).toEqual(at)
  })

  it('want a toxic gas', () => {
    expect(exposure.unit({ as: 'stel' }, [{ unit: '%LEL', quantity: 'gas', counting: null }])).toMatch(/toxic gas/)
    expect(exposure.unit({ as: 'stel' }, [{ unit: 'ppm', quantity: 'gas', counting: null }])).toEqual({ unit: 'ppm', quantity: 'area exposure to gas' })
  })
})

describe('rows in batches', () => {
  const steps = fc.array(
    fc.tuple(
      fc.oneof({ weight: 9, arbitrary: fc.constant(10 * second) }, fc.integer({ min: 1, max: 40 * minute })),
      fc.option(fc.integer({ min: -5, max: 90 }), { freq: 8 }),
    ),
    {
      minLength: 1,
      maxLength: 300,
    },
  )

  it.each(['stel', 'moving480', 'fixed480'])('give the same %s as one by one', (as) => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 90 }), (given, length) => {
        let time = 0
        const rows = given.map(([dt, value]): Row => {
          time += dt
          return [time, value]
        })
        const [single, batched] = [0, 1].map(() => bench({ as }, { period: 10 * second, wall: beijing('07:00') })) as [
          ReturnType<typeof bench>,
          ReturnType<typeof bench>,
        ]
        const channel = single.machine.channels[0] as Channel
        for (const row of rows) {
          while (channel.wakeAt < row[0]) advance(channel, channel.wakeAt)
          take(channel, samplesOf(0, [row]), millis(row[0]))
        }
        for (let from = 0; from < rows.length; from += length) batched.batch(rows.slice(from, from + length))
        expect(batched.out()).toEqual(single.out())
      }),
      { seed: 20_261_125, numRuns: 200 },
    )
  })
})
