import { describe, expect, it } from 'vitest'
import { resultant } from '../../../../gateway/stages/derive/resultant.ts'
import { set } from '../bench.ts'

function of(x: number, y: number, options: unknown): number {
  const bench = set({ derivation: [resultant, options], inputs: 2, unit: 'deg', period: 1000 })
  bench.give([0, x], 0)
  bench.give([0, y], 1)
  return bench.out()[0]?.value as number
}

describe('the azimuth of a resultant', () => {
  it.each([
    [3, 4, 0, 53.120326],
    [-1, 1, 0, 135],
    [3, 4, 350, 43.120326],
    [0, -1, 0, 270],
    [1, 0, -90, 270],
  ])('of %d and %d degrees, mounted at %d, is %d', (x, y, mount, azimuth) => {
    expect(of(x, y, { give: 'azimuth', mount })).toBeCloseTo(azimuth, 5)
  })

  it.each([
    [3, 4, 5.002933901],
    [30, 40, 54.5237474],
    [-1, 1, 1.4142854],
  ])('leaves its angle, of %d and %d degrees, exact', (x, y, angle) => {
    expect(of(x, y, { give: 'angle', mount: 0 })).toBeCloseTo(angle, 6)
  })
})
