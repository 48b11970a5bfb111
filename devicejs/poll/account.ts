/** The account of one device: what became of its polls and requests, and how long its answers took, without keeping them all. */
import type { DeviceHealth, Fault, Reply } from '../../protocol/ports.ts'
import { makeLatency } from '../latency.ts'

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
