/**
 * Hydrology's SL 651-2014 over TCP: reports and answers of a station, questions and replies of a centre, as bytes and back. EXPERIMENTAL.
 *
 * It agrees with seven published frames and with no platform that we have seen: the standard itself is not freely to be had, and provinces extend it.
 * What has no published frame (hourly series, plus reports, questions and the answers to them) is written from memory of it and from stations in the field.
 */

import type { Instant } from '../../time.ts'
import { bytesOf, done, hexOf, isWhole, type Outcome, readTime, refused, writeTime } from './bcd.ts'
import { type Element, readElements, readWanted, type Wanted, writeElement, writeWanted } from './elements.ts'
import { type End, type Frame, readFrame, writeFrame } from './frame.ts'

/** `plus` is sent when a threshold is passed; `now` and `elements` answer the questions of the same name. */
export const functions = { keepAlive: 0x2f, test: 0x30, timed: 0x32, plus: 0x33, hourly: 0x34, now: 0x37, elements: 0x3a } as const

export type FunctionName = keyof typeof functions

/** Precipitation, river, reservoir (K), weir (Z), pumps (D), tide, soil moisture, ground water, quality (Q), intake, outlet. */
const stationClasses = 'PHKZDTMGQIO'

/** As a frame names its two ends, and what each message carries. `serial` wraps at 65536; a reply has the serial of what it answers. */
interface Carried {
  centre: number
  station: string
  password: string
  serial: number
  sent: Instant
}

interface KeepAlive extends Carried {
  kind: 'keepAlive'
}

export interface Report extends Carried {
  kind: 'report'
  report: Exclude<FunctionName, 'keepAlive'>
  /** One letter of `PHKZDTMGQIO`. */
  stationClass: string
  /** To the minute: what is finer is cut off. */
  observed: Instant
  elements: Element[]
}

export interface Reply extends Carried {
  kind: 'reply'
  to: FunctionName
  /** `esc` keeps the station on the line, `eot` lets it go, `nak` wants the report once more. */
  end: 'esc' | 'eot' | 'ack' | 'nak'
}

export interface Question extends Carried {
  kind: 'question'
  asks: 'now' | 'elements'
  /** What is asked for; empty where all is (`now`). */
  wanted: Wanted[]
}

export type HydrologyMessage = KeepAlive | Report | Reply | Question

const STATION_MARK = Uint8Array.of(0xf1, 0xf1)
const OBSERVED_MARK = Uint8Array.of(0xf0, 0xf0)
const MAX_SERIAL = 0xffff

/** Serial and time of sending; all bodies begin so. */
const OPENING_BYTES = 8
/** F1F1 and the station. */
const STATION_BYTES = 7
/** The class, F0F0 and the time of observation. */
const OBSERVED_BYTES = 8

/** The bytes of one message, or what is wrong with it. */
export function encodeHydrology(message: HydrologyMessage): Outcome<Uint8Array> {
  const { centre, station, password, serial, sent } = message
  if (!isWhole(serial, MAX_SERIAL)) return refused(`the serial number ${serial} is no whole number from 0 to ${MAX_SERIAL}`)
  const time = writeTime(sent, 6)
  if (!time.ok) return time
  const rest = writeRest(message)
  if (!rest.ok) return rest
  const body = joined([Uint8Array.of(serial >> 8, serial & 0xff), time.value, ...rest.value])
  return writeFrame({ centre, station, password, body, ...framing(message) })
}

function framing(message: HydrologyMessage): Pick<Frame, 'up' | 'functionCode' | 'end'> {
  switch (message.kind) {
    case 'keepAlive':
      return { up: true, functionCode: functions.keepAlive, end: 'etx' }
    case 'report':
      return { up: true, functionCode: functions[message.report], end: 'etx' }
    case 'reply':
      return { up: false, functionCode: functions[message.to], end: message.end }
    case 'question':
      return { up: false, functionCode: functions[message.asks], end: 'enq' }
  }
}

/** What a body has behind its opening, in pieces. */
function writeRest(message: HydrologyMessage): Outcome<Uint8Array[]> {
  if (message.kind === 'keepAlive' || message.kind === 'reply') return done([])
  const station = [STATION_MARK, bytesOf(message.station)]
  if (message.kind === 'question') {
    const fault = wantedFault(message.asks, message.wanted)
    return fault === null ? all(station, message.wanted.map(writeWanted)) : refused(fault)
  }
  if (!isStationClass(message.stationClass)) return refused(`the class "${message.stationClass}" is none of ${stationClasses}`)
  if (message.elements.length === 0) return refused('a report without elements tells nothing: give one, with null where there is no value')
  const observed = writeTime(message.observed, 5)
  if (!observed.ok) return observed
  const head = [...station, Uint8Array.of(message.stationClass.charCodeAt(0)), OBSERVED_MARK, observed.value]
  return all(head, message.elements.map(writeElement))
}

