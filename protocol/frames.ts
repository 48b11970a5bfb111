/** Modbus frames: CRC-16, RTU and TCP framing, and how long the answer to a request must be. */

// RTU                                              TCP
// +------+----------+-----...-----+--------+       +-------------+----------+--------+------+----------+-----...
// | unit | function |    body     | CRC lo,|       | transaction | protocol | length | unit | function | body
// |  1   |    1     | 0..252      | hi   2 |       |     2       |  2 (= 0) |   2    |  1   |    1     |
// +------+----------+-----...-----+--------+       +-------------+----------+--------+------+----------+-----...
//                                                   `length` counts from the unit on.   (Modbus Messaging on TCP/IP 1.0b, 3.1.3)

/** Modbus over Serial Line 1.02, 2.5.1: a frame is 256 bytes at most, of which the PDU is 253. */
export const longestFrame = 256
const longestPdu = 253
/** Unit, function, exception code, CRC: the shortest answer that there is. */
export const shortestFrame = 5
const mbapLength = 7

/** Most things in one request (Modbus Application Protocol 1.1b3, 6.1 to 6.12): what fits in a PDU of 253 bytes. */
export const limits = { readBits: 2000, readWords: 125, writeBits: 1968, writeWords: 123 } as const

/** Modbus Application Protocol 1.1b3, section 7. */
export const exceptionNames: Record<number, string> = {
  1: 'illegal function',
  2: 'illegal address',
  3: 'illegal value',
  4: 'device failure',
  5: 'acknowledge, answer later',
  6: 'device busy',
  8: 'memory parity error',
  10: 'gateway path unavailable',
  11: 'gateway target did not respond',
}

export const exceptionName = (code: number): string => `${exceptionNames[code] ?? 'unknown exception'} (${code})`

const crcTable = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  return crc
})

/** CRC-16/MODBUS of `bytes[from, to)`. Over a whole frame, its CRC included, it is 0. */
export function crc16(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let crc = 0xffff
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ crcTable[(crc ^ bytes[i]!) & 0xff]!
  return crc
}

/** Unit and PDU with the CRC behind them, low byte first. */
export function rtuFrame(unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3)
  frame[0] = unit
  frame.set(pdu, 1)
  const crc = crc16(frame, 0, frame.length - 2)
  frame[frame.length - 2] = crc & 0xff
  frame[frame.length - 1] = crc >>> 8
  return frame
}

/** The unit and PDU of exactly one RTU frame, or null where length or CRC do not hold. */
export function parseRtu(frame: Uint8Array): { unit: number; pdu: Uint8Array } | null {
  if (frame.length < 4 || frame.length > longestFrame || crc16(frame) !== 0) return null
  return { unit: frame[0]!, pdu: frame.subarray(1, frame.length - 2) }
}

/** A request or an answer for TCP: the header of 7 bytes, whose length counts the unit too, and the PDU. There is no CRC. */
export function mbapFrame(transaction: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(mbapLength + pdu.length)
  const view = new DataView(frame.buffer)
  view.setUint16(0, transaction)
  view.setUint16(4, pdu.length + 1)
  view.setUint8(6, unit)
  frame.set(pdu, mbapLength)
  return frame
}

export interface MbapFrame {
  transaction: number
  unit: number
  pdu: Uint8Array
}

/**
 * Cuts a TCP stream into frames, however it was split or glued. False once the stream is no Modbus (protocol not 0, or a length that
 * no frame has): nothing behind that place can be trusted, and the connection must be closed. Without `onFrame` it only looks at that.
 */
export function mbapReader(onFrame: ((frame: MbapFrame) => void) | null): (bytes: Uint8Array) => boolean {
  let held = nothing
  let broken = false
  return (bytes) => {
    if (broken) return false
    if (held.length > 0) {
      const joined = new Uint8Array(held.length + bytes.length)
      joined.set(held)
      joined.set(bytes, held.length)
      bytes = joined
    }
    let at = 0
    while (bytes.length - at >= 6) {
      const length = word(bytes, at + 4)
      broken = word(bytes, at + 2) !== 0 || length < 2 || length > longestPdu + 1
      if (broken) return false
      if (bytes.length - at < 6 + length) break
      onFrame?.({ transaction: word(bytes, at), unit: bytes[at + 6]!, pdu: Uint8Array.prototype.slice.call(bytes, at + mbapLength, at + 6 + length) })
      at += 6 + length
    }
    held = at === bytes.length ? nothing : Uint8Array.from(bytes.subarray(at))
    return true
  }
}

const nothing = new Uint8Array(0)

const word = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!

/** Bytes that `bits` bits take. */
export const bytesOfBits = (bits: number): number => (bits + 7) >>> 3

/**
 * Length of the whole RTU request that begins with these bytes: null where more bytes are needed to tell,
 * 0 where no length fits (a function that we do not speak).
 */
export function requestLength(bytes: Uint8Array, from = 0): number | null {
  const have = bytes.length - from
  if (have < 2) return null
  const code = bytes[from + 1]!
  if (code >= 1 && code <= 6) return 8
  if (code !== 15 && code !== 16) return 0
  return have < 7 ? null : 9 + bytes[from + 6]!
}

/** Length of the good RTU answer to an RTU request of functions 1-6, 15 and 16. An exception is always `shortestFrame` long. */
export function answerLength(request: Uint8Array): number {
  const code = request[1]!
  const count = (request[4]! << 8) | request[5]!
  if (code === 1 || code === 2) return 5 + bytesOfBits(count)
  if (code === 3 || code === 4) return 5 + 2 * count
  if (code === 5 || code === 6 || code === 15 || code === 16) return 8
  throw new RangeError(`function ${code} is not spoken here`)
}
