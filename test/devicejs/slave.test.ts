// Our Modbus slave: what the standard asks of each function, and that nothing bad is ever executed or answered.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSlave, rtuStream, tcpStream } from '../../devicejs/slave.ts'
import { mbapFrame, rtuFrame } from '../../protocol/frames.ts'
import { registers, valuesAt } from './registers.ts'

const hex = (text: string) => Uint8Array.from(text.split(' '), (byte) => Number.parseInt(byte, 16))
const text = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')

function point(last = 0xffff) {
  const units = new Map([3, 5].map((unit) => [unit, registers(unit, last)] as const))
  return { slave: makeSlave(units), three: units.get(3)!, five: units.get(5)! }
}

const tcp = (pdu: string, last?: number) => text(point(last).slave.tcp(3, hex(pdu)))
const words = (values: number[]) =>
  values
    .map((value) =>
      value
        .toString(16)
        .padStart(4, '0')
        .replace(/(..)(..)/, '$1 $2'),
    )
    .join(' ')

describe('reading', () => {
  it('answers functions 3 and 4 with words', () => {
    expect(tcp('03 00 10 00 02')).toBe(`03 04 ${words(valuesAt(3, 'holding', 16, 2))}`)
    expect(tcp('04 ff ff 00 01')).toBe(`04 02 ${words(valuesAt(3, 'input', 0xffff, 1))}`)
  })

  it('packs bits lowest first, filled up with zeros', () => {
    const bits = valuesAt(3, 'discrete', 100, 11)
    const packed = bits.reduce((sum, bit, i) => sum + bit * 2 ** i, 0)
    expect(tcp('02 00 64 00 0b')).toBe(`02 02 ${text(Uint8Array.of(packed & 0xff, packed >>> 8))}`)
    expect(tcp('01 00 00 07 d0').slice(0, 5)).toBe('01 fa')
  })

  it.each([
    ['no words', '03 00 00 00 00', '83 03'],
    ['126 words', '03 00 00 00 7e', '83 03'],
    ['125 words', '03 00 00 00 7d', /^03 fa /],
    ['2001 bits', '01 00 00 07 d1', '81 03'],
    ['past address 65535', '04 ff ff 00 02', '84 02'],
    ['a place that does not exist', '03 00 0a 00 01', '83 02', 9],
    ['a block that leaves the places that exist', '03 00 09 00 02', '83 02', 9],
    ['a request cut short', '03 00 00 00', '83 03'],
    ['a request too long', '03 00 00 00 01 00', '83 03'],
    ['an unknown function', '2b 0e 01 00', 'ab 01'],
    ['function 0', '00 00', '80 01'],
    ['nothing at all', '', '80 01'],
  ])('tells of %s as the standard says', (_, pdu, answer, last?) => {
    expect(pdu === '' ? text(point().slave.tcp(3, new Uint8Array(0))) : tcp(pdu, last)).toMatch(answer)
  })
})

