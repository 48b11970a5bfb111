/** Numbers in registers: integers, floats and BCD in the four word orders. */

export const types = ['u16', 'i16', 'u32', 'i32', 'u64', 'f32', 'f64', 'bcd16', 'bcd32', 'bytes-decimal'] as const
export const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const

/** `bytes-decimal`: high byte the integer, low byte the tenths (0x1409 = 20.9). Order means nothing for one-register types but BADC and DCBA, which swap their bytes. */
export interface Encoding {
  type: (typeof types)[number]
  order: (typeof orders)[number]
}

const sizes: Record<Encoding['type'], number> = {
  u16: 1,
  i16: 1,
  u32: 2,
  i32: 2,
  u64: 4,
  f32: 2,
  f64: 4,
  bcd16: 1,
  bcd32: 2,
  'bytes-decimal': 1,
}

/** Registers that a number of this type takes. */
export const wordsOf = (type: Encoding['type']): number => sizes[type]

// The longest number is four registers. The bytes of one number pass through here, highest first; all is synchronous, so one is enough.
const bytes = new DataView(new ArrayBuffer(8))

/**
 * The number that starts at `words[at]`. NaN where the words hold none: a BCD digit above 9, tenths above 9, a u64 above 2^53
 * (which a JS number would silently round). Throws RangeError where the words end before the number does: that is our own mistake.
 */
export function decodeNumber(words: ArrayLike<number>, at: number, { type, order }: Encoding): number {
  const count = sizes[type]
  if (!Number.isInteger(at) || at < 0 || at + count > words.length) throw new RangeError(`${type} at ${at} does not fit in ${words.length} words`)
  const wordsReversed = order === 'CDAB' || order === 'DCBA'
  const littleEndian = order === 'BADC' || order === 'DCBA'
  for (let i = 0; i < count; i++) bytes.setUint16(2 * i, words[at + (wordsReversed ? count - 1 - i : i)]!, littleEndian)
  switch (type) {
    case 'u16':
      return bytes.getUint16(0)
    case 'i16':
      return bytes.getInt16(0)
    case 'u32':
      return bytes.getUint32(0)
    case 'i32':
      return bytes.getInt32(0)
    case 'u64': {
      const value = bytes.getUint32(0) * 2 ** 32 + bytes.getUint32(4)
      return Number.isSafeInteger(value) ? value : Number.NaN
    }
    case 'f32':
      return bytes.getFloat32(0)
    case 'f64':
      return bytes.getFloat64(0)
    case 'bcd16':
      return decimalDigits(bytes.getUint16(0), 4)
    case 'bcd32':
      return decimalDigits(bytes.getUint32(0), 8)
    case 'bytes-decimal':
      return bytes.getUint8(1) > 9 ? Number.NaN : (bytes.getUint8(0) * 10 + bytes.getUint8(1)) / 10
  }
}

/** The registers that hold a number. Throws RangeError on a number that the type cannot hold. */
export function encodeNumber(value: number, { type, order }: Encoding): number[] {
  const count = sizes[type]
  switch (type) {
    case 'u16':
      bytes.setUint16(0, whole(value, type, 0, 2 ** 16 - 1))
      break
    case 'i16':
      bytes.setInt16(0, whole(value, type, -(2 ** 15), 2 ** 15 - 1))
      break
    case 'u32':
      bytes.setUint32(0, whole(value, type, 0, 2 ** 32 - 1))
      break
    case 'i32':
      bytes.setInt32(0, whole(value, type, -(2 ** 31), 2 ** 31 - 1))
      break
    case 'u64':
      bytes.setUint32(0, Math.floor(whole(value, type, 0, Number.MAX_SAFE_INTEGER) / 2 ** 32))
      bytes.setUint32(4, value % 2 ** 32)
      break
    case 'f32':
      bytes.setFloat32(0, value)
      break
    case 'f64':
      bytes.setFloat64(0, value)
      break
    case 'bcd16':
      bytes.setUint16(0, Number.parseInt(String(whole(value, type, 0, 9999)), 16))
      break
    case 'bcd32':
      bytes.setUint32(0, Number.parseInt(String(whole(value, type, 0, 99_999_999)), 16))
      break
    case 'bytes-decimal': {
      const tenths = whole(Math.round(value * 10), type, 0, 2559)
      bytes.setUint8(0, Math.floor(tenths / 10))
      bytes.setUint8(1, tenths % 10)
      break
    }
  }
  const wordsReversed = order === 'CDAB' || order === 'DCBA'
  const littleEndian = order === 'BADC' || order === 'DCBA'
  return Array.from({ length: count }, (_, i) => bytes.getUint16(2 * (wordsReversed ? count - 1 - i : i), littleEndian))
}

/** Bit 0 is the lowest. */
export const bitOf = (word: number, bit: number): 0 | 1 => ((word >>> bit) & 1) as 0 | 1

function decimalDigits(packed: number, digits: number): number {
  let value = 0
  for (let digit = digits - 1; digit >= 0; digit--) {
    const nibble = (packed >>> (4 * digit)) & 0xf
    if (nibble > 9) return Number.NaN
    value = value * 10 + nibble
  }
  return value
}

function whole(value: number, type: string, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) throw new RangeError(`${value} is no ${type} (${least} to ${most}, whole)`)
  return value
}
