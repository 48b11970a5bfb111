// The campaign of windows in small, and what it would say of windows that are a little wrong.

import { describe, expect, it } from 'vitest'
import { makeRing, push } from '../../gateway/core/ring.ts'
import { Window, type WindowFigures } from '../../gateway/core/window.ts'
import { Quality } from '../../protocol/quality.ts'
import { millis } from '../../protocol/time.ts'
import { compare, noErrors, statistics, truthOf } from './exact.ts'
import { tryRain, tryWindows } from './windows.ts'

/** What is asked of every windowed statistic. */
const most = 1e-9

it.each([11, 12, 13])('every statistic of seed %i is exact, whatever befalls the rows', (seed) => {
  const errors = tryWindows(seed, 20_000)
  expect(statistics.filter((name) => !(errors[name] <= most))).toEqual([])
})

it.each([11, 12, 13])('every sum of rain of seed %i is the double nearest to the counts times the step', (seed) => {
  expect(tryRain(seed, 3000)).toBe(0)
})

/** A glitch that has left: sums that were never made anew have kept its rounding. */
function afterGlitch() {
  const ring = makeRing(128)
  const window = new Window(millis(20_000), 0)
  for (let row = 0; row < 64; row++) push(ring, row * 1000, row === 5 ? 1e9 : 12 + Math.sin(row), Quality.good, 0)
  window.run(ring, 0, 64, millis(63_000))
  return { truth: truthOf(ring, 64, 43_000), figures: window.figures }
}

/** The same, but for one figure. */
const telling = (figures: WindowFigures, figure: string, value: number): WindowFigures => Object.assign(Object.create(figures), { [figure]: () => value })

describe('the oracle', () => {
  it('finds nothing wrong where a glitch has left', () => {
    const { truth, figures } = afterGlitch()
    const errors = noErrors()
    compare(errors, truth, figures, 63)
    expect(Math.max(...Object.values(errors))).toBeLessThan(most)
  })

  it.each([
    ['mean', 'mean'],
    ['syy', 'variance'],
    ['sty', 'slope'],
    ['slope', 'slope'],
    ['stt', 'slope'],
  ] as const)('sees a %s that is a little off', (figure, statistic) => {
    const { truth, figures } = afterGlitch()
    const errors = noErrors()
    compare(errors, truth, telling(figures, figure, figures[figure](63) * (1 + (statistic === 'slope' ? 2e-7 : 2e-9))), 63)
    expect(errors[statistic]).toBeGreaterThan(most)
  })

  it.each([
    ['counts one row too many', 'count', 21],
    ['begins at another row', 'first', 43_000],
    ['is no number', 'mean', Number.NaN],
  ] as const)('sees a window that %s', (_, figure, value) => {
    const { truth, figures } = afterGlitch()
    const errors = noErrors()
    compare(errors, truth, telling(figures, figure, value), 63)
    expect(Math.max(...Object.values(errors))).toBe(Infinity)
  })
})
