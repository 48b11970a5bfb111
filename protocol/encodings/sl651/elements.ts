/** The elements of an SL 651-2014 report: which code means what, and how each is written behind its definition byte. */

import type { Outcome } from './bcd.ts'
import { done, hexOf, isWhole, readNumber, refused, writeNumber } from './bcd.ts'

/**
 *     20    19         00 00 05           19 = 0001 1 001: 3 bytes of BCD, 1 digit behind the point
 *     code  definition value              FF xx in place of the code: one of a province's own
 */
export interface NumberElement {
  form: 'number'
  /** Two bytes, 0xffxx, where a province has added it. */
  code: number
  bytes: number
  decimals: number
  /** `null`: the station has no value. */
  value: number | null
}

/** Twelve values of five minutes each, the oldest first: rain in mm (F4) or a level in m above its base (F5 to FC). */
export interface SeriesElement {
  form: 'series'
  code: number
  values: (number | null)[]
}

/** 32 bits of state and alarm of the station itself. */
export interface StateElement {
  form: 'state'
  bits: number
}

export type Element = NumberElement | SeriesElement | StateElement

interface Kind {
  code: number
  bytes: number
  decimals: number
  unit: string
}

/**
 * Those of slopes and rivers. Rain now, of 5 minutes and in all, level and supply stand in published frames; the definitions of ground water, flow
 * and soil are those of stations in the field; the day, the hour and the reservoir are from memory of the standard, and no frame has shown them.
 */
export const elementKinds = {
  groundwaterDepth: { code: 0x0e, bytes: 3, decimals: 2, unit: 'm' },
  soilMoisture10cm: { code: 0x10, bytes: 2, decimals: 1, unit: '%' },
  soilMoisture20cm: { code: 0x11, bytes: 2, decimals: 1, unit: '%' },
  soilMoisture30cm: { code: 0x12, bytes: 2, decimals: 1, unit: '%' },
  soilMoisture40cm: { code: 0x13, bytes: 2, decimals: 1, unit: '%' },
  rain1h: { code: 0x1a, bytes: 3, decimals: 1, unit: 'mm' },
  rainDay: { code: 0x1f, bytes: 3, decimals: 1, unit: 'mm' },
  rainNow: { code: 0x20, bytes: 3, decimals: 1, unit: 'mm' },
  rain5min: { code: 0x22, bytes: 3, decimals: 1, unit: 'mm' },
  rainTotal: { code: 0x26, bytes: 3, decimals: 1, unit: 'mm' },
  flowVelocity: { code: 0x37, bytes: 3, decimals: 3, unit: 'm/s' },
  supply: { code: 0x38, bytes: 2, decimals: 2, unit: 'V' },
  level: { code: 0x39, bytes: 4, decimals: 3, unit: 'm' },
  reservoirLevel: { code: 0x3b, bytes: 4, decimals: 3, unit: 'm' },
} satisfies Record<string, Kind>

export function numberElement(name: keyof typeof elementKinds, value: number | null): NumberElement {
  const { code, bytes, decimals } = elementKinds[name]
  return { form: 'number', code, bytes, decimals, value }
}

const STATE = 0x45
const STATE_DEFINITION = 0x20

/** An hour is told in twelves. */
const SERIES_VALUES = 12

/** Binary, not BCD, with the highest number for no value; from memory of the standard, the widths agree with the published definitions 60 and C0. */
function seriesOf(code: number): { bytes: 1 | 2; perUnit: number; definition: number; unit: string } | null {
  if (code === 0xf4) return { bytes: 1, perUnit: 10, definition: 0x60, unit: 'mm' }
  if (Number.isInteger(code) && code >= 0xf5 && code <= 0xfc) return { bytes: 2, perUnit: 100, definition: 0xc0, unit: 'm' }
  return null
}

/** What has a form of its own, which is not read here, and so is no number either. */
const others: Record<number, string> = {
  4: 'a step of time',
  5: 'a duration',
  69: 'the state of the station',
  240: 'a time of observation',
  241: 'an address',
  242: 'text by hand',
  243: 'a picture',
  253: 'a batch of velocities',
  255: 'the mark of an extension',
}

const codeText = (code: number): string => code.toString(16).toUpperCase().padStart(2, '0')

const isNumberCode = (code: number): boolean =>
  Number.isInteger(code) && ((code >= 0 && code <= 0xff && others[code] === undefined && !seriesOf(code)) || code >> 8 === 0xff)

const codeBytes = (code: number): number[] => (code > 0xff ? [code >> 8, code & 0xff] : [code])

export function writeElement(element: Element): Outcome<Uint8Array> {
  switch (element.form) {
    case 'number':
      return writeNumberElement(element)
    case 'series':
      return writeSeries(element)
    case 'state': {
      const { bits } = element
      if (!isWhole(bits, 0xffffffff)) return refused(`the state ${bits} is no whole number of 32 bits`)
      return done(Uint8Array.of(STATE, STATE_DEFINITION, bits >>> 24, (bits >>> 16) & 0xff, (bits >>> 8) & 0xff, bits & 0xff))
    }
  }
}

