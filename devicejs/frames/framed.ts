/** Talks with instruments that speak frames of their own, over bytes and time; to the poll loop they are a bus with registers on it. */
import type { Bus, BusClock, BytePort, Fault, FrameLine, FrameReply, Framing, Reply } from '../../protocol/ports.ts'
import { makeExchanges } from '../exchanges.ts'
import type { Talk } from '../profile.ts'
import { wordsOfFrame } from './fields.ts'
import { type FoundFrame, type FrameReader, frameReader } from './framing.ts'

// Such a frame carries nothing that ties it to its request either. But the instrument hangs alone on its line, and each request is the
// same: what can go wrong is that an old answer is taken for a new one. So all that came before a request is forgotten, and after a
// request that was not answered well, and after bytes that nobody asked for, the next one waits until the line has been silent.
//
//            request; all before it is forgotten          a good frame
//   in step ------------------------------------> asking --------------> in step
//      ^                                            |  time is up         | a byte that nobody asked for
//      +------------ silent for quietMs ------------+---------------------+
//
// One that speaks by itself is only listened to, all the time: the row is its last whole frame that was not yet taken, at the time of its
// first byte, or the next one. Several of those may share a line: each has an ear for its own frames.

/** An ear among others does not keep them waiting for longer than this: what comes later is there at the next poll. */
const turnMs = 2000

/** A request waits for silence at most this many quiet times; a line that babbles longer is given up for that request. */
const patienceQuiets = 3

export interface FrameTalk {
  /** One at a time: the caller keeps turns. */
  exchange(request: Uint8Array | null, framing: Framing, timeoutMs: number): Promise<FrameReply>
  converse(bytes: Uint8Array, ended: (heard: Uint8Array) => boolean, timeoutMs: number): Promise<FrameReply>
  /** Nothing is waited for. */
  send(bytes: Uint8Array): void
  /** Whole frames that came when nobody had asked. */
  late(): number
  /** What is under way ends with `closed`. */
  close(why: string): void
}

