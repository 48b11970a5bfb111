/** What tests of heights and rates share: of `suspect` and `fail` one at least must be given, and the worse verdict must need more; no rate is below 0. */
import type { Rate } from '../../../protocol/files/schema.ts'
import type { OptionDoubt } from '../../core/kind.ts'

export function heightDoubts(suspect: number | undefined, fail: number | undefined): OptionDoubt[] {
  if (suspect === undefined && fail === undefined) return [{ at: [], what: 'this tests nothing', remedy: 'give `suspect`, `fail`, or both' }]
  if (suspect === undefined || fail === undefined || suspect <= fail) return []
  return [{ at: ['fail'], what: 'a value fails before it is suspect', remedy: 'make `fail` greater than `suspect`' }]
}

/** A rate is held against changes without their sign. */
export const rateDoubts = (at: OptionDoubt['at'], rate: Rate | undefined): OptionDoubt[] =>
  rate && rate.value < 0 ? [{ at, what: 'a rate below 0, which every value exceeds', remedy: 'give it above 0: it counts both ways' }] : []
