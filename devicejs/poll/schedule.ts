/** Who is next on a line: by what hangs on it, then by the earlier deadline, and nobody is passed over without end. */
import { type Millis, millis, NEVER } from '../../protocol/time.ts'
import type { Job } from './member.ts'

/** While somebody of less weight is late, at most so many of more weight go before it in a row: a line that has more urgent jobs than it can carry still reads all. */
const IN_A_ROW = 3

/** The same of those that were not heard last time: a silence takes the line as long as about so many answers. */
const IN_A_ROW_UNHEARD = 12

/** Late is who has waited for this share of its period: there is still time then to be on time. */
const LATE_SHARE = 0.5

export type Next = { job: Job } | { at: Millis; busAt: number }

export interface Turns {
  /** The job to be asked now; or until when nobody is due, in station time and on the line's clock. */
  next(now: Millis, busNow: number, readyAt: (job: Job) => number): Next
}

const UNHEARD = 0

/**
 * What was triggered is read first: it is short, and the value is growing old. Then what alarms hang on, then the rest; then who was
 * never asked, and last who was not heard: each of those may cost as much time as many answers.
 */
function weightOf({ readyAt, member, urgent, again }: Job): number {
  if (readyAt !== null) return 5
  if (again || member.misses > 0) return UNHEARD
  return (member.up ? 3 : 1) + (urgent ? 1 : 0)
}

/** The end of its period: a row that comes later was not on time. A silent device has none; who has waited longest to be tried is first. */
const deadlineOf = (job: Job): number => (job.member.silent ? job.member.askAt : job.due + job.every)

export function makeTurns(jobs: Job[]): Turns {
  /** How many went before somebody of less weight who was late, and before somebody unheard who was. */
  let before = { late: 0, unheard: 0 }

  /** The late one whose turn has come though others weigh more. */
  function passedOver(first: Job, due: Job[], now: Millis): Job | null {
    const lighter = due.filter((job) => weightOf(job) < weightOf(first))
    const heard = lighter.filter((job) => weightOf(job) > UNHEARD && job.due + LATE_SHARE * job.every <= now)
    const unheard = lighter.filter((job) => weightOf(job) === UNHEARD && job.due + job.every <= now)
    before = { late: heard.length > 0 ? before.late + 1 : 0, unheard: unheard.length > 0 ? before.unheard + 1 : 0 }
    const most = (some: Job[]): Job => some.reduce((a, b) => (deadlineOf(b) < deadlineOf(a) ? b : a))
    if (before.late > IN_A_ROW) {
      before.late = 0
      return most(heard)
    }
    if (before.unheard <= IN_A_ROW_UNHEARD) return null
    before.unheard = 0
    return most(unheard)
  }

  return {
    next(now, busNow, readyAt) {
      const due = jobs.filter((job) => job.due <= now && readyAt(job) <= busNow)
      if (due.length > 0) {
        const first = best(due)
        return { job: passedOver(first, due, now) ?? first }
      }
      const waiting = jobs.filter((job) => job.due <= now)
      const later = jobs.filter((job) => job.due > now)
      return { at: millis(Math.min(NEVER, ...later.map((job) => job.due))), busAt: Math.min(NEVER, ...waiting.map(readyAt)) }
    },
  }
}

/** After so many missed polls one silent device is as likely dead as another. */
const SURELY_DEAD = 8

/** Who was silent for fewer polls is more likely there. */
const deadness = ({ member }: Job): number => (member.silent ? Math.min(member.misses, SURELY_DEAD) : 0)

/** Of equals, who was asked longest ago: on a line that cannot keep up all have their turn. */
const best = (due: Job[]): Job =>
  due.reduce((a, b) => {
    const order = weightOf(b) - weightOf(a) || deadness(a) - deadness(b) || deadlineOf(a) - deadlineOf(b) || a.askedAt - b.askedAt
    return order > 0 ? b : a
  })
