/** What a person at the station does to channels: enters what was read on the round, keeps one out of the judgement, tells what is its rest. */
import { Quality, reasonCode } from '../../protocol/quality.ts'
import { type Millis, type Moment, millis } from '../../protocol/time.ts'
import { type Condition, conditionsOf, namesIn } from './alarm/condition.ts'
import type { Person } from './alarm/living.ts'
import { bounded, listed, textOf } from './asked.ts'
import { type Channel, latest, type Machine, take } from './channel.ts'
import type { StationPlan } from './plan.ts'

/** A shift: what is still being worked on then is inhibited anew. */
const LONGEST_INHIBIT_MS = 8 * 3_600_000

const ENTERED = reasonCode('entered')

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
 * Rows of a channel, or of all of a device, count as failed for a while: nobody is warned by the work on an instrument, and the `sensors` alarm
 * names it from that moment on. Refused where a vote would have fewer voters left than it needs, unless that is confirmed.
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
  // The station wakes where an inhibition ends, and tells it.
  for (const channel of held) channel.inhibitedUntil = millis(now.at + 1)
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

/** What is found in a notebook later than this belongs in a report: nothing can be done about it any more. */
const MOST_LATE_MS = 7 * 86_400_000

/**
 * What people read on their round, as a row of its own, by the time at which it was read: judged with the rest, in the scan that it comes with.
 * Before a newer row of its channel it would change what has been judged already; so it is refused, and who enters it is told.
 */
export function enter({ machine }: Watched, { args, now }: ChannelAsked): string {
  const name = textOf(args.channel)
  const channel = machine.channels.find(({ plan }) => plan.name === name)
  const able = machine.channels.filter(({ plan }) => plan.entered).map(({ plan }) => plan.name)
  if (!channel?.plan.entered)
    return `nothing can be entered for "${name}"; ${able.length > 0 ? `it can for ${listed(able)}` : 'no channel of this station is read of a device of the profile hazardpoint/patrol'}`
  if (isInhibited(channel, now.at)) return `${name} is inhibited, and what is entered would not be judged: release it first`
  const { value, at = now.wall } = args
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'the value is no number'
  if (typeof at !== 'number' || !Number.isFinite(at)) return 'the time of the reading is no time'
  if (at > now.wall) return `the time of the reading lies ${spanText(at - now.wall)} ahead of the clock of this station`
  if (now.wall - at > MOST_LATE_MS) return `the reading is ${spanText(now.wall - at)} old: it is too late to be judged`
  const time = now.at - (now.wall - at)
  const last = latest(channel)
  if (last && time <= last.time)
    return `a reading of ${name} that was read ${time === last.time ? 'at the same time' : `${spanText(last.time - time)} later`} is there already, and what was judged by it stays judged: ${inOrder}`
  const row = { count: 1, time: Float64Array.of(time), value: Float64Array.of(value), quality: Uint8Array.of(Quality.good), reason: Uint8Array.of(ENTERED) }
  take(channel, { channel: channel.number, ...row }, now.at)
  return ''
}

/** What somebody can do whose reading comes too late to be judged by its own time. */
const inOrder = 'enter readings in the order in which they were read; if it stands so still, read it again and enter that without --at'

const spanText = (ms: number): string => (ms < 5_400_000 ? `${Math.ceil(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`)

export const isInhibited = ({ inhibitedUntil }: Channel, now: Millis): boolean => now < inhibitedUntil

/** The measured channels that are meant: one by its name, or all of a device. */
function measured(machine: Machine, name: string): Channel[] | string {
  const channel = machine.channels.find(({ plan }) => plan.name === name)
  if (channel?.plan.derivation)
    return `${name} is made of other channels: inhibit those (${listed(channel.plan.derivation.inputs.map((input) => (machine.channels[input] as Channel).plan.name))})`
  const found = channel ? [channel] : machine.channels.filter(({ plan }) => plan.device === name)
  return found.length > 0 ? found : unknownName(machine, name)
}

const unknownName = ({ channels }: Machine, name: string): string =>
  `there is no channel and no device "${name}"; there are ${listed(channels.map(({ plan }) => plan.name))}`

/** The votes that have fewer voters left than they need, in words. */
function shortVotes({ channels, detectors, alarms, actions }: StationPlan, out: Set<number>): string[] {
  const isOut = (channel: number): boolean => out.has(channel) || (channels[channel]?.derivation?.inputs.some(isOut) ?? false)
  const outNames = new Set(detectors.filter(({ inputs }) => inputs.some(isOut)).map(({ name }) => name))
  // An alarm is out with the last of what it looks at; those that it names come before it.
  for (const alarm of alarms)
    if (
      conditionsOf({ levels: alarm.levels })
        .flatMap(namesIn)
        .every((name) => outNames.has(name))
    )
      outNames.add(alarm.name)
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
