/** What a profile may say of an instrument that speaks frames of its own: how it is asked, how its frames are told apart, where values stand. */
import { about, duration, either, flag, oneOf, optional, pattern, type Read, refine, shape, table, text, turn, whole } from '../protocol/files/schema.ts'
import { orders } from '../protocol/numbers.ts'
import type { Checksum } from '../protocol/ports.ts'
import { type FrameNumber, type FramePlace, frameNumbers, type Place } from './profile.ts'

/** The longest frame of the instruments that we know has some 150 bytes; this is the bound where a profile says none. */
const USUAL_MOST = 256
/** What is longer is a file, and no frame. */
const MOST = 1024
/** Slower than once an hour no instrument speaks by itself; a station would not know whether it lives. */
const LONGEST_PERIOD_MS = 3_600_000

/** A half-byte is a decimal digit; more than seven bytes of them are no exact number. */
const MOST_BCD_BYTES = 7

/** How YAML writes a byte within double quotes; in single quotes, or in none, it is letters, and no instrument ever sends them. */
const ESCAPE = /\\(?:[rntae0]|x[0-9a-fA-F]{2})/

const toBytes = (hex: string): Uint8Array => Uint8Array.from(hex.match(/[0-9a-fA-F]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16))

/** Text as it is sent ("\r\n" and "\x02" are YAML's own, in double quotes), or hexadecimal bytes. */
const bytes = (most: number) =>
  either(
    turn(
      refine(text({ most }), (written) => {
        if ([...written].some((letter) => letter.charCodeAt(0) > 0xff)) return 'a letter that is no byte\nwrite { hex: "..." }'
        const [letters] = ESCAPE.exec(written) ?? []
        return letters
          ? `${letters} is ${letters.length} letters here\nput it in double quotes to mean a byte; if you mean the letters, write { hex: "..." }`
          : null
      }),
      (written) => Uint8Array.from(written, (letter) => letter.charCodeAt(0)),
    ),
    turn(shape({ hex: pattern(/^\s*([0-9a-fA-F]{2}\s*)+$/, 'a row of hexadecimal bytes', '"77 05 00 00 04 09"') }), ({ hex }) => toBytes(hex)),
  )

const place = (words: string) => about(whole({ least: -MOST, most: MOST }), words)

const checksum = turn(
  shape({
    kind: about(oneOf(['sum8', 'lrc8', 'xor8', 'crc16-modbus', 'crc16-arc', 'crc16-ccitt']), 'how it is made; lrc8 is the two’s complement of sum8'),
    from: optional(about(whole({ least: 0, most: MOST }), 'the first byte that it covers, from 0'), 0),
    to: optional(place('the first byte that it does not cover, negative from the end of the frame; default: where it stands')),
    at: place('where it stands; negative from the end of the frame'),
    as: optional(oneOf(['bytes-low-first', 'bytes-high-first', 'hex', 'sdi12']), 'hex'),
    mark: optional(about(bytes(4), 'what stands right before it, and belongs to no field: "*"')),
  }),
  ({ to, mark, ...rest }): Checksum => ({ ...rest, to: to ?? rest.at, ...(mark ? { mark } : {}) }),
)

export const talk = refine(
  shape({
    request: optional(about(bytes(MOST), 'what it is sent for each row; left out of one that speaks by itself')),
    period: optional(about(duration({ least: 10, most: LONGEST_PERIOD_MS }), 'how often it speaks, of one that does so by itself')),
    start: optional(about(bytes(40), 'what each frame begins with')),
    end: optional(about(bytes(8), 'what each frame ends with')),
    length: optional(
      about(
        either(whole({ least: 1, most: MOST }), shape({ at: whole({ least: 0, most: 40 }), plus: whole({ least: 0, most: 255 }) })),
        'bytes of a frame; or the byte in which they stand, and how many more there are than it says',
      ),
    ),
    most: optional(about(whole({ least: 2, most: MOST }), 'bytes of the longest frame; what is longer is noise'), USUAL_MOST),
    text: optional(about(flag(), 'it is ASCII: frames with other bytes are noise'), false),
    separator: optional(about(text({ most: 4 }), 'what its fields are split by')),
    fixed: optional(
      about(
        table(text({ least: 0, most: 20 }), pattern(/^[1-9]\d?$/, 'the number of a field', '8')),
        'fields that hold always the same, by their number; where another text stands it is another kind of frame',
      ),
      {},
    ),
    decimal: optional(about(oneOf(['point', 'comma']), 'how it writes fractions'), 'point'),
    checksum: optional(checksum),
    example: about(bytes(MOST), 'one whole frame, best as the manual prints it: the profile is tried on it, and its twin speaks so'),
  }),
  ({ request, period, start, end, length, most, separator, fixed, decimal }) => {
    if ((request === undefined) === (period === undefined))
      return 'it is asked, or it speaks by itself\ngive `request`, or the `period` of one that speaks by itself'
    if (start === undefined && end === undefined) return 'nothing tells where a frame begins or ends\ngive `start`, `end` or both'
    if (end === undefined && length === undefined) return 'nothing tells where a frame ends\ngive `end` or `length`'
    if (separator === undefined && Object.keys(fixed).length > 0) return 'nothing says what splits the fields\nadd `separator:`'
    if (separator?.includes(decimal === 'comma' ? ',' : '.'))
      return `a ${decimal} both splits the fields and writes fractions\ncorrect \`separator\` or \`decimal\``
    if (typeof length === 'number' && length > most) return `a frame of ${length} bytes is longer than the longest\nraise \`most\``
    return null
  },
)
export type TalkWritten = Read<typeof talk>

