/** The numbers in a frame of an instrument that speaks no Modbus: frame to values to the registers that show them, and back for twins. */
import { decodeNumber, type Encoding, encodeNumber, wordsOf } from '../../protocol/numbers.ts'
import type { FramePlace, Talk } from '../profile.ts'
import { bodyOf, latin1, seal, splitFields } from './framing.ts'

/** Each value is shown as a 64-bit float, so that it keeps whatever an instrument can write. */
export const shownAs: Encoding = { type: 'f64', order: 'ABCD' }
export const wordsEach = wordsOf('f64')

/** No instrument writes a number with more characters; what is longer is not one. */
const longestNumber = 24

/** The registers that show the values of a frame; NaN for what is no number. */
export function wordsOfFrame(talk: Talk, frame: Uint8Array): Uint16Array {
  const words = new Uint16Array(wordsEach * talk.values.length)
  for (const [number, place] of talk.values.entries()) words.set(encodeNumber(valueAt(talk, place, frame), shownAs), wordsEach * number)
  return words
}

export const valuesOfFrame = (talk: Talk, frame: Uint8Array): number[] => talk.values.map((place) => valueAt(talk, place, frame))

function valueAt(talk: Talk, place: FramePlace, frame: Uint8Array): number {
  const { find, as } = place
  if (isText(place)) {
    const span = spanOf(talk, place, frame)
    return span ? numberIn(latin1(frame.subarray(span.from, span.to)), place, talk.decimalComma) : Number.NaN
  }
  if (!('at' in find) || find.at + find.length > frame.length) return Number.NaN
  const bytes = frame.subarray(find.at, find.at + find.length)
  if (as === 'bcd' || as === 'signed-bcd') return packed(bytes, as === 'signed-bcd')
  if (as === 'u8') return bytes[0]!
  if (as === 'i8') return (bytes[0]! << 24) >> 24
  const words = Array.from({ length: bytes.length / 2 }, (_, i) => (bytes[2 * i]! << 8) | bytes[2 * i + 1]!)
  return decodeNumber(words, 0, encodingOf(place))
}

/** Where a value stands, for people. */
export const placeText = ({ find, as }: FramePlace): string =>
  'field' in find ? `field ${find.field}` : 'after' in find ? `the field \`${find.after}\`` : `byte ${find.at} (${as})`

/** Written in characters, not as bytes. */
export const isText = ({ as }: FramePlace): boolean => as === 'decimal' || as === 'hex' || as === 'letter'

const encodingOf = ({ as, order }: FramePlace): Encoding => ({ type: as as Encoding['type'], order })

/** Where a number that is text stands in this frame, its suffix behind it. */
function spanOf(talk: Talk, { find }: FramePlace, frame: Uint8Array): { from: number; to: number } | null {
  if ('at' in find) return find.at + find.length <= frame.length ? { from: find.at, to: find.at + find.length } : null
  const { framing } = talk
  const body = bodyOf(frame, framing)
  const fields = splitFields(frame, framing)
  let from = body.from
  for (const [number, field] of fields.entries()) {
    if ('field' in find && number + 1 === find.field) return { from, to: from + field.length }
    if ('after' in find && field.startsWith(find.after)) return { from: from + find.after.length, to: from + field.length }
    from += field.length + (framing.fields?.separator ?? ',').length
  }
  return null
}

const decimals = /^[-+]?(\d+\.?\d*|\.\d+)$/
const hexadecimals = /^[0-9A-Fa-f]{1,8}$/

/** NaN where the text is anything but the number and its suffix. */
function numberIn(text: string, { as, suffix, decimals: places }: FramePlace, comma: boolean): number {
  if (text.length > longestNumber || !text.endsWith(suffix)) return Number.NaN
  const bare = text.slice(0, text.length - suffix.length).trim()
  if (as === 'letter') return bare.length === 1 ? bare.charCodeAt(0) : Number.NaN
  if (as === 'hex') return hexadecimals.test(bare) ? Number.parseInt(bare, 16) : Number.NaN
  if (comma && bare.includes('.')) return Number.NaN
  const written = comma ? bare.replace(',', '.') : bare
  if (!decimals.test(written)) return Number.NaN
  return places > 0 ? Math.round(Number(written) * 10 ** places) : Number(written)
}

