/** The median of the last few rows: what a radar sees of a bridge, a boat or a branch for a moment never reaches it. */
import { about, optional, refine, shape, whole } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { push } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import { medianOf } from '../median.ts'

interface Options {
  rows: number
}

/** Rows further apart than so many periods do not belong to one median: it begins anew. */
const GAP_PERIODS = 3

/** An odd number is always a value that was read; more than this is a smoothing, with a delay that nobody expects. */
const MOST_ROWS = 25

/** Of 9 rows up to 4 may be wrong, one after the other (Tukey 1977). A true step comes half the rows late: 40 s of rows each 10 s. */
export const runningMedian: DerivationKind<Options> = {
  name: 'median',
  about: 'The median of the last `rows` readings (9), for a radar level over a bridge, a boat or plants: up to half of them may be wrong.',
  options: shape({
    rows: about(
      optional(
        refine(whole({ least: 3, most: MOST_ROWS }), (rows) =>
          rows % 2 === 1 ? null : 'the middle of an even number is no reading\ntake an odd number, such as 9',
        ),
        9,
      ),
      'How many: 3 to 25, odd.',
    ),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input && !input.counting ? { unit: input.unit, quantity: input.quantity } : 'median of a counting channel: derive its accumulate first',
  build({ rows }, { out, periods }) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    const [missing, warmUp] = [reasonCode('input'), reasonCode('warm-up')]
    const longest = GAP_PERIODS * (periods[0] as number)
    const newest = new Float64Array(rows)
    const scratch = new Float64Array(rows)
    let count = 0
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { last: Number.NaN }
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          const time = ring.time[slot] as number
          const quality = ring.quality[slot] as number
          if (!usable(quality) || quality === Quality.unknown) {
            push(out, time, Number.NaN, Quality.missing, missing)
            continue
          }
          if (time - held.last > longest) count = 0
          held.last = time
          newest[count % rows] = ring.value[slot] as number
          count++
          if (count < rows) {
            push(out, time, Number.NaN, Quality.missing, warmUp)
            continue
          }
          scratch.set(newest)
          push(out, time, medianOf(scratch, rows), Quality.good, 0)
        }
      },
    }
  },
}
