import { describe, expect, it } from 'vitest'
import { flashFlood, interpolated } from '../../../../gateway/stages/detect/flash-flood.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Bench, set } from '../bench.ts'
import { hour, increments, levelsOf, minute, tips } from '../gauge.ts'

const prepare = { dry: [60, 90, 120], normal: [45, 70, 95], wet: [30, 50, 70] }
const immediate = { dry: [80, 120, 160], normal: [60, 95, 125], wet: [40, 65, 90] }
const options = { durations: [hour, 3 * hour, 6 * hour], prepare, immediate, clear: 0.8 }
const bench = (more: object = {}): Bench => ({ detector: [flashFlood, { ...options, ...more }], counting: tips, period: 10 * minute })
const end = 10 * hour

describe('between two durations', () => {
  it.each([
    [hour, 30],
    [3 * hour, 50],
    [Math.sqrt(3) * hour, Math.sqrt(30 * 50)],
    [2 * hour, 30 * (50 / 30) ** (Math.log(2) / Math.log(3))],
  ])('at %d ms the figure lies on the line in log-log: %d mm', (span, mm) => {
    expect(interpolated([hour, 3 * hour, 6 * hour], [30, 50, 70], span)).toBeCloseTo(mm, 9)
  })
})

describe('flash-flood', () => {
  const rained = (counts: Record<number, number>) => levelsOf(bench(), increments(10 * minute, end, counts))

  it('asks to prepare, and to leave at once, by the figures of wet soil where the soil is not known', () => {
    expect(rained({ [end]: 149 }).levels.at(-1)).toBe(0)
    expect(rained({ [end]: 150 }).levels.at(-1)).toBe(3)
    expect(rained({ [end]: 200 }).levels.at(-1)).toBe(4)
    expect(rained({ [end]: 200 }).detector?.evidence()).toEqual({ ratio: 1, mm: 40, thresholdMm: 40, hours: 1 })
  })

  it('sees rain that falls between two durations of the table', () => {
    // 40 mm within 2 h: below the 30 of an hour in each, below the 50 of three, above the 41.4 of two.
    const { levels, detector } = rained({ [end - 90 * minute]: 105, [end]: 105 })
    expect(levels.at(-1)).toBe(3)
    expect(detector?.evidence()).toMatchObject({ hours: 2, mm: 42, thresholdMm: expect.closeTo(41.4, 1) })
  })

  it.each([
    // Nowhere 3 h as wet as the table's first, nor all of it as wet as its last: only one duration between the two shows it.
    [3, 12, 4],
    [3, 12, 11],
    [12, 48, 18],
    [12, 48, 42],
  ])('holds a table of %d and %d h against every duration that matters between them, such as %d', (short, long, hours) => {
    const [least, most] = [60, 120]
    const durations = [short * hour, long * hour]
    const figure = interpolated(durations, [least, most], hours * hour)
    const rain = Math.ceil(figure * 5) + 1
    const last = 60 * hour
    // In two showers at either end, of which no shorter duration holds both.
    const half = Math.min(rain - 1, least * 5 - 1)
    const counts = { [last - hours * hour + 10 * minute]: rain - half, [last]: half }
    const table = { durations, prepare: { wet: [least, most] }, immediate: { wet: [1000, 1000] } }
    expect(levelsOf(bench(table), increments(10 * minute, last, counts)).levels.at(-1)).toBe(3)
  })

  const soil = { channel: 'soil', normal: 60, wet: 100 }
  it.each([
    ['dry', 59, 300, 3],
    ['dry', 59, 299, 0],
    ['normal', 60, 225, 3],
    ['normal', 99.9, 224, 0],
    ['wet', 100, 150, 3],
    ['wet, since it is not known', null, 150, 3],
  ])('goes by %s soil (%s mm, %d tips: level %d)', (_, water, count, level) => {
    const flood = set({ ...bench({ soil }), inputs: 2 })
    for (const [time, tip] of increments(10 * minute, end, { [end]: count })) {
      flood.give([time, water], 1)
      flood.give([time, tip])
    }
    expect(flood.detector?.level).toBe(level)
  })

  it('takes soil for wet whose last word is more than an hour old, and ignores what it says later', () => {
    const flood = set({ ...bench({ soil }), inputs: 2 })
    flood.give([end - 2 * hour, 10], 1)
    for (const row of increments(10 * minute, end - 10 * minute)) flood.give(row)
    flood.give([end + 10 * minute, 10], 1)
    flood.give([end, 150])
    expect(flood.detector?.level).toBe(3)
  })

  it('takes soil for known for an hour to the row, or for three of its periods where that is longer', () => {
    const levelWith = (wetAt: number, period: number) => {
      const flood = set({ ...bench({ soil }), period, inputs: 2 })
      flood.give([wetAt, 10], 1)
      for (const row of increments(period, end - period)) flood.give(row)
      flood.give([end, 150])
      return flood.detector?.level
    }
    expect([levelWith(end - hour, 10 * minute), levelWith(end - hour + 1, 10 * minute)]).toEqual([3, 0])
    expect([levelWith(end - 3 * hour, hour), levelWith(end - 3 * hour + 1, hour)]).toEqual([3, 0])
  })

  it.each([
    ['durations that fall', { durations: [3 * hour, hour, 6 * hour] }, ['durations']],
    ['too few figures', { prepare: { ...prepare, wet: [30, 50] } }, ['prepare', 'wet']],
    ['figures that fall', { prepare: { ...prepare, wet: [30, 50, 40] } }, ['prepare', 'wet']],
    ['wet soil that bears more', { prepare: { ...prepare, wet: [50, 70, 90] } }, ['prepare', 'normal']],
    ['leaving before preparing', { immediate: { ...immediate, dry: [59, 120, 160] } }, ['immediate', 'dry']],
    ['figures for dry soil that only preparing has', { prepare: { ...prepare, dry: [10, 90, 120] }, immediate: { wet: immediate.wet } }, ['prepare', 'dry']],
    ['soil without its figures', { soil, prepare: { wet: prepare.wet } }, ['prepare']],
    ['wet before normal', { soil: { ...soil, wet: 50 } }, ['soil', 'wet']],
  ])('refuses %s', (_, more, at) => {
    const input = { unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }
    expect(flashFlood.doubts?.({ ...options, ...more } as never, [input]).map((doubt) => doubt.at)).toContainEqual(at)
  })

  it('names the channel of the soil, and says how far back it looks at it', () => {
    expect(flashFlood.others?.({ ...options, soil } as never)).toEqual([{ at: ['soil', 'channel'], channel: 'soil' }])
    expect(flashFlood.others?.(options as never)).toEqual([])
    expect(flashFlood.reach?.({ ...options, soil } as never)).toBe(hour)
    expect(flashFlood.reach?.(options as never)).toBe(0)
  })
})

