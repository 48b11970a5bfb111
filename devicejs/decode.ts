/** Turns the answers of one poll into values: number, scale, no-value codes, range, and the faults by which a device disowns its values. */
import { decodeNumber } from '../protocol/numbers.ts'
import type { Reply } from '../protocol/ports.ts'
import { Quality, type Reason } from '../protocol/quality.ts'
import { isBits, type Planned, type PollPlan } from './poll/poll.ts'
import type { Place, ProfileChannel, RawBand } from './profile.ts'

export interface Decoded {
  /** In the channel's unit, or a count; NaN where `quality` is missing. */
  value: number
  quality: Quality
  reason: Reason
}

export interface Reading {
  /** One for each of the plan's channels. */
  channels: Decoded[]
  /** The device's own time, UTC milliseconds; null where it has none or shows none (its registers stand at 0). */
  clockMs: number | null
  uptime: number | null
  /** What the device says is wrong with it: the `means` of the faults that hold, and of the bands, with their channel. */
  says: string[]
  /** Of them, what counts only when it has held for so long (see poll/hold): of which of the channels, and what is said of it. */
  held: { channel: number; holdMs: number; says: string; reason: Reason }[]
}

const missing = (reason: Reason): Decoded => ({ value: Number.NaN, quality: Quality.missing, reason })

/** `answers` holds one reply for each of the plan's blocks. A reply of another length than was asked for is taken as short. */
export function decode(plan: PollPlan, answers: Reply[]): Reading {
  // What is not asked for was refused before.
  const answer = ({ block }: Planned): Reply => (block < 0 ? { ok: false, fault: 'exception' } : (answers[block] as Reply))
  const words = (planned: Planned): Uint16Array | null => {
    const reply = answer(planned)
    return reply.ok && reply.words.length >= (plan.blocks[planned.block]?.count ?? 0) ? reply.words : null
  }
  const why = (planned: Planned): Reason => {
    const reply = answer(planned)
    return reply.ok ? 'short' : reply.fault
  }

  const says: string[] = []
  const held: Reading['held'] = []
  const channels = plan.channels.map((planned, channel): Decoded => {
    const registers = words(planned)
    if (!registers) return missing(why(planned))
    const raw = rawOf(planned.place, registers, planned.at)
    const band = bandOf(planned.channel, raw)
    if (band) {
      const { means, holdMs = 0, reason } = band
      const said = `${planned.channel.name}: ${means}`
      says.push(said)
      if (holdMs > 0) held.push({ channel, holdMs, says: said, reason })
    }
    return judge(planned.channel, raw, band)
  })
  for (const planned of plan.faults) {
    const { fault } = planned
    const registers = words(planned)
    // The state of the device is not known, so its values are not vouched for; they are not thrown away either.
    if (!registers) mark(plan, channels, fault.marks, Quality.unknown, why(planned))
    else if (holds(fault.values, rawOf(planned.place, registers, planned.at))) {
      says.push(fault.means)
      if (!fault.latched) mark(plan, channels, fault.marks, Quality[fault.quality], fault.reason)
    }
  }
  const clock = plan.clock && words(plan.clock)
  const ticks = clock ? rawOf((plan.clock as Planned).place, clock, (plan.clock as Planned).at) : 0
  const uptime = plan.uptime && words(plan.uptime)
  return {
    channels,
    clockMs: ticks > 0 ? ticks * (plan.clock?.unitMs ?? 1) : null,
    uptime: uptime ? rawOf((plan.uptime as Planned).place, uptime, (plan.uptime as Planned).at) : null,
    says,
    held,
  }
}

/** The raw number at a place. NaN where the registers hold none: a NaN of a float, or BCD digits above 9. */
export function rawOf(place: Place, words: ArrayLike<number>, at: number): number {
  if (isBits(place.table)) return words[at] as number
  if (place.bit === null) return decodeNumber(words, at, place.as)
  return Math.floor(decodeNumber(words, at, place.as) / 2 ** place.bit) % 2 ** (place.bitCount ?? 1)
}

const bandOf = ({ bands }: ProfileChannel, raw: number): RawBand | undefined => bands?.find(({ from, to }) => raw >= from && raw <= to)

/** One raw number to a value, by what the profile says of its codes, its bands and its range. */
function judge(channel: ProfileChannel, raw: number, band: RawBand | undefined): Decoded {
  // An infinite float is a division by zero in the device, and measures nothing.
  if (!Number.isFinite(raw) || channel.noValue.includes(raw)) return missing('no-value')
  const code = channel.codes.find((held) => held.raw === raw)
  if (code) return missing(code.reason)
  if (band?.quality === 'missing') return missing(band.reason)
  const value = channel.counting ? raw : scaled(raw, channel.scale, channel.offset)
  if (band) return { value, quality: Quality[band.quality], reason: band.reason }
  const { range } = channel
  if (range) {
    // A value at the end of the range is within it, whatever the scale makes of the last bit.
    const slack = Math.abs(channel.scale) * 1e-6
    // Beyond its range a device is not exact, but what it tells may be the worst there is: suspect values still raise alarms.
    if (value > range.most + slack) return { value, quality: Quality.suspect, reason: 'over-range' }
    if (value < range.least - slack) return { value, quality: Quality.suspect, reason: 'under-range' }
  }
  return { value, quality: Quality.good, reason: 'none' }
}

/** raw / 10 is the double nearest to the decimal that the manual means; raw * 0.1 often is not (3 * 0.1 > 0.3). */
function scaled(raw: number, scale: number, offset: number): number {
  const inverse = Math.round(1 / scale)
  const exact = inverse !== 0 && Math.abs(1 / scale - inverse) < 1e-9 * Math.abs(inverse)
  return (exact ? raw / inverse : raw * scale) + offset
}

const holds = (values: number[] | null, raw: number): boolean => (values ? values.includes(raw) : raw !== 0)

/** The worst mark wins. Flags rise with their badness here (good 1, unknown 2, suspect 3, fail 4, missing 9): nothing is better for being missing. */
function mark(plan: PollPlan, channels: Decoded[], names: string[], quality: Quality, reason: Reason): void {
  for (const [number, decoded] of channels.entries()) {
    const name = plan.channels[number]?.channel.name
    if (name === undefined || !names.includes(name) || quality <= decoded.quality) continue
    decoded.quality = quality
    decoded.reason = reason
    if (quality === Quality.missing) decoded.value = Number.NaN
  }
}
