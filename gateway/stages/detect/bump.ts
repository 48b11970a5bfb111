/** Bump: a gas detector that nobody has tested with gas for too long. A poisoned one reads a quiet zero, and only gas shows it. */
import { about, duration, number, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { type Level, levelOf } from '../../../protocol/level.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Detector, Margin } from '../../core/stage.ts'
import { DAY, Due, day } from './due.ts'

interface Options {
  every: Millis
  tested?: number | undefined
  reaches?: number | undefined
  level: string
}

const UNDER_TEST = reasonCode('under-test')
const INHIBITED = reasonCode('inhibited')

/**
 * A test is a row of reason under-test: the device's own word (bump test or calibration in its status). With `reaches` it is a row under
 * test, or kept out of the judgement by a person (inhibited), in which the detector has answered with as much gas: one that is dead passes
 * no test. A detector of whose test nothing is known is overdue; so is one whose test lies in the future: a clock that was wrong told its day.
 * The last test outlives the process.
 */
export const bump: Kind<Options, Detector> = {
  name: 'bump',
  about:
    'Stands at `level` (blue) once the last test with gas is `every` ago, or none is known: the last row under test, or the day `tested`. With `reaches`, what was read under test or inhibit must have come so high.',
  options: shape({
    every: about(duration(), 'How long a test is good for, such as 180d.'),
    tested: optional(about(day(), 'The day of the last test, where the station has seen none, such as 2026-06-01.')),
    reaches: optional(about(number(), 'What the test gas must show, in the unit of the channel, such as 20 of %LEL.')),
    level: optional(oneOf(['blue', 'yellow', 'orange', 'red']), 'blue'),
  }),
  doubts: ({ tested }) => (Number.isNaN(tested) ? [{ at: ['tested'], what: 'there is no such day', remedy: 'such as 2026-06-01' }] : []),
  build: (options, wiring) => new Bump(options, wiring),
}

class Bump implements Detector {
  readonly #every: number
  readonly #calendar: Wiring['calendar']
  readonly #due: Due
  /** NaN: any row under test counts. */
  readonly #reaches: number
  /** Local time, as if it were UTC. */
  #tested: number

  constructor({ every, tested, reaches, level }: Options, { calendar }: Wiring) {
    this.#every = every
    this.#calendar = calendar
    this.#due = new Due(levelOf(level) as Level, calendar)
    this.#tested = tested ?? -Infinity
    this.#reaches = reaches ?? Number.NaN
  }

  get level() {
    return this.#due.standing.level
  }

  get since() {
    return this.#due.standing.since
  }

  get doubt() {
    return this.#due.doubt
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if (this.#isTest(ring.reason[slot] as number, ring.value[slot] as number))
        this.#tested = Math.max(this.#tested, this.#calendar.wall(ring.time[slot] as Millis) + this.#calendar.utcOffset)
    }
    const ahead = this.#tested - (this.#calendar.wall(now) + this.#calendar.utcOffset)
    if (ahead > DAY && this.#calendar.quality !== 'unsynchronised') this.#tested = -Infinity
    this.#due.look(this.#tested + this.#every, now)
  }

  #isTest(reason: number, value: number): boolean {
    return Number.isNaN(this.#reaches) ? reason === UNDER_TEST : (reason === UNDER_TEST || reason === INHIBITED) && value >= this.#reaches
  }

  wakeAt(): Millis {
    return this.#due.wakeAt()
  }

  kept(): number | undefined {
    return Number.isFinite(this.#tested) ? this.#tested : undefined
  }

  recall(kept: unknown): void {
    if (typeof kept === 'number' && Number.isFinite(kept)) this.#tested = Math.max(this.#tested, kept)
  }

  margins(): Margin[] {
    return this.#due.margins()
  }

  evidence(): Record<string, number> {
    return Number.isFinite(this.#due.daysLeft) ? { daysLeft: this.#due.daysLeft } : {}
  }
}
