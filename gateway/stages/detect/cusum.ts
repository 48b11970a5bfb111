/** Cusum: a small shift of the mean, found by adding up what each value lies beside it. */
import { about, levels, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality } from '../../../protocol/quality.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { countDoubts, Grades, marginsOf, orderDoubts, type SetPoints, stepsOf } from './grade.ts'
import { Watched } from './watched.ts'

interface Options {
  mean: number
  slack: number
  at: SetPoints
  clear: number
}

/** A sum stops at so many times the highest set point: else a shift of a month would take a month to be forgotten. */
const MOST_SET_POINTS = 2

/**
 * S+ = max(0, S+ + x - μ - k), S- = max(0, S- + μ - k - x), in the unit of the channel; raised where either reaches a set point.
 * k is half the shift that matters, set points are 4 to 5 standard deviations of a reading. Each value counts once, however long
 * after the one before it comes; a silence adds nothing and forgets nothing. NIST/SEMATECH e-Handbook 6.3.2.3.
 */
export const cusum: Kind<Options, Detector> = {
  name: 'cusum',
  about:
    'The level of a small lasting shift from `mean`, to either side: what values lie beyond mean ± `slack` is added up. Set points are sums in the unit of the channel, usually 4 to 5 standard deviations of one reading; slack is half the shift that matters.',
  options: shape({
    mean: about(optional(number(), 0), 'Where the channel stands at rest; 0 fits a change from a baseline, a displacement and a velocity.'),
    slack: number({ least: 0 }),
    at: levels(number({ least: 0 })),
    clear: about(optional(number({ least: 0 }), 0), 'It clears where the sum falls to this, in the unit of the channel.'),
  }),
  doubts: ({ at, slack, clear }, [input]) => {
    const doubts: OptionDoubt[] = [...countDoubts(input), ...orderDoubts(at, 'more')]
    if (slack === 0)
      doubts.push({ at: ['slack'], what: 'without slack noise alone reaches every set point in the end', remedy: 'give half the shift that matters' })
    for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
      const limit = at[colour]
      if (limit !== undefined && !(limit > clear))
        doubts.push({ at: ['at', colour], what: `it would clear at ${clear}, on the wrong side`, remedy: 'give a set point above `clear`' })
    }
    return doubts
  },
  build: (options, wiring) => new Cusum(options, wiring),
}

class Cusum extends Watched {
  readonly #mean: number
  readonly #slack: number
  readonly #most: number
  readonly #unit: string
  #above = 0
  #below = 0
  #rows = 0

  constructor({ mean, slack, at, clear }: Options, { periods, units }: Wiring) {
    // Cleared at `clear` itself, which may be 0, where a level clears below a figure.
    const off = clear + Math.max(clear, 1) * Number.EPSILON
    const steps = stepsOf(at, (limit) => ({ at: limit, clear: off, onDelay: millis(0), offDelay: millis(0) }))
    super(new Grades(steps), periods[0] as Millis)
    this.#unit = units[0] as string
    this.#mean = mean
    this.#slack = slack
    this.#most = MOST_SET_POINTS * (steps.at(-1)?.at as number)
  }

  protected judge(ring: Ring, row: number, time: number): void {
    const slot = row & ring.mask
    // A lower bound of a value lies beside no mean.
    if (ring.quality[slot] === Quality.unknown) {
      this.watch.miss(ring.reason[slot] as number, time)
      return
    }
    const value = ring.value[slot] as number
    this.watch.hear(time)
    this.#rows++
    this.#above = Math.min(this.#most, Math.max(0, this.#above + value - this.#mean - this.#slack))
    this.#below = Math.min(this.#most, Math.max(0, this.#below + this.#mean - this.#slack - value))
    this.grades.value(Math.max(this.#above, this.#below), time, false)
    this.watch.settle('none', time)
  }

  margins(): Margin[] {
    if (this.#rows === 0) return []
    return marginsOf(this.grades, () => Math.max(this.#above, this.#below), { figure: 'sum', unit: this.#unit })
  }

  evidence(): Record<string, number> {
    return this.#rows === 0 ? {} : { above: this.#above, below: this.#below }
  }
}
