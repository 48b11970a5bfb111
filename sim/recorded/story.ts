/** What a replay tells: one line a change, as JSON for programs or in words for people, and at the end what each alarm came to. */
import { left, right } from '../../gateway/cells.ts'
import type { Change } from '../../gateway/core/scan.ts'
import { type Colour, colours } from '../../protocol/level.ts'
import { type Instant, iso } from '../../protocol/time.ts'

/** Digits of a figure that tell something: instruments have four at most, slopes lead with zeros. */
const DIGITS = 4

/** One line of NDJSON. */
export function changeJson({ observed, what, name, from, to, why }: Change): string {
  const evidence = why.find(({ detection }) => detection === name)?.evidence ?? {}
  const because = what === 'detection' ? { evidence } : what === 'alarm' ? { why } : { cause: why[0]?.detection ?? '' }
  return JSON.stringify({ observed: iso(observed), what, name, from, to, ...because })
}

/** `2015-12-09 03:15:00  rain-mlp           blue -> yellow      wet 51.2` */
export function changeText({ observed, name, what, from, to, why }: Change): string {
  const because = why
    .filter(({ level }) => level !== 'none' || what === 'action')
    .map(({ detection, evidence }) => [detection, ...figures(evidence)].join(' '))
    .join(', ')
  return `${when(observed)}  ${left(name, 18)} ${right(from, 7)} -> ${left(to, 7)} ${because}`.trimEnd()
}

const figures = (evidence: Record<string, number>): string[] => Object.entries(evidence).map(([name, value]) => `${name} ${Number(value.toPrecision(DIGITS))}`)

export const when = (at: Instant): string => iso(at).slice(0, 19).replace('T', ' ')

/** What each alarm came to. */
export interface Tally {
  name: string
  /** How often it left the level none. */
  raised: number
  highest: Colour
  /** When it first stood at its highest. */
  since: Instant
  last: string
}

/** Keeps the tally of alarms over a run. */
export function makeTallies(names: string[]): { note(change: Change): void; all(): Tally[] } {
  const tallies = new Map<string, Tally>(names.map((name) => [name, { name, raised: 0, highest: 'none', since: 0 as Instant, last: 'none' }]))
  return {
    note({ what, name, from, to, observed }) {
      const tally = what === 'alarm' ? tallies.get(name) : undefined
      if (!tally) return
      if (from === 'none') tally.raised++
      if (colours.indexOf(to as Colour) > colours.indexOf(tally.highest)) {
        tally.highest = to as Colour
        tally.since = observed
      }
      tally.last = to
    },
    all: () => [...tallies.values()],
  }
}

export function tallyLines(tallies: Tally[]): string[] {
  const width = Math.max(5, ...tallies.map(({ name }) => name.length))
  const head = `${left('alarm', width)}  raised  highest  first so high        at the end`
  const rows = tallies.map(
    ({ name, raised, highest, since, last }) =>
      `${left(name, width)}  ${right(String(raised), 6)}  ${left(highest, 7)}  ${left(raised > 0 ? when(since) : '-', 19)}  ${last}`,
  )
  return [head, ...rows]
}
