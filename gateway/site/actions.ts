/** Actions of a site: what each output shall do and say, held against its kind; and what is done by colour for alarms that no action names. */
import { durationText, readDuration } from '../../protocol/files/schema.ts'
import type { Path } from '../../protocol/files/yaml.ts'
import { type Level, levelOf } from '../../protocol/level.ts'
import type { OutputKind } from '../../protocol/ports.ts'
import type { Millis } from '../../protocol/time.ts'
import { type Condition, conditionsOf, namesIn, termsIn } from '../core/alarm/condition.ts'
import type { ActionPlan, AlarmPlan, DetectorPlan, OutputPlan } from '../core/plan.ts'
import type { Draft } from './draft.ts'
import { conditionText, type Deed, parseDeed } from './grammar.ts'
import { coloursOf, readCondition, stationAlarms } from './judgement.ts'
import { fromLevel } from './people.ts'

/** From this colour on the defaults let a voice speak, and a siren sound; a modem from that of the call list, blue where it says none. */
const VOICE_FROM = 3
const SIREN_FROM = 4

const isLamp = (kind: OutputKind): boolean => kind === 'siren' || kind === 'beacon' || kind === 'relay'

export function readActions(draft: Draft, outputs: OutputPlan[], alarms: AlarmPlan[]): ActionPlan[] {
  const { written } = draft
  const known = [...Object.keys(written.alarms), ...Object.keys(written.detectors), ...stationAlarms]
  const plans: ActionPlan[] = []
  for (const [index, action] of written.actions.entries()) {
    const path = ['actions', index]
    const when = readCondition(draft, [...path, 'when'], action.when, known)
    for (const [number, text] of action.do.entries()) {
      const at = [...path, 'do', number]
      const deed = parseDeed(text)
      if ('fault' in deed) {
        draft.wrong(at, deed.fault.what, deed.fault.remedy, { letter: deed.fault.letter })
        continue
      }
      const output = outputs.find(({ name }) => name === deed.output)
      if (!output) unknownOutput(draft, at, deed, outputs)
      const plan = output && readDeed(draft, at, deed, output)
      if (when && plan) plans.push({ when, text: action.when, output: deed.output, ...plan })
    }
  }
  endsAsItGetsWorse(draft, plans)
  if (written.defaults === 'none') return plans
  silentAtRed(draft, plans, outputs, alarms)
  return [...plans, ...byColour(draft, plans, outputs, alarms)]
}

/** `is` ends at the next colour. That is meant where another action takes the output over, and else a siren that falls silent in danger. */
function endsAsItGetsWorse(draft: Draft, plans: ActionPlan[]): void {
  for (const [index, { when, do: deeds }] of draft.written.actions.entries()) {
    const own = plans.filter(({ text }) => text === when)
    for (const { name, compare, level } of own[0] ? termsIn(own[0].when) : []) {
      const worse = coloursOf(draft, name).some((colour) => (levelOf(colour) ?? 0) > level)
      const isTaken = ({ output }: ActionPlan): boolean =>
        plans.some((other) => other.output === output && termsIn(other.when).some((term) => term.name === name && term.level > level))
      if (compare !== 'is' || level === 0 || !worse || own.every(isTaken)) continue
      draft.odd(
        ['actions', index, 'when'],
        `this ends when \`${name}\` gets worse, and nothing else then asks for ${deeds.join(', ')}`,
        'write `>=` in place of `is`',
      )
    }
  }
}

/** An alarm that an action names has no defaults: it may have been named for a lamp, and its siren forgotten. */
function silentAtRed(draft: Draft, plans: ActionPlan[], outputs: OutputPlan[], alarms: AlarmPlan[]): void {
  const sirens = new Set(outputs.filter(({ kind }) => kind === 'siren').map(({ name }) => name))
  const named = namedWithin(alarms, plans)
  const sounded = namedWithin(
    alarms,
    plans.filter(({ output }) => sirens.has(output)),
  )
  for (const { name, levels } of alarms)
    if (sirens.size > 0 && levels.some(({ level }) => level >= SIREN_FROM) && named.has(name) && !sounded.has(name))
      draft.odd(
        ['alarms', name],
        'an action names this alarm, and none that sounds a siren at red',
        `add { when: ${name} is red, do: [ ${[...sirens][0]} on ] }`,
      )
}

