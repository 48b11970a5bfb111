/** Set points of gas as the site's alarms use them, season by season, held against the standard. */
import { type Colour, colours, type Level, levelOf } from '../../protocol/level.ts'
import { type Condition, namesIn } from '../core/alarm/condition.ts'
import type { ChannelPlan } from '../core/plan.ts'
import { overRange } from '../stages/derive/over-range.ts'
import type { Draft } from './draft.ts'
import { gasFaults, hasSetPoints, type SetPointOptions } from './gas.ts'
import { parseCondition } from './grammar.ts'

/** A detector as it was read: its options, and those of each season in which it has others. */
export interface ReadDetector {
  name: string
  channel: ChannelPlan
  options: unknown
  sets: { season: string; options: unknown }[]
}

/**
 * The first set point of a channel is the mildest that an alarm sounds: one that nobody hears is none. That is asked of the set points that hold
 * together: those outside of all seasons, and those of each season, where a detector that has none of its own there keeps what it has. A gas that
 * is held at full scale (over-range) is the same gas.
 */
export function checkSetPoints(draft: Draft, detectors: ReadDetector[]): void {
  const sounded = soundedBy(draft)
  const told = new Set<string>()
  for (const season of [null, ...Object.keys(draft.written.seasons)]) {
    const held = detectors.flatMap((detector) => {
      const own = detector.sets.find((set) => set.season === season)
      const broken = own === undefined && season !== null && Object.hasOwn(draft.written.detectors[detector.name]?.season ?? {}, season)
      return broken ? [] : [{ ...detector, own: own !== undefined, options: own ? own.options : detector.options }]
    })
    for (const { name, channel, options, own } of held) {
      if (draft.written.detectors[name]?.deviationRef !== undefined) continue
      const beside = held.filter((other) => originOf(draft, other.channel.name) === originOf(draft, channel.name))
      const heard = beside.flatMap((other) => sounded(other.name, other.options))
      const written = beside.map((other) => other.options)
      const faults = gasFaults(channel, options, heard)
      const still = gasFaults(channel, options, written).map((fault) => fault.at.join())
      for (const { at, what, remedy } of faults) {
        const path = ['detectors', name, ...(own ? ['season', season as string] : []), ...at]
        if (told.has(path.join())) continue
        told.add(path.join())
        const when = own || season === null ? '' : ` (in the season \`${season}\`)`
        draft.wrong(path, `${what}${when}`, still.includes(at.join()) ? remedy : `let an alarm ask for the milder one that is written, or ${remedy}`)
      }
    }
  }
}

/** The channel of which it is the same gas. Circles have no channel, and do not come here. */
function originOf(draft: Draft, name: string): string {
  const channel = draft.written.channels[name]
  if (channel === undefined || !('derive' in channel) || channel.derive !== overRange.name) return name
  return originOf(draft, [channel.from].flat()[0] as string)
}

type Term = Pick<Condition & { op: 'level' }, 'name' | 'compare' | 'level'>

/** Of options, the set points at which an alarm changes; all of them while some condition cannot be read, or names nothing: that is told in its own place. */
function soundedBy({ written }: Draft): (name: string, options: unknown) => SetPointOptions[] {
  const parsed = Object.values(written.alarms).flatMap((alarm) =>
    colours.flatMap((colour) => {
      const text = colour === 'none' ? undefined : alarm[colour]
      return text === undefined ? [] : [parseCondition(text)]
    }),
  )
  const known = [...Object.keys(written.detectors), ...Object.keys(written.alarms)]
  const whole = parsed.every((one) => 'condition' in one && namesIn(one.condition).every((name) => known.includes(name)))
  const terms = parsed.flatMap((one) => ('condition' in one ? termsOf(one.condition, true) : []))
  const rolledUp = new Set(Object.values(written.alarms).flatMap(({ rollUp = [] }) => rollUp))
  return (name, options) => {
    if (!hasSetPoints(options)) return []
    if (!whole || rolledUp.has(name)) return [options]
    const { at } = options
    const given = colours.filter((colour) => at[colour] !== undefined)
    const used = terms.filter((term) => term.name === name).map((term) => given.find((colour) => answers(colour, term)))
    return [{ ...options, at: Object.fromEntries(given.filter((colour) => used.includes(colour)).map((colour) => [colour, at[colour]])) }]
  }
}

const answers = (colour: Colour, { compare, level }: Term): boolean => (compare === 'is' ? levelOf(colour) === level : (levelOf(colour) as Level) >= level)

/** The questions by whose yes an alarm comes. Under `not` it comes by their no, which is no set point; but `not (low is none)` asks for any level. */
function termsOf(condition: Condition, yes: boolean): Term[] {
  switch (condition.op) {
    case 'level':
      if (condition.compare === 'is' && condition.level === 0) return yes ? [] : [{ name: condition.name, compare: '>=', level: 1 }]
      return yes ? [condition] : []
    case 'roll-up':
      return condition.names.map((name) => ({ name, compare: '>=', level: condition.level }))
    default:
      return [condition.of].flat().flatMap((one) => termsOf(one, condition.op === 'not' ? !yes : yes))
  }
}
