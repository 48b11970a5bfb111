/** What a site file says of an alarm's life beside its level: whether it latches, who may keep it quiet, and when it means nothing. */
import { about, duration, either, flag, oneOf, optional, text } from '../../protocol/files/schema.ts'
import { millis } from '../../protocol/time.ts'
import type { Condition } from '../core/condition.ts'
import type { LifePlan } from '../core/plan.ts'
import type { Draft } from './draft.ts'

/** A shift of eight hours: who comes then must decide anew (ISA-18.2 wants an end, and leaves its length to the site). */
const LONGEST_SHELF_MS = 8 * 3_600_000

/** Shorter, and it is back before the cause can have been looked at. */
const SHORTEST_SHELF_MS = 60_000

export const lifeKeys = {
  latch: about(optional(flag(), false), 'It stays until a person resets it, though its cause is gone.'),
  lifeSafety: about(
    optional(flag(), true),
    'Lives hang on it: it is never shelved, and nothing that keeps it quiet elsewhere keeps sirens, voices, signs and calls at the place quiet.',
  ),
  shelve: about(
    optional(either(duration({ least: SHORTEST_SHELF_MS, most: LONGEST_SHELF_MS }), oneOf(['never'])), 'never'),
    'How long a person may shelve it at most: 8h, 30min, or never.',
  ),
  suppress: optional(about(text(), 'A condition under which it means nothing: it is judged and published, and nobody is called while that is true.')),
}

interface Written {
  latch: boolean
  lifeSafety: boolean
  shelve: number | 'never'
}

export function readLife(draft: Draft, path: string[], { latch, lifeSafety, shelve }: Written, suppress: Condition | null): LifePlan {
  if (lifeSafety && shelve !== 'never')
    draft.wrong(
      [...path, 'shelve'],
      'lives hang on this alarm (`lifeSafety` is true where it is left out): nobody may shelve it',
      'leave `shelve` out, or say `lifeSafety: false` where no life hangs on it',
    )
  return { latch, lifeSafety, shelve: millis(shelve === 'never' || lifeSafety ? 0 : shelve), suppress }
}
