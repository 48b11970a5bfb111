/**
 * The silent loop test of each week: an output that is off is told off once more, must read back as off, and must be heard silent where
 * a channel can hear it. It finds a cut wire, a dead board, a stuck relay and a deaf microphone before the night of the alarm does.
 *
 *     due ──► told off ──► read back ──► passed: due again in a week
 *      ▲                       └───────► failed: again in an hour
 *      └─ by the wall clock where it is known, else by station time since the last that passed
 */
import type { OutputState } from '../../../protocol/recording.ts'
import { type Instant, type Millis, type Moment, millis, NEVER } from '../../../protocol/time.ts'
import type { OutputKind, TestPlan } from '../plan.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** 1970-01-01 was a Thursday. */
const FIRST_DAY = 4

/** An output that is on at its hour is tested when it is off again; a day later somebody should know. */
const GRACE_MS = DAY_MS

/** After a failure, and at the most after each step of the wall clock, it is tested once an hour. */
const AGAIN_MS = HOUR_MS

export interface Loop {
  /** Station time of the last that passed; of the start, where none did. */
  passedAt: Millis
  /** Wall time of the weekly hour that it was for, also one that a clock gone astray made of it; null where the wall clock was not known. */
  hourOf: Instant | null
  triedAt: Millis
  waiting: boolean
  failed: boolean
  /** Tests that came to an end. */
  made: number
}

/** The first is due at once: at the start every output is told off anyway. */
export const makeLoop = (start: Millis): Loop => ({ passedAt: start, hourOf: null, triedAt: millis(-Infinity), waiting: false, failed: false, made: 0 })

/** Kinds whose being off can be told and read without harm: a valve is not told to open, a modem and a heartbeat have no rest to read. */
export const hasLoop = (kind: OutputKind): boolean => kind !== 'valve' && kind !== 'sms' && kind !== 'heartbeat'

/** The last weekly hour at or before `wall`. */
export function weeklyHour(wall: Instant, { utcOffset, day, hour }: TestPlan): Instant {
  const first = ((day - FIRST_DAY + 7) % 7) * DAY_MS + hour * HOUR_MS - utcOffset
  return (Math.floor((wall - first) / WEEK_MS) * WEEK_MS + first) as Instant
}

/** Whether the output shall be told off now, for the test. `off`: nothing asks it to be on. */
export function loopDue(loop: Loop, plan: TestPlan, off: boolean, now: Moment): boolean {
  if (!off || loop.waiting || now.at - loop.triedAt < AGAIN_MS) return false
  const known = now.wallQuality !== 'unsynchronised'
  const hour = known ? weeklyHour(now.wall, plan) : null
  const first = loop.triedAt === -Infinity
  const due = first || loop.failed || (hour === null ? now.at - loop.passedAt >= WEEK_MS : loop.hourOf !== hour)
  if (!due) return false
  loop.triedAt = now.at
  loop.waiting = true
  return true
}

/**
 * Judges an answer to a command of being off; null where none is waited for, else what came of it. An output always answers, if only
 * that nothing could be read. A test that failed is made good by any later answer: an output that did not obey is told off again and
 * again anyway.
 */
export function loopEnd(loop: Loop, { actual }: OutputState, heard: string, plan: TestPlan, now: Moment): string | null {
  const fault = actual === null ? 'its state could not be read' : actual ? 'it reads on though told off' : heard
  if (!loop.waiting && (!loop.failed || fault !== '')) return null
  loop.waiting = false
  loop.made++
  loop.failed = fault !== ''
  if (loop.failed) return `loop test failed: ${fault}`
  loop.passedAt = now.at
  loop.hourOf = now.wallQuality === 'unsynchronised' ? null : weeklyHour(now.wall, plan)
  return 'loop test passed'
}

/** Called off because the output is to be on: it is made up for when that is over. */
export function callOff(loop: Loop): void {
  if (loop.waiting) loop.triedAt = millis(-Infinity)
  loop.waiting = false
}

export const isOverdue = (loop: Loop, now: Millis): boolean => now - loop.passedAt >= WEEK_MS + GRACE_MS

/** When something of it is due. */
export function loopAt(loop: Loop, plan: TestPlan, now: Moment): Millis {
  const known = now.wallQuality !== 'unsynchronised'
  const due = [
    loop.triedAt + AGAIN_MS,
    loop.passedAt + WEEK_MS + GRACE_MS,
    known ? now.at + weeklyHour(now.wall, plan) + WEEK_MS - now.wall : loop.passedAt + WEEK_MS,
  ]
  return millis(Math.min(...due.filter((at) => at > now.at), NEVER))
}
