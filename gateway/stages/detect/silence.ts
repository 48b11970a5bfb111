/** Silence: the level of having heard nothing usable for too long. */
import { duration, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { type Level, levelOf } from '../../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import { type Detector, usable } from '../../core/stage.ts'
import { silenceDoubts } from '../quality/silences.ts'
import { Standing } from './watch.ts'

const SECOND = 1000

interface Options {
  after: Millis
  level: string
}

/** Never unknown: not to have heard is what it tells. Counted from the start where nothing was ever heard. */
export const silence: Kind<Options, Detector> = {
  name: 'silence',
  about: 'Stands at `level` (default blue) once no usable value has come for `after`.',
  options: shape({ after: duration(), level: optional(oneOf(['blue', 'yellow', 'orange', 'red']), 'blue') }),
  doubts: ({ after }, [input]) => silenceDoubts(after, input),
  build({ after, level }) {
    const raised = levelOf(level) as Level
    const standing = new Standing()
    let heard = Number.NaN
    let looked = Number.NaN
    return {
      doubt: 'none',
      get level() {
        return standing.level
      },
      get since() {
        return standing.since
      },
      run(ring, from, to, now) {
        if (Number.isNaN(heard)) heard = now
        for (let row = from; row < to; row++) {
          const slot = row & ring.mask
          if (usable(ring.quality[slot] as number)) heard = ring.time[slot] as number
        }
        looked = now
        standing.move(now - heard >= after ? raised : 0, now)
      },
      wakeAt: () => (standing.level === 0 ? millis(heard + after) : NEVER),
      margins: () =>
        Number.isNaN(looked)
          ? []
          : [{ level: raised, figure: 'silence', value: (looked - heard) / SECOND, at: after / SECOND, clear: after / SECOND, unit: 's', worse: 'more' }],
      evidence: () => (standing.level === 0 ? {} : { silentMs: standing.since - heard }),
    }
  },
}
