/** One RTU transaction after the other on one line, as a state machine over bytes and time: a late or foreign answer is never believed. */
import { answerLength, longestFrame, rtuFrame, shortestFrame } from '../../protocol/frames.ts'
import type { Asking, BusClock, BytePort, Fault, Probe, StepHealth } from '../../protocol/ports.ts'
import { type Found, findAnswer, isCopy, isException, judge } from './answer.ts'
import { makeStep, type Step } from './step.ts'

// An RTU answer carries nothing that ties it to its request. So there is one request in flight, and after whatever was not one
// whole, right, lonely answer the line is out of step. It is so when it is opened, too: an answer to what was asked before a loss, or
// before a restart, may still be under way. Nothing that is read out of step is believed.
//
//            request, after t3.5 of silence         the answer          t3.5 of silence
//   in step --------------------------------> asked ----------> weighed ---------------> in step
//    ^ ^ |                                      | time-out, bad      | surplus
//    | | | a byte that nobody asked for         v or foreign frame   v
//    | | +--------------------------------> out of step <------------+
//    | |     silent for quietMs                 |  |____| any byte: the silence starts again
//    | +----------------------------------------+
//    +-------------------------------------- probing: the missed unit is asked for a number of registers that nothing else asks for,
//        its answer, whole and alone            in the hope that this is sooner
//
// What this cannot see: an answer later than its timeout and quietMs together, to a request of the same shape (a silence must be
// longer than the worst lateness: `step` learns it), and an answer to nobody's question that has the right shape and comes first.

/** Requests that may wait for their turn. A poll loop asks one at a time, and outputs a few; more is a caller gone wild. */
const waitingMost = 64

/** A request waits for silence at most this many quiet times; a line that babbles longer is given up for that request. */
const patienceQuiets = 3

/** Noise before an answer that is passed over (a driver that switches direction gives one to three bytes): shorter than any frame, so never a frame. */
const noiseMost = shortestFrame - 1

/** Kept bytes while out of step, to tell a late answer from noise. */
const heldMost = 2 * longestFrame

/**
 * A port that wakes up only when the whole answer is there is looked at so long after the answer should have come: an exception, or a
 * broken answer, is shorter. Seldom enough to cost nothing while a slow device thinks.
 */
const lookEveryMs = 50

/** It is not looked at twice in this time: the look behind an answer is also the one before the next request. */
const freshMs = 0.5

/** A wait for t3.5 may end later by this share of a transaction where that spares the process a short block. */
const slackShare = 0.01

/** Both clocks and the kernel's own timers are behind by some hundredths of a millisecond; t3.5 is never cut short by them. */
export const guardMs = 0.05

export interface LineOptions {
  baud: number
  /** Start, data, parity and stop bits; 11 by the standard, 10 for 8N1. */
  bitsPerCharacter: number
  /** Nothing is believed after a fault until the line has been silent for this long, or longer where answers were later. */
  quietMs: number
  /** Characters on the wire for a frame of so many bytes; as many where it is left out. */
  characters?: (bytes: number) => number
  /** What is known of the line from before it was opened anew. */
  step?: Step
}

/** `frame` is the whole answer with its CRC, an exception too. `tookMs`: from the request to the answer, without any waiting for the line. */
export type LineReply = { ok: true; frame: Uint8Array; tookMs: number } | { ok: false; fault: Fault; detail: string }

export interface Line {
  /**
   * `request` is a whole frame of functions 1-6, 15 or 16. The timeout is the device's own: time on the wire comes on top. Never rejects.
   * A write to unit 0 is for all and answered by none: it has the timeout to be done, and then counts as confirmed.
   */
  ask(request: Uint8Array, timeoutMs: number, asking?: Asking): Promise<LineReply>
  /** Whole answers that came too late, twice, or beside others, and were thrown away. */
  late(): number
  inStep(): boolean
  step(): StepHealth
  /** All that is asked or waiting ends with `closed`. The port is the caller's. */
  close(why: string): void
}

interface Waiting {
  request: Uint8Array
  timeoutMs: number
  asking: Asking
  done: (reply: LineReply) => void
  /** When its turn came; it waits for silence from then on. */
  since: number | null
}

/** What is in flight: a request of somebody's, or a probe of ours. */
interface Asked {
  waiting: Waiting | null
  request: Uint8Array
  length: number
  /** When it was given to the port, and when its last byte has left. */
  writtenAt: number
  sentAt: number
  deadline: number
  /** A whole answer, and when it was there; it is weighed until the line has been silent behind it. */
  answer: (Found & { at: number }) | null
}

interface OutOfStep {
  since: number
  /** The silence is long enough then. */
  until: number
  /** Whose answer was missed, where that may be asked for. */
  suspect: { unit: number; probe: Probe } | null
}

