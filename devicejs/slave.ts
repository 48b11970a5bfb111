/** The only Modbus server of the house: request bytes in, answer bytes out; simulator and sensor node both stand on it. */
import { bytesOfBits, crc16, limits, longestFrame, mbapFrame, mbapReader, parseRtu, requestLength, rtuFrame } from '../protocol/frames.ts'
import type { Table } from '../protocol/ports.ts'

/** 1 function, 2 address, 3 value, 4 device failure, 5 acknowledge, 6 busy, 8 parity, 10 and 11 gateway (Modbus Application Protocol 1.1b3, section 7). */
export type ExceptionCode = 1 | 2 | 3 | 4 | 5 | 6 | 8 | 10 | 11

/**
 * What a unit holds. `address` is the wire address. A bit is a word of 0 or 1. Quantities have been checked before, and no request
 * reaches past address 65535; which addresses exist is the map's own to say (code 2).
 */
export interface RegisterMap {
  read(table: Table, address: number, count: number): Uint16Array | ExceptionCode
  write(table: 'coil' | 'holding', address: number, words: Uint16Array): ExceptionCode | 0
}

export interface Slave {
  /** The answer to one RTU frame; null where none may be given: a bad frame, another's unit, a broadcast. */
  rtu(frame: Uint8Array): Uint8Array | null
  /** The answering PDU to one request over TCP, which is always answered. */
  tcp(unit: number, pdu: Uint8Array): Uint8Array
}

/** A slave of one or more units. The map may change while it serves. */
export function makeSlave(units: ReadonlyMap<number, RegisterMap>): Slave {
  return {
    rtu(frame) {
      const request = parseRtu(frame)
      const length = requestLength(frame)
      // The CRC of a good frame also holds with zeros behind it: only the length tells them apart.
      if (!request || (length !== 0 && length !== frame.length)) return null
      if (request.unit === 0) {
        if (isWrite(request.pdu)) for (const map of units.values()) execute(map, request.pdu)
        return null
      }
      const map = units.get(request.unit)
      return map ? rtuFrame(request.unit, execute(map, request.pdu)) : null
    },
    tcp(unit, pdu) {
      // Units 0 and 255 mean the station at this address itself (Messaging on TCP/IP 1.0b, 4.4.2), where there is but one.
      const [only] = units.size === 1 && (unit === 0 || unit === 255) ? units.values() : []
      const map = units.get(unit) ?? only
      return map ? execute(map, pdu) : refusal(pdu, 11)
    },
  }
}

const readTables: Record<number, Table> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' }

const isWrite = (pdu: Uint8Array): boolean => [5, 6, 15, 16].includes(pdu[0]!)

const refusal = (pdu: Uint8Array, code: ExceptionCode): Uint8Array => Uint8Array.of((pdu[0] ?? 0) | 0x80, code)

const word = (pdu: Uint8Array, at: number): number => (pdu[at]! << 8) | pdu[at + 1]!

/** The order of the checks is the standard's own: function, quantity, address, then the doing (its state diagrams, section 6). */
function execute(map: RegisterMap, pdu: Uint8Array): Uint8Array {
  const code = pdu[0] ?? 0
  const table = readTables[code]
  if (table) return read(map, table, pdu)
  return isWrite(pdu) ? write(map, pdu) : refusal(pdu, 1)
}

function read(map: RegisterMap, table: Table, pdu: Uint8Array): Uint8Array {
  if (pdu.length !== 5) return refusal(pdu, 3)
  const bits = table === 'coil' || table === 'discrete'
  const address = word(pdu, 1)
  const count = word(pdu, 3)
  if (count < 1 || count > (bits ? limits.readBits : limits.readWords)) return refusal(pdu, 3)
  if (address + count > 0x10000) return refusal(pdu, 2)
  const words = map.read(table, address, count)
  if (typeof words === 'number') return refusal(pdu, words)
  if (words.length !== count) throw new Error(`a register map gave ${words.length} words for ${count}`)
  const answer = new Uint8Array(2 + (bits ? bytesOfBits(count) : 2 * count))
  answer[0] = pdu[0]!
  answer[1] = answer.length - 2
  for (const [i, value] of words.entries()) {
    if (bits) answer[2 + (i >>> 3)]! |= (value ? 1 : 0) << (i & 7)
    else {
      answer[2 + 2 * i] = value >>> 8
      answer[3 + 2 * i] = value & 0xff
    }
  }
  return answer
}

