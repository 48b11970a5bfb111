import { describe, expect, it } from 'vitest'
import { advance, take } from '../../../gateway/core/channel.ts'
import { accumulate } from '../../../gateway/stages/derive/accumulate.ts'
import { countBetween, mostCounts } from '../../../gateway/stages/derive/counts.ts'
import { resultant } from '../../../gateway/stages/derive/resultant.ts'
import { tilt } from '../../../gateway/stages/derive/tilt.ts'
import { velocity } from '../../../gateway/stages/derive/velocity.ts'
import { agreement } from '../../../gateway/stages/quality/agreement.ts'
import { spike } from '../../../gateway/stages/quality/spike.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'
import { type Bench, type Row, samplesOf, set } from './bench.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const tips = { kind: 'increment', step: 0.2, wrap: null } as const

describe('countBetween', () => {
  it.each([
    ['a wrap', 65530, 4, 65536, 10],
    ['a wrap', 4294967290, 5, 2 ** 32, 11],
    ['a reset', 50000, 3, 65536, 3],
    ['nonsense', 50000, 49990, 65536, Number.NaN],
    ['nonsense', 100, 30000, 65536, Number.NaN],
    ['nonsense', 0, 65535, 65536, Number.NaN],
    ['nothing', 100, 100, 65536, 0],
    ['a reset', 50000, 3, null, 3],
    ['nonsense', 30000, -32768, null, Number.NaN],
  ] as const)('takes for %s: from %d to %d (wrap %s) is %d', (_, previous, current, wrap, count) => {
    expect(countBetween(previous, current, wrap, 40)).toBe(count)
  })

  it('takes no reset for a whole round where there is no law to bound it', () => {
    expect(countBetween(5, 3, 65536, Infinity)).toBe(3)
    expect(countBetween(65530, 4, 65536, Infinity)).toBe(10)
  })

  it('bounds rain by what a bucket can tip and by what ever fell, in mm and in inches alike', () => {
    expect(mostCounts('mm', 0.2, minute)).toBe(151)
    expect(mostCounts('in', 0.01, 4 * minute)).toBe(Math.ceil((30 / 25.4 / 0.01) * 4) + 1)
    // 401 mm in an hour and 1,825 mm in a day are the records; neither the double of the one nor of the other is rain.
    for (const [hours, record] of [
      [1, 401],
      [24, 1825],
    ] as const) {
      expect(mostCounts('mm', 1, hours * hour)).toBeGreaterThan(record)
      expect(mostCounts('mm', 1, hours * hour)).toBeLessThan(1.5 * record)
    }
    expect([5 * minute, hour, 24 * hour].map((dt) => mostCounts('mm', 0.2, dt))).toEqual([723, 2501, 12_249])
    expect(mostCounts('in', 0.01, hour)).toBe(1970)
    expect(mostCounts('m3', 1, minute)).toBe(Infinity)
  })
})

