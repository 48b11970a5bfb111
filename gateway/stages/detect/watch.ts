/** What every detector of graded values shares: how fresh its knowledge is, and what it therefore answers. */
import type { Verdict } from '../../../protocol/level.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Detector } from '../../core/stage.ts'
import type { Grades } from './grade.ts'

/** Without a usable row for so many periods a detector no longer knows. */
const LOST_PERIODS = 3

const WARM_UP = reasonCode('warm-up')

/** A level and since when, as a detector shows it. */
export class Standing {
  level: Verdict = 'unknown'
  since: Millis = millis(0)

  move(level: Verdict, at: number): void {
    if (level === this.level) return
    this.level = level
    this.since = millis(at)
  }
}

/**
 * The answer is a level of the grades, or unknown:
 *
 *     none        known                    a row settles it; an on-delay that runs out between two rows does so too
 *     warm-up     not known yet            no fault: the channel says so itself, or its first row is suspect and the next one decides
 *     coverage    not known enough         rows come, and prove nothing
 *     no-data     not known any more       no row for three periods; delays do not go on across that
 *
 * A row without a value comes at its own time: what an on-delay had run until then stands, and goes on with the next usable row.
 */
export class Watch {
  doubt: Detector['doubt'] = 'warm-up'
  readonly #grades: Grades
  readonly #lostMs: number
  readonly #standing = new Standing()
  /** Time of the newest row that told something, at first of the start. */
  #heard = Number.NaN

  constructor(grades: Grades, period: Millis) {
    this.#grades = grades
    this.#lostMs = LOST_PERIODS * period
  }

  get level(): Verdict {
    return this.#standing.level
  }

  get since(): Millis {
    return this.#standing.since
  }

  /** A usable row is about to be graded: what time alone brought before it comes first. */
  hear(time: number): void {
    this.#grades.resume(time)
    this.#elapse(time, true)
    this.#heard = time
  }

  /** The row was graded, and leaves this doubt. */
  settle(doubt: 'none' | 'warm-up' | 'coverage', time: number): void {
    this.doubt = doubt === 'none' && !this.#grades.isKnown ? 'warm-up' : doubt
    this.#standing.move(this.doubt === 'none' ? this.#grades.level : 'unknown', time)
  }

  /** A row without a usable value. */
  miss(reason: number, time: number): void {
    this.look(time)
    this.#grades.nothing(time)
    if (reason !== WARM_UP) return
    this.#heard = time
    this.#grades.forget()
    this.settle('warm-up', time)
  }

  /** No row, but time has passed. */
  look(time: number): void {
    this.#elapse(time, false)
    if (this.doubt === 'no-data') this.#standing.move('unknown', time)
    else if (this.doubt === 'none') this.#standing.move(this.#grades.level, time)
  }

  /** `row`: a row of this very time is judged after it. */
  #elapse(time: number, row: boolean): void {
    if (Number.isNaN(this.#heard)) this.#heard = time
    const lostAt = this.#heard + this.#lostMs
    // What is rising is known to, be it by a lower bound: when its delay is over, there is no doubt left.
    if (this.doubt !== 'no-data' && this.#grades.pass(Math.min(time, lostAt), row && time <= lostAt)) this.doubt = 'none'
    if (time <= lostAt) return
    this.#grades.forget()
    this.doubt = 'no-data'
  }

  wakeAt(): Millis {
    if (this.doubt === 'no-data' || Number.isNaN(this.#heard)) return NEVER
    return millis(Math.min(this.#grades.wakeAt(), this.#heard + this.#lostMs + 1))
  }
}
