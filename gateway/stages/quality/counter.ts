/** Counter test: a total that wrapped is good, one that began anew is doubted, one that no bucket can have counted fails. */
import { optional, type Rate, rate, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { InputKind, Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { countBetween, mostCounts, plausible } from '../derive/counts.ts'

interface Options {
  most?: Rate | undefined
}

/** After a gap of more than so many periods a total that fell is taken for a reset: nobody saw it wrap. */
const GAP_PERIODS = 3

const IMPLAUSIBLE = reasonCode('implausible')
const RESET = reasonCode('reset')

/**
 * From the last total that was believed to this one, with at most M counts in the time between (the law of nature for rain, or `most`):
 *
 *     rose by at most M                           good
 *     fell, and the way over the wrap is ≤ M      good: wrapped
 *     fell, and what it shows is ≤ M              suspect, `reset`: it began anew if the next one goes on from it
 *     else                                        fails, `implausible`: a damaged reading, or a torn one of 32 bits (±65,536)
 *     else, but the next one goes on from it      suspect, `implausible`: so it stands there now, and all between is not known
 *
 * Sums over the channel (`accumulate`) follow the same rules by themselves; the test is for people, and for messages, to see it.
 */
export const counter: Kind<Options, Stage> = {
  name: 'counter',
  about:
    'For a channel that counts a total. A step greater than nature allows for rain, or than `most` (such as 8/min, in the unit of the channel), fails; a total that began anew is suspect; a wrap is good.',
  options: shape({ most: optional(rate()) }),
  doubts: ({ most }, [input]) => [...totalDoubts(input), ...mostDoubts(most, input)],
  build: ({ most }, wiring) => new Counter(most, wiring),
}

function totalDoubts(input: InputKind | undefined): OptionDoubt[] {
  if (!input || input.counting?.kind === 'total') return []
  return [{ at: [], what: 'this channel counts no total', remedy: 'for values and for increments use `range`' }]
}

function mostDoubts(most: Rate | undefined, input: InputKind | undefined): OptionDoubt[] {
  if (most && most.value <= 0) return [{ at: ['most'], what: 'nothing could ever be counted', remedy: 'give it above 0' }]
  if (most || !input?.counting || input.unit === 'mm' || input.unit === 'in') return []
  return [{ at: [], what: `no law of nature bounds a count in ${input.unit}: this tests nothing`, remedy: 'give `most`' }]
}

class Counter implements Stage {
  readonly #step: number
  readonly #wrap: number | null
  readonly #unit: string
  readonly #most: Rate | undefined
  readonly #gapMs: number
  #time = Number.NaN
  #total = Number.NaN
  /** A total that is not believed yet, its time, and whether it may be that of a counter that began anew. */
  #odd = Number.NaN
  #oddAt = Number.NaN
  #reset = false

  constructor(most: Rate | undefined, { counting: [counts], units, periods }: Wiring) {
    if (!counts) throw new Error('the counter test is built on a channel that counts')
    this.#step = counts.step
    this.#wrap = counts.wrap
    this.#unit = units[0] as string
    this.#most = most
    this.#gapMs = GAP_PERIODS * (periods[0] as number)
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if (usable(ring.quality[slot] as number)) this.#judge(ring, row, ring.time[slot] as number, ring.value[slot] as number)
    }
  }

  #judge(ring: Ring, row: number, time: number, total: number): void {
    const dt = time - this.#time
    const wrap = dt > this.#gapMs ? null : this.#wrap
    const count = Number.isNaN(this.#total) ? 0 : countBetween(this.#total, total, wrap, this.#mostIn(dt))
    const reset = total < this.#total && count === total
    if (!reset && !Number.isNaN(count)) this.#stand(time, total)
    else if (!Number.isNaN(plausible(total - this.#odd, this.#mostIn(time - this.#oddAt)))) {
      if (!this.#reset) worsen(ring, row, Quality.suspect, IMPLAUSIBLE)
      this.#stand(time, total)
    } else {
      worsen(ring, row, reset ? Quality.suspect : Quality.fail, reset ? RESET : IMPLAUSIBLE)
      this.#odd = total
      this.#oddAt = time
      this.#reset = reset
    }
  }

  #stand(time: number, total: number): void {
    this.#time = time
    this.#total = total
    this.#odd = Number.NaN
  }

  #mostIn(dtMs: number): number {
    return this.#most ? Math.ceil((this.#most.value * (dtMs / this.#most.per)) / this.#step) : mostCounts(this.#unit, this.#step, dtMs)
  }
}