function writeNumberElement({ code, bytes, decimals, value }: NumberElement): Outcome<Uint8Array> {
  if (!isNumberCode(code)) return refused(`element ${codeText(code)} is ${others[code] ?? 'no number'}, which is not written as a number`)
  const written = writeNumber(value, bytes, decimals)
  if (!written.ok) return refused(`element ${codeText(code)}: ${written.why}`)
  return done(Uint8Array.of(...codeBytes(code), (written.value.length << 3) | decimals, ...written.value))
}

function writeSeries({ code, values }: SeriesElement): Outcome<Uint8Array> {
  const series = seriesOf(code)
  if (!series) return refused(`element ${codeText(code)} is no series: those are F4 to FC`)
  if (values.length !== SERIES_VALUES) return refused(`series ${codeText(code)} has ${values.length} values and must have ${SERIES_VALUES}`)
  const none = 2 ** (8 * series.bytes) - 1
  const counts = values.map((value) => (value === null ? none : Math.round(value * series.perUnit)))
  const wrong = values.findIndex((value, index) => value !== null && !isWhole(counts[index]!, none - 1))
  if (wrong >= 0) return refused(`series ${codeText(code)}: ${values[wrong]} is not from 0 to ${(none - 1) / series.perUnit} ${series.unit}`)
  return done(Uint8Array.of(code, series.definition, ...counts.flatMap((count) => (series.bytes === 1 ? [count] : [count >> 8, count & 0xff]))))
}

/** All elements of `raw`, in their order; one that cannot be read spoils the rest, since nothing else says where the next begins. */
export function readElements(raw: Uint8Array): Outcome<Element[]> {
  const elements: Element[] = []
  for (let at = 0; at < raw.length; ) {
    const head = readHead(raw, at)
    if (!head.ok) return head
    const { code, definition, next } = head.value
    const end = next + (definition >> 3)
    if (end > raw.length) return refused(`element ${codeText(code)} wants ${definition >> 3} bytes and has ${raw.length - next}`)
    const element = readElement(code, definition, raw.subarray(next, end))
    if (!element.ok) return refused(`element ${codeText(code)}: ${element.why}`)
    elements.push(element.value)
    at = end
  }
  return done(elements)
}

function readElement(code: number, definition: number, raw: Uint8Array): Outcome<Element> {
  const series = seriesOf(code)
  if (code === STATE || series) {
    const wanted = series?.definition ?? STATE_DEFINITION
    if (definition !== wanted) return refused(`its definition is ${codeText(definition)} and should be ${codeText(wanted)}`)
    return done(series ? { form: 'series', code, values: readValues(raw, series) } : { form: 'state', bits: Number.parseInt(hexOf(raw), 16) })
  }
  if (!isNumberCode(code)) return refused(`${others[code]} is not read here`)
  const decimals = definition & 7
  const number = readNumber(raw, decimals)
  return number.ok ? done({ form: 'number', code, decimals, ...number.value }) : number
}

function readValues(raw: Uint8Array, { bytes, perUnit }: { bytes: 1 | 2; perUnit: number }): (number | null)[] {
  const none = 2 ** (8 * bytes) - 1
  return Array.from({ length: SERIES_VALUES }, (_, index) => {
    const count = bytes === 1 ? raw[index]! : (raw[2 * index]! << 8) | raw[2 * index + 1]!
    return count === none ? null : count / perUnit
  })
}

/** What a centre asks for: codes with their definitions, without values. */
export interface Wanted {
  code: number
  definition: number
}

export function writeWanted({ code, definition }: Wanted): Outcome<Uint8Array> {
  const known = isNumberCode(code) || seriesOf(code) !== null || code === STATE
  if (!known || !isWhole(definition, 0xff)) return refused(`${codeText(code)} with the definition ${codeText(definition)} is no element that can be asked for`)
  return done(Uint8Array.of(...codeBytes(code), definition))
}

export function readWanted(raw: Uint8Array): Outcome<Wanted[]> {
  const wanted: Wanted[] = []
  for (let at = 0; at < raw.length; ) {
    const head = readHead(raw, at)
    if (!head.ok) return head
    const { code, definition, next } = head.value
    wanted.push({ code, definition })
    at = next
  }
  return done(wanted)
}

function readHead(raw: Uint8Array, at: number): Outcome<{ code: number; definition: number; next: number }> {
  const extended = raw[at] === 0xff
  const next = at + (extended ? 3 : 2)
  if (next > raw.length) return refused(`an element begins with ${hexOf(raw.subarray(at))} and ends before its definition`)
  return done({ code: extended ? 0xff00 | raw[at + 1]! : raw[at]!, definition: raw[next - 1]!, next })
}
