/** Talks with one instrument that speaks frames of its own, over bytes and time; to the poll loop it is a bus with registers on it. */
import type { Bus, BusClock, BytePort, Fault, FrameLine, FrameReply, Framing, Reply } from '../protocol/ports.ts'
import { wordsOfFrame } from './fields.ts'
import { type FrameReader, frameReader } from './framing.ts'
import type { Talk } from './profile.ts'

// Such a frame carries nothing that ties it to its request either. But the instrument hangs alone on its line, and each request is the
// same: what can go wrong is that an old answer is taken for a new one. So all that came before a request is forgotten, and after a
// request that was not answered well the next one waits until the line has been silent.
//
//            request; all before it is forgotten          a good frame
//   in step ------------------------------------> asking --------------> in step
//      ^                                            |  time is up
//      +------------ silent for quietMs ------------+
//
// One that speaks by itself is only listened to: its next whole frame is the row, at the time of its first byte.

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
  let asks = false
  let late = 0
  let closed: string | null = null
  let wake = () => {} // ends the wait for silence
  /** Of the last framing, kept over the turns of an instrument that speaks by itself. */
  let reader: FrameReader | null = null
  let reads: Framing | null = null

  const readerOf = (framing: Framing): FrameReader => {
    if (!reader || reads !== framing) {
      reader = frameReader(framing)
      reads = framing
    }
    return reader
  }

  port.onBytes((bytes) => {
    if (closed !== null || bytes.length === 0) return
    heardAt = clock.now()
    hear(bytes, heardAt)
  })
  const close = (why: string): void => {
    closed ??= why
    wake()
    end({ ok: false, fault: 'closed', detail: why })
  }
  port.onClose(close)

  /** Nobody has asked: what comes is read along, so that a frame that is under way when listening begins is whole. */
  const idle = (): void => {
    hear = (bytes, at) => {
      const frames = reader?.take(bytes, at).length ?? 0
      if (asks) late += frames
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
    asks = bytes !== null
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

  const exchange: FrameTalk['exchange'] = (request, framing, timeoutMs) => {
    const frames = readerOf(framing)
    let came = false
    return turn(
      request,
      timeoutMs,
      (bytes, at, since) => {
        // Of one that speaks by itself, the frame that is under way is the next one.
        if (request && !came) frames.clear()
        came = true
        const [found] = frames.take(bytes, at)
        return found ? { ok: true, frame: found.frame, at: found.at, tookMs: clock.now() - since } : null
      },
      () => {
        const fault: Fault = (came ? frames.wrong() : null) ?? 'timeout'
        return { ok: false, fault, detail: sentences[fault] ?? '' }
      },
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

/** More than a modem says to any of our commands. */
const heardMost = 4096

const sentences: Partial<Record<Fault, string>> = {
  timeout: 'no frame came',
  checksum: 'what came is no good frame',
  short: 'what came is no whole frame',
}

/**
 * The instrument as a bus with one device on it: each read is one frame; one without talk is told, and measures nothing. Units mean nothing here, and nothing can be written. Of an
 * instrument that speaks by itself the reply tells when its frame began, for it did not wait to be asked.
 */
export function framedBus(line: FrameLine, talk: Talk | null): Bus {
  return {
    async read({ address, count }, timeoutMs): Promise<Reply> {
      if (!talk) throw new RangeError('an instrument without talk measures nothing')
      const reply = await line.exchange(talk.request, talk.framing, timeoutMs)
      if (!reply.ok) return reply
      const words = wordsOfFrame(talk, reply.frame).slice(address, address + count)
      return { ok: true, words, tookMs: reply.tookMs, ...(talk.request ? {} : { at: reply.at }) }
    },
    write: () => Promise.reject(new RangeError('an instrument that speaks frames of its own has no registers to write to')),
    health: line.health,
    close: line.close,
  }
}
