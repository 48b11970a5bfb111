/** Tangent: how much faster a slope moves than in its uniform stage, as the improved tangential angle. */
import { about, duration, levels, number, optional, rate, shape, whole } from '../../../protocol/files/schema.ts'
import { iso, type Millis, millis } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { MOST_STRETCHES, Stretches } from '../stretches.ts'
import { advisoryDoubts, advisoryOption } from './advisory.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { KendallTest } from './kendall.ts'
import { normalQuantile } from './student.ts'
import { Watched } from './watched.ts'

interface Options {
  step: Millis
  at: SetPoints
  base?: { value: number; per: Millis } | undefined
  learn: Millis
  persist: number
  deadband: number
  advisory: boolean
}

/** The uniform stage is at least so many velocities without a trend among them ... */
const LEAST_VELOCITIES = 7
const TREND_Z = normalQuantile(0.95)

/** ... whose mean is at least 3 of its standard errors: the angle is a ratio to it, and over nothing everything is steep. */
const LEAST_ERRORS = 3

/** The arc tangent of a pace without end. */
const STEEPEST = 90

const DEGREES = 180 / Math.PI
const DAY = 86_400_000

/**
 * α = arctan(v / v̄) with v between two stretches and v̄ of the uniform stage (Xu Qiang et al. 2009): 45° is no acceleration, 80° is
 * v = 5.7 v̄, 85° is 11.4 v̄. The published grades: about 45° attention, to 80° caution, to 85° warning, above danger. A step of a
 * slope that moves with each rain is steep for an interval, so that an angle counts once it has lasted `persist` of them.
 *
 *     v̄ given                    the file answers for it
 *     v̄ learned                  mean over `learn`, no trend in it (Mann-Kendall, 95 %), at least 3 standard errors; then it stays
 *     none yet                   unknown, as in warm-up: of a still slope no angle can be told
 */
export const tangent: Kind<Options, Detector> = {
  name: 'tangent',
  about:
    'The level of the improved tangential angle of a displacement, in degrees (Xu Qiang): 45 is the pace of the uniform stage, and the literature has 80 for warning, 85 for danger. Unknown until the pace of the uniform stage is known. Advisory: at most yellow, unless advisory: no.',
  options: shape({
    step: about(optional(duration(), '1d'), 'Velocities are taken between stretches of this length.'),
    at: levels(number({ least: 0, most: 90 })),
    base: about(optional(rate()), 'The velocity of the uniform stage, such as 2/d; left out, it is learned.'),
    learn: about(optional(duration(), '10d'), 'The uniform stage is learned from so long a time, at least 7 steps.'),
    persist: about(optional(whole({ least: 1, most: 20 }), 3), 'An angle counts once so many steps on end had it.'),
    deadband: optional(number({ least: 0, most: 45 }), 5),
    advisory: advisoryOption(),
  }),
  reach: ({ learn, step, persist }) => millis(Math.max(learn, persist * step) + 2 * step),
  doubts: ({ step, at, base, learn, advisory, deadband }, [input]) => {
    const doubts: OptionDoubt[] = [...countDoubts(input), ...orderDoubts(at, 'more'), ...advisoryDoubts(advisory, at)]
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const angle = at[colour]
      if (angle === undefined) continue
      if (angle >= STEEPEST)
        doubts.push({ at: ['at', colour], what: 'no slope is that steep, however fast it moves', remedy: `a set point below ${STEEPEST}, such as 85` })
      else if (angle <= deadband)
        doubts.push({
          at: ['at', colour],
          what: `it would clear at ${angle - deadband}, where a slope at rest stands`,
          remedy: 'a set point above `deadband`; 45 is the pace of the uniform stage',
        })
    }
    if (base && !(base.value !== 0)) doubts.push({ at: ['base'], what: 'a slope at rest has no uniform stage', remedy: 'give its velocity, or leave it out' })
    if (!base && (learn / step < LEAST_VELOCITIES || learn / step > MOST_STRETCHES - 2))
      doubts.push({
        at: ['learn'],
        what: `the uniform stage would be ${Math.floor(learn / step)} steps`,
        remedy: `make it ${LEAST_VELOCITIES} to ${MOST_STRETCHES - 2} steps long`,
      })
    if (input && step < input.period) doubts.push({ at: ['step'], what: 'a step is shorter than the period of the channel', remedy: 'take a longer one' })
    return doubts
  },
  build: (options, wiring) => new Tangent(options, wiring),
}

/** The velocity of the uniform stage in units a ms, its standard error, the velocities behind it, and when it was learned. */
interface Base {
  velocity: number
  error: number
  velocities: number
  learned: string
}

