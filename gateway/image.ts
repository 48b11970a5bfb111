/** The input image: what has come since the last scan, closed so that one scan judges it. */
import { emptyInput, type Input } from '../protocol/recording.ts'
import type { Samples } from '../protocol/samples.ts'
import type { Moment } from '../protocol/time.ts'

export const isEmpty = ({ samples, commands, links, outputs, clock }: Input): boolean =>
  samples.length + commands.length + links.length + outputs.length + clock.length === 0

/**
 * Closes the image at `now`; `rest` is the beginning of the next one. A channel that has come twice, after a stall, is judged
 * at each time: the image ends before the second, so that no level between the two is passed over.
 */
export function closeImage(inbox: Input, now: Moment): { image: Input; rest: Input } {
  const again = secondOf(inbox.samples)
  return { image: { ...inbox, samples: inbox.samples.slice(0, again), now }, rest: { ...emptyInput(now), samples: inbox.samples.slice(again) } }
}

/** Where a channel comes for the second time; the length where none does. */
function secondOf(samples: Samples[]): number {
  const seen = new Set<number>()
  const second = samples.findIndex(({ channel }) => seen.size === seen.add(channel).size)
  return second < 0 ? samples.length : second
}
