/** Velocity of a channel: the slope of the line through its last `over`. */
import { about, duration, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { oldest, push, type Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import { LEAST_ROWS, slopeOf, spanDoubts, spanned } from '../line.ts'
import { senSlope, Thinned } from '../theil-sen.ts'

interface Options {
  over: Millis
  per: 'min' | 'h' | 'd'
  method: 'least-squares' | 'theil-sen'
}

const PER_MS = { min: 60_000, h: 3_600_000, d: 86_400_000 }

/** Times of reading tremble a little: two readings closer than this share of a period have no slope of their own. */
const LEAST_PERIODS = 0.5

/**
 * slope = Sty / Stt about the means; or the median of the slopes of all pairs (Theil-Sen), which a few wild readings do not move:
 * O(rows) a row, and of more than 64 rows of their medians. Missing where it would mislead: below five rows or half the window (`warm-up` at first,
 * `coverage` ever after), and where the input has no value (`input`): the slope of an hour ago is no velocity of now.
 */
export const velocity: DerivationKind<Options> = {
  name: 'velocity',
  about:
    'The rate of change over the last `over`, per min, h (default) or d; by least squares, or by the median of all pairs (theil-sen), which wild readings do not move.',
  options: shape({
    over: duration(),
    per: optional(oneOf(['min', 'h', 'd']), 'h'),
    method: about(
      optional(oneOf(['least-squares', 'theil-sen']), 'least-squares'),
      'theil-sen: slower, and proof against wild readings (GNSS, readings by hand).',
    ),
  }),
  inputs: { least: 1, most: 1 },
  unit: ({ per }, [input]) =>
    input && !input.counting
      ? { unit: `${input.unit}/${per}`, quantity: `${input.quantity} rate` }
      : 'velocity of a counting channel: derive its accumulate first',
  reach: ({ over }) => over,
  doubts: ({ over }, [input]) => spanDoubts(over, input),
  build({ over, per, method }, { window, out, inputs, periods }) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    const source = window(0, over)
    const { figures } = source
    const scale = PER_MS[per]
    const [warmUp, coverage, input] = [reasonCode('warm-up'), reasonCode('coverage'), reasonCode('input')]
    const thinned = method === 'theil-sen' ? new Thinned((inputs[0] as Ring).mask + 1) : null
    const leastDt = LEAST_PERIODS * (periods[0] as number)
    let began = Number.NaN
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const at = row - from
          const slot = row & ring.mask
          const time = ring.time[slot] as number
          if (!usable(ring.quality[slot] as number)) {
            push(out, time, Number.NaN, Quality.missing, input)
            continue
          }
          if (Number.isNaN(began)) began = time
          const known = figures.count(at) >= LEAST_ROWS && spanned(figures, at, time, over)
          const slope = known && thinned ? robustSlope(thinned, ring, row, over, leastDt) : slopeOf(figures, at)
          if (known && !Number.isNaN(slope)) push(out, time, slope * scale, Quality.good, 0)
          else push(out, time, Number.NaN, Quality.missing, time - began < over ? warmUp : coverage)
        }
      },
    }
  },
}

function robustSlope(thinned: Thinned, ring: Ring, newest: number, over: number, leastDt: number): number {
  const edge = (ring.time[newest & ring.mask] as number) - over
  let row = newest
  while (row > oldest(ring) && (ring.time[(row - 1) & ring.mask] as number) > edge) row--
  thinned.clear()
  for (; row <= newest; row++) {
    const slot = row & ring.mask
    if (usable(ring.quality[slot] as number)) thinned.add(ring.time[slot] as number, ring.value[slot] as number)
  }
  thinned.thin()
  return senSlope(thinned.times, thinned.values, thinned.count, leastDt)
}
