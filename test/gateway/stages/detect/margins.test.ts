import { describe, expect, it } from 'vitest'
import type { AnyKind } from '../../../../gateway/core/kind.ts'
import type { Detector } from '../../../../gateway/core/stage.ts'
import { arrival } from '../../../../gateway/stages/detect/arrival.ts'
import { cusum } from '../../../../gateway/stages/detect/cusum.ts'
import { preset } from '../../../../gateway/stages/detect/preset.ts'
import { presets } from '../../../../gateway/stages/detect/presets.ts'
import { rainTable } from '../../../../gateway/stages/detect/rain-table.ts'
import { rise } from '../../../../gateway/stages/detect/rise.ts'
import { silence } from '../../../../gateway/stages/detect/silence.ts'
import { threshold } from '../../../../gateway/stages/detect/threshold.ts'
import { trend } from '../../../../gateway/stages/detect/trend.ts'
import { every, set } from '../bench.ts'
import { tips } from '../gauge.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const none = { onDelay: 0, offDelay: 0 }
const perHour = (value: number) => ({ value, per: hour })

/** Each with rows of a value that grows by `by`, and what it tells of its lowest level. */
const kinds: [name: string, kind: AnyKind<Detector>, options: object, stepMs: number, by: number, told: object][] = [
  [
    ...(['threshold from above', threshold, { direction: 'above', at: { blue: 30, red: 40 }, clear: 0.8, ...none }, minute, 1] as const),
    { level: 1, figure: 'value', value: 20, at: 30, clear: 24, unit: 'm', worse: 'more' },
  ],
  [
    ...(['threshold from below', threshold, { direction: 'below', at: { yellow: 30 }, deadband: 5, ...none }, minute, 1] as const),
    { level: 2, figure: 'value', value: 20, at: 30, clear: 35, unit: 'm', worse: 'less' },
  ],
  [
    ...([
      'trend',
      trend,
      { over: 10 * minute, at: { yellow: perHour(0.1) }, direction: 'rising', confidence: 0.95, clear: 0.8, ...none },
      minute,
      0.01,
    ] as const),
    { level: 2, figure: 'proven rate', value: expect.closeTo(0.6, 6), at: 0.1, clear: 0.08, unit: 'm/h', worse: 'more' },
  ],
  [
    ...(['rise', rise, { over: 10 * minute, at: { orange: { value: 5, per: minute } }, floor: 0, settle: minute, clear: 0.8 }, minute, 2] as const),
    { level: 3, figure: 'rate', value: expect.closeTo(2, 9), at: 5, clear: 4, unit: 'm/min', worse: 'more' },
  ],
  [
    ...(['cusum', cusum, { mean: 0, slack: 5, at: { yellow: 500 }, clear: 0 }, minute, 1] as const),
    { level: 2, figure: 'sum', value: 120, at: 500, unit: 'm', worse: 'more' },
  ],
  [
    ...(['arrival', arrival, { over: 10 * minute, to: 140, direction: 'rising', at: { red: hour / 2 }, clear: 1.25 }, minute, 1] as const),
    { level: 4, figure: 'time to the mark', value: expect.closeTo(2, 9), at: 0.5, clear: 0.625, unit: 'h', worse: 'less' },
  ],
  [
    ...(['preset', preset, { set: 'manhole-cover', at: presets['manhole-cover'].at, deadband: 0.5, ...none }, minute, 1] as const),
    { level: 4, figure: 'value', value: 20, at: 0.2, clear: 0.7, unit: 'm', worse: 'less' },
  ],
  [
    ...(['silence', silence, { after: 5 * minute, level: 'orange' }, minute, 1] as const),
    { level: 3, figure: 'silence', value: 0, at: 300, clear: 300, unit: 's', worse: 'more' },
  ],
]

describe('how far a level is', () => {
  it.each(kinds)('is told by %s in the words and units of its set points', (_, kind, options, stepMs, by, told) => {
    const bench = set({ detector: [kind, options], unit: 'm', period: stepMs })
    for (const row of every(
      stepMs,
      Array.from({ length: 21 }, (_, k) => k * by),
    ))
      bench.give(row)
    expect(bench.detector?.margins?.()[0]).toMatchObject(told)
  })

  it.each(kinds)('is told by %s of nothing before the first row', (_, kind, options, stepMs) => {
    expect(set({ detector: [kind, options], unit: 'm', period: stepMs }).detector?.margins?.()).toEqual([])
  })

  it('is told of a silence by how long it lasts', () => {
    const bench = set({ detector: [silence, { after: 5 * minute, level: 'orange' }], period: minute })
    bench.give([0, 1])
    bench.give([3 * minute, null])
    expect(bench.detector?.margins?.()).toMatchObject([{ value: 180, at: 300 }])
  })

  it('is told of rain by how far it exceeds the figure of each colour', () => {
    const options = { ruleset: 'site', at: { yellow: [{ over: hour, mm: 20 }], red: [{ over: hour, mm: 40 }] }, clear: 0.8 }
    const bench = set({ detector: [rainTable, options], counting: tips, period: 10 * minute })
    expect([bench.detector?.margins?.(), bench.detector?.evidence()]).toEqual([[], {}])
    for (const row of every(
      10 * minute,
      Array.from({ length: 13 }, (_, k) => (k < 7 ? 0 : 10)),
    ))
      bench.give(row)
    expect(bench.detector?.margins?.()).toMatchObject([
      { level: 2, figure: 'exceedance ratio', value: expect.closeTo(0.6, 9), at: 1, unit: '' },
      { level: 4, value: expect.closeTo(0.3, 9), at: 1 },
    ])
  })
})
