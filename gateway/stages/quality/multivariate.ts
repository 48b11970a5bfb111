/** Multi-variate test (QARTOD 9): a fast change that no related channel shows is doubted, and goes on being judged. */
import { id, list, type Rate, rate, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, Named } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { isValue, worsen } from '../../core/stage.ts'
import { apartMs, Beside, nearestSlot, slowDoubts } from './beside.ts'
import { rateDoubts } from './heights.ts'

interface Options {
  rate: Rate
  related: { channel: string; rate: Rate }[]
}

/** After a gap of more than so many periods a rate says nothing: the value may have moved at any time within it. */
const GAP_PERIODS = 3

const MULTIVARIATE = reasonCode('multivariate')
const MOST_RELATED = 8

/**
 * Suspect where |Δx|/Δt > rate and |Δy|/Δt ≤ rate of y for every related y over the same time. It never fails a
 * value: real movement can look like a fault (QARTOD: suspect "or of high interest"). Where a related channel has no two
 * values for that time, lower bounds not counted, nothing is said.
 */
export const multivariate: Kind<Options, Beside> = {
  name: 'multivariate',
  about:
    'A value is suspect where it differs from the one before by more than `rate` (such as 5/min) while none of the `related` channels changes faster than its own `rate` over the same time. Never failed.',
  options: shape({
    rate: rate(),
    related: list(shape({ channel: id(), rate: rate() }), { least: 1, most: MOST_RELATED }),
  }),
  others: witnesses,
  doubts: (options, inputs) => [
    ...rateDoubts(['rate'], options.rate),
    ...options.related.flatMap(({ rate }, index) => rateDoubts(['related', index, 'rate'], rate)),
    ...slowDoubts(witnesses(options), inputs),
  ],
  build({ rate: own, related }, wiring) {
    const perMs = own.value / own.per
    const rates = related.map((one) => one.rate.value / one.rate.per)
    const others = wiring.inputs.slice(1)
    const apart = others.map((_, index) => apartMs(wiring.periods[0] as Millis, wiring.periods[index + 1] as Millis))
    const longest = GAP_PERIODS * (wiring.periods[0] as number)
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { time: Number.NaN, value: Number.NaN }

    /** NaN where it is not known. */
    const rateOf = (ring: Ring, from: number, to: number, near: number): number => {
      const first = nearestSlot(ring, from, near)
      const last = nearestSlot(ring, to, near)
      if (first < 0 || last < 0 || first === last || !isValue(ring.quality[first] as number) || !isValue(ring.quality[last] as number)) return Number.NaN
      return Math.abs((ring.value[last] as number) - (ring.value[first] as number)) / ((ring.time[last] as number) - (ring.time[first] as number))
    }

    const alone = (from: number, to: number): boolean => {
      for (let other = 0; other < others.length; other++) {
        const moved = rateOf(others[other] as Ring, from, to, apart[other] as number)
        if (!(moved <= (rates[other] as number))) return false
      }
      return true
    }

    return new Beside(wiring, {
      judge(ring, row) {
        const slot = row & ring.mask
        if (!isValue(ring.quality[slot] as number)) return
        const time = ring.time[slot] as number
        const value = ring.value[slot] as number
        const dt = time - held.time
        if (dt <= longest && Math.abs(value - held.value) / dt > perMs && alone(held.time, time)) worsen(ring, row, Quality.suspect, MULTIVARIATE)
        held.time = time
        held.value = value
      },
    })
  },
}

function witnesses({ related }: Options): Named[] {
  return related.map(({ channel }, index) => ({ at: ['related', index, 'channel'], channel }))
}
