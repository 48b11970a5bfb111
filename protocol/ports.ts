/** The ports: all that a station needs of the world, as types. Field, simulator and replay each make their own. */
import type { Lane, Message } from './messages.ts'
import type { Input } from './recording.ts'
import type { Millis, Moment } from './time.ts'

export interface Clock {
  now(): Moment
  /** Resolves at that station time, or at once when `stop` is aborted; never rejects. */
  until(at: Millis, stop?: AbortSignal): Promise<void>
}

/** The clock of a line: real milliseconds on a wire, virtual ones in a simulated world; never scaled. */
export interface BusClock {
  now(): number
  wait(ms: number): Promise<void>
  /** Calls `then` after `ms`; the answer cancels it. */
  after(ms: number, then: () => void): () => void
}

export type Table = 'coil' | 'discrete' | 'holding' | 'input'

/** `address` is the wire address (what stands in the PDU, from 0); `count` is of registers or bits. */
export interface Block {
  unit: number
  table: Table
  address: number
  count: number
}

/** After `overload` and `closed` the device was not asked at all: too many requests waited, the line never fell silent, or it is down. */
export type Fault = 'timeout' | 'checksum' | 'short' | 'exception' | 'out-of-step' | 'overload' | 'closed'

/** A fault is a value, not an exception. `words` holds one entry a register, or one (0 or 1) a bit. */
export type Reply = { ok: true; words: Uint16Array } | { ok: false; fault: Fault; code?: number; detail?: string }

/** Counts since the bus was made. A request that was never sent (`overload`, `closed`) is one too. */
export interface BusHealth {
  open: boolean
  requests: number
  /** Good ones and exceptions: the device has spoken. */
  answers: number
  faults: Partial<Record<Fault, number>>
  /** Answers that came too late and were thrown away. */
  late: number
  /** Why the line is not open, in a sentence that does not name the bus; empty when it is open. */
  trouble: string
}

export interface Bus {
  /** Opens on first use and again after a loss. One request at a time, in order of the calls. Rejects only a block that no frame can carry: our own mistake. */
  read(block: Block, timeoutMs: number): Promise<Reply>
  /** `words` holds `block.count` entries: one a register (`holding`), or one a bit (`coil`; 0 is off). Another table or length rejects: our own mistake. */
  write(block: Block, words: Uint16Array, timeoutMs: number): Promise<Reply>
  health(): BusHealth
  close(): Promise<void>
}

export type Wire = { how: 'tcp'; host: string; port: number } | { how: 'rtu-over-tcp'; host: string; port: number } | { how: 'serial'; path: string }

/** How a bus is reached and how its line is set. */
export interface BusSpec {
  name: string
  wire: Wire
  /** Of a serial line, also of the one behind a serial server; nothing on Modbus TCP. */
  baud: number
  dataBits: 7 | 8
  stopBits: 1 | 2
  parity: 'none' | 'even' | 'odd'
  /** Nothing read on a serial line is believed after its opening or a fault until it has been silent for this long. */
  quietMs: number
}

/** Raw bytes of a line that is open. */
export interface BytePort {
  write(bytes: Uint8Array): void
  /** Called with whatever came, in pieces of any size. */
  onBytes(listener: (bytes: Uint8Array) => void): void
  onClose(listener: (why: string) => void): void
  close(): Promise<void>
}

export interface Output {
  /** Resolves to the state read back, or null when it could not be read. */
  set(on: boolean): Promise<boolean | null>
}

export interface JournalRecord {
  seq: number
  message: Message
}

/**
 * Messages, numbered; a journal may keep the inputs too (the one in memory does not). What an uplink has not confirmed is what lies
 * behind its cursor; there is no second store.
 * A full journal drops the oldest of the least urgent lane and counts it.
 */
export interface Journal {
  /** Gives the message its seq. */
  append(message: Message): number
  /** A number for something that is sent but not kept: a last will. */
  takeSeq(): number
  input(input: Input): void
  /** Up to `limit` records of this uplink and lane behind its cursor, oldest first. */
  pending(uplink: string, lane: Lane, after: number, limit: number): JournalRecord[]
  /** All up to `seq` is confirmed; a cursor never goes back. Throws on a seq that was never given. */
  confirm(uplink: string, lane: Lane, seq: number): void
  /** The last seq of that lane that was confirmed or, of `live`, deferred; 0 where none was. */
  cursor(uplink: string, lane: Lane): number
  /** Live records up to this seq that the uplink has not confirmed are its lane `backfill` from now on. */
  defer(uplink: string, upTo: number): void
  /** The newest record of this uplink and lane behind `after` that was dropped before it was confirmed; null where none was. */
  lost(uplink: string, lane: Lane, after: number): number | null
  /** How many messages this uplink has not confirmed. */
  waiting(uplink: string): number
  /** What is kept now (bytes are an estimate), and how many messages went for want of room since it was opened. */
  stats(): { records: number; bytes: number; dropped: number }
  close(): Promise<void>
}

export interface Will {
  topic: string
  payload: string
}

export interface BrokerLink {
  up: boolean
  /** A sentence for people: where it stands, or why it is down and what to do. */
  detail: string
  /** From CONNACK: messages in flight and bytes a packet that the broker allows. */
  receiveMaximum: number
  maximumPacketSize: number
}

/** A session with one broker. It connects and re-connects by itself, makes no queue of its own, and never throws. */
export interface Broker {
  /** `will` is asked anew at each connection; null is none. `onLink` is told each change, a loss before the publishes that it broke off. */
  start(will: () => Will | null, onLink: (link: BrokerLink) => void, onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void): void
  subscribe(topic: string): void
  /** Resolves when the broker has acknowledged (true) or refused or was lost (a sentence). */
  publish(topic: string, payload: string, options: { retain: boolean }): Promise<true | string>
  close(): Promise<void>
}

export interface Ports {
  clock: Clock
  buses: Record<string, Bus>
  journal: Journal
  brokers: Record<string, Broker>
}
