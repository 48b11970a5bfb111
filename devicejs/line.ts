/** One RTU transaction after the other on one line, as a state machine over bytes and time: a late or foreign answer is never believed. */
import { answerLength, crc16, longestFrame, rtuFrame, shortestFrame } from '../protocol/frames.ts'
import type { BusClock, BytePort, Fault } from '../protocol/ports.ts'

// An RTU answer carries nothing that ties it to its request. So there is one request in flight, and after whatever was not one
// whole, right, lonely answer the line is out of step until it has been silent. It is so when it is opened, too: an answer to what
// was asked before a loss, or before a restart, may still be under way.
//
//            request, after t3.5 of silence             the answer, alone
//   in step --------------------------------> asking ---------------------> in step
//      ^ |                                      |  timeout, bad frame, foreign frame, surplus bytes
//      | | a byte that nobody asked for         v
//      | +--------------------------------> out of step <---+
//      |                                        |   |_______| any byte: the silence starts again
//      +----------------------------------------+
//           silent for quietMs
//
// What this cannot see: an answer later than its timeout and quietMs together, to a request of the same shape. quietMs must be
// longer than the worst lateness of the devices on the line.

/** Requests that may wait for their turn. A poll loop asks one at a time, and outputs a few; more is a caller gone wild. */
const waitingMost = 64

/** A request waits for silence at most this many quiet times; a line that babbles longer is given up for that request. */
const patienceQuiets = 3

/** Noise before an answer that is passed over (a driver that switches direction gives one to three bytes): shorter than any frame, so never a frame. */
const noiseMost = shortestFrame - 1

/** Kept bytes while out of step, to tell a late answer from noise. */
const heldMost = 2 * longestFrame

export interface LineOptions {
  baud: number
  /** Start, data, parity and stop bits; 11 by the standard, 10 for 8N1. */
  bitsPerCharacter: number
  /** Nothing is believed after a fault until the line has been silent for this long. */
  quietMs: number
}

/** `frame` is the whole answer with its CRC, an exception too. */
export type LineReply = { ok: true; frame: Uint8Array } | { ok: false; fault: Fault; detail: string }

export interface Line {
  /**
   * `request` is a whole frame of functions 1-6, 15 or 16. The timeout is the device's own: time on the wire comes on top. Never rejects.
   * A write to unit 0 is for all and answered by none: it has the timeout to be done, and then counts as confirmed.
   */
  ask(request: Uint8Array, timeoutMs: number): Promise<LineReply>
  /** Whole answers to the last request that came too late, or twice, and were thrown away. */
  late(): number
  inStep(): boolean
  /** All that is asked or waiting ends with `closed`. The port is the caller's. */
  close(why: string): void
}

interface Waiting {
  request: Uint8Array
  timeoutMs: number
  done: (reply: LineReply) => void
  /** When its turn came; it waits for silence from then on. */
  since: number | null
}

/** Silence before a frame (Serial Line 1.02, 2.5.1.1): 3.5 characters, 1.75 ms above 19,200 baud. */
export const silenceMs = ({ baud, bitsPerCharacter }: Pick<LineOptions, 'baud' | 'bitsPerCharacter'>): number =>
  baud > 19_200 ? 1.75 : (3500 * bitsPerCharacter) / baud

