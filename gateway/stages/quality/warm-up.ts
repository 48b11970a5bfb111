/** Warm-up test: what an instrument says in the first time after it was switched on is no measurement. */
import { duration, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { silenceDoubts } from './silences.ts'

interface Options {
  lasts: Millis
  after?: Millis | undefined
}

/** Silence of so many periods is taken for an outage where the file does not say how long one is: as a channel is then called lost. */
const OUTAGE_PERIODS = 3

/** The first row of all counts as the first after a start: whether the instrument was switched on with the station nobody knows. */
export const warmUp: Kind<Options, Stage> = {
  name: 'warm-up',
  about:
    'For the time `lasts` after the first value, and after each silence longer than `after` (default: three periods of the channel), values fail as warm-up: they raise nothing and clear nothing.',
  options: shape({ lasts: duration({ least: 1 }), after: optional(duration()) }),
  // Else it would warm up for ever, which is no fault, and nothing would ever be raised.
  doubts: ({ after }, [input]) => silenceDoubts(after, input),
  build({ lasts, after }, { periods }) {
    const code = reasonCode('warm-up')
    const silence = after ?? OUTAGE_PERIODS * (periods[0] as number)
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { last: -Infinity, warmAt: Number.NaN }
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          if (!usable(ring.quality[slot] as number)) continue
          const time = ring.time[slot] as number
          if (time - held.last > silence) held.warmAt = time + lasts
          if (time < held.warmAt) worsen(ring, row, Quality.fail, code)
          held.last = time
        }
      },
    }
  },
}
