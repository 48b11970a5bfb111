/** What all detectors of rain share: they look at the gauge itself, and grade how far its rain exceeds each colour's figure. */
import type { Level } from '../../../protocol/level.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Margin } from '../../core/stage.ts'
import type { Tally } from '../rain/tally.ts'
import { Grades, marginsOf, type SetPoints } from './grade.ts'
import { Watched } from './watched.ts'

export interface Measure {
  /** Writes the exceedance ratio of each colour, the lowest first, 1 where it is just reached; gives the reason's code for which that is a lower bound, or 0. */
  measure(time: number, ratios: Float64Array): number
  /** What the ratios were made of, when last measured. */
  evidence(): Record<string, number>
}

export const colourNames = ['blue', 'yellow', 'orange', 'red'] as const

/** The colours that are given, the lowest first. */
export const levelsIn = (given: Partial<Record<keyof SetPoints, unknown>>): Level[] =>
  colourNames.flatMap((colour, index) => (given[colour] === undefined ? [] : [(index + 1) as Level]))

const WARM_UP = reasonCode('warm-up')

/** With gaps a sum is a lower bound: what it exceeds it exceeds, and what it does not exceed is not known. Sums that fall are seen at the next row. */
export class Rainfall extends Watched {
  readonly #tally: Tally
  readonly #measure: Measure
  readonly #ratios: Float64Array
  #measured = false

  constructor(levels: Level[], clear: number, tally: Tally, measure: Measure, { periods }: Wiring) {
    const none = 0 as Millis
    super(new Grades(levels.map((level) => ({ level, at: 1, clear, onDelay: none, offDelay: none }))), periods[0] as Millis)
    this.#tally = tally
    this.#measure = measure
    this.#ratios = new Float64Array(levels.length)
  }

  override run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const time = ring.time[row & ring.mask] as number
      if (this.#tally.intake.take(ring, row)) this.take(ring, row, time, row - from)
      else this.watch.miss(ring.reason[row & ring.mask] as number, time)
    }
    if (from === to) this.watch.look(now)
  }

  protected judge(_ring: Ring, _row: number, time: number): void {
    this.watch.hear(time)
    this.#tally.settle(time)
    const doubt = this.#measure.measure(time, this.#ratios)
    this.#measured = true
    this.grades.values(this.#ratios, time, doubt !== 0)
    this.watch.settle(doubt === 0 || this.grades.level > 0 ? 'none' : doubt === WARM_UP ? 'warm-up' : 'coverage', time)
  }

  kept(): unknown {
    return this.#tally.kept()
  }

  recall(kept: unknown): void {
    this.#tally.recall(kept)
  }

  evidence(): Record<string, number> {
    return this.#measured ? this.#measure.evidence() : {}
  }

  margins(): Margin[] {
    return this.#measured ? marginsOf(this.grades, (step) => this.#ratios[step] as number, { figure: 'exceedance ratio', unit: '' }) : []
  }
}
