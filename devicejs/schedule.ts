/** Who is next on a line: by what hangs on it, then by the earlier deadline, and nobody is passed over without end. */
import { type Millis, millis, NEVER } from '../protocol/time.ts'
import type { Job } from './member.ts'

/** While somebody of less weight is late, at most so many of more weight go before it in a row: a line that has more urgent jobs than it can carry still reads all. */
const IN_A_ROW = 3

export type Next = { job: Job } | { at: Millis; busAt: number }

export interface Turns {
  /** The job to be asked now; or until when nobody is due, in station time and on the line's clock. */
  next(now: Millis, busNow: number, readyAt: (job: Job) => number): Next
}

/**
 * What was triggered is read first: it is short, and the value is growing old. Then what alarms hang on, then the rest; then who was
 * never asked, and last who was not heard: each of those may cost as much time as many answers.
 */
function weightOf({ readyAt, member, urgent, again }: Job): number {
  if (readyAt !== null) return 5
  if (again || member.misses > 0) return 0
  return (member.up ? 3 : 1) + (urgent ? 1 : 0)
}

/** The end of its period: a row that comes later was not on time. A silent device has none; who has waited longest to be tried is first. */
const deadlineOf = (job: Job): number => (job.member.silent ? job.member.askAt : job.due + job.every)

export function makeTurns(jobs: Job[]): Turns {
  let passedOver = 0
  return {
    next(now, busNow, readyAt) {
      const due = jobs.filter((job) => job.due <= now && readyAt(job) <= busNow)
      if (due.length === 0) {
        const waiting = jobs.filter((job) => job.due <= now)
        const later = jobs.filter((job) => job.due > now)
        return { at: millis(Math.min(NEVER, ...later.map((job) => job.due))), busAt: Math.min(NEVER, ...waiting.map(readyAt)) }
      }
      const first = best(due)
      const late = due.filter((job) => weightOf(job) < weightOf(first) && job.due + job.every <= now)
      if (late.length === 0) {
        passedOver = 0
        return { job: first }
      }
      if (passedOver++ < IN_A_ROW) return { job: first }
      passedOver = 0
      return { job: late.reduce((a, b) => (deadlineOf(b) < deadlineOf(a) ? b : a)) }
    },
  }
}

const best = (due: Job[]): Job =>
  due.reduce((a, b) => {
    const [weightA, weightB] = [weightOf(a), weightOf(b)]
    return weightB > weightA || (weightB === weightA && deadlineOf(b) < deadlineOf(a)) ? b : a
  })
