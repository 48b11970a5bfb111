/** Over-range held: a gas that went beyond the instrument's range stands at full scale until a person says that it is over. */
import { about, number, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { type Stage, type StageAct, usable } from '../../core/stage.ts'

interface Options {
  full: number
  at: number
}

const OVER_RANGE = reasonCode('over-range')
const RANGE = reasonCode('range')

/**
 * A mixture too rich to burn reads low on a catalytic bead: what comes back into range after over-range is no proof of clean air
 * (IEC 60079-29-1 asks for a latching over-range indication). So the row that is over range, by the device's word, at `at` of full
 * scale or failed by the range test at full scale or above (gas too rich to measure is no fault to pass over), and every row after it,
 * whatever it reads and even where it has no value, stands at `full`, suspect, over-range. A baseline set by a person ends that, but
 * not while the instrument is over range or gives nothing. It outlives the process.
 *
 *     in     12   103 over-range   40   (fault)   3   baseline   3
 *     out    12   100              100  100       100            3
 */
export const overRange: DerivationKind<Options> = {
  name: 'over-range',
  about:
    'The same gas, but from over-range on it stands at `full` until a person sets a baseline on this channel: a too rich mixture reads low. Alarms look at this channel.',
  options: shape({
    full: about(number(), 'Full scale, in the unit of the channel: 100 for a 100 %LEL instrument.'),
    at: about(optional(percent({ least: 1, most: 2 }), '110%'), 'Over-range from this share of full scale on; and wherever the device itself says so.'),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) => (input && !input.counting ? { unit: input.unit, quantity: input.quantity } : 'over-range needs a measured value'),
  doubts: ({ full }) => (full > 0 ? [] : [{ at: ['full'], what: 'a full scale of nothing', remedy: 'give it in the unit of the channel, such as 100' }]),
  within: (_, [input]) => input?.within,
  build: ({ full, at }, { out }) => {
    if (!out) throw new Error('a derivation is built with a ring to write')
    // 110 % of 100 is 110, not the 110.00000000000001 of doubles.
    return new Held(full, Number((at * full).toPrecision(12)), out)
  },
}

class Held implements Stage {
  readonly #full: number
  readonly #limit: number
  readonly #out: Ring
  #held = false
  /** Of the newest row. */
  #state: 'silent' | 'over' | 'within' = 'silent'

  constructor(full: number, limit: number, out: Ring) {
    this.#full = full
    this.#limit = limit
    this.#out = out
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      const value = ring.value[slot] as number
      const quality = ring.quality[slot] as number
      const reason = ring.reason[slot] as number
      const over = reason === OVER_RANGE || (usable(quality) ? value >= this.#limit : reason === RANGE && value >= this.#full)
      this.#state = over ? 'over' : usable(quality) ? 'within' : 'silent'
      if (over) this.#held = true
      if (this.#held) push(this.#out, time, this.#full, Quality.suspect, OVER_RANGE)
      else push(this.#out, time, value, quality, reason)
    }
  }

  act(_: StageAct): string {
    if (!this.#held) return 'it is not over range'
    if (this.#state !== 'within') return this.#state === 'over' ? 'it is still over range' : 'the instrument gives no reading: nobody can know'
    this.#held = false
    return ''
  }

  kept(): boolean {
    return this.#held
  }

  recall(kept: unknown): void {
    this.#held = kept === true
  }
}
