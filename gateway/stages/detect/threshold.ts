/** Threshold: the level of a value by set points, with a dead band, an on-delay and an off-delay. */
import { duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { Watched } from './watched.ts'

export interface ThresholdOptions {
  direction: 'above' | 'below'
  at: SetPoints
  clear?: number | undefined
  deadband?: number | undefined
  onDelay: Millis
  offDelay: Millis
}

/**
 * Raised at v >= set point for `onDelay`, cleared at v < clear for `offDelay` (mirrored for `below`), ISA-18.2 dead band and delays.
 * Vector: set point 25, dead band 2, delays 2 s and 3 s, 1 Hz: raised at the seventh sample, cleared at the eighteenth.
 */
export const threshold: Kind<ThresholdOptions, Detector> = {
  name: 'threshold',
  about: 'The level of a value by set points `at`; it clears at `clear` (per cent of the set point) or `deadband` (in the unit of the channel) away from it.',
  options: shape({
    direction: optional(oneOf(['above', 'below']), 'above'),
    at: levels(number()),
    clear: optional(percent({ least: 0.1, most: 10 })),
    deadband: optional(number({ least: 0 })),
    onDelay: optional(duration(), '0s'),
    offDelay: optional(duration(), '0s'),
  }),
  doubts: (options, [input]) => [...countDoubts(input), ...orderDoubts(options.at, options.direction === 'above' ? 'more' : 'less'), ...clearDoubts(options)],
  build: (options, wiring) => new Threshold(options, wiring),
}

function clearDoubts({ at, direction, clear, deadband }: ThresholdOptions): OptionDoubt[] {
  if (clear === undefined) return []
  if (deadband !== undefined) return [{ at: ['deadband'], what: '`clear` and `deadband` say the same', remedy: 'give one of the two' }]
  const [, setPoint] =
    Object.entries(at).find(([, value]) => value !== undefined && (direction === 'above' ? value * clear > value : value * clear < value)) ?? []
  if (setPoint !== undefined) {
    const off = Number((setPoint * clear).toPrecision(12))
    return [
      {
        at: ['clear'],
        what: `set at ${setPoint}, it would clear at ${off}, on the wrong side`,
        remedy: `give a deadband in the unit of the channel, or a share ${(direction === 'above') === setPoint > 0 ? 'of at most' : 'of at least'} 100%`,
      },
    ]
  }
  return Object.values(at).includes(0) && clear !== 1
    ? [{ at: ['clear'], what: 'a share of a set point of 0 is 0', remedy: 'give a deadband in the unit of the channel' }]
    : []
}

class Threshold extends Watched {
  readonly #sign: 1 | -1
  readonly #unit: string
  #value = Number.NaN

  constructor({ direction, at, clear, deadband, onDelay, offDelay }: ThresholdOptions, { periods, units }: Wiring) {
    const sign = direction === 'above' ? 1 : -1
    const steps = stepsOf(at, (setPoint) => {
      const off = clear === undefined ? setPoint - sign * (deadband ?? 0) : setPoint * clear
      return { at: sign * setPoint, clear: sign * off, onDelay, offDelay }
    })
    super(new Grades(steps), periods[0] as Millis)
    this.#unit = units[0] as string
    this.#sign = sign
  }

  /** A value whose quality is unknown is a lower bound of the true one: it may raise a level from above, and settles nothing else. */
  protected judge(ring: Ring, row: number, time: number): void {
    const slot = row & ring.mask
    const value = ring.value[slot] as number
    const bound = ring.quality[slot] === Quality.unknown
    this.#value = value
    this.watch.hear(time)
    if (bound && this.#sign === -1) this.grades.forget()
    else this.grades.value(this.#sign * value, time, bound)
    const settled = !bound || (this.#sign === 1 && this.grades.level > 0)
    this.watch.settle(settled ? 'none' : ring.reason[slot] === WARM_UP ? 'warm-up' : 'coverage', time)
  }

  evidence(): Record<string, number> {
    return Number.isNaN(this.#value) ? {} : { value: this.#value }
  }

  margins(): Margin[] {
    return marginsOf(this.grades, () => this.#sign * this.#value, { figure: 'value', unit: this.#unit, turn: this.#sign })
  }
}

const WARM_UP = reasonCode('warm-up')