/** The names that actions ask for; an alarm that is part of one that is named is named too. Each alarm stands after those that it asks for. */
function namedWithin(alarms: AlarmPlan[], plans: ActionPlan[]): Set<string> {
  const named = new Set(plans.flatMap(({ when }) => namesIn(when)))
  for (const { name, levels } of [...alarms].reverse()) if (named.has(name)) for (const { when } of levels) for (const part of namesIn(when)) named.add(part)
  return named
}

function unknownOutput(draft: Draft, at: Path, { output, letter }: Deed, outputs: OutputPlan[]): void {
  const device = draft.written.devices[output]
  // An output with a fault of its own has been told already.
  if (device?.safe !== undefined || device?.longest !== undefined || device?.coil !== undefined) return
  const known = outputs.map(({ name }) => name)
  if (!device) draft.unknown(at, 'output', output, known, { letter: letter.output })
  else draft.wrong(at, `\`${output}\` is no output`, 'an output is a device with a coil, `safe` and `longest`', { letter: letter.output })
}

type Done = Pick<ActionPlan, 'hold' | 'says' | 'call'>

function readDeed(draft: Draft, at: Path, deed: Deed, output: OutputPlan): Done | null {
  const { name, kind } = output
  const wrong = (what: string, remedy: string): null => {
    draft.wrong(at, what, remedy, { letter: deed.letter.verb })
    return null
  }
  if (kind === 'heartbeat') return wrong(`\`${name}\` beats by itself while the station judges`, 'take it out of the actions')
  if (kind === 'valve') {
    if (deed.verb !== 'closes')
      return wrong(`\`${name} ${deed.verb}\` could mean that a valve opens`, `write \`${name} closes\`; a person at the place opens it`)
    if (deed.hold === null) return { hold: null }
    draft.wrong(at, 'a valve stays closed until a person at the place opens it', `write \`${name} closes\``, { letter: deed.letter.hold })
    return null
  }
  if (deed.verb === 'off') return wrong(`\`${name}\` is off by itself: that is its safe state`, `write \`${rightDeed(output)}\``)
  if (deed.verb !== 'on' && deed.verb !== rightVerb(kind) && !(kind === 'sms' && deed.to !== null && deed.verb === 'says'))
    return wrong(`\`${name}\` is a ${kind}: it does not do this`, `write \`${rightDeed(output)}\``)
  if ((kind === 'sms') !== (deed.to !== null))
    return wrong(kind === 'sms' ? 'nobody is named to whom it goes' : `\`${name}\` tells no list`, `write \`${rightDeed(output)}\``)
  return readSaying(draft, at, deed, output)
}

function readSaying(draft: Draft, at: Path, { to, text, hold, letter }: Deed, output: OutputPlan): Done | null {
  const { texts, calls } = draft.written
  let sound = true
  if (to !== null && !Object.hasOwn(calls, to)) {
    draft.unknown(at, 'call list', to, Object.keys(calls), { letter: letter.to })
    sound = false
  }
  const words = text === null ? undefined : Object.entries(texts).find(([name]) => name === text)?.[1]
  if (text !== null && !words) {
    draft.unknown(at, 'text', text, Object.keys(texts), { letter: letter.text })
    sound = false
  }
  if (hold !== null && output.kind === 'sms') {
    draft.wrong(at, 'a message is sent, and has no length', 'leave `for` out; `again` and `times` of the call list say how often', { letter: letter.hold })
    return null
  }
  const millis = hold === null ? null : holdOf(draft, at, hold, letter.hold, output)
  if (!sound) return null
  return {
    hold: millis,
    ...(to === null ? {} : { call: to }),
    ...(words ? { says: { ...(words.zh && { zh: words.zh }), ...(words.en && { en: words.en }) } } : {}),
  }
}