/** Silence before a frame (Serial Line 1.02, 2.5.1.1): 3.5 characters, 1.75 ms above 19,200 baud. */
export const silenceMs = ({ baud, bitsPerCharacter }: Pick<LineOptions, 'baud' | 'bitsPerCharacter'>): number =>
  baud > 19_200 ? 1.75 : (3500 * bitsPerCharacter) / baud

export function openLine(port: BytePort, clock: BusClock, options: LineOptions): Line {
  const { step = makeStep(options.quietMs), characters = (bytes) => bytes } = options
  const wireMs = (bytes: number) => (1000 * options.bitsPerCharacter * characters(bytes)) / options.baud
  const t35Ms = silenceMs(options) + (clock.sharp ? guardMs : 0)
  const queue: Waiting[] = []
  let asked: Asked | null = null
  let held = new Uint8Array(0) // since the last request, or while out of step
  let heardAt = Number.NEGATIVE_INFINITY // the last byte on the line
  let lookedAt = Number.NEGATIVE_INFINITY
  let out: OutOfStep | null = { since: clock.now(), until: clock.now() + step.quietMs(), suspect: null }
  let opening = true // the first silence is no loss
  let heldBackSince: number | null = null // in step, but an answer is owed that could be taken for the next request's
  let closed: string | null = null
  let cancel = () => {}

  /** Calls `then` when the line has been silent for t3.5; as soon as it can be, for the next request waits for it. */
  const whenSilent = (ms: number, then: () => void) => {
    cancel()
    cancel = clock.sharp
      ? clock.sharp(ms, slackShare * (wireMs(asked ? asked.request.length + asked.length : shortestFrame) + 2 * t35Ms), then)
      : clock.after(ms, then)
  }

  /** What has come and woken nobody is heard now. */
  const look = (now: number) => {
    if (!port.look || now - lookedAt < freshMs) return
    lookedAt = now
    port.look()
  }

  const endHoldingBack = (now: number) => {
    if (heldBackSince !== null) step.health.lostMs += Math.max(0, now - heldBackSince)
    heldBackSince = null
  }

  const fallOut = (now: number, suspect: OutOfStep['suspect']) => {
    endHoldingBack(now)
    if (!out) step.health.lost++
    out = { since: out?.since ?? now, until: now + step.quietMs(), suspect }
  }

  const regain = (now: number, by: 'silences' | 'probesAnswered') => {
    const [first] = queue
    if (!opening) step.health[by]++
    if (first) step.health.lostMs += now - Math.max(first.since ?? now, out!.since)
    opening = false
    out = null
  }

  /** Brings the next request onto the line, now or when it is silent. */
  const next = () => {
    const [first] = queue
    if (asked || closed !== null || !first) return
    const now = clock.now()
    first.since ??= now
    look(now)
    if (out && out.until <= now) regain(now, 'silences')
    const silentAt = heardAt + t35Ms
    const freeAt = out ? silentAt : Math.max(silentAt, step.clearAt(first.request, now))
    if (freeAt > Math.max(silentAt, now)) heldBackSince ??= Math.max(silentAt, now)
    if (freeAt > now) return whenSilent(freeAt - now, next)
    if (!out) {
      endHoldingBack(now)
      queue.shift()
      return send(first.request, now, first)
    }
    const probe = out.suspect && step.probe(out.suspect.unit, out.suspect.probe, now)
    if (probe) return send(probe, now, null)
    if (now - first.since < patienceQuiets * step.quietMs()) {
      cancel()
      cancel = clock.after(out.until - now, next)
      return
    }
    queue.shift()
    step.health.lostMs += now - Math.max(first.since, out.since)
    first.done({ ok: false, fault: 'overload', detail: `the line was not silent for ${step.quietMs()} ms` })
    next()
  }

  const send = (request: Uint8Array, now: number, waiting: Waiting | null) => {
    const length = answerLength(request)
    const sentAt = now + wireMs(request.length)
    // A probe costs nothing: a line that stays silent until its deadline has been silent long enough.
    const deadline = waiting ? sentAt + wireMs(length) + t35Ms + waiting.timeoutMs : Math.max(out!.until, sentAt + wireMs(length) + t35Ms)
    asked = { waiting, request, length, writtenAt: now, sentAt, deadline, answer: null }
    if (!waiting) step.health.probes++
    step.sent(request, sentAt)
    held = new Uint8Array(0)
    cancel()
    cancel = clock.after(port.look ? Math.min(deadline - now, sentAt - now + wireMs(length) + lookEveryMs) : deadline - now, watch)
    port.write(request, length)
  }

  /** Looks for an answer that woke nobody, and gives up at the deadline. */
  const watch = () => {
    const now = clock.now()
    look(now)
    if (!asked || asked.answer || closed !== null) return
    if (now >= asked.deadline) return miss(now)
    const restMs = held.length > 0 ? wireMs(Math.max(1, asked.length - held.length)) : lookEveryMs
    cancel = clock.after(Math.min(asked.deadline - now, Math.max(1, restMs)), watch)
  }

  port.onBytes((bytes) => {
    if (closed !== null || bytes.length === 0) return
    const now = clock.now()
    heardAt = now
    held = joined(held, bytes)
    if (!asked) return stray(now)
    if (asked.answer) {
      if (held.length > 2 * asked.length + heldMost) return weigh()
      return whenSilent(t35Ms, weigh)
    }
    if (!asked.waiting) dropLate(now, asked.request)
    const found = findAnswer(held, asked.request, noiseMost)
    if (found) {
      asked.answer = { ...found, at: now }
      whenSilent(t35Ms, weigh)
    } else if (held.length >= asked.length + noiseMost) miss(now)
  })

  /** Bytes that nobody asked for. */
  const stray = (now: number) => {
    if (out && out.until <= now) regain(now, 'silences') // that nobody has asked for meanwhile
    fallOut(now, out?.suspect ?? null)
    const found = step.recognise(held, now)
    held = found ? held.slice(found.to) : held.slice(Math.max(0, held.length - heldMost))
  }

  /** While a probe is out, the answer that was missed may come before the probe's own. */
  const dropLate = (now: number, request: Uint8Array) => {
    if (findAnswer(held, request, noiseMost)) return
    const found = step.recognise(held, now)
    if (found) held = joined(held.slice(0, found.from), held.slice(found.to))
  }

  /** The answer is there, and the line is silent behind it, or should be. */
  const weigh = () => {
    look(clock.now())
    const now = clock.now()
    if (!asked?.answer || (heardAt + t35Ms > now && held.length <= 2 * asked.length + heldMost)) return // more came: it is silent later
    const { waiting, answer, writtenAt } = asked
    const frame = held.slice(answer.from, answer.to)
    const surplus = held.slice(answer.to)
    held = surplus
    if (!waiting) return weighProbe(frame, surplus, now)
    if (surplus.length > 0) fallOut(now, null)
    // Whole copies agree with the answer; anything else behind it makes it doubtful which of them is ours.
    if (isCopy(surplus, frame)) finish({ ok: true, frame, tookMs: answer.at - writtenAt })
    else finish({ ok: false, fault: 'out-of-step', detail: `${surplus.length} bytes more than the answer` })
  }

  const weighProbe = (frame: Uint8Array, surplus: Uint8Array, now: number) => {
    asked = null
    // An exception proves nothing: it may be the late answer to whatever this unit was asked.
    if (surplus.length === 0 && !isException(frame)) regain(now, 'probesAnswered')
    else fallOut(now, null)
    next()
  }

  const finish = (reply: LineReply) => {
    const done = asked!.waiting!.done
    asked = null
    cancel()
    done(reply)
    next()
  }

  const miss = (now: number) => {
    const { waiting, request, length, sentAt, writtenAt } = asked!
    if (isBroadcast(request) && held.length === 0) return finish({ ok: true, frame: rtuFrame(0, request.slice(1, 6)), tookMs: now - sentAt })
    const judged = judge(held, request, length)
    step.missed(request, sentAt, now)
    if (held.length > 0) step.recognise(held, heardAt)
    if (waiting) {
      const { probe } = waiting.asking
      const unit = request[0]!
      fallOut(now, probe && (held.length === 0 || held[0] === unit) ? { unit, probe } : null)
      return finish({ ok: false, ...judged })
    }
    asked = null
    if (heardAt > writtenAt) fallOut(now, null)
    else out!.suspect = null
    next()
  }

  const close = (why: string) => {
    if (closed !== null) return
    closed = why
    cancel()
    const ended = asked?.waiting ? [asked.waiting, ...queue] : [...queue]
    asked = null
    queue.length = 0
    for (const { done } of ended) done({ ok: false, fault: 'closed', detail: why })
  }
  port.onClose(close)

  return {
    ask: (request, timeoutMs, asking = {}) =>
      new Promise((done) => {
        if (closed !== null) return done({ ok: false, fault: 'closed', detail: closed })
        if (queue.length >= waitingMost) return done({ ok: false, fault: 'overload', detail: `${waitingMost} requests wait already` })
        const waiting = { request, timeoutMs, asking, done, since: null }
        const behind = asking.urgent ? queue.findIndex((one) => !one.asking.urgent) : -1
        if (behind < 0) queue.push(waiting)
        else queue.splice(behind, 0, waiting)
        if (!asked && queue[0] === waiting) next()
      }),
    late: () => step.late,
    inStep: () => !out || clock.now() >= out.until,
    step: () => ({ inStep: !out || clock.now() >= out.until, ...step.health }),
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
