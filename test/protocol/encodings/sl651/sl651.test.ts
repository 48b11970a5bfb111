// SL 651-2014: the published frames are written and read byte by byte, and what is none is refused with a sentence.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hexOf } from '../../../../protocol/encodings/sl651/bcd.ts'
import { type Element, numberElement } from '../../../../protocol/encodings/sl651/elements.ts'
import { decodeHydrology, encodeHydrology, type HydrologyMessage, type Question, type Reply, type Report } from '../../../../protocol/encodings/sl651/sl651.ts'
import { crc16 } from '../../../../protocol/frames.ts'
import { beijing, bytes, ours, published } from './vectors.ts'

const report = ours.message as Report
const { centre, station, password, serial, sent } = report
const carried = { centre, station, password, serial, sent }

/** The frame with other bytes from `at` on, and the checksum that belongs to them. */
function changed(hex: string, at: number, to: string): Uint8Array {
  const frame = bytes(hex)
  frame.set(bytes(to), at)
  const crc = crc16(frame, 0, frame.length - 2)
  frame.set([crc >> 8, crc & 0xff], frame.length - 2)
  return frame
}

/** Written and read again; the hex of the bytes beside it. */
function there(message: HydrologyMessage): string {
  const written = encodeHydrology(message)
  if (!written.ok) throw new Error(written.why)
  expect(decodeHydrology(written.value)).toEqual({ ok: true, value: message })
  return hexOf(written.value)
}

describe('a published frame', () => {
  it.each([...published, ours])('is read: $name ($from)', ({ hex, message }) => {
    expect(decodeHydrology(bytes(hex))).toEqual({ ok: true, value: message })
  })

  it.each([...published, ours])('is written byte by byte: $name ($from)', ({ hex, message }) => {
    expect(encodeHydrology(message)).toEqual({ ok: true, value: bytes(hex) })
  })

  it.each([...published, ours])('is refused with any one bit turned: $name', ({ hex }) => {
    for (let bit = 0; bit < hex.length * 4; bit++) {
      const frame = bytes(hex)
      frame[bit >> 3]! ^= 1 << (bit & 7)
      expect(decodeHydrology(frame)).toEqual({ ok: false, why: expect.any(String) })
    }
  })

  it.each([...published, ours])('is refused when it is cut short or goes on: $name', ({ hex }) => {
    for (let length = 0; length < hex.length / 2; length++) expect(decodeHydrology(bytes(hex).subarray(0, length)).ok).toBe(false)
    expect(decodeHydrology(bytes(`${hex}00`)).ok).toBe(false)
  })
})

describe('messages', () => {
  it.each(['plus', 'hourly', 'now', 'elements'] as const)('come back as they were: a report of kind %s', (kind) => {
    there({ ...report, report: kind })
  })

  it('come back as they were: an hour in twelves of rain and level, and the state of the station', () => {
    const rain: Element = { form: 'series', code: 0xf4, values: [0, 0.1, 25.4, null, 1, 2, 3, 4, 5, 6, 7, 8] }
    const level: Element = { form: 'series', code: 0xf5, values: [0, 0.01, 655.34, null, 1, 2, 3, 4, 5, 6, 7, 8] }
    const hex = there({ ...report, report: 'hourly', elements: [rain, level, { form: 'state', bits: 0x80000001 }] })
    expect(hex).toContain('F4600001FEFF0A141E28323C4650F5C000000001FFFEFFFF0064')
    expect(hex).toContain('452080000001')
  })

  it.each(['esc', 'eot', 'ack', 'nak'] as const)('come back as they were: a reply that ends with %s', (end) => {
    const reply: Reply = { kind: 'reply', ...carried, to: 'hourly', end }
    there(reply)
  })

  it('come back as they were: questions for all that is now and for elements', () => {
    const now: Question = { kind: 'question', ...carried, asks: 'now', wanted: [] }
    expect(there(now)).toContain('37800F02')
    const some: Question = {
      kind: 'question',
      ...carried,
      asks: 'elements',
      wanted: [
        { code: 0x20, definition: 0x19 },
        { code: 0xff85, definition: 0x08 },
        { code: 0xf4, definition: 0x60 },
        { code: 0x45, definition: 0x20 },
      ],
    }
    expect(there(some)).toContain('F1F100441800122019FF8508F460452005')
  })

  it('come back as they were, whatever numbers they carry', () => {
    const anyNumber = fc
      .record({
        code: fc.oneof(fc.integer({ min: 0x60, max: 0xef }), fc.integer({ min: 0xff00, max: 0xffff })),
        bytes: fc.integer({ min: 1, max: 7 }),
        decimals: fc.nat(7),
        share: fc.double({ min: -1, max: 1, noNaN: true }),
        none: fc.boolean(),
      })
      .map(({ code, bytes: width, decimals, share, none }): Element => {
        const whole = Math.trunc(share * (10 ** (2 * width) - 1)) || 0
        return { form: 'number', code, bytes: width, decimals, value: none ? null : whole / 10 ** decimals }
      })
    fc.assert(fc.property(fc.array(anyNumber, { minLength: 1, maxLength: 20 }), (elements) => void there({ ...report, elements })))
  })

  it.each([
    ['no value', numberElement('level', null), '3923FFFFFFFF'],
    ['below 0, with one byte more', numberElement('level', -1.25), '392BFF00001250'],
    ['a trace below 0, which is 0', numberElement('level', -0.0001), '392300000000'],
    ['the widest', numberElement('rainTotal', 99999.9), '2619999999'],
    ['a province’s own', { form: 'number', code: 0xff38, bytes: 2, decimals: 2, value: 12.5 } satisfies Element, 'FF38121250'],
  ])('carry a number: %s', (_, element, hex) => {
    const written = encodeHydrology({ ...report, elements: [element] })
    expect(written.ok && hexOf(written.value)).toContain(`F0F02606150320${hex}03`)
  })
})