describe('writing', () => {
  it.each([
    ['05 00 07 ff 00', '05 00 07 ff 00', ['coil', 7, [1]]],
    ['05 00 07 00 00', '05 00 07 00 00', ['coil', 7, [0]]],
    ['06 00 01 00 03', '06 00 01 00 03', ['holding', 1, [3]]],
    ['0f 00 13 00 0a 02 cd 01', '0f 00 13 00 0a', ['coil', 19, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0]]], // the standard's own example, 6.11
    ['10 00 01 00 02 04 00 0a 01 02', '10 00 01 00 02', ['holding', 1, [10, 258]]], // the standard's own example, 6.12
  ])('%s is done and confirmed', (pdu, answer, written) => {
    const { slave, three, five } = point()
    expect(text(slave.tcp(3, hex(pdu)))).toBe(answer)
    expect(three.written).toEqual([written])
    expect(five.written).toEqual([])
  })

  it.each([
    ['a coil that is neither on nor off', '05 00 07 00 01', '85 03'],
    ['no coils', '0f 00 00 00 00 00', '8f 03'],
    ['1969 coils', `0f 00 00 07 b1 f7 ${'00 '.repeat(247).trim()}`, '8f 03'],
    ['124 words', `10 00 00 00 7c f8 ${'00 '.repeat(248).trim()}`, '90 03'],
    ['a byte count that does not fit', '10 00 00 00 02 03 00 0a 01 02', '90 03'],
    ['fewer bytes than counted', '10 00 00 00 02 04 00 0a 01', '90 03'],
    ['more bytes than counted', '10 00 00 00 01 02 00 0a 01', '90 03'],
    ['past address 65535', '10 ff ff 00 02 04 00 0a 01 02', '90 02'],
    ['a place that does not exist', '06 00 0a 00 01', '86 02'],
    ['a write cut short', '06 00', '86 03'],
  ])('refuses %s, and does nothing', (_, pdu, answer) => {
    const { slave, three } = point(9)
    expect(text(slave.tcp(3, hex(pdu)))).toBe(answer)
    expect(three.written).toEqual([])
  })

  it('takes the most that a frame can hold', () => {
    const { slave, three } = point()
    expect(text(slave.tcp(3, hex(`10 00 00 00 7b f6 ${'12 34 '.repeat(123).trim()}`)))).toBe('10 00 00 00 7b')
    expect(text(slave.tcp(3, hex(`0f 00 00 07 b0 f6 ${'ff '.repeat(246).trim()}`)))).toBe('0f 00 00 07 b0')
    expect(three.written.map(([, , values]) => values.length)).toEqual([123, 1968])
  })
})

describe('units', () => {
  it('another’s unit is silent on a line, and an unreachable target on TCP', () => {
    const { slave } = point()
    expect(slave.rtu(rtuFrame(4, hex('03 00 00 00 01')))).toBeNull()
    expect(text(slave.tcp(4, hex('03 00 00 00 01')))).toBe('83 0b')
    expect(text(slave.tcp(0, hex('03 00 00 00 01')))).toBe('83 0b')
  })

  it('units 0 and 255 over TCP mean the one unit that there is', () => {
    const slave = makeSlave(new Map([[9, registers(9)]]))
    for (const unit of [0, 255, 9]) expect(text(slave.tcp(unit, hex('03 00 00 00 01')))).toBe(`03 02 ${words(valuesAt(9, 'holding', 0, 1))}`)
  })

  it('a broadcast on a line is done by all and answered by none; a broadcast read is nothing', () => {
    const { slave, three, five } = point()
    expect(slave.rtu(rtuFrame(0, hex('06 00 01 00 03')))).toBeNull()
    expect(slave.rtu(rtuFrame(0, hex('03 00 01 00 01')))).toBeNull()
    expect([three.written, five.written]).toEqual([[['holding', 1, [3]]], [['holding', 1, [3]]]])
  })
})

