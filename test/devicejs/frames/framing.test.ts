import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frameOfWords, valuesOfFrame, wordsOfFrame } from '../../../devicejs/frames/fields.ts'
import { faultOf, frameReader, seal } from '../../../devicejs/frames/framing.ts'
import type { Talk } from '../../../devicejs/profile.ts'
import type { Checksum, Framing } from '../../../protocol/ports.ts'
import { profileOf } from '../field.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const hex = (text: string): Uint8Array => Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16))
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

const plain: Framing = { start: new Uint8Array(0), end: null, length: null, most: 64, checksum: null }
const line: Framing = { ...plain, end: bytesOf('\r\n') }
const dollar: Framing = { ...line, start: bytesOf('$'), text: true, checksum: { kind: 'xor8', from: 1, to: -5, at: -4, as: 'hex', mark: bytesOf('*') } }
const counted: Framing = { ...plain, start: hex('77'), length: { at: 1, plus: 1 }, checksum: { kind: 'sum8', from: 1, to: -1, at: -1, as: 'bytes-low-first' } }

/** The frames in these pieces, one a millisecond, as text with the time of their first byte. */
function heard(framing: Framing, pieces: (string | Uint8Array)[], stepMs = 1): string[] {
  const reader = frameReader(framing)
  return pieces.flatMap((piece, k) =>
    reader.take(typeof piece === 'string' ? bytesOf(piece) : piece, k * stepMs).map(({ frame, at }) => `${at}: ${textOf(frame)}`),
  )
}

describe('a checksum', () => {
  const of = (kind: Checksum['kind'], as: Checksum['as'], size: number, text: string): string => {
    const checksum: Checksum = { kind, from: 0, to: -size, at: -size, as }
    const frame = bytesOf(text + '?'.repeat(size))
    seal(frame, { ...plain, end: bytesOf('\n'), checksum })
    return textOf(frame.slice(text.length))
  }
  it.each<[string, Checksum['kind'], Checksum['as'], number, string, string]>([
    ['lrc8, as the Lambrecht manual prints it (p. 46)', 'lrc8', 'hex', 2, '\x021234567890*', 'C7'],
    ['the sum of the Bewis request', 'sum8', 'bytes-low-first', 1, '\x05\x00\x00\x04', '\x09'],
    ['xor8 of a sentence', 'xor8', 'hex', 2, 'IIMWV,120,R,002.10,M,A', '10'],
    ['CRC-16/MODBUS of the check text', 'crc16-modbus', 'hex', 4, '123456789', '4B37'],
    ['CRC-16/ARC of the check text', 'crc16-arc', 'hex', 4, '123456789', 'BB3D'],
    ['CRC-16/CCITT-FALSE of the check text', 'crc16-ccitt', 'hex', 4, '123456789', '29B1'],
    ['a CRC as bytes, low first', 'crc16-ccitt', 'bytes-low-first', 2, '123456789', '\xb1\x29'],
    ['a CRC as bytes, high first', 'crc16-ccitt', 'bytes-high-first', 2, '123456789', '\x29\xb1'],
    ['the letters of SDI-12, as the WXT520 manual prints them (p. 79)', 'crc16-arc', 'sdi12', 3, '0r3,Rc=0.00M,Rd=0s,Ri=0.0M', 'Ilm'],
    ['the letters of SDI-12 of its own example', 'crc16-arc', 'sdi12', 3, '0+3.14', 'OqZ'],
  ])('%s', (_, kind, as, size, text, sum) => expect(of(kind, as, size, text)).toBe(sum))

  it('may have small hexadecimal digits', () => {
    const framing: Framing = { ...line, checksum: { kind: 'crc16-modbus', from: 0, to: -6, at: -6, as: 'hex' } }
    expect(faultOf(bytesOf('1234567894b37\r\n'), framing)).toBeNull()
    expect(faultOf(bytesOf('1234567894b38\r\n'), framing)).toBe('checksum')
  })

  it('without its mark before it is none', () => expect(faultOf(bytesOf('$A.41\r\n'), dollar)).toBe('checksum'))
})

