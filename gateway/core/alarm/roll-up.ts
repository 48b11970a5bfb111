/**
 * How the colours of many points become one: so many of a colour count as one of the next (GB 39496-2020, 5.5.4, of tailings ponds).
 *
 *     4 blue ─► 1 yellow     3 yellow ─► 1 orange     2 orange ─► 1 red        what comes of it is counted with the next: BBBBYY ─► orange
 *
 * The clause states each step for itself; that one leads on to the next is how we read it, and the safe way to read it.
 * No point that gets worse makes the whole better, so that bounds on the points give bounds on the whole.
 */
import type { Level } from '../../../protocol/level.ts'

/** How many members have each level. */
export type Members = [none: number, blue: number, yellow: number, orange: number, red: number]

/** So many of a level make one of the next; none at level 0, and of red there is no next. */
const MAKE_ONE_OF_NEXT = [Infinity, 4, 3, 2, Infinity] as const

/** Whether the members together are at least of this level. */
export const reaches = (members: Readonly<Members>, level: Level): boolean => rollUpLevel(members) >= level

export function rollUpLevel(members: Readonly<Members>): Level {
  let level: Level = 0
  let carried = 0
  for (const one of [1, 2, 3, 4] as const) {
    const many = members[one] + carried
    if (many > 0) level = one
    carried = Math.floor(many / MAKE_ONE_OF_NEXT[one])
  }
  return level
}
