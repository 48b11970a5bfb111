/** Samples as columns: what one device delivers for one channel, and what a scan takes in. */
import { Quality, type Reason, reasonCode } from './quality.ts'
import type { Instant, Millis } from './time.ts'

/**
 * Rows of one channel, oldest first. `time` is station time (Millis). `value` is in the channel's unit, or a count for a
 * counting channel; it is NaN where `quality` is missing. `observed` (Instant) is there where the device has its own clock.
 * Only the first `count` entries of each column hold.
 */
export interface Samples {
  readonly channel: number
  count: number
  time: Float64Array
  value: Float64Array
  quality: Uint8Array
  reason: Uint8Array
  observed?: Float64Array
}

/** One row, for the many places where a poll gives just one. */
export function oneSample(channel: number, at: Millis, value: number, quality: Quality, reason: Reason, observed?: Instant): Samples {
  const samples: Samples = {
    channel,
    count: 1,
    time: Float64Array.of(at),
    value: Float64Array.of(value),
    quality: Uint8Array.of(quality),
    reason: Uint8Array.of(reasonCode(reason)),
  }
  if (observed !== undefined) samples.observed = Float64Array.of(observed)
  return samples
}

/** A reading that did not come: NaN, missing, and why. */
export const missingSample = (channel: number, at: Millis, reason: Reason): Samples => oneSample(channel, at, Number.NaN, Quality.missing, reason)
