/** Decayed rain: what has fallen, each drop counting for less the longer ago it fell. */
import { duration, number, optional, refine, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { amounts, countingOf } from '../rain/amount.ts'
import { type KeptRain, RememberedRain } from '../rain/remembered.ts'

interface Kept extends KeptRain {
  counts: number
  at: number
}

interface Options {
  halfLife?: Millis | undefined
  perDay?: number | undefined
}

const DAY = 86_400_000

/**
 * s ← s·2^(-Δt/T) + rain, by elapsed time and not by rows; in the unit of the step. With T = 1.5 h and 72 h side by side it is
 * the effective rain of Japan's practice (Yano 1990); with k per day, T = 24 h·ln ½/ln k, the antecedent precipitation index
 * API = k·API + P (Kohler and Linsley 1951; k 0.8 to 0.9, in China often 0.84). Missing where the input has no value; a lower
 * bound (`unknown`) where gaps leave less than 90 % of what is remembered known: after a start that is 3.3 half-lives.
 */
export const decayed: DerivationKind<Options> = {
  name: 'decayed',
  about:
    'Rain that counts for less the longer ago it fell, from a counting channel: give either `halfLife` (effective rain: 1.5h and 72h, two channels used together) or `perDay`, the share that is left after a day (antecedent precipitation index: 0.84).',
  options: refine(shape({ halfLife: optional(duration({ least: 60_000 })), perDay: optional(number({ least: 0.1, most: 0.99 })) }), ({ halfLife, perDay }) =>
    (halfLife === undefined) === (perDay === undefined)
      ? 'decayed rain needs either `halfLife` or `perDay`\ngive one of the two: halfLife: 72h, or perDay: 0.84'
      : null,
  ),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input?.counting ? { unit: input.unit, quantity: `decayed ${input.quantity}` } : 'decayed needs a channel that counts (the rain gauge itself)',
  build: ({ halfLife, perDay }, wiring) => new Decayed(halfLife ?? (DAY * Math.log(0.5)) / Math.log(perDay as number), wiring),
}

class Decayed extends RememberedRain {
  readonly #amount: (count: number) => number
  #counts = 0
  #at = Number.NaN
  // The same before the last reading.
  #countsBefore = 0
  #atBefore = Number.NaN

  constructor(halfLifeMs: number, wiring: Wiring) {
    super(halfLifeMs, wiring)
    this.#amount = amounts(countingOf(wiring).step)
  }

  protected add(time: number, count: number): void {
    if (Number.isNaN(this.#at)) this.#at = time
    this.#counts = this.#counts * this.fading.factor(time - this.#at) + count
    this.#at = time
  }

  protected note(): void {
    this.#countsBefore = this.#counts
    this.#atBefore = this.#at
  }

  protected restore(): void {
    this.#counts = this.#countsBefore
    this.#at = this.#atBefore
  }

  protected amount(): number {
    return this.#amount(this.#counts)
  }

  kept(): Kept | null {
    const rain = this.keptRain()
    return rain && { ...rain, counts: this.#counts, at: this.#at }
  }

  recall(kept: unknown): void {
    const { counts, at, ...rain } = (kept ?? {}) as Partial<Kept>
    if (![counts, at].every(Number.isFinite) || !this.recallRain(rain)) return
    this.#counts = this.#countsBefore = counts as number
    this.#at = this.#atBefore = at as number
  }
}
