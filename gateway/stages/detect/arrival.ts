/** Arrival: how soon a level that moves reaches a mark. */
import { about, duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { slopeError, spanDoubts } from '../line.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { Lined } from './lined.ts'

interface Options {
  over: Millis
  to: number
  direction: 'rising' | 'falling'
  at: { [Colour in keyof SetPoints]: Millis | undefined }
  clear: number
}

const HOUR = 3_600_000
const NONE = 0 as Millis

/** A slope of two standard errors or less may be none. */
const SIGNIFICANT = 2

/**
 * τ = (L - h) / b, of the least-squares slope b over the last `over` and the height h of its line at the newest row; only where b > 2 se(b),
 * else the level does not arrive. Where the line stands at L or beyond, τ is 0. Both are turned where it falls.
 * Vector: 101.20, .24, .29, .33, .41, .47, .55 every 5 min give b 0.6985714 m/h, h 101.5303571, and 0.6722904 h to 102.00.
 */
export const arrival: Kind<Options, Detector> = {
  name: 'arrival',
  about: 'How soon the level reaches the mark `to`, if it goes on as over the last `over`: the colour of the times `at`, such as { yellow: 6h, red: 1h }.',
  options: shape({
    over: about(duration(), 'The window of the rate: at least 5 readings, such as 30min.'),
    to: about(number(), 'The mark, in the unit of the channel.'),
    direction: about(optional(oneOf(['rising', 'falling']), 'rising'), 'The way that is dangerous; a freeboard falls.'),
    at: about(levels(duration()), 'Nearer than this, shorter from blue to red.'),
    clear: about(optional(percent({ least: 1, most: 10 }), '125%'), 'It clears when the time is longer again than this share of the set point.'),
  }),
  reach: ({ over }) => over,
  doubts: ({ at, over }, [input]) => [...countDoubts(input), ...orderDoubts(at, 'less'), ...spanDoubts(over, input)],
  build: (options, wiring) => new Arrival(options, wiring),
}

class Arrival extends Lined {
  readonly #to: number
  readonly #sign: 1 | -1
  #left = Number.NaN
  #slope = Number.NaN
  #height = Number.NaN

  constructor({ over, to, direction, at, clear }: Options, wiring: Wiring) {
    // The nearer, the worse.
    super(new Grades(stepsOf(at, (time) => ({ at: -time, clear: -time * clear, onDelay: NONE, offDelay: NONE }))), over, wiring)
    this.#to = to
    this.#sign = direction === 'rising' ? 1 : -1
  }

  protected judge(ring: Ring, row: number, time: number, at: number): void {
    const { figures } = this
    const slope = this.slopeAt(ring, row, time, at)
    if (Number.isNaN(slope)) return
    this.#slope = slope
    this.#height = figures.mean(at) + slope * (time - figures.meanTime(at))
    const way = this.#sign * (this.#to - this.#height)
    const speed = this.#sign * slope
    this.#left = way <= 0 ? 0 : speed > SIGNIFICANT * slopeError(figures, at) ? way / speed : Infinity
    this.grades.value(-this.#left, time, false)
    this.watch.settle('none', time)
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => -this.#left, { figure: 'time to the mark', unit: 'h', turn: -1 / HOUR })
  }

  evidence(): Record<string, number> {
    if (Number.isNaN(this.#left)) return {}
    return { height: this.#height, perHour: this.#slope * HOUR, ...(Number.isFinite(this.#left) && { hoursLeft: this.#left / HOUR }) }
  }
}
