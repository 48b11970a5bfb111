/** Holds back what a raw value says until it has said so for long enough: a current that passes through the range of faults is none. */
import { Quality } from '../../protocol/quality.ts'
import type { Millis } from '../../protocol/time.ts'
import type { Reading } from '../decode.ts'
import type { PollPlan } from './poll.ts'

export interface Holding {
  /** Takes a reading in the order of time; what has not held for so long is missing in it, and not said. */
  take(plan: PollPlan, reading: Reading, at: Millis): void
}

/**
 * NE 43: a signal outside 3.8 to 20.5 mA is a fault once it has stood there for 4 s; before that it means nothing, so that detectors keep what
 * they knew. Bands of one channel count together: 3.7 mA and then 3.5 mA are one departure.
 *
 *     mA        4.0   3.5   4.0   3.7   3.5   3.5   3.5   3.5   4.0      one a second
 *     row       good  miss  good  miss  miss  miss  miss  fail  good
 */
export function makeHolding(): Holding {
  const since = new Map<string, Millis>()
  return {
    take(plan, reading, at) {
      for (const [number, { channel }] of plan.channels.entries()) {
        const held = reading.held.find((one) => one.channel === number)
        if (!held) {
          since.delete(channel.name)
          continue
        }
        const from = since.get(channel.name) ?? at
        since.set(channel.name, from)
        if (at - from >= held.holdMs) continue
        reading.channels[number] = { value: Number.NaN, quality: Quality.missing, reason: held.reason }
        reading.says = reading.says.filter((said) => said !== held.says)
      }
    },
  }
}
