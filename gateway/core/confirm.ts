/** What is to be read again at once: the channels behind a level of which a single suspect reading has spoken. */
import type { Level } from '../../protocol/level.ts'
import { Quality } from '../../protocol/quality.ts'
import { type Channel, latest, type Machine } from './channel.ts'

/** Of each detector that waits for a second reading: the level for which it was asked for. */
export type Asked = Map<string, Level>

/** Channels to be read again, each once for each excess: a reading that does not come, or reaches no other level, asks for no third. */
export function doubtful({ detectors, channels }: Machine, asked: Asked): number[] {
  const again = new Set<number>()
  for (const { name, on, detector } of detectors) {
    const level = detector.unconfirmed ?? 0
    if (level > (asked.get(name) ?? 0)) gather(channels, on, again)
    if (level > 0) asked.set(name, level)
    else asked.delete(name)
  }
  return [...again].sort((a, b) => a - b)
}

/**
 * Those that are measured. Of several inputs those whose newest reading is suspect: were the others read first, the derived channel would
 * show the same suspect reading for the second time. Where none is, the doubt is of the derived channel itself, and all are read.
 */
function gather(channels: Channel[], number: number, again: Set<number>): void {
  const channel = channels[number] as Channel
  const inputs = channel.plan.derivation?.inputs
  if (!inputs) {
    again.add(number)
    return
  }
  const suspect = inputs.filter((input) => latest(channels[input] as Channel)?.quality === Quality.suspect)
  for (const input of suspect.length > 0 ? suspect : inputs) gather(channels, input, again)
}
