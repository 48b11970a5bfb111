import { describe, expect, it } from 'vitest'
import { trend } from '../../../gateway/stages/detect/trend.ts'
import { every, set } from '../stages/bench.ts'

const minute = 60_000
const hour = 60 * minute

describe('a channel', () => {
  it.each([Infinity, -Infinity, Number.NaN, 1e200])('takes %d for no value, so that what looks at it sees again as soon as it is past', (bad) => {
    const options = {
      over: hour,
      at: { red: { value: 0.05, per: hour } },
      direction: 'either',
      confidence: 0.95,
      clear: 0.8,
      onDelay: 0,
      offDelay: 0,
    }
    const bench = set({ detector: [trend, options], period: minute })
    const creep = Array.from({ length: 200 }, (_, k) => (k === 100 ? bad : (0.1 * k) / 60 + 1e-4 * Math.sin(k)))
    for (const row of every(minute, creep)) bench.give(row)
    expect(bench.flags()[100]).toBe(9)
    expect(bench.detector?.level).toBe(4)
    expect(bench.detector?.evidence()).toMatchObject({ perHour: expect.closeTo(0.1, 3), rows: 60 })
    expect(bench.detector?.evidence().errorPerHour).toBeLessThan(1e-3)
  })

  it('drops a row that is not later than the one before it, and counts it', () => {
    const bench = set({ period: minute })
    bench.batch([
      [0, 1],
      [minute, 2],
      [minute, 3],
      [1000, 4],
      [2 * minute, 5],
    ])
    const [channel] = bench.machine.channels
    expect(channel?.dropped).toBe(2)
    expect([...(channel?.ring.value.subarray(0, 3) ?? [])]).toEqual([1, 2, 5])
  })
})
