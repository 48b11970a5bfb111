/** A derived channel with one row for each row of the channel that it is made of. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import { LEAST_ROWS, oldest, push, type Ring } from '../../core/ring.ts'
import { isValue, type Stage, worsen } from '../../core/stage.ts'
import { outOf } from '../rain/amount.ts'

const INPUT = reasonCode('input')

/**
 *     good, suspect            `tell` pushes one row
 *     unknown (lower bound)    missing, `input`: what is made of it would be neither a value nor a bound
 *     failed, missing          missing, `input`
 *
 * A value that fails afterwards fails the row that was made of it.
 */
export abstract class EachRow implements Stage {
  protected readonly out: Ring
  #revision = 0

  constructor(wiring: Wiring) {
    this.out = outOf(wiring)
  }

  run(ring: Ring, from: number, to: number): void {
    if (ring.revision !== this.#revision) this.#mend(ring, from)
    this.#revision = ring.revision
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const quality = ring.quality[slot] as number
      if (isValue(quality)) this.tell(ring, row, row - from)
      else {
        if (quality === Quality.unknown) this.doubt(ring, row)
        push(this.out, ring.time[slot] as number, Number.NaN, Quality.missing, INPUT)
      }
    }
  }

  /** Pushes one row for a row whose value is known; `at` is its place in the batch. */
  protected abstract tell(ring: Ring, row: number, at: number): void

  /** A lower bound has come. */
  protected doubt(_ring: Ring, _row: number): void {}

  /** Rows of both channels have the same numbers. Tests judge rows that stand in the least ring, and none that are older. */
  #mend(ring: Ring, end: number): void {
    const until = Math.max(end - LEAST_ROWS, oldest(ring), oldest(this.out))
    for (let row = end - 1; row >= until; row--) {
      const slot = row & ring.mask
      if (ring.quality[slot] === Quality.fail) worsen(this.out, row, Quality.fail, ring.reason[slot] as number)
    }
  }
}
