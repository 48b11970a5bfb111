/** A stage: one quality test, derivation or detector, run over the new rows of a channel. The core knows none by name. */
import type { Level, Verdict } from '../../protocol/level.ts'
import { Quality, reasonCode, rollUp } from '../../protocol/quality.ts'
import type { Millis, Moment } from '../../protocol/time.ts'
import type { Ring } from './ring.ts'

/** Allocates nothing, waits for nothing. `[from, to)` are the rows of `ring` that are new; it may be empty, when only time has passed. */
export interface Stage {
  run(ring: Ring, from: number, to: number, now: Millis): void
  /** The next time at which its answer may change without a new row; NEVER (the default) where only rows change it. */
  wakeAt?(): Millis
  /** An act of a person at the point, on the channel that this stage makes; gives why not, or nothing where it is done. */
  act?(act: StageAct): string
  /** What it stands on, by name, for people who ask why: when and by whom a baseline was taken. */
  told?(): Record<string, number | string>
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
  /**
   * The highest level that a single suspect reading has reached, and that is not raised by it alone; or that the first reading of all, being
   * suspect, has not reached, and that is not denied by it alone. 0 where there is none.
   */
  readonly unconfirmed?: Level
  /**
   * The highest level that is not raised, and that nothing since the start has denied: its first on-delay runs, or only lower bounds have come.
   * It may stand from before. 0 where there is none.
   */
  readonly undenied?: Level
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

const UNCONFIRMED = reasonCode('unconfirmed')

/**
 * Writes the worse verdict and its reason onto a row; the worse quality keeps its reason, and of two equal ones the first, unless it is
 * but provisional (`unconfirmed`). Rows without a value are left alone.
 */
export function worsen(ring: Ring, row: number, quality: Quality, reason: number): void {
  const slot = row & ring.mask
  const held = ring.quality[slot] as number
  const provisional = held === quality && ring.reason[slot] === UNCONFIRMED
  if (held === Quality.missing || (rollUp(held as Quality, quality) === held && !provisional)) return
  if (row < ring.settled && quality >= Quality.fail) ring.revision++
  ring.quality[slot] = quality
  ring.reason[slot] = reason
}

/** A row that is plainly good is suspect until the next one has come; any other keeps its own reason. True where it is. */
export function doubt(ring: Ring, row: number): boolean {
  const slot = row & ring.mask
  if (ring.quality[slot] !== Quality.good || ring.reason[slot] !== 0) return false
  ring.quality[slot] = Quality.suspect
  ring.reason[slot] = UNCONFIRMED
  return true
}

/** Takes that back; a worse verdict, which may have followed, stays. No window moves by either: all count good and suspect rows. */
export function lift(ring: Ring, row: number): void {
  const slot = row & ring.mask
  if (ring.reason[slot] !== UNCONFIRMED) return
  ring.quality[slot] = Quality.good
  ring.reason[slot] = 0
}

export const usable = (quality: number): boolean => quality < Quality.fail

/** Usable, and no mere lower bound: what is held against another value, or drawn a line through, must be one. */
export const isValue = (quality: number): boolean => quality === Quality.good || quality === Quality.suspect
