import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../../devicejs/shelf.ts'
import { makeCalendar } from '../../../../gateway/core/calendar.ts'
import { type Channel, makeChannels, take } from '../../../../gateway/core/channel.ts'
import { checkSite } from '../../../../gateway/site/check.ts'
import { type ConstituentName, constituentNames, constituents, unitTide } from '../../../../gateway/stages/derive/constituents.ts'
import { tide } from '../../../../gateway/stages/derive/tide.ts'
import { formatFaults } from '../../../../protocol/files/fault.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { instant, millis, type WallQuality } from '../../../../protocol/time.ts'
import { every, samplesOf, set } from '../bench.ts'

const hour = 3_600_000
const minute = 60_000
const read = (text: string) => check(tide.options, readYaml(text, 'o.yaml'))
const options = (text: string): never => {
  const checked = read(text)
  return ('value' in checked ? checked.value : checked.faults) as never
}

describe('a constituent', () => {
  // Degrees an hour, as in Pugh (1987), table 4.1. After so many hours the tide is what it was with a lag that is less by as many degrees.
  it.each<[ConstituentName, number]>([
    ['M2', 28.9841],
    ['S2', 30],
    ['N2', 28.4397],
    ['K2', 30.0821],
    ['K1', 15.0411],
    ['O1', 13.943],
    ['P1', 14.9589],
    ['Q1', 13.3987],
    ['M4', 57.9682],
    ['MS4', 58.9841],
    ['M6', 86.9523],
    ['Sa', 0.0411],
    ['Ssa', 0.0821],
  ])('%s turns by %d degrees an hour', (name, speed) => {
    for (const at of ['2026-06-01T03:00:00Z', '2031-12-31T23:00:00Z'])
      for (const lag of [0, 90])
        expect(unitTide(constituents[name], Date.parse(at) + 240 * hour, lag + 240 * speed)).toBeCloseTo(unitTide(constituents[name], Date.parse(at), lag), 2)
  })

  // Computed with @neaps/tide-predictor, which has the node's part by Schureman's formulas and not by Pugh's: they differ by up to 2 %.
  it.each<[ConstituentName, number, number, number]>([
    ['M2', 0.39176, -0.28497, -0.94876],
    ['S2', 1, 0, -0.96593],
    ['N2', 0.49158, -0.80588, -0.74638],
    ['K2', -1.1671, -1.04096, -0.72481],
    ['K1', 1.0801, 1.04814, 0.87652],
    ['O1', 0.72787, -0.01115, -0.78294],
    ['P1', 0.98272, 0.37076, -0.9955],
    ['Q1', 0.83137, -0.75152, -0.65115],
    ['M4', -0.62496, -0.77447, 0.72383],
    ['MS4', 0.39176, -0.92503, 0.80775],
    ['M6', -0.85475, 0.7084, -0.35217],
    ['Sa', 0.18509, -0.39454, 0.99935],
    ['Ssa', -0.93148, -0.68867, 0.9974],
  ])('%s is what another program makes of it on three days', (name, ...told) => {
    for (const [index, at] of ['2026-01-01T00:00:00Z', '2026-07-15T09:00:00Z', '2015-03-20T17:30:00Z'].entries())
      expect(Math.abs(unitTide(constituents[name], Date.parse(at), 0) - (told[index] as number)), at).toBeLessThan(0.02)
  })

  // N of 2026-01-01T00:00Z by hand: 259.183275 - 0.0529539222 · 46021.5 = -2177.86 = 342.14 degrees; cos N = 0.9518.
  it('is smaller or larger by the node of the moon', () => {
    const start = Date.parse('2026-01-01T00:00:00Z')
    const heights = Array.from({ length: 1500 }, (_, k) => unitTide(constituents.M2, start + k * minute, 0))
    expect(Math.max(...heights)).toBeCloseTo(1 - 0.037 * 0.9518, 3)
  })
})

