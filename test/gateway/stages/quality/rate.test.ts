import { describe, expect, it } from 'vitest'
import { range } from '../../../../gateway/stages/quality/range.ts'
import { rate } from '../../../../gateway/stages/quality/rate.ts'
import { every, set } from '../bench.ts'
import { doubtsOf, flagsEvery, flagsOf, minute } from './flagged.ts'

const quarter = 15 * minute
const options = { suspect: { value: 5, per: quarter }, fail: { value: 10, per: quarter } }

describe('rate', () => {
  it('gives the flags of ioos_qc, but that a rate just at the limit passes it', () => {
    const values = [2, 10, 2.1, 3, 4, 5, 7, 10, 0, 2, 2.2, 2, 1, 2, 3, 90, 91, 92, 93, 1, 2, 3, 4, 5]
    // ioos_qc fails the ninth value (4): 10 in 900 s is greater than 10/15/60 in its last binary digit, and not on paper.
    expect(flagsEvery(rate, options, quarter, values)).toEqual([1, 3, 3, 1, 1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 1, 4, 1, 1, 1, 4, 1, 1, 1, 1])
    expect(flagsEvery(rate, options, quarter, [2, 10, 2, 3, null, null, 7, 10])).toEqual([1, 3, 3, 1, 9, 9, 1, 1])
  })

  it('says nothing after a gap of more than three periods, where ioos_qc takes the whole gap for the time of the change', () => {
    const rows = [
      [0, 1],
      [3 * quarter, 100],
      [3 * quarter + 3 * quarter + 1, 1],
    ] as [number, number][]
    expect(flagsOf(rate, options, rows, { period: quarter })).toEqual([1, 4, 1])
  })

  it('passes a change just at either rate', () => {
    expect(flagsEvery(rate, options, quarter, [0, 5, 15])).toEqual([1, 1, 3])
  })

  it('holds a value against the last one that other tests have left usable, over the time since that', () => {
    // A step fails once: what comes after it is held against the step itself, or a true one would fail for ever.
    expect(flagsEvery(rate, options, quarter, [0, null, 25, 25])).toEqual([1, 9, 4, 1])
    expect(flagsEvery(rate, options, quarter, [0, null, 10])).toEqual([1, 9, 1])
    const made = set({
      quality: [
        [range, { sensor: [0, 50] }],
        [rate, options],
      ],
      period: quarter,
    })
    made.batch(every(quarter, [0, 99, 10]))
    expect(made.flags()).toEqual([1, 4, 1])
  })

  it('takes one height or both, and refuses to fail before it suspects', () => {
    expect(flagsEvery(rate, { suspect: options.suspect }, quarter, [0, 6, 60])).toEqual([1, 3, 3])
    expect(flagsEvery(rate, { fail: options.fail }, quarter, [0, 6, 60])).toEqual([1, 1, 4])
    expect(doubtsOf(rate, { suspect: options.fail, fail: options.suspect })).toEqual(['fail: a value fails before it is suspect'])
    expect(doubtsOf(rate, { suspect: options.suspect, fail: { value: 30, per: 60 * minute } })).toEqual([])
    expect(doubtsOf(rate, {})).toEqual([': this tests nothing'])
    expect(doubtsOf(rate, { suspect: { value: -5, per: quarter } })).toEqual(['suspect: a rate below 0, which every value exceeds'])
    expect(doubtsOf(rate, { fail: { value: -5, per: quarter } })).toEqual(['fail: a rate below 0, which every value exceeds'])
  })
})
