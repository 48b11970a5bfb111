// The machine's clocks: never early, ended at once when told, scaled where asked.

import { describe, expect, it, vi } from 'vitest'
import { afterMs, everyMs, monotonicMs, realBusClock, realClock, scaledClock, sharplyAfterMs, waitMs, wallNow } from '../../../devicejs/drivers/clock.ts'
import { instant, millis, NEVER } from '../../../protocol/time.ts'

describe('waiting', () => {
  it('is never shorter than was asked', async () => {
    for (const ms of [0.2, 1, 1.75, 3.65, 10]) {
      const start = monotonicMs()
      await waitMs(ms)
      expect(monotonicMs() - start).toBeGreaterThanOrEqual(ms)
    }
  })

  it('ends at once when it is stopped, before or during', async () => {
    const stop = new AbortController()
    const waiting = waitMs(60_000, stop.signal)
    stop.abort()
    await waiting
    await waitMs(60_000, stop.signal)
  })

  it('sharply is never shorter than was asked either, and ends within the millisecond', async () => {
    const lateMs: number[] = []
    for (let n = 0; n < 40; n++) {
      const ms = 1.3 + (n % 7) / 10
      const start = monotonicMs()
      await new Promise<void>((resolve) => sharplyAfterMs(ms, 0, resolve))
      lateMs.push(monotonicMs() - start - ms)
    }
    expect(Math.min(...lateMs)).toBeGreaterThanOrEqual(0)
    // A busy machine may hold up one or the other, not most of them.
    expect(lateMs.toSorted((a, b) => a - b)[10]).toBeLessThan(0.5)
  })

  it('sharply can be called off, and never happens within the call', async () => {
    let called = false
    const cancel = sharplyAfterMs(0.2, 0, () => {
      called = true
    })
    const start = monotonicMs()
    while (monotonicMs() - start < 1);
    expect(called).toBe(false)
    cancel()
    await waitMs(5)
    expect(called).toBe(false)
  })

  it('can be called off', async () => {
    let called = false
    const cancel = afterMs(1, () => {
      called = true
    })
    cancel()
    await waitMs(5)
    expect(called).toBe(false)
  })

  it('lasts longer than a timer of Node can', () => {
    vi.useFakeTimers()
    try {
      const start = performance.now()
      let at = Number.NaN
      afterMs(40 * 86_400_000, () => {
        at = performance.now() - start
      })
      vi.advanceTimersByTime(40 * 86_400_000 - 1)
      expect(at).toBeNaN()
      vi.advanceTimersByTime(2)
      expect(at).toBeGreaterThanOrEqual(40 * 86_400_000)
    } finally {
      vi.useRealTimers()
    }
  })

  it('beats until it is ended', async () => {
    const beats: number[] = []
    await new Promise<void>((resolve) => {
      const end = everyMs(2, () => {
        beats.push(monotonicMs())
        if (beats.length === 3) {
          end()
          resolve()
        }
      })
    })
    await waitMs(8)
    expect(beats).toHaveLength(3)
  })

  it('is the same on a bus', async () => {
    const clock = realBusClock()
    const start = clock.now()
    await clock.wait(3)
    expect(clock.now() - start).toBeGreaterThanOrEqual(3)
    await new Promise<void>((resolve) => clock.after(1, resolve))
  })
})

describe('the station’s clock', () => {
  it('runs on from where the station was, with the machine’s wall time', async () => {
    const clock = realClock({ from: millis(1000), wallQuality: () => 'holdover' })
    const before = clock.now()
    expect(before.at).toBeGreaterThanOrEqual(1000)
    expect(before.at).toBeLessThan(2000)
    expect(Math.abs(before.wall - wallNow())).toBeLessThan(1000)
    expect(before.wallQuality).toBe('holdover')
    await clock.until(millis(before.at + 5))
    expect(clock.now().at).toBeGreaterThanOrEqual(before.at + 5)
    await clock.until(before.at)
  })

  it('never steps with the wall clock', () => {
    const clock = realClock()
    const before = clock.now()
    const wall = vi.spyOn(Date, 'now').mockReturnValue(before.wall + 3_600_000)
    const after = clock.now()
    wall.mockRestore()
    expect(after.wall - before.wall).toBe(3_600_000)
    expect(after.at - before.at).toBeLessThan(1000)
  })

  it('says of itself whether somebody sets the wall clock', () => {
    expect(['synchronised', 'unsynchronised']).toContain(realClock().now().wallQuality)
  })

  it('waits for ever, until it is stopped', async () => {
    const stop = new AbortController()
    const waiting = realClock().until(NEVER, stop.signal)
    stop.abort()
    await waiting
  })

  it('runs faster where it is told, station time and wall time alike', async () => {
    const clock = scaledClock(1000, { from: millis(5), wall: instant(1_700_000_000_000) })
    const before = clock.now()
    const start = monotonicMs()
    await clock.until(millis(before.at + 10_000))
    const real = monotonicMs() - start
    const after = clock.now()
    expect(after.at).toBeGreaterThanOrEqual(before.at + 10_000)
    expect(real).toBeGreaterThanOrEqual(9)
    expect(Math.abs(after.wall - 1_700_000_000_000 - (after.at - 5))).toBeLessThanOrEqual(1)
    expect(Number.isInteger(after.wall)).toBe(true)
  })

  it('has no speed of nothing', () => {
    for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(() => scaledClock(speed)).toThrow(RangeError)
  })
})
