import { describe, expect, it } from 'vitest'
import { advance } from '../../../../gateway/core/channel.ts'
import { accumulate } from '../../../../gateway/stages/derive/accumulate.ts'
import { range } from '../../../../gateway/stages/quality/range.ts'
import { check, jsonSchema } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { millis, type WallQuality } from '../../../../protocol/time.ts'
import { type Row, set } from '../bench.ts'
import { day, hour, increments, made, minute, second, tips, total } from '../gauge.ts'

const bench = (over: unknown) => ({ derivation: [accumulate, { over }] as [typeof accumulate, unknown], counting: tips, period: minute })

describe('a rolling sum', () => {
  // Tips of 0.2 mm at 0, 60, 300, 301, 3600 and 3601 s.
  const tipped = [0, 60, 300, 301, 3600, 3601]
  it.each([
    [300, 0.4, 0.6, 0.6],
    [301, 0.6, 0.8, 0.8],
    [360, 0.4, 0.8, 0.8],
    [600, 0.2, 0.6, 0.8],
    [3600, 0.2, 0.2, 0.8],
    [3601, 0.4, 0.4, 1],
    [7200, 0, 0, 0.2],
  ])('at %d s is %d mm in 5 min, %d in 10 and %d in 60', (at, ...sums) => {
    const rows: Row[] = tipped.filter((time) => time <= at).map((time) => [time * second, 1])
    if (rows.at(-1)?.[0] !== at * second) rows.push([at * second, 0])
    for (const [k, minutes] of [5, 10, 60].entries()) {
      const sum = set({ ...bench(minutes * minute), period: 1 * hour })
      for (const row of rows) sum.give(row)
      expect(sum.out().at(-1)?.value).toBe(sums[k])
    }
  })

  it('goes by no clock: 20 mm before the full hour and 20 after are 40 in an hour', () => {
    const heavy: Row[] = increments(minute, hour).map(([time]) => [time, time < hour ? 3 : 0])
    expect(made({ ...bench(hour), wall: 450 * minute }, heavy).at(-1)?.value).toBeCloseTo(60 * 3 * 0.2 - 0.6, 9)
  })

  it('holds its memory where a gauge is read a hundred times as often as its site file says, and loses no tip', () => {
    const rows: Row[] = Array.from({ length: 20_000 }, (_, k) => [k * 600, 1])
    const out = made({ ...bench(hour), counting: { ...tips, step: 0.001 } }, rows)
    expect(out.at(-1)?.value).toBeGreaterThanOrEqual(6)
    expect(out.at(-1)?.value).toBeLessThanOrEqual(6.05)
    expect(out.at(-1)?.quality).toBe(1)
  })

  it.each([
    [0, 1],
    [minute - 1, 1],
    [minute, 0],
    ['day', 0],
  ])('over %s of a gauge that is read each minute has %d faults', (over, faults) => {
    const input = { unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }
    expect(accumulate.doubts?.({ over } as never, [input])).toHaveLength(faults)
  })
})

describe('the sum of increments', () => {
  const failing = { ...bench(5 * minute), quality: [[range, { sensor: [0, 5] }]] as [typeof range, unknown][] }

  it('owns that an increment that a quality test failed is lost, and with it a minute of the window', () => {
    const out = made(failing, increments(minute, 20 * minute, { [10 * minute]: 6, [12 * minute]: 3 }))
    const at = (minutes: number) => out.find(({ time }) => time === minutes * minute)
    expect(at(9)).toMatchObject({ value: 0, quality: 1 })
    for (const minutes of [10, 12, 14]) expect(at(minutes)).toMatchObject({ quality: 2, reason: 'coverage' })
    expect(at(12)?.value).toBeCloseTo(0.6, 9)
    expect(at(15)).toMatchObject({ quality: 1 })
  })

  it('is known over three periods without a row, and over no longer time', () => {
    const last = (gap: number) => made({ ...bench(10 * minute), counting: tips }, [...increments(minute, 20 * minute), [20 * minute + gap, 1]]).at(-1)
    expect([last(3 * minute)?.quality, last(3 * minute + 1)?.quality]).toEqual([1, 2])
  })

  it('is known where nine tenths of its window are', () => {
    const last = (gap: number) => {
      const rows = increments(minute, 200 * minute).filter(([time]) => time <= 150 * minute || time >= (150 + gap) * minute)
      return made({ ...bench(hour), counting: tips }, rows).at(-1)?.quality
    }
    expect([last(6), last(7)]).toEqual([1, 2])
  })

  it('begins with the first one that is right', () => {
    const out = made(failing, increments(minute, 20 * minute, { 0: 6 }))
    expect(out.map(({ quality }) => quality).slice(0, 7)).toEqual([9, 2, 2, 2, 2, 1, 1])
  })
})