const rightVerb = (kind: OutputKind): Deed['verb'] => (kind === 'voice' ? 'says' : kind === 'sign' ? 'shows' : kind === 'sms' ? 'tells' : 'on')

/** What this output can be told, as the file would say it. */
function rightDeed({ name, kind }: OutputPlan): string {
  if (kind === 'valve') return `${name} closes`
  if (kind === 'sms') return `${name} to LIST`
  return isLamp(kind) ? `${name} on` : `${name} ${rightVerb(kind)} TEXT`
}

function holdOf(draft: Draft, at: Path, text: string, letter: number, output: OutputPlan): Millis | null {
  const hold = readDuration(text)
  if (hold === null || hold <= 0) draft.wrong(at, `"${text}" is no duration`, 'write a number and one of s, min, h: 10min', { letter })
  else if (hold > output.longest)
    draft.wrong(
      at,
      `${text} is more than \`${output.name}\` may be on at a stretch (${durationText(output.longest)})`,
      'shorten it, or raise `longest` of the output',
      { letter },
    )
  return hold
}

/** Each colour does what the lower ones do, and more: messages, then voices, then sirens; by day and by night alike. */
function byColour(draft: Draft, written: ActionPlan[], outputs: OutputPlan[], alarms: AlarmPlan[]): ActionPlan[] {
  const named = namedWithin(alarms, written)
  const of = (kind: OutputKind): OutputPlan[] => outputs.filter((output) => output.kind === kind)
  return alarms
    .filter(({ name }) => !named.has(name))
    .flatMap(({ name, levels }) => {
      const plan = (output: OutputPlan, from: Exclude<Level, 0>, more: Partial<ActionPlan> = {}): ActionPlan[] => {
        if (!levels.some(({ level }) => level >= from)) return []
        const when: Condition = { op: 'level', name, compare: from === SIREN_FROM ? 'is' : '>=', level: from }
        return [{ when, text: conditionText(when), output: output.name, hold: null, byColour: true, ...more }]
      }
      // A second modem is for what the site says of it: nobody is told twice.
      const calls = of('sms').slice(0, 1)
      return [
        ...calls.flatMap((modem) => Object.keys(draft.written.calls).flatMap((call) => plan(modem, fromLevel(draft, call), { call }))),
        // A request each for orange and red, so that red does not find the time of orange used up.
        ...of('voice').flatMap((voice) => [...plan(voice, VOICE_FROM), ...plan(voice, SIREN_FROM)]),
        ...of('siren').flatMap((siren) => plan(siren, SIREN_FROM)),
      ]
    })
}

/** What nobody asks for is most likely forgotten. */
export function unusedNames(draft: Draft, detectors: DetectorPlan[], alarms: AlarmPlan[], actions: ActionPlan[], outputs: OutputPlan[]): void {
  const asked = new Set(
    [...alarms.flatMap(conditionsOf), ...alarms.flatMap(({ life }) => life?.suppress ?? []), ...actions.map(({ when }) => when)].flatMap(namesIn),
  )
  for (const { name } of detectors)
    if (!asked.has(name)) draft.odd(['detectors', name], 'no alarm asks for this detector', 'name it in a condition, or take it away')
  for (const output of outputs)
    if (output.kind !== 'heartbeat' && !actions.some(({ output: driven }) => driven === output.name))
      draft.odd(['devices', output.name], 'no action drives this output', `add it under actions: { when: ..., do: [ ${rightDeed(output)} ] }`)
  const { texts, calls } = draft.written
  for (const name of Object.keys(texts))
    if (!draft.written.actions.some(({ do: deeds }) => deeds.some((deed) => saysText(deed, name))))
      draft.odd(['texts', name], 'no action says this text', 'say it, or take it away')
  for (const name of Object.keys(calls))
    if (!actions.some(({ call }) => call === name) && !Object.values(calls).some(({ next }) => next === name))
      draft.odd(['calls', name], 'no action calls this list', 'call it: `modem to LIST`, or take it away')
}

function saysText(text: string, name: string): boolean {
  const deed = parseDeed(text)
  return !('fault' in deed) && deed.text === name
}
