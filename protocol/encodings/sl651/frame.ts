/**
 * The frame of SL 651-2014 around its body, in the binary form (HEX/BCD) that is used over TCP.
 *
 *     up    7E7E  centre 1   station 5  password 2  function 1  0lll  02  body  03        CRC 2
 *     down  7E7E  station 5  centre 1   password 2  function 1  8lll  02  body  05 06 ..  CRC 2
 *
 * `lll` counts the bytes of the body. The CRC is that of Modbus over all before it, but its high byte comes first: so in each published frame.
 */

import { crc16 } from '../../frames.ts'
import { bytesOf, done, hexOf, isWhole, type Outcome, refused } from './bcd.ts'

/** Twelve bits tell the length. */
const MAX_BODY_BYTES = 0xfff

export const HEAD_BYTES = 14
const TAIL_BYTES = 3

export const START = 0x7e
const STX = 0x02
const SYN = 0x16

/** How a frame ends: the station with ETX; the centre with a question (ENQ), a yes (ACK), a no (NAK), go (EOT) or stay on the line (ESC). */
export const ends = { etx: 0x03, eot: 0x04, enq: 0x05, ack: 0x06, nak: 0x15, etb: 0x17, esc: 0x1b } as const

export type End = keyof typeof ends

export interface Frame {
  up: boolean
  /** 1 to 255; 0 is seen of stations that nobody has set. */
  centre: number
  /** Ten digits; those of a station with a letter code are hex. */
  station: string
  /** Four hex digits. */
  password: string
  functionCode: number
  body: Uint8Array
  end: End
}

export function writeFrame({ up, centre, station, password, functionCode, body, end }: Frame): Outcome<Uint8Array> {
  if (!isWhole(centre, 0xff)) return refused(`the centre ${centre} is no whole number from 0 to 255`)
  if (!/^[0-9A-F]{10}$/.test(station)) return refused(`the station "${station}" is not ten digits: put zeros in front of a shorter one`)
  if (!/^[0-9A-F]{4}$/.test(password)) return refused('the password is not four digits')
  if (!isWhole(functionCode, 0xff)) return refused(`the function ${functionCode} is no byte`)
  if (body.length > MAX_BODY_BYTES) return refused(`the body has ${body.length} bytes and may have ${MAX_BODY_BYTES}: send it in several reports`)
  const parties = up ? [centre, ...bytesOf(station)] : [...bytesOf(station), centre]
  const length = (up ? 0 : 0x8000) | body.length
  const bytes = new Uint8Array(HEAD_BYTES + body.length + TAIL_BYTES)
  bytes.set([START, START, ...parties, ...bytesOf(password), functionCode, length >> 8, length & 0xff, STX])
  bytes.set(body, HEAD_BYTES)
  bytes[HEAD_BYTES + body.length] = ends[end]
  const crc = crc16(bytes, 0, bytes.length - 2)
  bytes.set([crc >> 8, crc & 0xff], bytes.length - 2)
  return done(bytes)
}

/** How long the frame will be that begins with these HEAD_BYTES. */
export function frameLength(head: Uint8Array): Outcome<number> {
  if (head.length < HEAD_BYTES) return refused(`${head.length} bytes are no frame: its head alone has ${HEAD_BYTES}`)
  if (head[0] !== START || head[1] !== START) return refused(`a frame begins with 7E7E, not with ${hexOf(head.subarray(0, 2))}`)
  const direction = head[11]! >> 4
  if (direction !== 0 && direction !== 8) return refused(`the frame goes neither up (0) nor down (8), but ${direction.toString(16).toUpperCase()}`)
  if (head[13] === SYN) return refused('the frame is one packet of several (SYN), which are not read here')
  if (head[13] !== STX) return refused(`a body begins with 02, not with ${hexOf(head.subarray(13, 14))}`)
  return done(HEAD_BYTES + (((head[11]! & 0xf) << 8) | head[12]!) + TAIL_BYTES)
}

/** Exactly one frame. Its body is a view of `bytes`, not a copy. */
export function readFrame(bytes: Uint8Array): Outcome<Frame> {
  const length = frameLength(bytes)
  if (!length.ok) return length
  if (bytes.length !== length.value) return refused(`the frame has ${bytes.length} bytes and says ${length.value}`)
  const crc = crc16(bytes, 0, bytes.length - 2)
  const told = (bytes.at(-2)! << 8) | bytes.at(-1)!
  if (told !== crc) return refused(`the checksum is ${hexOf(bytes.subarray(-2))} and should be ${crc.toString(16).toUpperCase().padStart(4, '0')}`)
  const last = bytes.at(-TAIL_BYTES)!
  const end = (Object.keys(ends) as End[]).find((name) => ends[name] === last)
  if (!end) return refused(`a frame does not end with ${hexOf(Uint8Array.of(last))}`)
  const up = bytes[11]! >> 4 === 0
  return done({
    up,
    centre: up ? bytes[2]! : bytes[7]!,
    station: hexOf(up ? bytes.subarray(3, 8) : bytes.subarray(2, 7)),
    password: hexOf(bytes.subarray(8, 10)),
    functionCode: bytes[10]!,
    body: bytes.subarray(HEAD_BYTES, -TAIL_BYTES),
    end,
  })
}
