/** Threshold: the level of a value by set points, with a dead band, an on-delay and an off-delay. */
import { duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Detector, usable } from '../../core/stage.ts'
import { countDoubts, Grades, orderDoubts, type SetPoints, Standing, stepsOf } from './grade.ts'

export interface ThresholdOptions {
  direction: 'above' | 'below'
  at: SetPoints
  clear?: number | undefined
  deadband?: number | undefined
  onDelay: Millis
  offDelay: Millis
}

/** Without a usable row for so many periods a threshold no longer knows. */
const LOST_PERIODS = 3

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
    clear: optional(percent({ most: 10 })),
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

class Threshold implements Detector {
  doubt: Detector['doubt'] = 'warm-up'
  readonly #sign: 1 | -1
  readonly #grades: Grades
  readonly #standing = new Standing()
  readonly #lostMs: number
  #value = Number.NaN
  /** Time of the newest usable row, at first of the start. */
  #heard = Number.NaN

  constructor({ direction, at, clear, deadband, onDelay, offDelay }: ThresholdOptions, { periods }: Wiring) {
    this.#sign = direction === 'above' ? 1 : -1
    this.#lostMs = LOST_PERIODS * (periods[0] as number)
    this.#grades = new Grades(
      stepsOf(at, (setPoint) => {
        const off = clear === undefined ? setPoint - this.#sign * (deadband ?? 0) : setPoint * clear
        return { at: this.#sign * setPoint, clear: this.#sign * off, onDelay, offDelay }
      }),
    )
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
      if (!usable(ring.quality[slot] as number)) {
        this.#grades.nothing()
        this.#look(time)
        if (ring.reason[slot] === WARM_UP) this.#warm(time)
        continue
      }
      this.#heard = time
      this.#value = ring.value[slot] as number
      const bound = ring.quality[slot] === Quality.unknown
      if (!bound || this.#sign === 1) this.#grades.value(this.#sign * this.#value, time, bound)
      this.#show(bound, ring.reason[slot] === WARM_UP, time)
    }
    if (from === to) this.#look(now)
  }

  /** A value whose quality is unknown is a lower bound of the true one: it may raise a level from above, and settles nothing else. */
  #show(bound: boolean, warming: boolean, time: number): void {
    const level = this.#grades.level
    const settled = !bound || (level > 0 && this.#sign === 1)
    this.doubt = settled ? 'none' : warming ? 'warm-up' : 'coverage'
    this.#standing.move(settled ? level : 'unknown', time)
  }

  /** What time alone brings: an on-delay that runs out, or a value that has grown too old. */
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

  /** The channel itself says that it cannot tell yet: that is no loss. */
  #warm(time: number): void {
    this.#heard = time
    this.doubt = 'warm-up'
    this.#standing.move('unknown', time)
  }

  wakeAt(): Millis {
    if (this.doubt === 'no-data' || Number.isNaN(this.#heard)) return NEVER
    return millis(Math.min(this.#grades.wakeAt(), this.#heard + this.#lostMs + 1))
  }

  evidence(): Record<string, number> {
    return Number.isNaN(this.#value) ? {} : { value: this.#value }
  }
}

const WARM_UP = reasonCode('warm-up')
