import { describe, expect, it } from 'vitest'
import { bounded, listed, textOf } from '../../../gateway/core/asked.ts'
import { millis } from '../../../protocol/time.ts'

const minute = 60_000
const hour = 60 * minute

describe('for how long something is asked', () => {
  it.each<[unknown, number, number | RegExp]>([
    [undefined, hour, 10 * minute],
    [5 * minute, hour, 5 * minute],
    [hour, hour, hour],
    [hour + 1, hour, /^at most for 1 h$/],
    [hour, 15 * minute, /^at most for 15 min$/],
    [1000 * hour, 90 * minute, /^at most for 90 min$/],
    [0, hour, /no number of milliseconds above 0/],
    [-1, hour, /no number of milliseconds above 0/],
    [Number.NaN, hour, /no number of milliseconds above 0/],
    ['5min', hour, /no number of milliseconds above 0/],
  ])('%o where %d ms is the most: %o', (forMs, most, answer) => {
    const given = bounded({ args: { forMs } }, millis(10 * minute), millis(most))
    if (answer instanceof RegExp) expect(given).toMatch(answer)
    else expect(given).toBe(answer)
  })
})

describe('a name in an answer', () => {
  it.each([
    ['rain', 'rain'],
    [7, '7'],
    [undefined, ''],
    [null, ''],
    ['x'.repeat(100), 'x'.repeat(40)],
    [{ toString: 7 }, '(no text)'],
    [['a'], '(no text)'],
  ])('of %o is %o', (given, text) => {
    expect(textOf(given)).toBe(text)
  })

  it('is one of twenty at most; the others are counted', () => {
    const names = Array.from({ length: 23 }, (_, k) => `c${k}`)
    expect(listed(names.slice(0, 3))).toBe('c0, c1, c2')
    expect(listed(names)).toBe(`${names.slice(0, 20).join(', ')} and 3 more`)
  })
})