describe('a reader of frames', () => {
  it.each<[string, Framing, (string | Uint8Array)[], string[]]>([
    ['finds a line', line, ['12.5\r\n'], ['0: 12.5\r\n']],
    ['finds a line in pieces, at the time of its first byte', line, ['1', '2.5\r', '\n'], ['0: 12.5\r\n']],
    ['finds two lines in one piece', line, ['1\r\n2\r\n'], ['0: 1\r\n', '0: 2\r\n']],
    ['begins where the start is, not before', dollar, ['noise', 'x$A*41\r\n'], ['1: $A*41\r\n']],
    ['passes over a frame that was cut off by the next', dollar, ['$A$A*4', '1$A*41\r\n'], ['1: $A*41\r\n']],
    ['refuses another checksum', dollar, ['$A*42\r\n', '$A*41\r\n'], ['1: $A*41\r\n']],
    ['refuses a byte that is no ASCII', { ...dollar, checksum: null }, ['$A\xe9\r\n', '$A\r\n'], ['1: $A\r\n']],
    ['drops a line that is too long up to its end', { ...line, most: 8 }, ['0123456789', '0123\r\n4\r\n'], ['1: 4\r\n']],
    ['drops a frame that is too long, and finds the next', { ...dollar, most: 8 }, ['$AAAAAAAAAAAAAA', '$A*41\r\n'], ['1: $A*41\r\n']],
    [
      'takes the length from the frame',
      counted,
      [hex('77 05 00 00 04 09'), hex('00 77 05 00'), hex('00 04 09')],
      ['0: w\x05\0\0\x04\x09', '1: w\x05\0\0\x04\x09'],
    ],
    ['does not wait for a length that no frame has', { ...counted, most: 8 }, [hex('77 ff 77 05 00 00 04 09')], ['0: w\x05\0\0\x04\x09']],
    ['holds a length against the end', { ...dollar, checksum: null, length: 4 }, ['$A\r\n', '$AB\r\n', '$B\r\n'], ['0: $A\r\n', '2: $B\r\n']],
    [
      'holds the fields that are always the same',
      { ...line, fields: { separator: ';', count: null, fixed: [[2, 'H']] } },
      ['1;P\r\n', '1\r\n', '1;H;3\r\n'],
      ['2: 1;H;3\r\n'],
    ],
    [
      'holds the number of fields',
      { ...line, fields: { separator: ';', count: 2, fixed: [] } },
      ['1;2\r\n', ';2\r\n', '2\r\n', '1;2;3\r\n'],
      ['0: 1;2\r\n', '1: ;2\r\n'],
    ],
  ])('%s', (_, framing, pieces, frames) => expect(heard(framing, pieces)).toEqual(frames))

  it.each<[string, Framing, string[], string[]]>([
    ['of lines', line, ['12', '.5\r\n3\r\n', '4\r\n'], ['1001: 3\r\n', '2002: 4\r\n']],
    ['of lines, in more pieces', line, ['1', '2', '.5', '\r\n', '4\r\n'], ['4004: 4\r\n']],
    ['of a line that is too long', { ...line, end: bytesOf('\n'), most: 4 }, ['12345', '6.5\n', '4\n'], ['2002: 4\n']],
    ['of frames with a start', { ...dollar, checksum: null }, ['$12', '.5\r\n', '$3\r\n'], ['2002: $3\r\n']],
  ])('takes what stood still within a frame for cut off, and no rest for a whole one: %s', (_, framing, pieces, frames) =>
    expect(heard(framing, pieces, 1001)).toEqual(frames),
  )

  it('finds every frame, whatever noise is between them and however they are cut', () => {
    const good = bytesOf('$WI,1,2*6E\r\n')
    seal(good, dollar)
    const noise = fc.uint8Array({ maxLength: 12 }).filter((bytes) => !bytes.includes(0x24))
    fc.assert(
      fc.property(fc.array(noise, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 9 }), (noises, size) => {
        const all = Uint8Array.from(noises.flatMap((bytes) => [...bytes, ...good]))
        const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, k) => all.slice(k * size, (k + 1) * size))
        expect(heard(dollar, pieces)).toHaveLength(noises.length)
      }),
    )
  })

  it('believes no frame of which one byte became another', () => {
    const good = bytesOf('$WI,12.5,-3*00\r\n')
    seal(good, dollar)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = good.slice()
        bad[at]! ^= flip
        // Hexadecimal digits may be small or large.
        fc.pre(textOf(bad).toUpperCase() !== textOf(good))
        expect(heard(dollar, [bad])).toEqual([])
      }),
    )
  })

  it('holds no more than it must of a line that never ends', () => {
    const reader = frameReader(dollar)
    const started = performance.now()
    for (let k = 0; k < 200; k++) reader.take(new Uint8Array(10_000).fill(0x24), k)
    expect(performance.now() - started).toBeLessThan(5_000)
    expect(reader.take(bytesOf('$A*41\r\n'), 201)).toHaveLength(1)
  })
})

