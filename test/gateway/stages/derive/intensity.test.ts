import { describe, expect, it } from 'vitest'
import { intensity } from '../../../../gateway/stages/derive/intensity.ts'
import { trueIntensity } from '../../../../gateway/stages/rain/undercatch.ts'
import { type Row, set } from '../bench.ts'
import { increments, made, minute, second, tips, total } from '../gauge.ts'

describe('what a bucket loses while it turns', () => {
  it.each([
    [0.2, 7.2, 450, 100, 106.666667],
    [0.2, 3.6, 450, 200, 228.571429],
    [0.5, 6, 300, 300, 315.789474],
    [0.2, 72, 450, 10, 10.062893],
  ])('d %d mm each %d s, turning in %d ms: %d is %d mm/h', (depth, between, turningMs, raw, corrected) => {
    expect((depth * 3600) / between).toBeCloseTo(raw, 9)
    expect(trueIntensity(raw, depth, { turningMs })).toBeCloseTo(corrected, 6)
  })

  it.each([
    [19.9, 0.979],
    [175.2, 8.62],
  ])('is at %d mm/h the %d %% that was measured with d 0.254 mm', (measured, percent) => {
    const corrected = trueIntensity(measured, 0.254, { turningMs: 450 })
    expect(100 * (1 - measured / corrected)).toBeCloseTo(percent, 2)
  })

  it('cannot be told of tips that come faster than a bucket turns', () => {
    expect(trueIntensity((0.2 * 3600) / 0.49, 0.2, { turningMs: 450 })).toBeNaN()
    expect(trueIntensity((0.2 * 3600) / 0.51, 0.2, { turningMs: 450 })).toBeCloseTo((0.2 * 3600) / 0.06, 6)
  })

  it('follows the power law of a calibration', () => {
    expect(trueIntensity(100, 0.2, { law: { factor: 0.95, exponent: 1.05 } })).toBeCloseTo(119.6, 1)
  })
})

const gauge = (options: unknown) => ({ derivation: [intensity, options] as [typeof intensity, unknown], counting: tips, period: second })

describe('intensity', () => {
  const steady = (between: number, until: number): Row[] =>
    increments(second, until * second, Object.fromEntries(Array.from({ length: until / between }, (_, k) => [(k + 1) * between * second, 1])))

  it('is the depth of a tip over the time since the tip before', () => {
    expect(made(gauge({}), steady(72, 720)).at(-1)).toMatchObject({ value: 10, quality: 1 })
  })

  it('is corrected where a calibration says how long the bucket turns', () => {
    expect(made(gauge({ turning: 450 }), steady(6, 60)).at(-1)?.value).toBeCloseTo((0.2 * 3600) / 5.55, 6)
  })

  it('falls between tips along what it can be at most, and is nothing after half an hour', () => {
    const out = made(gauge({}), [...steady(72, 720), ...increments(second, 2000 * second).map(([time, value]) => [time + 721 * second, value] as Row)])
    const later = (s: number) => out.find(({ time }) => time === (720 + s) * second)?.value
    expect([later(36), later(72), later(144), later(720), later(1799), later(1800)]).toEqual([10, 10, 5, 1, expect.closeTo(0.4, 3), 0])
  })

  it('spreads the first tip after a dry spell over no more than half an hour', () => {
    expect(made(gauge({}), increments(second, 7200 * second, { [7200 * second]: 1 })).at(-1)?.value).toBeCloseTo(0.4, 9)
  })

  it('knows no tip before its start, nor after a gap: what it tells is then a lower bound', () => {
    const bench = { ...gauge({}), counting: total, period: minute }
    const rows: Row[] = [...Array.from({ length: 40 }, (_, k): Row => [k * minute, k]), [100 * minute, 400], [101 * minute, 401]]
    const out = made(bench, rows)
    expect(out[0]).toMatchObject({ value: 0, quality: 2, reason: 'warm-up' })
    expect(out[39]).toMatchObject({ value: 12, quality: 1 })
    // 361 tips in 61 minutes; then one in a minute.
    expect(out[40]).toMatchObject({ value: 361 * 0.2 * (60 / 61), quality: 2, reason: 'coverage' })
    expect(out[41]).toMatchObject({ value: 12, quality: 1 })
  })

  it('tells tips that are too fast for the bucket raw, as suspect', () => {
    expect(made({ ...gauge({ turning: 400 }) }, increments(second, 20 * second, { 19000: 1, 20000: 2 })).at(-1)).toMatchObject({
      quality: 1,
    })
    expect(made(gauge({ turning: 900 }), increments(second, 20 * second, { 19000: 1, 20000: 2 })).at(-1)).toMatchObject({
      value: 1440,
      quality: 3,
      reason: 'implausible',
    })
  })

  it('refuses a gauge that is read too seldom, and two corrections at once', () => {
    const input = { unit: 'mm', quantity: 'rain', counting: tips, period: 3_600_000 as never }
    expect(intensity.doubts?.({ turning: 450 as never, law: { factor: 1, exponent: 1 } }, [input])).toHaveLength(2)
  })
})

