/** What a person at the station does to channels: keeps one out of the judgement for a while, and tells that the place as it stands is at rest. */
import { type Millis, type Moment, millis } from '../../protocol/time.ts'
import { bounded, listed, textOf } from './asked.ts'
import type { Channel, Machine } from './channel.ts'
import { type Condition, namesIn } from './condition.ts'
import type { Person } from './living.ts'
import type { StationPlan } from './plan.ts'

/** A shift: what is still being worked on then is inhibited anew. */
const LONGEST_INHIBIT_MS = 8 * 3_600_000

export interface ChannelAsked {
  args: Record<string, unknown>
  person: Person
  now: Moment
}

interface Watched {
  plan: StationPlan
  machine: Machine
}

/**
 * Rows of a channel, or of all of a device, count as failed for a while: nobody is warned by the work on an instrument, and it is missed in
 * the `sensors` alarm as any that gives no values. Refused where a vote would have fewer voters left than it needs, unless that is confirmed.
 */
export function inhibit({ plan, machine }: Watched, { args, now }: ChannelAsked): string {
  const found = measured(machine, textOf(args.channel))
  if (typeof found === 'string') return found
  const length = bounded({ args }, millis(LONGEST_INHIBIT_MS), millis(LONGEST_INHIBIT_MS))
  if (typeof length === 'string') return length
  const out = new Set([...machine.channels.filter((channel) => isInhibited(channel, now.at)), ...found].map(({ number }) => number))
  const short = shortVotes(plan, out)
  if (short.length > 0 && args.confirm !== true) return `${short.join('; ')}: confirm it (--confirm), and have somebody watch the place meanwhile`
  for (const channel of found) channel.inhibitedUntil = millis(now.at + length)
  return ''
}

export function release({ machine }: Watched, { args, now }: ChannelAsked): string {
  const found = measured(machine, textOf(args.channel))
  if (typeof found === 'string') return found
  const held = found.filter((channel) => isInhibited(channel, now.at))
  for (const channel of held) channel.inhibitedUntil = now.at
  return held.length > 0 ? '' : `${textOf(args.channel)} is not inhibited`
}

/** From now on the place as it stands is the place at rest: for the stage that makes the channel to take in. */
export function baseline({ machine }: Watched, { args, person, now }: ChannelAsked): string {
  const name = textOf(args.channel)
  const channel = machine.channels.find(({ plan }) => plan.name === name)
  if (!channel) return unknownName(machine, name)
  if (!channel.maker?.act) {
    const able = machine.channels.filter(({ maker }) => maker?.act).map(({ plan }) => plan.name)
    return `${name} has no baseline; ${able.length > 0 ? `these have one: ${listed(able)}` : 'no channel of this station has one'}`
  }
  return channel.maker.act({ op: 'baseline', ...person, now })
}

export const isInhibited = ({ inhibitedUntil }: Channel, now: Millis): boolean => now < inhibitedUntil

/** The measured channels that are meant: one by its name, or all of a device. */
function measured(machine: Machine, name: string): Channel[] | string {
  const channel = machine.channels.find(({ plan }) => plan.name === name)
  if (channel?.plan.derivation)
    return `${name} is made of other channels: inhibit those (${listed(channel.plan.derivation.inputs.map((input) => machine.channels[input]?.plan.name ?? ''))})`
  const found = channel ? [channel] : machine.channels.filter(({ plan }) => plan.device === name)
  return found.length > 0 ? found : unknownName(machine, name)
}

const unknownName = ({ channels }: Machine, name: string): string =>
  `there is no channel and no device "${name}"; there are ${listed(channels.map(({ plan }) => plan.name))}`

/** The votes that have fewer voters left than they need, in words. */
function shortVotes({ channels, detectors, alarms, actions }: StationPlan, out: Set<number>): string[] {
  const isOut = (channel: number): boolean => out.has(channel) || (channels[channel]?.derivation?.inputs.some(isOut) ?? false)
  const outNames = new Set(detectors.filter(({ inputs }) => inputs.some(isOut)).map(({ name }) => name))
  const short = (where: string, condition: Condition): string[] => {
    if (condition.op !== 'count') return 'of' in condition ? [condition.of].flat().flatMap((part) => short(where, part)) : []
    const left = condition.of.filter((voter) => !namesIn(voter).some((name) => outNames.has(name))).length
    return left < condition.least ? [`of ${where} a vote would have ${left} of ${condition.of.length} left, and needs ${condition.least}`] : []
  }
  return [
    ...alarms.flatMap(({ name, levels }) => levels.flatMap(({ when }) => short(name, when))),
    ...actions.flatMap(({ text, when }) => short(`"${text}"`, when)),
  ]
}
