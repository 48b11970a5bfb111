import { expect, it } from 'vitest'
import { smooth } from '../../../../gateway/stages/derive/smooth.ts'
import { type Row, set } from '../bench.ts'

function of(rows: Row[], time: number, batches = false): (number | null)[] {
  const bench = set({ derivation: [smooth, { time }], period: 1 })
  if (batches) bench.batch(rows)
  else for (const row of rows) bench.give(row)
  return bench.out().map(({ value, quality }) => (quality === 9 ? null : value))
}

it('follows the time that has passed, on irregular rows', () => {
  const seen = of(
    [
      [0, 10],
      [1, 12],
      [3, 11],
      [3.5, 13],
      [10, 20],
    ],
    2,
  )
  for (const [k, value] of [10, 10.786939, 10.921619, 11.381355, 19.665819].entries()) expect(seen[k]).toBeCloseTo(value, 6)
})

it('is the EWMA chart of NIST 6.3.2.4 on regular rows', () => {
  const x = [50, 52, 47, 53, 49.3, 50.1, 47, 51, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
  const seen = of(
    x.map((value, k) => [k, value] as Row),
    -1 / Math.log(0.7),
  )
  for (const [k, value] of [50.6, 49.52, 50.564, 50.1848, 50.1594, 49.2116, 49.7481].entries()) expect(seen[k + 1]).toBeCloseTo(value, 4)
  expect(seen[19]).toBeCloseTo(51.9403, 4)
  expect(seen[20]).toBeCloseTo(51.9882, 4)
  const limit = 3 * 2.0539 * Math.sqrt(0.3 / 1.7)
  expect(50 - limit).toBeCloseTo(47.411568, 2)
  expect(seen.every((value) => Math.abs((value as number) - 50) < limit)).toBe(true)
})

it('has no value where the channel has none, and begins anew when all of the old is forgotten', () => {
  expect(
    of(
      [
        [0, 10],
        [1, null],
        [20, 30],
        [21, 30],
      ],
      2,
    ),
  ).toEqual([10, null, 30, 30])
})

it('is the same row by row as in batches', () => {
  const rows = Array.from({ length: 200 }, (_, k) => [k, k % 9 === 4 ? null : Math.sin(k)] as Row)
  expect(of(rows, 7, true)).toEqual(of(rows, 7))
})

it('is of no counting channel', () => {
  const input = { unit: 'mm', quantity: 'rain', counting: { kind: 'total', step: 1, wrap: null } as const }
  expect(smooth.unit({ time: 1 as never }, [input])).toMatch(/accumulate/)
  expect(smooth.unit({ time: 1 as never }, [{ ...input, counting: null }])).toEqual({ unit: 'mm', quantity: 'rain' })
})
