import { describe, expect, it } from 'vitest'
import type { AnyDerivation } from '../../../../gateway/core/kind.ts'
import { beach } from '../../../../gateway/stages/derive/beach.ts'
import { concentration } from '../../../../gateway/stages/derive/concentration.ts'
import { difference } from '../../../../gateway/stages/derive/difference.ts'
import { exposure } from '../../../../gateway/stages/derive/exposure.ts'
import { freeboard } from '../../../../gateway/stages/derive/freeboard.ts'
import { overRange } from '../../../../gateway/stages/derive/over-range.ts'
import { phreatic } from '../../../../gateway/stages/derive/phreatic.ts'
import { poreRatio } from '../../../../gateway/stages/derive/pore-ratio.ts'
import { tide } from '../../../../gateway/stages/derive/tide.ts'
import { vibratingWire } from '../../../../gateway/stages/derive/vibrating-wire.ts'
import { set } from '../bench.ts'

/** What is made of one row of each input. */
function made(kind: AnyDerivation, options: object, units: string[], values: (number | null)[]) {
  const bench = set({ derivation: [kind, options], inputs: units.length, units, period: 1000 })
  for (const [input, value] of values.entries()) bench.give([0, value], input)
  return bench.out()[0]
}

const told = (kind: AnyDerivation, options: object, units: string[]) =>
  kind.unit(
    options,
    units.map((unit) => ({ unit, quantity: 'test', counting: null })),
  )

describe('freeboard', () => {
  it.each([
    ['m', 119.2, 1.3],
    ['cm', 11_920, 1.3],
    ['m', 121, -0.5],
  ])('in %s, of a level of %d below a crest of 120.5 m, is %d m', (unit, level, left) => {
    expect(made(freeboard, { crest: 120.5 }, [unit], [level])?.value).toBeCloseTo(left, 9)
  })

  it('wants a length', () => {
    expect(told(freeboard, { crest: 1 }, ['kPa'])).toMatch(/needs a level/)
    expect(told(freeboard, { crest: 1 }, ['mm'])).toEqual({ unit: 'm', quantity: 'freeboard' })
  })
})

describe('the dry beach', () => {
  it('is (crest - level) / slope', () => {
    expect(made(beach, { crest: 120.5, slope: 0.012 }, ['m'], [119.2])?.value).toBeCloseTo(108.333, 3)
    expect(told(beach, { crest: 1, slope: 0.01 }, ['deg'])).toMatch(/needs a level/)
    expect(told(beach, { crest: 1, slope: 0.01 }, ['m'])).toEqual({ unit: 'm', quantity: 'dry beach' })
  })
})

describe('the phreatic line', () => {
  it.each([
    ['m', 4, 6],
    ['kPa', 4 * 9.80665, 6],
    ['m', -0.3, 10],
  ])('of a head in %s of %d at a tip 10 m down lies %d m deep', (unit, head, depth) => {
    expect(made(phreatic, { surface: 110, tip: 100 }, [unit], [head])?.value).toBeCloseTo(depth, 9)
  })

  it('wants a head or a pressure, and a tip below the ground', () => {
    expect(told(phreatic, { surface: 110, tip: 100 }, ['deg'])).toMatch(/needs a head/)
    expect(told(phreatic, { surface: 110, tip: 100 }, ['kPa'])).toEqual({ unit: 'm', quantity: 'phreatic depth' })
    expect(phreatic.doubts?.({ surface: 100, tip: 100 }, [])).toMatchObject([{ at: ['tip'] }])
    expect(phreatic.doubts?.({ surface: 110, tip: 100 }, [])).toEqual([])
  })
})

