/** What is asked of an output now and then, though nobody has told it anything: how often, and what that is of a line. */
import type { Driven } from './drive.ts'

/** Dead men of this kind want two toggles a second and drop out after two seconds; twice as often leaves room for a busy line. */
export const TOGGLE_EVERY_MS = 250

/** A valve that somebody turned by hand, or whose supply went, is known after this; one look is two or three short requests. */
export const LOOK_EVERY_MS = 5_000

/** A watchdog is fed so often in its time: two feeds may be lost in a row. */
export const FEEDS = 3

/** The periods of the single requests, in ms. One output of a unit feeds its watchdog: `feeds` says whether it is this one. */
export function roundsOf({ kind, valve, watchdog }: Pick<Driven, 'kind' | 'valve' | 'watchdog'>, feeds: boolean): number[] {
  if (kind === 'heartbeat') return [TOGGLE_EVERY_MS]
  const looks = valve ? Array(valve.supply ? 3 : 2).fill(LOOK_EVERY_MS) : []
  return watchdog && feeds ? [...looks, watchdog.afterMs / FEEDS] : looks
}
