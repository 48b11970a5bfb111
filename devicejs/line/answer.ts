/** Which bytes of a line are the answer to an RTU request, and what is wrong with those that are not. */
import { answerLength, crc16, shortestFrame } from '../../protocol/frames.ts'
import type { Fault } from '../../protocol/ports.ts'

/** The bytes `[from, to)` are a whole frame. */
export interface Found {
  from: number
  to: number
}

/** The first whole answer, or exception, to this request that starts within the first `noise` bytes. */
export function findAnswer(bytes: Uint8Array, request: Uint8Array, noise: number): Found | null {
  const length = answerLength(request)
  for (let from = 0; from <= noise && from + shortestFrame <= bytes.length; from++) {
    if (bytes[from] !== request[0]) continue
    const code = bytes[from + 1]
    if (code === (request[1]! | 0x80) && crc16(bytes, from, from + shortestFrame) === 0) return { from, to: from + shortestFrame }
    if (code !== request[1] || !fits(bytes, from, request, length)) continue
    const to = from + length
    // The answer has begun here: words inside it that look like a frame are none.
    if (to > bytes.length) return null
    if (crc16(bytes, from, to) === 0) return { from, to }
  }
  return null
}

/** The part of an answer that follows from the request: the byte count of a read, the address and quantity (or value) of a write. */
function fits(bytes: Uint8Array, from: number, request: Uint8Array, length: number): boolean {
  if (request[1]! <= 4) return bytes[from + 2] === length - shortestFrame
  return [2, 3, 4, 5].every((i) => bytes[from + i] === request[i])
}

/** Whether `surplus` is the frame once more, or some times: an adapter that echoes agrees with itself. */
export const isCopy = (surplus: Uint8Array, frame: Uint8Array): boolean =>
  surplus.length % frame.length === 0 && surplus.every((byte, i) => byte === frame[i % frame.length])

export const isException = (frame: Uint8Array): boolean => frame[1]! >= 0x80

/** What was wrong with the bytes that came in place of an answer. */
export function judge(bytes: Uint8Array, request: Uint8Array, length: number): { fault: Fault; detail: string } {
  const unit = request[0]!
  if (bytes.length === 0) return { fault: 'timeout', detail: `unit ${unit} did not answer` }
  const whole = bytes.length >= shortestFrame && crc16(bytes) === 0
  if (whole && bytes[0] !== unit) return { fault: 'out-of-step', detail: `unit ${bytes[0]} answered in place of unit ${unit}` }
  if (bytes.length < length) return { fault: 'short', detail: `${bytes.length} of ${length} bytes came from unit ${unit}` }
  if (whole) return { fault: 'out-of-step', detail: `unit ${unit} answered something else than it was asked` }
  return { fault: 'checksum', detail: `${bytes.length} bytes came from unit ${unit}, none of them a good answer` }
}
