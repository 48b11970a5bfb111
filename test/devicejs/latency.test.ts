import { describe, expect, it } from 'vitest'
import { makeLatency } from '../../devicejs/latency.ts'

describe('a latency', () => {
  it.each([
    ['all alike', Array.from({ length: 1000 }, () => 20), 20, 20],
    ['one in fifty slow', Array.from({ length: 1000 }, (_, k) => (k % 50 === 0 ? 900 : 20)), 20, 900],
    ['one in two hundred slow', Array.from({ length: 1000 }, (_, k) => (k % 200 === 0 ? 900 : 20)), 20, 20],
    ['faster than the least class, and slower than the last', [0, 0, 0, 1e9], 0.25, 250_000],
  ])('of answers %s', (_, answers, p50, p99) => {
    const latency = makeLatency()
    for (const ms of answers) latency.note(ms)
    const found = latency.percentiles()
    expect(Math.abs(Math.log2((found?.p50 ?? 0) / p50))).toBeLessThan(0.13)
    expect(Math.abs(Math.log2((found?.p99 ?? 0) / p99))).toBeLessThan(0.13)
  })

  it('forgets what lies long back', () => {
    const latency = makeLatency()
    for (let k = 0; k < 20_000; k++) latency.note(900)
    for (let k = 0; k < 40_000; k++) latency.note(20)
    expect(latency.percentiles()?.p50).toBeLessThan(22)
  })
})
