/**
 * What a platform may ask of a station. To be told the state again, anybody may ask; whatever touches an output needs the signature of a
 * role that may. Whose signature a command bears was proved before it became an input (upstream/signature), so that a replay
 * needs no keys. Every refusal has its reason in the result.
 */
import type { Command, Message, ResultMessage } from '../../protocol/messages.ts'
import type { CommandIn } from '../../protocol/recording.ts'
import { type Moment, millis } from '../../protocol/time.ts'
import { testCall } from './calls.ts'
import { type Order, orders } from './plan.ts'
import { endCalls, isSounding, type Response } from './response.ts'
import { spoken, testWords } from './saying.ts'
import { silence } from './silence.ts'
import { trialFault, trialsOf } from './trial.ts'

/** An order to close a pulse-close valve is sent again for so long if it does not close; a release-close valve stays closed anyway. */
const CLOSING_MS = 60_000

const LONGEST_NAME = 40

/** What orders look at and move. */
export interface Ordered {
  response: Response
  /** The alarm of a hazard that is not at rest. */
  standing: string | undefined
  /** All alarm states, for this uplink. */
  report(uplink: string): Message[]
  /** Acknowledges this alarm, or all; gives why nothing was, or nothing. */
  acknowledge(alarm: string | null, by: string): string
}

/** Carries out what is permitted; gives what is asked for, and a result for each. */
export function obey(ordered: Ordered, commands: CommandIn[], now: Moment): Message[] {
  return commands.flatMap((given): Message[] => {
    const { uplink, command } = given
    const told: Message[] = command.op === 'report' ? ordered.report(uplink) : []
    const reason = command.op === 'report' ? '' : carryOut(ordered, given, told, now)
    const result: ResultMessage = {
      kind: 'result',
      to: uplink,
      observed: now.wall,
      timeQuality: now.wallQuality,
      command: command.id,
      ok: reason === '',
      reason,
    }
    return [...told, result]
  })
}

/** Gives why not, or nothing; `told` takes what else there is to tell. */
function carryOut(ordered: Ordered, { command, by, refusal }: CommandIn, told: Message[], now: Moment): string {
  const { response, standing } = ordered
  const { plan, watched, desks } = response
  const order = orders.find((one) => one === command.op)
  if (!order) return `"${command.op}" is not permitted: this station takes "report" from anybody, and ${orders.map((one) => `"${one}"`).join(', ')} signed`
  if (refusal !== undefined) return refusal
  if (by === undefined) return `"${order}" needs the signature of a role that may ask for it`
  const role = plan.response.roles.find(({ name }) => name === by)
  if (!role?.may.includes(order)) return `the role ${by} may not ask for "${order}"`
  const name = argument(command, 'output')
  const output = watched.find((one) => one.output.plan.name === name)?.output
  const byRole = `the role ${by}`
  const deeds: Record<Order, () => string> = {
    silence: () => silence(response.silence, byRole, isSounding(response), plan.response.silence.longest, now.at),
    acknowledge: () => {
      const alarm = argument(command, 'alarm')
      const refused = ordered.acknowledge(alarm || null, byRole)
      const ended = endCalls(response, alarm || null, byRole, now)
      told.push(...ended)
      return ended.length > 0 ? '' : refused
    },
    test: () => {
      const fault = trialFault(output, name, standing, plan.response.tests, now)
      if (fault !== '' || !output) return fault
      const text = spoken(testWords(plan.response.place), 'test', plan.response.languages)
      const desk = desks.find((one) => one.output === output)
      if (desk) return testCall(desk, argument(command, 'list'), text, byRole)
      if (response.trials.length > 0) return 'another test is under way'
      const voices = watched.map((one) => one.output).filter(({ plan: { kind } }) => kind === 'voice')
      response.trials.push(...trialsOf(output, voices, byRole, text, plan.response.tests, now.at))
      return ''
    },
    close: () => {
      if (!output) return `there is no output "${name}"`
      if (output.plan.kind !== 'valve') return `${name} is no valve`
      output.order = { until: millis(now.at + CLOSING_MS), cause: `close, ordered by ${byRole}`, text: '' }
      return ''
    },
  }
  return deeds[order]()
}

/** A name; whatever else was sent is cut to the length of one, for it stands in the answer. */
const argument = ({ args }: Command, key: string): string => String(args[key] ?? '').slice(0, LONGEST_NAME)
