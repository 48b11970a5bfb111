/** A device profile: what an instrument says and how, as data. Read from YAML in profiles/, one file a kind of device. */

import type { Counting } from '../protocol/counting.ts'
import type { Encoding } from '../protocol/numbers.ts'
import type { Framing, OutputKind, Probe, Table } from '../protocol/ports.ts'
import type { Reason } from '../protocol/quality.ts'
import type { Millis } from '../protocol/time.ts'
import type { Drive, Watchdog } from './outputs/drive.ts'

/** Where a value stands on the device. `address` is the wire address (in the PDU, from 0). */
export interface Place {
  table: Table
  address: number
  as: Encoding
  /** One bit of a register, 0 the lowest; the value is then 0 or 1. Null: the whole value. */
  bit: number | null
  /** How many bits, from `bit` up, make the value; 1 where it is left out. */
  bitCount?: number
  /** Of a device that speaks no Modbus: where it really stands (see Talk). Table, address and type are then those of the registers that show it. */
  frame?: FramePlace
}

export interface ProfileChannel {
  name: string
  quantity: string
  unit: string
  digits: number
  read: Place
  /** value = raw * scale + offset. A counting channel keeps raw counts: its step stands in `counting`. */
  scale: number
  offset: number
  counting: Counting | null
  /** Raw values that mean "no value" (quirk 7). */
  noValue: number[]
  /** Raw values that the device uses as error codes, with what they mean. */
  codes: { raw: number; means: string; reason: Reason }[]
  /** Stretches of raw values that say something of the value, such as the fault currents of a 4-20 mA loop; the first that holds counts. */
  bands?: RawBand[]
  /** What the device can measure, in the channel's unit; values outside are over- or under-range. Null where the manual tells none. */
  range: { least: number; most: number } | null
  /** Reading this register clears it on the device (quirk 5): it is read by the poll alone, never by a diagnosis. */
  clearsOnRead: boolean
}

/** Raw values from `from` to `to`, both among them; infinite where an end is open. */
export interface RawBand {
  from: number
  to: number
  means: string
  quality: 'suspect' | 'fail' | 'missing'
  reason: Reason
  /** Until it has held so long the value is missing, and nothing is said; 0: at once. */
  holdMs?: number
}

/** A status bit or number that disowns values while it holds (quirks 10, 11). */
export interface ProfileFault {
  read: Place
  /** Holds when the register (or its bits) has one of these values; null: when it is not 0. */
  values: number[] | null
  means: string
  /** The bit stays set after its cause has gone (quirk 11): it is told, and marks nothing. */
  latched?: boolean
  marks: string[]
  quality: 'suspect' | 'fail' | 'missing'
  reason: Reason
}

/** Written before a read, then waited for (quirk 6: trigger, wait, read). */
export interface Trigger {
  place: { table: 'coil' | 'holding'; address: number }
  value: number
  waitMs: number
  /** Written to all devices of the line at once, which none answers; each then takes its turn, so long after the one of the address before. */
  broadcast: boolean
  staggerMs: number
}

/** Registers that tell that this is the device it should be; checked when a device comes (back) to the bus. */
export interface IdentityMark {
  read: Place
  equals: number
}

/**
 * How an instrument is asked that speaks frames of its own, and where its values stand in them. Profiles of Modbus devices have none.
 * To the rest of the house such a device is one with input registers: `values[k]` is the 64-bit number in registers 4k to 4k + 3.
 */
export interface Talk {
  /** What it is sent for each row; null where it speaks by itself. */
  request: Uint8Array | null
  /** How often it speaks, of one that does so by itself; else null. */
  everyMs: number | null
  framing: Framing
  /** A comma for the decimal point. */
  decimalComma: boolean
  values: FramePlace[]
  /** A whole frame, best of the manual: twins fill their values into it, and a profile that cannot read it is refused. */
  example: Uint8Array
}

/** Where a value stands in a frame, and how it is written there. */
export interface FramePlace {
  /** A field by its number (1 is the first behind the start), the text behind a label, or bytes from a place on. */
  find: { field: number } | { after: string } | { at: number; length: number }
  as: FrameNumber
  order: Encoding['order']
  /** What must follow the number, in its field: the letter of a unit. */
  suffix: string
  /** A decimal is taken as a whole number of its last place: 12.3 with 3 decimals is 12300. 0: as it stands. */
  decimals: number
}

