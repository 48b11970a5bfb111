import { describe, expect, it } from 'vitest'
import { advance, type Channel, take } from '../../../../gateway/core/channel.ts'
import { bump } from '../../../../gateway/stages/detect/bump.ts'
import { life } from '../../../../gateway/stages/detect/life.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { Quality, type Reason, reasonCode } from '../../../../protocol/quality.ts'
import { millis, type WallQuality } from '../../../../protocol/time.ts'
import { samplesOf, set } from '../bench.ts'

const day = 86_400_000
const hour = 3_600_000
const beijing = (text: string): number => Date.parse(`${text}T00:00:00+08:00`)
const read = (kind: typeof life | typeof bump, text: string): never => {
  const read = check<unknown>(kind.options, readYaml(text, 'o.yaml'))
  return ('value' in read ? read.value : read.faults) as never
}
const stand = (kind: typeof life | typeof bump, text: string, wall: number, wallQuality: WallQuality = 'synchronised') => {
  const bench = set({ detector: [kind, read(kind, text)], period: hour, wall, wallQuality })
  return { ...bench, detector: bench.detector as NonNullable<typeof bench.detector>, channel: bench.machine.channels[0] as Channel }
}

describe('the life of a detector', () => {
  const text = '{ installed: 2026-06-01, years: 3 }'
  it.each<[string, WallQuality, number | 'unknown']>([
    ['2026-06-01', 'synchronised', 0],
    ['2029-05-01', 'holdover', 0],
    ['2029-05-02', 'synchronised', 1],
    ['2031-01-01', 'synchronised', 1],
    ['1970-01-01', 'unsynchronised', 'unknown'],
    ['2029-05-02', 'unsynchronised', 1],
  ])('on %s, by a clock that is %s, is level %s', (today, quality, level) => {
    const { detector, give } = stand(life, text, beijing(today), quality)
    give([0, 1])
    expect(detector.level).toBe(level)
    // Nobody need be told of a clock here: that is the station's own matter.
    expect(detector.doubt).toBe(level === 'unknown' ? 'warm-up' : 'none')
  })

  it('ends while nothing is read, at local midnight, and tells how long it has', () => {
    const { detector, channel, give } = stand(life, text, beijing('2029-05-02') - 2 * hour)
    expect(detector.evidence()).toEqual({})
    give([0, 1])
    expect(detector.evidence()).toEqual({ daysLeft: expect.closeTo(30 + 2 / 24, 9) })
    expect(channel.wakeAt).toBe(2 * hour)
    advance(channel, millis(2 * hour))
    expect([detector.level, detector.since, channel.wakeAt]).toEqual([1, 2 * hour, Infinity])
  })

  it.each<[string, WallQuality, object[]]>([
    ['2029-03-02', 'synchronised', [{ level: 2, figure: 'days left', value: 91, at: 30, clear: 30, unit: 'd', worse: 'less' }]],
    ['2029-06-11', 'synchronised', [{ value: -10, at: 30 }]],
    ['1970-01-01', 'unsynchronised', []],
    ['2029-06-11', 'unsynchronised', [{ value: -10, at: 30 }]],
  ])('on %s, by a clock that is %s, tells how far off it is', (today, quality, told) => {
    const { detector, give } = stand(life, '{ installed: 2026-06-01, years: 3, level: yellow }', beijing(today), quality)
    expect(detector.margins?.()).toEqual([])
    give([0, 1])
    expect(detector.margins?.()).toMatchObject(told)
  })

  it.each([
    ['{ installed: 2026-02-30, years: 3 }', 'installed'],
    ['{ installed: 2026-06-01, years: 1, before: 365d }', 'before'],
  ])('%s is doubted at %s', (written, at) => {
    expect(life.doubts?.(read(life, written), [])).toMatchObject([{ at: [at] }])
  })
})

