/** What is polled together: the channels of a device by their periods, each period a job of its own with its own deadline. */
import { type Millis, millis } from '../protocol/time.ts'
import type { PolledDevice } from './profile.ts'

export interface JobPlan {
  every: Millis
  /** An alarm hangs on one of its channels. */
  urgent: boolean
  channels: PolledDevice['channels']
}

/**
 * The shortest period first. A device with a clock or a trigger stays whole, and so does one that speaks frames: its time and its
 * values, what it was made to measure, or what stands in one frame, belong into one row.
 */
export function jobsOf({ every, channels, profile }: PolledDevice): JobPlan[] {
  const whole = profile.clock !== null || profile.trigger !== null || profile.talk !== null
  const jobs = new Map<Millis, JobPlan>()
  for (const channel of channels) {
    const own = whole ? every : (channel.every ?? every)
    const job = jobs.get(own) ?? { every: own, urgent: false, channels: [] }
    jobs.set(own, job)
    job.channels.push(channel)
    job.urgent ||= channel.urgent ?? false
  }
  return [...jobs.values()].sort((a, b) => a.every - b.every)
}

/** The period at which something of the device is asked. */
export const fastest = (device: PolledDevice): Millis => millis(Math.min(...jobsOf(device).map(({ every }) => every)))
