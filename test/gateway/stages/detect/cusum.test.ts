import { describe, expect, it } from 'vitest'
import { type Channel, take } from '../../../../gateway/core/channel.ts'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { cusum } from '../../../../gateway/stages/detect/cusum.ts'
import { Quality, reasonCode } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { every, type Row, samplesOf, set } from '../bench.ts'

// NIST/SEMATECH e-Handbook 6.3.2.3: a shift of the mean from the thirteenth value on.
const nist = [
  324.925, 324.675, 324.725, 324.35, 325.35, 325.225, 324.125, 324.525, 325.225, 324.6, 324.625, 325.15, 328.325, 327.25, 327.825, 328.5, 326.675, 327.775,
  326.875, 328.35,
]
const plain = { mean: 325, slack: 0.3175, at: { yellow: 4.1959, red: 19 }, clear: 0 }
const bench = (options: object = {}) => set({ detector: [cusum, { ...plain, ...options }], period: 1000 })

function seen(made: ReturnType<typeof bench>, rows: Row[]) {
  return rows.map((row) => {
    made.give(row)
    return { level: made.detector?.level, ...(made.detector as Detector).evidence() } as { level: unknown; above?: number; below?: number }
  })
}

describe('cusum', () => {
  it('finds the shift of the published series at its fourteenth value', () => {
    const told = seen(bench(), every(1000, nist))
    for (const [k, sum] of [3.0075, 4.94, 7.4475, 10.63, 11.9875, 14.445, 16.0025, 19.035].entries()) expect(told[12 + k]?.above).toBeCloseTo(sum, 9)
    expect(told.findIndex(({ level }) => level === 2)).toBe(13)
    expect(told.at(-1)?.level).toBe(4)
  })

  it('finds it on the other side too', () => {
    const told = seen(
      bench(),
      every(
        1000,
        nist.map((x) => 650 - x),
      ),
    )
    expect(told.findIndex(({ level }) => level === 2)).toBe(13)
    expect(told.at(-1)?.below).toBeCloseTo(19.035, 9)
  })

  it('stops adding up, so that what is over is forgotten in a bounded time', () => {
    const made = bench({ at: { yellow: 4 } })
    seen(made, every(1000, Array(10_000).fill(330)))
    expect((made.detector as Detector).evidence().above).toBe(8)
    const back = seen(
      made,
      Array.from({ length: 40 }, (_, k) => [1e7 + k * 1000, 325] as Row),
    )
    expect(back.findIndex(({ level }) => level === 0)).toBe(25)
  })

  it('is neither raised nor cleared by a silence, which makes it unknown', () => {
    const made = bench()
    seen(made, every(1000, nist))
    const told = seen(
      made,
      [20, 21, 22, 23, 24].map((k) => [k * 1000, null]),
    )
    expect(told.map(({ level }) => level)).toEqual([4, 4, 4, 'unknown', 'unknown'])
    expect(seen(made, [[60_000, 325]])[0]?.level).toBe(4)
  })

  it('adds up no lower bound, which lies beside no mean: it is as if that reading had not come', () => {
    const made = bench()
    seen(made, every(1000, nist.slice(0, 13)))
    const before = (made.detector as Detector).evidence()
    for (const k of [13, 14, 15, 16]) {
      const samples = samplesOf(0, [[k * 1000, 400]])
      samples.quality[0] = Quality.unknown
      samples.reason[0] = reasonCode('coverage')
      take(made.machine.channels[0] as Channel, samples, millis(k * 1000))
    }
    expect((made.detector as Detector).evidence()).toEqual(before)
    expect(made.detector?.level).toBe('unknown')
  })

  it('has no evidence before its first value', () => {
    expect((bench().detector as Detector).evidence()).toEqual({})
  })

  it('answers row by row as in batches', () => {
    const single = bench()
    seen(single, every(1000, nist))
    const made = bench()
    made.batch(every(1000, nist))
    expect((made.detector as Detector).evidence()).toEqual((single.detector as Detector).evidence())
  })
})

it.each([
  [{}, undefined],
  [{ slack: 0 }, 'without slack noise alone reaches every set point in the end'],
  [{ clear: 5 }, 'it would clear at 5, on the wrong side'],
  [{ at: { yellow: 5, red: 4 } }, 'red would come before yellow'],
])('checks its options: %j', (options, what) => {
  expect(cusum.doubts?.({ ...plain, ...options }, [])[0]?.what).toBe(what)
})
