/** What tests of two heights, `suspect` and `fail`, share: one at least must be given, and the worse verdict must need more. */
import type { OptionDoubt } from '../../core/kind.ts'

export function heightDoubts(suspect: number | undefined, fail: number | undefined): OptionDoubt[] {
  if (suspect === undefined && fail === undefined) return [{ at: [], what: 'this tests nothing', remedy: 'give `suspect`, `fail`, or both' }]
  if (suspect === undefined || fail === undefined || suspect <= fail) return []
  return [{ at: ['fail'], what: 'a value fails before it is suspect', remedy: 'make `fail` greater than `suspect`' }]
}
