/** A line that speaks no Modbus: opens on first use and again after a loss, keeps turns, and gives an honest account of itself. */

import type { BusClock, BusHealth, BusSpec, Fault, FrameLine, FrameReply } from '../../protocol/ports.ts'
import { type FrameTalk, openTalk } from '../frames/framed.ts'
import { makeLatency } from '../latency.ts'
import type { Doors } from './dial-in.ts'
import { linePlace } from './port.ts'

/** What may wait for its turn: a poll loop, and the outputs of one device. */
const waitingMost = 16

/** After a failed opening the next try is not before this, doubling up to the most (see bus.ts). */
const firstRetryMs = 500
const longestRetryMs = 10_000

export function openFrameLine(spec: BusSpec, clock: BusClock, doors?: Doors): FrameLine {
  const place = linePlace(spec, clock, doors)
  const say = (what: string): string => `bus ${spec.name}: ${what}`
  const counts = { requests: 0, answers: 0, openings: 0, busyMs: 0, late: 0 }
  const faults: Partial<Record<Fault, number>> = {}
  const latency = makeLatency()
  let talk: { on: FrameTalk; end(): Promise<void> } | null = null
  let trouble = 'nothing has been asked of it yet'
  let retryAt = Number.NEGATIVE_INFINITY
  let retryMs = firstRetryMs
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false

  async function ready(): Promise<FrameTalk | null> {
    if (talk || closed || clock.now() < retryAt) return talk?.on ?? null
    const port = await place.open()
    if ('trouble' in port) {
      trouble = port.trouble
      if (port.soon) retryMs = firstRetryMs
      retryAt = clock.now() + retryMs
      retryMs = Math.min(2 * retryMs, longestRetryMs)
      return null
    }
    if (closed) {
      await port.close()
      return null
    }
    const on = openTalk(port, clock, spec.quietMs)
    const opened = { on, end: () => port.close() }
    talk = opened
    trouble = ''
    counts.openings++
    port.onClose((why) => {
      counts.late += on.late()
      if (talk === opened) talk = null
      if (!closed) trouble = why
      // A line that opens only to be lost is like one that does not open.
      retryAt = clock.now() + firstRetryMs
    })
    return talk?.on ?? null
  }

  /** One at a time, in the order of the calls. */
  async function inTurn<T extends { ok: boolean }>(act: (on: FrameTalk) => Promise<T>, fail: (fault: Fault, detail: string) => T, busy = true): Promise<T> {
    if (waiting >= waitingMost) return fail('overload', say(`${waitingMost} requests wait already`))
    waiting++
    const mine = turn.then(async () => {
      const on = await ready()
      if (!on) return fail('closed', say(trouble))
      const since = clock.now()
      const done = await act(on)
      if (busy) counts.busyMs += clock.now() - since
      if (done.ok) retryMs = firstRetryMs
      return done
    })
    turn = mine
    const done = await mine
    waiting--
    return done
  }

  /** To listen is not to be busy. */
  async function ask(act: (on: FrameTalk) => Promise<FrameReply>, busy = true): Promise<FrameReply> {
    counts.requests++
    const timed = async (on: FrameTalk): Promise<FrameReply> => {
      const since = clock.now()
      const reply = await act(on)
      if (busy && reply.ok) latency.note(clock.now() - since)
      return reply
    }
    const reply = await inTurn(timed, (fault, detail): FrameReply => ({ ok: false, fault, detail }), busy)
    if (reply.ok) counts.answers++
    else faults[reply.fault] = (faults[reply.fault] ?? 0) + 1
    return reply
  }

  return {
    exchange: (request, framing, timeoutMs) => ask((on) => on.exchange(request, framing, timeoutMs), request !== null),
    converse: (bytes, ended, timeoutMs) => ask((on) => on.converse(bytes, ended, timeoutMs)),
    async send(bytes) {
      type Sent = { ok: true } | { ok: false; detail: string }
      const sent = await inTurn<Sent>(
        async (on) => {
          on.send(bytes)
          return { ok: true }
        },
        (_, detail) => ({ ok: false, detail }),
      )
      return sent.ok ? null : sent.detail
    },
    health: (): BusHealth => ({
      open: talk !== null,
      requests: counts.requests,
      answers: counts.answers,
      faults: { ...faults },
      late: counts.late + (talk?.on.late() ?? 0),
      exceptions: {},
      busyMs: counts.busyMs,
      openings: counts.openings,
      latencyMs: latency.percentiles(),
      step: null,
      trouble,
    }),
    async close() {
      if (closed) return
      closed = true
      trouble = 'it was closed'
      talk?.on.close(trouble)
      await talk?.end()
      await place.leave()
      await turn
    },
  }
}
