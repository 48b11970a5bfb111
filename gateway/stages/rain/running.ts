/** The storm that is running, hour by hour: found anew in the hours of the last weeks whenever one of them has changed. */
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { Wiring } from '../../core/kind.ts'
import { clean, parted, type Separation, seasons, storms } from './storm.ts'
import type { Tally } from './tally.ts'

const HOUR = 3_600_000

/** A month of hours: the longest storm of the literature (1,000 h) is a rainy season, and every curve has flattened before that. */
export const STORM_HOURS = 720

/** What the rule of a site file may be: so many dry hours, a season of CTRL-T, or the season by the calendar. */
export type StormRule = Millis | 'warm' | 'cold' | 'season'

/** April to October; of a clock that nobody keeps the cold season is taken, whose storms are the longer ones. */
const WARM_MONTHS = { first: 3, last: 9 }

export class RunningStorm {
  /** First and last wet hour among the last `STORM_HOURS`; -1 where no storm runs. */
  first = -1
  last = -1
  mm = 0
  readonly #rule: StormRule
  readonly #plain: Separation
  readonly #calendar: Calendar
  readonly #tally: Tally
  readonly #amount: (count: number) => number
  /** Of each hour, the running one last; hour k is (end - (n-k) h, end - (n-k-1) h] with `end` on the full hour. */
  readonly #counts = new Float64Array(STORM_HOURS)
  readonly #found: (start: number, end: number, count: number) => void
  #end = Number.NaN
  #counted = Number.NaN
  #separation: Separation

  /** `tally`: its first window must hold all the hours. */
  constructor(rule: StormRule, tally: Tally, amount: (count: number) => number, { calendar }: Wiring) {
    this.#rule = rule
    this.#plain = parted(typeof rule === 'number' ? rule / HOUR : 1)
    this.#separation = this.#plain
    this.#calendar = calendar
    this.#tally = tally
    this.#amount = amount
    this.#found = (start, end, count) => {
      this.first = start
      this.last = end
      this.mm = amount(count)
    }
  }

  get dryHours(): number {
    return this.#separation.dryHours
  }

  /** When its first hour began; infinity where none runs. */
  get beganAt(): number {
    return this.first < 0 ? Number.POSITIVE_INFINITY : this.#end - (STORM_HOURS - this.first) * HOUR
  }

  get durationHours(): number {
    return this.first < 0 ? 0 : this.last - this.first + 1
  }

  /** O(hours and their tips), where anything has changed. */
  look(time: number): void {
    const end = Math.ceil(time / HOUR) * HOUR
    const counted = this.#tally.total
    if (end === this.#end && counted === this.#counted) return
    this.#end = end
    this.#counted = counted
    this.#separation = this.#rule === 'warm' || this.#rule === 'cold' ? seasons[this.#rule] : this.#rule === 'season' ? this.#season(time) : this.#plain
    this.#fill(end)
    clean(this.#counts, this.#separation, this.#amount)
    this.first = this.last = -1
    this.mm = 0
    storms(this.#counts, this.#separation, this.#found)
    if (STORM_HOURS - 1 - this.last < this.#separation.dryHours) return
    this.first = this.last = -1
    this.mm = 0
  }

  /** Counts of each hour; that of the oldest tips may have passed out. */
  #fill(end: number): void {
    const { times, entries, mask, first, end: newest } = this.#tally
    this.#counts.fill(0)
    for (let entry = newest - 1; entry >= first; entry--) {
      const hour = STORM_HOURS - 1 - Math.floor((end - (times[entry & mask] as number)) / HOUR)
      if (hour < 0) break
      this.#counts[hour] = (this.#counts[hour] as number) + (entries[entry & mask] as number)
    }
  }

  #season(time: number): Separation {
    if (this.#calendar.quality === 'unsynchronised') return seasons.cold
    const month = new Date(this.#calendar.wall(millis(time)) + this.#calendar.utcOffset).getUTCMonth()
    return month >= WARM_MONTHS.first && month <= WARM_MONTHS.last ? seasons.warm : seasons.cold
  }
}
