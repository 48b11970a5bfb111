import { describe, expect, it } from 'vitest'
import { threshold } from '../../../../gateway/stages/detect/threshold.ts'
import { warmUp } from '../../../../gateway/stages/quality/warm-up.ts'
import { type Row, set } from '../bench.ts'
import { doubtsOf, flagsOf, minute, second, verdicts } from './flagged.ts'

const at = (...times: number[]): Row[] => times.map((time) => [time * second, 1])

describe('warm-up', () => {
  it('fails what comes in the first time after the first value, and after each outage', () => {
    const rows = at(0, 1, 2, 3, 4, 5, 100, 101, 102, 103)
    expect(flagsOf(warmUp, { lasts: 3 * second, after: 10 * second }, rows, { period: second })).toEqual([4, 4, 4, 1, 1, 1, 4, 4, 4, 1])
  })

  it('takes three silent periods for an outage where the file does not say, and a missing value for silence', () => {
    expect(flagsOf(warmUp, { lasts: 2 * second }, at(0, 1, 2, 5, 9, 10, 11), { period: second })).toEqual([4, 4, 1, 1, 4, 4, 1])
    const rows: Row[] = [...at(0, 1, 2), ...[3, 4, 5].map((time): Row => [time * second, null]), ...at(6, 7, 8)]
    expect(flagsOf(warmUp, { lasts: 2 * second }, rows, { period: second })).toEqual([4, 4, 1, 9, 9, 9, 4, 4, 1])
  })

  it('is no alarm, and no all-clear either: what looks at it says that it is warming up', () => {
    const bench = set({
      quality: [[warmUp, { lasts: minute }]],
      detector: [threshold, { direction: 'above', at: { red: 20 }, onDelay: 0, offDelay: 0 }],
      period: second,
    })
    for (let k = 0; k < 60; k++) {
      bench.give([k * second, 99])
      expect([bench.detector?.level, bench.detector?.doubt]).toEqual(['unknown', 'warm-up'])
    }
    bench.give([minute, 99])
    expect(bench.detector?.level).toBe(4)
    expect(verdicts(bench).at(-2)).toBe('4 warm-up')
  })

  it('is refused where each row would come after such a silence', () => {
    for (const after of [0, second, minute]) expect(doubtsOf(warmUp, { lasts: minute, after })).toEqual(['after: each row comes after such a silence'])
    expect(doubtsOf(warmUp, { lasts: minute, after: minute + 1 })).toEqual([])
  })
})
