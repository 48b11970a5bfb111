/** Trend: the level of a rate of change, counted only where the window can prove it. */
import { about, duration, id, levels, number, oneOf, optional, percent, rate, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { correlation } from '../correlation.ts'
import { slopeError, spanDoubts } from '../line.ts'
import { confidenceDoubts, leastNoise, noiseDoubts, untoldNoise } from './decidable.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, perMs, type Rate, type RateSetPoints, stepsOf } from './grade.ts'
import { Lined } from './lined.ts'
import { studentTable } from './student.ts'

interface Options {
  over: Millis
  at: RateSetPoints
  direction: 'rising' | 'falling' | 'either'
  confidence: number
  noise?: number | undefined
  temperature?: string | undefined
  clear: number
  onDelay: Millis
  offDelay: Millis
}

const HOUR = 3_600_000

/**
 * The least-squares slope b over the last `over`, with its standard error se: the rate that is graded is |b| - t·se, the
 * least that the data allow at the given confidence (two-sided Student t, n-2 degrees of freedom). A noisy window proves
 * nothing and raises nothing. Direction `either` is the default: on a slope the sign of a tilt depends on where the hinge is.
 * Readings that stand still on their last digit have residuals of 0, which prove nothing: `noise` is the least that se is made of.
 * Usual set points of tilt: precaution 0.01 deg/h, warning 0.1 deg/h (Uchimura et al. 2015, Landslides 12, 351).
 */
export const trend: Kind<Options, Detector> = {
  name: 'trend',
  about:
    'The level of the rate of change over the last `over`, by least squares; a rate counts only where it clears the set point at the given confidence. For tilt (deg) the literature has 0.01/h as precaution, over 3h or more, and 0.1/h as warning, over 1h; set points are set for each place by who is competent for it.',
  options: shape({
    over: duration(),
    at: levels(rate()),
    direction: optional(oneOf(['rising', 'falling', 'either']), 'either'),
    confidence: optional(percent(), '95%'),
    noise: about(
      optional(number({ least: 0 })),
      'Standard deviation of one reading in the unit of the channel, while nothing moves: a window that cannot decide its set points over this noise is refused. Where it is left out, what rounding to the last digit makes is the least, and `check` tells how much the window bears.',
    ),
    temperature: about(
      optional(id()),
      'A channel of temperature: the evidence then tells how far the value went with it (temperatureR, -1 to 1). The level does not follow it.',
    ),
    clear: optional(percent({ least: 0.1 }), '80%'),
    onDelay: optional(duration(), '0s'),
    offDelay: optional(duration(), '0s'),
  }),
  reach: ({ over }) => over,
  others: ({ temperature }) => (temperature === undefined ? [] : [{ at: ['temperature'], channel: temperature }]),
  doubts: (options, [input]) => {
    const { at, over, confidence } = options
    const doubts = countDoubts(input)
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const setPoint = at[colour]
      if (!setPoint) continue
      if (setPoint.value <= 0)
        doubts.push({
          at: ['at', colour],
          what: 'a rate of no movement, or back',
          remedy: 'give it above 0, and the way by `direction`: rising, falling or either',
        })
    }
    const form = [...doubts, ...confidenceDoubts(confidence), ...orderDoubts(perMs(at), 'more'), ...spanDoubts(over, input)]
    return form.length > 0 ? form : blurDoubts(options, input)
  },
  build: (options, wiring) => new Trend(options, wiring),
}

/** The lowest set point is the first that noise hides; no reading has less than its last digit makes, whatever the file says. */
function blurDoubts({ at, over, confidence, noise }: Options, input: InputKind | undefined): OptionDoubt[] {
  const colour = (['blue', 'yellow', 'orange', 'red'] as const).find((one) => at[one] !== undefined)
  const setPoint = colour && perMs(at)[colour]
  if (!input || !setPoint) return []
  const least = leastNoise(input)
  const question = { colour, setPoint, per: (at[colour] as Rate).per, over, confidence, period: input.period }
  const told = noise !== undefined && noise >= least
  const blurred = noiseDoubts({ ...question, noise: told ? noise : least, of: told ? 'this noise' : 'the last digit of the channel alone' })
  return blurred.length > 0 || noise !== undefined ? blurred : [untoldNoise(question, input.unit)]
}

class Trend extends Lined {
  readonly #inputs: Ring[]
  readonly #noise: number
  readonly #direction: Options['direction']
  readonly #student: (df: number) => number
  readonly #unit: string
  #slope = Number.NaN
  #error = Number.NaN
  /** The least rate in its direction that the data allow. */
  #proven = Number.NaN
  #rows = 0

  constructor({ over, at, direction, confidence, noise = 0, clear, onDelay, offDelay }: Options, wiring: Wiring) {
    super(new Grades(stepsOf(perMs(at), (setPoint) => ({ at: setPoint, clear: setPoint * clear, onDelay, offDelay }))), over, wiring)
    this.#unit = wiring.units[0] as string
    this.#inputs = wiring.inputs
    this.#noise = noise
    this.#direction = direction
    this.#student = studentTable(confidence)
  }

  protected judge(ring: Ring, row: number, time: number, at: number): void {
    const { figures } = this
    this.#rows = figures.count(at)
    const slope = this.slopeAt(ring, row, time, at)
    if (Number.isNaN(slope)) return
    this.#slope = slope
    this.#error = Math.max(slopeError(figures, at), this.#noise / Math.sqrt(figures.stt(at)))
    const toward = this.#direction === 'rising' ? slope : this.#direction === 'falling' ? -slope : Math.abs(slope)
    this.#proven = toward - this.#student(this.#rows - 2) * this.#error
    this.grades.value(this.#proven, time, false)
    this.watch.settle('none', time)
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => this.#proven, { figure: 'proven rate', unit: `${this.#unit}/h`, turn: HOUR })
  }

  evidence(): Record<string, number> {
    if (Number.isNaN(this.#slope)) return { rows: this.#rows }
    const found = { perHour: this.#slope * HOUR, errorPerHour: this.#error * HOUR, rows: this.#rows }
    const [ring, temperature] = this.#inputs as [Ring, Ring?]
    if (!temperature) return found
    const temperatureR = correlation(ring, temperature, this.over)
    return Number.isNaN(temperatureR) ? found : { ...found, temperatureR }
  }
}
