/** A channel as it was some time ago: a body follows the air around it by hours. */
import { Quality } from '../../../protocol/quality.ts'
import { oldest, type Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'

/** A value older than so many periods says nothing of that time. */
const LONGEST_PERIODS = 3

/** Rows tremble by less than this share of a period about their times. */
const TREMBLE_PERIODS = 0.5

/** Times that it is asked for only rise. */
export class Lagged {
  readonly #ring: Ring
  readonly #lagMs: number
  readonly #trembleMs: number
  readonly #longestMs: number
  #row = 0

  constructor(ring: Ring, lagMs: number, period: number) {
    this.#ring = ring
    this.#lagMs = lagMs
    this.#trembleMs = TREMBLE_PERIODS * period
    this.#longestMs = LONGEST_PERIODS * period
  }

  /** The newest known value of the time that lies the lag before `time`; NaN where there is none. O(1) on the average. */
  at(time: number): number {
    const ring = this.#ring
    const { mask } = ring
    const latest = time - this.#lagMs + this.#trembleMs
    const first = oldest(ring)
    let row = Math.max(this.#row, first)
    while (row + 1 < ring.head && (ring.time[(row + 1) & mask] as number) <= latest) row++
    this.#row = row
    for (; row >= first && row < ring.head; row--) {
      const slot = row & mask
      const at = ring.time[slot] as number
      if (at > latest) break
      if (latest - at > this.#longestMs) break
      const quality = ring.quality[slot] as number
      if (usable(quality) && quality !== Quality.unknown) return ring.value[slot] as number
    }
    return Number.NaN
  }
}
