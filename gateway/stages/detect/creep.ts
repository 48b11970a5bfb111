/** Creep: how near the failure is that an accelerating movement points to, by its inverse velocity. */
import { about, duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { MOST_STRETCHES, Stretches } from '../stretches.ts'
import { advisoryDoubts, advisoryOption } from './advisory.ts'
import { confidenceDoubts } from './decidable.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { InverseFit } from './inverse-velocity.ts'
import { studentTable } from './student.ts'
import { Watched } from './watched.ts'

interface Options {
  over: Millis
  step?: Millis | undefined
  at: { [Colour in keyof SetPoints]: Millis | undefined }
  direction: 'rising' | 'falling' | 'either'
  confidence: number
  noise: number
  clear: number
  advisory: boolean
  onDelay: Millis
  offDelay: Millis
}

/** Stretches in the window where the file says no step. */
const USUAL_STRETCHES = 12

/** A line through fewer inverse velocities foretells nothing. */
const LEAST_VELOCITIES = 5

/** Less is no straight line: the movement does not (yet) accelerate toward a failure. */
const LEAST_R2 = 0.8

/** A line whose beginning was chosen so that it fits must fit better (Ishizawa & Danjo 2025, JDR 20(5), ask for 0.9). */
const LEAST_R2_CHOSEN = 0.9

/** The newest velocity must stand out from its noise by so many standard errors. */
const LEAST_ERRORS = 2

/** Onset of acceleration: since when the mean of the last 3 velocities lies above that of the last 7 (Carlà et al. 2017, short and long moving means). */
const SHORT = 3
const LONG = 7

const HOUR = 3_600_000

/**
 * Fukuzono's inverse velocity, from the onset of acceleration: see inverse-velocity for the line. A failure is foretold only from
 * at least 5 velocities of one direction, with R² >= 0.8, a slope that is below 0 at the given confidence, and a time that is yet to
 * come; without one the level is none. Set points are the time that is left. Works for tilt as for displacement.
 */
export const creep: Kind<Options, Detector> = {
  name: 'creep',
  about:
    'How near the failure is that an accelerating tilt or displacement points to (inverse velocity, Fukuzono): set points such as yellow: 12h are the time left. Nothing is foretold before it accelerates. Advisory: at most yellow, unless advisory: no.',
  options: shape({
    over: about(duration(), 'How far it looks back.'),
    step: about(optional(duration()), 'Velocities are taken between stretches of this length (default a twelfth of `over`).'),
    at: levels(duration()),
    direction: optional(oneOf(['rising', 'falling', 'either']), 'either'),
    confidence: optional(percent(), '95%'),
    noise: about(
      optional(number({ least: 0 }), 0),
      'Standard deviation of one reading in the unit of the channel; needed where a stretch holds fewer than 4 rows.',
    ),
    clear: about(optional(percent({ least: 1, most: 10 }), '120%'), 'Clears where the time left is longer than this share of the set point.'),
    advisory: advisoryOption(),
    onDelay: optional(duration(), '0s'),
    offDelay: optional(duration(), '0s'),
  }),
  reach: ({ over }) => over,
  doubts: ({ over, step, at, confidence, noise, advisory }, [input]) => {
    const doubts: OptionDoubt[] = [...countDoubts(input), ...orderDoubts(at, 'less'), ...advisoryDoubts(advisory, at)]
    for (const [colour, left] of Object.entries(at))
      if (left === 0) doubts.push({ at: ['at', colour], what: 'a failure that is here is foretold no more', remedy: 'a time that people can use, such as 12h' })
    doubts.push(...confidenceDoubts(confidence))
    const held = over / (step ?? over / USUAL_STRETCHES)
    // Asked so that the share of no time in no time is refused too.
    if (!(held >= LEAST_VELOCITIES + 2 && held <= MOST_STRETCHES))
      doubts.push({
        at: ['step'],
        what: `the window holds ${Math.floor(held) || 0} steps`,
        remedy: `take a step that goes ${LEAST_VELOCITIES + 2} to ${MOST_STRETCHES} times into \`over\``,
      })
    const rows = input ? over / held / input.period : Infinity
    if (rows < 1) doubts.push({ at: ['step'], what: 'a step is shorter than the period of the channel', remedy: 'take a longer step, or a longer `over`' })
    else if (rows < 4 && noise === 0)
      doubts.push({
        at: ['noise'],
        what: 'a step holds fewer than 4 rows, which do not show their noise',
        remedy: 'give the noise of one reading, or take a longer step',
      })
    return doubts
  },
  build: (options, wiring) => new Creep(options, wiring),
}

class Creep extends Watched {
  readonly #over: number
  readonly #direction: Options['direction']
  readonly #student: (df: number) => number
  readonly #stretches: Stretches
  readonly #fit = new InverseFit()
  readonly #times = new Float64Array(MOST_STRETCHES)
  readonly #velocities = new Float64Array(MOST_STRETCHES)
  #began = Number.NaN
  #doubt: 'none' | 'warm-up' | 'coverage' = 'warm-up'
  /** Station time of the failure that is foretold; NaN while none is. */
  #failure = Number.NaN
  #now = Number.NaN

  constructor(
    { over, step = millis(over / USUAL_STRETCHES), at, direction, confidence, noise, clear, onDelay, offDelay }: Options,
    { inputs, periods }: Wiring,
  ) {
    super(new Grades(stepsOf(at, (left) => ({ at: -left, clear: -left * clear, onDelay, offDelay }))), periods[0] as Millis)
    this.#over = over
    this.#direction = direction
    this.#student = studentTable(confidence)
    this.#stretches = new Stretches(step, over, noise, (inputs[0] as Ring).mask + 1)
  }

  protected judge(ring: Ring, row: number, time: number): void {
    this.watch.hear(time)
    if (Number.isNaN(this.#began)) this.#began = time
    if (this.#stretches.admit(ring, row)) this.#foretell(time)
    this.#now = time
    if (this.#doubt === 'none') this.grades.value(Number.isNaN(this.#failure) ? -Infinity : time - this.#failure, time, false)
    else this.grades.forget()
    this.watch.settle(this.#doubt, time)
  }

  #foretell(time: number): void {
    const stretches = this.#stretches
    const { count } = stretches
    this.#failure = Number.NaN
    const known = count >= LEAST_VELOCITIES + 1 && time - (stretches.times[0] as number) >= this.#over / 2
    this.#doubt = known ? 'none' : time - this.#began < this.#over ? 'warm-up' : 'coverage'
    if (!known) return
    const newest = stretches.velocity(count - 1)
    const sign = this.#direction === 'rising' ? 1 : this.#direction === 'falling' ? -1 : Math.sign(newest)
    if (!(sign * newest > LEAST_ERRORS * stretches.velocityError(count - 1))) return
    for (let k = 1; k < count; k++) {
      this.#times[k - 1] = stretches.velocityTime(k) - time
      this.#velocities[k - 1] = sign * stretches.velocity(k)
    }
    const end = count - 1
    const onset = this.#onset(end)
    const fit = this.#fit
    // The onset is known to within the short mean: where a slope turned in that stretch, its velocity is neither of the two.
    for (let from = onset; from < onset + SHORT && end - from >= LEAST_VELOCITIES; from++) {
      fit.fit(this.#times, this.#velocities, from, end, this.#student(end - from - 2))
      const leastR2 = from === onset ? LEAST_R2 : LEAST_R2_CHOSEN
      if (!(fit.slope < 0 && fit.g < 1 && fit.r2 >= leastR2 && fit.failure > 0)) continue
      this.#failure = time + fit.failure
      return
    }
  }

  /** The first of the n velocities that belongs to the acceleration that goes on now: all of them above 0. */
  #onset(n: number): number {
    let from = n
    while (from >= SHORT && this.#mean(from, SHORT) > this.#mean(from, LONG)) from--
    if (from === n) return n
    // `from` is the last velocity before the short mean rose above the long one; what it rose by began within it.
    from = Math.max(0, from + 1 - SHORT)
    for (let k = n - 1; k >= from; k--) if (!((this.#velocities[k] as number) > 0)) return k + 1
    return from
  }

  /** Of the last `many` velocities before place `end`. */
  #mean(end: number, many: number): number {
    const begin = Math.max(0, end - many)
    let sum = 0
    for (let k = begin; k < end; k++) sum += this.#velocities[k] as number
    return sum / (end - begin)
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => this.#now - this.#failure, { figure: 'time left', unit: 'h', turn: -1 / HOUR })
  }

  evidence(): Record<string, number> {
    if (Number.isNaN(this.#failure)) return { stretches: this.#stretches.count }
    // The interval was told from the row that closed the last stretch.
    const { failure, low, high, r2, rows } = this.#fit
    const leftH = (this.#failure - this.#now) / HOUR
    return { leftH, leftLowH: leftH + (low - failure) / HOUR, leftHighH: leftH + (high - failure) / HOUR, r2, velocities: rows }
  }
}
