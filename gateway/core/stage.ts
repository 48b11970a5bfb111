/** A stage: one quality test, derivation or detector, run over the new rows of a channel. The core knows none by name. */
import type { Level, Verdict } from '../../protocol/level.ts'
import { Quality, rollUp } from '../../protocol/quality.ts'
import type { Millis, Moment } from '../../protocol/time.ts'
import type { Ring } from './ring.ts'

/** Allocates nothing, waits for nothing. `[from, to)` are the rows of `ring` that are new; it may be empty, when only time has passed. */
export interface Stage {
  run(ring: Ring, from: number, to: number, now: Millis): void
  /** The next time at which its answer may change without a new row; NEVER (the default) where only rows change it. */
  wakeAt?(): Millis
  /** An act of a person at the point, on the channel that this stage makes; gives why not, or nothing where it is done. */
  act?(act: StageAct): string
  /** What must outlive the process, as plain JSON; `recall` takes it back before the first row. */
  kept?(): unknown
  recall?(kept: unknown): void
}

/** What people do at a point that a stage must know of: from now on, the place as it stands is the place at rest. */
export interface StageAct {
  op: 'baseline'
  by: string
  reason: string
  now: Moment
}

/** A detector's answer stands until the next row or deadline. Unknown never raises a colour and never clears one. */
export interface Detector extends Stage {
  readonly level: Verdict
  /** Station time since which `level` has been what it is. */
  readonly since: Millis
  /** Why it is unknown where it is: 'warm-up' is no fault, all else is. */
  readonly doubt: 'none' | 'warm-up' | 'no-data' | 'coverage'
  /** The figures behind the level, by name, in the units of the channel. */
  evidence(): Record<string, number>
  /** How far each level is, the lowest first; nothing before anything could be told. */
  margins?(): Margin[]
}

/** The figure by which a level is judged, and the set point that it must reach (or fall to, where less is worse). */
export interface Margin {
  level: Level
  figure: string
  value: number
  at: number
  clear: number
  unit: string
  worse: 'more' | 'less'
}

/** Writes the worse verdict and its reason onto a row; the worse quality keeps its reason. Rows without a value are left alone. */
export function worsen(ring: Ring, row: number, quality: Quality, reason: number): void {
  const slot = row & ring.mask
  const held = ring.quality[slot] as number
  if (held === Quality.missing || rollUp(held as Quality, quality) === held) return
  if (row < ring.settled && quality >= Quality.fail) ring.revision++
  ring.quality[slot] = quality
  ring.reason[slot] = reason
}

export const usable = (quality: number): boolean => quality < Quality.fail
