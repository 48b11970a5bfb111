import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asciiPort, asciiReader, charactersOf, lrc, toAscii } from '../../../devicejs/line/ascii.ts'
import { openLine } from '../../../devicejs/line/line.ts'
import { makeSlave } from '../../../devicejs/slave.ts'
import { crc16, rtuFrame } from '../../../protocol/frames.ts'
import { registers, valuesAt } from '../registers.ts'
import { virtualClock, virtualWire } from '../virtual.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
const request = rtuFrame(1, Uint8Array.of(3, 0, 0, 0, 2))
const answer = rtuFrame(1, Uint8Array.of(3, 4, 0, 17, 0, 18))

/** What a line hears of these pieces, `stepMs` apart, when an answer of so many bytes is awaited. */
function heard(pieces: string[], { expected = answer.length, stepMs = 1 } = {}): number[] {
  const all: number[] = []
  const take = asciiReader(
    (bytes) => all.push(...bytes),
    () => expected,
  )
  for (const [k, piece] of pieces.entries()) take(bytesOf(piece), k * stepMs)
  return all
}
const good = textOf(toAscii(answer))
const isGood = (bytes: number[]): boolean => crc16(Uint8Array.from(bytes)) === 0

describe('an ASCII frame', () => {
  it('has the LRC of the standard', () => {
    // 02 07 and its LRC F7 stand in the Modbus protocol reference guide (PI-MBUS-300 J, appendix C); the others are computed.
    expect(lrc(Uint8Array.of(0x02, 0x07))).toBe(0xf7)
    expect(textOf(toAscii(rtuFrame(0x11, Uint8Array.of(3, 0, 0x6b, 0, 3))))).toBe(':1103006B00037E\r\n')
  })

  it('is as long as it is reckoned', () => expect(toAscii(answer)).toHaveLength(charactersOf(answer.length)))

  it.each<[string, string[], number[]]>([
    ['whole is the RTU frame', [good], [...answer]],
    ['in pieces', [...good], [...answer]],
    ['in small letters', [good.toLowerCase()], [...answer]],
    ['behind noise', [`xx\r\n0102${good}`], [...answer]],
    ['behind a cut one is heard behind its bytes', [`${good.slice(0, 7)}${good}`], [1, 3, ...answer]],
    ['without its end is not yet heard whole', [good.slice(0, -1)], [...answer.subarray(0, -2)]],
    ['that holds what is no digit ends there', [':0103G4001100\r\n'], [1]],
  ])('%s', (_, pieces, bytes) => expect(heard(pieces)).toEqual(bytes))

  it.each<[string, string]>([
    ['with another LRC', `${good.slice(0, -4)}00\r\n`],
    ['with another digit', good.replace('11', '12')],
    ['with a byte more than was asked for', textOf(toAscii(rtuFrame(1, Uint8Array.of(3, 4, 0, 17, 0, 18, 99))))],
    ['that holds the CRC of the answer', textOf(toAscii(Uint8Array.of(...answer, 0, 0)))],
  ])('%s is heard with a bad CRC', (_, frame) => {
    const bytes = heard([frame])
    expect(bytes).toHaveLength(answer.length)
    expect(isGood(bytes)).toBe(false)
  })

  it('that stood still for more than a second is cut off', () => expect(heard([good.slice(0, 9), good.slice(9)], { stepMs: 1001 })).toEqual([1, 3, 4]))

  it('of which one character became another is never a good one', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, character) => {
        const bad = good.slice(0, at) + String.fromCharCode(character) + good.slice(at + 1)
        fc.pre(bad.toUpperCase() !== good)
        const bytes = heard([bad])
        expect(bytes.length < answer.length || !isGood(bytes)).toBe(true)
      }),
    )
  })

  it.each(['', ':\r\n', ':0\r\n', ':01\r\n', ':::::', '\r\n'])('of nothing (%j) is nothing', (text) => expect(heard([text])).toEqual([]))
})

describe('a line over ASCII', () => {
  async function ask(spoil: (ascii: string) => string | null, timeoutMs = 300) {
    const clock = virtualClock()
    const wire = virtualWire(clock)
    const slave = makeSlave(new Map([[1, registers(1)]]))
    wire.onRequest((ascii) => {
      const frame = [...textOf(ascii).slice(1, -4).matchAll(/../g)].map(([pair]) => Number.parseInt(pair, 16))
      const reply = slave.rtu(rtuFrame(frame[0]!, Uint8Array.from(frame.slice(1))))
      const said = reply && spoil(textOf(toAscii(reply)))
      if (said) for (const [k, letter] of [...said].entries()) wire.say(bytesOf(letter), 10 + k)
    })
    const line = openLine(asciiPort(wire.port, clock), clock, { baud: 9600, bitsPerCharacter: 10, quietMs: 500, characters: charactersOf })
    const asked = line.ask(request, timeoutMs)
    await clock.run()
    return asked
  }

  it('is asked and answers', async () => {
    const reply = await ask((text) => text)
    const words = valuesAt(1, 'holding', 0, 2)
    expect(reply.ok && [...reply.frame.subarray(3, 7)]).toEqual(words.flatMap((word) => [word >>> 8, word & 0xff]))
  })

  it.each<[string, (ascii: string) => string | null, string]>([
    ['none', () => null, 'timeout'],
    ['a bad LRC', (text) => `${text.slice(0, -4)}00\r\n`, 'checksum'],
    ['half a frame', (text) => text.slice(0, 10), 'short'],
    [
      'another unit',
      (text) =>
        textOf(
          toAscii(
            rtuFrame(
              2,
              Uint8Array.from(text.slice(3, -4).match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
            ),
          ),
        ),
      'out-of-step',
    ],
  ])('whose answer is %s is judged so', async (_, spoil, fault) => expect(await ask(spoil)).toMatchObject({ ok: false, fault }))
})
