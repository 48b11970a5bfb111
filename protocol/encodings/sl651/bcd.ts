/** Decimal digits as SL 651-2014 packs them, two in a byte, and the numbers and times that are made of them. */

import { type Instant, instant } from '../../time.ts'

/** A thing that was read or written, or one sentence that says why it was not. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; why: string }

export const done = <T>(value: T): Outcome<T> => ({ ok: true, value })
export const refused = (why: string): { ok: false; why: string } => ({ ok: false, why })

/** 14 digits: more are not exact in a double. The widest number of the standard that we know of has 12. */
export const MAX_NUMBER_BYTES = 7

/** A definition has 3 bits for the digits behind the point. */
const MAX_DECIMALS = 7

/** Stands for no value where all bytes are so, and for a minus where only the first is. */
const MARK = 0xff

/** Hydrology tells Beijing time, which knows no summer time, wherever the station stands. */
const BEIJING_MS = 8 * 3_600_000

/** Two digits of a year are of this century; none of a station's readings is older than the standard. */
const CENTURY = 2000

export const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()

/** The bytes of an even number of hex digits; the caller has made sure that they are such. */
export const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

export const isWhole = (value: number, most: number): boolean => Number.isInteger(value) && value >= 0 && value <= most

/** `null` is no value: as many FF as the number is wide. A number below 0 has one byte more, FF, in front. */
export function writeNumber(value: number | null, bytes: number, decimals: number): Outcome<Uint8Array> {
  if (!isWhole(bytes - 1, MAX_NUMBER_BYTES - 1)) return refused(`a number of ${bytes} bytes is not written: give 1 to ${MAX_NUMBER_BYTES}`)
  if (!isWhole(decimals, MAX_DECIMALS)) return refused(`${decimals} digits behind the point are not written: give 0 to ${MAX_DECIMALS}`)
  if (value === null) return done(new Uint8Array(bytes).fill(MARK))
  if (!Number.isFinite(value)) return refused(`${value} is no number: give null where there is no value`)
  const digits = Math.abs(value)
    .toFixed(decimals)
    .replace('.', '')
    .replace(/^0+(?=.)/, '')
    .padStart(2 * bytes, '0')
  if (!/^\d+$/.test(digits) || digits.length > 2 * bytes) return refused(`${value} with ${decimals} digits behind the point does not fit in ${bytes} bytes`)
  return done(bytesOf(value < 0 && /[1-9]/.test(digits) ? `FF${digits}` : digits))
}

/** `bytes` is the width without the byte of the minus, so that what was read can be written again. */
export function readNumber(raw: Uint8Array, decimals: number): Outcome<{ value: number | null; bytes: number }> {
  if (raw.length === 0) return refused('a number of 0 bytes tells nothing')
  const none = raw.every((byte) => byte === MARK)
  const minus = !none && raw[0] === MARK
  const digits = hexOf(minus ? raw.subarray(1) : raw)
  if (digits.length > 2 * MAX_NUMBER_BYTES) return refused(`a number of ${raw.length} bytes is wider than ${MAX_NUMBER_BYTES}`)
  if (none) return done({ value: null, bytes: raw.length })
  if (!/^\d+$/.test(digits)) return refused(`${hexOf(raw)} is no BCD number`)
  const value = Number(digits) / 10 ** decimals
  return done({ value: minus && value !== 0 ? -value : value, bytes: digits.length / 2 })
}

/** YYMMDDhhmm or, with 6 bytes, YYMMDDhhmmss, in Beijing time; what is finer is cut off. */
export function writeTime(at: Instant, bytes: 5 | 6): Outcome<Uint8Array> {
  const local = new Date(at + BEIJING_MS)
  const year = local.getUTCFullYear() - CENTURY
  if (!isWhole(year, 99)) return refused(`${at} is no time from ${CENTURY} to ${CENTURY + 99}`)
  return done(
    bytesOf(
      local
        .toISOString()
        .replace(/\D/g, '')
        .slice(2, 2 + 2 * bytes),
    ),
  )
}

export function readTime(raw: Uint8Array): Outcome<Instant> {
  const digits = hexOf(raw)
  const none = refused(`${digits} is no time`)
  if (!/^\d+$/.test(digits)) return none
  const [year, month, day, hour, minute, second = 0] = (digits.match(/../g) ?? []).map(Number) as [number, number, number, number, number, number?]
  const local = Date.UTC(CENTURY + year, month - 1, day, hour, minute, second)
  // A 30th of February rolls on into March, and is then not what was read.
  const again = new Date(local)
    .toISOString()
    .replace(/\D/g, '')
    .slice(2, 2 + digits.length)
  return again === digits ? done(instant(local - BEIJING_MS)) : none
}
