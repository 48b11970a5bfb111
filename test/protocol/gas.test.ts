import { describe, expect, it } from 'vitest'
import { concentrationFactor, gasBasis, gasOf, mixtureLel, molarVolume } from '../../protocol/gas.ts'

describe('a mole of gas', () => {
  it.each([
    [0, 22.414],
    [20, 24.055],
    [25, 24.465],
  ])('at %d degC takes %d litres', (degC, litres) => {
    expect(molarVolume(degC)).toBeCloseTo(litres, 3)
  })
})

describe('a gas', () => {
  it.each([
    ['H2S', 'H2S'],
    ['hydrogen sulfide', 'H2S'],
    ['Oxygen', 'O2'],
    ['gas', undefined],
  ])('is known as %s', (word, name) => {
    expect(gasOf(word)).toBe(name)
  })
})

const factor = (from: string, to: string, ...basis: Parameters<typeof gasBasis>): number => concentrationFactor(from, to, gasBasis(...basis)) as number

describe('a concentration', () => {
  it.each([
    ['%vol', '%LEL', 1, 5, 20],
    ['%vol', '%LEL', 1, 4.4, 22.73],
    ['%vol', '%LEL', 1.25, 4.4, 28.41],
  ] as const)('in %s is told in %s: %d on %d %vol is %d', (from, to, value, lelVolPct, told) => {
    expect(value * factor(from, to, 'CH4', { lelVolPct })).toBeCloseTo(told, 2)
  })

  it.each([
    ['CH4', 12_500],
    ['C3H8', 5250],
    ['H2', 10_000],
    ['NH3', 37_500],
    ['CO', 31_250],
    ['C2H2', 5500],
    ['H2S', 10_750],
  ] as const)('of 25 %%LEL %s is %d ppm', (name, ppm) => {
    expect(25 * factor('%LEL', 'ppm', name)).toBeCloseTo(ppm, 6)
  })

  it('in ppm of one mass differs by 1.7 % between 20 and 25 degC', () => {
    const at = (referenceDegC: number) => factor('mg/m3', 'ppm', 'H2S', { referenceDegC })
    expect(at(25) / at(20)).toBeCloseTo(1.017, 3)
    expect(at(20) * factor('ppm', 'mg/m3', 'H2S')).toBeCloseTo(1, 12)
  })

  it.each([
    ['mg/m3', 'ppm', null, 'it is not said which gas this is'],
    ['%LEL', 'ppm', 'Cl2', 'its explosive limit is not said'],
    ['deg', 'ppm', 'H2S', 'deg is no concentration'],
    ['ppm', 'LEL.m', 'CH4', 'LEL.m is no concentration'],
  ] as const)('from %s to %s cannot be told of %s: %s', (from, to, name, why) => {
    expect(concentrationFactor(from, to, gasBasis(name))).toBe(why)
  })
})

describe('the explosive limit of a mixture', () => {
  it('is that of Le Chatelier, whatever its parts sum to', () => {
    expect(mixtureLel({ CH4: 90, C3H8: 10 })).toBeCloseTo(4.393, 3)
    expect(mixtureLel({ CH4: 9, C3H8: 1 })).toBeCloseTo(4.393, 3)
  })

  it('is none where that of a part is not known, or where there is none', () => {
    expect(mixtureLel({ CH4: 90, CO2: 10 })).toBeNull()
    expect(mixtureLel({})).toBeNull()
  })
})
