/** What silent devices may cost: how much of a line's time goes into asking those that do not answer. */
import { type Millis, millis } from '../../protocol/time.ts'

/** A silent device is asked after 2, 4, 8 ... of its periods, but at least once in this time: one that was repaired is back within the minute. */
const LONGEST_PAUSE_MS = 60_000

/** In any minute so much of it at most, as long as somebody on the line answers: a tenth is what the others can spare, less the try that is under way. */
const SPAN_MS = 60_000
const SHARE = 0.09

export interface SilenceBudget {
  spend(now: Millis, ms: number): void
  /** May somebody be asked who will most likely take `ms` and say nothing? */
  allows(now: Millis, ms: number): boolean
  /** A damaged line is back: all are tried at once, whatever was spent. */
  forget(): void
  /** In how long, at this price, one more is allowed after the other. */
  waitMs(ms: number): number
  /** Spent in the last minute, as a share of it. */
  share(now: Millis): number
}

export function makeSilenceBudget(): SilenceBudget {
  const spent: { at: Millis; ms: number }[] = []
  let sumMs = 0
  let lastAt = Number.NEGATIVE_INFINITY
  const leave = (now: Millis): void => {
    while (spent[0] && now - spent[0].at >= SPAN_MS) sumMs -= spent.shift()?.ms ?? 0
    if (spent.length === 0) sumMs = 0
  }
  return {
    spend(at, ms) {
      if (ms <= 0) return
      spent.push({ at, ms })
      sumMs += ms
      lastAt = at
    },
    allows(now, ms) {
      const mostMs = SHARE * SPAN_MS
      leave(now)
      // One that takes more than a minute's share for a single try has its turn when the last one is that much longer ago.
      if (ms > mostMs) return now - lastAt >= ms / SHARE
      return sumMs + ms <= mostMs
    },
    forget() {
      spent.length = 0
      sumMs = 0
    },
    waitMs: (ms) => ms / SHARE,
    share(now) {
      leave(now)
      return sumMs / SPAN_MS
    },
  }
}

/** In how long a device that missed its last `misses` polls is asked again; `silentAfter` of them make it silent. */
export function pauseMs(every: Millis, misses: number, silentAfter: number): Millis {
  if (misses < silentAfter) return millis(0)
  return millis(Math.min(every * 2 ** Math.min(misses - silentAfter + 1, 30), Math.max(LONGEST_PAUSE_MS, every)) - every / 2)
}