describe('accumulate', () => {
  // Tips of 0.2 mm at these seconds; sums over (t-W, t] worked by hand.
  const at = [0, 60, 300, 301, 3600, 3601]
  it.each([
    [5 * minute, { 300: 0.4, 301: 0.6, 3600: 0.2, 3601: 0.4 }],
    [10 * minute, { 300: 0.6, 301: 0.8, 3600: 0.2, 3601: 0.4 }],
    [hour, { 300: 0.6, 301: 0.8, 3600: 0.8, 3601: 1 }],
  ] as const)('over %d ms counts the half-open window', (over, sums) => {
    const bench = set({ derivation: [accumulate, { over }], counting: tips, period: minute })
    for (const time of at) bench.give([time * second, 1])
    for (const [time, sum] of Object.entries(sums)) expect(bench.out().find((row) => row.time === Number(time) * second)?.value, time).toBe(sum)
  })

  it('falls by itself when counts grow old, at the millisecond at which they leave', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: tips, period: minute })
    bench.give([0, 1])
    bench.give([minute, 2])
    const [input] = bench.machine.channels
    if (!input) throw new Error('no input')
    expect(input.wakeAt).toBe(hour)
    advance(input, millis(hour))
    expect(bench.out().at(-1)).toMatchObject({ time: hour, value: 0.4 })
    expect(input.wakeAt).toBe(hour + minute)
    advance(input, millis(hour + minute))
    expect(bench.out().at(-1)?.value).toBe(0)
  })

  it('reaches every threshold of whole tips exactly: 1 to 500 mm in steps of 0.2', () => {
    const bench = set({ derivation: [accumulate, { over: 100 * hour }], counting: tips, period: minute, rows: 4096 })
    let missed = 0
    for (let tip = 1; tip <= 2500; tip++) {
      bench.give([tip * minute, 1])
      if (tip % 5 === 0 && !((bench.out().at(-1)?.value as number) >= tip / 5)) missed++
    }
    expect(missed).toBe(0)
  })

  it('takes differences of totals, over a wrap too', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: { kind: 'total', step: 0.2, wrap: 65536 }, period: minute })
    bench.batch([
      [0, 65530],
      [minute, 65534],
      [2 * minute, 4],
    ])
    expect(bench.out().map(({ value }) => value)).toEqual([0, 0.8, 2])
  })

  it('is a lower bound while its window is not filled or has gaps, and says which', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: tips, period: minute })
    const steady: Row[] = Array.from({ length: 62 }, (_, k) => [k * minute, 0])
    bench.batch(steady)
    const rows = bench.out()
    expect(rows[10]).toMatchObject({ quality: 2, reason: 'warm-up' })
    expect(rows[60]).toMatchObject({ quality: 1, reason: 'none' })
    bench.give([90 * minute, 0])
    expect(bench.out().at(-1)).toMatchObject({ quality: 2, reason: 'coverage' })
  })

  it('keeps what a total counted during a gap, spread over the gap', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: { kind: 'total', step: 1, wrap: null }, period: minute, unit: 'm3' })
    bench.batch([
      [0, 100],
      [minute, 100],
      [121 * minute, 220],
    ])
    // 120 counts in 120 minutes: 60 of them in the last hour.
    expect(bench.out().at(-1)?.value).toBeGreaterThanOrEqual(58)
    expect(bench.out().at(-1)?.value).toBeLessThanOrEqual(62)
  })

  it('takes an implausible jump for no rain, and knows that it does not know', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: { kind: 'total', step: 0.2, wrap: 65536 }, period: minute })
    bench.batch(Array.from({ length: 70 }, (_, k) => [k * minute, k < 65 ? 10 : 60000] as Row))
    expect(bench.out().at(-1)?.value).toBe(0)
  })
})

/** A gauge of 0.2 mm that is read each minute and shows its total; two hours of peace, then the rows of a story (minute, total). */
function gauge(start: number, story: Row[]) {
  const bench = set({ derivation: [accumulate, { over: hour }], counting: { kind: 'total', step: 0.2, wrap: 65536 }, period: minute })
  for (let k = 0; k <= 120; k++) bench.give([k * minute, start])
  for (const [at, total] of story) bench.give([(at + 120) * minute, total])
  return bench.out()
}

