/** The sum of a counting channel over the last `over`, or since the hydrological day began: integers are summed, and multiplied by the step once, at the output. */
import { duration, either, oneOf, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { amounts, countingOf, outOf } from '../rain/amount.ts'
import { Tally } from '../rain/tally.ts'

interface Options {
  over: Millis | 'day'
}

const HOUR = 3_600_000
const DAY = millis(24 * HOUR)

/** The day of the Chinese hydrological service begins at 08:00 Beijing time, wherever the station stands. */
const DAY_BEGINS_UTC_MS = 0

/**
 * Window (t-over, t], evaluated at each row and, since sums fall without new counts, whenever a count leaves it; or the
 * hydrological day, (08:00, t] Beijing time. A clock that nobody keeps names no day: then the last 24 h are summed, which
 * are never less. With gaps the sum is a lower bound: its quality is then `unknown`, reason `coverage` (`warm-up` while the
 * window has not yet been filled since the start). The output is in the unit of the step. What counts: see Intake.
 */
export const accumulate: DerivationKind<Options> = {
  name: 'accumulate',
  about:
    'The sum of a counting channel (rain) over the last `over`, such as 1h; it falls by itself as counts grow old. With `over: day`, the sum since the hydrological day began (08:00 Beijing time); while the clock is not synchronised, of the last 24 h.',
  options: shape({ over: either(duration(), oneOf(['day'])) }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input?.counting
      ? { unit: input.unit, quantity: input.quantity }
      : 'accumulate needs a channel that counts (a profile channel with count: total or increment)',
  reach: ({ over }) => (over === 'day' ? DAY : over),
  doubts: ({ over }, [input]) =>
    over !== 'day' && input && over < input.period
      ? [{ at: ['over'], what: 'counts leave this window before the next reading', remedy: 'make it at least one period of the channel' }]
      : [],
  build: ({ over }, wiring) => new Accumulate(over === 'day' ? DAY : over, over === 'day' ? wiring.calendar : null, wiring),
}

class Accumulate implements Stage {
  readonly #over: Millis
  readonly #day: Calendar | null
  readonly #out: Ring
  readonly #tally: Tally
  readonly #amount: (count: number) => number

  constructor(over: Millis, day: Calendar | null, wiring: Wiring) {
    this.#over = over
    this.#day = day
    this.#out = outOf(wiring)
    this.#tally = new Tally(wiring, [over])
    this.#amount = amounts(countingOf(wiring).step)
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    let told = from === to && Number.isNaN(this.#tally.intake.last)
    for (let row = from; row < to; row++) {
      this.#tally.intake.take(ring, row)
      told = this.#emit(ring.time[row & ring.mask] as number)
    }
    // Where a later sum was told of already, when a count left it, what came is told of now.
    if (!told) this.#emit(now)
  }

  wakeAt(): Millis {
    return this.#tally.fallsAt(0)
  }

  kept(): unknown {
    return this.#tally.kept()
  }

  recall(kept: unknown): void {
    this.#tally.recall(kept)
  }

  /** False where the sum of this time, or of a later one, was told of before. */
  #emit(time: number): boolean {
    const out = this.#out
    if (out.head > 0 && time <= (out.time[(out.head - 1) & out.mask] as number)) return false
    this.#tally.settle(time)
    if (Number.isNaN(this.#tally.intake.last)) {
      push(out, time, Number.NaN, Quality.missing, INPUT)
      return true
    }
    const edge = this.#day && this.#day.quality !== 'unsynchronised' ? dayBegan(this.#day, time) : time - this.#over
    const count = this.#day ? this.#tally.since(edge) : (this.#tally.counts[0] as number)
    const doubt = this.#tally.doubt(edge, time)
    push(out, time, this.#amount(count), doubt === 0 ? Quality.good : Quality.unknown, doubt)
    return true
  }
}

/** Station time at which the hydrological day of `time` began; what falls at 08:00 sharp belongs to the day that ends. */
function dayBegan(calendar: Calendar, time: number): number {
  const wall = calendar.wall(millis(time))
  return time - (wall - ((Math.ceil((wall - DAY_BEGINS_UTC_MS) / DAY) - 1) * DAY + DAY_BEGINS_UTC_MS))
}

const INPUT = reasonCode('input')
