/** What a line knows of answers that are still owed to it: how late they can be, whose they may be taken for, and what it can ask to find back into step. */
import { answerLength, rtuFrame } from '../../protocol/frames.ts'
import type { Probe, StepHealth } from '../../protocol/ports.ts'
import { type Found, findAnswer } from './answer.ts'

// A probe is a read of a number of registers that no other request of this line has asked for. Its answer cannot be taken for any
// other's, nor any other's for its own, so one that comes whole and alone shows that unit and line are in step again. It says nothing
// of the answer that was missed: that one is owed until it has come, or until it is too late to come. Until then nothing is asked
// that it could answer, whatever the order in which a device, a repeater or a radio link gives out what it owes.

/** Owed at the same time. Beyond it nothing is probed: then the line falls silent, and by that all debts are void. */
const owedMost = 16

/** A worst lateness seen in days is not the worst of a year: the silence is half as long again. */
const lateMargin = 1.5

/**
 * Nothing later than this is learned from. A serial server on a mobile link keeps an answer for seconds; and where silence had to last
 * longer than this, a line with one such device would hardly be asked anything any more.
 */
const longestLateMs = 5000

/** A count of registers is probed with again only after so many others: the least counts, which take the least time on the wire. */
const countsInTurn = 16

/** Survives the connection: a line that is opened anew is as late as it was. */
export interface Step {
  readonly health: Omit<StepHealth, 'inStep'>
  /** Answers that came too late, or twice, and were thrown away. */
  readonly late: number
  /** How long the line has to be silent before what it says is believed. */
  quietMs(): number
  /** A request goes out; its last byte has left at `sentAt`. */
  sent(request: Uint8Array, sentAt: number): void
  /** Its time is over, and it has no answer. */
  missed(request: Uint8Array, sentAt: number, now: number): void
  /** Nothing that is owed can be taken for an answer to this request from then on. */
  clearAt(request: Uint8Array, now: number): number
  /** Where in these bytes a whole answer stands that is owed, or was given already; it is settled by that. */
  recognise(bytes: Uint8Array, now: number): Found | null
  /** A read of this unit that no other request resembles; null where there is none. */
  probe(unit: number, probe: Probe, now: number): Uint8Array | null
}

interface Owed {
  request: Uint8Array
  sentAt: number
  missedAt: number
  isProbe: boolean
}

/** `quietMs` is the least silence, `worstLateMs` what an earlier life of this line has learned. */
export function makeStep(leastQuietMs: number, worstLateMs = 0): Step {
  const health = { lost: 0, probes: 0, probesAnswered: 0, silences: 0, lostMs: 0, worstLateMs }
  const asked = new Set<number>() // counts of registers that requests ask for
  const probes = new WeakSet<Uint8Array>()
  let owed: Owed[] = []
  let last: { request: Uint8Array; sentAt: number } | null = null
  let late = 0
  let turn = 0

  const quietMs = () => Math.max(leastQuietMs, lateMargin * Math.min(health.worstLateMs, longestLateMs))

  const stillOwed = (now: number): Owed[] => {
    owed = owed.filter(({ missedAt }) => now < missedAt + quietMs())
    return owed
  }

  const learn = (lateMs: number) => {
    late++
    if (lateMs <= longestLateMs) health.worstLateMs = Math.max(health.worstLateMs, lateMs)
  }

  return {
    health,
    get late() {
      return late
    },
    quietMs,
    sent(request, sentAt) {
      if (isRead(request) && !probes.has(request)) asked.add(countOf(request))
      last = { request, sentAt }
    },
    missed(request, sentAt, now) {
      stillOwed(now)
      owed.push({ request, sentAt, missedAt: now, isProbe: probes.has(request) })
      if (owed.length > owedMost) owed.shift()
    },
    clearAt(request, now) {
      const rivals = owed.length === 0 ? [] : stillOwed(now).filter((one) => confusable(one, request))
      return Math.max(now, ...rivals.map(({ missedAt }) => missedAt + quietMs()))
    },
    recognise(bytes, now) {
      // The oldest first: a device answers in order, and a lateness that is thought too long only makes the silence longer.
      for (const [place, { request, sentAt }] of owed.entries()) {
        const found = findAnswer(bytes, request, bytes.length)
        if (!found) continue
        owed.splice(place, 1)
        learn(now - sentAt)
        return found
      }
      const found = last ? findAnswer(bytes, last.request, bytes.length) : null
      if (found) learn(now - last!.sentAt)
      return found
    },
    probe(unit, { table, address, most }, now) {
      const free: number[] = []
      for (let count = 1; count <= most && free.length < countsInTurn; count++) if (!asked.has(count)) free.push(count)
      if (free.length === 0 || stillOwed(now).length + 2 > owedMost) return null // what was missed before is owed, and soon the probe itself may be
      const count = free[turn++ % free.length]!
      const code = table === 'holding' ? 3 : 4
      const request = rtuFrame(unit, Uint8Array.of(code, address >>> 8, address & 0xff, count >>> 8, count & 0xff))
      probes.add(request)
      return request
    },
  }
}

const isRead = (request: Uint8Array): boolean => request[1] === 3 || request[1] === 4
const countOf = (request: Uint8Array): number => (request[4]! << 8) | request[5]!

/** A late exception fits all requests of its function. A unit that has no such registers says so at once: a probe's exception is not waited for. */
const confusable = ({ request, isProbe }: Owed, next: Uint8Array): boolean =>
  request[0] === next[0] && request[1] === next[1] && (!isProbe || answerLength(request) === answerLength(next))
