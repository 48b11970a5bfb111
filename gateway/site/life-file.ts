/** What a site file may say of an alarm's life beside its level: the forms of these keys. */

import { about, duration, either, flag, oneOf, optional, text } from '../../protocol/files/schema.ts'
import { LONGEST_SHELF_MS } from '../core/plan.ts'

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
