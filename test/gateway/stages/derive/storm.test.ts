import { describe, expect, it } from 'vitest'
import { storm } from '../../../../gateway/stages/derive/storm.ts'
import { amounts } from '../../../../gateway/stages/rain/amount.ts'
import { clean, parted, type Separation, seasons, storms } from '../../../../gateway/stages/rain/storm.ts'
import type { WallQuality } from '../../../../protocol/time.ts'
import { type Bench, type Row, set } from '../bench.ts'
import { day, hour, made, minute, tips } from '../gauge.ts'

const fell: Record<number, number> = { 2: 0.2, 10: 3, 11: 5, 12: 0.4, 17: 2, 30: 0.4, 31: 0.4, 40: 6, 41: 8, 95: 10, 96: 4, 150: 0.2, 160: 1.2 }

/** First and last hour and mm of each storm in 300 hours of these mm, tipped by 0.2. */
function foundIn(mmByHour: Record<number, number>, rule: Separation): [start: number, end: number, mm: number][] {
  const counts = Float64Array.from({ length: 300 }, (_, k) => Math.round((mmByHour[k] ?? 0) * 5))
  const all: [number, number, number][] = []
  clean(counts, rule, amounts(0.2))
  storms(counts, rule, (start, end, count) => all.push([start, end, amounts(0.2)(count)]))
  return all
}

describe('storms of a series of hours', () => {
  const found = (rule: Separation) => {
    const all: string[] = []
    for (const [start, end, mm] of foundIn(fell, rule)) all.push(`${start}-${end}: ${mm} mm in ${end - start + 1} h`)
    return all
  }

  it('are parted by 48 dry hours in the warm season of CTRL-T, small bursts left out', () => {
    expect(found(seasons.warm)).toEqual(['10-41: 24.4 mm in 32 h', '95-96: 14 mm in 2 h', '160-160: 1.2 mm in 1 h'])
  })

  it('are parted by 96 in the cold one', () => {
    expect(found(seasons.cold)).toEqual(['10-160: 40.4 mm in 151 h'])
  })

  it('are parted by any number of dry hours else', () => {
    expect(found(parted(6))).toEqual([
      '2-2: 0.2 mm in 1 h',
      '10-17: 10.4 mm in 8 h',
      '30-31: 0.8 mm in 2 h',
      '40-41: 14 mm in 2 h',
      '95-96: 14 mm in 2 h',
      '150-150: 0.2 mm in 1 h',
      '160-160: 1.2 mm in 1 h',
    ])
    expect(found(parted(24))).toEqual(['2-41: 25.4 mm in 40 h', '95-96: 14 mm in 2 h', '150-160: 1.4 mm in 11 h'])
  })
})

describe.each([
  ['warm', 3, 6, 48],
  ['cold', 6, 12, 96],
] as const)('the rule of CTRL-T for the %s season', (season, isolated, burst, dry) => {
  const spans = (mmByHour: Record<number, number>): string[] => foundIn(mmByHour, seasons[season]).map(([start, end]) => `${start}-${end}`)

  it(`leaves out an hour of 0.2 mm with ${isolated} dry ones on both sides, and none that has fewer or brings more`, () => {
    // The hours beside it are of a storm that stands by itself, so that only its ends tell.
    const storm = { 100: 5, 101: 5 }
    expect(spans({ ...storm, [101 + isolated + 1]: 0.2 })).toEqual(['100-101'])
    expect(spans({ ...storm, [101 + isolated]: 0.2 })).toEqual([`100-${101 + isolated}`])
    expect(spans({ ...storm, [100 - isolated - 1]: 0.2 })).toEqual(['100-101'])
    expect(spans({ ...storm, [100 - isolated]: 0.2 })).toEqual([`${100 - isolated}-101`])
    expect(spans({ ...storm, [101 + isolated + 1]: 0.4 })).toEqual([`100-${101 + isolated + 1}`])
  })

  it(`leaves out a burst of 1 mm that ${burst} dry hours part from the others, and none that is nearer or brings more`, () => {
    const storm = { 100: 5, 101: 5 }
    expect(spans({ ...storm, [101 + burst + 1]: 1 })).toEqual(['100-101'])
    expect(spans({ ...storm, [101 + burst]: 1 })).toEqual([`100-${101 + burst}`])
    expect(spans({ ...storm, [101 + burst + 1]: 1.2 })).toEqual([`100-${101 + burst + 1}`])
  })

  it(`parts storms by ${dry} dry hours, and by no fewer`, () => {
    expect(spans({ 100: 5, [100 + dry + 1]: 5 })).toEqual(['100-100', `${100 + dry + 1}-${100 + dry + 1}`])
    expect(spans({ 100: 5, [100 + dry]: 5 })).toEqual([`100-${100 + dry}`])
  })
})

