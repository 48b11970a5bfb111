import { describe, expect, it } from 'vitest'
import { orderDoubts } from '../../../../gateway/stages/detect/grade.ts'
import { marks } from '../../../../gateway/stages/detect/marks.ts'
import { preset } from '../../../../gateway/stages/detect/preset.ts'
import { type PresetName, presets } from '../../../../gateway/stages/detect/presets.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { millis } from '../../../../protocol/time.ts'
import { set } from '../bench.ts'

/** Options as a site file has them, or what is told. */
const read = (kind: typeof marks | typeof preset, text: string): never => {
  const read = check<unknown>(kind.options, readYaml(text, 'o.yaml'))
  return ('value' in read ? read.value : read.faults.map(({ what }) => what)) as never
}
const levelAt = (kind: typeof marks | typeof preset, text: string, unit: string, value: number) => {
  const bench = set({ detector: [kind, read(kind, text)], unit, period: 1000 })
  bench.give([0, value])
  return bench.detector?.level
}

describe('the marks of a river', () => {
  const river = '{ warning: 100, guarantee: 102, record: 103.5 }'
  it.each([
    [99.49, 0],
    [99.5, 1],
    [100, 2],
    [102, 3],
    [103.5, 4],
  ])('make a level of %d m the colour %d', (value, level) => {
    expect(levelAt(marks, river, 'm', value)).toBe(level)
  })

  it('may be the warning level alone, near or not', () => {
    expect(levelAt(marks, '{ warning: 100, near: 0 }', 'm', 99.9)).toBe(0)
    expect(levelAt(marks, '{ warning: 100, near: 1 }', 'm', 99.1)).toBe(1)
    expect(levelAt(marks, '{ warning: 100, record: 104 }', 'm', 103)).toBe(2)
  })

  it('are no marks of a channel that counts', () => {
    const input = { unit: 'mm', quantity: 'rain', counting: { kind: 'total', step: 0.2, wrap: null }, period: millis(1000) } as const
    expect(marks.doubts?.(read(marks, river), [input])).toHaveLength(1)
  })

  it.each(['{ warning: 100, guarantee: 99 }', '{ warning: 100, guarantee: 102, record: 102 }', '{ warning: 100, record: 99 }'])(
    'must rise: %s does not',
    (text) => {
      expect(read(marks, text)).toEqual(['the marks do not rise'])
    },
  )
})

describe('a named set of set points', () => {
  it.each(Object.keys(presets) as PresetName[])('%s is in order, and says whence it is', (name) => {
    const { at, direction, source } = presets[name]
    expect(orderDoubts(at, direction === 'above' ? 'more' : 'less')).toEqual([])
    expect(source).toMatch(/CMA order 16|^proposal: /)
  })

  it.each([
    ['wind-gust-cn', 'm/s', 13.8, 0],
    ['wind-gust-cn', 'm/s', 13.9, 1],
    ['wind-gust-cn', 'm/s', 20.7, 1],
    ['wind-gust-cn', 'm/s', 20.8, 2],
    ['wind-gust-cn', 'm/s', 28.4, 2],
    ['wind-gust-cn', 'm/s', 28.5, 3],
    ['wind-gust-cn', 'm/s', 36.9, 3],
    ['wind-gust-cn', 'm/s', 37, 4],
    ['wind-mean-cn', 'm/s', 10.7, 0],
    ['wind-mean-cn', 'm/s', 10.8, 1],
    ['wind-mean-cn', 'm/s', 17.1, 1],
    ['wind-mean-cn', 'm/s', 17.2, 2],
    ['wind-mean-cn', 'm/s', 24.4, 2],
    ['wind-mean-cn', 'm/s', 32.6, 3],
    ['wind-mean-cn', 'm/s', 32.7, 4],
    ['heat-cn', 'degC', 36.9, 0],
    ['heat-cn', 'degC', 37, 3],
    ['heat-cn', 'degC', 39.9, 3],
    ['heat-cn', 'degC', 40, 4],
    ['dust-pm10', 'ug/m3', 249, 0],
    ['dust-pm10', 'ug/m3', 250, 2],
    ['dust-pm10', 'ug/m3', 349, 2],
    ['dust-pm10', 'ug/m3', 350, 3],
    ['dust-pm10', 'ug/m3', 419, 3],
    ['dust-pm10', 'ug/m3', 420, 4],
    ['manhole-fill', '%', 80, 2],
    ['manhole-fill', '%', 99, 2],
    ['manhole-cover', 'm', 0.2, 4],
    ['manhole-cover', 'm', 0.21, 0],
    ['wind-gust-cn', 'km/h', 51, 1],
    ['wind-mean-cn', 'm/s', 24.5, 3],
    ['heat-cn', 'degC', 38, 3],
    ['heat-cn', 'degF', 104.1, 4],
    ['manhole-fill', '%', 79, 0],
    ['manhole-fill', '%', 100, 3],
    ['manhole-cover', 'cm', 19, 4],
    ['dust-pm10', 'mg/m3', 0.26, 2],
  ])('%s in %s at %d is level %d', (name, unit, value, level) => {
    expect(levelAt(preset, `{ set: ${name} }`, unit, value)).toBe(level)
  })

  it('is refused on a channel of another kind', () => {
    expect(() => levelAt(preset, '{ set: heat-cn }', 'deg', 1)).toThrow(/fits/)
    const input = { unit: 'deg', quantity: 'tilt', counting: null, period: millis(1000) }
    expect(preset.doubts?.(read(preset, '{ set: heat-cn }'), [input])).toMatchObject([{ at: ['set'] }])
    expect(preset.doubts?.(read(preset, '{ set: heat-cn }'), [{ ...input, unit: 'degF' }])).toEqual([])
  })
})
