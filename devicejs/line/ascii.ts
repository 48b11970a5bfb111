/** Modbus ASCII on a line, as bytes of RTU: stands between the wire and the line's state machine, which need not know of it. */
import { answerLength, crc16, shortestFrame } from '../../protocol/frames.ts'
import type { BusClock, BytePort } from '../../protocol/ports.ts'

//   RTU      01 03 00 00 00 0A | C5 CD                                          CRC, low byte first
//   ASCII    :  01 03 00 00 00 0A  F2  CR LF      each byte as two digits, and the LRC (Serial Line 1.02, 2.5.2)
//
// Bytes of an answer are passed on as they come, so that the line hears it grow; its checksum is passed on at its end. A bad LRC
// becomes a bad CRC, half a frame stays half a frame: the line judges them as any garbled answer. An LRC has 8 bits only, so an
// answer must also be as long as what was asked for: more bytes than that are never passed on, and their CRC is a bad one.

/** Between two characters of a frame (Serial Line 1.02, 2.5.2.1): what stands there is cut off. */
const brokenAfterMs = 1000

const colon = 0x3a
const carriageReturn = 0x0d
const lineFeed = 0x0a

/** Characters of the ASCII frame that carries `bytes` bytes of RTU: colon, two for each byte but the CRC, LRC, CR and LF. */
export const charactersOf = (bytes: number): number => 2 * bytes + 1

/** Two's complement of the sum (Serial Line 1.02, 6.2.1): 0xf2 of 01 03 00 00 00 0a. */
export const lrc = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => (sum - byte) & 0xff, 0)

/** What goes over the wire for an RTU frame: its CRC gives way to the LRC. */
export function toAscii(frame: Uint8Array): Uint8Array {
  const body = frame.subarray(0, frame.length - 2)
  const digits = [...body, lrc(body)].map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')
  return Uint8Array.from(`:${digits}\r\n`, (letter) => letter.charCodeAt(0))
}

/** The line writes RTU to the answer and hears RTU from it; ASCII is on `port`. */
export function asciiPort(port: BytePort, clock: BusClock): BytePort {
  let hear = (_bytes: Uint8Array): void => {}
  let expected = 0
  const take = asciiReader(
    (bytes) => hear(bytes),
    () => expected,
  )
  port.onBytes((bytes) => take(bytes, clock.now()))
  return {
    ...port,
    write(frame, expect) {
      expected = answerLength(frame)
      if (expect === undefined) port.write(toAscii(frame))
      else port.write(toAscii(frame), charactersOf(expect))
    },
    onBytes(listener) {
      hear = listener
    },
  }
}

/** Takes characters in pieces of any size, and gives the bytes of RTU; `expected` is the length of the good answer. */
export function asciiReader(give: (bytes: Uint8Array) => void, expected: () => number): (characters: Uint8Array, at: number) => void {
  let inside = false
  let half = -1 // the first digit of a byte
  let last = -1 // the last byte: only the end tells whether it is the LRC
  let body: number[] = [] // what was passed on
  let surplus = false
  let ended = false // CR has come
  let heardAt = Number.NEGATIVE_INFINITY

  const begin = (): void => {
    inside = true
    half = -1
    last = -1
    body = []
    surplus = false
    ended = false
  }

  const byte = (value: number, out: number[]): void => {
    if (last >= 0) {
      if (body.length < Math.max(expected(), shortestFrame) - 2) {
        body.push(last)
        out.push(last)
      } else surplus = true
    }
    last = value
  }

  /** The end of a frame: its LRC becomes a CRC. */
  const end = (out: number[]): void => {
    inside = false
    if (half >= 0 || body.length === 0) return
    const bytes = Uint8Array.from(body)
    const crc = crc16(bytes) ^ (!surplus && lrc(bytes) === last ? 0 : 0xffff)
    out.push(crc & 0xff, crc >>> 8)
  }

  return (characters, at) => {
    if (at - heardAt > brokenAfterMs) inside = false
    heardAt = at
    const out: number[] = []
    for (const character of characters) {
      if (character === colon) begin()
      else if (!inside) continue
      else if (ended) {
        if (character === lineFeed) end(out)
        else inside = false
      } else if (character === carriageReturn) ended = true
      else {
        const digit = digitOf(character)
        if (digit < 0) inside = false
        else if (half < 0) half = digit
        else {
          byte((half << 4) | digit, out)
          half = -1
        }
      }
    }
    if (out.length > 0) give(Uint8Array.from(out))
  }
}

/** Upper case by the standard; slaves that write small letters are understood. */
function digitOf(character: number): number {
  if (character >= 0x30 && character <= 0x39) return character - 0x30
  const letter = character & ~0x20
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1
}