describe('accumulate of a total', () => {
  it('makes no flood of a gauge that was off for half a day and begins again at 0', () => {
    const out = gauge(5000, [
      [12 * 60, 12],
      [12 * 60 + 1, 12],
    ])
    expect(out.at(-1)?.value).toBeLessThanOrEqual(12 * 0.2)
    expect(out.at(-1)).toMatchObject({ quality: 2, reason: 'coverage' })
  })

  it('makes no flood of a gauge that was exchanged for one with a higher total', () => {
    expect(gauge(1200, [[45, 5000]]).at(-1)?.value).toBe(0)
  })

  it('loses and invents nothing by a single bad reading', () => {
    const bad = gauge(100, [
      [1, 100],
      [2, 60_000],
      [3, 101],
      [4, 102],
    ])
    expect(bad.map(({ value }) => value).slice(-4)).toEqual([0, 0, 0.2, 0.4])
    expect(bad.at(-1)).toMatchObject({ quality: 1 })
  })

  it('goes on from a new total once it is confirmed, and owns that it does not know what came before', () => {
    const out = gauge(100, [
      [1, 60_000],
      [2, 60_001],
      [3, 60_002],
    ])
    expect(out.map(({ value }) => value).slice(-3)).toEqual([0, 0.2, 0.4])
  })

  it('cannot tell when within a gap it rained: cut by the window, the gap is not known', () => {
    const out = gauge(100, [
      [50, 300],
      [51, 300],
      [80, 300],
      [111, 300],
    ])
    const [whole, next, cut] = out.slice(-4)
    expect(whole).toMatchObject({ value: 40, quality: 1 })
    expect(next).toMatchObject({ value: 40, quality: 1 })
    expect(cut).toMatchObject({ quality: 2, reason: 'coverage' })
  })

  it('tells of counts that come with an older time than a sum that was told of already', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: { kind: 'total', step: 0.2, wrap: null }, period: minute })
    const [input] = bench.machine.channels
    if (!input) throw new Error('no input')
    for (let k = 0; k <= 60; k++) bench.give([k * minute, k])
    // A deadline falls between the time of a row and its coming.
    advance(input, millis(61 * minute + 1))
    take(input, samplesOf(0, [[61 * minute, 161]]), millis(61 * minute + 20_000))
    expect(bench.out().at(-1)).toMatchObject({ time: 61 * minute + 20_000, value: expect.closeTo((59 + 101) * 0.2, 9) })
  })
})

describe('accumulate of increments', () => {
  const give = (counts: number[]) => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: tips, period: minute })
    for (const [k, count] of counts.entries()) bench.give([k * minute, count])
    return bench.out()
  }

  it.each([[-32_768], [65_535]])('counts nothing of %d tips in a minute, and does not claim to know', (count) => {
    const out = give(Array.from({ length: 120 }, (_, k) => (k >= 100 && k < 110 ? count : 1)))
    expect(out.at(-1)).toMatchObject({ value: 50 * 0.2, quality: 2, reason: 'coverage' })
  })

  it('knows that some are lost where the device says so', () => {
    const bench = set({ derivation: [accumulate, { over: hour }], counting: tips, period: minute })
    const [input] = bench.machine.channels
    if (!input) throw new Error('no input')
    for (let k = 0; k < 120; k++) {
      const samples = samplesOf(0, [[k * minute, 1]])
      if (k % 2 === 1) {
        samples.quality[0] = 3
        samples.reason[0] = reasonCode('gap')
      }
      take(input, samples, millis(k * minute))
    }
    expect(bench.out().at(-1)).toMatchObject({ value: 12, quality: 2, reason: 'coverage' })
  })
})

