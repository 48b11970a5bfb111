/** A memory of rain that outlives the process: figures, how much of them is known, where the counter stood, and the wall time that all this was true at. */
import { type Millis, millis } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { Fading } from './fading.ts'
import type { Intake } from './intake.ts'

export interface KeptMemory {
  values: number[]
  share: number
  /** Where the counter stood; null of one that tells no total. */
  total: number | null
  /** Wall time in ms. */
  began: number
  at: number
}

/** Null before the first row. */
export const keep = (values: number[], fading: Fading, intake: Intake, calendar: Calendar): KeptMemory | null =>
  Number.isNaN(intake.last)
    ? null
    : {
        values,
        share: fading.share,
        total: Number.isNaN(intake.total) ? null : intake.total,
        began: calendar.wall(millis(fading.began)),
        at: calendar.wall(millis(intake.last)),
      }

/**
 * Gives the memory back, and its figures and station time; null where nothing of this form was kept. What a counter counted while
 * the station was away is so not lost. A clock that nobody keeps tells no elapsed time: then `at` is NaN and the memory as fresh
 * as when it was kept, so that no rain fades too soon.
 */
export function recall(kept: unknown, many: number, fading: Fading, intake: Intake, calendar: Calendar): { values: number[]; at: Millis } | null {
  const { values, share, total, began, at } = (kept ?? {}) as Partial<KeptMemory>
  if (!Array.isArray(values) || values.length !== many || ![...values, share, began, at].every(Number.isFinite)) return null
  const offset = calendar.wall(millis(0))
  const until = calendar.quality === 'unsynchronised' ? millis(Number.NaN) : millis((at as number) - offset)
  fading.recall(share as number, (began as number) - offset, until)
  if (!Number.isNaN(until)) intake.resume(total ?? Number.NaN, until)
  return { values, at: until }
}