export function openTalk(port: BytePort, clock: BusClock, quietMs: number): FrameTalk {
  let hear: (bytes: Uint8Array, at: number) => void = () => {}
  let end: (reply: FrameReply) => void = () => {}
  let heardAt = clock.now() // an answer to what was asked before the opening may still be under way
  let inStep = false
  let late = 0
  let closed: string | null = null
  let wake = () => {} // ends the wait for silence
  /** Of the last request. */
  let reader: FrameReader | null = null
  const ears = new Map<Framing, Ear>()

  const earOf = (framing: Framing): Ear => {
    const ear = ears.get(framing) ?? { reader: frameReader(framing, clock.now()), found: null, since: clock.now() }
    ears.set(framing, ear)
    return ear
  }

  port.onBytes((bytes) => {
    if (closed !== null || bytes.length === 0) return
    heardAt = clock.now()
    for (const ear of ears.values()) {
      for (const found of ear.reader.take(bytes, heardAt)) {
        ear.found = found
        ear.since = found.at
      }
    }
    hear(bytes, heardAt)
  })
  const close = (why: string): void => {
    closed ??= why
    wake()
    end({ ok: false, fault: 'closed', detail: why })
  }
  port.onClose(close)

  /** Nobody has asked: what comes all the same may go on behind the next request. */
  const idle = (): void => {
    hear = (bytes, at) => {
      inStep = false
      late += reader?.take(bytes, at).length ?? 0
    }
    end = () => {}
  }

  /** True once the line has been silent; false where it never is. */
  async function silent(): Promise<boolean> {
    const since = clock.now()
    for (;;) {
      const left = heardAt + quietMs - clock.now()
      if (left <= 0 || closed !== null) return true
      if (clock.now() - since >= patienceQuiets * quietMs) return false
      await new Promise<void>((resolve) => {
        const cancel = clock.after(left, resolve)
        wake = () => {
          cancel()
          resolve()
        }
      })
    }
  }

  /** Writes, and hears until `done` makes a reply of it; `miss` says what came instead when time is up. */
  async function turn(
    bytes: Uint8Array | null,
    timeoutMs: number,
    done: (bytes: Uint8Array, at: number, since: number) => FrameReply | null,
    miss: () => FrameReply,
  ): Promise<FrameReply> {
    if (bytes && !inStep && !(await silent())) return { ok: false, fault: 'overload', detail: `the line was not silent for ${quietMs} ms` }
    if (closed !== null) return { ok: false, fault: 'closed', detail: closed }
    const since = clock.now()
    let cancel = () => {}
    const reply = await new Promise<FrameReply>((resolve) => {
      end = resolve
      hear = (piece, at) => {
        const found = done(piece, at, since)
        if (found) resolve(found)
      }
      cancel = clock.after(timeoutMs, () => resolve(miss()))
      if (bytes) port.write(bytes)
    })
    cancel()
    idle()
    inStep = reply.ok
    return reply
  }

  async function listen(framing: Framing, timeoutMs: number): Promise<FrameReply> {
    const ear = earOf(framing)
    const since = clock.now()
    const taken = (): FrameReply | null => {
      const { found } = ear
      ear.found = null
      return found && found.at >= since - timeoutMs ? { ok: true, frame: found.frame, at: found.at, tookMs: clock.now() - since } : null
    }
    const there = taken()
    if (there) return there
    const patienceMs = Math.min(ear.since + timeoutMs - since, ears.size > 1 ? turnMs : Number.POSITIVE_INFINITY)
    // On a shared line what is no frame of ours is most likely one of another's.
    const miss = (): FrameReply => missed((ears.size > 1 ? null : ear.reader.wrong()) ?? 'timeout')
    return patienceMs > 0 ? turn(null, patienceMs, taken, miss) : miss()
  }

  const exchange: FrameTalk['exchange'] = (request, framing, timeoutMs) => {
    if (!request) return listen(framing, timeoutMs)
    const frames = frameReader(framing)
    reader = frames
    let came = false
    return turn(
      request,
      timeoutMs,
      (bytes, at, since) => {
        // What came while the line was to fall silent is forgotten.
        if (!came) frames.clear()
        came = true
        // On some lines, and by some instruments, the request is heard again.
        const found = frames.take(bytes, at).find(({ frame }) => !same(frame, request))
        return found ? { ok: true, frame: found.frame, at: found.at, tookMs: clock.now() - since } : null
      },
      () => missed((came ? frames.wrong() : null) ?? 'timeout'),
    )
  }

  const converse: FrameTalk['converse'] = (bytes, ended, timeoutMs) => {
    let heard = new Uint8Array(0)
    let first = 0
    return turn(
      bytes,
      timeoutMs,
      (piece, at, since) => {
        if (heard.length === 0) first = at
        const all = new Uint8Array(Math.min(heard.length + piece.length, heardMost))
        all.set(heard)
        all.set(piece.subarray(0, all.length - heard.length), heard.length)
        heard = all
        if (ended(heard)) return { ok: true, frame: heard, at: first, tookMs: clock.now() - since }
        return heard.length < heardMost ? null : { ok: false, fault: 'short', detail: `${heardMost} bytes came, and no end` }
      },
      () => ({ ok: false, fault: heard.length > 0 ? 'short' : 'timeout', detail: heard.length > 0 ? 'its answer has no end' : 'no answer came' }),
    )
  }

  idle()
  return { exchange, converse, send: port.write, late: () => late, close }
}

/** For what one instrument says by itself. */
interface Ear {
  reader: FrameReader
  /** The last frame that nobody has taken. */
  found: FoundFrame | null
  /** Since when it is silent. */
  since: number
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i])

const missed = (fault: Fault): FrameReply => ({ ok: false, fault, detail: sentences[fault] ?? '' })

/** More than a modem says to any of our commands. */
const heardMost = 4096

const sentences: Partial<Record<Fault, string>> = {
  timeout: 'no frame came',
  checksum: 'what came is no good frame',
  short: 'what came is no whole frame',
}

/** The request to one that speaks by itself. */
const nothing = new Uint8Array(0)

/**
 * The instruments of a line as a bus, by their number on it (one, or several that speak by themselves): each read is one frame. One
 * without talk is told, and measures nothing. Nothing can be written. Of an instrument that speaks by itself the reply tells when its
 * frame began, for it did not wait to be asked.
 */
export function framedBus(line: FrameLine, talks: ReadonlyMap<number, Talk | null>): Bus {
  const exchanges = makeExchanges()
  return {
    exchanges: exchanges.of,
    async read({ unit, address, count }, timeoutMs): Promise<Reply> {
      const talk = talks.get(unit)
      if (!talk) throw new RangeError('an instrument without talk measures nothing')
      const reply = await line.exchange(talk.request, talk.framing, timeoutMs)
      if (!reply.ok) return reply
      exchanges.note(unit, reply.at, talk.request ?? nothing, reply.frame, '')
      const words = wordsOfFrame(talk, reply.frame).slice(address, address + count)
      return { ok: true, words, tookMs: reply.tookMs, ...(talk.request ? {} : { at: reply.at }) }
    },
    write: () => Promise.reject(new RangeError('an instrument that speaks frames of its own has no registers to write to')),
    health: line.health,
    close: line.close,
  }
}
