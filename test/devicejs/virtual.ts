// Virtual time for lines, and the two ends of a virtual wire.

import type { BusClock, BytePort } from '../../protocol/ports.ts'

export interface VirtualClock extends BusClock {
  /** Runs until nothing is left to do, or until that time. What waits on promises runs in between. */
  run(until?: number): Promise<void>
}

export function virtualClock(startMs = 0): VirtualClock {
  let now = startMs
  let order = 0
  const timers: { at: number; order: number; then: () => void }[] = []
  const after = (ms: number, then: () => void) => {
    const timer = { at: now + Math.max(0, ms), order: order++, then }
    timers.push(timer)
    return () => {
      const place = timers.indexOf(timer)
      if (place >= 0) timers.splice(place, 1)
    }
  }
  return {
    now: () => now,
    after,
    wait: (ms) => new Promise((resolve) => after(ms, resolve)),
    async run(until = Number.POSITIVE_INFINITY) {
      for (;;) {
        for (let turns = 0; turns < 40; turns++) await null // longer than any chain of promises here
        const next = timers.reduce<(typeof timers)[number] | null>((a, b) => (!a || b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a), null)
        if (!next || next.at > until) break
        timers.splice(timers.indexOf(next), 1)
        now = next.at
        next.then()
      }
      if (Number.isFinite(until)) now = Math.max(now, until)
    },
  }
}

export interface Wire {
  port: BytePort
  /** What the other end hears. */
  heard: { at: number; bytes: Uint8Array }[]
  /** Bytes from the other end, as one piece, after that many milliseconds. */
  say(bytes: Uint8Array, afterMs?: number): void
  onRequest(answer: (request: Uint8Array) => void): void
  lose(why: string): void
}

export function virtualWire(clock: BusClock): Wire {
  let take = (_bytes: Uint8Array) => {}
  let close = (_why: string) => {}
  let answer = (_request: Uint8Array) => {}
  const heard: Wire['heard'] = []
  return {
    heard,
    say: (bytes, afterMs = 0) => {
      clock.after(afterMs, () => take(bytes))
    },
    onRequest: (to) => {
      answer = to
    },
    lose: (why) => close(why),
    port: {
      write: (bytes) => {
        heard.push({ at: clock.now(), bytes })
        answer(bytes)
      },
      onBytes: (listener) => {
        take = listener
      },
      onClose: (listener) => {
        close = listener
      },
      close: async () => {},
    },
  }
}