describe('tilt', () => {
  it('is the angle of an axis above the horizontal, or from the vertical', () => {
    const give = (options: unknown): number => {
      const bench = set({ derivation: [tilt, options], inputs: 3, unit: 'g', period: second })
      for (const [input, a] of [0.05234, 0.06976, 0.9962].entries()) bench.give([0, a], input)
      return bench.out()[0]?.value as number
    }
    // Accelerations of an instrument tilted by 3 and 4 degrees, rounded to 5 digits.
    expect(give({ axis: 'x', against: 'horizontal' })).toBeCloseTo(3.0002, 3)
    expect(give({ axis: 'y', against: 'horizontal' })).toBeCloseTo(4.0002, 3)
    expect(give({ axis: 'z', against: 'vertical' })).toBeCloseTo(90 - (Math.atan2(0.9962, Math.hypot(0.05234, 0.06976)) * 180) / Math.PI, 10)
  })

  it.each([
    ['z', 'vertical', [1e-9, 0, 1]],
    ['x', 'horizontal', [1e-9, 0, 1]],
  ])('of %s against the %s still sees a hundred-millionth of a degree, which an arc cosine does not', (axis, against, accelerations) => {
    const bench = set({ derivation: [tilt, { axis, against }], inputs: 3, unit: 'g', period: second })
    for (const [input, a] of accelerations.entries()) bench.give([0, a], input)
    expect((bench.out()[0]?.value as number) / ((1e-9 * 180) / Math.PI)).toBeCloseTo(1, 6)
  })

  it('takes accelerations of one unit only, and is in degrees whatever that unit is', () => {
    const inputs = (...units: string[]) => units.map((unit) => ({ unit, quantity: 'acceleration', counting: null }))
    expect(tilt.unit({} as never, inputs('mg', 'mg', 'mg'))).toEqual({ unit: 'deg', quantity: 'tilt' })
    expect(tilt.unit({} as never, inputs('g', 'g', 'mg'))).toMatch(/in one unit/)
  })

  it('has no value where one acceleration has none, or where all are 0', () => {
    const bench = set({ derivation: [tilt, { axis: 'x', against: 'horizontal' }], inputs: 3, unit: 'g', period: second })
    bench.give([0, 1], 0)
    bench.give([0, null], 1)
    bench.give([0, 0], 2)
    for (const input of [0, 1, 2]) bench.give([second, 0], input)
    expect(bench.out()).toMatchObject([
      { quality: 9, reason: 'input' },
      { quality: 9, reason: 'input' },
    ])
  })
})

describe('resultant', () => {
  it.each([
    [3, 4, 5.002933901],
    [30, 40, 54.5237474],
    [-1, 1, 1.4142854],
  ])('of %d and %d degrees is %d', (x, y, angle) => {
    const bench = set({ derivation: [resultant, {}], inputs: 2, unit: 'deg', period: second })
    bench.give([0, x], 0)
    bench.give([0, y], 1)
    expect(bench.out()[0]?.value).toBeCloseTo(angle, 6)
  })

  it('has no value where no direction has such a pair', () => {
    const bench = set({ derivation: [resultant, {}], inputs: 2, unit: 'deg', period: second })
    bench.give([0, 60], 0)
    bench.give([0, 60], 1)
    expect(bench.out()[0]).toMatchObject({ quality: 9 })
  })
})

