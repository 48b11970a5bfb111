import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import { rise } from '../../../../gateway/stages/detect/rise.ts'
import { Quality, type Reason, reasonCode } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { samplesOf, set } from '../bench.ts'

const second = 1000
const minute = 60 * second
const options = { over: minute, at: { yellow: { value: 5, per: minute } }, floor: 5, to: 50, settle: minute, clear: 0.8 }

const stand = (more: object = {}) => {
  const bench = set({ detector: [rise, { ...options, ...more }], unit: '%LEL', period: 10 * second })
  let time = 0
  return {
    detector: bench.detector as NonNullable<typeof bench.detector>,
    give(value: number | null, reason?: Reason): number | 'unknown' {
      const samples = samplesOf(0, [[time, value]])
      if (reason) {
        samples.quality[0] = Quality.fail
        samples.reason[0] = reasonCode(reason)
      }
      take(bench.machine.channels[0] as never, samples, millis(time))
      time += 10 * second
      return bench.detector?.level ?? 'unknown'
    },
  }
}

describe('a gas that rises', () => {
  it('by 6 %LEL a minute is told from the floor on, with the time to the second alarm', () => {
    const { give, detector } = stand()
    const levels = Array.from({ length: 20 }, (_, k) => give(k))
    expect(levels.slice(0, 4)).toEqual(Array(4).fill('unknown'))
    // From the sixth reading, of 5 %LEL, on.
    expect(levels[4]).toBe(0)
    expect(levels.slice(5)).toEqual(Array(15).fill(2))
    expect(detector.since).toBe(50 * second)
    expect(detector.evidence()).toEqual({ value: 19, perMin: expect.closeTo(6, 9), minutesLeft: expect.closeTo(31 / 6, 9) })
  })

  it('near zero, however fast, is noise', () => {
    const { give } = stand()
    expect(Array.from({ length: 30 }, (_, k) => give(k % 2 === 0 ? 0 : 4.9)).slice(6)).not.toContain(2)
  })

  it('is as far from its set point as it would be at rest, while it stands below the floor', () => {
    const { give, detector } = stand()
    expect(detector.evidence()).toEqual({})
    for (let k = 0; k < 5; k++) give(k * 0.9)
    expect(detector.evidence().perMin).toBeCloseTo(5.4, 9)
    expect(detector.margins?.()).toMatchObject([{ level: 2, value: 0, at: 5 }])
  })

  it('is quiet again once it stands', () => {
    const { give, detector } = stand()
    for (let k = 0; k < 20; k++) give(k)
    for (let k = 0; k < 10; k++) give(19)
    expect(detector.level).toBe(0)
    expect(detector.evidence()).not.toHaveProperty('minutesLeft')
  })

  it.each<Reason>(['warm-up', 'inhibited', 'under-test'])('is not told of what %s leaves behind, and that is no fault', (reason) => {
    const { give, detector } = stand()
    for (let k = 0; k < 10; k++) give(0)
    for (let k = 0; k < 30; k++) give(50, reason)
    expect([detector.level, detector.doubt]).toEqual(['unknown', 'warm-up'])
    // Test gas that blows away, then a real rise: told once the whole window lies a minute behind the test.
    const after = Array.from({ length: 16 }, (_, k) => give(20 + k))
    expect(after.slice(0, 10)).toEqual(Array(10).fill('unknown'))
    expect(detector.doubt).toBe('none')
    expect(after.at(-1)).toBe(2)
  })

  it('is not known through silence', () => {
    const { give, detector } = stand()
    for (let k = 0; k < 20; k++) give(k)
    for (let k = 0; k < 5; k++) give(null)
    expect([detector.level, detector.doubt]).toEqual(['unknown', 'no-data'])
  })
})

describe('the options of a rise', () => {
  it('say how far back the rows of its channel are needed', () => {
    expect(rise.reach?.(options as never)).toBe(minute)
  })

  it.each([
    [{}, []],
    [{ at: { red: { value: 5, per: minute } } }, ['at.red']],
    [{ at: { orange: { value: 5, per: minute } } }, ['at.orange']],
    [{ at: { yellow: { value: 0, per: minute } } }, ['at.yellow']],
    [{ at: { blue: { value: 5, per: minute }, yellow: { value: 100, per: 60 * minute } } }, ['at.yellow']],
    [{ over: 20 * second }, ['over']],
  ])('%j are doubted at %j', (more, at) => {
    const input = { unit: '%LEL', quantity: 'gas', counting: null, period: millis(10 * second) }
    expect(rise.doubts?.({ ...options, ...more } as never, [input]).map((doubt) => doubt.at.join('.'))).toEqual(at)
  })

  it('are not held against a channel that is not known', () => {
    expect(rise.doubts?.(options as never, [])).toEqual([])
  })

  it.each([
    ['whole %LEL', 1, { blue: { value: 0.5, per: minute }, yellow: { value: 5, per: minute } }, ['at.blue']],
    ['tenths', 0.1, { blue: { value: 0.5, per: minute } }, []],
    ['whole %LEL, at a usual rate', 1, { yellow: { value: 5, per: minute } }, []],
  ])('of an instrument that tells %s, are doubted where its last digit alone would raise them', (_, lastDigit, at, places) => {
    const input = { unit: '%LEL', quantity: 'gas', counting: null, period: millis(10 * second), lastDigit }
    const told = rise.doubts?.({ ...options, at } as never, [input]) ?? []
    expect(told.map((doubt) => doubt.at.join('.'))).toEqual(places)
    for (const { what } of told) expect(what).toBe('a window of 1min cannot decide 0.5/min: with the last digit of the channel alone it trembles by 0.84/min')
  })
})
