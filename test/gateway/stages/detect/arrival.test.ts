import { describe, expect, it } from 'vitest'
import { arrival } from '../../../../gateway/stages/detect/arrival.ts'
import { millis } from '../../../../protocol/time.ts'
import { every, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const options = { over: 31 * minute, to: 102, direction: 'rising', at: { yellow: 6 * hour, orange: 1 * hour, red: 0.5 * hour }, clear: 1.25 }

const stand = (levels: (number | null)[], more: object = {}) => {
  const bench = set({ detector: [arrival, { ...options, ...more }], unit: 'm', period: 5 * minute })
  for (const row of every(5 * minute, levels)) bench.give(row)
  return { detector: bench.detector as NonNullable<typeof bench.detector> }
}
const river = [101.2, 101.24, 101.29, 101.33, 101.41, 101.47, 101.55]

describe('the time to a mark', () => {
  it('is told of the least-squares line at the newest reading', () => {
    const { detector } = stand(river)
    const { perHour, height, hoursLeft } = detector.evidence() as Record<string, number>
    expect(perHour).toBeCloseTo(0.6985714, 7)
    expect(height).toBeCloseTo(101.5303571, 7)
    expect(hoursLeft).toBeCloseTo(0.6722904, 7)
    expect([detector.level, detector.since]).toEqual([3, 20 * minute])
    expect(arrival.reach?.(options as never)).toBe(31 * minute)
  })

  it('falls with a freeboard as a level rises', () => {
    const { detector } = stand(
      river.map((level) => 103 - level),
      { to: 1, direction: 'falling' },
    )
    expect(detector.evidence().hoursLeft).toBeCloseTo(0.6722904, 7)
    expect(detector.level).toBe(3)
  })

  it.each([
    ['sinks', [101.9, 101.8, 101.7, 101.6, 101.5, 101.4, 101.3]],
    ['stands', [101, 101, 101, 101, 101, 101, 101]],
    ['trembles', [101, 101.3, 100.8, 101.2, 100.9, 101.3, 101]],
  ])('is none where the level %s', (_, levels) => {
    const { detector } = stand(levels)
    expect(detector.level).toBe(0)
    expect(detector.evidence()).not.toHaveProperty('hoursLeft')
  })

  it('is over at the mark, whatever the level does then', () => {
    const { detector } = stand([103, 102.9, 102.8, 102.7, 102.6, 102.5, 102.4])
    expect(detector.level).toBe(4)
    expect(detector.evidence().hoursLeft).toBe(0)
  })

  it('is not told of three readings, nor through silence', () => {
    expect(stand(river.slice(0, 4)).detector.level).toBe('unknown')
    expect(stand(river.slice(0, 4)).detector.evidence()).toEqual({})
    expect(stand([...river, null, null, null, null]).detector).toMatchObject({ level: 'unknown', doubt: 'no-data' })
  })

  it('clears only when it is longer again than the dead band', () => {
    // One metre an hour with an hour left, then a slower river: 0.4 m an hour, which the window sees by and by.
    const fast = Array.from({ length: 7 }, (_, k) => 101.05 - (6 - k) / 12)
    const slow = (count: number) => Array.from({ length: count }, (_, k) => 101.05 + ((k + 1) * 0.4) / 12)
    const slower = stand([...fast, ...slow(3)]).detector
    expect(stand(fast).detector.level).toBe(3)
    expect(slower.level).toBe(3)
    expect(slower.evidence().hoursLeft).toBeGreaterThan(1)
    expect(stand([...fast, ...slow(7)]).detector.level).toBe(2)
  })
})

describe('the options of an arrival', () => {
  it.each([
    [{}, []],
    [{ at: { yellow: hour, red: 2 * hour } }, ['at.red']],
    [{ over: 10 * minute }, ['over']],
  ])('%j are doubted at %j', (more, at) => {
    const input = { unit: 'm', quantity: 'level', counting: null, period: millis(5 * minute) }
    expect(arrival.doubts?.({ ...options, ...more } as never, [input]).map((doubt) => doubt.at.join('.'))).toEqual(at)
  })
})
