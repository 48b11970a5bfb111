/**
 * What a platform may ask of a station. To be told the state again, anybody may ask; whatever touches an output needs the signature of a
 * role that may. Whose signature a command bears was proved before it became an input (upstream/signature), so that a replay
 * needs no keys. A person at the station may ask for all of it, and for more (see `local`). Every refusal has its reason in the result.
 */
import type { Command, Message, ResultMessage } from '../../../protocol/messages.ts'
import type { CommandIn } from '../../../protocol/recording.ts'
import { type Moment, millis } from '../../../protocol/time.ts'
import type { Alarm } from '../alarm/alarm.ts'
import { acknowledge, type Telling } from '../alarm/lives.ts'
import type { Person } from '../alarm/living.ts'
import { bounded, textOf } from '../asked.ts'
import type { Machine } from '../channel.ts'
import { actLocally, localActs } from '../local.ts'
import { type Order, orders } from '../plan.ts'
import { testCall } from './calls.ts'
import { endCalls, isSounding, type Response } from './response.ts'
import { spoken, testWords } from './saying.ts'
import { silence } from './silence.ts'
import { trialFault, trialsOf } from './trial.ts'

/** An order to close a pulse-close valve is sent again for so long if it does not close; a release-close valve stays closed anyway. */
const CLOSING_MS = 60_000

/** A reason is no longer than this on the wire; a station of dozens of alarms may name them all. */
const LONGEST_REASON = 1000

/** Why somebody does it, in a line. */
const LONGEST_GIVEN = 200

/** The one act that is a sample. */
export const ENTER = 'enter'

/** What orders look at and move. */
export interface Ordered {
  response: Response
  /** The alarm of a hazard that is not at rest. */
  standing: string | undefined
  /** All alarm states, for this uplink. */
  report(uplink: string): Message[]
  alarms: Alarm[]
  machine: Machine
  /** Why what was entered could not be, by its command; it is taken in before anything is judged. */
  entered: Map<Command, string>
  telling: Telling
}

/** Carries out what is permitted; gives what is asked for, and a result for each: `answers` are those to people at the station. */
export function obey(ordered: Ordered, commands: CommandIn[], now: Moment): { messages: Message[]; answers: ResultMessage[] } {
  const messages: Message[] = []
  const answers: ResultMessage[] = []
  for (const given of commands) {
    const { uplink, command, local } = given
    if (!local && command.op === 'report') messages.push(...ordered.report(uplink))
    const reason = local ? carryOutLocally(ordered, given, messages, now) : command.op === 'report' ? '' : carryOut(ordered, given, messages, now)
    const result: ResultMessage = {
      ...{ kind: 'result', to: uplink, observed: now.wall, timeQuality: now.wallQuality },
      ...{ command: command.id, ok: reason === '', reason: reason.slice(0, LONGEST_REASON) },
    }
    if (local) answers.push(result)
    else messages.push(result)
  }
  return { messages, answers }
}

/** Gives why not, or nothing; `told` takes what else there is to tell. */
function carryOutLocally(ordered: Ordered, { command, by = '' }: CommandIn, told: Message[], now: Moment): string {
  const { op, args } = command
  const person = { by, reason: reasonOf(command) }
  if (op === ENTER) return ordered.entered.get(command) as string
  const order = orders.find((one) => one === op)
  if (order) return deedsOf(ordered, command, person, told, now)[order]()
  const act = localActs.find((one) => one === op)
  if (!act) return `this station cannot "${textOf(op)}": it takes ${[...orders, ...localActs, ENTER].join(', ')}`
  return actLocally(act, { ...ordered, plan: ordered.response.plan }, { args, person, now })
}

/** Gives why not, or nothing; `told` takes what else there is to tell. */
function carryOut(ordered: Ordered, { command, by, refusal }: CommandIn, told: Message[], now: Moment): string {
  const { plan } = ordered.response
  const order = orders.find((one) => one === command.op)
  if (!order) return `"${command.op}" is not permitted: this station takes "report" from anybody, and ${orders.map((one) => `"${one}"`).join(', ')} signed`
  if (refusal !== undefined) return refusal
  if (by === undefined) return `"${order}" needs the signature of a role that may ask for it`
  const role = plan.response.roles.find(({ name }) => name === by)
  if (!role?.may.includes(order)) return `the role ${by} may not ask for "${order}"`
  return deedsOf(ordered, command, { by: `the role ${by}`, reason: reasonOf(command) }, told, now)[order]()
}

/** A line for the log, whatever was sent. */
const reasonOf = ({ args }: Command): string => textOf(args.reason, LONGEST_GIVEN).replace(/\p{Cc}/gu, ' ')

/** What each order does; each gives why not, or nothing. */
function deedsOf(ordered: Ordered, { args }: Command, person: Person, told: Message[], now: Moment): Record<Order, () => string> {
  const { response, standing, alarms, machine, telling } = ordered
  const { plan, watched, desks } = response
  const name = textOf(args.output)
  const output = watched.find((one) => one.output.plan.name === name)?.output
  const who = person.reason === '' ? person.by : `${person.by} (${person.reason})`
  return {
    silence: () => {
      const { longest } = plan.response.silence
      const length = bounded({ args }, longest, longest)
      return typeof length === 'string' ? length : silence(response.silence, who, isSounding(response), length, now.at)
    },
    acknowledge: () => {
      // All, where none is named; an empty name is no name, but a script whose variable is not set.
      const alarm = args.alarm === undefined ? null : textOf(args.alarm)
      const refused = acknowledge(alarms, alarm, person, telling)
      const ended = endCalls(response, alarm, who, now)
      told.push(...ended)
      return ended.length > 0 ? '' : refused
    },
    season: () => machine.seasons.order(textOf(args.season)),
    test: () => {
      const fault = trialFault(output, name, standing, plan.response.tests, now)
      if (fault !== '' || !output) return fault
      const text = spoken(testWords(plan.response.place), 'test', plan.response.languages)
      const desk = desks.find((one) => one.output === output)
      if (desk) return testCall(desk, textOf(args.list), text, who)
      if (response.trials.length > 0) return 'another test is under way'
      const voices = watched.map((one) => one.output).filter(({ plan: { kind } }) => kind === 'voice')
      response.trials.push(...trialsOf(output, voices, who, text, plan.response.tests, now.at))
      return ''
    },
    close: () => {
      if (!output) return `there is no output "${name}"`
      if (output.plan.kind !== 'valve') return `${name} is no valve`
      output.order = { until: millis(now.at + CLOSING_MS), cause: `close, ordered by ${who}`, text: '' }
      return ''
    },
  }
}
