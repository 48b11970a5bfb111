/** What is polled together: the channels of a device by their periods, each period a job of its own with its own deadline. */
import type { Millis } from '../../protocol/time.ts'
import { isReadWhole, type PolledDevice } from '../profile.ts'

export interface JobPlan {
  every: Millis
  /** An alarm hangs on one of its channels. */
  urgent: boolean
  channels: PolledDevice['channels']
}

/** The shortest period first. */
export function jobsOf({ every, channels, profile }: PolledDevice): JobPlan[] {
  const whole = isReadWhole(profile)
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