describe('the test with gas', () => {
  const tested = (bench: ReturnType<typeof stand>, time: number, value: number | null = 50, reason: Reason = 'under-test'): void => {
    const samples = samplesOf(0, [[time, value]])
    samples.quality[0] = Quality.fail
    samples.reason[0] = reasonCode(reason)
    take(bench.channel, samples, millis(time))
  }

  it('is overdue where none is known', () => {
    const bench = stand(bump, '{ every: 180d }', beijing('2026-06-01'))
    bench.give([0, 1])
    expect([bench.detector.level, bench.detector.evidence(), bench.detector.kept?.()]).toEqual([1, {}, undefined])
  })

  it('is good for its time, from the last row under test on', () => {
    const bench = stand(bump, '{ every: 180d, level: yellow }', beijing('2026-06-01'))
    tested(bench, hour)
    expect(bench.detector.level).toBe(0)
    bench.give([2 * hour, 1])
    expect(bench.channel.wakeAt).toBe(180 * day + hour)
    bench.give([180 * day, 1])
    expect(bench.detector.level).toBe(0)
    bench.give([180 * day + hour, 1])
    expect([bench.detector.level, bench.detector.since]).toEqual([2, 180 * day + hour])
  })

  it('counts from the day that the file says, or from a later one that the station has seen before', () => {
    const first = stand(bump, '{ every: 30d, tested: 2026-05-01 }', beijing('2026-06-01'))
    first.give([0, 1])
    expect(first.detector.level).toBe(1)
    tested(first, hour)
    const next = stand(bump, '{ every: 30d, tested: 2026-05-01 }', beijing('2026-06-20'))
    next.detector.recall?.(JSON.parse(JSON.stringify(first.detector.kept?.())))
    next.give([0, 1])
    expect(next.detector.level).toBe(0)
    expect(next.detector.evidence().daysLeft).toBeCloseTo(11 + 1 / 24, 9)
  })

  it.each<[number | null, Reason, number]>([
    [20, 'under-test', 0],
    [20, 'inhibited', 0],
    [19, 'under-test', 1],
    [null, 'inhibited', 1],
    [50, 'device-fault', 1],
  ])('must be answered with the gas that is asked for: %s, %s', (value, reason, level) => {
    const bench = stand(bump, '{ every: 30d, reaches: 20 }', beijing('2026-06-01'))
    tested(bench, hour, value, reason)
    expect(bench.detector.level).toBe(level)
  })

  it.each<[string, WallQuality, number | 'unknown']>([
    ['2026-05-30', 'synchronised', 1],
    ['2026-05-31', 'synchronised', 0],
    ['1970-01-01', 'unsynchronised', 'unknown'],
  ])('of 2026-06-01 is none for a clock that says %s and is %s: level %s', (today, quality, level) => {
    const { detector, give } = stand(bump, '{ every: 180d, tested: 2026-06-01 }', beijing(today), quality)
    give([0, 1])
    expect(detector.level).toBe(level)
  })

  it('tells how many days it is still good for, and nothing where none is known', () => {
    const first = stand(bump, '{ every: 30d, tested: 2026-05-22 }', beijing('2026-06-01'))
    first.give([0, 1])
    expect(first.detector.margins?.()).toEqual([{ level: 1, figure: 'days left', value: 20, at: 0, clear: 0, unit: 'd', worse: 'less' }])
    const never = stand(bump, '{ every: 30d }', beijing('2026-06-01'))
    never.give([0, 1])
    expect([never.detector.level, never.detector.margins?.()]).toEqual([1, []])
  })

  it('takes nothing else for a test, and no day that is none', () => {
    const bench = stand(bump, '{ every: 30d }', beijing('2026-06-01'))
    bench.detector.recall?.('yesterday')
    bench.give([0, null])
    expect(bench.detector.level).toBe(1)
    expect(bump.doubts?.(read(bump, '{ every: 30d, tested: 2026-13-01 }'), [])).toMatchObject([{ at: ['tested'] }])
    expect(bump.doubts?.(read(bump, '{ every: 30d }'), [])).toEqual([])
  })
})
