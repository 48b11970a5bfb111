/** An alarm's life at work: its flags moved by its level, by people and by the clock, and what is told of it. */
import type { Level } from '../../../protocol/level.ts'
import type { Life as LifeReport, LogMessage } from '../../../protocol/messages.ts'
import { instant, type Millis, type Moment, millis, NEVER } from '../../../protocol/time.ts'
import { type LifePlan, LONGEST_SHELF_MS } from '../plan.ts'
import { truth, type Verdicts } from './condition.ts'
import { atRest, type Flags, isHeard, type LifeAct, type LifeOptions, type Refusal, type Step, stateOf, step } from './life.ts'
import { type KeptPast, Past } from './past.ts'

export interface Life {
  plan: LifePlan
  options: LifeOptions
  flags: Flags
  /** The level that it was last told of. */
  level: Level
  /** What its `suppress` looks back at. */
  past: Past
  /** How often it was raised. */
  occurrence: number
  /** When the shelf, and being out of service, end by themselves. */
  shelfUntil: Millis
  outUntil: Millis
  /** Who did the last act, and why. */
  by: string
  reason: string
}

/** A person who acts, and why. */
export interface Person {
  by: string
  reason: string
}

/** Repairs wait for parts; after a month nobody remembers that the alarm is out. */
export const LONGEST_OUT_MS = 30 * 86_400_000

/** Where the site file says nothing: lives hang on the alarm of a hazard; the station's own may be shelved for a shift. */
const hazardLife: LifePlan = { latch: false, lifeSafety: true, shelve: millis(0), suppress: null }
const technicalLife: LifePlan = { latch: false, lifeSafety: false, shelve: millis(LONGEST_SHELF_MS), suppress: null }

export function makeLife(given: LifePlan | undefined, technical: boolean): Life {
  const plan = given ?? (technical ? technicalLife : hazardLife)
  const { latch, lifeSafety, shelve } = plan
  const options = { latch, lifeSafety, shelvable: shelve > 0 && !lifeSafety }
  const past = new Past(plan.suppress ? [plan.suppress] : [])
  return { plan, options, flags: atRest, level: 0, past, occurrence: 0, shelfUntil: NEVER, outUntil: NEVER, by: '', reason: '' }
}

/** Those of people, of the clock and of the site file; what its level does to it is told with the level. */
export type ToldAct = Exclude<LifeAct, 'raise' | 'clear' | 'escalate' | 'lower' | 'restart'>

/** The word by which an act is told where it changed anything. */
const words: Record<ToldAct, LogMessage['change']> = {
  ack: 'acknowledged',
  reset: 'reset',
  shelve: 'shelved',
  shelveOnce: 'shelved',
  unshelve: 'unshelved',
  suppress: 'suppressed',
  unsuppress: 'unsuppressed',
  outOfService: 'out-of-service',
  inService: 'in-service',
}

/** What became of an act: what is to be told, or why it was refused, or nothing. */
export interface Deed {
  change: LogMessage['change'] | null
  annunciate: boolean
  refusal: Refusal | null
}

/** Takes in the level; tells whether a person is called for by it. */
export function follow(life: Life, to: Level): boolean {
  const from = life.level
  if (from === to) return false
  life.level = to
  if (from === 0) life.occurrence++
  return take(life, from === 0 ? 'raise' : to === 0 ? 'clear' : to > from ? 'escalate' : 'lower').annunciate
}

/** An act on the life, of a person where one is named; `until` is the end of a shelf or of being out of service. */
export function undergo(life: Life, act: ToldAct, person: Person | null, until: Millis = NEVER): Deed {
  const before = life.flags
  const { annunciate, refusal } = take(life, act)
  const renewed = refusal === null && until !== NEVER
  if (renewed && (act === 'shelve' || act === 'shelveOnce')) life.shelfUntil = until
  if (renewed && act === 'outOfService') life.outUntil = until
  const changed = refusal === null && (renewed || JSON.stringify(before) !== JSON.stringify(life.flags))
  if (changed && person) Object.assign(life, person)
  return { change: changed ? words[act] : null, annunciate, refusal }
}

function take(life: Life, act: LifeAct): Step {
  const made = step(life.flags, life.options, act)
  life.flags = made.flags
  if (made.flags.shelf === 'none') life.shelfUntil = NEVER
  if (!made.flags.outOfService) life.outUntil = NEVER
  return made
}

/** The acts of the clock, and of the site file's condition, that are due. What is not known to mean nothing means something. */
export function due({ shelfUntil, outUntil, plan, past }: Life, verdict: Verdicts, now: Millis): ToldAct[] {
  past.look(verdict, now)
  const suppressed = plan.suppress !== null && truth(plan.suppress, verdict, past) === true
  return [
    ...(shelfUntil <= now ? (['unshelve'] as const) : []),
    ...(outUntil <= now ? (['inService'] as const) : []),
    ...(plan.suppress === null ? [] : [suppressed ? ('suppress' as const) : ('unsuppress' as const)]),
  ]
}

/** When something of it is due without anything else changing. */
export const lifeAt = ({ shelfUntil, outUntil, past }: Life): Millis => millis(Math.min(shelfUntil, outUntil, past.wakeAt()))

/** Whether its level drives what sounds, speaks, shows and calls. */
export const isLifeHeard = ({ flags, options }: Life): boolean => isHeard(flags, options)

/** As it travels: times in the wall time of `now`. */
export function lifeReport({ flags, occurrence, shelfUntil, outUntil, by, reason }: Life, now: Moment): LifeReport {
  const state = stateOf(flags)
  const until = state === 'OOSRV' ? outUntil : state === 'SHLVD' ? shelfUntil : NEVER
  return {
    ...{ state, occurrence },
    ...(until === NEVER ? {} : { until: instant(Math.round(until + now.wall - now.at)) }),
    ...(by === '' ? {} : { by, reason }),
  }
}

/** What of it must outlive the process, as plain JSON; a time that never comes is null. */
export interface KeptLife {
  flags: Flags
  occurrence: number
  shelfUntil: Millis | null
  outUntil: Millis | null
  by: string
  reason: string
  past: KeptPast
}

export const keptLife = ({ flags, occurrence, shelfUntil, outUntil, by, reason, past }: Life): KeptLife => ({
  ...{ flags, occurrence, by, reason, past: past.kept() },
  shelfUntil: shelfUntil === NEVER ? null : shelfUntil,
  outUntil: outUntil === NEVER ? null : outUntil,
})

/**
 * Takes it back, beside the level that was taken back; what the site file does not allow any more is not. What is active and was not seen
 * calls again, for it is raised anew where it is heard; what was seen does not.
 */
export function recallLife(life: Life, { flags, occurrence, shelfUntil, outUntil, by, reason, past }: KeptLife, level: Level): void {
  const { latch, shelvable } = life.options
  life.flags = {
    ...{ ...atRest, ...flags, active: level > 0, acked: flags.acked && (flags.active || level === 0) },
    ...{ latched: flags.latched && latch, shelf: shelvable ? flags.shelf : 'none' },
    suppressed: flags.suppressed && life.plan.suppress !== null,
  }
  Object.assign(life, { level, occurrence, by, reason })
  life.shelfUntil = life.flags.shelf === 'none' || shelfUntil === null ? NEVER : shelfUntil
  life.outUntil = life.flags.outOfService && outUntil !== null ? outUntil : NEVER
  life.past.recall(past)
}
