import { describe, expect, it } from 'vitest'
import { gap } from '../../../../gateway/stages/quality/gap.ts'
import { set } from '../bench.ts'
import { day, doubtsOf, flagsEvery, flagsOf, hour, minute, second } from './flagged.ts'

describe('gap', () => {
  it('suspects the first value after a silence: ioos_qc fails it, and hands the flag of the second row on to the first', () => {
    const rows = [0, 1, 2, 3].map((time): [number, number] => [time * second, 1])
    const late: [number, number] = [31 * day, 1]
    expect(flagsOf(gap, { after: 2 * hour }, [...rows, late], { period: second })).toEqual([1, 1, 1, 1, 3])
    const shifted = [0, 3 * hour, 3 * hour + second, 3 * hour + 2 * second, 31 * day].map((time): [number, number] => [time, 1])
    expect(flagsOf(gap, { after: 2 * hour }, shifted, { period: second })).toEqual([1, 3, 1, 1, 3])
  })

  it('passes what comes just when the silence is as long as that', () => {
    const rows = [0, 2 * hour, 4 * hour + 1].map((time): [number, number] => [time, 1])
    expect(flagsOf(gap, { after: 2 * hour }, rows, { period: minute })).toEqual([1, 1, 3])
  })

  it('takes a reading that did not come for silence', () => {
    expect(flagsEvery(gap, { after: 2 * second }, second, [1, null, null, 1, 1])).toEqual([1, 9, 9, 3, 1])
  })

  it('never sees a time that goes back: such rows are dropped and counted, where ioos_qc passes them', () => {
    const bench = set({ quality: [[gap, { after: 2 * hour }]], period: second })
    bench.batch([
      [3 * second, 1],
      [2 * second, 2],
      [second, 3],
    ])
    expect(bench.flags()).toEqual([1])
    expect(bench.machine.channels[0]?.dropped).toBe(2)
  })

  it('is refused where each row would come after such a silence', () => {
    for (const after of [0, second, minute]) expect(doubtsOf(gap, { after })).toEqual(['after: each row comes after such a silence'])
    expect(doubtsOf(gap, { after: minute + 1 })).toEqual([])
  })
})
