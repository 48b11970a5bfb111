/** Rate-of-change test (QARTOD 7): faster than nature or the instrument can go. */
import { optional, rate as rateOf, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts } from './heights.ts'

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
  doubts: ({ suspect, fail }) => heightDoubts(suspect && suspect.value / suspect.per, fail && fail.value / fail.per),
  build({ suspect, fail }, { periods }) {
    const code = reasonCode('rate')
    const suspectPerMs = suspect ? suspect.value / suspect.per : Infinity
    const failPerMs = fail ? fail.value / fail.per : Infinity
    const longest = GAP_PERIODS * (periods[0] as number)
    let lastTime = Number.NaN
    let lastValue = Number.NaN
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          if (!usable(ring.quality[slot] as number)) continue
          const time = ring.time[slot] as number
          const value = ring.value[slot] as number
          const dt = time - lastTime
          if (dt > 0 && dt <= longest) {
            const perMs = Math.abs(value - lastValue) / dt
            if (perMs > failPerMs) worsen(ring, row, Quality.fail, code)
            else if (perMs > suspectPerMs) worsen(ring, row, Quality.suspect, code)
          }
          lastTime = time
          lastValue = value
        }
      },
    }
  },
}
