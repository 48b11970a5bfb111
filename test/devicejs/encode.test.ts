import { describe, expect, it } from 'vitest'
import { encodeProfile } from '../../devicejs/encode.ts'
import { profileOf } from './field.ts'

const shown = (channel: string, value: number | null, table: 'holding' | 'input' | 'coil' = 'input'): [number[], string[]] => {
  const { image, cannot } = encodeProfile(profileOf(`channels: { a: { quantity: q, ${channel} } }`), new Map([['a', value]]))
  return [[...image[table].values()], cannot.map(({ why }) => why)]
}

describe('a value on a device', () => {
  it.each([
    ['is rounded to the raw number', 'unit: m, scale: 0.1, read: { input: 0 }', 1.26, [13]],
    ['with an offset', 'unit: degC, scale: 0.5, offset: -40, read: { input: 0 }', 10, [100]],
    ['below zero is two’s complement', 'unit: m, read: { input: 0, as: i16 }', -2, [0xfffe]],
    ['in low word first', 'unit: m, scale: 0.0001, read: { input: 0, as: i32, order: CDAB }', 1.25, [0x30d4, 0]],
    ['as a float', 'unit: m, read: { input: 0, as: f32 }', 25, [0x41c8, 0]],
    ['with its tenths in the low byte', 'unit: "%vol", read: { input: 0, as: bytes-decimal }', 20.9, [0x1409]],
    ['in a field of bits', 'unit: "1", read: { input: 0, bits: [4, 6] }', 5, [0x50]],
    ['that counts starts again at its wrap', 'count: total, step: 0.2 mm, wrap: 1000, read: { input: 0 }', 2003, [3]],
    ['that is missing is its code for that', 'unit: m, noValue: [0xFFFF, 5], read: { input: 0 }', null, [0xffff]],
    ['that is missing is NaN in a float', 'unit: m, read: { input: 0, as: f32 }', null, [0x7fc0, 0]],
    ['that is missing may have to be an error code', 'unit: m, codes: [{ raw: 7, means: x }], read: { input: 0 }', null, [7]],
  ])('%s', (_, channel, value, words) => expect(shown(channel, value)).toEqual([words, []]))

  it.each([
    ['that is missing where there is no code for it', 'unit: m, read: { input: 0 }', null, 'it has no code for "no value"'],
    ['beyond its register', 'unit: m, read: { input: 0 }', 70_000, '70000 does not fit its register'],
    ['that looks like a code', 'unit: m, noValue: 55555, read: { input: 0 }', 55_555, '55555 is written like one of its codes'],
  ])('%s is not shown, and it says so', (_, channel, value, why) => expect(shown(channel, value)).toEqual([[0], [why]]))

  it('of which the poll reads a hole along has the hole', () => {
    const profile = profileOf(
      'line: { maxHole: 2 }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 3 } }, c: { quantity: q, unit: m, read: { input: 7 } } }',
    )
    expect([...encodeProfile(profile, new Map()).image.input.keys()].sort()).toEqual([0, 1, 2, 3, 7])
  })

  it('that counts must be a count', () => {
    expect(() => shown('count: total, step: 0.2 mm, read: { input: 0 }', 1.5)).toThrow(/no count/)
  })

  it('stays as it was where none is given', () => {
    const profile = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 1 } } }')
    const { image } = encodeProfile(profile, new Map([['a', 5]]))
    encodeProfile(profile, new Map([['b', 6]]), {}, image)
    expect([...image.input]).toEqual([
      [0, 5],
      [1, 6],
    ])
  })
})

describe('what a device says of itself', () => {
  const profile = profileOf(`identity: [ { read: { holding: 9, bits: [0, 7] }, equals: 7 } ]
uptime: { holding: 8 }
clock: { holding: 4, as: u64, unit: s }
channels: { a: { quantity: q, unit: m, read: { holding: 0 } } }
line: { maxHole: 4 }
faults:
  - { read: { input: 1, bits: [0, 3] }, values: [0, 1], means: warming up }
  - { read: { input: 1, bit: 5 }, means: broken }
outputs: { relay: { coil: 2, readBack: { discrete: 3 } } }`)

  it('is that it is well, until a fault is named', () => {
    const { image } = encodeProfile(profile, new Map())
    expect(image.input.get(1)).toBe(2)
    encodeProfile(profile, new Map(), { faults: ['broken'] }, image)
    expect(image.input.get(1)).toBe(0x22)
    encodeProfile(profile, new Map(), {}, image)
    expect(image.input.get(1)).toBe(0x22)
    encodeProfile(profile, new Map(), { faults: ['warming up'] }, image)
    expect(image.input.get(1)).toBe(0)
    encodeProfile(profile, new Map(), { faults: [] }, image)
    expect(image.input.get(1)).toBe(2)
  })

  it('is who it is, how long it runs, and what time it has', () => {
    const { image } = encodeProfile(profile, new Map(), { uptime: 77, clockMs: 1_449_561_600_400 })
    expect([4, 5, 6, 7, 8, 9].map((at) => image.holding.get(at))).toEqual([0, 0, 0x5666, 0x8e00, 77, 7])
    encodeProfile(profile, new Map(), { clockMs: null }, image)
    expect([4, 5, 6, 7].map((at) => image.holding.get(at))).toEqual([0, 0, 0, 0])
  })

  it('has the coils of its outputs, and where they are read back', () => {
    const { image } = encodeProfile(profile, new Map())
    expect([[...image.coil], [...image.discrete]]).toEqual([[[2, 0]], [[3, 0]]])
  })
})
