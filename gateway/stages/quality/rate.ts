/** Rate-of-change test (QARTOD 7): faster than nature or the instrument can go. */
import { optional, rate as rateOf, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts, rateDoubts } from './heights.ts'

interface Rate {
  value: number
  per: Millis
}
interface Options {
  suspect?: Rate | undefined
  fail?: Rate | undefined
}

/** After a gap of more than so many periods a rate says nothing: the value may have moved at any time within it. */
const GAP_PERIODS = 3

export const rate: Kind<Options, Stage> = {
  name: 'rate',
  about:
    'A value is suspect or failed where it differs from the last usable one by more than the given rate (such as 5/min); undefined, and so left alone, after a gap.',
  options: shape({ suspect: optional(rateOf()), fail: optional(rateOf()) }),
  doubts: ({ suspect, fail }) => {
    const below = [...rateDoubts(['suspect'], suspect), ...rateDoubts(['fail'], fail)]
    return below.length > 0 ? below : heightDoubts(suspect && suspect.value / suspect.per, fail && fail.value / fail.per)
  },
  build: ({ suspect, fail }, { periods }) =>
    new RateTest(suspect ? suspect.value / suspect.per : Infinity, fail ? fail.value / fail.per : Infinity, GAP_PERIODS * (periods[0] as number)),
}

class RateTest implements Stage {
  readonly #suspectPerMs: number
  readonly #failPerMs: number
  readonly #longest: number
  // Fields of a class hold a number that changes; in a closure each one that is set would be allocated.
  #lastTime = Number.NaN
  #lastValue = Number.NaN

  constructor(suspectPerMs: number, failPerMs: number, longest: number) {
    this.#suspectPerMs = suspectPerMs
    this.#failPerMs = failPerMs
    this.#longest = longest
  }

  run(ring: Ring, from: number, to: number): void {
    let lastTime = this.#lastTime
    let lastValue = this.#lastValue
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if (!usable(ring.quality[slot] as number)) continue
      const time = ring.time[slot] as number
      const value = ring.value[slot] as number
      const dt = time - lastTime
      if (dt > 0 && dt <= this.#longest) {
        const perMs = Math.abs(value - lastValue) / dt
        if (perMs > this.#failPerMs) worsen(ring, row, Quality.fail, CODE)
        else if (perMs > this.#suspectPerMs) worsen(ring, row, Quality.suspect, CODE)
      }
      lastTime = time
      lastValue = value
    }
    this.#lastTime = lastTime
    this.#lastValue = lastValue
  }
}

const CODE = reasonCode('rate')
