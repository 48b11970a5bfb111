import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { medianOf, select } from '../../../gateway/stages/median.ts'
import { MOST_POINTS, senInterval, senSlope, Thinned } from '../../../gateway/stages/theil-sen.ts'

const minute = 60_000
const hour = 60 * minute
const times = Float64Array.of(0, 10, 21, 29, 45, 60).map((t) => 1.7e12 + t * minute)
const values = Float64Array.of(0.5, 0.512, 0.531, 0.529, 0.56, 0.58)

describe('a median', () => {
  it('is that of the sorted numbers, and so is every rank', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 80 }), fc.nat(), (list, at) => {
        const sorted = [...list].sort((a, b) => a - b)
        const n = list.length
        expect(select(Float64Array.from(list), n, at % n)).toBe(sorted[at % n])
        const middle = n % 2 === 1 ? sorted[n >> 1] : ((sorted[(n >> 1) - 1] as number) + (sorted[n >> 1] as number)) / 2
        expect(medianOf(Float64Array.from(list), n)).toBe(middle)
      }),
      { seed: 4, numRuns: 500 },
    )
  })

  it('of nothing is none', () => {
    expect(medianOf(new Float64Array(3), 0)).toBeNaN()
  })
})

describe('the slope of Theil and Sen', () => {
  it('is the median of all pairs, to the last digits', () => {
    expect(senSlope(times, values, 6) * hour).toBeCloseTo(0.08, 9)
  })

  it('does not mind a wild reading', () => {
    const wild = values.slice()
    wild[3] = 0.9
    expect(senSlope(times, wild, 6) * hour).toBeCloseTo(0.08, 9)
  })

  it('lies in its interval', () => {
    // The variance of Kendall's S for six different values.
    const { low, high } = senInterval(times, values, 6, 1.959963984540054, (6 * 5 * 17) / 18)
    expect(low * hour).toBeCloseTo(0.0536842, 7)
    expect(high * hour).toBeCloseTo(0.1036364, 7)
    expect(senInterval(times, values, 1, 1.96, 1)).toEqual({ low: Number.NaN, high: Number.NaN })
  })

  it('passes over pairs that are too close, and has none of points of one time', () => {
    expect(senSlope(Float64Array.of(0, 1, 1000), Float64Array.of(0, 5, 10), 3, 500)).toBeCloseTo((0.01 + 5 / 999) / 2, 12)
    expect(senSlope(Float64Array.of(5, 5, 5), Float64Array.of(0, 5, 10), 3)).toBeNaN()
  })
})

it('makes many rows few, of which half may be wild without moving the line', () => {
  const thinned = new Thinned(1000)
  for (let k = 0; k < 1000; k++) thinned.add(k, k % 3 === 0 ? 1e6 : 2 * k)
  expect(thinned.thin()).toBe(1000)
  expect(thinned.count).toBe(MOST_POINTS)
  expect(senSlope(thinned.times, thinned.values, thinned.count)).toBeCloseTo(2, 1)
  thinned.clear()
  for (let k = 0; k < 6; k++) thinned.add(times[k] as number, values[k] as number)
  thinned.thin()
  expect([...thinned.values.subarray(0, 6)]).toEqual([...values])
})
