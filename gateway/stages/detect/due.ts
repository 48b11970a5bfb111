/** Something that falls due on a day: the part that the life of a detector and its tests share. */
import { pattern, type Schema, turn } from '../../../protocol/files/schema.ts'
import type { Level } from '../../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { Margin } from '../../core/stage.ts'
import { Standing } from './watch.ts'

export const DAY = 86_400_000

/** A day of the calendar, as midnight UTC; NaN where there is no such day. */
export const day = (): Schema<number> =>
  turn(pattern(/^\d{4}-\d{2}-\d{2}$/, 'a day', '2026-06-01'), (written) => {
    const at = Date.parse(`${written}T00:00:00Z`)
    return Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== written ? Number.NaN : at
  })

/** Stands at its level from the day on. A clock that nobody is sure of may raise it, which is the safer way, and never says that there is time left. */
export class Due {
  doubt: 'none' | 'warm-up' = 'warm-up'
  readonly standing = new Standing()
  daysLeft = Number.NaN
  readonly #level: Level
  readonly #calendar: Calendar
  readonly #beforeDays: number
  #at = NEVER

  /** Raised `beforeDays` before the day on which it falls due. */
  constructor(level: Level, calendar: Calendar, beforeDays = 0) {
    this.#level = level
    this.#beforeDays = beforeDays
    this.#calendar = calendar
  }

  /** `day` is local midnight, told as that of UTC. */
  look(day: number, now: Millis): void {
    const due = day - (this.#calendar.wall(now) + this.#calendar.utcOffset)
    const left = due - this.#beforeDays * DAY
    this.daysLeft = due / DAY
    this.#at = left > 0 ? millis(now + left) : NEVER
    const sure = this.#calendar.quality !== 'unsynchronised'
    this.doubt = left <= 0 || sure ? 'none' : 'warm-up'
    this.standing.move(left <= 0 ? this.#level : sure ? 0 : 'unknown', now)
  }

  wakeAt(): Millis {
    return this.#at
  }

  /** Nothing of a day that is not known, or by a clock that nobody is sure of while it says that there is time left. */
  margins(): Margin[] {
    if (!Number.isFinite(this.daysLeft) || this.standing.level === 'unknown') return []
    return [{ level: this.#level, figure: 'days left', value: this.daysLeft, at: this.#beforeDays, clear: this.#beforeDays, unit: 'd', worse: 'less' }]
  }
}
