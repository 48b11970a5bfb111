// Malformed frames into every decoder, in process: none may throw or hang, and none may be believed beyond the odds of its own checksum.

import { wordsOfFrame } from '../../devicejs/frames/fields.ts'
import { frameReader, seal } from '../../devicejs/frames/framing.ts'
import { asciiPort, charactersOf, toAscii } from '../../devicejs/line/ascii.ts'
import { dropHeartbeats, rtuBounds } from '../../devicejs/line/heartbeat.ts'
import { openLine } from '../../devicejs/line/line.ts'
import type { Talk } from '../../devicejs/profile.ts'
import { findProfile, listProfiles } from '../../devicejs/shelf.ts'
import { makeSlave, rtuStream } from '../../devicejs/slave.ts'
import { mbapFrame, mbapReader, rtuFrame } from '../../protocol/frames.ts'
import type { BusClock, BytePort, Checksum } from '../../protocol/ports.ts'
import { type Chance, makeChance } from '../../sim/world/chance.ts'
import type { Part } from '../bench/part.ts'
import { registers, valueAt } from '../devicejs/registers.ts'
import { type Damage, malform, oddsOf, pieces, type Shape } from './malformed.ts'

const tries = { quick: 300_000, full: 10_000_000 }
const perSeed = 10_000

/** What became of the frames of one decoder. */
export interface Tally {
  tried: number
  thrown: number
  /** Believed although it does not fit what was asked for: by no checksum's odds. */
  misfit: number
  /** Believed, in the right form, of an instrument that sends no checksum: nothing can tell, and its profile says so. */
  unproven: number
  /** Believed, in the right form, and yet not what was sent, since the checksum held by chance; and how many of those its width lets expect. */
  odds: Partial<Record<Damage, { believed: number; expected: number }>>
}
export const none = (): Tally => ({ tried: 0, thrown: 0, misfit: 0, unproven: 0, odds: {} })

/** Of each damage its own account: one that the form alone gives away must not make room for another. */
function oddsIn(tally: Tally, damage: Damage): { believed: number; expected: number } {
  tally.odds[damage] ??= { believed: 0, expected: 0 }
  return tally.odds[damage]
}

/** Takes one malformed frame, and says what it believed; what is expected grows by the odds of each that could be believed. */
export type Decoder = (chance: Chance, tally: Tally) => void | Promise<void>

/** A good frame among the malformed ones counts for nothing, but it must be believed. */
function count(tally: Tally, damage: Damage, believed: boolean): void {
  if (damage !== 'none') tally.tried++
  else if (!believed) throw new Error('a good frame was not believed')
}

/** Time that passes only when nothing is left to do at once. */
function stepClock(): BusClock & { drain(): void } {
  let now = 0
  const timers: { at: number; then: () => void }[] = []
  const after = (ms: number, then: () => void) => {
    const timer = { at: now + Math.max(0, ms), then }
    timers.push(timer)
    return () => {
      const at = timers.indexOf(timer)
      if (at >= 0) timers.splice(at, 1)
    }
  }
  return {
    now: () => now,
    after,
    wait: (ms) => new Promise((resolve) => after(ms, resolve)),
    drain() {
      for (let steps = 0; timers.length > 0; steps++) {
        if (steps > 10_000) throw new Error('it goes on for ever')
        let next = timers[0]!
        for (const timer of timers) if (timer.at < next.at) next = timer
        timers.splice(timers.indexOf(next), 1)
        now = next.at
        next.then()
      }
    },
  }
}

const words = 3

function answerShape(chance: Chance): Shape & { request: Uint8Array } {
  const unit = 1 + (chance.whole() % 247)
  const code = 3 + (chance.whole() % 2)
  const address = chance.whole() % 60_000
  const answer = (at: number): Uint8Array => {
    const values = Array.from({ length: words }, (_, i) => valueAt(unit, 'holding', at + i))
    return rtuFrame(unit, Uint8Array.of(code, 2 * words, ...values.flatMap((value) => [value >>> 8, value & 0xff])))
  }
  return {
    request: rtuFrame(unit, Uint8Array.of(code, address >>> 8, address & 0xff, 0, words)),
    good: answer(address),
    other: answer(address + 100),
    ...{ head: 3, tail: 0, letters: null },
    seal: (frame) => (frame.length < 4 ? frame : rtuFrame(frame[0]!, frame.subarray(1, frame.length - 2))),
  }
}

