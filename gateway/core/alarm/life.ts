/**
 * The life of an alarm beside its level (ISA-18.2, IEC 62682): whether people have seen it, whether it is latched, whether it is kept quiet.
 * Flags that are independent of each other, one table of what each act does to them, and a state that follows from the flags.
 *
 *     covered by     outOfService > suppressed > shelved            (OOSRV, DSUPR, SHLVD: kept quiet, judged all the same)
 *     else           active:   seen by somebody ACKED, else UNACK
 *                    inactive: latched LATACK or LATUN; else NORM or, while nobody has seen that it was there, RTNUN
 *
 *     NORM ─raise─► UNACK ─ack─► ACKED ─clear─► NORM          a latched one: ─clear─► LATACK ─reset─► NORM
 *                     └──clear─► RTNUN ─ack─► NORM                           ─clear─► LATUN ─ack─► LATACK
 *
 * A person is called for (`annunciate`) when it is raised, rises higher, comes out from under its last cover while it is active, or was
 * active and unseen when the power went.
 */

import type { LifeState } from '../../../protocol/messages.ts'

export interface Flags {
  readonly active: boolean
  /** Somebody has seen all that there is to see. */
  readonly acked: boolean
  /** It was active since it was last reset; of latching alarms alone. */
  readonly latched: boolean
  readonly shelf: 'none' | 'timed' | 'oneShot'
  /** By design: the condition under which the site file says that it means nothing. */
  readonly suppressed: boolean
  readonly outOfService: boolean
}

/** What the site file says of an alarm's life. */
export interface LifeOptions {
  /** It stays until a person resets it, though its cause is gone. */
  latch: boolean
  /** Whether a person may shelve it; never of a life-safety alarm. */
  shelvable: boolean
  /** Lives hang on it: covered or not, what sounds and closes at the place is driven by its level. */
  lifeSafety: boolean
}

export const lifeActs = [
  // of its level
  ...(['raise', 'clear', 'escalate', 'lower'] as const),
  // of people
  ...(['ack', 'reset', 'shelve', 'shelveOnce', 'unshelve', 'outOfService', 'inService'] as const),
  // of the station: the condition of the site file, and a start after a power cut
  ...(['suppress', 'unsuppress', 'restart'] as const),
]
export type LifeAct = (typeof lifeActs)[number]

export const refusals = {
  'already-acked': 'nobody waits for it to be acknowledged',
  'not-annunciated': 'it is kept quiet: there is nothing to acknowledge until it is unshelved, unsuppressed or in service',
  'not-latched': 'it is not latched: there is nothing to reset',
  'still-active': 'its cause still stands: it can be reset when that is gone',
  'ack-first': 'nobody has seen it yet: acknowledge it first',
  'not-shelvable': 'it may not be shelved: lives hang on it, or its site file says `shelve: never`',
} as const
export type Refusal = keyof typeof refusals

export interface Step {
  flags: Flags
  /** A person is called for. */
  annunciate: boolean
  refusal: Refusal | null
}

/** An alarm that has never been raised. */
export const atRest: Flags = { active: false, acked: true, latched: false, shelf: 'none', suppressed: false, outOfService: false }

export function stateOf(flags: Flags): LifeState {
  if (flags.outOfService) return 'OOSRV'
  if (flags.suppressed) return 'DSUPR'
  if (flags.shelf !== 'none') return 'SHLVD'
  if (flags.active) return flags.acked ? 'ACKED' : 'UNACK'
  if (flags.latched) return flags.acked ? 'LATACK' : 'LATUN'
  return flags.acked ? 'NORM' : 'RTNUN'
}

export const isCovered = ({ shelf, suppressed, outOfService }: Flags): boolean => outOfService || suppressed || shelf !== 'none'

/** Whether its level drives what sounds, speaks and calls; what covers an alarm never covers one on which lives hang. */
export const isHeard = (flags: Flags, { lifeSafety }: LifeOptions): boolean => lifeSafety || !isCovered(flags)

/** What one act makes of the flags. Every act is defined in every state: it does something, does nothing, or is refused and changes nothing. */
export const step = (flags: Flags, options: LifeOptions, act: LifeAct): Step => rules[act](flags, options)

type Rule = (flags: Flags, options: LifeOptions) => Step

const stays = (flags: Flags): Step => ({ flags, annunciate: false, refusal: null })
const refused = (flags: Flags, refusal: Refusal): Step => ({ flags, annunciate: false, refusal })
const becomes = (flags: Flags, change: Partial<Flags>): Step => stays({ ...flags, ...change })

/** It calls for a person, if nothing covers it. */
const calls = (flags: Flags, change: Partial<Flags>): Step => ({ ...becomes(flags, { ...change, acked: false }), annunciate: !isCovered(flags) })

/** A cover was taken off. Under the last one an active alarm comes out unseen, whoever saw it before; what came and went meanwhile is past. */
function uncover(flags: Flags, change: Partial<Flags>): Step {
  const bare = { ...flags, ...change }
  if (!isCovered(flags) || isCovered(bare)) return stays(bare)
  if (bare.active) return calls(bare, {})
  return bare.latched ? stays(bare) : becomes(bare, { acked: true })
}

const rules: Record<LifeAct, Rule> = {
  raise: (flags, { latch }) => (flags.active ? stays(flags) : calls(flags, { active: true, latched: flags.latched || latch })),
  clear: (flags) => {
    if (!flags.active) return stays(flags)
    return flags.shelf === 'oneShot' ? uncover({ ...flags, active: false }, { shelf: 'none' }) : becomes(flags, { active: false })
  },
  escalate: (flags) => (flags.active ? calls(flags, {}) : stays(flags)),
  lower: stays,
  ack: (flags) => {
    if (isCovered(flags)) return refused(flags, 'not-annunciated')
    return flags.acked ? refused(flags, 'already-acked') : becomes(flags, { acked: true })
  },
  reset: (flags) => {
    if (!flags.latched) return refused(flags, 'not-latched')
    if (flags.active) return refused(flags, 'still-active')
    return flags.acked ? becomes(flags, { latched: false }) : refused(flags, 'ack-first')
  },
  shelve: (flags, { shelvable }) => (shelvable ? becomes(flags, { shelf: 'timed' }) : refused(flags, 'not-shelvable')),
  shelveOnce: (flags, { shelvable }) => (shelvable ? becomes(flags, { shelf: 'oneShot' }) : refused(flags, 'not-shelvable')),
  unshelve: (flags) => uncover(flags, { shelf: 'none' }),
  outOfService: (flags) => becomes(flags, { outOfService: true }),
  inService: (flags) => uncover(flags, { outOfService: false }),
  suppress: (flags) => becomes(flags, { suppressed: true }),
  unsuppress: (flags) => uncover(flags, { suppressed: false }),
  restart: (flags) => ({ ...stays(flags), annunciate: stateOf(flags) === 'UNACK' }),
}
