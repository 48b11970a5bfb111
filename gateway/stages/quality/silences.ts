/** What tests of a silence share: one that each period of the channel is as long as says nothing of an outage. */
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, OptionDoubt } from '../../core/kind.ts'

export const silenceDoubts = (after: Millis | undefined, input: InputKind | undefined): OptionDoubt[] =>
  after !== undefined && input && after <= input.period
    ? [{ at: ['after'], what: 'each row comes after such a silence', remedy: 'make it longer than the period of the channel' }]
    : []
