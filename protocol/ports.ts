/** The ports: all that a station needs of the world, as types. Field, simulator and replay each make their own. */
import type { Identity, Lane, Message } from './messages.ts'
import type { Input, Remembered } from './recording.ts'
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
  /**
   * The same, but not by a millisecond too late, as a timer may be: the last part of a millisecond is waited for by holding the process,
   * unless ending up to `slackMs` later needs no holding. Only a real clock has it.
   */
  sharp?(ms: number, slackMs: number, then: () => void): () => void
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

/**
 * A fault is a value, not an exception. `words` holds one entry a register, or one (0 or 1) a bit. `at` is there where the device did
 * not measure for this request, but spoke by itself: when it began to, on the bus's clock.
 */
export type Reply = { ok: true; words: Uint16Array; tookMs?: number; at?: number } | { ok: false; fault: Fault; code?: number; detail?: string }

/** Registers of a unit that may be read in any number, from `address` up: a request of a count that no other uses cannot be answered by a late answer. */
export interface Probe {
  table: 'holding' | 'input'
  address: number
  most: number
}

/** How a request is to be asked, beyond what it asks. */
export interface Asking {
  /** Goes before all that waits: a command to an output. */
  urgent?: boolean
  /** By what the line finds back into step when this request is missed; without one, by silence alone. */
  probe?: Probe
}

/** What came of being out of step, since the bus was made. */
export interface StepHealth {
  inStep: boolean
  /** How often the bus fell out of step. */
  lost: number
  /** Probes sent, and those that brought the line back into step. */
  probes: number
  probesAnswered: number
  /** Silences by which the line came back into step. */
  silences: number
  /** Time in which nothing was asked because the bus was out of step. */
  lostMs: number
  /** The worst lateness seen, from the end of the request; 0 where none was late. */
  worstLateMs: number
}

/** Counts since the bus was made. A request that was never sent (`overload`, `closed`) is one too. */
export interface BusHealth {
  open: boolean
  requests: number
  /** Good ones and exceptions: the device has spoken. */
  answers: number
  faults: Partial<Record<Fault, number>>
  /** Answers that came too late and were thrown away. */
  late: number
  /** Exceptions by their code. */
  exceptions: Record<number, number>
  /** Time in which a request was under way, or the line waited because of one. */
  busyMs: number
  /** How often the wire was opened; the first time is 1. */
  openings: number
  /** Of requests that brought values, in milliseconds, without their turn in the queue; null before the first. */
  latencyMs: { p50: number; p99: number } | null
  /** Null on Modbus TCP, whose answers carry the number of their request. */
  step: StepHealth | null
  /** Why the line is not open, in a sentence that does not name the bus; empty when it is open. */
  trouble: string
}

/** A request to a device and what came, as bytes of the wire (of a line that speaks ASCII, as those of RTU); `at`: when it had come, on the bus's clock. */
export interface Exchange {
  at: number
  request: Uint8Array
  answer: Uint8Array
  /** Why there is no answer, or what is wrong with it; empty where it is one. */
  trouble: string
}

export interface Bus {
  /**
   * Opens on first use and again after a loss. One request at a time, in order of the calls, urgent ones first.
   * Rejects only a block that no frame can carry: our own mistake.
   */
  read(block: Block, timeoutMs: number, asking?: Asking): Promise<Reply>
  /** `words` holds `block.count` entries: one a register (`holding`), or one a bit (`coil`; 0 is off). Another table or length rejects: our own mistake. */
  write(block: Block, words: Uint16Array, timeoutMs: number, asking?: Asking): Promise<Reply>
  /** The last few reads of a unit, the oldest first. */
  exchanges?(unit: number): Exchange[]
  health(): BusHealth
  close(): Promise<void>
}

/** What a device did with what it was asked, since the start of the station. */
export interface DeviceHealth {
  polls: number
  /** Polls that brought a row; those that brought none, or not all of it. */
  answered: number
  missed: number
  /** Periods that passed without a poll because the line was busy. */
  skipped: number
  /** Of which a poll has one or more, and their answers: counted as those of a bus. */
  requests: number
  answers: number
  /** Of single requests. */
  faults: Partial<Record<Fault, number>>
  /** Exceptions by their code. */
  exceptions: Record<number, number>
  /** Of answered requests, in milliseconds; null before the first. */
  latencyMs: { p50: number; p99: number } | null
  /** Null where it is asked at its own period; else the polls missed in a row, and in how long it is asked again. */
  backOff: { misses: number; nextMs: number } | null
  /** Registers that it says it does not have, and that are not asked for any more, as `holding 12`. */
  retired: string[]
}