describe('a row of several channels', () => {
  const spiky = () => set({ derivation: [resultant, {}], quality: [[spike, { fail: 5, method: 'differential' }]], inputs: 2, unit: 'deg', period: 10 * second })

  it('fails with the value that it was made of, when the next one shows that for a spike', () => {
    const bench = spiky()
    for (const [k, x] of [1, 1, 20, 1, 1].entries()) {
      bench.give([k * 10 * second, x], 0)
      bench.give([k * 10 * second, 1], 1)
    }
    expect(bench.out().map(({ quality, reason }) => [quality, reason])).toEqual([
      [1, 'none'],
      [1, 'none'],
      [4, 'spike'],
      [1, 'none'],
      [1, 'none'],
    ])
  })

  it('fails with a value of the turn before that it was made of, however new that device’s own row is', () => {
    const bench = spiky()
    for (const [k, x] of [1, 1, 20, 1, 1].entries()) {
      bench.give([k * 10 * second, 1], 1)
      bench.give([k * 10 * second + 300, x], 0)
    }
    expect(bench.out().map(({ quality }) => quality)).toEqual([9, 1, 1, 4, 1])
  })

  it('fails with each value that was made of the false one, where the other channel is read more often', () => {
    const bench = spiky()
    for (const [k, x] of [1, 1, 20, 1, 1].entries()) {
      bench.give([k * 10 * second, x], 0)
      bench.give([k * 10 * second, 1], 1)
      bench.give([k * 10 * second + 5 * second, 1], 1)
    }
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 1, 1, 1, 4, 4, 1, 1, 1, 1])
  })

  it('fails with its value though the other channel has answered nothing since', () => {
    const bench = spiky()
    for (const [k, x] of [1, 1, 20].entries()) {
      bench.give([k * 10 * second, x], 0)
      bench.give([k * 10 * second, 1], 1)
    }
    bench.give([30 * second, null], 1)
    bench.give([30 * second, 1], 0)
    bench.give([40 * second, 1], 0)
    bench.give([40 * second, 1], 1)
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 1, 4, 9, 1])
  })

  it('fails with each of several values that are judged late, all at once', () => {
    const quality: Bench['quality'] = [[agreement, { with: 'in-1', offset: 0, fail: 5 }]]
    const bench = set({ derivation: [resultant, {}], quality, inputs: 2, unit: 'deg', period: 10 * second })
    const turns = (values: number[]): Row[] => values.map((value, k) => [k * 10 * second, value])
    bench.batch(turns([1, 1, 20, 1, 20, 1, 1]), 0)
    bench.batch(turns([1, 1, 1, 1, 1, 1, 1]), 1)
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 1, 1, 1, 1, 1, 1])
    bench.give([70 * second, 1], 0)
    bench.give([70 * second, 1], 1)
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 1, 4, 1, 4, 1, 1, 1])
  })

  it('stands where the value that failed is one that no row was made of', () => {
    const bench = spiky()
    for (const [k, x] of [1, 1, 20, 1].entries()) {
      bench.give([k * 10 * second, x], 0)
      if (k !== 2) bench.give([k * 10 * second, 1], 1)
    }
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 1, 1])
  })

  it('takes the value of a device that has its turn just after, from the turn before; but none that has missed a turn', () => {
    const bench = set({ derivation: [resultant, {}], inputs: 2, unit: 'deg', period: 10 * second })
    for (let k = 0; k < 5; k++) {
      bench.give([k * 10 * second, 1], 1)
      if (k !== 2) bench.give([k * 10 * second + 300, 1], 0)
    }
    expect(bench.out().map(({ quality }) => quality)).toEqual([9, 1, 1, 9, 1])
  })

  it('takes nothing of the time before for a time at which the other has no row', () => {
    const bench = set({ derivation: [resultant, {}], inputs: 2, unit: 'deg', period: 10 * second })
    bench.give([0, 1], 0)
    bench.give([0, 1], 1)
    bench.give([10 * second, 1], 1)
    expect(bench.out().map(({ quality }) => quality)).toEqual([1, 9])
  })
})

describe('velocity', () => {
  it('is the least-squares slope on irregular times', () => {
    const bench = set({ derivation: [velocity, { over: 2 * hour, per: 'h' }], period: 10 * minute, unit: 'deg' })
    const y = [0.5, 0.512, 0.531, 0.529, 0.56, 0.58]
    bench.batch([0, 10, 21, 29, 45, 60].map((t, k) => [1.7e12 + t * minute, y[k] as number] as Row))
    expect(bench.out().at(-1)?.value).toBeCloseTo(0.0797408382, 9)
    expect(bench.out()[1]).toMatchObject({ quality: 9, reason: 'warm-up' })
  })

  it('has no value where its input has none: an old slope is not the velocity of now', () => {
    const bench = set({ derivation: [velocity, { over: 24 * hour, per: 'h' }], period: 10 * minute, unit: 'deg' })
    for (let k = 0; k < 200; k++) bench.give([k * 10 * minute, k])
    expect(bench.out().at(-1)).toMatchObject({ quality: 1 })
    bench.give([200 * 10 * minute, null])
    expect(bench.out().at(-1)).toMatchObject({ quality: 9, reason: 'input' })
  })

  it('warms up once only: too few rows later on are a loss, which must be told', () => {
    const bench = set({ derivation: [velocity, { over: hour, per: 'h' }], period: 10 * minute, unit: 'deg' })
    for (let k = 0; k < 40; k++) bench.give([k * 10 * minute, k % 2 === 0 ? k : null])
    const reasons = bench.out().map(({ reason }) => reason)
    expect(reasons.slice(0, 6).filter((_, k) => k % 2 === 0)).toEqual(['warm-up', 'warm-up', 'warm-up'])
    expect(reasons.slice(6).filter((_, k) => k % 2 === 0)).toEqual(Array(17).fill('coverage'))
  })
})
