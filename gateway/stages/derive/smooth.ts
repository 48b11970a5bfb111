/** The exponentially weighted mean of a channel, by the time that has passed and not by the number of rows. */
import { about, duration, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { push } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'

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
  build({ time: constant }, { out }) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { mean: Number.NaN, last: Number.NaN }
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          const time = ring.time[slot] as number
          const quality = ring.quality[slot] as number
          if (!usable(quality) || quality === Quality.unknown) {
            push(out, time, Number.NaN, Quality.missing, INPUT)
            continue
          }
          const value = ring.value[slot] as number
          const dt = time - held.last
          held.mean = dt <= FORGOTTEN * constant ? held.mean + (1 - Math.exp(-dt / constant)) * (value - held.mean) : value
          held.last = time
          push(out, time, held.mean, quality, ring.reason[slot] as number)
        }
      },
    }
  },
}

const INPUT = reasonCode('input')