describe('the sum of a total', () => {
  const gauge = { ...bench(hour), counting: total }
  const sum = (totals: (number | null)[]) =>
    made(
      gauge,
      [...Array(61).fill(totals[0]), ...totals.slice(1)].map((count, k): Row => [k * minute, count]),
    ).at(-1)

  it.each([
    ['a total that is too high for one reading', [100, 116, 100, 100], 0],
    ['one that is too high, while it rains', [100, 140, 103, 104, 110], 10],
    ['one that is too low, as after a reset', [5000, 3, 5001, 5002], 2],
    ['one that is 0', [5000, 0, 5000, 5000], 0],
    ['one that looks like a wrap', [65_530, 2, 65_531, 65_532], 2],
    ['one without a bit', [4100, 4, 4101, 4103], 3],
    ['one that is too high, and none after it', [100, 116, null, null, null, null, 101, 102], 2],
    ['a wrap', [65_530, 65_535, 3, 4], 10],
    ['a reset', [5000, 2, 4, 5], 5],
    ['a reset in a silence', [5000, null, null, null, null, 7, 8], 8],
    ['what looks like a wrap in a silence, which nobody has seen', [65_530, null, null, null, null, 4, 5], 5],
  ])('tells by %s what fell, and no more', (_, totals, tipped) => {
    expect(sum(totals)?.value).toBe(tipped / 5)
  })

  it('owns that a reset may have cost some', () => {
    const short = { ...bench(5 * minute), counting: total }
    const rows = [5000, 5000, 5000, 5000, 5000, 5000, 5000, 2, 2].map((count, k): Row => [k * minute, count])
    expect(made(short, rows).at(-1)).toMatchObject({ value: 0.4, quality: 2, reason: 'coverage' })
  })

  it('outlives the process, tips of the outage included', () => {
    const first = set(gauge)
    for (let k = 0; k <= 100; k++) first.give([k * minute, k])
    const second = set(gauge)
    second.machine.channels[1]?.maker?.recall?.(JSON.parse(JSON.stringify(first.machine.channels[1]?.maker?.kept?.())))
    second.give([130 * minute, 130])
    expect(second.out()[0]).toMatchObject({ value: 12, quality: 1 })
  })
})

describe('the hydrological day', () => {
  // Station time 0 is 06:00 Beijing time on some day; a tip a minute from there on.
  const begins = Date.UTC(2026, 5, 1, 22)
  const rows: Row[] = increments(minute, 26 * hour).map(([time]) => [time, 1])
  const sums = (wallQuality: WallQuality) => made({ ...bench('day'), wall: begins, wallQuality }, rows)
  const at = (out: ReturnType<typeof made>, time: number) => out.find((row) => row.time === time)

  it('begins at 08:00 Beijing time; what fell at 08:00 sharp belongs to the day that ends', () => {
    const out = sums('synchronised')
    expect(at(out, 2 * hour)?.value).toBe(24.2)
    expect(at(out, 2 * hour + minute)?.value).toBe(0.2)
    expect(at(out, 25 * hour)?.value).toBe(276)
    expect(at(out, 2 * hour + minute)).toMatchObject({ quality: 1 })
    expect(at(out, hour)).toMatchObject({ quality: 2, reason: 'warm-up' })
  })

  it('is of the last 24 h while nobody keeps the clock: never less than of the day', () => {
    const sliding = sums('unsynchronised')
    for (const { time, value } of sums('synchronised')) expect(at(sliding, time)?.value).toBeGreaterThanOrEqual(value)
    expect(at(sliding, 25 * hour)?.value).toBe(288)
  })

  it('is a lower bound where the gauge fell silent', () => {
    const silent = set({ ...bench('day'), counting: total, wall: begins })
    for (let k = 0; k <= 150; k++) silent.give([k * minute, k])
    expect(silent.out().at(-1)?.value).toBeCloseTo(30 * 0.2, 9)
    advance(silent.machine.channels[0] as never, millis(day + hour))
    expect(silent.out().at(-1)).toMatchObject({ value: 0.2 * 30, quality: 2 })
  })

  it('is written `over: day`; any other word is told', () => {
    const faults = check(accumulate.options, readYaml('over: week', 'x.yaml'))
    expect('faults' in faults && faults.faults).toHaveLength(1)
    expect(check(accumulate.options, readYaml('over: day', 'x.yaml'))).toEqual({ value: { over: 'day' } })
    expect(JSON.stringify(jsonSchema(accumulate.options))).toContain('day')
  })
})

it('looks back as far as its window, or a day', () => {
  expect([accumulate.reach?.({ over: millis(hour) }), accumulate.reach?.({ over: 'day' })]).toEqual([hour, day])
})
