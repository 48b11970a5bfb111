/** Reads the registers round one address, and says what they could mean: every type, word order and scale, and which of them are plausible. */
import { decodeNumber, type Encoding, orders, types, wordsOf } from '../../protocol/numbers.ts'
import type { Reply } from '../../protocol/ports.ts'
import type { ReadingBus } from './find.ts'

/** Manuals count from 0 and from 1: what stands beside is looked at too. */
export const OFFSETS = [-1, 0, 1] as const
export type Offset = (typeof OFFSETS)[number]
export const SCALES = [1, 0.1, 0.01, 0.001] as const

/** The widest number has four registers. */
const WIDEST = 4

/** A value that jumped is not believed for so many reads. */
const JUMP_LASTS = 5
/** A change by more than this part of the value is a jump: field quantities do not change so within a second. A few counts, or as much of one unit, are noise round 0. */
const JUMP = 0.25
const NOISE_COUNTS = 16

/** What instruments show, in any unit: a number outside of it is the wrong type more often than a true one. A count as it stands may be greater. */
const LEAST = 0.001
const MOST = 100_000
/** Raw integers, by their registers: the greater the number, the likelier that it is two numbers. */
const MOST_RAW = [0, 20_000, 10_000_000, 0, 1_000_000_000] as const

export type PeekTable = 'holding' | 'input'

export interface Glimpse {
  table: PeekTable
  /** Wire address of the first word. */
  first: number
  /** Null where the device refuses the register, or did not answer. */
  words: (number | null)[]
  /** Why nothing came, in words; empty where something did. */
  trouble: string
}

/** One way to read what stands at `address + offset`. */
export interface Meaning {
  encoding: Encoding
  offset: Offset
  /** NaN where the words are no such number, or were not read. */
  raw: number
  /** For each of the scales. */
  plausible: boolean[]
}

/** A byte order within one register, or the four of two and four. */
export const encodings: readonly Encoding[] = types.flatMap((type) =>
  orders.filter((order) => wordsOf(type) > 1 || order === 'ABCD' || order === 'BADC').map((order) => ({ type, order })),
)

interface Spot {
  unit: number
  table: PeekTable
  address: number
  timeoutMs: number
}

/** All at once where the device allows it; else one by one; else in the widths of numbers, for devices that give no half of one. */
export async function glimpse(bus: ReadingBus, { unit, table, address, timeoutMs }: Spot): Promise<Glimpse> {
  const first = Math.max(0, address - 1)
  const count = Math.min(0x10000, address + 1 + WIDEST) - first
  const words: (number | null)[] = Array.from({ length: count }, () => null)
  const read = async (from: number, many: number): Promise<Reply> => {
    const reply = await bus.read({ unit, table, address: from, count: many }, timeoutMs)
    if (reply.ok) for (const [at, word] of reply.words.entries()) words[from - first + at] = word
    return reply
  }
  const told = (reply: Reply): Glimpse => ({ table, first, words, trouble: words.some((word) => word !== null) || reply.ok ? '' : troubleOf(reply) })
  const whole = await read(first, count)
  if (whole.ok || whole.fault !== 'exception' || whole.code === 1) return told(whole)
  let last: Reply = whole
  for (let at = first; at < first + count; at++) last = await read(at, 1)
  for (const width of [2, WIDEST]) {
    if (words[address - first] === null && address + width <= 0x10000) last = await read(address, width)
  }
  return told(last.ok ? whole : last)
}

const troubleOf = (reply: { fault: string; detail?: string }): string => reply.detail ?? reply.fault

