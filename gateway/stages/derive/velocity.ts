/** Velocity of a channel: the slope of the line through its last `over`. */
import { about, duration, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { oldest, push, type Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import type { WindowFigures } from '../../core/window.ts'
import { LEAST_ROWS, spanDoubts, spanned } from '../line.ts'
import { senSlope, Thinned } from '../theil-sen.ts'
import { EachRow } from './each-row.ts'

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
 * `coverage` ever after), where the input has no value (`input`): the slope of an hour ago is no velocity of now; and while a lower
 * bound is in the window: a line through it may be too steep as well as too flat.
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
  build: (options, wiring) => new Velocity(options, wiring),
}

class Velocity extends EachRow {
  readonly #over: number
  readonly #scale: number
  readonly #figures: WindowFigures
  readonly #thinned: Thinned | null
  readonly #leastDt: number
  #began = Number.NaN
  /** When the last lower bound came: windows count it with the rest. */
  #boundAt = Number.NaN

  constructor({ over, per, method }: Options, wiring: Wiring) {
    super(wiring)
    this.#over = over
    this.#scale = PER_MS[per]
    this.#figures = wiring.window(0, over).figures
    this.#thinned = method === 'theil-sen' ? new Thinned((wiring.inputs[0] as Ring).mask + 1) : null
    this.#leastDt = LEAST_PERIODS * (wiring.periods[0] as number)
  }

  protected override doubt(ring: Ring, row: number): void {
    this.#boundAt = ring.time[row & ring.mask] as number
  }

  protected tell(ring: Ring, row: number, at: number): void {
    const slot = row & ring.mask
    const time = ring.time[slot] as number
    const over = this.#over
    const figures = this.#figures
    if (Number.isNaN(this.#began)) this.#began = time
    const bounded = time - this.#boundAt < over
    const known = !bounded && figures.count(at) >= LEAST_ROWS && spanned(figures, at, time, over)
    const slope = known && this.#thinned ? robustSlope(this.#thinned, ring, row, over, this.#leastDt) : figures.slope(at)
    if (known && !Number.isNaN(slope)) push(this.out, time, slope * this.#scale, ring.quality[slot] as number, ring.reason[slot] as number)
    else push(this.out, time, Number.NaN, Quality.missing, time - this.#began < over ? WARM_UP : COVERAGE)
  }
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

const WARM_UP = reasonCode('warm-up')
const COVERAGE = reasonCode('coverage')
