import { describe, expect, it } from 'vitest'
import { makeAccount, makeLatency } from '../../../devicejs/poll/account.ts'

describe('the account of a device', () => {
  it('counts faults by kind and exceptions by code, and takes no latency from them', () => {
    const account = makeAccount()
    account.note({ ok: false, fault: 'timeout' }, 300)
    account.note({ ok: false, fault: 'exception', code: 2 }, 20)
    account.note({ ok: false, fault: 'exception', code: 2 }, 20)
    expect(account.health()).toMatchObject({ faults: { timeout: 1, exception: 2 }, exceptions: { 2: 2 }, latencyMs: null })
  })

  it('counts the code of a gateway that speaks for a silent device', () => {
    const account = makeAccount()
    account.note({ ok: false, fault: 'timeout', code: 11 }, 300)
    expect(account.health()).toMatchObject({ faults: { timeout: 1 }, exceptions: { 11: 1 } })
  })

  it('believes the line about how long an answer took, and its own watch where the line does not say', () => {
    const account = makeAccount()
    account.note({ ok: true, words: Uint16Array.of(1), tookMs: 8 }, 500)
    expect(account.health().latencyMs?.p50).toBeCloseTo(8, -1)
    expect(account.health().latencyMs?.p99).toBeLessThan(9)
    const other = makeAccount()
    other.note({ ok: true, words: Uint16Array.of(1) }, 500)
    expect(other.health().latencyMs?.p50).toBeGreaterThan(470)
  })
})

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
