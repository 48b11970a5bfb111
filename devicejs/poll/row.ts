/** Makes rows of readings: one poll, one time for all its channels; each row of a job later than the one before it. */
import { Quality, type Reason } from '../../protocol/quality.ts'
import { missingSample, oneSample, type Samples } from '../../protocol/samples.ts'
import { type Instant, instant, type Millis, millis } from '../../protocol/time.ts'
import type { Decoded } from '../decode.ts'
import type { Profile, ProfileChannel } from '../profile.ts'
import type { Asked } from './ask.ts'
import type { JobPlan } from './jobs.ts'

/**
 * A device's clock may stray this far from the station's before its offset is renewed. Clocks in whole seconds, read over a slow
 * line, stray by a second or two; a crystal of 20 ppm takes six days for the rest. A device that shows the time of its last
 * measurement is behind by up to its period, so that is allowed as well.
 */
const CLOCK_STRAY_MS = 10_000

export interface Rows {
  /** The row of an answered poll; nothing where it is no later than the last one. */
  take(asked: Pick<Asked, 'reading' | 'lost'>, at: Millis): Samples[]
  /** An answer may have been lost: what a register cleared by reading held is then gone. */
  doubtNext(): void
  /** A row of missing values. In served time there is none: only an answer brings a time. */
  miss(reason: Reason, at: Millis): Samples[]
}

/** How often a device started again, as its uptime tells: one count for all its jobs. */
export interface Starts {
  /** Takes what the device shows, and gives the count. */
  seen(uptime: number | null): number
}

/** `restarted`: the device counts from zero, and its totals go on from where they were. */
export function makeStarts(restarted: () => void): Starts {
  let last = Number.NEGATIVE_INFINITY
  let count = 0
  return {
    seen(uptime) {
      if (uptime === null) return count
      if (uptime < last) {
        count++
        restarted()
      }
      last = uptime
      return count
    },
  }
}

/**
 * `served`: the device's clock is the station's time (see DESIGN: lock-step); else it is mapped by one offset, and `strayed` is told
 * when it is mapped anew.
 */
export function makeRows(job: JobPlan, profile: Profile, served: boolean, starts: Starts, strayed: (strayMs: number) => void): Rows {
  const stray = Math.max(CLOCK_STRAY_MS, job.every)
  const channels = job.channels.map(({ from }) => profile.channels.find(({ name }) => name === from) as ProfileChannel)
  const totals = channels.map(() => ({ raw: Number.NaN, base: 0, restarted: false }))
  /** Channels cleared by reading of which an answer was lost. */
  const owing = channels.map(() => false)
  let startsSeen = 0
  let offset: number | null = null
  /** How far the last row's time was behind the poll that brought it. */
  let behind = 0
  let last = Number.NEGATIVE_INFINITY

  /** When the row was observed: station time, and the device's own word for it. */
  function timeOf(clockMs: number | null, at: Millis): { at: Millis; observed?: Instant } | null {
    if (clockMs === null) return served ? null : { at }
    if (served) return { at: millis(clockMs), observed: instant(clockMs) }
    offset ??= at - clockMs
    if (Math.abs(at - clockMs - offset) > stray) {
      strayed(at - clockMs - offset)
      offset = at - clockMs
    }
    return { at: millis(clockMs + offset), observed: instant(clockMs) }
  }

  function count(number: number, decoded: Decoded): number {
    const counting = channels[number]?.counting
    const total = totals[number]
    if (counting?.kind !== 'total' || !total || Number.isNaN(decoded.value)) return decoded.value
    // A fallen total alone may be a wrap, and a fallen uptime alone may be one too; both together are a device that started again.
    if (total.restarted && decoded.value < total.raw) total.base += total.raw
    total.restarted = false
    total.raw = decoded.value
    return counting.wrap ? (total.base + decoded.value) % counting.wrap : total.base + decoded.value
  }

  /** What a clearing register held when an answer was lost is gone: the next value is a lower bound. */
  function doubt(number: number, decoded: Decoded, lost: boolean): Decoded {
    if (!channels[number]?.clearsOnRead) return decoded
    const short = owing[number] || lost
    owing[number] = short && decoded.quality === Quality.missing
    return short && decoded.quality < Quality.suspect ? { ...decoded, quality: Quality.suspect, reason: 'gap' } : decoded
  }

  const doubtNext = (): void => void owing.fill(true)

  return {
    take({ reading, lost }, at) {
      const started = starts.seen(reading.uptime)
      if (started > startsSeen) for (const total of totals) total.restarted = true
      startsSeen = started
      const time = timeOf(reading.clockMs, at)
      if (!time || time.at <= last) return []
      last = time.at
      behind = at - time.at
      return job.channels.map(({ from, channel }, number) => {
        const decoded = reading.channels[number]
        if (!decoded) throw new Error(`no reading for ${from}`)
        const { quality, reason } = doubt(number, decoded, lost[number] ?? false)
        return oneSample(channel, time.at, count(number, decoded), quality, reason, time.observed)
      })
    },
    doubtNext,
    miss(reason, at) {
      doubtNext()
      const time = millis(at - behind)
      if (served || time <= last) return []
      last = time
      return job.channels.map(({ channel }) => missingSample(channel, time, reason))
    },
  }
}