describe('a value in a frame', () => {
  const talkOf = (talk: string, read: string): Talk =>
    profileOf(`driver: frames\ntalk: { request: "?", end: "\\n", ${talk} }\nchannels: { a: { quantity: q, unit: m, read: { ${read} } } }`).talk as Talk
  const textual = 'separator: ",", example: "A=1.5m,+02.25,0F,V\\n"'

  it.each<[string, string, string, string, number]>([
    ['a field', textual, 'field: 2', 'A=1.5m,-3,0F,V\n', -3],
    ['a field with blanks about it', textual, 'field: 2', 'A=1.5m, 3.5 ,0F,V\n', 3.5],
    ['an empty field', textual, 'field: 2', 'A=1.5m,,0F,V\n', Number.NaN],
    ['a field with something else in it', textual, 'field: 2', 'A=1.5m,3.5.1,0F,V\n', Number.NaN],
    ['an exponent is none', textual, 'field: 2', 'A=1.5m,1e3,0F,V\n', Number.NaN],
    ['a number longer than any', textual, 'field: 2', `A=1.5m,${'1'.repeat(25)},0F,V\n`, Number.NaN],
    ['a label, with its unit', textual, 'after: "A=", suffix: m', 'A=7.25m,3,0F,V\n', 7.25],
    ['a label with another unit', textual, 'after: "A=", suffix: m', 'A=7.25#,3,0F,V\n', Number.NaN],
    ['a hexadecimal field', textual, 'field: 3, as: hex', 'A=1.5m,3,ff,V\n', 255],
    ['a bit of one', textual, 'field: 3, as: hex, bit: 2', 'A=1.5m,3,04,V\n', 4],
    ['a letter', textual, 'field: 4, as: letter', 'A=1.5m,3,0F,A\n', 65],
    ['two letters are none', textual, 'field: 4, as: letter', 'A=1.5m,3,0F,AB\n', Number.NaN],
    ['a whole number of the last place', textual, 'field: 2, decimals: 3', 'A=1.5m,0.3,0F,V\n', 300],
    ['a decimal comma', 'separator: ";", decimal: comma, example: "1,5;2\\n"', 'field: 1', '-1,25;2\n', -1.25],
    ['a point where a comma must be', 'separator: ";", decimal: comma, example: "1,5;2\\n"', 'field: 1', '1.25;2\n', Number.NaN],
    ['bytes high first', 'length: 5, example: { hex: "00 01 00 02 0a" }', 'at: 0, as: u32', '\x01\x02\x03\x04\n', 0x01020304],
    ['bytes low first', 'length: 5, example: { hex: "00 01 00 02 0a" }', 'at: 0, as: i16, order: DCBA', '\xfe\xff\0\0\n', -2],
    ['one byte with a sign', 'length: 2, example: { hex: "00 0a" }', 'at: 0, as: i8', '\xff\n', -1],
    ['packed digits', 'length: 3, example: { hex: "12 34 0a" }', 'at: 0, length: 2, as: bcd', '\x98\x76\n', 9876],
    ['packed digits with a sign', 'length: 3, example: { hex: "12 34 0a" }', 'at: 0, length: 2, as: signed-bcd', '\x10\x76\n', -76],
    ['a sign that is none', 'length: 3, example: { hex: "02 34 0a" }', 'at: 0, length: 2, as: signed-bcd', '\x20\x76\n', Number.NaN],
  ])('%s', (_, talk, read, frame, value) => {
    expect(valuesOfFrame(talkOf(talk, read), bytesOf(frame))).toEqual([value])
  })

  it.each<[string, string, string, number, string]>([
    ['a field grows', textual, 'field: 2', 123.456, 'A=1.5m,+123.46,0F,V\n'],
    ['a field keeps its sign and width', textual, 'field: 2', -3, 'A=1.5m,-03.00,0F,V\n'],
    ['a field without a value is empty', textual, 'field: 2', Number.NaN, 'A=1.5m,,0F,V\n'],
    ['a label keeps its unit', textual, 'after: "A=", suffix: m', 7.25, 'A=7.3m,+02.25,0F,V\n'],
    ['a hexadecimal field keeps its width', textual, 'field: 3, as: hex', 10, 'A=1.5m,+02.25,0A,V\n'],
    ['a comma stays one', 'separator: ";", decimal: comma, example: "1,5;2\\n"', 'field: 1', -1.25, '-1,3;2\n'],
    ['packed digits', 'length: 3, example: { hex: "10 34 0a" }', 'at: 0, length: 2, as: signed-bcd', -76, '\x10\x76\n'],
  ])('is written by a twin: %s', (_, talk, read, value, frame) => {
    const made = talkOf(talk, read)
    const words = wordsOfFrame(made, made.example)
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value)
    for (let at = 0; at < 4; at++) words[at] = view.getUint16(2 * at)
    expect(textOf(frameOfWords(made, words) as Uint8Array)).toBe(frame)
  })
})
