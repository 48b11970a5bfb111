/** Wall time for the few stages that follow the calendar: a hydrological day, a season. All others live in station time, which never steps. */
import { type Instant, instant, type Millis, type Moment, type WallQuality } from '../../protocol/time.ts'

export interface Calendar {
  /** The wall clock at a station time, as this scan knows it: a step of the clock moves all of it. */
  wall(at: Millis): Instant
  /** An unsynchronised clock names no day: who follows the calendar then takes the safer way. */
  readonly quality: WallQuality
  /** Local time less UTC, all the year. */
  readonly utcOffset: Millis
}

/** A calendar, and the hand that sets it before each scan. */
export function makeCalendar(utcOffset: Millis, start: Moment): { calendar: Calendar; set(now: Moment): void } {
  let offset = start.wall - start.at
  let quality = start.wallQuality
  return {
    calendar: {
      wall: (at) => instant(Math.round(at + offset)),
      get quality() {
        return quality
      },
      utcOffset,
    },
    set(now) {
      offset = now.wall - now.at
      quality = now.wallQuality
    },
  }
}
