/** How much of a memory that fades by half in each half-life is known: the weight of the times in which counting was known, 0 to 1. */
import { reasonCode } from '../../../protocol/quality.ts'
import { LEAST_COVERAGE } from './tally.ts'

const COVERAGE = reasonCode('coverage')
const WARM_UP = reasonCode('warm-up')

export class Fading {
  readonly #halfLife: number
  #share = 0
  #until = Number.NaN
  #began = Number.NaN

  constructor(halfLifeMs: number) {
    this.#halfLife = halfLifeMs
  }

  /** What a unit of long ago is worth now. Time that runs backward fades nothing. */
  factor(elapsedMs: number): number {
    return 2 ** (-Math.max(0, elapsedMs) / this.#halfLife)
  }

  /** Time up to `time` is known, or not. */
  reach(time: number, known: boolean): void {
    if (Number.isNaN(this.#began)) this.#began = time
    if (Number.isNaN(this.#until)) this.#until = time
    const left = this.factor(time - this.#until)
    this.#share = this.#share * left + (known ? 1 - left : 0)
    this.#until = time
  }

  /** A memory that outlived the process; `until` is NaN where nobody knows how long ago that was. */
  recall(share: number, began: number, until: number): void {
    this.#share = share
    this.#began = began
    this.#until = until
  }

  get share(): number {
    return this.#share
  }

  get began(): number {
    return this.#began
  }

  /** The reason's code for which what is remembered is a lower bound only; 0 where it is not. */
  get doubt(): number {
    if (this.#share >= LEAST_COVERAGE) return 0
    return 1 - this.factor(this.#until - this.#began) < LEAST_COVERAGE ? WARM_UP : COVERAGE
  }
}