/** The same rain, in the middle of each hour, after ten dry days. */
const begin = 10 * day
const rows: Row[] = Array.from({ length: (10 * 24 + 260) * 2 + 1 }, (_, k) => {
  const time = k * 30 * minute
  const hours = (time - begin - 30 * minute) / hour
  return [time, Math.round((fell[hours] ?? 0) / 0.2)]
})
const bench = (options: object, more: Partial<Bench> = {}): Bench => ({ derivation: [storm, options], counting: tips, period: 30 * minute, ...more })

describe('storm', () => {
  const seen = (options: object, hours: number, more: Partial<Bench> = {}) =>
    made(bench(options, more), rows).find(({ time }) => time === begin + hours * hour + 30 * minute)

  it('tells the depth, the duration and the mean intensity of the storm that runs', () => {
    expect(seen({ give: 'depth', parted: 'warm' }, 41)).toMatchObject({ value: expect.closeTo(24.4, 9), quality: 1 })
    expect(seen({ give: 'duration', parted: 'warm' }, 41)?.value).toBe(32)
    expect(seen({ give: 'intensity', parted: 'warm' }, 41)?.value).toBeCloseTo(24.4 / 32, 9)
    expect(seen({ give: 'duration', parted: 'cold' }, 160)?.value).toBe(151)
    expect(seen({ give: 'depth', parted: 6 * hour }, 41)?.value).toBeCloseTo(14, 9)
  })

  it('has the double nearest to its depth, however its tips lie: each threshold of whole tips is reached', () => {
    const rain: Row[] = Array.from({ length: 600 }, (_, k) => [k * 30 * minute, 1 + (k % 7)])
    let count = 0
    for (const [k, { value }] of made(bench({ give: 'depth', parted: 6 * hour }), rain).entries()) {
      count += 1 + (k % 7)
      expect(value).toBe(count / 5)
    }
  })

  it('is 0 once it has been dry for long enough', () => {
    expect(seen({ give: 'depth', parted: 'warm' }, 88)?.value).toBeCloseTo(24.4, 9)
    expect(seen({ give: 'depth', parted: 'warm' }, 90)?.value).toBe(0)
  })

  it('leaves a small burst out until more comes', () => {
    expect(seen({ give: 'depth', parted: 'warm' }, 10)?.value).toBeCloseTo(3, 9)
    expect(seen({ give: 'depth', parted: 'warm' }, 2)?.value).toBe(0)
  })

  it.each([
    ['July', 'synchronised', 6, 'warm'],
    ['January', 'synchronised', 0, 'cold'],
    ['April', 'synchronised', 3, 'warm'],
    ['March', 'synchronised', 2, 'cold'],
    ['October', 'synchronised', 9, 'warm'],
    ['November', 'synchronised', 10, 'cold'],
    ['July of a clock that nobody keeps', 'unsynchronised', 6, 'cold'],
  ] as const)('takes for the season, in %s, %s', (_, wallQuality, month, rule) => {
    const wall = { wall: Date.UTC(2026, month, 2), wallQuality: wallQuality as WallQuality }
    expect(seen({ give: 'duration', parted: 'season' }, 96, wall)).toEqual(seen({ give: 'duration', parted: rule }, 96))
  })

  it('does not know when a storm began that ran when the station began, nor what a silence brought', () => {
    const young = set(bench({ give: 'depth', parted: 24 * hour }))
    for (const row of rows.slice(0, 30)) young.give(row)
    expect(young.out().at(-1)).toMatchObject({ value: 0, quality: 2, reason: 'warm-up' })
    const deaf = set(bench({ give: 'depth', parted: 24 * hour }))
    for (const row of rows.slice(0, 200)) deaf.give(row)
    deaf.give([rows[260]?.[0] as number, 0])
    expect(deaf.out().at(-1)).toMatchObject({ quality: 2, reason: 'coverage' })
    deaf.give([rows[261]?.[0] as number, null])
    expect(deaf.out().at(-1)).toMatchObject({ quality: 9 })
  })

  it('outlives the process', () => {
    const options = bench({ give: 'depth', parted: 24 * hour })
    const [first, second] = [set(options), set(options)]
    for (const row of rows.slice(0, 2 * (240 + 42))) first.give(row)
    second.machine.channels[1]?.maker?.recall?.(JSON.parse(JSON.stringify(first.machine.channels[1]?.maker?.kept?.())))
    second.give(rows[2 * (240 + 42)] as Row)
    expect(second.out()[0]).toMatchObject({ value: first.out().at(-1)?.value, quality: 1 })
  })

  it('has no mean intensity while none runs', () => {
    expect(seen({ give: 'intensity', parted: 6 * hour }, 60)?.value).toBe(0)
  })
})

it('looks back thirty days of full hours, and no tip further', () => {
  const month = 720 * hour
  const long: Row[] = Array.from({ length: 721 }, (_, k) => [k * hour + 30 * minute, k % 20 === 0 ? 10 : 0])
  const out = made({ ...bench({ give: 'duration', parted: 24 * hour }), period: hour }, [...long.slice(0, 720), [month + 6 * minute, 0]])
  // The hour of the first tip is the 721st.
  expect(out.slice(-2).map(({ value }) => value)).toEqual([701, 681])
})
