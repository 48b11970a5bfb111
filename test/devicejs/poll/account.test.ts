import { describe, expect, it } from 'vitest'
import { makeAccount } from '../../../devicejs/poll/account.ts'

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
