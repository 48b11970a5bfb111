// The frame stream of SL 651-2014: no frame is lost to the size of the pieces, nor to noise around it.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HydrologyMessage, readMessage } from '../../../../protocol/encodings/sl651/sl651.ts'
import { openFrameStream } from '../../../../protocol/encodings/sl651/stream.ts'
import { bytes, ours, published } from './vectors.ts'

const vectors = [...published, ours]
const line = bytes(vectors.map(({ hex }) => hex).join(''))
const messages = vectors.map(({ message }) => message)

/** What comes of the pieces, and of the silence behind them. */
function heard(pieces: Uint8Array[]): { messages: HydrologyMessage[]; faults: string[]; skippedBytes: number } {
  const stream = openFrameStream()
  const found = [...pieces.flatMap((piece) => stream.push(piece)), ...stream.rest()]
  const read = found.map((frame) => (frame.ok ? readMessage(frame.value) : frame))
  return {
    messages: read.flatMap((one) => (one.ok ? [one.value] : [])),
    faults: read.flatMap((one) => (one.ok ? [] : [one.why])),
    skippedBytes: stream.skippedBytes,
  }
}

describe('the frame stream', () => {
  it('finds all frames in pieces of any size', () => {
    for (let size = 1; size <= line.length; size++) {
      const pieces = Array.from({ length: Math.ceil(line.length / size) }, (_, index) => line.subarray(index * size, (index + 1) * size))
      expect(heard(pieces)).toEqual({ messages, faults: [], skippedBytes: 0 })
    }
  })

  it.each([
    ['plain noise', '00FF1203', 4, 0],
    ['half a start', '7E', 1, 1],
    ['a start and no head', '7E7E0100', 4, 1],
    ['starts alone', '7E7E7E7E7E7E', 6, 6],
    ['a frame whose checksum is bad', '7E7E01001234567812342F0008020003591011155111036BCB', 25, 1],
    ['a frame cut short', '7E7E01001234567812342F000802000359', 17, 1],
  ])('finds a frame behind %s', (_, noise, skippedBytes, faults) => {
    const all = heard([bytes(noise + ours.hex)])
    expect(all.messages).toEqual([ours.message])
    expect(all).toMatchObject({ skippedBytes })
    expect(all.faults).toHaveLength(faults)
  })

  it('tells of a frame that it cannot read, and finds the next', () => {
    const packet = `${ours.hex.slice(0, 26)}16${ours.hex.slice(28)}`
    expect(heard([bytes(packet + ours.hex)])).toEqual({ messages: [ours.message], faults: [expect.stringContaining('SYN')], skippedBytes: packet.length / 2 })
  })

  it('does not let a false start swallow a frame: silence gives it free', () => {
    const stream = openFrameStream()
    const longest = bytes('7E7E0100123456781234320FFF02')
    expect([...stream.push(longest), ...stream.push(bytes(ours.hex))]).toEqual([])
    expect(stream.rest()).toEqual([{ ok: true, value: expect.objectContaining({ station: '0044180012', end: 'etx' }) }])
    expect(stream.skippedBytes).toBe(longest.length)
  })

  it('holds no more than one frame, however long the noise', () => {
    const stream = openFrameStream()
    for (let piece = 0; piece < 100; piece++) stream.push(bytes('7E7E0100123456781234320FFF02'.padEnd(2000, '55')))
    expect(100_000 - stream.skippedBytes).toBeLessThanOrEqual(4112)
  })

  it('keeps what it found when the caller fills the piece anew', () => {
    const stream = openFrameStream()
    const piece = bytes(ours.hex)
    const [frame] = stream.push(piece)
    piece.fill(0)
    expect(frame!.ok && readMessage(frame!.value)).toEqual({ ok: true, value: ours.message })
  })

  it('finds each frame between any noise, in any pieces', () => {
    // Noise without 7E: with it, chance could make a start that swallows what follows until the line is silent.
    const noise = fc.uint8Array({ maxLength: 40 }).map((raw) => raw.map((byte) => (byte === 0x7e ? 0 : byte)))
    const parts = fc.array(fc.tuple(noise, fc.nat(vectors.length - 1)), { maxLength: 6 })
    fc.assert(
      fc.property(parts, fc.integer({ min: 1, max: 200 }), (told, size) => {
        const all = Uint8Array.from(told.flatMap(([before, index]) => [...before, ...bytes(vectors[index]!.hex)]))
        const pieces = Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.subarray(index * size, (index + 1) * size))
        const skippedBytes = told.reduce((sum, [before]) => sum + before.length, 0)
        expect(heard(pieces)).toEqual({ messages: told.map(([, index]) => messages[index]), faults: [], skippedBytes })
      }),
    )
  })

  it('never throws, whatever comes', () => {
    const piece = fc.array(fc.oneof(fc.constantFrom(0x7e, 0x02, 0x80, 0x03), fc.nat(255)), { maxLength: 300 })
    fc.assert(fc.property(fc.array(piece), (pieces) => void heard(pieces.map((one) => Uint8Array.from(one)))))
  })
})
