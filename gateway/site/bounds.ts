/** Between which the usable rows of each channel lie, as its quality tests and its derivation say it: detectors hold their set points against that. */
import type { Bounds, InputKind } from '../core/kind.ts'
import type { Channels } from './channels.ts'
import type { Draft } from './draft.ts'
import type { Kinds } from './file.ts'

export function boundChannels({ written }: Draft, kinds: Kinds, { plans }: Channels): void {
  // What a channel is made of stands before it.
  for (const plan of plans) {
    const file = written.channels[plan.name]
    if (!file) throw new Error('a planned channel stands in the file')
    const inputs = (plan.derivation?.inputs ?? []).map((input) => plans[input] as InputKind)
    const made = 'derive' in file ? kinds.derive.find(({ name }) => name === file.derive)?.within?.(file.options, inputs) : undefined
    const tests = (file.quality ?? []).map((test) => kinds.quality.find(({ name }) => name === test.kind)?.within?.(test.options, [plan]))
    for (const bounds of [made, ...tests]) if (bounds) plan.within = narrowed(plan.within, bounds)
  }
}

const narrowed = (within: Bounds | undefined, [least, greatest]: Bounds): Bounds =>
  within ? [Math.max(within[0], least), Math.min(within[1], greatest)] : [least, greatest]
