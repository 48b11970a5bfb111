/** Finds the frames of an instrument that speaks no Modbus in the bytes of its line: by start, end, length and checksum, as its profile says. */
import { crc16 } from '../../protocol/frames.ts'
import type { Checksum, Framing } from '../../protocol/ports.ts'

//   noise    start            body                 mark checksum end
//   ~~~~~~ [ $WI | MWV,357.0,R,5.2,M,A           | *   | 2B     | CR LF ]
//            ^ its time is that of this byte
//
// What fails a check is given up at its first byte only: the next frame may have begun inside of it.

/** No instrument pauses for so long within a frame (Modbus ASCII has the same second, Serial Line 1.02, 2.5.2.1): what stands there was cut off. */
const brokenAfterMs = 1000

export interface FoundFrame {
  frame: Uint8Array
  /** When its first byte came. */
  at: number
}

export interface FrameReader {
  /** `at` is when these bytes came; the answer are the good frames that they complete. */
  take(bytes: Uint8Array, at: number): FoundFrame[]
  /** Forgets what has come of a frame, and what was wrong with the last one. */
  clear(): void
  /** What was wrong with what has come since `clear`, or since the last good frame; null where nothing has come. */
  wrong(): 'checksum' | 'short' | null
}

/**
 * `since` is from when it listens to one that speaks by itself: that may be in the middle of a frame. Where no start tells frames from
 * the rest of one, all is noise up to the next end: "2.5" may be the rest of "12.5".
 */
export function frameReader(framing: Framing, since?: number): FrameReader {
  const { start, end, length, most } = framing
  const headless = start.length === 0 && end !== null
  let held = new Uint8Array(0)
  let times = new Float64Array(0)
  let lastAt = since ?? Number.NEGATIVE_INFINITY
  /** Something has come of the frame under way. */
  let begun = false
  /** Of the frame under way the beginning is not known, or it is too long: up to its end all is noise. */
  let skipping = since !== undefined && headless
  let wrong: 'checksum' | 'short' | null = null

  /** The frame that may begin at `from`: where it ends, that more bytes are needed to tell, or that there is none. */
  function endOf(from: number): number | 'more' | 'none' {
    const have = held.length - from
    if (typeof length === 'number') return length > have ? 'more' : from + length
    if (length) {
      if (have <= length.at) return 'more'
      const size = held[from + length.at]! + length.plus
      if (size > most || size <= length.at) return 'none'
      return size > have ? 'more' : from + size
    }
    const at = indexOf(held, end!, from + start.length, from + most)
    if (at < 0) return have >= most ? 'none' : 'more'
    return at + end!.length
  }

  /** One frame, or one byte less. The answer is where to look next; null: here, when more has come. */
  function step(from: number, found: FoundFrame[]): { from: number; again: boolean } {
    if (skipping) {
      const at = indexOf(held, end!, from, held.length)
      if (at < 0) return { from: Math.max(from, held.length - end!.length + 1), again: false }
      skipping = false
      return { from: at + end!.length, again: true }
    }
    let begin = start.length > 0 ? indexOf(held, start, from, held.length) : from
    if (begin < 0) {
      if (held.length > from) wrong ??= 'short'
      return { from: Math.max(from, held.length - start.length + 1), again: false }
    }
    if (begin >= held.length) return { from: begin, again: false }
    const to = endOf(begin)
    if (to === 'more') return { from: begin, again: false }
    if (to === 'none') {
      wrong = 'checksum'
      skipping = headless
      return { from: skipping ? begin : begin + 1, again: true }
    }
    if (length === null && start.length > 0) begin = lastStart(begin, to)
    const fault = faultOf(held.subarray(begin, to), framing)
    if (fault) {
      wrong = fault
      return { from: start.length > 0 || length !== null ? begin + 1 : to, again: true }
    }
    found.push({ frame: held.slice(begin, to), at: times[begin]! })
    wrong = null
    return { from: to, again: true }
  }

  /** A start within a frame that runs to its end mark begins another one: the first was cut off. */
  function lastStart(begin: number, to: number): number {
    const next = indexOf(held, start, begin + 1, to)
    return next < 0 ? begin : lastStart(next, to)
  }

  return {
    take(bytes, at) {
      if (at - lastAt > brokenAfterMs) {
        if (begun) wrong = 'short'
        skipping = headless && begun
        held = new Uint8Array(0)
      }
      lastAt = at
      const all = new Uint8Array(held.length + bytes.length)
      const when = new Float64Array(all.length).fill(at)
      all.set(held)
      when.set(times.subarray(0, held.length))
      all.set(bytes, held.length)
      held = all
      times = when
      const found: FoundFrame[] = []
      let here = { from: 0, again: true }
      while (here.again) here = step(here.from, found)
      held = held.slice(here.from)
      times = times.slice(here.from)
      begun = held.length > 0 || (skipping && bytes.length > 0)
      return found
    },
    clear() {
      held = new Uint8Array(0)
      begun = false
      skipping = false
      wrong = null
    },
    wrong: () => wrong ?? (held.length > 0 ? 'short' : null),
  }
}

