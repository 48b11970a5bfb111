/** Units: which can be turned into which, and what the numbers become. */
import { describe, expect, it } from 'vitest'
import { conversion, dimensionOf, unitNames } from '../../protocol/units.ts'

function convert(value: number, from: string, to: string): number | null {
  const how = conversion(from, to)
  return how && value * how.scale + how.offset
}

describe('units', () => {
  it.each([
    [1, 'in', 'mm', 25.4],
    [0.01, 'in', 'mm', 0.254],
    [367, 'cm', 'm', 3.67],
    [180, 'deg', 'rad', Math.PI],
    [1, 'deg', 'arcsec', 3600],
    [1, 'g', 'mg', 1000],
    [9.80665, 'm/s2', 'g', 1],
    [5, '%vol', 'ppm', 50_000],
    [992.84, 'mbar', 'hPa', 992.84],
    [1, 'mH2O', 'kPa', 9.80665],
    [300, 'K', 'degC', 26.85],
    [212, 'degF', 'degC', 100],
    [50, 'degF', 'K', 283.15],
    [9, 'degF/h', 'degC/h', 5],
    [1.5, 'kWh', 'Wh', 1500],
    [24, 'mm/d', 'mm/h', 1],
    [3.6, 'm3/h', 'L/s', 1],
    [1, 'mm/h/h', 'mm/d/h', 24],
  ])('%d %s is %s %d', (value, from, to, expected) => {
    expect(convert(value, from, to)).toBeCloseTo(expected, 9)
  })

  it('turns every unit into itself without touching the number', () => {
    for (const unit of unitNames) expect(conversion(unit, unit)).toEqual({ scale: 1, offset: 0 })
  })

  it.each([
    ['%LEL', 'ppm'],
    ['ppm', 'mg/m3'],
    ['mm', 'deg'],
    ['mm', 'mm/h'],
    ['deg', 'degC'],
    ['%', '%RH'],
    ['furlong', 'm'],
    ['mm', 'furlong'],
    ['mm/furlong', 'mm/h'],
    ['mm/constructor', 'mm/h'],
    ['/h', '/h'],
  ])('never turns %s into %s', (from, to) => {
    expect(conversion(from, to)).toBeNull()
  })

  it('tells what a unit measures, and null for a word that is no unit', () => {
    expect(dimensionOf('in')).toBe('length')
    expect(dimensionOf('deg/h')).toBe('angle per time')
    expect(dimensionOf('toString')).toBeNull()
  })
})