/** Remembers what it has seen, to know what changes smoothly; one for each table. */
export function makePeeker(address: number): (seen: Glimpse) => Meaning[] {
  const before = new Map<string, { raw: number; calm: number }>()
  return ({ first, words }) =>
    encodings.flatMap((encoding) =>
      OFFSETS.map((offset) => {
        const at = address + offset - first
        const raw = rawAt(words, at, encoding)
        const key = `${encoding.type} ${encoding.order} ${offset}`
        const held = before.get(key) ?? { raw, calm: JUMP_LASTS }
        const calm = jumped(held.raw, raw, encoding) ? 0 : held.calm + 1
        if (!Number.isNaN(raw)) before.set(key, { raw, calm })
        const sound = calm >= JUMP_LASTS && isLeast(raw, words, at, encoding.type)
        return { encoding, offset, raw, plausible: SCALES.map((scale) => sound && isPlausible(raw, scale, encoding)) }
      }),
    )
}

/** Of the orders of an integer the one that gives the smallest number is meant: registers of the field hold more zeros in front than behind. */
function isLeast(raw: number, words: (number | null)[], at: number, type: Encoding['type']): boolean {
  if (!integers.includes(type)) return true
  return encodings.every((other) => other.type !== type || !(Math.abs(rawAt(words, at, other)) < Math.abs(raw)))
}

const integers: Encoding['type'][] = ['u16', 'i16', 'u32', 'i32', 'u64']

function rawAt(words: (number | null)[], at: number, encoding: Encoding): number {
  const part = at < 0 ? [] : words.slice(at, at + wordsOf(encoding.type))
  if (part.length < wordsOf(encoding.type) || part.some((word) => word === null)) return Number.NaN
  return decodeNumber(part as number[], 0, encoding)
}

function jumped(before: number, now: number, { type }: Encoding): boolean {
  const change = Math.abs(now - before)
  const noise = isFloat(type) ? JUMP : NOISE_COUNTS
  return change > noise && change > JUMP * Math.max(Math.abs(before), Math.abs(now))
}

const isFloat = (type: Encoding['type']): boolean => type === 'f32' || type === 'f64'

/** raw / 10 is the double nearest to the decimal that is meant; raw * 0.1 often is not. */
export const scaled = (raw: number, scale: number): number => raw / Math.round(1 / scale)

/** Nothing is told by a 0. */
function isPlausible(raw: number, scale: number, { type }: Encoding): boolean {
  const value = Math.abs(scaled(raw, scale))
  if (!Number.isFinite(value) || value < LEAST || (value > MOST && (scale !== 1 || isFloat(type)))) return false
  if (isFloat(type)) return scale === 1
  if (type === 'bytes-decimal') return scale === 1 && value >= 1 && value <= 100
  // Digits of a small number are decimal by chance.
  if ((type === 'bcd16' || type === 'bcd32') && raw < 100) return false
  return Math.abs(raw) <= (MOST_RAW[wordsOf(type)] ?? 0)
}

/** More than these are no help to choose from. */
const MOST_LIKELY = 3

/**
 * The plausible meanings at the address itself, those that say most first; of those that come to one number only the first. A register of nothing but ones is the front of a small negative
 * integer; else few patterns of bits are a float of everyday size, and most are some integer.
 */
export function likely(meanings: readonly Meaning[]): Meaning[] {
  const order: Encoding['type'][] = ['f32', 'f64', 'i16', 'u16', 'i32', 'u32']
  const own = meanings.filter(({ offset, plausible }) => offset === 0 && plausible.some(Boolean))
  const ranked = own.toSorted((a, b) => rank(order, a) - rank(order, b))
  return ranked.filter(({ raw }, at) => ranked.findIndex((other) => other.raw === raw) === at).slice(0, MOST_LIKELY)
}

const rank = (order: Encoding['type'][], { encoding, raw }: Meaning): number => {
  if (encoding.type === 'i32' && raw < 0 && raw >= -0x8000) return -1
  const at = order.indexOf(encoding.type)
  // Few makers swap the bytes within a register.
  const swapped = encoding.order === 'BADC' || encoding.order === 'DCBA' ? 100 : 0
  return swapped + (at < 0 ? order.length : at) * orders.length + orders.indexOf(encoding.order)
}