/** Two decimal digits a byte, the highest first. NaN where a half-byte is none. */
function packed(bytes: Uint8Array, signed: boolean): number {
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const sign = signed ? digits[0] : '0'
  const rest = signed ? digits.slice(1) : digits
  if (!/^\d+$/.test(rest) || (sign !== '0' && sign !== '1')) return Number.NaN
  return sign === '1' ? -Number(rest) : Number(rest)
}

/**
 * The frame that an instrument with these registers would send: its example, with the values in their places, written as wide and as
 * fine as the example has them. Null where a value does not fit there.
 */
export function frameOfWords(talk: Talk, words: ArrayLike<number>): Uint8Array | null {
  let frame: Uint8Array = talk.example.slice()
  for (const [number, place] of talk.values.entries()) {
    const value = decodeNumber(words, wordsEach * number, shownAs)
    const next = isText(place) ? withText(talk, frame, place, value) : withBytes(frame, place, value)
    if (!next) return null
    frame = next
  }
  seal(frame, talk.framing)
  return frame
}

function withText(talk: Talk, frame: Uint8Array, place: FramePlace, value: number): Uint8Array | null {
  const span = spanOf(talk, place, frame)
  if (!span) return null
  const shown = latin1(frame.subarray(span.from, span.to))
  // Bytes of a fixed place have their width, and those of a frame that has one length; other fields may grow.
  const wide = 'at' in place.find || typeof talk.framing.length === 'number'
  const text = written(shown, place, value, wide, talk.decimalComma)
  if (wide && text.length !== shown.length) return null
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0))
  return Uint8Array.of(...frame.subarray(0, span.from), ...bytes, ...frame.subarray(span.to))
}

/** A number as the example writes it: sign, width and decimals; blanks where there is none. */
function written(example: string, { as, suffix, decimals: scaled }: FramePlace, value: number, wide: boolean, comma: boolean): string {
  const bare = example.slice(0, example.length - suffix.length)
  if (Number.isNaN(value)) return wide ? ' '.repeat(example.length) : ''
  if (as === 'letter') return String.fromCharCode(value) + suffix
  if (as === 'hex') return value.toString(16).toUpperCase().padStart(bare.length, '0') + suffix
  const places = (/[.,](\d*)/.exec(bare)?.[1] ?? '').length
  const sign = value < 0 ? '-' : bare.startsWith('+') || bare.startsWith('-') ? '+' : ''
  const digits = (Math.abs(value) / 10 ** scaled).toFixed(places)
  const padded = wide || /^[-+]?0\d/.test(bare) ? digits.padStart(bare.length - sign.length, bare.startsWith(' ') ? ' ' : '0') : digits
  return sign + (comma ? padded.replace('.', ',') : padded) + suffix
}

function withBytes(frame: Uint8Array, place: FramePlace, value: number): Uint8Array | null {
  const { find, as } = place
  if (!('at' in find) || Number.isNaN(value)) return null
  const { at, length } = find
  const next = frame.slice()
  if (as === 'u8' || as === 'i8') next[at] = value
  else if (as === 'bcd' || as === 'signed-bcd') {
    const sign = as === 'signed-bcd' ? (value < 0 ? '1' : '0') : ''
    const digits = sign + String(Math.abs(Math.round(value))).padStart(2 * length - sign.length, '0')
    if (digits.length !== 2 * length) return null
    for (let i = 0; i < length; i++) next[at + i] = Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16)
  } else {
    for (const [i, word] of encodeNumber(value, encodingOf(place)).entries()) {
      next[at + 2 * i] = word >>> 8
      next[at + 2 * i + 1] = word & 0xff
    }
  }
  return next
}
