/** The frame of a detector that grades by the line through its last `over`: when such a line tells anything, and what is answered where it does not. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { WindowFigures } from '../../core/window.ts'
import { LEAST_ROWS, spanned } from '../line.ts'
import type { Grades } from './grade.ts'
import { Watched } from './watched.ts'

const WARM_UP = reasonCode('warm-up')

/**
 * Nothing is told of fewer than five rows or less than half of `over`, nor while a lower bound (quality unknown) is in the window: a line
 * through one may be too steep as well as too flat. What was raised stands as it is meanwhile: unknown clears nothing.
 */
export abstract class Lined extends Watched {
  protected readonly over: number
  protected readonly figures: WindowFigures
  #began = Number.NaN
  /** When the last lower bound came, and whether the channel called it its warm-up: windows count it with the rest. */
  #boundAt = Number.NaN
  #warming = false

  constructor(grades: Grades, over: Millis, { window, periods }: Wiring) {
    super(grades, periods[0] as Millis)
    this.over = over
    this.figures = window(0, over).figures
  }

  /** The slope at a row, in units a millisecond; NaN where none is told, and then that is settled. `settling`: the instrument is not ready yet. */
  protected slopeAt(ring: Ring, row: number, time: number, at: number, settling = false): number {
    const { figures, over } = this
    const slot = row & ring.mask
    this.watch.hear(time)
    if (Number.isNaN(this.#began)) this.#began = time
    if (ring.quality[slot] === Quality.unknown) {
      this.#boundAt = time
      this.#warming = ring.reason[slot] === WARM_UP
    }
    const bounded = time - this.#boundAt < over
    const told = !settling && !bounded && figures.count(at) >= LEAST_ROWS && spanned(figures, at, time, over)
    const slope = told ? figures.slope(at) : Number.NaN
    if (!Number.isNaN(slope)) return slope
    this.grades.forget()
    this.watch.settle(settling || (bounded && this.#warming) || time - this.#began < over ? 'warm-up' : 'coverage', time)
    return Number.NaN
  }
}
