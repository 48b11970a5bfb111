import { describe, expect, it } from 'vitest'
import { antecedent } from '../../../../gateway/stages/detect/antecedent.ts'
import { millis } from '../../../../protocol/time.ts'
import type { Bench, Row } from '../bench.ts'
import { day, hour, increments, levelsOf, tips } from '../gauge.ts'

const options = { line: 'seattle', at: { yellow: 0.8, orange: 1 }, clear: 0.8 }
const inches: Bench = { detector: [antecedent, options], counting: { kind: 'increment', step: 0.01, wrap: null }, unit: 'in', period: hour }

/** So many inches 10 days ago, and so many in the last three days. */
const rained = (before: number, recent: number) =>
  levelsOf(inches, increments(hour, 20 * day, { [10 * day]: Math.round(before * 100), [19 * day]: Math.round(recent * 100) }))

describe('the line of Seattle, 3.5 - 0.67 P15 inches', () => {
  it.each([
    [0, 3.5, 3],
    [0, 3.49, 2],
    [0, 2.79, 0],
    [2, 2.17, 3],
    [2, 2.15, 2],
    [5.2, 0, 0],
    [5.23, 0.01, 3],
  ])('after %d in and then %d in is at level %d', (before, recent, level) => {
    expect(rained(before, recent).levels.at(-1)).toBe(level)
  })

  it('says both sums', () => {
    expect(rained(2, 2.16).detector?.evidence()).toEqual({ ratio: expect.closeTo(2.16 / 2.16, 9), recentMm: 54.864, beforeMm: 50.8 })
  })

  it('takes three days for recent, and the 15 before these for before', () => {
    const seen = (hoursAgo: number) => {
      const { recentMm, beforeMm } = levelsOf(inches, increments(hour, 20 * day, { [20 * day - hoursAgo * hour]: 100 })).detector?.evidence() ?? {}
      return [recentMm, beforeMm]
    }
    expect([71, 72, 18 * 24 - 1, 18 * 24].map(seen)).toEqual([
      [25.4, 0],
      [0, 25.4],
      [0, 25.4],
      [0, 0],
    ])
  })

  it('is not known before 16 days, and after a silence; but what exceeds exceeds', () => {
    const { levels } = levelsOf(inches, increments(hour, 17 * day, { [5 * day]: 360 }))
    expect(levels[24]).toBe('unknown')
    expect(levels[5 * 24]).toBe(3)
    const rows: Row[] = [...increments(hour, 17 * day), [20 * day, 0]]
    expect(levelsOf(inches, rows).levels.slice(-2)).toEqual([0, 'unknown'])
  })
})

it('takes a law of the place', () => {
  const law = { mm: 100, share: 0.5, recent: day, before: 4 * day }
  const bench: Bench = { detector: [antecedent, { ...options, line: 'site', law }], counting: tips, period: hour }
  expect(levelsOf(bench, increments(hour, 6 * day, { [3 * day]: 500, [6 * day]: 250 })).detector?.evidence()).toEqual({ ratio: 1, recentMm: 50, beforeMm: 100 })
})

it.each([
  ['no law', { line: 'site' }, ['line']],
  ['a law beside a name', { law: { mm: 1, share: 1, recent: day, before: day } }, ['law']],
  ['orange before yellow', { at: { yellow: 1, orange: 0.5 } }, ['at', 'orange']],
])('refuses %s', (_, more, at) => {
  const input = { unit: 'mm', quantity: 'rain', counting: tips, period: millis(hour) }
  expect(antecedent.doubts?.({ ...options, ...more } as never, [input]).map((doubt) => doubt.at)).toEqual([at])
})
