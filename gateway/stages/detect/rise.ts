/** Rise: a gas that grows fast is told before it reaches its first alarm. */
import { about, duration, levels, number, optional, percent, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Detector, type Margin, usable } from '../../core/stage.ts'
import { spanDoubts } from '../line.ts'
import { leastNoise, noiseDoubts } from './decidable.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, perMs, type Rate, type RateSetPoints, stepsOf } from './grade.ts'
import { Lined } from './lined.ts'

interface Options {
  over: Millis
  at: RateSetPoints
  floor: number
  to?: number | undefined
  settle: Millis
  clear: number
}

const MINUTE = 60_000

/** That a rate is no play of the last digit. */
const CONFIDENCE = 0.95
const NONE = 0 as Millis

const WARM_UP = reasonCode('warm-up')
/** While the instrument says so of itself, what it reads is no gas of the place. */
const AWAY = [WARM_UP, reasonCode('inhibited'), reasonCode('under-test')]

/**
 * The least-squares slope over the last `over`, of at least five rows, counts while the value is at `floor` or above: noise about zero raises
 * nothing. It is not told during warm-up, inhibit and test, nor until all of the window lies `settle` behind them (twice the response time t90;
 * 30 s is the slowest that GB 15322.1 allows for combustible gas). No rule sets a rate: this is a pre-alarm, and goes no higher than yellow.
 */
export const rise: Kind<Options, Detector> = {
  name: 'rise',
  about:
    'A pre-alarm, blue or yellow: the gas rises at a rate `at` (such as 5/min) or faster over the last `over`, and stands at `floor` or above; its evidence tells the time left to `to`.',
  options: shape({
    over: about(duration(), 'The window of the rate: at least 5 readings, such as 1min.'),
    at: about(levels(rate()), 'blue, yellow or both; no standard has such rates.'),
    floor: about(number(), 'In the unit of the channel, such as 5 of %LEL.'),
    to: optional(about(number(), 'The set point of the second alarm, to which the time left is told.')),
    settle: about(optional(duration(), '1min'), 'Nothing is judged for so long after warm-up, inhibit or test: twice the response time t90.'),
    clear: about(optional(percent({ least: 0.1 }), '80%'), 'It clears below this share of the rate.'),
  }),
  reach: ({ over }) => over,
  doubts: ({ at, over }, [input]) => {
    const doubts: OptionDoubt[] = countDoubts(input)
    for (const colour of ['orange', 'red'] as const)
      if (at[colour]) doubts.push({ at: ['at', colour], what: 'a rate alone is a pre-alarm', remedy: 'give it blue or yellow; orange and red go by the value' })
    for (const [colour, setPoint] of Object.entries(at))
      if (setPoint && setPoint.value <= 0) doubts.push({ at: ['at', colour], what: 'a rate of no rise', remedy: 'give it above 0' })
    const form = [...doubts, ...orderDoubts(perMs(at), 'more'), ...spanDoubts(over, input)]
    return form.length > 0 ? form : digitDoubts(at, over, input)
  },
  build: (options, wiring) => new Rise(options, wiring),
}

/** The rate is graded as it is: the lowest set point must lie above what a last digit that flickers makes of a window. */
function digitDoubts(at: RateSetPoints, over: Millis, input: InputKind | undefined): OptionDoubt[] {
  const colour = at.blue ? 'blue' : 'yellow'
  const setPoint = perMs(at)[colour]
  if (!input || !setPoint) return []
  const of = 'the last digit of the channel alone'
  return noiseDoubts({ colour, setPoint, per: (at[colour] as Rate).per, over, noise: leastNoise(input), of, confidence: CONFIDENCE, period: input.period })
}

class Rise extends Lined {
  readonly #floor: number
  readonly #to: number
  readonly #settle: number
  readonly #unit: string
  #awayAt = -Infinity
  #slope = Number.NaN
  #value = Number.NaN

  constructor({ over, at, floor, to, settle, clear }: Options, wiring: Wiring) {
    super(new Grades(stepsOf(perMs(at), (setPoint) => ({ at: setPoint, clear: setPoint * clear, onDelay: NONE, offDelay: NONE }))), over, wiring)
    this.#unit = wiring.units[0] as string
    this.#floor = floor
    this.#to = to ?? Number.NaN
    this.#settle = settle
  }

  override run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      const reason = ring.reason[slot] as number
      if (AWAY.includes(reason)) {
        this.#awayAt = time
        this.watch.miss(WARM_UP, time)
      } else if (usable(ring.quality[slot] as number)) this.take(ring, row, time, row - from)
      else this.watch.miss(reason, time)
    }
    if (from === to) this.watch.look(now)
  }

  protected judge(ring: Ring, row: number, time: number, at: number): void {
    const value = ring.value[row & ring.mask] as number
    const first = this.figures.first(at)
    const settling = first <= this.#awayAt || first < this.#awayAt + this.#settle
    const slope = this.slopeAt(ring, row, time, at, settling)
    if (Number.isNaN(slope)) return
    this.#slope = slope
    this.#value = value
    this.grades.value(value >= this.#floor ? slope : 0, time, false)
    this.watch.settle('none', time)
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => (this.#value < this.#floor ? 0 : this.#slope), { figure: 'rate', unit: `${this.#unit}/min`, turn: MINUTE })
  }

  evidence(): Record<string, number> {
    if (Number.isNaN(this.#slope)) return {}
    const perMin = this.#slope * MINUTE
    const left = (this.#to - this.#value) / perMin
    return { value: this.#value, perMin, ...(perMin > 0 && Number.isFinite(left) && { minutesLeft: Math.max(0, left) }) }
  }
}
