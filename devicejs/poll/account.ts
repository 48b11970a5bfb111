/** The account of one device: what became of its polls and requests, and how long its answers took, without keeping them all. */
import type { DeviceHealth, Fault, Reply } from '../../protocol/ports.ts'

/** Eight classes an octave: a percentile is right to 5 %, and 20 octaves from a quarter of a millisecond reach four minutes. */
const CLASSES_PER_OCTAVE = 8
const OCTAVES = 20
const LEAST_MS = 0.25

/** When so many answers are held all classes are halved: what counts are the last few thousand, not last winter's. */
const HELD_MOST = 8192

export interface Account {
  polls: number
  answered: number
  missed: number
  skipped: number
  /** One request and what came of it; `tookMs` where the reply does not say it itself. */
  note(reply: Reply, tookMs: number): void
  /** The counts so far; what the loop knows besides (back-off, retired registers) is its own to add. */
  health(): Omit<DeviceHealth, 'backOff' | 'retired'>
}

export function makeAccount(): Account {
  const faults: Partial<Record<Fault, number>> = {}
  const exceptions: Record<number, number> = {}
  const latency = makeLatency()
  let requests = 0
  let answers = 0
  const account: Account = {
    polls: 0,
    answered: 0,
    missed: 0,
    skipped: 0,
    note(reply, tookMs) {
      requests++
      if (reply.ok || reply.fault === 'exception') answers++
      if (reply.ok) return latency.note(reply.tookMs ?? tookMs)
      faults[reply.fault] = (faults[reply.fault] ?? 0) + 1
      // Also that of a gateway in the place of a device that is silent: the line counts it, too.
      if (reply.code !== undefined) exceptions[reply.code] = (exceptions[reply.code] ?? 0) + 1
    },
    health: () => {
      const { polls, answered, missed, skipped } = account
      return { polls, answered, missed, skipped, requests, answers, faults: { ...faults }, exceptions: { ...exceptions }, latencyMs: latency.percentiles() }
    },
  }
  return account
}

interface Latency {
  note(ms: number): void
  percentiles(): DeviceHealth['latencyMs']
}

export function makeLatency(): Latency {
  const held = new Uint32Array(OCTAVES * CLASSES_PER_OCTAVE)
  let count = 0

  /** The middle of the class in which the answer of that rank stands. */
  const percentile = (share: number): number => {
    const rank = Math.ceil(share * count)
    let seen = 0
    const place = held.findIndex((some) => {
      seen += some
      return seen >= rank
    })
    return LEAST_MS * 2 ** ((place + 0.5) / CLASSES_PER_OCTAVE)
  }

  return {
    note(ms) {
      const place = Math.floor(Math.log2(Math.max(ms, LEAST_MS) / LEAST_MS) * CLASSES_PER_OCTAVE)
      held[Math.min(place, held.length - 1)]! += 1
      if (++count < HELD_MOST) return
      count = 0
      for (const [index, some] of held.entries()) {
        held[index] = some >>> 1
        count += some >>> 1
      }
    },
    percentiles: () => (count === 0 ? null : { p50: percentile(0.5), p99: percentile(0.99) }),
  }
}