function write(map: RegisterMap, pdu: Uint8Array): Uint8Array {
  if (pdu.length < 5) return refusal(pdu, 3)
  const code = pdu[0]!
  const address = word(pdu, 1)
  const words = code === 5 || code === 6 ? oneWord(pdu) : manyWords(pdu)
  if (!words) return refusal(pdu, 3)
  if (address + words.length > 0x10000) return refusal(pdu, 2)
  const refused = map.write(code === 5 || code === 15 ? 'coil' : 'holding', address, words)
  return refused ? refusal(pdu, refused) : pdu.slice(0, 5)
}

function oneWord(pdu: Uint8Array): Uint16Array | null {
  if (pdu.length !== 5) return null
  const value = word(pdu, 3)
  if (pdu[0] === 6) return Uint16Array.of(value)
  return value === 0xff00 || value === 0 ? Uint16Array.of(value ? 1 : 0) : null
}

function manyWords(pdu: Uint8Array): Uint16Array | null {
  const bits = pdu[0] === 15
  const count = word(pdu, 3)
  const size = bits ? bytesOfBits(count) : 2 * count
  if (count < 1 || count > (bits ? limits.writeBits : limits.writeWords) || pdu[5] !== size || pdu.length !== 6 + size) return null
  return Uint16Array.from({ length: count }, (_, i) => (bits ? (pdu[6 + (i >>> 3)]! >>> (i & 7)) & 1 : word(pdu, 6 + 2 * i)))
}

/** A piece of a request that nothing followed for this long was the end of a broken one: far above a gap inside a frame (t1.5, or an adapter's 16 ms), far below a master's timeout. */
const brokenAfterMs = 100

/**
 * Serves a line: takes bytes in pieces of any size, finds the frames by length and CRC, and gives each answer to `write`.
 * Noise before a frame is passed over only where the frame ends with the bytes that came: words inside a longer frame that look
 * like a request are never executed. `now` is in milliseconds, and tells a frame that was cut short from the next one.
 */
export function rtuStream(slave: Slave, write: (bytes: Uint8Array) => void, now: () => number): (bytes: Uint8Array) => void {
  let held = new Uint8Array(0)
  let heardAt = Number.NEGATIVE_INFINITY
  const drop = (count: number) => {
    held = held.slice(count)
  }
  const serve = (from: number, to: number) => {
    const answer = slave.rtu(held.slice(from, to))
    drop(to)
    if (answer) write(answer)
  }
  const step = (): boolean => {
    if (held.length < 2) return false
    // Eight good bytes of functions 15 and 16 are the answer of another slave on the line: the requests are longer.
    if ((held[1] === 15 || held[1] === 16) && held.length >= 8 && crc16(held, 0, 8) === 0) {
      drop(8)
      return true
    }
    const length = requestLength(held)
    if (length === null || length > held.length) return false
    if (length > 0 && crc16(held, 0, length) === 0) {
      serve(0, length)
      return true
    }
    // A function that we do not speak has no length that we know: all that came is taken for it, once its CRC holds.
    if (length === 0 && held.length >= 4 && crc16(held) === 0) {
      serve(0, held.length)
      return false
    }
    for (let from = 1; from + 8 <= held.length; from++) {
      if (requestLength(held, from) === held.length - from && crc16(held, from) === 0) {
        serve(from, held.length)
        break
      }
    }
    return false
  }
  return (bytes) => {
    const at = now()
    if (at - heardAt > brokenAfterMs) held = new Uint8Array(0)
    heardAt = at
    const joined = new Uint8Array(held.length + bytes.length)
    joined.set(held)
    joined.set(bytes, held.length)
    held = joined
    while (step());
    if (held.length > longestFrame) drop(held.length - longestFrame)
  }
}

/** Serves one TCP connection: takes its bytes in pieces of any size, and calls `refuse` once where they are no Modbus: then it must be closed. */
export function tcpStream(slave: Slave, write: (bytes: Uint8Array) => void, refuse: () => void): (bytes: Uint8Array) => void {
  const read = mbapReader(({ transaction, unit, pdu }) => write(mbapFrame(transaction, unit, slave.tcp(unit, pdu))))
  let refused = false
  return (bytes) => {
    if (refused || read(bytes)) return
    refused = true
    refuse()
  }
}
