/** The watch over the station's own lines: looks at them until the station stops, and tells each uplink of their health in time. */
import type { HealthMessage } from '../protocol/messages.ts'
import type { Clock } from '../protocol/ports.ts'
import type { LinkChange } from '../protocol/recording.ts'
import { type Millis, type Moment, millis } from '../protocol/time.ts'
import { healthMessage, makeHealthReports } from './health.ts'
import { MARK_MS, makeSight, type Watched } from './sight.ts'
import type { BusStatus } from './status.ts'

export interface WatchOptions {
  lines: Watched[]
  uplinks: { name: string; health: Millis | null }[]
  clock: Clock
  /** The clock on which the lines count how long they were busy. */
  busNow: () => number
  /** The station's own now, as its messages have it; null before its first scan: there is nobody yet who could tell. */
  now: () => Moment | null
  tell(messages: HealthMessage[]): void
}

export interface Watch {
  /** A line or a device came, went or fell into trouble. */
  link(change: LinkChange): void
  lines(now: Moment): BusStatus[]
  /** What belongs to the birth of this uplink's session. */
  birth(uplink: string): HealthMessage[]
  /** Ends after `stop`. */
  run(stop: AbortSignal): Promise<void>
}

export function makeWatch({ lines, uplinks, clock, busNow, now, tell }: WatchOptions): Watch {
  const sight = makeSight(lines, busNow)
  const reports = makeHealthReports(uplinks, clock.now().at)

  function report(): void {
    const moment = now()
    const due = moment ? reports.due(clock.now().at) : []
    if (moment && due.length > 0) tell(due.map((uplink) => healthMessage(sight.buses(moment), uplink, moment)))
  }

  return {
    link(change) {
      if (sight.link(change, clock.now().at)) reports.changed()
      report()
    },
    lines: sight.buses,
    birth(uplink) {
      const moment = now()
      return moment && reports.told(uplink, clock.now().at) ? [healthMessage(sight.buses(moment), uplink, moment)] : []
    },
    async run(stop) {
      while (!stop.aborted) {
        if (sight.mark(clock.now())) reports.changed()
        report()
        await clock.until(millis(clock.now().at + MARK_MS), stop)
      }
    },
  }
}
