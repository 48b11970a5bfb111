/** Flat-line test (QARTOD 8): a value that has not moved for longer than the thing it measures can keep still. */
import { duration, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
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
  build({ suspect, fail, tolerance }, { extremes, periods }) {
    const code = reasonCode('flat')
    const longest = GAP_PERIODS * (periods[0] as number)
    const tests = [
      ...(fail === undefined ? [] : [{ over: extremes(0, fail, code), quality: Quality.fail }]),
      ...(suspect === undefined ? [] : [{ over: extremes(0, suspect, code), quality: Quality.suspect }]),
    ]
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { last: Number.NaN }
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const time = ring.time[row & ring.mask] as number
          const here = usable(ring.quality[row & ring.mask] as number)
          const broken = here && time - held.last > longest
          for (const { over, quality } of tests) {
            if (broken) over.restart(row)
            over.admit(ring, row)
            if (here && time - over.first >= over.span && over.greatest - over.least <= tolerance) worsen(ring, row, quality, code)
          }
          if (here) held.last = time
        }
      },
    }
  },
}