/** Whether these bytes are one whole frame; null, or what is wrong. */
export function faultOf(frame: Uint8Array, framing: Framing): 'checksum' | 'short' | null {
  const { start, end, text, fields, checksum } = framing
  if (frame.length < start.length + (end?.length ?? 0)) return 'short'
  if (!stands(frame, start, 0) || (end && !stands(frame, end, frame.length - end.length))) return 'short'
  if (text && frame.some((byte) => byte > 0x7f)) return 'checksum'
  if (checksum && !checksumHolds(frame, checksum)) return 'checksum'
  return fields ? faultOfFields(splitFields(frame, framing), fields) : null
}

function faultOfFields(split: string[], { count, fixed }: NonNullable<Framing['fields']>): 'short' | null {
  if (count !== null && split.length !== count) return 'short'
  return fixed.every(([field, text]) => split[field - 1] === text) ? null : 'short'
}

/** `[from, to)` of the body: behind the start, before mark, checksum and end. */
export function bodyOf(frame: Uint8Array, { start, end, checksum }: Framing): { from: number; to: number } {
  const ends = frame.length - (end?.length ?? 0)
  if (!checksum) return { from: start.length, to: ends }
  return { from: start.length, to: Math.min(ends, placeIn(frame, checksum.at) - (checksum.mark?.length ?? 0)) }
}

export function splitFields(frame: Uint8Array, framing: Framing): string[] {
  const { from, to } = bodyOf(frame, framing)
  return latin1(frame.subarray(from, to)).split(framing.fields?.separator ?? ',')
}

export const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

const widths: Record<Checksum['kind'], number> = { sum8: 1, lrc8: 1, xor8: 1, 'crc16-modbus': 2, 'crc16-arc': 2, 'crc16-ccitt': 2 }

/** Bytes that a checksum takes in the frame. */
const sizeOf = ({ kind, as }: Checksum): number => (as === 'sdi12' ? 3 : (as === 'hex' ? 2 : 1) * widths[kind])

const placeIn = (frame: Uint8Array, at: number): number => (at < 0 ? frame.length + at : at)

function checksumHolds(frame: Uint8Array, checksum: Checksum): boolean {
  const at = placeIn(frame, checksum.at)
  const to = placeIn(frame, checksum.to)
  if (at < 0 || at + sizeOf(checksum) > frame.length || checksum.from > to || to > frame.length) return false
  const { mark } = checksum
  if (mark && (at < mark.length || !stands(frame, mark, at - mark.length))) return false
  const written = frame.subarray(at, at + sizeOf(checksum))
  const right = checksumBytes(frame, checksum)
  // Half of the makers write their hexadecimal digits small.
  return checksum.as === 'hex' ? latin1(written).toUpperCase() === latin1(right) : right.every((byte, i) => byte === written[i])
}

/** The checksum of a frame as it must stand in it. */
function checksumBytes(frame: Uint8Array, checksum: Checksum): Uint8Array {
  const value = sumOf(frame.subarray(checksum.from, placeIn(frame, checksum.to)), checksum.kind)
  const width = widths[checksum.kind]
  if (checksum.as === 'hex')
    return Uint8Array.from(
      value
        .toString(16)
        .toUpperCase()
        .padStart(2 * width, '0'),
      (digit) => digit.charCodeAt(0),
    )
  if (checksum.as === 'sdi12') return Uint8Array.of(0x40 | (value >>> 12), 0x40 | ((value >>> 6) & 0x3f), 0x40 | (value & 0x3f)) // SDI-12 1.4, 4.4.12.2
  if (width === 1) return Uint8Array.of(value)
  return checksum.as === 'bytes-low-first' ? Uint8Array.of(value & 0xff, value >>> 8) : Uint8Array.of(value >>> 8, value & 0xff)
}

/** Writes the right checksum, and the length where it stands in the frame, into a frame that was made. */
export function seal(frame: Uint8Array, { length, checksum }: Framing): void {
  if (length && typeof length === 'object') frame[length.at] = frame.length - length.plus
  if (checksum) frame.set(checksumBytes(frame, checksum), placeIn(frame, checksum.at))
}

function sumOf(bytes: Uint8Array, kind: Checksum['kind']): number {
  switch (kind) {
    case 'sum8':
      return bytes.reduce((sum, byte) => (sum + byte) & 0xff, 0)
    case 'lrc8':
      return bytes.reduce((sum, byte) => (sum - byte) & 0xff, 0)
    case 'xor8':
      return bytes.reduce((sum, byte) => sum ^ byte, 0)
    case 'crc16-modbus':
      return crc16(bytes)
    case 'crc16-arc':
      return crcArc(bytes)
    case 'crc16-ccitt':
      return crcCcitt(bytes)
  }
}

/** Polynomial 0x8005 reversed, first 0 (CRC-16/ARC): 0xbb3d of "123456789". */
function crcArc(bytes: Uint8Array): number {
  let crc = 0
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc
}

/** Polynomial 0x1021, first 0xffff, nothing reversed (CRC-16/CCITT-FALSE): 0x29b1 of "123456789". */
function crcCcitt(bytes: Uint8Array): number {
  let crc = 0xffff
  for (const byte of bytes) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

const stands = (bytes: Uint8Array, part: Uint8Array, at: number): boolean => part.every((byte, i) => bytes[at + i] === byte)

/** Where `part` begins in `bytes[from, to)`, wholly within; -1 where it does not. */
function indexOf(bytes: Uint8Array, part: Uint8Array, from: number, to: number): number {
  const last = Math.min(to, bytes.length) - part.length
  for (let at = from; at <= last; at++) if (bytes[at] === part[0] && stands(bytes, part, at)) return at
  return -1
}