/** CRC by the book, bit by bit: the judge does not use what it judges. */
function crcHolds(frame: Uint8Array): boolean {
  let crc = 0xffff
  for (const byte of frame) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  }
  return crc === 0
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

const beat = Uint8Array.of(0x48, 0x42)

/** The line of a Modbus bus, in RTU or ASCII, or of a modem with heartbeats: request by request, each answered with something malformed. */
export function lineDecoder(speaks: 'rtu' | 'ascii' | 'modem'): Decoder {
  const clock = stepClock()
  let hear = (_bytes: Uint8Array) => {}
  let answer = (_: Uint8Array) => {}
  const modem = speaks === 'modem'
  const filter = dropHeartbeats([beat], rtuBounds(), (bytes) => hear(bytes))
  const wire: BytePort = {
    write: (bytes) => {
      if (modem) filter.asked(bytes)
      answer(bytes)
    },
    onBytes: (listener) => {
      hear = listener
    },
    onClose: () => {},
    close: async () => {},
  }
  const options = { baud: 115_200, bitsPerCharacter: 10, quietMs: 50 }
  const ascii = speaks === 'ascii'
  const line = openLine(ascii ? asciiPort(wire, clock) : wire, clock, ascii ? { ...options, characters: charactersOf } : options)
  return async (chance, tally) => {
    const shape = answerShape(chance)
    const { damage, bytes } = malform(chance, ascii ? asciiShape(shape) : shape)
    const odds = oddsIn(tally, damage)
    odds.expected += oddsOf(damage, ascii ? 8 : 16)
    answer = () => {
      let at = 1
      const glued = modem && chance.fraction() < 0.5 ? Uint8Array.of(...beat, ...bytes, ...beat) : bytes
      for (const piece of pieces(chance, glued)) clock.after(at++, () => (modem ? filter.take(piece) : hear(piece)))
    }
    let done = false
    let believed = false
    const asked = line.ask(shape.request, 20).then((reply) => {
      done = true
      if (!reply.ok) return
      const { frame } = reply
      const fits = frame[0] === shape.request[0] && crcHolds(frame)
      const read = frame[1] === shape.request[1] && frame[2] === 2 * words && frame.length === 5 + 2 * words
      const refused = frame[1] === (shape.request[1]! | 0x80) && frame.length === 5
      if (!fits || !(read || refused)) tally.misfit++
      else if (!same(frame, shape.good)) odds.believed++
      else believed = true
    })
    clock.drain()
    await asked
    if (!done) throw new Error('no reply')
    count(tally, damage, believed)
  }
}

const digits = '0123456789ABCDEF'

/** The same in characters. */
const asciiShape = ({ good, other }: Shape): Shape => ({ good: toAscii(good), other: toAscii(other), head: 7, tail: 2, letters: digits, seal: resealAscii })

/** The right LRC under whatever stands there; what is no digit counts as 0. */
function resealAscii(characters: Uint8Array): Uint8Array {
  const text = String.fromCharCode(...characters.subarray(1, characters.length - 4))
  const body = Array.from({ length: text.length >>> 1 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16) || 0)
  return toAscii(Uint8Array.of(...body, 0, 0))
}

/** Modbus TCP has no checksum of its own: its reader must find the frames that the headers tell, or give the connection up. */
export const tcpDecoder: Decoder = (chance, tally) => {
  const { good, other } = answerShape(chance)
  const frame = (bytes: Uint8Array, number: number) => mbapFrame(number, bytes[0]!, bytes.subarray(1, bytes.length - 2))
  const { damage, bytes } = malform(chance, { good: frame(good, 1), other: frame(other, 2), head: 7, tail: 0, letters: null, seal: null })
  const found: number[] = []
  const read = mbapReader(({ pdu }) => found.push(pdu.length + 7))
  let whole = true
  for (const piece of pieces(chance, bytes)) whole = read(piece) && whole
  // The same by the book: each header tells the next one's place.
  const right: number[] = []
  for (let at = 0; at + 6 <= bytes.length; ) {
    const length = 6 + (bytes[at + 4]! << 8) + bytes[at + 5]!
    if (bytes[at + 2] !== 0 || bytes[at + 3] !== 0 || length < 8 || length > 260 || at + length > bytes.length) break
    right.push(length)
    at += length
  }
  if (found.join() !== right.join()) tally.misfit++
  count(tally, damage, whole && found.length === 1)
}

