/** Threshold: the level of a value by set points, with a dead band, an on-delay and an off-delay. */
import { duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
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
  doubts: (options, [input]) => [
    ...countDoubts(input),
    ...orderDoubts(options.at, options.direction === 'above' ? 'more' : 'less'),
    ...clearDoubts(options),
    ...reachDoubts(options, input),
  ],
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

/** A set point beyond all usable readings never warns, and a level that clears only beyond them stands for good: a slip in one of the figures. */
export function reachDoubts({ at, direction, clear, deadband }: ThresholdOptions, input: InputKind | undefined): OptionDoubt[] {
  if (!input?.within) return []
  const { within, unit } = input
  const sign = direction === 'above' ? 1 : -1
  const [calm, worst] = sign === 1 ? within : [within[1], within[0]]
  const points = Object.entries(at).filter((point): point is [string, number] => point[1] !== undefined)
  const deaf = points.filter(([, setPoint]) => sign * setPoint > sign * worst)
  const stuck = points.find(([, setPoint]) => sign * clearOf(setPoint, { direction, clear, deadband }) <= sign * calm)
  const by = deadband !== undefined ? ['deadband'] : clear !== undefined ? ['clear'] : ['at', stuck?.[0] as string]
  return [
    ...deaf.map(([colour, setPoint]) => ({
      at: ['at', colour],
      what: `${setPoint} ${unit} is never reached: the usable readings of this channel end at ${worst}`,
      remedy: 'correct the set point, or the range (or `full`) at which they end',
    })),
    ...(stuck
      ? [
          {
            at: by,
            what: `raised at ${stuck[1]} ${unit} it never clears: the usable readings of this channel end at ${calm}`,
            remedy: 'let it clear at what is read when all is calm',
          },
        ]
      : []),
  ]
}

const clearOf = (setPoint: number, { direction, clear, deadband = 0 }: Pick<ThresholdOptions, 'direction' | 'clear' | 'deadband'>): number =>
  clear !== undefined ? setPoint * clear : direction === 'above' ? setPoint - deadband : setPoint + deadband

class Threshold extends Watched {
  readonly #sign: 1 | -1
  readonly #unit: string
  #value = Number.NaN

  constructor(options: ThresholdOptions, { periods, units }: Wiring) {
    const { direction, at, onDelay, offDelay } = options
    const sign = direction === 'above' ? 1 : -1
    const steps = stepsOf(at, (setPoint) => ({ at: sign * setPoint, clear: sign * clearOf(setPoint, options), onDelay, offDelay }))
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