/** As text: a decimal, a hexadecimal number, or the code of one letter; else as bytes. `signed-bcd` has its sign in the first half-byte (1 is minus). */
export const frameNumbers = ['decimal', 'hex', 'letter', 'u8', 'i8', 'u16', 'i16', 'u32', 'i32', 'f32', 'bcd', 'signed-bcd'] as const
export type FrameNumber = (typeof frameNumbers)[number]

export interface Profile {
  name: string
  title: string
  products: string[]
  source: string
  line: {
    baud: number
    dataBits: 7 | 8
    stopBits: 1 | 2
    parity: 'none' | 'even' | 'odd'
    /** Silence kept before a request, beyond t3.5 (turnaround, quirk of half-duplex adapters). */
    gapMs: number
    timeoutMs: number
    /** Most registers in one request; 1 for devices that must be read one by one (quirk 4). */
    maxWords: number
    /** Registers between two wanted ones that may be read along; 0 where the device refuses holes. */
    maxHole: number
    /** Time that the device needs after a write (quirk 10). */
    afterWriteMs: number
    /** Registers that it lets be read in any number; null where it does not, or nobody has tried. */
    probe: Probe | null
  }
  /** Null for a Modbus device. */
  talk: Talk | null
  unit: number | null
  trigger: Trigger | null
  identity: IdentityMark[]
  /** Falls when the device restarted: tells a reset from a wrap (quirk 12). */
  uptime: Place | null
  /** Where the device keeps its own time; read in the block of the values. */
  clock: { read: Place; unitMs: number } | null
  channels: ProfileChannel[]
  faults: ProfileFault[]
  outputs: { name: string; kind: OutputKind; drive: Drive }[]
  /** Null where the device does not watch whether it is still told anything. */
  watchdog: Watchdog | null
}

/** It hangs alone on its line, and knows no units. */
export const speaksFrames = ({ talk, outputs }: Profile): boolean => talk !== null || outputs.some(({ drive }) => drive.by === 'frames' || drive.by === 'modem')

/**
 * Read whole at each poll, whatever is wanted of it and how often: its time and its values, what it was made to measure, or what stands
 * in one frame, belong into one row.
 */
export const isReadWhole = ({ clock, trigger, talk }: Profile): boolean => clock !== null || trigger !== null || talk !== null

/** It is only listened to: that costs its line nothing, however long it takes. */
export const speaksByItself = ({ talk }: Profile): boolean => talk !== null && talk.request === null

/** What the site says of a device that is polled. */
export interface PolledDevice {
  name: string
  unit: number
  every: Millis
  timeoutMs: number
  retries: number
  profile: Profile
  /**
   * The profile's channels that are read: name in the profile -> number of the station's channel. `every` is a period of its own;
   * `urgent`: an alarm hangs on it, so that it is read before others when the line is short of time.
   */
  channels: { from: string; channel: number; every?: Millis; urgent?: boolean }[]
}

/** What each type can hold. A u64 above 2^53 is no exact JavaScript number. */
const limits: Record<Encoding['type'], readonly [least: number, most: number]> = {
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  u64: [0, Number.MAX_SAFE_INTEGER],
  f32: [-3.4028234663852886e38, 3.4028234663852886e38],
  f64: [-Number.MAX_VALUE, Number.MAX_VALUE],
  bcd16: [0, 9999],
  bcd32: [0, 99_999_999],
  'bytes-decimal': [0, 255.9],
}

/** Its raw values are whole numbers: its scale is then the least step between two readings. */
export const isWhole = ({ as, frame }: Place): boolean =>
  frame ? frame.as !== 'f32' && (frame.as !== 'decimal' || frame.decimals > 0) : !['f32', 'f64', 'bytes-decimal'].includes(as.type)

/** The least and the most that can stand at a place. */
export function rawLimits({ table, as, bit, bitCount, frame }: Place): readonly [least: number, most: number] {
  if (table === 'coil' || table === 'discrete') return [0, 1]
  if (frame && bit === null) return frameLimits(frame)
  return bit === null ? limits[as.type] : [0, 2 ** (bitCount ?? 1) - 1]
}

function frameLimits({ find, as }: FramePlace): readonly [least: number, most: number] {
  const digits = 10 ** (2 * ('length' in find ? find.length : 4))
  switch (as) {
    case 'decimal':
      return limits.f64
    case 'hex':
      return limits.u32
    case 'letter':
    case 'u8':
      return [0, 0xff]
    case 'i8':
      return [-0x80, 0x7f]
    case 'bcd':
      return [0, digits - 1]
    case 'signed-bcd':
      return [1 - digits / 10, digits / 10 - 1]
    default:
      return limits[as]
  }
}