/** Requests to a slave: nothing may be written by a request that went wrong. */
export const slaveDecoder: Decoder = (chance, tally) => {
  const unit = 1 + (chance.whole() % 247)
  const held = registers(unit)
  const request = (address: number, value: number) => rtuFrame(unit, Uint8Array.of(6, address >>> 8, address & 0xff, value >>> 8, value & 0xff))
  const good = request(17, 4711)
  const { damage, bytes } = malform(chance, { good, other: request(18, 4712), head: 2, tail: 0, letters: null, seal: null })
  const odds = oddsIn(tally, damage)
  odds.expected += oddsOf(damage, 16)
  const take = rtuStream(
    makeSlave(new Map([[unit, held]])),
    () => {},
    () => 0,
  )
  for (const piece of pieces(chance, bytes)) take(piece)
  let believed = false
  for (const [, address, values] of held.written) {
    if (address === 17 && values.join() === '4711') {
      believed = true
      continue
    }
    odds.believed++
  }
  count(tally, damage, believed)
}

/** The frames of an instrument's own, by its profile. */
export function framesDecoder(talk: Talk): Decoder {
  const { framing, example } = talk
  const width = framing.checksum ? (framing.checksum.kind.startsWith('crc') ? 16 : 8) : 0
  const other = example.slice().reverse()
  const reader = frameReader(framing)
  const sealed = (frame: Uint8Array): Uint8Array => {
    if (frame.length > 12) seal(frame, { ...framing, length: null })
    return frame
  }
  const shape: Shape = {
    ...{ good: example, other, head: Math.max(1, framing.start.length), tail: framing.end?.length ?? 0 },
    ...{ letters: framing.text ? digits : null, seal: framing.checksum ? sealed : null },
  }
  return (chance, tally) => {
    const { damage, bytes } = malform(chance, shape)
    const odds = oddsIn(tally, damage)
    odds.expected += oddsOf(damage, width)
    const found = [...pieces(chance, bytes)].flatMap((piece) => reader.take(piece, 0))
    reader.clear()
    let believed = false
    for (const { frame } of found) {
      wordsOfFrame(talk, frame)
      if (same(frame, example)) {
        believed = true
        continue
      }
      if (misfit(frame, talk)) tally.misfit++
      else if (width > 0) odds.believed++
      else tally.unproven++
    }
    count(tally, damage, believed)
  }
}

/** The form of a frame, by the book. */
function misfit(frame: Uint8Array, { framing, example }: Talk): boolean {
  const { start, end, length, text, fields, most, checksum } = framing
  const body = String.fromCharCode(...frame)
  if (!body.startsWith(String.fromCharCode(...start)) || (end && !body.endsWith(String.fromCharCode(...end)))) return true
  if (frame.length > most || (typeof length === 'number' && frame.length !== length)) return true
  if (length && typeof length === 'object' && frame[length.at]! + length.plus !== frame.length) return true
  if (text && frame.some((byte) => byte > 0x7f)) return true
  if (checksum && !sumHolds(frame, checksum)) return true
  const split = body.slice(start.length).split(fields?.separator ?? '\n')
  if (fields?.fixed.some(([field, text]) => split[field - 1] !== text)) return true
  const parts = (bytes: Uint8Array): number => String.fromCharCode(...bytes).split(fields?.separator ?? '\n').length
  return typeof fields?.count === 'number' && parts(frame) !== parts(example)
}

/** Checksums by the book, of the kinds that the shelf has. */
const sums: Partial<Record<Checksum['kind'], (bytes: number[]) => number>> = {
  sum8: (bytes) => bytes.reduce((sum, byte) => sum + byte, 0) % 256,
  lrc8: (bytes) => (256 - (bytes.reduce((sum, byte) => sum + byte, 0) % 256)) % 256,
  xor8: (bytes) => bytes.reduce((sum, byte) => sum ^ byte, 0),
  'crc16-arc': (bytes) => bytes.reduce((crc, byte) => Array.from({ length: 8 }).reduce<number>((c) => (c >>> 1) ^ (c & 1 ? 0xa001 : 0), crc ^ byte), 0),
}