describe('a vibrating wire', () => {
  const sheet = { factor: 0.18, zero: 9000, temperature: { factor: 0.05, zero: 20 } }
  it.each([
    ['digits alone', { factor: 0.18, zero: 9000, as: 'kPa' }, ['1'], [8950], 9],
    ['with temperature', { ...sheet, as: 'kPa' }, ['1', 'degC'], [8950, 15], 8.75],
    ['in metres of water', { ...sheet, as: 'm' }, ['1', 'degC'], [8950, 15], 0.892252],
    ['with the barometer', { ...sheet, barometer: { zero: 101.3 }, as: 'kPa' }, ['1', 'degC', 'hPa'], [8950, 15, 1023], 7.75],
    ['with the barometer alone', { factor: 0.18, zero: 9000, barometer: { zero: 101.3 }, as: 'kPa' }, ['1', 'kPa'], [8950, 102.3], 8],
    ['in hertz', { factor: 1, zero: 8100, as: 'kPa' }, ['Hz'], [2846], 8100 - 8099.716],
    ['in kilohertz', { factor: 1, zero: 8100, as: 'kPa' }, ['kHz'], [2.846], 8100 - 8099.716],
  ])('%s', (_, options, units, values, pressure) => {
    expect(made(vibratingWire, options, units, values)?.value).toBeCloseTo(pressure, 5)
  })

  it('has no value where its temperature has none', () => {
    expect(made(vibratingWire, { ...sheet, as: 'kPa' }, ['degC', '1'], [null, 8950])).toMatchObject({ quality: 9, reason: 'input' })
  })

  it.each([
    [{ as: 'kPa' }, ['1'], { unit: 'kPa', quantity: 'pore pressure' }],
    [{ as: 'm' }, ['Hz'], { unit: 'm', quantity: 'head' }],
    [{ as: 'kPa' }, ['deg'], expect.stringMatching(/frequency in Hz/)],
    [{ as: 'kPa' }, ['Hz', 'degC'], expect.stringMatching(/one channel more for each/)],
    [{ as: 'kPa', temperature: {} }, ['Hz', 'kPa'], expect.stringMatching(/degC/)],
    [{ as: 'kPa', barometer: {} }, ['Hz', 'degC'], expect.stringMatching(/must be a pressure/)],
  ])('with %j of %j is told as %j', (options, units, answer) => {
    expect(told(vibratingWire, options, units)).toEqual(answer)
  })
})

describe('the pore pressure ratio', () => {
  it('is u / (γ z)', () => {
    expect(made(poreRatio, { unitWeight: 20, depth: 10 }, ['kPa'], [80])?.value).toBeCloseTo(0.4, 12)
    expect(made(poreRatio, { unitWeight: 20, depth: 10 }, ['hPa'], [800])?.value).toBeCloseTo(0.4, 12)
    expect(told(poreRatio, {}, ['m'])).toMatch(/needs a pore pressure/)
    expect(told(poreRatio, {}, ['hPa'])).toEqual({ unit: '1', quantity: 'pore pressure ratio' })
  })
})

describe('a difference', () => {
  it.each([
    [['m', 'm'], [3.2, 2.9], 0.3],
    [['m', 'cm'], [3.2, 290], 0.3],
  ])('in %j of %j is %d', (units, values, rest) => {
    expect(made(difference, {}, units, values)?.value).toBeCloseTo(rest, 9)
  })

  it.each([
    [['m', 'degC'], expect.stringMatching(/one kind of unit/)],
    [['degC', 'K'], expect.stringMatching(/one kind of unit/)],
    [['m', 'cm'], { unit: 'm', quantity: 'test difference' }],
  ])('of %j is %j', (units, answer) => {
    expect(told(difference, {}, units)).toEqual(answer)
  })

  it('is not made of counts', () => {
    const counts = { unit: 'mm', quantity: 'rain', counting: { kind: 'total', step: 0.2, wrap: null } } as const
    expect(difference.unit({}, [counts, counts])).toMatch(/do not count/)
  })
})

describe('every derivation of one value to another', () => {
  it.each<[string, AnyDerivation, object]>([
    ['freeboard', freeboard, { crest: 1 }],
    ['beach', beach, { crest: 1, slope: 0.1 }],
    ['phreatic', phreatic, { surface: 1, tip: 0 }],
    ['vibrating-wire', vibratingWire, {}],
    ['pore-ratio', poreRatio, {}],
    ['difference', difference, {}],
    ['concentration', concentration, { to: 'ppm' }],
    ['exposure', exposure, { as: 'stel' }],
    ['over-range', overRange, { full: 100 }],
  ])('%s says what it is made of where it is made of nothing', (name, kind, options) => {
    expect(told(kind, options, [])).toContain(name)
  })

  it.each<[string, AnyDerivation, object, string[]]>([
    ['difference', difference, {}, ['m', 'degC']],
    ['concentration', concentration, { to: 'ppm' }, ['mg/m3']],
  ])('%s is not built of what does not fit', (_, kind, options, units) => {
    expect(() => made(kind, options, units, [1])).toThrow()
  })

  it.each<[string, AnyDerivation, object]>([
    ['exposure', exposure, { as: 'stel' }],
    ['tide', tide, { constituents: {}, mean: 0, zone: 0 }],
    ['over-range', overRange, { full: 100, at: 1.1 }],
  ])('%s is not built without a ring to write', (_, kind, options) => {
    expect(() => kind.build(options, {} as never)).toThrow(/ring to write/)
  })
})
