/** Seasons of a site: times of the year that do not overlap, and the set points that detectors have in them. */
import { checkPart } from '../../protocol/files/schema.ts'
import type { AnyKind } from '../core/kind.ts'
import { BY_CALENDAR, type DetectorPlan, type SeasonPlan } from '../core/plan.ts'
import type { Detector } from '../core/stage.ts'
import { type Channels, stageOf } from './channels.ts'
import type { Draft } from './draft.ts'
import type { SiteFile } from './file.ts'

/** A leap year: the 29th of February can be the first or last day of a season. */
const YEAR = 2024

const isDay = (day: string): boolean => {
  const at = Date.parse(`${YEAR}-${day}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().slice(5, 10) === day
}

const has = ({ from, to }: SeasonPlan, day: string): boolean => (from <= to ? from <= day && day <= to : from <= day || day <= to)

export function readSeasons(draft: Draft): SeasonPlan[] {
  const { seasons, detectors } = draft.written
  const named = new Set(Object.values(detectors).flatMap(({ season }) => Object.keys(season ?? {})))
  const plans: SeasonPlan[] = []
  for (const [name, days] of Object.entries(seasons)) {
    const path = ['seasons', name]
    if (name === BY_CALENDAR) draft.wrong(path, `\`${name}\` is the word for no season by hand`, 'choose another name', { of: 'key' })
    // A detector that was left out as malformed may know it.
    if (!named.has(name) && draft.removed.size === 0)
      draft.wrong(path, 'no detector knows this season', `give one set points for it: season: { ${name}: { at: { ... } } }`, { of: 'key' })
    for (const [index, day] of days.entries()) if (!isDay(day)) draft.wrong([...path, index], `no year has a ${day}`, 'write month-day, such as 04-15')
    const [from = '', to = ''] = days
    const plan = { name, from, to }
    const other = plans.find((one) => has(one, from) || has(plan, one.from))
    if (other) draft.wrong(path, `it overlaps with \`${other.name}\``, 'give each day to one season at most')
    plans.push(plan)
  }
  return plans
}

type DetectorFile = SiteFile['detectors'][string]

/** A detector in a season, and the options of which it is built. */
export type ReadSet = NonNullable<DetectorPlan['seasons']>[number] & { options: unknown }

/** What a detector is in each season of its own; its options are read as those of its kind, `at` in place of `at`. */
export function readSets(draft: Draft, name: string, written: DetectorFile, kind: AnyKind<Detector>, channels: Channels, input: number): ReadSet[] {
  const raw = (draft.yaml.value as { detectors: Record<string, Record<string, unknown>> }).detectors[name] as Record<string, unknown>
  const { kind: _, on: __, deviationRef: ___, season: sets, ...options } = raw
  return Object.keys(written.season ?? {}).flatMap((season) => {
    const path = ['detectors', name, 'season', season]
    if (!Object.hasOwn(draft.written.seasons, season)) draft.unknown(path, 'season', season, Object.keys(draft.written.seasons), { of: 'key' })
    if (!('at' in options)) {
      draft.wrong(path, `\`${kind.name}\` has no set points`, 'take the season away', { of: 'key' })
      return []
    }
    const part = checkPart(kind.options, { ...options, at: (sets as Record<string, { at: unknown }>)[season]?.at })
    if ('faults' in part) {
      for (const { at, what, remedy } of part.faults) draft.wrong([...path, ...at], what, remedy)
      return []
    }
    const staged = stageOf(draft, path, kind, part.value, channels, input)
    return staged ? [{ season, build: staged.build, options: part.value }] : []
  })
}