describe('frames on a line', () => {
  const requests = ['05 00 07 ff 00', '10 00 01 00 02 04 00 0a 01 02', '06 00 09 00 05', '0f 00 13 00 0a 02 cd 01']

  it('is never moved by a frame with a wrong bit', () => {
    const { slave, three } = point()
    for (const request of requests) {
      const frame = rtuFrame(3, hex(request))
      for (let bit = 0; bit < 8 * frame.length; bit++) {
        const bad = frame.slice()
        bad[bit >>> 3]! ^= 1 << (bit & 7)
        expect(slave.rtu(bad)).toBeNull()
      }
      expect(slave.rtu(frame.subarray(0, -1))).toBeNull()
      expect(slave.rtu(Uint8Array.of(...frame, 0))).toBeNull()
    }
    expect(three.written).toEqual([])
  })

  function line() {
    const { slave, three } = point()
    const answers: string[] = []
    let at = 0
    const take = rtuStream(
      slave,
      (bytes) => answers.push(text(bytes)),
      () => at,
    )
    return {
      three,
      answers,
      take,
      pass: (ms: number) => {
        at += ms
      },
    }
  }
  const read = rtuFrame(3, hex('03 00 10 00 01'))
  const answer = text(rtuFrame(3, hex(`03 02 ${words(valuesAt(3, 'holding', 16, 1))}`)))

  it('finds its requests in pieces of any size', () => {
    const bytes = Uint8Array.from([...read, ...rtuFrame(3, hex(requests[1]!)), ...rtuFrame(5, hex(requests[3]!)), ...read])
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: bytes.length })), (cuts) => {
        const { answers, take } = line()
        const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
        for (let i = 1; i < places.length; i++) take(bytes.subarray(places[i - 1]!, places[i]!))
        expect(answers).toEqual([answer, text(rtuFrame(3, hex('10 00 01 00 02'))), text(rtuFrame(5, hex('0f 00 13 00 0a'))), answer])
      }),
      { numRuns: 200 },
    )
  })

  it('passes over noise before a request, byte by byte or in one piece', () => {
    for (const noise of ['00', 'ff ff', '03 03', '00 ff 00', '03 83 02 61 31']) {
      const { answers, take } = line()
      take(Uint8Array.of(...hex(noise), ...read))
      expect(answers).toEqual([answer])
    }
    const { answers, take } = line()
    for (const byte of Uint8Array.of(...hex('00 ff'), ...read)) take(Uint8Array.of(byte))
    expect(answers).toEqual([answer])
  })

  it('passes over the talk of others on the line', () => {
    const { three, answers, take } = line()
    for (const talk of [
      rtuFrame(7, hex('03 00 00 00 04')),
      rtuFrame(7, hex('03 08 00 01 00 02 00 03 00 04')),
      rtuFrame(7, hex(requests[1]!)),
      rtuFrame(7, hex('10 00 01 00 02')),
      rtuFrame(7, hex('0f 00 01 00 02')),
      rtuFrame(7, hex('83 02')),
    ])
      take(talk)
    take(read)
    expect(answers).toEqual([answer])
    expect(three.written).toEqual([])
  })

  it('starts afresh after a request that was cut short', () => {
    const { three, answers, take, pass } = line()
    take(rtuFrame(3, hex(requests[1]!)).subarray(0, 9))
    pass(500)
    take(read)
    expect(answers).toEqual([answer])
    expect(three.written).toEqual([])
  })

  it('never executes words inside a broken frame that look like a request', () => {
    const inner = rtuFrame(3, hex('05 00 07 ff 00'))
    const outer = rtuFrame(3, Uint8Array.of(...hex('10 00 00 00 05 0a'), ...inner, 0, 0))
    outer[outer.length - 1]! ^= 0xff
    const { three, answers, take } = line()
    for (const byte of outer) take(Uint8Array.of(byte))
    take(outer)
    expect(three.written).toEqual([])
    expect(answers).toEqual([])
  })

  it('says that it does not know a function', () => {
    const { answers, take } = line()
    for (const byte of rtuFrame(3, hex('2b 0e 01 00'))) take(Uint8Array.of(byte))
    expect(answers).toEqual([text(rtuFrame(3, hex('ab 01')))])
  })

  it('outlives any noise', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (pieces) => {
        const { answers, take, pass } = line()
        for (const piece of pieces) take(piece)
        pass(1000)
        answers.length = 0
        take(read)
        expect(answers).toEqual([answer])
      }),
    )
  })
})

describe('frames on TCP', () => {
  it('answers each frame of a glued and split stream under its own number', () => {
    const answers: string[] = []
    const take = tcpStream(
      point().slave,
      (bytes) => answers.push(text(bytes)),
      () => expect.fail('refused good bytes'),
    )
    const stream = Uint8Array.of(...mbapFrame(1, 3, hex('06 00 01 00 03')), ...mbapFrame(2, 5, hex('2b')), ...mbapFrame(3, 8, hex('03 00 00 00 01')))
    for (const byte of stream) take(Uint8Array.of(byte))
    take(stream)
    const expected = [mbapFrame(1, 3, hex('06 00 01 00 03')), mbapFrame(2, 5, hex('ab 01')), mbapFrame(3, 8, hex('83 0b'))].map(text)
    expect(answers).toEqual([...expected, ...expected])
  })

  it('ends a connection that is no Modbus, once', () => {
    let refused = 0
    const answers: Uint8Array[] = []
    const take = tcpStream(
      point().slave,
      (bytes) => answers.push(bytes),
      () => refused++,
    )
    take(new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n'))
    take(mbapFrame(1, 3, hex('06 00 01 00 03')))
    expect([refused, answers.length]).toEqual([1, 0])
  })
})
