// Numbers in registers: every type in every word order, values that real manuals print, and what is no number.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bitOf, decodeNumber, type Encoding, encodeNumber, orders, types, wordsOf } from '../../protocol/numbers.ts'

const ABCD = 'ABCD' as const

describe('numbers in registers', () => {
  // Values that makers print beside the words of their answers.
  it.each<[string, number[], Encoding, number]>([
    ['tips of the XM9505 rain gauge (sonbus.rdo.cn)', [0x0218], { type: 'u16', order: ABCD }, 536],
    ['Geokon 3810A, low word first (manual p. 12)', [0xc87c, 0x4628], { type: 'f32', order: 'CDAB' }, 10802.12],
    ['Dräger Polytron 8000, 40.00 (manual)', [0x4220, 0x0000], { type: 'f32', order: ABCD }, 40],
    ['Youwei ultrasonic level', [0x411e, 0x0000], { type: 'f32', order: ABCD }, 9.875],
    ['Lambrecht error code', [0xff67, 0x6981], { type: 'i32', order: ABCD }, -9999999],
    ['DFRobot SEN0575, low word first', [0xe460, 0x0001], { type: 'u32', order: 'CDAB' }, 124000],
    ['WitMotion pitch', [0xff1c], { type: 'i16', order: ABCD }, -228],
    ['Dongxin O2, 20.9 %', [0x1409], { type: 'bytes-decimal', order: ABCD }, 20.9],
    ['a clock in four registers', [0, 0x0198, 0x1234, 0x5678], { type: 'u64', order: ABCD }, 0x0198_1234_5678],
    ['BCD', [0x1234], { type: 'bcd16', order: ABCD }, 1234],
    ['BCD of two registers', [0x0012, 0x3456], { type: 'bcd32', order: ABCD }, 123456],
  ])('reads %s', (_, words, encoding, value) => {
    expect(decodeNumber(words, 0, encoding)).toBeCloseTo(value, 2)
    if (encoding.type !== 'f32') expect(encodeNumber(value, encoding)).toEqual(words)
  })

  it('has the four orders as their letters say', () => {
    const value = 0x0a0b0c0d
    expect(orders.map((order) => encodeNumber(value, { type: 'u32', order }))).toEqual([
      [0x0a0b, 0x0c0d],
      [0x0c0d, 0x0a0b],
      [0x0b0a, 0x0d0c],
      [0x0d0c, 0x0b0a],
    ])
    expect(orders.map((order) => encodeNumber(0x0a0b, { type: 'u16', order }))).toEqual([[0x0a0b], [0x0a0b], [0x0b0a], [0x0b0a]])
    expect(encodeNumber(0x0001_0203_0405_06, { type: 'u64', order: 'CDAB' })).toEqual([0x0506, 0x0304, 0x0102, 0x0000])
    expect(encodeNumber(0x0001_0203_0405_06, { type: 'u64', order: 'DCBA' })).toEqual([0x0605, 0x0403, 0x0201, 0x0000])
  })

  const span: Record<Encoding['type'], fc.Arbitrary<number>> = {
    u16: fc.integer({ min: 0, max: 0xffff }),
    i16: fc.integer({ min: -0x8000, max: 0x7fff }),
    u32: fc.integer({ min: 0, max: 0xffffffff }),
    i32: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    u64: fc.maxSafeNat(),
    f32: fc.float({ noNaN: true }),
    f64: fc.double({ noNaN: true }),
    bcd16: fc.integer({ min: 0, max: 9999 }),
    bcd32: fc.integer({ min: 0, max: 99999999 }),
    'bytes-decimal': fc.integer({ min: 0, max: 2559 }).map((tenths) => tenths / 10),
  }
  it.each(types.flatMap((type) => orders.map((order) => ({ type, order }))))('reads back what it wrote: $type $order', (encoding) => {
    fc.assert(
      fc.property(span[encoding.type], fc.nat(3), (value, at) => {
        const words = [...Array(at).fill(0xdead), ...encodeNumber(value, encoding), 0xbeef]
        expect(words.length).toBe(at + wordsOf(encoding.type) + 1)
        expect(decodeNumber(Uint16Array.from(words), at, encoding)).toBe(value)
      }),
      { numRuns: 200 },
    )
  })

  it('gives no number for what is none', () => {
    expect(decodeNumber([0x12a4], 0, { type: 'bcd16', order: ABCD })).toBeNaN()
    expect(decodeNumber([0x1234, 0xf678], 0, { type: 'bcd32', order: ABCD })).toBeNaN()
    expect(decodeNumber([0x140a], 0, { type: 'bytes-decimal', order: ABCD })).toBeNaN()
    expect(decodeNumber([0x7fc0, 0], 0, { type: 'f32', order: ABCD })).toBeNaN()
  })

  it('is exact up to 2^53 - 1 and refuses above', () => {
    const u64 = { type: 'u64', order: ABCD } as const
    expect(decodeNumber([0x001f, 0xffff, 0xffff, 0xffff], 0, u64)).toBe(Number.MAX_SAFE_INTEGER)
    expect(decodeNumber([0x0020, 0, 0, 0], 0, u64)).toBeNaN()
    expect(decodeNumber([0xffff, 0xffff, 0xffff, 0xffff], 0, u64)).toBeNaN()
    expect(() => encodeNumber(2 ** 53, u64)).toThrow(RangeError)
  })

  it.each<[number, Encoding['type']]>([
    [65536, 'u16'],
    [-1, 'u16'],
    [1.5, 'u16'],
    [Number.NaN, 'u32'],
    [32768, 'i16'],
    [10000, 'bcd16'],
    [-0.1, 'bytes-decimal'],
    [256, 'bytes-decimal'],
  ])('does not squeeze %d into %s', (value, type) => {
    expect(() => encodeNumber(value, { type, order: ABCD })).toThrow(RangeError)
  })

  it('does not read past the words', () => {
    expect(() => decodeNumber([1], 0, { type: 'f32', order: ABCD })).toThrow(/does not fit/)
    expect(() => decodeNumber([1, 2], 1, { type: 'f32', order: ABCD })).toThrow(/does not fit/)
    expect(() => decodeNumber([1], -1, { type: 'u16', order: ABCD })).toThrow(/does not fit/)
  })

  it('counts bits from the lowest', () => {
    expect([0, 1, 5, 15].map((bit) => bitOf(0x8021, bit))).toEqual([1, 0, 1, 1])
  })
})
