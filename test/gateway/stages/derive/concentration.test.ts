import { describe, expect, it } from 'vitest'
import { concentration } from '../../../../gateway/stages/derive/concentration.ts'
import { gasBasis } from '../../../../protocol/gas.ts'
import { set } from '../bench.ts'

const input = (unit: string, gas = gasBasis('H2S')) => ({ unit, quantity: 'gas', counting: null, gas })

describe('a concentration', () => {
  it.each([
    ['mg/m3', 'ppm', 10, 'H2S', 7.06],
    ['ppm', 'mg/m3', 17.2, 'CO', 20.0],
    ['%vol', '%LEL', 1, 'CH4', 20],
    ['%LEL', 'ppm', 25, 'C3H8', 5250],
  ] as const)('from %s to %s: %d of %s is %d', (unit, to, value, name, told) => {
    const bench = set({ derivation: [concentration, { to }], unit, gas: gasBasis(name), period: 1000 })
    bench.give([0, value])
    expect(bench.out()[0]?.value).toBeCloseTo(told, to === 'mg/m3' ? 1 : 2)
  })

  it('has no value where the gas has none', () => {
    const bench = set({ derivation: [concentration, { to: 'ppm' }], unit: '%vol', period: 1000 })
    bench.give([0, null])
    expect(bench.out()).toMatchObject([{ quality: 9, reason: 'input' }])
  })

  it.each([
    [{ ...input('ppm'), gas: gasBasis(null) }, 'mg/m3', 'for mg/m3, it is not said which gas this is'],
    [{ ...input('%vol'), gas: gasBasis('Cl2') }, '%LEL', 'for %LEL, its explosive limit is not said'],
    [{ unit: '%vol', quantity: 'gas', counting: null }, 'ppm', { unit: 'ppm', quantity: 'gas' }],
    [input('m'), 'ppm', 'for ppm, m is no concentration'],
    [input('mg/m3'), 'ppm', { unit: 'ppm', quantity: 'gas' }],
  ])('of %j to %s: %j', (of, to, told) => {
    expect(concentration.unit({ to }, [of])).toEqual(told)
  })
})
