/** Gap test (QARTOD 1): the first value after a silence is of an instrument that may just have restarted. */
import { duration, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { silenceDoubts } from './silences.ts'

/** The silence itself is told by the `sensors` alarm and by the silence detector, on time; this marks what comes after it. */
export const gap: Kind<{ after: Millis }, Stage> = {
  name: 'gap',
  about: 'The first usable value after a silence longer than `after` is suspect.',
  options: shape({ after: duration() }),
  doubts: ({ after }, [input]) => silenceDoubts(after, input),
  build({ after }) {
    const code = reasonCode('gap')
    // A field, not a variable of the closure: there each number that is set would be allocated.
    const held = { last: Number.NaN }
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          if (!usable(ring.quality[slot] as number)) continue
          if ((ring.time[slot] as number) - held.last > after) worsen(ring, row, Quality.suspect, code)
          held.last = ring.time[slot] as number
        }
      },
    }
  },
}
