/** What the outputs of one unit know together: whether it answers. A dead board is asked gently, and is back at its first answer. */
import type { BusClock, Reply } from '../../protocol/ports.ts'

/** So many requests in a row without an answer, and the unit counts as silent: noise takes one frame, seldom three. */
const SILENT_AFTER = 3

/** A silent unit is asked once in so many of its time-outs, that is one twentieth of its line; a new order goes out at once all the same. */
const SPARED_TIMEOUTS = 20

export interface Board {
  heard(reply: Reply): void
  silent(): boolean
  /** It is silent, and was asked a short while ago: what is only told again can wait. */
  spared(): boolean
  /** Before the last order of a life, which is tried as if nothing were known. */
  forget(): void
}

export function makeBoard(busClock: Pick<BusClock, 'now'>, timeoutMs: number): Board {
  let misses = 0
  let askedAt = Number.NEGATIVE_INFINITY
  const silent = (): boolean => misses >= SILENT_AFTER
  return {
    heard(reply) {
      // Where the line is down, or too full, the unit was not asked.
      if (!reply.ok && (reply.fault === 'closed' || reply.fault === 'overload')) return
      askedAt = busClock.now()
      misses = reply.ok || reply.fault === 'exception' ? 0 : misses + 1
    },
    silent,
    forget() {
      misses = 0
    },
    spared: () => silent() && busClock.now() - askedAt < SPARED_TIMEOUTS * timeoutMs,
  }
}