/** How frames are told apart on a line that speaks no Modbus; the profile says it. */
export interface Framing {
  /** Bytes that a frame begins with; empty where it begins with whatever follows the last one. */
  start: Uint8Array
  /** Bytes that end it; null where `length` tells its end. */
  end: Uint8Array | null
  /** Whole length in bytes, where it is fixed or stands in the frame: at this byte, plus so many. */
  length: number | { at: number; plus: number } | null
  /** Longest frame: what is longer is noise, dropped to the next delimiter. */
  most: number
  /** It is ASCII text: a frame with a byte above 0x7f is noise. */
  text?: boolean
  /**
   * Of a text: what its fields are split by, and how many it has: a frame with more or fewer of them is none. Null: any number. `fixed`
   * are fields, from 1, that hold always the same: where another text stands it is another kind of frame.
   */
  fields?: { separator: string; count: number | null; fixed: [field: number, text: string][] }
  checksum: Checksum | null
}

export interface Checksum {
  /** `lrc8` is the two's complement of `sum8`; `crc16-arc` is that of Modbus, begun with 0; `crc16-ccitt` has polynomial 0x1021 and begins with 0xffff. */
  kind: 'sum8' | 'lrc8' | 'xor8' | 'crc16-modbus' | 'crc16-arc' | 'crc16-ccitt'
  /** Of the bytes `[from, to)`; a negative `to` counts from the end of the frame. */
  from: number
  to: number
  /** Where it stands (negative: from the end), and whether as bytes, low or high first, as two or four hexadecimal digits, or as the three letters of SDI-12. */
  at: number
  as: 'bytes-low-first' | 'bytes-high-first' | 'hex' | 'sdi12'
  /** Bytes that stand right before it, and belong to no field: the `*` of NMEA 0183. */
  mark?: Uint8Array
}

/** `at` is when its first byte came, on the bus's clock. */
export type FrameReply = { ok: true; frame: Uint8Array; at: number; tookMs: number } | { ok: false; fault: Fault; detail: string }

/** A line to one instrument that speaks frames of its own: asked, or speaking by itself. */
export interface FrameLine {
  /** Sends `request`, or only listens where it is null; resolves to the next good frame, or to what came instead. Never rejects. */
  exchange(request: Uint8Array | null, framing: Framing, timeoutMs: number): Promise<FrameReply>
  /** Sends and waits for nothing: a sign, a voice. Null: it is out; else a sentence. */
  send(bytes: Uint8Array): Promise<string | null>
  /** Sends, and hears until `ended` says that all is there: a modem, whose answers have no frame. The reply's `frame` is all that came. */
  converse(bytes: Uint8Array, ended: (heard: Uint8Array) => boolean, timeoutMs: number): Promise<FrameReply>
  health(): BusHealth
  close(): Promise<void>
}

/** Small things that outlive the process: by name, plain values. What cannot be kept is told by the keeper itself, and costs nothing but the memory. */
export interface Notes {
  /** What was last kept under this name, also by an earlier process; undefined where nothing was. */
  read(name: string): unknown
  keep(name: string, value: unknown): void
}

export type Wire =
  | { how: 'tcp'; host: string; port: number }
  | { how: 'rtu-over-tcp'; host: string; port: number }
  | { how: 'serial'; path: string }
  /** A modem that dials in to us and says who it is: `registration` are the first bytes of its connection, `heartbeat` those that mean nothing. */
  | { how: 'dial-in'; host: string; port: number; registration: Uint8Array; heartbeat: Uint8Array | null }

