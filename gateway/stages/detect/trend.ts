/** Trend: the level of a rate of change, counted only where the window can prove it. */
import { duration, levels, oneOf, optional, percent, rate, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Detector, usable } from '../../core/stage.ts'
import type { WindowColumns } from '../../core/window.ts'
import { LEAST_ROWS, slopeError, slopeOf, spanDoubts, spanned } from '../line.ts'
import { countDoubts, Grades, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { studentTable } from './student.ts'
import { Watch } from './watch.ts'

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
  readonly #over: number
  readonly #direction: Options['direction']
  readonly #student: (df: number) => number
  readonly #columns: WindowColumns
  readonly #grades: Grades
  readonly #watch: Watch
  #began = Number.NaN
  #slope = Number.NaN
  #error = Number.NaN
  #rows = 0

  constructor({ over, at, direction, confidence, clear, onDelay, offDelay }: Options, { window, periods }: Wiring) {
    this.#over = over
    this.#direction = direction
    this.#student = studentTable(confidence)
    this.#columns = window(0, over).columns
    const perMs: SetPoints = {}
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (setPoint) perMs[colour] = setPoint.value / setPoint.per
    }
    this.#grades = new Grades(stepsOf(perMs, (setPoint) => ({ at: setPoint, clear: setPoint * clear, onDelay, offDelay })))
    this.#watch = new Watch(this.#grades, periods[0] as Millis)
  }

  get level() {
    return this.#watch.level
  }

  get since() {
    return this.#watch.since
  }

  get doubt() {
    return this.#watch.doubt
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (usable(ring.quality[slot] as number)) this.#judge(row - from, time)
      else this.#watch.miss(ring.reason[slot] as number, time)
    }
    if (from === to) this.#watch.look(now)
  }

  #judge(at: number, time: number): void {
    const columns = this.#columns
    this.#watch.hear(time)
    if (Number.isNaN(this.#began)) this.#began = time
    this.#rows = columns.count[at] as number
    const slope = slopeOf(columns, at)
    if (this.#rows < LEAST_ROWS || Number.isNaN(slope) || !spanned(columns, at, time, this.#over)) {
      this.#grades.forget()
      this.#watch.settle(time - this.#began < this.#over ? 'warm-up' : 'coverage', time)
      return
    }
    this.#slope = slope
    this.#error = slopeError(columns, at)
    const toward = this.#direction === 'rising' ? slope : this.#direction === 'falling' ? -slope : Math.abs(slope)
    this.#grades.value(toward - this.#student(this.#rows - 2) * this.#error, time, false)
    this.#watch.settle('none', time)
  }

  wakeAt(): Millis {
    return this.#watch.wakeAt()
  }

  evidence(): Record<string, number> {
    return Number.isNaN(this.#slope) ? { rows: this.#rows } : { perHour: this.#slope * HOUR, errorPerHour: this.#error * HOUR, rows: this.#rows }
  }
}