const widths: Partial<Record<FrameNumber, number>> = { u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4 }
const ofText = (as: FrameNumber): boolean => as === 'decimal' || as === 'hex' || as === 'letter'

const entries = {
  field: optional(about(whole({ least: 1, most: 99 }), 'the field, counted from 1 behind the start')),
  after: optional(about(text({ most: 20 }), 'the field that begins with this label')),
  at: optional(about(whole({ least: 0, most: MOST }), 'the byte of the frame, from 0')),
  length: optional(about(whole({ least: 1, most: 40 }), 'how many bytes, of text and of BCD')),
  as: optional(about(oneOf(frameNumbers), 'how it is written; decimal text where it is left out')),
  order: optional(about(oneOf(orders), 'order of the bytes; ABCD (highest first) where it is left out')),
  suffix: optional(about(text({ most: 8 }), 'what must follow the number: the letter of its unit; anything else is "no value"')),
  decimals: optional(about(whole({ least: 1, most: 6 }), 'a decimal is taken as a whole number of its last place, for counting: 12.3 with 3 is 12300')),
  bit: optional(about(whole({ least: 0, most: 31 }), 'one bit of the number, 0 the lowest')),
}
const framePlaceShape = () => shape(entries)
type FramePlaceWritten = Read<ReturnType<typeof framePlaceShape>>

function framePlaceFault({ field, after, at, length, as = 'decimal', order, suffix, decimals, bit }: FramePlaceWritten): string | null {
  const ways = [field, after, at].filter((way) => way !== undefined).length
  if (ways !== 1) return 'a value stands at one place\ngive one of field, after, at'
  const width = widths[as]
  if (at === undefined && (width !== undefined || as.endsWith('bcd'))) return `a number of type ${as} is no text\ngive the byte where it stands: \`at:\``
  if (at === undefined && length !== undefined) return 'a field is as long as it is\nleave length out'
  if (at !== undefined && width !== undefined && (length ?? width) !== width) return `a number of type ${as} has ${width} bytes\nleave length out`
  if (at !== undefined && width === undefined && length === undefined) return 'nobody knows how long it is\nadd `length:`'
  if (as.endsWith('bcd') && (length ?? 0) > MOST_BCD_BYTES) return `${length} bytes of digits are no exact number\nat most ${MOST_BCD_BYTES}`
  if (suffix !== undefined && !ofText(as)) return 'bytes have no suffix\nleave it out'
  if (decimals !== undefined && as !== 'decimal') return 'only a decimal has decimals\nleave decimals out'
  if (order !== undefined && (width ?? 0) < 2) return 'there are no bytes to order\nleave order out'
  const bits = as === 'hex' ? 32 : 8 * (as.startsWith('u') ? (width ?? 0) : 0)
  return bit !== undefined && bit >= bits ? `a number of type ${as} has no bit ${bit}\nread it as u8, u16, u32 or hex` : null
}

/** Which register shows it, is told when the whole profile is known. */
function toFramePlace({ field, after, at, length, as = 'decimal', order, suffix, decimals, bit }: FramePlaceWritten): Place {
  const find: FramePlace['find'] =
    field !== undefined ? { field } : after !== undefined ? { after } : { at: at as number, length: length ?? (widths[as] as number) }
  return {
    table: 'input',
    address: 0,
    as: { type: 'f64', order: 'ABCD' },
    bit: bit ?? null,
    frame: { find, as, order: order ?? 'ABCD', suffix: suffix ?? '', decimals: decimals ?? 0 },
  }
}

export const framePlace = turn(refine(framePlaceShape(), framePlaceFault), toFramePlace)
