/** Detectors and alarms of a site: every name known, every condition read, no alarm that asks for itself. */
import type { Path } from '../../protocol/files/yaml.ts'
import { type Colour, colours, type Level, levelOf } from '../../protocol/level.ts'
import { type Condition, conditionsOf, namesIn, termsIn } from '../core/alarm/condition.ts'
import type { AnyKind } from '../core/kind.ts'
import type { AlarmPlan, DetectorPlan } from '../core/plan.ts'
import type { Detector } from '../core/stage.ts'
import { type Channels, stageOf } from './channels.ts'
import type { Draft } from './draft.ts'
import type { Kinds, SiteFile } from './file.ts'
import { parseCondition, reservedWords } from './grammar.ts'
import { readLife } from './life.ts'
import { readSets } from './seasons.ts'
import { checkSetPoints, type ReadDetector } from './set-points.ts'

/** The station's own alarms (core/scan makes them): channels that are lost, outputs that do not obey, buses that are damaged or overloaded. */
export const stationAlarms = ['sensors', 'outputs', 'buses']

export function readDetectors(draft: Draft, channels: Channels, kinds: Kinds): DetectorPlan[] {
  const plans: DetectorPlan[] = []
  const read: ReadDetector[] = []
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
    const staged = stageOf(draft, path, kind, detector.options, channels, input)
    const sets = readSets(draft, name, detector, kind, channels, input)
    read.push({ name, channel, options: detector.options, sets })
    const seasons = sets.map(({ season, build }) => ({ season, build }))
    if (staged) plans.push({ name, ...staged, ...(seasons.length > 0 && { seasons }) })
  }
  checkSetPoints(draft, read)
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
    const plan: AlarmPlan = { name, levels: levelsOf(draft, path, levels, known), step: levels.escalate, holdLost: levels.holdLost }
    if (levels.lower) {
      const only = levels.lower.while === undefined ? null : readCondition(draft, [...path, 'lower', 'while'], levels.lower.while, known)
      plan.lower = { after: levels.lower.after, ...(only && { while: only }) }
    }
    plan.life = readLife(draft, path, levels, levels.suppress === undefined ? null : readCondition(draft, [...path, 'suppress'], levels.suppress, known))
    plans.set(name, plan)
  }
  return inOrderOfNeed(draft, plans)
}

type Levels = AlarmPlan['levels']

function levelsOf(draft: Draft, path: Path, written: SiteFile['alarms'][string], known: string[]): Levels {
  if (written.rollUp) return rollUpOf(draft, [...path, 'rollUp'], written.rollUp, known)
  return colours.flatMap((colour, level): Levels => {
    const text = colour === 'none' ? undefined : written[colour]
    const when = text === undefined ? null : readCondition(draft, [...path, colour], text, known)
    return when ? [{ level: level as Exclude<Level, 0>, when }] : []
  })
}

function rollUpOf(draft: Draft, path: Path, names: string[], known: string[]): Levels {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) !== index) draft.wrong([...path, index], `\`${name}\` is counted twice`, 'name each once')
    else if (!known.includes(name)) unknownName(draft, [...path, index], name, known)
  }
  return ([1, 2, 3, 4] as const).map((level) => ({ level, when: { op: 'roll-up', names, level } }))
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
    for (const name of new Set(namesNeeded(plan))) {
      const other = plans.get(name)
      if (other) visit(other)
    }
    open.pop()
    if (!ordered.includes(plan)) ordered.push(plan)
  }
  for (const plan of plans.values()) visit(plan)
  return ordered
}

/** All that it is judged by, and by what it is suppressed. */
const namesNeeded = (plan: AlarmPlan): string[] => [...conditionsOf(plan), ...(plan.life?.suppress ? [plan.life.suppress] : [])].flatMap(namesIn)

export function readCondition(draft: Draft, path: Path, text: string, known: string[]): Condition | null {
  const parsed = parseCondition(text)
  if ('fault' in parsed) {
    draft.wrong(path, parsed.fault.what, parsed.fault.remedy, { letter: parsed.fault.letter })
    return null
  }
  let whole = true
  for (const { name, letter } of parsed.mentions) {
    if (known.includes(name)) continue
    whole = false
    unknownName(draft, path, name, known, { letter })
  }
  if (!whole) return null
  for (const [index, { name, compare, level }] of termsIn(parsed.condition).entries()) {
    const can = coloursOf(draft, name)
    const reached = can.some((colour) => (compare === 'is' ? levelOf(colour) === level : (levelOf(colour) ?? 0) >= level))
    if (level === 0 || can.length === 0 || reached) continue
    const remedy = can.length === 1 ? `it is ${can[0]} or none` : `its colours: ${can.join(', ')}`
    draft.wrong(path, `\`${name}\` is never ${colours[level]}`, remedy, { letter: parsed.mentions[index]?.letter ?? 0 })
  }
  return parsed.condition
}

function unknownName(draft: Draft, path: Path, name: string, known: string[], where: { letter?: number } = {}): void {
  if (stationAlarms.includes(name))
    draft.wrong(path, `\`${name}\` is the station’s own alarm`, 'name it in actions; a hazard’s colour cannot come of it', where)
  else if (Object.hasOwn(draft.written.channels, name)) draft.wrong(path, `\`${name}\` is a channel: it has no level`, 'name a detector on it', where)
  else draft.unknown(path, 'detector or alarm', name, known, where)
}

/** The colours that a detector or an alarm can have, by what the file says of it; none where its kind has no such words. */
export function coloursOf({ written }: Draft, name: string): Colour[] {
  if (stationAlarms.includes(name)) return ['blue']
  const alarm = Object.entries(written.alarms).find(([one]) => one === name)?.[1]
  if (alarm?.rollUp) return colours.slice(1)
  const { at, level } = (written.detectors[name]?.options ?? {}) as { at?: Partial<Record<Colour, unknown>>; level?: Colour }
  const seasons = Object.values(written.detectors[name]?.season ?? {}).map((season) => season.at)
  const said: Partial<Record<Colour, unknown>> = alarm ?? (at ? Object.assign({}, at, ...seasons) : level === undefined ? {} : { [level]: true })
  return colours.filter((colour) => said[colour] !== undefined)
}

function nameIsFree(draft: Draft, path: Path, name: string): void {
  if (reservedWords.includes(name)) draft.wrong(path, `\`${name}\` is a word of the conditions`, 'choose another name', { of: 'key' })
  else if (stationAlarms.includes(name)) draft.wrong(path, `\`${name}\` is the station’s own alarm`, 'choose another name', { of: 'key' })
}