function sumHolds(frame: Uint8Array, { kind, from, to, at, as }: Checksum): boolean {
  const make = sums[kind]
  if (!make) throw new Error(`the judge has no ${kind}`)
  const sum = make([...frame.slice(from, to)])
  const written = [...frame.slice(at)]
  if (as === 'hex') return Number.parseInt(String.fromCharCode(...written.slice(0, 2)), 16) === sum
  if (as === 'sdi12') return (written[0]! & 0x3f) * 4096 + (written[1]! & 0x3f) * 64 + (written[2]! & 0x3f) === sum
  return written[0] === sum
}

export function allDecoders(): Map<string, Decoder> {
  const decoders = new Map<string, Decoder>([
    ['RTU', lineDecoder('rtu')],
    ['ASCII', lineDecoder('ascii')],
    ['modem', lineDecoder('modem')],
    ['TCP', tcpDecoder],
    ['slave', slaveDecoder],
  ])
  for (const name of listProfiles()) {
    const found = findProfile(name, '.')
    if ('profile' in found && found.profile.talk) decoders.set(name, framesDecoder(found.profile.talk))
  }
  return decoders
}

export async function tryFrames(decode: Decoder, chance: Chance, many: number, tally: Tally): Promise<string[]> {
  const thrown: string[] = []
  for (let n = 0; n < many; n++) {
    try {
      const done = decode(chance, tally)
      if (done) await done
    } catch (error) {
      tally.tried++
      tally.thrown++
      thrown.push((error as Error).message)
    }
  }
  return thrown
}

/** What chance alone does not exceed in a thousand million campaigns: six standard deviations above the mean. Where no chance is, nothing is. */
const bound = (expected: number): number => (expected === 0 ? 0 : Math.ceil(expected + 6 * Math.sqrt(expected) + 3))
const beyond = ({ odds }: Tally): number => Object.values(odds).reduce((sum, { believed, expected }) => sum + Math.max(0, believed - bound(expected)), 0)

export const wronglyAccepted = (tally: Tally): number => tally.misfit + beyond(tally)

export const part: Part = {
  prefix: 'frames',
  keys: ['frames.tried', 'frames.thrown', 'frames.wronglyAccepted'],
  async run({ quick, note, bookmark }) {
    const wanted = tries[quick ? 'quick' : 'full']
    const decoders = allDecoders()
    const { seed: begin, tallies } = (bookmark.last() as { seed: number; tallies: Record<string, Tally> } | null) ?? { seed: 1, tallies: {} }
    if (begin > 1) note(`going on at seed ${begin}`)
    const triedOf = () => Object.values(tallies).reduce((sum, { tried }) => sum + tried, 0)
    for (let seed = begin; triedOf() < wanted; seed++) {
      for (const [name, decode] of decoders) {
        tallies[name] ??= none()
        const thrown = await tryFrames(decode, makeChance(seed).fork(name), Math.ceil(perSeed / decoders.size), tallies[name])
        if (thrown.length > 0) note(`seed ${seed}, ${name}: ${thrown[0]}`)
      }
      bookmark.keep({ seed: seed + 1, tallies })
    }
    for (const [name, tally] of Object.entries(tallies)) {
      const { tried, thrown, misfit, unproven, odds } = tally
      const lucky = Object.entries(odds).flatMap(([damage, { believed, expected }]) =>
        believed > 0 ? [`${believed} ${damage} (at most ${expected.toFixed(1)} expected)`] : [],
      )
      note(
        `${name}: ${tried} tried, ${thrown} thrown, ${misfit} believed in a wrong form, by the odds of the checksum ${lucky.join(', ') || 'none'}` +
          (unproven > 0 ? `; it sends no checksum, and ${unproven} in the right form were believed` : ''),
      )
    }
    const all = Object.values(tallies)
    return {
      'frames.tried': triedOf(),
      'frames.thrown': all.reduce((sum, { thrown }) => sum + thrown, 0),
      'frames.wronglyAccepted': all.reduce((sum, tally) => sum + wronglyAccepted(tally), 0),
    }
  },
}
