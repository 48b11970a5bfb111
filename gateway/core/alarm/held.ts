/** The station's own faults after a start: what stood before stands until it was looked at, so that nobody is called anew for what was seen. */
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { isLost, type Machine } from '../channel.ts'
import { inhibitedName } from './blind.ts'

/** Within this each line was asked, each output was told and read back, and each detector has its first rows or is doubtful by itself. */
const LOOK_MS = 600_000

export interface HeldFaults {
  start: Millis
  /** Of each of the station's own alarms that stood: the names under which it did. */
  names: Map<string, readonly string[]>
}

/** Those of one alarm of which nobody knows yet whether they are over. What is inhibited is known at once. */
export function heldFaults({ start, names }: HeldFaults, alarm: string, { channels, detectors }: Machine, now: Millis): string[] {
  return (names.get(alarm) ?? []).filter((name) => {
    const channel = channels.find(({ plan }) => plan.name === name)
    // Once it is lost in this life too, it is named by itself.
    if (channel) return channel.usableAt <= start && !isLost(channel, now)
    const isKnown = detectors.some((one) => one.name === name && one.detector.level !== 'unknown')
    return now < start + LOOK_MS && !isKnown && !channels.some((one) => inhibitedName(one) === name)
  })
}

/** When the last of them that end by time alone do; a lost channel has a deadline of its own. */
export const heldAt = ({ start, names }: HeldFaults, now: Millis): Millis => (names.size > 0 && now < start + LOOK_MS ? millis(start + LOOK_MS) : NEVER)
