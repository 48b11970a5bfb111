// The campaign of the rain gauges in small, and what it can see.

import { expect, it } from 'vitest'
import { judge, ours, plain, storyOf } from './rain.ts'

const seeds = Array.from({ length: 1500 }, (_, k) => k + 1)

it('no tip is invented and none is lost by wraps, resets, repeated and false readings, silences and new starts', () => {
  expect(seeds.map((seed) => ({ seed, ...judge(storyOf(seed), ours) })).filter(({ phantom, lost }) => phantom + lost > 0)).toEqual([])
})

it('sees what plain differences make of them', () => {
  const wrong = seeds.slice(0, 300).map((seed) => judge(storyOf(seed), plain))
  expect(wrong.filter(({ phantom }) => phantom > 0).length).toBeGreaterThan(100)
})