describe('rows of the soil', () => {
  const soil = { channel: 'soil', normal: 60, wet: 100 }
  const levelWith = (give: (flood: ReturnType<typeof set>) => void) => {
    const flood = set({ ...bench({ soil }), inputs: 2 })
    for (const row of increments(10 * minute, end - 10 * minute)) flood.give(row)
    give(flood)
    flood.give([end, 150])
    return flood.detector
  }

  it('that are no more than a lower bound count as wet, and are told', () => {
    const detector = levelWith((flood) => {
      flood.give([end - minute, 10], 1)
      const { ring } = flood.machine.channels[1] as (typeof flood.machine.channels)[number]
      ring.quality[0] = 2
    })
    expect([detector?.level, detector?.evidence().soil]).toEqual([3, 10])
  })

  it('that have no value are passed over for one before', () => {
    const detector = levelWith((flood) => {
      flood.give([end - 2 * minute, 10], 1)
      flood.give([end - minute, null], 1)
    })
    expect([detector?.level, detector?.evidence().soil]).toEqual([0, 10])
  })
})

it('needs no figures of dry and normal soil where no channel tells the soil', () => {
  const wet = { prepare: { wet: prepare.wet }, immediate: { wet: immediate.wet } }
  const input = { unit: 'mm', quantity: 'rain', counting: tips, period: millis(minute) }
  expect(flashFlood.doubts?.({ ...options, ...wet } as never, [input])).toEqual([])
  expect(levelsOf(bench(wet), increments(10 * minute, end, { [end]: 200 })).levels.at(-1)).toBe(4)
})
