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

  kept(): number[] {
    return [this.#share, this.#began, this.#until]
  }

  recall(kept: readonly number[]): void {
    this.#share = kept[0] as number
    this.#began = kept[1] as number
    this.#until = kept[2] as number
  }

  /** The reason's code for which what is remembered is a lower bound only; 0 where it is not. */
  get doubt(): number {
    if (this.#share >= LEAST_COVERAGE) return 0
    return 1 - this.factor(this.#until - this.#began) < LEAST_COVERAGE ? WARM_UP : COVERAGE
  }
}
