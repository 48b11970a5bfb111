/** Keeps count of what the demo has come to: the levels that were reached and when, the siren, and what the story expected. */
import type { Change } from '../../gateway/core/scan.ts'
import { type Colour, colourOf, type Level, levelOf } from '../../protocol/level.ts'
import type { Moment } from '../../protocol/time.ts'
import type { Scenario } from '../scenario.ts'

export interface Tally {
  changes(now: Moment, changes: readonly Change[]): void
  /** What the relay's own coil did: not what the station says of it. */
  coil(output: string, on: boolean): void
  /** Lines for the end: what was expected, and what came. */
  lines(): string[]
}

export function makeTally(scenario: Scenario, start: Moment): Tally {
  /** alarm -> level -> time of the story when it first stood at least there. */
  const reached = new Map<string, Map<Level, number>>()
  const sounded = new Map<string, number>()

  const reachedAt = (alarm: string, level: Colour): number | undefined => reached.get(alarm)?.get(levelOf(level) as Level)

  return {
    changes(now, changes) {
      for (const { what, name, to } of changes) {
        const level = levelOf(to)
        if (what !== 'alarm' || level === undefined) continue
        const levels = reached.get(name) ?? new Map<Level, number>()
        for (let held = 1; held <= level; held++) if (!levels.has(held as Level)) levels.set(held as Level, now.at - start.at)
        reached.set(name, levels)
      }
    },
    coil(output, on) {
      if (on) sounded.set(output, (sounded.get(output) ?? 0) + 1)
    },
    lines() {
      const rows = scenario.expect.map(({ alarm, level, before }) => {
        const at = reachedAt(alarm, level)
        const met = at === undefined ? 'not reached' : at <= before ? `reached at ${storyTime(at)}` : `reached late, at ${storyTime(at)}`
        return `  ${alarm.padEnd(8)} ${level.padEnd(7)} expected by ${storyTime(before)}   ${met}`
      })
      const others = [...reached].filter(([alarm]) => !scenario.expect.some((expected) => expected.alarm === alarm))
      for (const [alarm, levels] of others) rows.push(`  ${alarm.padEnd(8)} ${colourOf(Math.max(...levels.keys()) as Level).padEnd(7)} was its highest level`)
      for (const [output, times] of sounded) rows.push(`  the ${output} was sounded ${times === 1 ? 'once' : `${times} times`}, on its own coil`)
      return rows
    },
  }
}

/** Time since the start of the story, as 1:07. */
export function storyTime(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`
}
