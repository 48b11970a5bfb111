import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toAscii } from '../../../devicejs/line/ascii.ts'
import { asciiBounds, type Bounds, dropHeartbeats, pieceBounds, rtuBounds } from '../../../devicejs/line/heartbeat.ts'
import { rtuFrame } from '../../../protocol/frames.ts'

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const beat = bytesOf('HB!')
const request = rtuFrame(1, Uint8Array.of(3, 0, 0, 0, 3))
/** Its registers hold the very bytes of the heartbeat. */
const answer = rtuFrame(1, Uint8Array.of(3, 6, ...beat, ...beat))
const refusal = rtuFrame(1, Uint8Array.of(0x83, 2))

function left(bounds: Bounds, pieces: Uint8Array[], beats = [beat], asked: Uint8Array | null = request): number[] {
  const out: number[] = []
  const filter = dropHeartbeats(beats, bounds, (bytes) => out.push(...bytes))
  if (asked) filter.asked(asked)
  for (const piece of pieces) filter.take(piece)
  return out
}
const glued = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))

describe('a heartbeat', () => {
  it.each<[string, Uint8Array[], Uint8Array]>([
    ['alone', [beat], new Uint8Array(0)],
    ['glued before an answer', [glued(beat, answer)], answer],
    ['glued behind an answer', [glued(answer, beat)], answer],
    ['behind a refusal', [glued(refusal, beat)], refusal],
    ['twice, and again behind', [glued(beat, beat, answer, beat)], answer],
    ['split over two pieces', [beat.slice(0, 2), glued(beat.slice(2), answer)], answer],
    ['behind an answer in pieces', [answer.slice(0, 1), answer.slice(1, 7), glued(answer.slice(7), beat.slice(0, 1)), beat.slice(1)], answer],
  ])('%s is dropped', (_, pieces, rest) => expect(left(rtuBounds(), pieces)).toEqual([...rest]))

  it('that is not whole when something else comes is no heartbeat', () =>
    expect(left(rtuBounds(), [bytesOf('HB'), answer])).toEqual([...bytesOf('HB'), ...answer]))

  it('that began before a request is forgotten with all that came before it', () => {
    const out: number[] = []
    const filter = dropHeartbeats([beat], rtuBounds(), (bytes) => out.push(...bytes))
    filter.take(bytesOf('H'))
    filter.asked(request)
    filter.take(answer)
    expect(out).toEqual([...answer])
  })

  it('may be the registration again', () => expect(left(rtuBounds(), [glued(bytesOf('DTU-1'), answer)], [beat, bytesOf('DTU-1')])).toEqual([...answer]))

  it('stays within an answer, however both are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('beat', 'none'), { minLength: 2, maxLength: 2 }), fc.integer({ min: 1, max: 7 }), ([before, behind], size) => {
        const all = glued(before === 'beat' ? beat : new Uint8Array(0), answer, behind === 'beat' ? beat : new Uint8Array(0))
        const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, k) => all.slice(k * size, (k + 1) * size))
        expect(left(rtuBounds(), pieces)).toEqual([...answer])
      }),
    )
  })

  it('between frames of Modbus ASCII is dropped, within one it stays', () => {
    const ascii = toAscii(answer)
    expect(left(asciiBounds(), [glued(beat, ascii.slice(0, 5)), glued(ascii.slice(5), beat)])).toEqual([...ascii])
    expect(left(asciiBounds(), [bytesOf(':01HB!\r\n')])).toEqual([...bytesOf(':01HB!\r\n')])
  })

  it('at the beginning of a piece is dropped before frames of an instrument’s own, and nowhere else', () => {
    expect(left(pieceBounds(), [bytesOf('HB!1;2\r\n'), bytesOf('HB!'), bytesOf('3;HB!\r\n')])).toEqual([...bytesOf('1;2\r\n3;HB!\r\n')])
    expect(left(pieceBounds(), [bytesOf('=4'), bytesOf('H'), bytesOf('HB!5\r\n')])).toEqual([...bytesOf('=4H5\r\n')])
  })
})