export function openLine(port: BytePort, clock: BusClock, options: LineOptions): Line {
  const characterMs = (1000 * options.bitsPerCharacter) / options.baud
  const t35Ms = silenceMs(options)
  const queue: Waiting[] = []
  let asking: { waiting: Waiting; length: number } | null = null
  let last: Uint8Array | null = null // the last request sent
  let held = new Uint8Array(0) // since the last request, or while out of step
  let busyUntil = Number.NEGATIVE_INFINITY // t3.5 after the last byte on the line
  let quietUntil = clock.now() + options.quietMs // out of step until then
  let late = 0
  let closed: string | null = null
  let cancel = () => {}

  const outOfStep = () => {
    quietUntil = clock.now() + options.quietMs
  }

  /** Brings the next request onto the line, now or when it is silent. */
  const next = () => {
    const [waiting] = queue
    if (asking || closed !== null || !waiting) return
    const now = clock.now()
    waiting.since ??= now
    const freeAt = Math.max(busyUntil, quietUntil)
    cancel()
    if (freeAt <= now) {
      queue.shift()
      send(waiting)
    } else if (quietUntil > now && now - waiting.since >= patienceQuiets * options.quietMs) {
      queue.shift()
      waiting.done({ ok: false, fault: 'overload', detail: `the line was not silent for ${options.quietMs} ms` })
      next()
    } else cancel = clock.after(freeAt - now, next)
  }

  const send = (waiting: Waiting) => {
    const length = answerLength(waiting.request)
    const wireMs = (waiting.request.length + length) * characterMs + t35Ms
    asking = { waiting, length }
    last = waiting.request
    held = new Uint8Array(0)
    cancel = clock.after(wireMs + waiting.timeoutMs, () => miss())
    port.write(waiting.request)
  }

  const finish = (reply: LineReply) => {
    const done = asking!.waiting.done
    asking = null
    cancel()
    done(reply)
    next()
  }

  const miss = () => {
    const { request } = asking!.waiting
    if (isBroadcast(request) && held.length === 0) return finish({ ok: true, frame: rtuFrame(0, request.slice(1, 6)) })
    const reply = { ok: false, ...judge(held, request, asking!.length) } as const
    outOfStep()
    finish(reply)
  }

  port.onBytes((bytes) => {
    if (closed !== null || bytes.length === 0) return
    const now = clock.now()
    busyUntil = now + t35Ms
    held = joined(held, bytes)
    if (!asking) {
      outOfStep()
      const found = last ? findAnswer(held, last, held.length) : null
      if (found) late++
      held = found ? held.slice(found.to) : held.slice(Math.max(0, held.length - heldMost))
      return
    }
    const found = findAnswer(held, asking.waiting.request, noiseMost)
    if (!found) {
      if (held.length >= asking.length + noiseMost) miss()
      return
    }
    const frame = held.slice(found.from, found.to)
    const surplus = held.slice(found.to)
    held = surplus
    if (surplus.length > 0) outOfStep()
    // The same answer twice (an adapter that echoes) agrees with itself; anything else behind an answer makes it doubtful which of them is ours.
    if (surplus.every((byte, i) => byte === frame[i % frame.length])) finish({ ok: true, frame })
    else finish({ ok: false, fault: 'out-of-step', detail: `${surplus.length} bytes more than the answer` })
  })

  const close = (why: string) => {
    if (closed !== null) return
    closed = why
    cancel()
    const ended = asking ? [asking.waiting, ...queue] : [...queue]
    asking = null
    queue.length = 0
    for (const { done } of ended) done({ ok: false, fault: 'closed', detail: why })
  }
  port.onClose(close)

  return {
    ask: (request, timeoutMs) =>
      new Promise((done) => {
        if (closed !== null) return done({ ok: false, fault: 'closed', detail: closed })
        if (queue.length >= waitingMost) return done({ ok: false, fault: 'overload', detail: `${waitingMost} requests wait already` })
        queue.push({ request, timeoutMs, done, since: null })
        if (queue.length === 1) next()
      }),
    late: () => late,
    inStep: () => clock.now() >= quietUntil,
    close,
  }
}

const isBroadcast = (request: Uint8Array): boolean => request[0] === 0 && request[1]! > 4

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length)
  all.set(a)
  all.set(b, a.length)
  return all
}

/** The first whole answer, or exception, to this request that starts within the first `noise` bytes. */
function findAnswer(bytes: Uint8Array, request: Uint8Array, noise: number): { from: number; to: number } | null {
  const length = answerLength(request)
  for (let from = 0; from <= noise && from + shortestFrame <= bytes.length; from++) {
    if (bytes[from] !== request[0]) continue
    const code = bytes[from + 1]
    if (code === (request[1]! | 0x80) && crc16(bytes, from, from + shortestFrame) === 0) return { from, to: from + shortestFrame }
    if (code !== request[1] || !fits(bytes, from, request, length)) continue
    const to = from + length
    // The answer has begun here: words inside it that look like a frame are none.
    if (to > bytes.length) return null
    if (crc16(bytes, from, to) === 0) return { from, to }
  }
  return null
}

/** The part of an answer that follows from the request: the byte count of a read, the address and quantity (or value) of a write. */
function fits(bytes: Uint8Array, from: number, request: Uint8Array, length: number): boolean {
  if (request[1]! <= 4) return bytes[from + 2] === length - shortestFrame
  return [2, 3, 4, 5].every((i) => bytes[from + i] === request[i])
}

/** What was wrong with the bytes that came in place of an answer. */
function judge(bytes: Uint8Array, request: Uint8Array, length: number): { fault: Fault; detail: string } {
  const unit = request[0]!
  if (bytes.length === 0) return { fault: 'timeout', detail: `unit ${unit} did not answer` }
  const whole = bytes.length >= shortestFrame && crc16(bytes) === 0
  if (whole && bytes[0] !== unit) return { fault: 'out-of-step', detail: `unit ${bytes[0]} answered in place of unit ${unit}` }
  if (bytes.length < length) return { fault: 'short', detail: `${bytes.length} of ${length} bytes came from unit ${unit}` }
  if (whole) return { fault: 'out-of-step', detail: `unit ${unit} answered something else than it was asked` }
  return { fault: 'checksum', detail: `${bytes.length} bytes came from unit ${unit}, none of them a good answer` }
}
