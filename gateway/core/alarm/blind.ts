/** What the station cannot see of its point: the names under which its `sensors` alarm shows it. */
import type { Millis } from '../../../protocol/time.ts'
import { type Buses, namesOfLost } from '../buses.ts'
import { type Channel, isLost, type Machine } from '../channel.ts'
import { isInhibited } from '../channel-acts.ts'
import type { Alarm } from './alarm.ts'
import { conditionsOf, hasLostVote, type Verdicts } from './condition.ts'

/** Of a station, all by which it sees. */
export interface Seeing {
  machine: Machine
  alarms: Alarm[]
  buses: Buses
  /** Instruments whose own clock was found astray, and when. */
  strayed: Map<string, Millis>
}

export function blindNames({ machine, alarms, buses, strayed }: Seeing, verdict: Verdicts, now: Millis): string[] {
  const silent = (channel: Channel): boolean => !channel.plan.derivation && isLost(channel, now) && !isInhibited(channel, now)
  const lost = machine.channels.filter(silent).map(({ plan }) => plan)
  const inhibited = machine.channels.filter((channel) => isInhibited(channel, now)).map(inhibitedName)
  const doubtful = machine.detectors.filter(({ detector }) => detector.level === 'unknown' && detector.doubt !== 'warm-up').map(({ name }) => name)
  const clocks = [...strayed.keys()].map((device) => `${device} clock`)
  const votes = alarms.filter(({ plan }) => conditionsOf(plan).some((condition) => hasLostVote(condition, verdict))).map(({ name }) => `${name} vote`)
  return [...namesOfLost(buses, lost), ...inhibited, ...doubtful, ...votes, ...clocks]
}

/** Told at once, and not when its rows are missed: of an instrument that is read once a day that would be never. */
export const inhibitedName = ({ plan }: Channel): string => `${plan.name} inhibited`

/** Whether one of the station's own alarms shows it. */
export const isShown = (alarms: Alarm[], name: string): boolean => alarms.some(({ technical, unknown }) => technical && unknown.includes(name))
