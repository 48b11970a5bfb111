/** The median of the last few rows: what a radar sees of a bridge, a boat or a branch for a moment never reaches it. */
import { about, optional, refine, shape, whole } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { medianOf } from '../median.ts'
import { EachRow } from './each-row.ts'

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
  build: (options, wiring) => new RunningMedian(options, wiring),
}

class RunningMedian extends EachRow {
  readonly #longest: number
  readonly #newest: Float64Array
  readonly #scratch: Float64Array
  #count = 0
  #last = Number.NaN

  constructor({ rows }: Options, wiring: Wiring) {
    super(wiring)
    this.#longest = GAP_PERIODS * (wiring.periods[0] as number)
    this.#newest = new Float64Array(rows)
    this.#scratch = new Float64Array(rows)
  }

  protected tell(ring: Ring, row: number): void {
    const slot = row & ring.mask
    const time = ring.time[slot] as number
    const rows = this.#newest.length
    if (time - this.#last > this.#longest) this.#count = 0
    this.#last = time
    this.#newest[this.#count % rows] = ring.value[slot] as number
    this.#count++
    if (this.#count < rows) {
      push(this.out, time, Number.NaN, Quality.missing, WARM_UP)
      return
    }
    this.#scratch.set(this.#newest)
    push(this.out, time, medianOf(this.#scratch, rows), Quality.good, 0)
  }
}

const WARM_UP = reasonCode('warm-up')
