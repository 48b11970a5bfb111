import { expect, it } from 'vitest'
import { makeRing, push } from '../../../gateway/core/ring.ts'
import { MOST_STRETCHES, Stretches } from '../../../gateway/stages/stretches.ts'

function cut(rows: [time: number, value: number, quality?: number][], step: number, over: number, noise = 0): Stretches {
  const ring = makeRing(1024)
  const stretches = new Stretches(step, over, noise, ring.mask + 1)
  for (const [time, value, quality = 1] of rows) {
    push(ring, time, value, quality, 0)
    if (quality < 4) stretches.admit(ring, ring.head - 1)
  }
  return stretches
}
const held = (stretches: Stretches) => Array.from({ length: stretches.count }, (_, k) => [stretches.times[k], stretches.medians[k]])

it('cuts a channel into stretches, each closed by the row after it', () => {
  const rows = Array.from({ length: 13 }, (_, k) => [k, 10 * k] as [number, number])
  const stretches = cut(rows, 4, 100)
  expect(held(stretches)).toEqual([
    [1.5, 15],
    [5.5, 55],
    [9.5, 95],
  ])
  expect([stretches.velocity(1), stretches.velocityTime(1), stretches.velocityError(1)]).toEqual([10, 3.5, 0])
})

it('leaves out a stretch without a row, and a failed row, and takes neither for 0', () => {
  const stretches = cut(
    [
      [0, 1],
      [1, 99, 4],
      [2, 3],
      [9, 5],
      [13, 7],
      [16, 9],
    ],
    4,
    100,
  )
  expect(held(stretches)).toEqual([
    [1, 2],
    [9, 5],
    [13, 7],
  ])
  expect(stretches.velocity(1)).toBe(3 / 8)
})

it('takes no lower bound for a value, as of a sum of rain over a gap', () => {
  const zigzag = Array.from({ length: 9 }, (_, k) => [k, k % 2] as [number, number])
  const bounded = [
    ...zigzag.slice(0, 4),
    [3.5, 99, 2] as [number, number, number],
    ...zigzag.slice(4),
    [9.5, 99, 2] as [number, number, number],
    [16, 0, 2],
    [17, 0],
  ]
  const plain = cut([...zigzag, [17, 0]], 8, 100)
  const stretches = cut(bounded as [number, number, number?][], 8, 100)
  expect(held(stretches)).toEqual(held(plain))
  expect([...stretches.errors]).toEqual([...plain.errors])
})

it('knows how well a median is known: by the scatter of its rows, at least by the noise', () => {
  const zigzag = Array.from({ length: 9 }, (_, k) => [k, k % 2] as [number, number])
  // Of eight rows 0, 1, 0, 1 ... about their line, and of a median of eight.
  const scatter = (Math.sqrt(Math.PI / 2) * 0.53) / Math.sqrt(8)
  expect(cut(zigzag, 8, 100).errors[0]).toBeCloseTo(scatter, 1)
  expect(cut(zigzag, 8, 100, 2).errors[0]).toBeCloseTo((Math.sqrt(Math.PI / 2) * 2) / Math.sqrt(8), 12)
  expect(
    cut(
      [
        [0, 5],
        [1, 9],
        [4, 1],
      ],
      3,
      100,
    ).errors[0],
  ).toBe(0)
})

it('forgets what is older than its window, and holds no more than it can', () => {
  const rows = Array.from({ length: 300 }, (_, k) => [k, k] as [number, number])
  expect(held(cut(rows, 10, 50)).at(0)?.[0]).toBeGreaterThan(240)
  expect(cut(rows, 1, 1000).count).toBe(MOST_STRETCHES)
  expect(held(cut(rows, 1, 1000)).at(-1)).toEqual([298, 298])
})
