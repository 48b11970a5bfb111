/**
 * What a person at the station may do beside the orders that platforms may give: to the lives of alarms, to channels. It comes through the control
 * socket, which only the owner of the station may open, with the person's name and reason; the name is believed, and kept.
 */
import { type Millis, type Moment, millis } from '../../protocol/time.ts'
import type { Alarm } from './alarm/alarm.ts'
import { change, type Telling } from './alarm/lives.ts'
import { LONGEST_OUT_MS, type Person, type ToldAct } from './alarm/living.ts'
import { bounded, listed, textOf } from './asked.ts'
import type { Machine } from './channel.ts'
import { baseline, inhibit, release } from './channel-acts.ts'
import type { StationPlan } from './plan.ts'

/** Out of service for a shift, where nobody says for how long. */
const USUAL_OUT_MS = 8 * 3_600_000

/** What local acts look at and move. */
export interface Local {
  alarms: Alarm[]
  plan: StationPlan
  machine: Machine
  telling: Telling
}

export interface Asked {
  args: Record<string, unknown>
  person: Person
  now: Moment
}

export const localActs = ['reset', 'shelve', 'unshelve', 'out-of-service', 'in-service', 'inhibit', 'release', 'baseline'] as const
export type LocalAct = (typeof localActs)[number]

/** Does it; gives why not, or nothing. */
export const actLocally = (act: LocalAct, local: Local, asked: Asked): string => deeds[act](local, asked)

const deeds: Record<LocalAct, (local: Local, asked: Asked) => string> = {
  reset: (local, asked) => onAlarm(local, asked, 'reset', null),
  shelve: (local, asked) =>
    onAlarm(local, asked, asked.args.once === true ? 'shelveOnce' : 'shelve', ({ life }) => bounded(asked, life.plan.shelve, life.plan.shelve)),
  unshelve: (local, asked) => onAlarm(local, asked, 'unshelve', null),
  'out-of-service': (local, asked) => onAlarm(local, asked, 'outOfService', () => bounded(asked, millis(USUAL_OUT_MS), millis(LONGEST_OUT_MS))),
  'in-service': (local, asked) => onAlarm(local, asked, 'inService', null),
  inhibit,
  release,
  baseline,
}

/** `length`: how long it lasts, or why it may not be so long; null for an act that has no end. */
function onAlarm({ alarms, telling }: Local, { args, person, now }: Asked, act: ToldAct, length: ((alarm: Alarm) => Millis | string) | null): string {
  const name = textOf(args.alarm)
  const alarm = alarms.find((one) => one.name === name)
  if (!alarm) return `there is no alarm "${name}"; there are ${listed(alarms.map((one) => one.name))}`
  // Whether it may be at all is told before how long.
  if (length === null || (act.startsWith('shelve') && !alarm.life.options.shelvable)) return change(alarm, act, person, telling)
  const lasts = length(alarm)
  return typeof lasts === 'string' ? `${name}: ${lasts}` : change(alarm, act, person, telling, millis(now.at + lasts))
}
