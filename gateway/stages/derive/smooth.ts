/** The exponentially weighted mean of a channel, by the time that has passed and not by the number of rows. */
import { about, duration, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { EachRow } from './each-row.ts'

interface Options {
  time: Millis
}

/** After so many time constants without a value nothing is left of the old mean (0.7 %): it begins anew, at the value that comes. */
const FORGOTTEN = 5

/**
 * y = y + (1 - e^(-Δt/τ)) (x - y). With rows each Δt that is the EWMA chart with λ = 1 - e^(-Δt/τ), of which a threshold at
 * μ ± Lσ√(λ/(2-λ)) is the limit (NIST/SEMATECH e-Handbook 6.3.2.4). A fixed λ would be wrong as soon as one row is missing.
 */
export const smooth: DerivationKind<Options> = {
  name: 'smooth',
  about: 'The exponentially weighted mean of a channel: what is `time` old counts for 37 % of what is new.',
  options: shape({ time: about(duration({ least: 1 }), 'The time constant, such as 6h.') }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input && !input.counting ? { unit: input.unit, quantity: input.quantity } : 'smooth of a counting channel: derive its accumulate first',
  build: (options, wiring) => new Smooth(options, wiring),
}

class Smooth extends EachRow {
  readonly #constant: number
  #mean = Number.NaN
  #last = Number.NaN

  constructor({ time }: Options, wiring: Wiring) {
    super(wiring)
    this.#constant = time
  }

  protected tell(ring: Ring, row: number): void {
    const slot = row & ring.mask
    const time = ring.time[slot] as number
    const value = ring.value[slot] as number
    const dt = time - this.#last
    this.#mean = dt <= FORGOTTEN * this.#constant ? this.#mean + (1 - Math.exp(-dt / this.#constant)) * (value - this.#mean) : value
    this.#last = time
    push(this.out, time, this.#mean, ring.quality[slot] as number, ring.reason[slot] as number)
  }
}
