/** Detectors, alarms and actions of a site: every name known, every condition read, no alarm that asks for itself. */
import { durationText, readDuration } from '../../protocol/files/schema.ts'
import type { Path } from '../../protocol/files/yaml.ts'
import { colours, type Level } from '../../protocol/level.ts'
import type { Millis } from '../../protocol/time.ts'
import { type Condition, namesIn } from '../core/condition.ts'
import type { AnyKind } from '../core/kind.ts'
import type { ActionPlan, AlarmPlan, DetectorPlan, OutputPlan } from '../core/plan.ts'
import type { Detector } from '../core/stage.ts'
import { type Channels, doubts, need } from './channels.ts'
import type { Draft } from './draft.ts'
import type { Kinds } from './file.ts'
import { gasFaults } from './gas.ts'
import { parseCondition, parseDeed, reservedWords } from './grammar.ts'

/** The station's own alarms (core/scan makes them); the first tells of channels that are lost, the second of outputs that do not obey. */
const stationAlarms = ['sensors', 'outputs']

export function readDetectors(draft: Draft, channels: Channels, kinds: Kinds): DetectorPlan[] {
  const plans: DetectorPlan[] = []
  for (const [name, detector] of Object.entries(draft.written.detectors)) {
    const path = ['detectors', name]
    nameIsFree(draft, path, name)
    const kind = kinds.detect.find((candidate) => candidate.name === detector.kind) as AnyKind<Detector>
    const input = channels.number.get(detector.on)
    if (input === undefined) {
      // A channel that is there and faulty has been told already.
      if (!Object.hasOwn(draft.written.channels, detector.on)) draft.unknown([...path, 'on'], 'channel', detector.on, Object.keys(draft.written.channels))
      continue
    }
    const channel = channels.plans[input]
    if (!channel) throw new Error('a numbered channel stands in the list')
    doubts(draft, path, kind, detector.options, [channel])
    if (detector.deviationRef === undefined)
      for (const { at, what, remedy } of gasFaults(channel, detector.options)) draft.wrong([...path, ...at], what, remedy)
    need(channels, input, kind.reach?.(detector.options))
    plans.push({ name, kind: kind.name, inputs: [input], build: (wiring) => kind.build(detector.options, wiring) })
  }
  return plans
}

/** Alarms in an order in which each comes after those that it names. */
export function readAlarms(draft: Draft): AlarmPlan[] {
  const { alarms, detectors } = draft.written
  const known = [...Object.keys(detectors), ...Object.keys(alarms)]
  const plans = new Map<string, AlarmPlan>()
  for (const [name, levels] of Object.entries(alarms)) {
    const path = ['alarms', name]
    nameIsFree(draft, path, name)
    if (Object.hasOwn(detectors, name))
      draft.wrong(path, `a detector is called \`${name}\` too`, 'give the alarm another name, so that a condition can tell them apart', { of: 'key' })
    const plan: AlarmPlan = { name, levels: [] }
    for (const [level, colour] of colours.entries()) {
      const text = colour === 'none' ? undefined : levels[colour]
      const when = text === undefined ? null : readCondition(draft, [...path, colour], text, known)
      if (when) plan.levels.push({ level: level as Exclude<Level, 0>, when })
    }
    plans.set(name, plan)
  }
  return inOrderOfNeed(draft, plans)
}

function inOrderOfNeed(draft: Draft, plans: Map<string, AlarmPlan>): AlarmPlan[] {
  const ordered: AlarmPlan[] = []
  const open: string[] = []
  const visit = (plan: AlarmPlan): void => {
    if (ordered.includes(plan)) return
    if (open.includes(plan.name)) {
      const circle = [...open.slice(open.indexOf(plan.name)), plan.name]
      draft.wrong(['alarms', plan.name], `this alarm asks for itself, in a circle: ${circle.join(', ')}`, 'let one of them name detectors only', { of: 'key' })
      return
    }
    open.push(plan.name)
    for (const { when } of plan.levels) {
      for (const name of namesIn(when)) {
        const other = plans.get(name)
        if (other) visit(other)
      }
    }
    open.pop()
    if (!ordered.includes(plan)) ordered.push(plan)
  }
  for (const plan of plans.values()) visit(plan)
  return ordered
}

export function readActions(draft: Draft, outputs: OutputPlan[]): ActionPlan[] {
  const { alarms, detectors, devices } = draft.written
  const known = [...Object.keys(alarms), ...Object.keys(detectors), ...stationAlarms]
  const plans: ActionPlan[] = []
  for (const [index, action] of draft.written.actions.entries()) {
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
      if (!output) {
        const known = outputs.map(({ name }) => name)
        const device = devices[deed.output]
        // An output with a fault of its own has been told already.
        if (device?.safe !== undefined || device?.longest !== undefined || device?.coil !== undefined) continue
        if (!device) draft.unknown(at, 'output', deed.output, known, { letter: deed.letter.output })
        else draft.wrong(at, `\`${deed.output}\` is no output`, 'an output is a device with a coil, `safe` and `longest`', { letter: deed.letter.output })
        continue
      }
      if (!deed.on) draft.wrong(at, `\`${output.name}\` is off by itself: that is its safe state`, `write \`${output.name} on\``, { letter: deed.letter.state })
      const hold = deed.hold === null ? null : holdOf(draft, at, deed.hold, deed.letter.hold, output)
      if (when) plans.push({ when, text: action.when, output: output.name, hold })
    }
  }
  return plans
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

function readCondition(draft: Draft, path: Path, text: string, known: string[]): Condition | null {
  const parsed = parseCondition(text)
  if ('fault' in parsed) {
    draft.wrong(path, parsed.fault.what, parsed.fault.remedy, { letter: parsed.fault.letter })
    return null
  }
  let whole = true
  for (const { name, letter } of parsed.mentions) {
    if (known.includes(name)) continue
    whole = false
    if (stationAlarms.includes(name))
      draft.wrong(path, `\`${name}\` is the station’s own alarm`, 'name it in actions; a hazard’s colour cannot come of it', { letter })
    else if (Object.hasOwn(draft.written.channels, name)) draft.wrong(path, `\`${name}\` is a channel: it has no level`, 'name a detector on it', { letter })
    else draft.unknown(path, 'detector or alarm', name, known, { letter })
  }
  return whole ? parsed.condition : null
}

function nameIsFree(draft: Draft, path: Path, name: string): void {
  if (reservedWords.includes(name)) draft.wrong(path, `\`${name}\` is a word of the conditions`, 'choose another name', { of: 'key' })
  else if (stationAlarms.includes(name)) draft.wrong(path, `\`${name}\` is the station’s own alarm`, 'choose another name', { of: 'key' })
}

/** What nobody asks for is most likely forgotten. */
export function unusedNames(draft: Draft, detectors: DetectorPlan[], alarms: AlarmPlan[], actions: ActionPlan[], outputs: OutputPlan[]): void {
  const asked = new Set([...alarms.flatMap(({ levels }) => levels.map(({ when }) => when)), ...actions.map(({ when }) => when)].flatMap(namesIn))
  for (const { name } of detectors)
    if (!asked.has(name)) draft.odd(['detectors', name], 'no alarm asks for this detector', 'name it in a condition, or take it away')
  for (const { name } of outputs)
    if (!actions.some(({ output }) => output === name))
      draft.odd(['devices', name], 'no action drives this output', `add it under actions: { when: ..., do: [ ${name} on ] }`)
}
