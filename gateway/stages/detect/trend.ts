/** Trend: the level of a rate of change, counted only where the window can prove it. */
import { duration, levels, oneOf, optional, percent, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Kind, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Detector, usable } from '../../core/stage.ts'
import type { WindowColumns } from '../../core/window.ts'
import { LEAST_ROWS, slopeError, slopeOf, spanDoubts, spanned } from '../line.ts'
import { countDoubts, Grades, orderDoubts, type SetPoints, Standing, stepsOf } from './grade.ts'
import { studentTable } from './student.ts'

interface Rate {
  value: number
  per: Millis
}
interface Options {
  over: Millis
  at: { [Colour in keyof SetPoints]: Rate | undefined }
  direction: 'rising' | 'falling' | 'either'
  confidence: number
  clear: number
  onDelay: Millis
  offDelay: Millis
}

const HOUR = 3_600_000
const LOST_PERIODS = 3

/**
 * The least-squares slope b over the last `over`, with its standard error se: the rate that is graded is |b| - t·se, the
 * least that the data allow at the given confidence (two-sided Student t, n-2 degrees of freedom). A noisy window proves
 * nothing and raises nothing. Direction `either` is the default: on a slope the sign of a tilt depends on where the hinge is.
 */
export const trend: Kind<Options, Detector> = {
  name: 'trend',
  about:
    'The level of the rate of change over the last `over` (set points such as 0.01/h), by least squares; a rate counts only where it clears the set point at the given confidence.',
  options: shape({
    over: duration(),
    at: levels(rate()),
    direction: optional(oneOf(['rising', 'falling', 'either']), 'either'),
    confidence: optional(percent(), '95%'),
    clear: optional(percent(), '80%'),
    onDelay: optional(duration(), '0s'),
    offDelay: optional(duration(), '0s'),
  }),
  reach: ({ over }) => over,
  doubts: ({ at, over, confidence }, [input]) => {
    const perMs: SetPoints = {}
    const doubts = countDoubts(input)
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (!setPoint) continue
      perMs[colour] = setPoint.value / setPoint.per
      if (setPoint.value <= 0)
        doubts.push({
          at: ['at', colour],
          what: 'a rate of no movement, or back',
          remedy: 'give it above 0, and the way by `direction`: rising, falling or either',
        })
    }
    if (confidence >= 1) doubts.push({ at: ['confidence'], what: 'nothing is ever certain to 100%', remedy: 'such as 95%' })
    return [...doubts, ...orderDoubts(perMs, 'more'), ...spanDoubts(over, input)]
  },
  build: (options, wiring) => new Trend(options, wiring),
}

class Trend implements Detector {
  doubt: Detector['doubt'] = 'warm-up'
  readonly #over: number
  readonly #direction: Options['direction']
  readonly #student: (df: number) => number
  readonly #columns: WindowColumns
  readonly #grades: Grades
  readonly #standing = new Standing()
  readonly #lostMs: number
  #began = Number.NaN
  #heard = Number.NaN
  #slope = Number.NaN
  #error = Number.NaN
  #rows = 0

  constructor({ over, at, direction, confidence, clear, onDelay, offDelay }: Options, { window, periods }: Wiring) {
    this.#over = over
    this.#direction = direction
    this.#student = studentTable(confidence)
    this.#columns = window(0, over).columns
    this.#lostMs = LOST_PERIODS * (periods[0] as number)
    const perMs: SetPoints = {}
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (setPoint) perMs[colour] = setPoint.value / setPoint.per
    }
    this.#grades = new Grades(stepsOf(perMs, (setPoint) => ({ at: setPoint, clear: setPoint * clear, onDelay, offDelay })))
  }

  get level() {
    return this.#standing.level
  }

  get since() {
    return this.#standing.since
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (usable(ring.quality[slot] as number)) {
        this.#heard = time
        if (Number.isNaN(this.#began)) this.#began = time
        this.#judge(row - from, time)
      } else {
        this.#grades.nothing()
        if (ring.reason[slot] === WARM_UP) this.#heard = time
        this.#look(time)
      }
    }
    if (from === to) this.#look(now)
  }

  #judge(at: number, time: number): void {
    const columns = this.#columns
    this.#rows = columns.count[at] as number
    const slope = slopeOf(columns, at)
    if (this.#rows < LEAST_ROWS || Number.isNaN(slope) || !spanned(columns, at, time, this.#over)) {
      this.doubt = time - this.#began < this.#over ? 'warm-up' : 'coverage'
      this.#grades.nothing()
      this.#standing.move('unknown', time)
      return
    }
    this.#slope = slope
    this.#error = slopeError(columns, at)
    const toward = this.#direction === 'rising' ? slope : this.#direction === 'falling' ? -slope : Math.abs(slope)
    this.#grades.value(toward - this.#student(this.#rows - 2) * this.#error, time, false)
    this.doubt = 'none'
    this.#standing.move(this.#grades.level, time)
  }

  #look(time: number): void {
    if (Number.isNaN(this.#heard)) this.#heard = time
    if (time - this.#heard > this.#lostMs) {
      this.#grades.forget()
      this.doubt = 'no-data'
      this.#standing.move('unknown', time)
    } else if (this.doubt === 'none') {
      this.#grades.pass(time)
      this.#standing.move(this.#grades.level, time)
    }
  }

  wakeAt(): Millis {
    if (this.doubt === 'no-data' || Number.isNaN(this.#heard)) return NEVER
    return millis(Math.min(this.#grades.wakeAt(), this.#heard + this.#lostMs + 1))
  }

  evidence(): Record<string, number> {
    return Number.isNaN(this.#slope) ? { rows: this.#rows } : { perHour: this.#slope * HOUR, errorPerHour: this.#error * HOUR, rows: this.#rows }
  }
}

const WARM_UP = reasonCode('warm-up')
