/** Spike test (QARTOD 6): a value that stands out from both its neighbours is judged when the next one has come. */
import { number, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Kind } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts } from './heights.ts'

interface Options {
  suspect?: number | undefined
  fail?: number | undefined
  method: 'differential' | 'average'
}

/**
 * For neighbours a, c of the value b (all in the unit of the channel), the height of the spike is
 *   average:       |b - (a + c) / 2|                  flags both sides of a true step
 *   differential:  min(|b - a|, |b - c|), 0 where a step goes on the same way      (default: slopes move in steps)
 * The newest value stays unjudged until its next neighbour comes; no alarm waits for it.
 */
export const spike: Kind<Options, Stage> = {
  name: 'spike',
  about: 'The value before the newest is suspect or failed where it stands out from both neighbours by more than the given height, in the unit of the channel.',
  options: shape({
    suspect: optional(number({ least: 0 })),
    fail: optional(number({ least: 0 })),
    method: optional(oneOf(['differential', 'average']), 'differential'),
  }),
  doubts: ({ suspect, fail }) => heightDoubts(suspect, fail),
  build({ suspect = Infinity, fail = Infinity, method }) {
    return {
      run(ring, from, to) {
        for (let row = Math.max(2, from); row < to; row++) {
          if (!counts(ring, row - 2) || !counts(ring, row - 1) || !counts(ring, row)) continue
          const a = ring.value[(row - 2) & ring.mask] as number
          const b = ring.value[(row - 1) & ring.mask] as number
          const c = ring.value[row & ring.mask] as number
          const height = method === 'average' ? Math.abs(b - (a + c) / 2) : (b - a) * (c - b) < 0 ? Math.min(Math.abs(b - a), Math.abs(c - b)) : 0
          if (height > fail) worsen(ring, row - 1, Quality.fail, SPIKE)
          else if (height > suspect) worsen(ring, row - 1, Quality.suspect, SPIKE)
        }
      },
    }
  },
}

const SPIKE = reasonCode('spike')

/** A neighbour counts even where this test has failed it: else the foot of a spike would hide the spike. */
function counts(ring: Ring, row: number): boolean {
  const slot = row & ring.mask
  return usable(ring.quality[slot] as number) || ring.reason[slot] === SPIKE
}
