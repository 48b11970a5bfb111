/** How an output is driven, as data: by a coil, a register, registers of text, frames of its own, or a modem. Said by the profile; what is wired around it, by the site. */
import type { OutputKind, Table, ValveAction } from '../../protocol/ports.ts'
import type { TextEncoding } from './text.ts'

/** Where a state is read back. `bit` is null for a coil, a discrete input, and a whole register. */
export interface Back {
  table: Table
  address: number
  bit: number | null
}

/** A register that is written with one value for on, and with another for off. */
export interface Switch {
  register: number
  on: number
  off: number
}

export type Drive =
  | { by: 'coil'; coil: number; readBack: Back }
  | ({ by: 'register'; readBack: Back } & Switch)
  | WordsDrive
  | FramesDrive
  /** AT commands of 3GPP TS 27.005, messages as PDUs. */
  | { by: 'modem' }

/** A sign that shows the text in its holding registers, two bytes a register, the first one high. */
export interface WordsDrive {
  by: 'words'
  at: number
  words: number
  encoding: TextEncoding
  /** Fills the registers behind the text. */
  pad: number
  /** A register that holds how long the text is, in bytes. */
  length: number | null
  /** Written after the text, and read back; null for a sign that shows what stands there. */
  show: Switch | null
}

/** A voice or a sign on a line of its own: `start length payload checksum end`. */
export interface FramesDrive {
  by: 'frames'
  start: Uint8Array
  /** Bytes of the length, high one first; 0 where there is none. It counts all that follows it but the end. */
  lengthBytes: 0 | 1 | 2
  checksum: 'none' | 'xor8' | 'sum8' | 'sum16-negated' | 'crc16-modbus'
  /** The first byte that the checksum is of. */
  checksumFrom: number
  /** As bytes (high one first; the CRC low first, as in Modbus), or as hexadecimal digits. */
  checksumAs: 'bytes' | 'hex'
  end: Uint8Array
  /** What stands before a text; null where it only plays recordings. `most` is in bytes of text. */
  say: { before: Uint8Array; after: Uint8Array; encoding: TextEncoding; most: number } | null
  /** What stands before the number of a recording, and in how many bytes (high first) that is written. */
  clip: { before: Uint8Array; bytes: 1 | 2 } | null
  /** Silence, or an empty sign. */
  stop: Uint8Array
  /** Asks whether it is busy. */
  ask: Uint8Array | null
  /** What it answers, by how the answer begins; null for one that never answers. */
  answer: { length: number; taken: Uint8Array; refused: Uint8Array | null; busy: Uint8Array | null; idle: Uint8Array | null } | null
}

/** A register that holds the time after which the device switches its outputs off, when nobody tells it anything. */
export interface Watchdog {
  register: number
  value: number
  /** What that value stands for: how long the device waits. */
  afterMs: number
  /** `write`: it counts from the last write of this register; `request`: from the last request of any kind. */
  fedBy: 'write' | 'request'
}

/** A valve, as it is wired to its relay. */
export interface Valve {
  action: ValveAction
  /** The switch at the valve that tells where it stands. */
  feedback: { table: 'discrete' | 'coil'; address: number; closedWhen: boolean }
  /** Where the supply of a pulse-close valve is seen; null where it is not. */
  supply: { table: 'discrete' | 'coil'; address: number } | null
  pulseMs: number
  /** How long the valve takes to move. */
  travelMs: number
}

/** One output, with all that is needed to drive it. */
export interface Driven {
  unit: number
  timeoutMs: number
  kind: OutputKind
  drive: Drive
  valve: Valve | null
  watchdog: Watchdog | null
  /** Registers that one request may write. */
  maxWords: number
  /** Time that the device needs after a write before it can be asked (quirk 10). */
  afterWriteMs: number
}
