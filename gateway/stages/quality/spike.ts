/** Spike test (QARTOD 6): a value that stands out from both its neighbours is judged when the next one has come, and until then not believed alone. */
import { number, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Kind } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { doubt, lift, type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts } from './heights.ts'

/** On its way down the average method takes both sides of a spike for spikes too: what stood before it is no further back than this. */
const BACK_ROWS = 4

const SPIKE = reasonCode('spike')

interface Options {
  suspect?: number | undefined
  fail?: number | undefined
  method: 'differential' | 'average'
}

/**
 * For neighbours a, c of the value b (all in the unit of the channel), the height of the spike is
 *   average:       |b - (a + c) / 2|                  flags both sides of a true step
 *   differential:  min(|b - a|, |b - c|), 0 where a step goes on the same way      (default: slopes move in steps)
 * The newest value has but one neighbour. A good one that stands out from that by more than the least height is suspect, `unconfirmed`,
 * until the next one has come: then that is taken back, or becomes the verdict. (What a person has read and entered was looked at.)
 * QARTOD's 3 is "suspect or of high interest": whoever raises alarms asks for the next one at once.
 */
export const spike: Kind<Options, Stage> = {
  name: 'spike',
  about:
    'The value before the newest is suspect or failed where it stands out from both neighbours by more than the given height, in the unit of the channel. The newest is suspect (unconfirmed) where it stands out from the one before, until the next has come; where it alone would raise more than yellow, the device is read again at once.',
  options: shape({
    suspect: optional(number({ least: 0 })),
    fail: optional(number({ least: 0 })),
    method: optional(oneOf(['differential', 'average']), 'differential'),
  }),
  doubts: ({ suspect, fail }) => heightDoubts(suspect, fail),
  build: (options) => new Spike(options),
}

class Spike implements Stage {
  readonly #suspect: number
  readonly #fail: number
  readonly #least: number
  readonly #average: boolean
  /** The row that is not confirmed yet; -1 where there is none. */
  #doubted = -1

  constructor({ suspect = Infinity, fail = Infinity, method }: Options) {
    this.#suspect = suspect
    this.#fail = fail
    this.#least = Math.min(suspect, fail)
    this.#average = method === 'average'
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = Math.max(1, from); row < to; row++) {
      if (this.#doubted >= 0) lift(ring, this.#doubted)
      this.#doubted = -1
      if (!counts(ring, row - 1) || !counts(ring, row)) continue
      if (row >= 2 && counts(ring, row - 2)) this.#judge(ring, row - 1)
      const held = ring.value[before(ring, row) & ring.mask] as number
      if (Math.abs((ring.value[row & ring.mask] as number) - held) > this.#least && doubt(ring, row)) this.#doubted = row
    }
  }

  /** A row that has both its neighbours. */
  #judge(ring: Ring, row: number): void {
    const a = ring.value[(row - 1) & ring.mask] as number
    const b = ring.value[row & ring.mask] as number
    const c = ring.value[(row + 1) & ring.mask] as number
    const height = this.#average ? Math.abs(b - (a + c) / 2) : (b - a) * (c - b) < 0 ? Math.min(Math.abs(b - a), Math.abs(c - b)) : 0
    if (height > this.#fail) worsen(ring, row, Quality.fail, SPIKE)
    else if (height > this.#suspect) worsen(ring, row, Quality.suspect, SPIKE)
  }
}

/** The row that stood before a row: a spike is not what the value after it is held against, unless there is nothing else. */
function before(ring: Ring, row: number): number {
  for (let back = row - 1; back >= Math.max(0, row - BACK_ROWS) && counts(ring, back); back--) {
    if (ring.reason[back & ring.mask] !== SPIKE) return back
  }
  return row - 1
}

/** A neighbour counts even where this test has failed it: else the foot of a spike would hide the spike. */
function counts(ring: Ring, row: number): boolean {
  const slot = row & ring.mask
  return usable(ring.quality[slot] as number) || ring.reason[slot] === SPIKE
}
