import { describe, expect, it } from 'vitest'
import { range } from '../../../../gateway/stages/quality/range.ts'
import { doubtsOf, flagsEvery, second } from './flagged.ts'

describe('range', () => {
  it('fails outside the instrument, suspects outside the place, passes both ends, leaves missing values alone', () => {
    // The vector of ioos_qc's gross range test.
    const values = [5, 10, 15, 20, 25, 30, 35, 40, 45, 51, null, Number.NaN]
    expect(flagsEvery(range, { sensor: [10, 50], place: [20, 40] }, second, values)).toEqual([4, 3, 3, 1, 1, 1, 1, 1, 3, 4, 9, 9])
  })

  it('asks for no range of the place', () => {
    expect(flagsEvery(range, { sensor: [10, 50] }, second, [9, 10, 50, 51])).toEqual([4, 1, 1, 4])
  })

  it.each([
    [{ sensor: [50, 10] }, ['sensor: 50 is not less than 10']],
    [{ sensor: [10, 50], place: [20, 60] }, ['place: the place reaches further than the sensor']],
    [{ sensor: [10, 50], place: [5, 40] }, ['place: the place reaches further than the sensor']],
  ])('refuses %j', (options, told) => {
    expect(doubtsOf(range, options)).toEqual(told)
  })
})