class Tangent extends Watched {
  readonly #learn: number
  readonly #persist: number
  readonly #stretches: Stretches
  readonly #calendar: Calendar
  readonly #test = new KendallTest(MOST_STRETCHES)
  readonly #velocities = new Float64Array(MOST_STRETCHES)
  readonly #times = new Float64Array(MOST_STRETCHES)
  readonly #angles: Float64Array
  #base: Base | null
  /** The least of the last `persist` angles: what has lasted. */
  #lasting = Number.NaN
  #angle = Number.NaN
  /** Why nothing is known where it is not: before the first angle that has lasted it is no fault. */
  #absent: 'warm-up' | 'coverage' = 'warm-up'

  constructor({ step, at, base, learn, persist, deadband }: Options, { inputs, periods, calendar }: Wiring) {
    super(new Grades(stepsOf(at, (angle) => ({ at: angle, clear: angle - deadband, onDelay: millis(0), offDelay: millis(0) }))), periods[0] as Millis)
    this.#learn = learn
    this.#persist = persist
    this.#calendar = calendar
    this.#base = base ? { velocity: base.value / base.per, error: 0, velocities: 0, learned: '' } : null
    this.#stretches = new Stretches(step, Math.max(learn, persist * step) + 2 * step, 0, (inputs[0] as Ring).mask + 1)
    this.#angles = new Float64Array(persist).fill(Number.NaN)
  }

  protected judge(ring: Ring, row: number, time: number): void {
    this.watch.hear(time)
    if (this.#stretches.admit(ring, row)) this.#turn(time)
    if (Number.isNaN(this.#lasting)) this.grades.forget()
    else this.grades.value(this.#lasting, time, false)
    this.watch.settle(Number.isNaN(this.#lasting) ? this.#absent : 'none', time)
  }

  #turn(time: number): void {
    const stretches = this.#stretches
    const newest = stretches.count - 1
    if (newest < 1) return
    if (!this.#base) this.#learnBase(time)
    if (!this.#base) return
    // Two stretches with more than one between them are not one interval: what lasts is counted anew.
    if ((stretches.times[newest] as number) - (stretches.times[newest - 1] as number) > 2.5 * stretches.step) this.#angles.fill(Number.NaN)
    this.#angle = Math.atan(stretches.velocity(newest) / this.#base.velocity) * DEGREES
    this.#angles.copyWithin(0, 1)
    this.#angles[this.#persist - 1] = this.#angle
    let lasting = Infinity
    for (let k = 0; k < this.#persist; k++) lasting = Math.min(lasting, this.#angles[k] as number)
    this.#lasting = lasting
    if (!Number.isNaN(lasting)) this.#absent = 'coverage'
  }

  #learnBase(time: number): void {
    const stretches = this.#stretches
    let n = 0
    let sum = 0
    for (let k = 1; k < stretches.count; k++) {
      if (stretches.velocityTime(k) <= time - this.#learn) continue
      this.#times[n] = stretches.velocityTime(k)
      sum += this.#velocities[n++] = stretches.velocity(k)
    }
    if (n < LEAST_VELOCITIES || time - (stretches.times[0] as number) < this.#learn) return
    const mean = sum / n
    let squares = 0
    for (let k = 0; k < n; k++) squares += ((this.#velocities[k] as number) - mean) ** 2
    const error = Math.sqrt(squares / (n - 1) / n)
    this.#test.run(this.#times, this.#velocities, n, 0, 0)
    if (Math.abs(this.#test.z) > TREND_Z || !(Math.abs(mean) >= LEAST_ERRORS * error) || mean === 0) return
    this.#base = { velocity: mean, error, velocities: n, learned: iso(this.#calendar.wall(millis(time))) }
  }

  kept(): unknown {
    return this.#base?.learned ? this.#base : null
  }

  /** A velocity that the file gives goes before one that was learned. */
  recall(kept: unknown): void {
    const { velocity, error, velocities, learned } = (kept ?? {}) as Partial<Base>
    if (this.#base || ![velocity, error, velocities].every((value) => Number.isFinite(value)) || velocity === 0 || typeof learned !== 'string') return
    this.#base = { velocity, error, velocities, learned } as Base
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => this.#lasting, { figure: 'lasting angle', unit: 'deg' })
  }

  evidence(): Record<string, number> {
    if (!this.#base) return { stretches: this.#stretches.count }
    const { velocity, error, velocities } = this.#base
    const base = { basePerDay: velocity * DAY, baseErrorPerDay: error * DAY, baseVelocities: velocities }
    return Number.isNaN(this.#angle) ? base : { angle: this.#angle, ...(Number.isNaN(this.#lasting) ? {} : { lasting: this.#lasting }), ...base }
  }
}
