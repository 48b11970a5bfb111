/** Mann-Kendall: whether a channel goes one way at all, by the order of its values alone, and how fast. */
import { about, duration, levels, oneOf, optional, percent, rate, shape, whole } from '../../../protocol/files/schema.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { MOST_STRETCHES, Stretches } from '../stretches.ts'
import { senInterval, senSlope } from '../theil-sen.ts'
import { confidenceDoubts } from './decidable.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, perMs, type RateSetPoints, stepsOf } from './grade.ts'
import { KendallTest } from './kendall.ts'
import { normalQuantile } from './student.ts'
import { Watched } from './watched.ts'

interface Options {
  over: Millis
  points: number
  at: RateSetPoints
  direction: 'rising' | 'falling' | 'either'
  confidence: number
  lags: number
  clear: number
}

/** Of fewer points no order is out of the ordinary. */
const LEAST_POINTS = 8

/** A window of which less than this share holds a value tells no trend of the whole. */
const LEAST_SHARE = 0.5

const HOUR = 3_600_000

/**
 * The window is cut into `points` stretches, of each the median. S = Σ sgn(later - earlier), its variance widened for values that
 * hang on each other (Hamed & Rao 1998, see kendall). Where |Z| clears the confidence, the level is that of Sen's slope; else none.
 * No shape of the noise is assumed: it fits readings by hand, GNSS, water levels.
 */
export const mannKendall: Kind<Options, Detector> = {
  name: 'mann-kendall',
  about:
    'The level of the rate of change over a long window (days to months), by the median of all slopes (Sen), where a Mann-Kendall test shows that the channel goes one way. Set points such as 0.5/d.',
  options: shape({
    over: duration(),
    points: about(
      optional(whole({ least: LEAST_POINTS, most: MOST_STRETCHES }), 30),
      'The window is cut into so many stretches, of which the medians are compared.',
    ),
    at: levels(rate()),
    direction: optional(oneOf(['rising', 'falling', 'either']), 'either'),
    confidence: optional(percent(), '95%'),
    lags: about(optional(whole({ least: 0, most: 10 }), 3), 'Over so many stretches values are expected to hang on each other (Hamed and Rao); 0: not at all.'),
    clear: optional(percent({ least: 0.1 }), '80%'),
  }),
  reach: ({ over }) => over,
  doubts: ({ over, points, at, confidence }, [input]) => {
    const doubts: OptionDoubt[] = countDoubts(input)
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (!setPoint) continue
      if (setPoint.value <= 0)
        doubts.push({ at: ['at', colour], what: 'a rate of no movement, or back', remedy: 'give it above 0, and the way by `direction`' })
    }
    doubts.push(...confidenceDoubts(confidence))
    if (input && over / points < input.period)
      doubts.push({ at: ['points'], what: `the window holds only ${Math.floor(over / input.period)} rows`, remedy: 'take fewer points, or a longer window' })
    return [...doubts, ...orderDoubts(perMs(at), 'more')]
  },
  build: (options, wiring) => new MannKendall(options, wiring),
}

class MannKendall extends Watched {
  readonly #over: number
  readonly #points: number
  readonly #direction: Options['direction']
  readonly #z: number
  readonly #lags: number
  readonly #unit: string
  readonly #stretches: Stretches
  readonly #test = new KendallTest(MOST_STRETCHES)
  #began = Number.NaN
  #doubt: 'none' | 'warm-up' | 'coverage' = 'warm-up'
  #slope = Number.NaN
  #proved = 0

  constructor({ over, points, at, direction, confidence, lags, clear }: Options, { inputs, periods, units }: Wiring) {
    super(
      new Grades(stepsOf(perMs(at), (setPoint) => ({ at: setPoint, clear: setPoint * clear, onDelay: millis(0), offDelay: millis(0) }))),
      periods[0] as Millis,
    )
    this.#over = over
    this.#points = points
    this.#direction = direction
    this.#z = normalQuantile(confidence)
    this.#lags = lags
    this.#unit = units[0] as string
    this.#stretches = new Stretches(over / points, over, 0, (inputs[0] as Ring).mask + 1)
  }

  protected judge(ring: Ring, row: number, time: number): void {
    this.watch.hear(time)
    if (Number.isNaN(this.#began)) this.#began = time
    if (this.#stretches.admit(ring, row)) this.#prove(time)
    if (this.#doubt === 'none') this.grades.value(this.#proved, time, false)
    else this.grades.forget()
    this.watch.settle(this.#doubt, time)
  }

  #prove(time: number): void {
    const { times, medians, count } = this.#stretches
    const known = count >= Math.max(LEAST_POINTS, LEAST_SHARE * this.#points) && time - (times[0] as number) >= LEAST_SHARE * this.#over
    this.#doubt = known ? 'none' : time - this.#began < this.#over ? 'warm-up' : 'coverage'
    if (!known) return
    this.#slope = senSlope(times, medians, count)
    this.#test.run(times, medians, count, this.#slope, this.#lags)
    const toward = this.#direction === 'rising' ? this.#slope : this.#direction === 'falling' ? -this.#slope : Math.abs(this.#slope)
    this.#proved = Math.abs(this.#test.z) > this.#z ? toward : 0
  }

  margins(): Margin[] {
    return Number.isNaN(this.#slope) ? [] : marginsOf(this.grades, () => this.#proved, { figure: 'proven rate', unit: `${this.#unit}/h`, turn: HOUR })
  }

  evidence(): Record<string, number> {
    const { times, medians, count } = this.#stretches
    if (Number.isNaN(this.#slope)) return { points: count }
    const { low, high } = senInterval(times, medians, count, this.#z, this.#test.variance)
    return { perHour: this.#slope * HOUR, lowPerHour: low * HOUR, highPerHour: high * HOUR, z: this.#test.z, tau: this.#test.tau, points: count }
  }
}
