/** What trend, rise and arrival do with a lower bound in their window, such as a sum of rain over a gap. */
import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import type { AnyKind } from '../../../../gateway/core/kind.ts'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { arrival } from '../../../../gateway/stages/detect/arrival.ts'
import { rise } from '../../../../gateway/stages/detect/rise.ts'
import { trend } from '../../../../gateway/stages/detect/trend.ts'
import { Quality, type Reason, reasonCode } from '../../../../protocol/quality.ts'
import { millis } from '../../../../protocol/time.ts'
import { samplesOf, set } from '../bench.ts'

const minute = 60_000
const hour = 60 * minute
const over = 10 * minute
const rate = { yellow: { value: 30, per: hour } }

/** Each sees red or yellow in a value that rises by 1 a minute. */
const detectors: [name: string, kind: AnyKind<Detector>, options: object][] = [
  ['trend', trend, { over, at: rate, direction: 'either', confidence: 0.95, clear: 0.8, onDelay: 0, offDelay: 0 }],
  ['rise', rise, { over, at: rate, floor: -100, settle: 0, clear: 0.8 }],
  ['arrival', arrival, { over, to: 1000, direction: 'rising', at: { yellow: 24 * hour }, clear: 1.25 }],
]

/** Levels and doubts of 40 rows a minute apart; those of `bounds` are lower bounds. */
function lived([, kind, options]: (typeof detectors)[number], value: (k: number) => number, bounds: number[], reason: Reason = 'coverage', piece = 1) {
  const made = set({ detector: [kind, options], period: minute })
  const seen: string[] = []
  for (let from = 0; from < 40; from += piece) {
    const rows = Array.from({ length: Math.min(piece, 40 - from) }, (_, k) => from + k)
    const samples = samplesOf(
      0,
      rows.map((k) => [k * minute, value(k)]),
    )
    for (const [at, k] of rows.entries()) {
      if (!bounds.includes(k)) continue
      samples.quality[at] = Quality.unknown
      samples.reason[at] = reasonCode(reason)
    }
    take(made.machine.channels[0] as never, samples, millis((rows.at(-1) as number) * minute))
    seen.push(`${made.detector?.level} ${made.detector?.doubt}`)
  }
  return seen
}

it('is not gone on across by an on-delay: that begins anew once a line is told again', () => {
  const slow = { ...(detectors[0]?.[2] as object), onDelay: 8 * minute }
  const seen = lived(['trend', trend, slow], (k) => (k < 10 ? 0 : k - 10), [20])
  // It has begun before the bound, and is raised without it before the 30th row; with it, eight minutes after the first row that tells a line again.
  expect(lived(['trend', trend, slow], (k) => (k < 10 ? 0 : k - 10), []).indexOf('2 none')).toBeLessThan(30)
  expect(seen.slice(30, 38)).toEqual(Array(8).fill('0 none'))
  expect(seen[38]).toBe('2 none')
})

describe.each(detectors)('a lower bound in the window of %s', (...detector) => {
  it('leaves it unknown until it is out of the window: the row itself and all nine after it', () => {
    const seen = lived(detector, (k) => k, [20])
    expect(seen[19]).toBe('2 none')
    expect(seen.slice(20, 30)).toEqual(Array(10).fill('unknown coverage'))
    expect(seen[30]).toBe('2 none')
  })

  it('raises nothing by a step up to it or away from it', () => {
    const seen = lived(detector, (k) => (k < 20 ? 0 : 90), [20, 21, 22])
    expect(seen.slice(20, 32)).toEqual(Array(12).fill('unknown coverage'))
    expect(seen.slice(5)).not.toContain('2 none')
  })

  it('is no fault where the channel calls it its warm-up', () => {
    expect(lived(detector, (k) => k, [20], 'warm-up').slice(20, 31)).toEqual([...Array(10).fill('unknown warm-up'), '2 none'])
  })

  it('is treated alike row by row and in batches', () => {
    const bounds = [3, 18, 19, 33]
    const single = lived(detector, (k) => k, bounds)
    for (const piece of [2, 5, 8, 40]) expect(lived(detector, (k) => k, bounds, 'coverage', piece)).toEqual(single.filter((_, k) => (k + 1) % piece === 0))
  })
})
