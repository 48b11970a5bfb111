/** Life: the sensing element of a gas detector has an end, and is to be renewed before. */
import { about, duration, oneOf, optional, shape, whole } from '../../../protocol/files/schema.ts'
import { type Level, levelOf } from '../../../protocol/level.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { DAY, Due, day } from './due.ts'

interface Options {
  installed: number
  years: number
  before: Millis
  level: string
}

/** Years of the calendar, so that what was installed on a day ends on that day. CJJ/T 146: 5 years in homes, 3 in trade and industry. */
export const life: Kind<Options, Detector> = {
  name: 'life',
  about: 'Stands at `level` (blue) from `before` (30d) the end of the detector’s life on: `years` after it was `installed`.',
  options: shape({
    installed: about(day(), 'The day on which the sensing element was put in, such as 2026-06-01.'),
    years: about(whole({ least: 1, most: 20 }), 'How long it lasts by its manual; CJJ/T 146 has 5 for homes, 3 for trade and industry.'),
    before: about(optional(duration(), '30d'), 'Told so long before the end.'),
    level: optional(oneOf(['blue', 'yellow', 'orange', 'red']), 'blue'),
  }),
  doubts: ({ installed, years, before }) => [
    ...(Number.isNaN(installed) ? [{ at: ['installed'], what: 'there is no such day', remedy: 'such as 2026-06-01' }] : []),
    ...(before < years * 365 * DAY ? [] : [{ at: ['before'], what: 'it would be told of from the first day on', remedy: 'such as 30d' }]),
  ],
  build({ installed, years, before, level }, { calendar }) {
    const start = new Date(installed)
    const end = Date.UTC(start.getUTCFullYear() + years, start.getUTCMonth(), start.getUTCDate())
    const due = new Due(levelOf(level) as Level, calendar, before / DAY)
    return {
      get level() {
        return due.standing.level
      },
      get since() {
        return due.standing.since
      },
      get doubt() {
        return due.doubt
      },
      run: (_, _from, _to, now) => due.look(end, now),
      wakeAt: () => due.wakeAt(),
      evidence: () => (Number.isNaN(due.daysLeft) ? {} : { daysLeft: due.daysLeft }),
      margins: () => due.margins(),
    }
  },
}
