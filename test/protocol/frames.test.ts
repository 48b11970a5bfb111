// Frames that makers print in their manuals, the edges of lengths, and TCP streams cut anywhere.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  answerLength,
  bytesOfBits,
  crc16,
  exceptionName,
  type MbapFrame,
  mbapFrame,
  mbapReader,
  parseRtu,
  requestLength,
  rtuFrame,
} from '../../protocol/frames.ts'

const hex = (text: string) => Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16))

// Published frames: sonbus.rdo.cn (XM9505), manualshive (Lambrecht rain[e]H3 p. 40 and rain[e] p. 31), nishida-tsj.com (Youwei ultrasonic).
const published = [
  '01 03 00 00 00 01 84 0A',
  '01 03 02 02 18 B9 2E',
  '03 04 79 19 00 01 F8 B3',
  '03 04 02 00 01 01 30',
  '05 03 9C 72 00 08 CB C3',
  '05 03 10 30 30 2E 31 36 34 38 30 2E 30 30 30 31 33 30 00 37 CA',
  '03 10 9C 41 00 01 02 00 01 2D E8',
  '03 10 9C 41 00 01 7E 6F',
  '01 04 00 00 00 02 71 CB',
]

describe('CRC and RTU frames', () => {
  it('knows the check value of CRC-16/MODBUS', () => {
    expect(crc16(new TextEncoder().encode('123456789'))).toBe(0x4b37) // the catalogue of parametrised CRC algorithms
  })

  it.each(published)('takes and makes %s', (text) => {
    const frame = hex(text)
    const parsed = parseRtu(frame)!
    expect(parsed.unit).toBe(frame[0])
    expect(rtuFrame(parsed.unit, parsed.pdu)).toEqual(frame)
  })

  it('refuses the frame that was published with a wrong CRC (nishida-tsj.com)', () => {
    expect(parseRtu(hex('01 04 04 41 1E 00 00 EE 66'))).toBeNull()
    expect(parseRtu(hex('01 04 04 41 1E 00 00 8F BE'))).not.toBeNull()
  })

  it('refuses each frame with any one bit turned', () => {
    for (const text of published) {
      const frame = hex(text)
      for (let bit = 0; bit < 8 * frame.length; bit++) {
        const bad = frame.slice()
        bad[bit >>> 3]! ^= 1 << (bit & 7)
        expect(parseRtu(bad)).toBeNull()
      }
    }
  })

  it('refuses what is too short or too long', () => {
    expect(parseRtu(new Uint8Array(0))).toBeNull()
    expect(parseRtu(rtuFrame(1, new Uint8Array(0)))).toBeNull()
    expect(parseRtu(rtuFrame(1, new Uint8Array(254)))).toBeNull()
    expect(parseRtu(rtuFrame(1, new Uint8Array(253)))).not.toBeNull()
  })
})

describe('lengths', () => {
  it.each([
    ['01 03 00 00 00 01 84 0A', 8, 7],
    ['05 03 9C 72 00 08 CB C3', 8, 21],
    ['03 10 9C 41 00 01 02 00 01 2D E8', 11, 8],
    ['01 01 00 00 00 08 00 00', 8, 6],
    ['01 02 00 00 00 09 00 00', 8, 7],
    ['01 01 00 00 07 D0 00 00', 8, 255],
    ['01 04 00 00 00 7D 00 00', 8, 255],
    ['01 05 00 00 FF 00 00 00', 8, 8],
    ['01 06 00 00 00 03 00 00', 8, 8],
    ['01 0F 00 00 00 0A 02 CD 01 00 00', 11, 8],
  ])('%s is %d bytes, its answer %d', (text, request, answer) => {
    expect(requestLength(hex(text))).toBe(request)
    expect(answerLength(hex(text))).toBe(answer)
  })

  it('waits for the byte that tells the length', () => {
    expect(requestLength(hex('01'))).toBeNull()
    expect(requestLength(hex('01 10 00 00 00 01'))).toBeNull()
    expect(requestLength(hex('01 2B'))).toBe(0)
    expect(() => answerLength(hex('01 2B 0E 01 00 00 00'))).toThrow(/not spoken/)
  })

  it('fills bytes with bits', () => {
    expect([1, 8, 9, 2000].map(bytesOfBits)).toEqual([1, 1, 2, 250])
  })
})

describe('frames on TCP', () => {
  const frames: MbapFrame[] = [
    { transaction: 1, unit: 3, pdu: hex('03 00 00 00 01') },
    { transaction: 0xffff, unit: 255, pdu: hex('83 02') },
    { transaction: 0, unit: 0, pdu: Uint8Array.from({ length: 253 }, (_, i) => i & 0xff) },
    { transaction: 7, unit: 1, pdu: hex('2B') },
  ]
  const stream = Uint8Array.from(frames.flatMap(({ transaction, unit, pdu }) => [...mbapFrame(transaction, unit, pdu)]))

  it('come whole out of a stream that is cut anywhere', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length })), (cuts) => {
        const got: MbapFrame[] = []
        const read = mbapReader((frame) => got.push(frame))
        const places = [0, ...cuts.sort((a, b) => a - b), stream.length]
        for (let i = 1; i < places.length; i++) expect(read(stream.subarray(places[i - 1]!, places[i]!))).toBe(true)
        expect(got).toEqual(frames)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    ['another protocol', '00 01 00 01 00 02 01 03'],
    ['no room for a function', '00 01 00 00 00 01 01'],
    ['longer than any frame', '00 01 00 00 00 FF 01'],
  ])('end where the stream is no Modbus: %s', (_, text) => {
    const got: MbapFrame[] = []
    const read = mbapReader((frame) => got.push(frame))
    expect(read(mbapFrame(9, 1, hex('03')))).toBe(true)
    expect(read(hex(text))).toBe(false)
    expect(read(mbapFrame(9, 1, hex('03')))).toBe(false)
    expect(got).toHaveLength(1)
  })
})

it('names exceptions', () => {
  expect(exceptionName(2)).toBe('illegal address (2)')
  expect(exceptionName(99)).toBe('unknown exception (99)')
})