describe('the tide', () => {
  const wall = Date.parse('2026-06-01T00:00:00Z')
  const level = (text: string, more: { wall?: number; wallQuality?: WallQuality } = {}, values: (number | null)[] = [0, 0, 0, 0]) => {
    const bench = set({ derivation: [tide, options(text)], unit: 'm', period: 3 * hour, wall, ...more })
    for (const row of every(3 * hour, values)) bench.give(row)
    return bench.out()
  }

  it('of the sun alone is high at noon and at midnight of Greenwich, about the mean', () => {
    expect(level('{ mean: 3, constituents: { S2: { amplitude: 2, lag: 0 } } }').map(({ value }) => Number(value.toFixed(9)))).toEqual([5, 3, 1, 3])
  })

  it('comes later by its lag', () => {
    expect(level('{ mean: 3, constituents: { S2: { amplitude: 2, lag: 90 } } }').map(({ value }) => Number(value.toFixed(9)))).toEqual([3, 5, 3, 1])
  })

  it('is the sum of its constituents', () => {
    const at = (name: string) => level(`{ mean: 0, constituents: { ${name} } }`)[1]?.value as number
    const [m2, o1] = ['M2: { amplitude: 1.2, lag: 215 }', 'O1: { amplitude: 0.3, lag: -80 }'] as const
    expect(at(`${m2}, ${o1}`)).toBeCloseTo(at(m2) + at(o1), 12)
    expect(at('M2: { amplitude: 1, lag: 0 }')).toBeCloseTo(unitTide(constituents.M2, wall + 3 * hour, 0), 12)
  })

  // g of the eighth zone is G + 8 h · speed: 240 degrees more for S2.
  it('takes lags of another zone', () => {
    const china = level('{ mean: 0, zone: 8, constituents: { S2: { amplitude: 2, lag: 300 } } }')
    const greenwich = level('{ mean: 0, constituents: { S2: { amplitude: 2, lag: 60 } } }')
    for (const [row, { value }] of china.entries()) expect(value).toBeCloseTo(greenwich[row]?.value as number, 9)
  })

  it('is told though the level is not read, and not while the clock is not known', () => {
    const text = '{ mean: 3, constituents: { S2: { amplitude: 2, lag: 0 } } }'
    expect(level(text, {}, [null, Number.NaN]).map(({ quality }) => quality)).toEqual([1, 1])
    expect(level(text, { wallQuality: 'holdover' })[0]).toMatchObject({ value: 5, quality: 1 })
    expect(level(text, { wallQuality: 'unsynchronised' })[0]).toMatchObject({ value: Number.NaN, quality: 9, reason: 'input' })
  })

  it('is the same row by row as in one batch', () => {
    const text = '{ mean: 3, constituents: { M2: { amplitude: 1.2, lag: 215 }, K1: { amplitude: 0.3, lag: 12 } } }'
    const bench = set({ derivation: [tide, options(text)], unit: 'm', period: 3 * hour, wall })
    bench.batch(every(3 * hour, [0, 1, null, 3]))
    expect(bench.out()).toEqual(level(text))
  })

  it.each([
    ['{ mean: 3, constituents: {} }', /no constituent has an amplitude/],
    ['{ mean: 3, constituents: { M2: { amplitude: 0, lag: 0 } } }', /no constituent has an amplitude/],
  ])('%s is doubted', (text, told) => {
    expect(tide.doubts?.(options(text), []).map(({ what }) => what)).toEqual([expect.stringMatching(told)])
  })

  it.each(['{ constituents: { M2: { amplitude: 1, lag: 0 } } }', '{ mean: 0, constituents: { m2: { amplitude: 1, lag: 0 } } }'])('%s is refused', (text) => {
    expect(read(text)).toHaveProperty('faults')
  })

  it('is of a length alone', () => {
    const unit = (of: string) => tide.unit(options('{ mean: 0, constituents: {} }'), [{ unit: of, quantity: 'level', counting: null }])
    expect([unit('cm'), unit('kPa')]).toEqual([{ unit: 'cm', quantity: 'tide' }, 'tide needs a level, a length'])
    expect(constituentNames).toHaveLength(13)
  })
})

describe('a surge', () => {
  it('raises an alarm at low water that the level itself would not, and none at a high tide', () => {
    const checked = checkSite(
      `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { gauge: { profile: demo/water-level, bus: line, unit: 5, every: 1h } }
channels:
  level: { read: gauge.level }
  tide: { derive: tide, from: level, mean: 3, constituents: { S2: { amplitude: 2, lag: 0 } } }
  surge: { derive: difference, from: [level, tide] }
detectors: { storm: { kind: threshold, on: surge, at: { orange: 1 } } }
alarms: { sea: { orange: storm } }
`,
      'site.yaml',
      { profiles: findProfile },
    )
    if ('faults' in checked) throw new Error(formatFaults(checked.faults))
    const start = { at: millis(0), wall: instant(wallOfNoon), wallQuality: 'synchronised' as const }
    const machine = makeChannels(checked.site.plan, start.at, makeCalendar(millis(0), start).calendar)
    const stormAt = (hours: number, value: number) => {
      take(machine.channels[0] as Channel, samplesOf(0, [[hours * hour, value]]), millis(hours * hour))
      return machine.detectors[0]?.detector.level
    }
    expect([stormAt(0, 5.5), stormAt(3, 3.5), stormAt(6, 2.2), stormAt(9, 3.9)]).toEqual([0, 0, 3, 0])
  })
})

const wallOfNoon = Date.parse('2026-06-01T12:00:00Z')
