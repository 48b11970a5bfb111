import { describe, expect, it } from 'vitest'
import { noiseDoubts } from '../../../../gateway/stages/detect/decidable.ts'
import { studentT } from '../../../../gateway/stages/detect/student.ts'
import { trend } from '../../../../gateway/stages/detect/trend.ts'
import { slopeNoise } from '../../../../gateway/stages/line.ts'
import { millis } from '../../../../protocol/time.ts'
import { type Row, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const plain = { over: 3 * hour, at: { yellow: { value: 0.01, per: hour } }, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }
const tilt = { unit: 'deg', quantity: 'tilt', counting: null, period: millis(10 * minute) }

describe('the noise of a slope', () => {
  const spans = [
    [10, hour],
    [10, 3 * hour],
    [10, 6 * hour],
    [1, hour / 2],
    [1, hour],
  ] as const
  it.each([
    [0.001, [0.00113, 0.00025, 0.00009, 0.00121, 0.00044]],
    [0.003, [0.0034, 0.00075, 0.00028, 0.00361, 0.00131]],
    [0.005, [0.00567, 0.00126, 0.00046, 0.00602, 0.00218]],
    [0.01, [0.01134, 0.00251, 0.00092, 0.01205, 0.00436]],
  ])('of readings with %d degrees is that of the table', (noise, table) => {
    for (const [k, [everyMin, span]] of spans.entries())
      expect(Math.abs(slopeNoise(noise, span, everyMin * minute) * hour - (table[k] as number))).toBeLessThan(1e-5)
  })
})

describe('a window that cannot decide its set point', () => {
  const doubt = (options: object) => trend.doubts?.({ ...plain, ...options } as never, [tilt])[0]

  it('is refused, with the window that it would take', () => {
    expect(doubt({ over: hour, noise: 0.005 })).toEqual({
      at: ['at', 'yellow'],
      what: 'a window of 1h cannot decide 0.01/h: with this noise it trembles by 0.015/h',
      remedy: 'take a window of at least 80min, or a higher set point',
    })
  })

  it('is refused by its lowest set point, in the words of the file', () => {
    expect(doubt({ over: hour, noise: 0.005, at: { blue: { value: 0.02, per: 12 * hour }, red: { value: 1, per: hour } } })).toMatchObject({
      at: ['at', 'blue'],
      what: expect.stringMatching(/decide 0.02\/12h: with this noise it trembles by 0.17\/12h/),
    })
  })

  it.each([[{ over: 3 * hour, noise: 0.005 }], [{ over: hour, noise: 0.005, at: { yellow: { value: 0.1, per: hour } } }]])(
    'passes where it can: %j',
    (options) => {
      expect(doubt(options)).toBeUndefined()
    },
  )

  it('is worth a look where no noise is told, with the noise that it bears', () => {
    expect(doubt({ over: hour })).toEqual({
      at: ['over'],
      what: 'without `noise` nobody knows whether a window of 1h decides 0.01/h: it does up to a noise of 0.0034 deg',
      remedy: 'give `noise`, the standard deviation of one reading while nothing moves, as the maker tells it or as it was measured there',
      grave: false,
    })
    // The table: at 0.01 deg the slope of 3 h trembles by 0.00251 deg/h.
    const [, borne = ''] = /a noise of (\S+) deg/.exec(doubt({})?.what ?? '') ?? []
    expect(Number(borne)).toBeCloseTo((0.01 * 0.01) / (0.00251 * studentT(0.95, 17)), 3)
  })

  it.each([[{}], [{ noise: 0 }], [{ noise: 0.001 }]])('is refused where the last digit alone hides the set point, whatever noise is told: %j', (told) => {
    const coarse = { ...tilt, lastDigit: 0.1 }
    expect(trend.doubts?.({ ...plain, ...told } as never, [coarse])).toEqual([
      {
        at: ['at', 'yellow'],
        what: 'a window of 3h cannot decide 0.01/h: with the last digit of the channel alone it trembles by 0.015/h',
        remedy: 'take a window of at least 4h, or a higher set point',
      },
    ])
  })

  it('is not refused for a last digit that is finer, or below the noise that is told', () => {
    expect(trend.doubts?.({ ...plain, noise: 0.005 } as never, [{ ...tilt, lastDigit: 0.01 }])).toEqual([])
    expect(trend.doubts?.(plain as never, [{ ...tilt, lastDigit: 0.01 }])).toMatchObject([{ at: ['over'], grave: false }])
  })

  it('is asked of no channel that is not known', () => {
    expect(trend.doubts?.({ ...plain, over: hour } as never, [])).toEqual([])
  })

  it('is told where no window could do it', () => {
    const [told] = noiseDoubts({ colour: 'red', setPoint: 1e-30, per: hour, over: hour, noise: 1, of: 'this noise', confidence: 0.95, period: 10 * minute })
    expect(told?.remedy).toBe('take a higher set point, or an instrument with less noise')
  })

  it.each([0, -0.01])('is not asked of a rate of %d, which goes no way: that is refused', (value) => {
    expect(doubt({ at: { yellow: { value, per: hour } } })).toMatchObject({ at: ['at', 'yellow'], what: 'a rate of no movement, or back' })
  })

  it.each([
    [1, 'nothing is ever certain to 100%'],
    [0.49, 'below 50% chance alone is taken for a movement more often than not'],
    [0, 'below 50% chance alone is taken for a movement more often than not'],
  ])('is not asked of a confidence of %d: that is refused', (confidence, what) => {
    expect(doubt({ confidence, noise: 0.005 })).toEqual({ at: ['confidence'], what, remedy: 'such as 95%' })
  })

  it('is asked of the least confidence that there is', () => {
    expect(doubt({ confidence: 0.5, noise: 0.005 })).toBeUndefined()
  })

  it('has its other faults told first', () => {
    expect(doubt({ over: 10 * minute, noise: 0.005 })?.what).toMatch(/fewer than 5 rows/)
  })
})

const rows = (at: (k: number) => number, n = 40): Row[] => Array.from({ length: n }, (_, k) => [k * 10 * minute, at(k)])

describe('trend', () => {
  it('takes readings that move by their last digit for no proof, where their noise is told', () => {
    const step = (k: number): number => (k < 20 ? 0 : 0.01)
    const levelsOf = (options: object): unknown[] => {
      const bench = set({ detector: [trend, { ...plain, at: { yellow: { value: 0.002, per: hour } }, ...options }], period: 10 * minute })
      return rows(step).map((row) => {
        bench.give(row)
        return bench.detector?.level
      })
    }
    expect(levelsOf({})).toContain(2)
    expect(levelsOf({ noise: 0.01 })).not.toContain(2)
  })

  it('tells how far the value went with the temperature, on which its level does not hang', () => {
    const options = { ...plain, over: 6 * hour, temperature: 'heat' }
    expect(trend.others?.(options as never)).toEqual([{ at: ['temperature'], channel: 'heat' }])
    const bench = set({ detector: [trend, options], inputs: 2, period: 10 * minute })
    for (let k = 0; k < 40; k++) {
      bench.give([k * 10 * minute, 20 - k / 2], 1)
      bench.give([k * 10 * minute, 0.005 * k])
    }
    expect(bench.detector?.level).toBe(2)
    expect(bench.detector?.evidence().temperatureR).toBeCloseTo(-1, 9)
  })

  it.each([
    ['it has no value', () => null],
    ['it stands still', () => 20],
  ])('tells nothing of a temperature where %s', (_, heat) => {
    const bench = set({ detector: [trend, { ...plain, temperature: 'heat' }], inputs: 2, period: 10 * minute })
    expect(bench.detector?.evidence()).toEqual({ rows: 0 })
    for (let k = 0; k < 40; k++) {
      bench.give([k * 10 * minute, heat()], 1)
      bench.give([k * 10 * minute, 0.005 * k])
    }
    expect(bench.detector?.evidence()).not.toHaveProperty('temperatureR')
  })
})