const isStationClass = (letter: string): boolean => letter.length === 1 && stationClasses.includes(letter)

function wantedFault(asks: Question['asks'], wanted: Wanted[]): string | null {
  if (asks === 'now') return wanted.length === 0 ? null : 'a question for all that is now names no elements'
  return wanted.length > 0 ? null : 'a question for elements names none'
}

/** The message of exactly one frame, or what is wrong with it. */
export function decodeHydrology(bytes: Uint8Array): Outcome<HydrologyMessage> {
  const frame = readFrame(bytes)
  return frame.ok ? readMessage(frame.value) : frame
}

/** The message in a frame whose checksum holds. */
export function readMessage({ up, centre, station, password, functionCode, body, end }: Frame): Outcome<HydrologyMessage> {
  const name = (Object.keys(functions) as FunctionName[]).find((one) => functions[one] === functionCode)
  if (name === undefined) return refused(`function ${hexOf(Uint8Array.of(functionCode))} is not read here`)
  if (body.length < OPENING_BYTES) return refused(`the body has ${body.length} bytes: serial number and time alone have ${OPENING_BYTES}`)
  const sent = readTime(body.subarray(2, OPENING_BYTES))
  if (!sent.ok) return refused(`the time of sending: ${sent.why}`)
  const carried = { centre, station, password, serial: (body[0]! << 8) | body[1]!, sent: sent.value }
  const rest = body.subarray(OPENING_BYTES)
  return up ? readUp(carried, name, rest, end) : readDown(carried, name, rest, end)
}

function readUp(carried: Carried, name: FunctionName, rest: Uint8Array, end: End): Outcome<HydrologyMessage> {
  if (end !== 'etx') return refused(`what a station sends ends with ETX, not with ${end.toUpperCase()}`)
  if (name === 'keepAlive') return rest.length === 0 ? done({ kind: 'keepAlive', ...carried }) : refused('a keep-alive carries serial number and time alone')
  const fault = stationFault(rest, carried.station)
  if (fault !== null) return refused(fault)
  const told = rest.subarray(STATION_BYTES)
  if (told.length < OBSERVED_BYTES || !startsWith(told.subarray(1), OBSERVED_MARK)) return refused('a report has a class, F0F0 and a time behind its station')
  const stationClass = String.fromCharCode(told[0]!)
  if (!isStationClass(stationClass)) return refused(`the class ${hexOf(told.subarray(0, 1))} is none of ${stationClasses}`)
  const observed = readTime(told.subarray(3, OBSERVED_BYTES))
  if (!observed.ok) return refused(`the time of observation: ${observed.why}`)
  const elements = readElements(told.subarray(OBSERVED_BYTES))
  if (!elements.ok) return elements
  if (elements.value.length === 0) return refused('a report without elements tells nothing')
  return done({ kind: 'report', ...carried, report: name, stationClass, observed: observed.value, elements: elements.value })
}

function readDown(carried: Carried, name: FunctionName, rest: Uint8Array, end: End): Outcome<HydrologyMessage> {
  if (end === 'etx' || end === 'etb') return refused(`what a centre sends does not end with ${end.toUpperCase()}`)
  if (end !== 'enq') return rest.length === 0 ? done({ kind: 'reply', ...carried, to: name, end }) : refused('a reply carries serial number and time alone')
  if (name !== 'now' && name !== 'elements') return refused(`a centre does not ask for ${name}`)
  const fault = stationFault(rest, carried.station)
  if (fault !== null) return refused(fault)
  const wanted = readWanted(rest.subarray(STATION_BYTES))
  if (!wanted.ok) return wanted
  const none = wantedFault(name, wanted.value)
  return none === null ? done({ kind: 'question', ...carried, asks: name, wanted: wanted.value }) : refused(none)
}

/** A body that names another station than its frame would be filed under the wrong one. */
function stationFault(rest: Uint8Array, station: string): string | null {
  if (rest.length < STATION_BYTES || !startsWith(rest, STATION_MARK)) return 'the body does not name its station behind F1F1'
  const told = hexOf(rest.subarray(2, STATION_BYTES))
  return told === station ? null : `the frame is of station ${station} and its body of ${told}`
}

const startsWith = (bytes: Uint8Array, mark: Uint8Array): boolean => mark.every((byte, index) => bytes[index] === byte)

/** The pieces behind the head, or the first fault among them. */
function all(head: Uint8Array[], pieces: Outcome<Uint8Array>[]): Outcome<Uint8Array[]> {
  const written = [...head]
  for (const piece of pieces) {
    if (!piece.ok) return piece
    written.push(piece.value)
  }
  return done(written)
}

function joined(pieces: Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}