it('has no intensity where the gauge has no value, and none of a false total once two others have shown it', () => {
  const bench = { ...gauge({}), counting: total, period: minute }
  const rows = [100, 101, null, 140, 102, 103].map((count, k): Row => [k * minute, count])
  const out = made(bench, rows)
  expect(out.map(({ quality }) => quality)).toEqual([2, 1, 9, 1, 9, 1])
  // Two tips since the one at 1 min.
  expect(out.at(-1)?.value).toBeCloseTo((2 * 0.2 * 60) / 4, 9)
})

it('follows the power law of its calibration, and has nothing to say of an input that could not be read', () => {
  const rows = increments(second, 720 * second, Object.fromEntries(Array.from({ length: 10 }, (_, k) => [(k + 1) * 72 * second, 1])))
  expect(made(gauge({ law: { factor: 1.1, exponent: 1.02 } }), rows).at(-1)?.value).toBeCloseTo(1.1 * 10 ** 1.02, 9)
  expect(intensity.doubts?.({}, [])).toEqual([])
})

it('begins with a lower bound where the first row of a gauge tells more than can fall: nothing of it is counted', () => {
  const [first, second] = made({ ...gauge({}), period: minute }, [
    [0, 65_535],
    [minute, 1],
  ])
  expect(first).toMatchObject({ value: 0, quality: 2, reason: 'coverage' })
  expect(second).toMatchObject({ value: 12, quality: 1 })
})

describe('over a restart', () => {
  const bench = { ...gauge({}), counting: total, period: minute }
  const restarted = (rows: Row[], later: Row[], kept = (before: unknown): unknown => JSON.parse(JSON.stringify(before))) => {
    const [first, second] = [set(bench), set(bench)]
    for (const row of rows) first.give(row)
    second.machine.channels.at(-1)?.maker?.recall?.(kept(first.machine.channels.at(-1)?.maker?.kept?.()))
    for (const row of later) second.give(row)
    return second.out()
  }
  const counts = (from: number, to: number): Row[] => Array.from({ length: to - from }, (_, k) => [(from + k) * minute, from + k])

  it('what fell meanwhile is told as its mean, as a lower bound until the next tip', () => {
    const out = restarted(counts(0, 20), [
      [60 * minute, 139],
      [61 * minute, 140],
    ])
    expect(out[0]).toMatchObject({ value: expect.closeTo((120 * 0.2 * 60) / 41, 9), quality: 2, reason: 'coverage' })
    expect(out[1]).toMatchObject({ value: 12, quality: 1 })
  })

  it('a short one goes on from the last tip', () => {
    expect(restarted(counts(0, 20), [[21 * minute, 20]])[0]).toMatchObject({ value: 6, quality: 1 })
  })

  it('of nothing kept the first row tells nothing', () => {
    expect(restarted(counts(0, 20), [[21 * minute, 20]], () => null)[0]).toMatchObject({ value: 0, quality: 2, reason: 'warm-up' })
  })
})