/** How a bus is reached and how its line is set. */
export interface BusSpec {
  name: string
  wire: Wire
  /** What is spoken on it; Modbus TCP has no choice. `frames`: no Modbus, but what the profile of its one device says. */
  speaks: 'rtu' | 'ascii' | 'frames'
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
  /** `expect` is the length of the answer where it is known: a port may wait until so many bytes are there, and be woken once. */
  write(bytes: Uint8Array, expect?: number): void
  /** Where bytes may lie unheard, because they are too few to wake anybody: whatever has come is given to the listener, within this call. */
  look?(): void
  /** Called with whatever came, in pieces of any size. */
  onBytes(listener: (bytes: Uint8Array) => void): void
  onClose(listener: (why: string) => void): void
  close(): Promise<void>
}

/** What an output is, whatever drives it. A valve is "on" when it is told to close; a heartbeat is a relay that is toggled while the station judges. */
export const outputKinds = ['siren', 'beacon', 'relay', 'voice', 'sign', 'sms', 'valve', 'heartbeat'] as const
export type OutputKind = (typeof outputKinds)[number]

/** How a valve is shut: by taking its current away, or by giving it a pulse, which no crash can do. */
export type ValveAction = 'release-close' | 'pulse-close'

/** What an output is to say or show, and to whom; a siren is told neither. */
export interface Saying {
  text: string
  /**
   * Which wish this is. A wish that is told again (a command is repeated while its output is on) is not sent a second time to whom it
   * has reached; another number, or another text where none is given, is a new one.
   */
  wish?: number
  /** Telephone numbers, of a modem. */
  to: string[]
}

export interface Obeyed {
  /** Read back; null where nothing could be read. */
  actual: boolean | null
  /** In a sentence for people: what went wrong, or to whom nothing could be sent; empty where all went well. */
  detail: string
}

/** Something that the station moves, sounds or says. One command at a time, in order of the calls; a newer one overtakes those that still wait. */
export interface Output {
  set(on: boolean, saying?: Saying): Promise<Obeyed>
  /** Tells the device's own watchdog that the station lives; nothing where it has none. Called at least each `aliveEveryMs`. */
  alive?(): Promise<void>
  aliveEveryMs?: number
  /** Reads its state again and touches nothing: for what may change by itself. Null: an order is under way. Called at least each `lookEveryMs`. */
  look?(): Promise<Obeyed | null>
  lookEveryMs?: number
}

/** What a machine can say of itself, in degC, % of all, seconds and processes that wait. */
export type MachineFigure = 'temperature' | 'disk-free' | 'memory-free' | 'uptime' | 'load'

/** The computer that the station runs on. */
export interface Machine {
  /** What cannot be read is left out. Never rejects. */
  read(): Promise<Partial<Record<MachineFigure, number>>>
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

/** What outlives the process, on a disk: what the judgement must know of its former life, and what people did. It never throws; what goes wrong is told once. */
export interface Memory {
  /** As the last process left it; null where nothing is known. */
  readonly remembered: Remembered | null
  /** The last one of each alarm that was kept, in no order. */
  readonly rises: RiseRecord[]
  /** Keeps what has changed since it was last kept. */
  keep(remembered: Remembered): void
  act(record: ActRecord): void
  rise(record: RiseRecord): void
  close(): Promise<void>
}

/** How things stood when an alarm last rose, and in which life of the station that was. */
export interface RiseRecord extends LifeOfStation {
  alarm: string
  /** As plain JSON, of some kilobytes. */
  seen: unknown
}

/** One of its lives, between two starts. */
export type LifeOfStation = Pick<Identity, 'epoch' | 'startedAt'>

/** What somebody asked of the station, and what came of it. */
export interface ActRecord {
  moment: Moment
  op: string
  args: Record<string, unknown>
  /** A person at the station, or a role from afar. */
  by: string
  /** Where it came from; empty: at the station. */
  uplink: string
  ok: boolean
  /** Why not; empty where it was done. */
  refusal: string
}

export interface Ports {
  clock: Clock
  buses: Record<string, Bus>
  /** Lines that speak no Modbus, by the name of the bus. */
  frames: Record<string, FrameLine>
  journal: Journal
  notes: Notes
  /** A world without one leaves it out: its station begins anew each time, and nobody hears of the acts. */
  memory?: Memory
  brokers: Record<string, Broker>
  /** A world without one leaves it out: what it would say is missing then. */
  machine?: Machine
}
