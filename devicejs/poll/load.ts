/** Whether a line can keep its periods: what its polls need of its time, and which periods were left out. */
import { type Millis, millis } from '../../protocol/time.ts'

/** Judged over the last minute, in slices of it. */
const SLICE_MS = 10_000
const SLICES = 6

/** Overload begins when this share of the periods was left out, or when the polls need more time than there is; a few periods go by any stall. */
const BEGINS_SKIPPED = 0.05
const BEGINS_FEWEST = 5
const BEGINS_NEED = 1

/** Below that need a stall of the machine, or a long command, was to blame, and not the plan of the line. */
const BUSY_NEED = 0.7

/** It ends well below: a line that is just full goes over and back with each retry. */
const ENDS_SKIPPED = 0.01
const ENDS_NEED = 0.9

export interface Load {
  polls: number
  skipped: number
  /** Share of its time that the line needs for all its periods; above 1 it cannot keep them. */
  need: number
}

export interface LoadWatch {
  note(now: Millis, skipped: number): void
  /** The overload that begins (true) or ends (false) now, with its figures; null where nothing changes. */
  judge(now: Millis, need: number): { overloaded: boolean; load: Load } | null
}

export function watchLoad(start: Millis): LoadWatch {
  const slices: { polls: number; skipped: number }[] = []
  let sliceEnds = millis(start + SLICE_MS)
  let overloaded = false
  let open = { polls: 0, skipped: 0 }

  const turnOver = (now: Millis): void => {
    // After a long pause everything has passed out of sight.
    if (now - sliceEnds > SLICES * SLICE_MS) sliceEnds = millis(now - SLICES * SLICE_MS)
    for (; now >= sliceEnds; sliceEnds = millis(sliceEnds + SLICE_MS)) {
      slices.push(open)
      open = { polls: 0, skipped: 0 }
    }
    slices.splice(0, slices.length - SLICES)
  }

  return {
    note(now, skipped) {
      turnOver(now)
      open.polls++
      open.skipped += skipped
    },
    judge(now, need) {
      turnOver(now)
      const held = [...slices, open]
      const load = { polls: sum(held, 'polls'), skipped: sum(held, 'skipped'), need }
      const share = load.skipped / Math.max(1, load.polls + load.skipped)
      const begins = load.skipped >= BEGINS_FEWEST && (need > BEGINS_NEED || (share > BEGINS_SKIPPED && need > BUSY_NEED))
      const ends = share < ENDS_SKIPPED && need < ENDS_NEED
      if (overloaded ? !ends : !begins) return null
      overloaded = !overloaded
      return { overloaded, load }
    },
  }
}

const sum = (slices: { polls: number; skipped: number }[], key: 'polls' | 'skipped'): number => slices.reduce((all, slice) => all + slice[key], 0)
