/** What is done to the lives of the alarms, by people, by the clock and by design, and what of it is told. */
import { colourOf, type Level } from '../../../protocol/level.ts'
import type { AlarmMessage, LogMessage, Message } from '../../../protocol/messages.ts'
import type { Millis, Moment } from '../../../protocol/time.ts'
import type { Alarm } from './alarm.ts'
import type { Verdicts } from './condition.ts'
import { refusals, stateOf } from './life.ts'
import { due, isLifeHeard, type Person, type ToldAct, undergo } from './living.ts'

/** Where what is told goes, and how an alarm is told of. */
export interface Telling {
  messages: Message[]
  message(alarm: Alarm): AlarmMessage
  now: Moment
}

/** An act on one alarm; why it was refused, or nothing. */
export function change(alarm: Alarm, act: ToldAct, person: Person | null, telling: Telling, until?: Millis): string {
  const deed = undergo(alarm.life, act, person, until)
  if (deed.refusal !== null) return `${alarm.name}: ${refusals[deed.refusal]}`
  if (deed.change === null) return ''
  const message = telling.message(alarm)
  telling.messages.push(message, logMessage(message, alarm, { change: deed.change, from: alarm.level, annunciate: deed.annunciate, person }))
  return ''
}

/** A change of an alarm's level or life, as the log has it. */
export function logMessage(
  { observed, timeQuality, level, why, technical, siteHash }: AlarmMessage,
  { name, life }: Alarm,
  { change, from, annunciate, person }: { change: LogMessage['change']; from: Level; annunciate: boolean; person: Person | null },
): LogMessage {
  return {
    ...{ kind: 'log', to: null, observed, timeQuality, alarm: name, change, from: colourOf(from), level, why, technical },
    ...{ state: stateOf(life.flags), annunciate },
    ...(person ?? {}),
    ...(siteHash !== undefined && { siteHash }),
  }
}

/** Acknowledges one alarm, or all that can be; why nothing was, or nothing. */
export function acknowledge(alarms: Alarm[], name: string | null, person: Person, telling: Telling): string {
  const chosen = alarms.filter((alarm) => name === null || alarm.name === name)
  const answers = chosen.map((alarm) => change(alarm, 'ack', person, telling))
  if (answers.includes('')) return ''
  if (name === null) return 'no alarm waits to be acknowledged'
  return answers[0] ?? `there is no alarm "${name}"; there are ${alarms.map((alarm) => alarm.name).join(', ')}`
}

/** Ends what is over, and suppresses what the site file says means nothing now. */
export function tend(alarm: Alarm, verdict: Verdicts, telling: Telling): void {
  for (const act of due(alarm.life, verdict, telling.now.at)) change(alarm, act, null, telling)
}

/** The levels by which outputs sound, speak, show and call: of an alarm that is kept quiet, none. */
export function heardOf(alarms: Alarm[], verdict: Verdicts): Verdicts {
  const quiet = new Set(alarms.filter(({ life }) => !isLifeHeard(life)).map(({ name }) => name))
  if (quiet.size === 0) return verdict
  const { faulty, lost, waits } = verdict
  return Object.assign((name: string) => (quiet.has(name) ? 0 : verdict(name)), {
    ...(faulty && { faulty }),
    ...(waits && { waits }),
    ...(lost && { lost: (name: string) => (quiet.has(name) ? 0 : lost(name)) }),
  })
}
