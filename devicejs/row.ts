/** Makes rows of readings: one device, one poll, one time for all its channels; each row later than the one before it. */
import { Quality, type Reason } from '../protocol/quality.ts'
import { missingSample, oneSample, type Samples } from '../protocol/samples.ts'
import { type Instant, instant, type Millis, millis } from '../protocol/time.ts'
import type { Asked } from './ask.ts'
import type { Decoded, Reading } from './decode.ts'
import type { PollPlan } from './poll.ts'
import type { PolledDevice } from './profile.ts'

/**
 * A device's clock may stray this far from the station's before its offset is renewed. Clocks in whole seconds, read over a slow
 * line, stray by a second or two; a crystal of 20 ppm takes six days for the rest. A device that shows the time of its last
 * measurement is behind by up to its period, so that is allowed as well.
 */
const CLOCK_STRAY_MS = 10_000

export interface Rows {
  /** The row of an answered poll; nothing where it is no later than the last one. */
  take(reading: Reading, asked: Asked): Samples[]
  /** A row of missing values. In served time there is none: only an answer brings a time. */
  miss(reason: Reason, at: Millis): Samples[]
}

export interface Told {
  /** The device's clock strayed beyond the bound, and is mapped anew. */
  clock(strayMs: number): void
  /** The device started again, and counts from zero: its totals go on from where they were. */
  restart(): void
}

/** `served`: the device's clock is the station's time (see DESIGN: lock-step); else it is mapped by one offset. */
export function makeRows(device: PolledDevice, plan: PollPlan, served: boolean, told: Told): Rows {
  const stray = Math.max(CLOCK_STRAY_MS, device.every)
  const totals = plan.channels.map(() => ({ raw: Number.NaN, base: 0, restarted: false }))
  /** Channels cleared by reading of which an answer was lost. */
  const owing = plan.channels.map(() => false)
  let offset: number | null = null
  /** How far the last row's time was behind the poll that brought it. */
  let behind = 0
  let last = Number.NEGATIVE_INFINITY
  let lastUptime = Number.NEGATIVE_INFINITY

  /** When the row was observed: station time, and the device's own word for it. */
  function timeOf(clockMs: number | null, at: Millis): { at: Millis; observed?: Instant } | null {
    if (clockMs === null) return served ? null : { at }
    if (served) return { at: millis(clockMs), observed: instant(clockMs) }
    offset ??= at - clockMs
    if (Math.abs(at - clockMs - offset) > stray) {
      told.clock(at - clockMs - offset)
      offset = at - clockMs
    }
    return { at: millis(clockMs + offset), observed: instant(clockMs) }
  }

  function count(number: number, decoded: Decoded): number {
    const counting = plan.channels[number]?.channel.counting
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
    if (!plan.channels[number]?.channel.clearsOnRead) return decoded
    const short = owing[number] || lost
    owing[number] = short && decoded.quality === Quality.missing
    return short && decoded.quality < Quality.suspect ? { ...decoded, quality: Quality.suspect, reason: 'gap' } : decoded
  }

  return {
    take(reading, asked) {
      if (asked.at === null) throw new Error(`a row of ${device.name} without an answer`)
      if (reading.uptime !== null) {
        if (reading.uptime < lastUptime) {
          for (const total of totals) total.restarted = true
          told.restart()
        }
        lastUptime = reading.uptime
      }
      const time = timeOf(reading.clockMs, asked.at)
      if (!time || time.at <= last) return []
      last = time.at
      behind = asked.at - time.at
      return plan.channels.map((planned, number) => {
        const decoded = reading.channels[number]
        const channel = device.channels[number]?.channel
        if (!decoded || channel === undefined) throw new Error(`${device.name}: no reading for ${planned.channel.name}`)
        const { quality, reason } = doubt(number, decoded, asked.lost[planned.block] ?? false)
        return oneSample(channel, time.at, count(number, decoded), quality, reason, time.observed)
      })
    },
    miss(reason, at) {
      for (const [number] of owing.entries()) owing[number] = true
      const time = millis(at - behind)
      if (served || time <= last) return []
      last = time
      return device.channels.map(({ channel }) => missingSample(channel, time, reason))
    },
  }
}