describe('what cannot be written', () => {
  const withElement = (element: Element): HydrologyMessage => ({ ...report, elements: [element] })
  const now: Question = { kind: 'question', ...carried, asks: 'now', wanted: [] }

  it.each<[string, HydrologyMessage, RegExp]>([
    ['a station of 8 digits', { ...report, station: '44180012' }, /station "44180012" is not ten digits: put zeros/],
    ['a password in letters', { ...report, password: 'word' }, /password is not four digits/],
    ['a centre above a byte', { ...report, centre: 256 }, /centre 256/],
    ['a serial number that should have wrapped', { ...report, serial: 65536 }, /serial number 65536/],
    ['a time before the century', { ...report, sent: beijing(1999, 12, 31, 23, 59) }, /no time from 2000 to 2099/],
    ['a time of observation that is none', { ...report, observed: beijing(2100, 1, 1, 0, 0) }, /no time from 2000/],
    ['a class of no station', { ...report, stationClass: 'X' }, /class "X" is none of/],
    ['a report of nothing', { ...report, elements: [] }, /without elements/],
    ['a number that is none', withElement(numberElement('level', Number.NaN)), /element 39: NaN is no number: give null/],
    ['a number too wide', withElement(numberElement('rainTotal', 100000)), /element 26: 100000 .* does not fit in 3 bytes/],
    ['a number beyond all digits', withElement(numberElement('rainTotal', 1e22)), /does not fit/],
    ['a number of no bytes', withElement({ ...numberElement('level', 1), bytes: 0 }), /0 bytes/],
    ['a number with half a digit', withElement({ ...numberElement('level', 1), decimals: 0.5 }), /0.5 digits/],
    ['a series as a number', withElement({ ...numberElement('level', 1), code: 0xf4 }), /element F4/],
    ['an address as a number', withElement({ ...numberElement('level', 1), code: 0xf1 }), /F1 is an address/],
    ['a series that is none', withElement({ form: 'series', code: 0x20, values: [] }), /20 is no series/],
    ['a series of half a code', withElement({ form: 'series', code: 0xf5 + 0.5, values: Array(12).fill(1) }), /is no series/],
    ['a series too short', withElement({ form: 'series', code: 0xf4, values: [1] }), /has 1 values and must have 12/],
    ['a cloudburst above a byte', withElement({ form: 'series', code: 0xf4, values: Array(12).fill(25.5) }), /25.5 is not from 0 to 25.4 mm/],
    ['a level below its base', withElement({ form: 'series', code: 0xf5, values: Array(12).fill(-1) }), /-1 is not from 0 to 655.34 m/],
    ['a state above 32 bits', withElement({ form: 'state', bits: 2 ** 32 }), /32 bits/],
    ['a body above 12 bits', { ...report, elements: Array(700).fill(numberElement('level', 1)) }, /in several reports/],
    ['a question for all that names some', { ...now, wanted: [{ code: 0x20, definition: 0x19 }] }, /names no elements/],
    ['a question for none', { ...now, asks: 'elements' }, /names none/],
    [
      'a question for an address',
      { ...now, asks: 'elements', wanted: [{ code: 0xf1, definition: 0xf1 }] },
      /F1 with the definition F1 is no element that can be asked for/,
    ],
  ])('is told in a sentence: %s', (_, message, why) => {
    expect(encodeHydrology(message)).toEqual({ ok: false, why: expect.stringMatching(why) })
  })
})

