/** Flat-line test (QARTOD 8): a value that has not moved for longer than the thing it measures can keep still. */
import { duration, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Kind, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts } from './heights.ts'

interface Options {
  suspect?: Millis | undefined
  fail?: Millis | undefined
  tolerance: number
}

/** A stretch that is broken by a gap of more than so many periods is not known to be flat. */
const GAP_PERIODS = 3

/** By time, not by count; a range equal to the tolerance is flat, so that a tolerance of 0 finds a frozen value. */
export const flat: Kind<Options, Stage> = {
  name: 'flat',
  about: 'A value is suspect or failed once all values of the given time lie within `tolerance` (unit of the channel; default 0: exactly equal).',
  options: shape({ suspect: optional(duration({ least: 1 })), fail: optional(duration({ least: 1 })), tolerance: optional(number({ least: 0 }), 0) }),
  reach: ({ suspect, fail }) => millis(Math.max(suspect ?? 0, fail ?? 0)),
  doubts: ({ suspect, fail }) => heightDoubts(suspect, fail),
  build: (options, wiring) => new FlatTest(options, wiring),
}

const FLAT = reasonCode('flat')

class FlatTest implements Stage {
  readonly #longest: number
  readonly #tolerance: number
  readonly #tests: { over: ReturnType<Wiring['extremes']>; quality: Quality }[]
  // A field of a class holds a number that changes; in a closure each one that is set would be allocated.
  #last = Number.NaN

  constructor({ suspect, fail, tolerance }: Options, { extremes, periods }: Wiring) {
    this.#longest = GAP_PERIODS * (periods[0] as number)
    this.#tolerance = tolerance
    this.#tests = [
      ...(fail === undefined ? [] : [{ over: extremes(0, fail, FLAT), quality: Quality.fail }]),
      ...(suspect === undefined ? [] : [{ over: extremes(0, suspect, FLAT), quality: Quality.suspect }]),
    ]
  }

  run(ring: Ring, from: number, to: number): void {
    let begin = from
    for (let row = from; row < to; row++) {
      if (!usable(ring.quality[row & ring.mask] as number)) continue
      const time = ring.time[row & ring.mask] as number
      if (time - this.#last > this.#longest) {
        this.#judge(ring, begin, row)
        for (const { over } of this.#tests) over.restart(row)
        begin = row
      }
      this.#last = time
    }
    this.#judge(ring, begin, to)
  }

  /** Rows without a gap between them. */
  #judge(ring: Ring, from: number, to: number): void {
    for (const { over, quality } of this.#tests) {
      over.run(ring, from, to)
      const { least, greatest, first } = over.columns
      for (let row = from; row < to; row++) {
        if (!usable(ring.quality[row & ring.mask] as number)) continue
        const at = row - from
        const lasted = (ring.time[row & ring.mask] as number) - (first[at] as number) >= over.span
        if (lasted && (greatest[at] as number) - (least[at] as number) <= this.#tolerance) worsen(ring, row, quality, FLAT)
      }
    }
  }
}