describe('a frame whose checksum holds and that is still none of ours', () => {
  const timed = ours.hex
  const keepAlive = published[0]!.hex
  const reply = published[3]!.hex
  const question = (asks: Question['asks'], wanted: Question['wanted']): string => there({ kind: 'question', ...carried, asks, wanted })
  const lastOf = (hex: string): number => hex.length / 2 - 3

  it.each<[string, Uint8Array, RegExp]>([
    ['that goes neither up nor down', changed(timed, 11, '10'), /neither up/],
    ['of several packets', changed(timed, 13, '16'), /packet of several/],
    ['without STX', changed(timed, 13, '00'), /begins with 02, not with 00/],
    ['with an end of no kind', changed(timed, lastOf(timed), '00'), /does not end with 00/],
    ['with more to follow', changed(timed, lastOf(timed), '17'), /ends with ETX, not with ETB/],
    ['of a picture', changed(timed, 10, '36'), /function 36 is not read/],
    ['whose time is none', changed(timed, 16, '261315'), /time of sending: 261315032000 is no time/],
    ['whose time is no decimal', changed(timed, 16, '2A'), /time of sending/],
    ['whose time of observation is none', changed(timed, 32, '260230'), /time of observation: 2602300320 is no time/],
    ['without its station', changed(timed, 22, '0000'), /behind F1F1/],
    ['of two stations', changed(timed, 24, '99'), /station 0044180012 and its body of 9944180012/],
    ['of no class', changed(timed, 29, '00'), /class 00/],
    ['without F0F0', changed(timed, 30, '00'), /F0F0/],
    ['whose number is no decimal', changed(timed, 39, '0A'), /element 20: 0A0005 is no BCD/],
    ['whose number is nothing', changed(timed, 38, '00'), /element 20: a number of 0 bytes/],
    ['whose number is wider than a double', changed(timed, 38, '40'), /wider than 7/],
    ['whose last element is cut', changed(timed, 48, '1A'), /element 38 wants 3 bytes and has 2/],
    ['whose last element has no definition', changed(timed, 48, '08'), /begins with 34 and ends/],
    ['with a picture among its elements', changed(timed, 37, 'F3'), /element F3: a picture is not read/],
    ['with a series of another width', changed(timed, 37, 'F4'), /element F4: its definition is 19 and should be 60/],
    ['with a state of another width', changed(timed, 37, '45'), /element 45: its definition is 19 and should be 20/],
    ['of a reply that ends as a report', changed(reply, lastOf(reply), '03'), /does not end with ETX/],
    ['of a question for a test', changed(reply, lastOf(reply), '05'), /does not ask for test/],
    ['of a question without its station', changed(hexOf(changed(reply, lastOf(reply), '05')), 10, '37'), /does not name its station/],
    ['of a keep-alive with more', changed(timed, 10, '2F'), /keep-alive carries/],
    ['of a report with less', changed(keepAlive, 10, '32'), /behind F1F1/],
    ['of a reply with more', changed(question('now', []), lastOf(question('now', [])), '06'), /reply carries/],
    ['of a question for elements that names none', changed(question('now', []), 10, '3A'), /names none/],
    ['of a question for all that names some', changed(question('elements', [{ code: 0x20, definition: 0x19 }]), 10, '37'), /names no elements/],
    ['of a question cut in an element', changed(question('elements', [{ code: 0x20, definition: 0x19 }]), 29, 'FF'), /ends before its definition/],
  ])('is refused with a sentence: %s', (_, frame, why) => {
    expect(decodeHydrology(frame)).toEqual({ ok: false, why: expect.stringMatching(why) })
  })

  it('never throws, whatever its body holds', () => {
    const body = fc.uint8Array({ minLength: 0, maxLength: 37 })
    fc.assert(fc.property(body, fc.nat(36), (noise, at) => void decodeHydrology(changed(timed, 14 + at, hexOf(noise.subarray(0, 37 - at))))))
  })
})
