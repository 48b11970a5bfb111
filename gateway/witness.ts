/** Why an alarm stands, for whoever asks: as it is now, and as it was when it last rose, with the bytes of which its values were made. */
import { levelOf } from '../protocol/level.ts'
import type { Exchange, LifeOfStation, Memory } from '../protocol/ports.ts'
import { type Instant, instant, type Millis, type Moment } from '../protocol/time.ts'
import { type ChannelPart, type Explanation, explain } from './core/evidence.ts'
import type { Change, StationState } from './core/scan.ts'
import { conditionText } from './site/grammar.ts'
import type { Site } from './site/site.ts'

/**
 * What is kept of a rise is some kilobytes; of a station with hundreds of channels behind one alarm it is shortened to this, so that the
 * file of acts has room for the rises of sixteen such.
 */
const LONGEST_KEPT_BYTES = 65_536

/** An alarm that chatters rises each minute, and what people did shall not be driven out of the file by that: the last of these rises is kept. */
const KEEP_MS = 600_000

/** A request to a device and its answer; bytes as hexadecimal digits in pairs. */
export interface ExchangePart {
  bus: string
  device: string
  at: Instant
  /** Empty where it speaks by itself. */
  request: string
  answer: string
  /** Why there is no answer, or what is wrong with it; empty where it is one. */
  trouble: string
}

export interface Witnessed extends Explanation {
  /** The last ones with each device that the channels are read of, the oldest first. */
  exchanges: ExchangePart[]
  /** Too long to be kept whole over a start: lists that are empty were left out. */
  shortened?: true
}

export interface Answer {
  alarm: string
  now: Witnessed
  /** When it last rose; null where nothing is known of that. */
  raised: Witnessed | null
  /** The life of the station in which it rose, where that was an earlier one than this. */
  raisedIn: LifeOfStation | null
}

export interface Witness {
  /** Keeps how things stand for each alarm that has risen just now. */
  note(state: StationState, changes: Change[], now: Moment): void
  /** At the end: keeps what waits to be kept. */
  close(): void
  /** Null: there is no alarm of this name. */
  answer(state: StationState, alarm: string, now: Moment): Answer | null
}

interface Asking {
  site: Site
  exchanges(bus: string, unit: number): Exchange[]
  /** Of the lines. */
  busNow(): number
  life: LifeOfStation
  memory: Memory | undefined
}

interface Rise {
  seen: Witnessed
  /** Null: in this one. */
  life: LifeOfStation | null
}

export function makeWitness({ site, exchanges, busNow, life, memory }: Asking): Witness {
  /** One for each alarm at most. */
  const raised = new Map<string, Rise>()
  const keptAt = new Map<string, Millis>()
  const waiting = new Set<string>()
  for (const { alarm, epoch, startedAt, seen } of memory?.rises ?? []) if (isWitnessed(seen)) raised.set(alarm, { seen, life: { epoch, startedAt } })

  function keep(alarm: string): void {
    waiting.delete(alarm)
    const seen = shortened((raised.get(alarm) as Rise).seen)
    if (seen) memory?.rise({ alarm, epoch: life.epoch, startedAt: life.startedAt, seen })
  }

  function look(state: StationState, alarm: string, now: Moment): Witnessed | null {
    const explanation = explain(state, alarm, now, conditionText)
    return explanation && { ...explanation, exchanges: exchangesOf(explanation.channels, now) }
  }

  function exchangesOf(channels: ChannelPart[], now: Moment): ExchangePart[] {
    const read = site.devices.filter(({ name, bus }) => channels.some((channel) => channel.device === name && channel.bus === bus))
    const before = busNow()
    return read.flatMap(({ name, bus, unit }) =>
      exchanges(bus, unit).map(({ at, request, answer, trouble }) => ({
        ...{ bus, device: name, at: instant(Math.round(now.wall - (before - at))) },
        ...{ request: hexadecimal(request), answer: hexadecimal(answer), trouble },
      })),
    )
  }

  return {
    note(state, changes, now) {
      for (const { what, name, from, to } of changes) {
        // To `data lost` is no rise.
        if (what !== 'alarm' || levelIn(to) <= levelIn(from)) continue
        const seen = look(state, name, now)
        if (!seen) continue
        raised.set(name, { seen, life: null })
        waiting.add(name)
      }
      for (const name of waiting) {
        if (now.at - (keptAt.get(name) ?? Number.NEGATIVE_INFINITY) < KEEP_MS) continue
        keptAt.set(name, now.at)
        keep(name)
      }
    },
    close() {
      for (const name of waiting) keep(name)
    },
    answer(state, alarm, now) {
      const seen = look(state, alarm, now)
      const rise = raised.get(alarm)
      return seen && { alarm, now: seen, raised: rise?.seen ?? null, raisedIn: rise?.life ?? null }
    },
  }
}

const levelIn = (colour: string): number => levelOf(colour) ?? 0

/** What is farthest from the alarm is left out first; null where even the rest is too long. */
function shortened(seen: Witnessed): Witnessed | null {
  const less: Witnessed = { ...seen, exchanges: [], shortened: true }
  const least: Witnessed = { ...less, channels: [] }
  return [seen, less, least, { ...least, detections: [] }].find((one) => Buffer.byteLength(JSON.stringify(one)) <= LONGEST_KEPT_BYTES) ?? null
}

/** Of another version, or changed by hand: it is as if there was none. */
export function isWitnessed(seen: unknown): seen is Witnessed {
  const { observed, alarms, detections, channels, exchanges } = (seen ?? {}) as Partial<Witnessed>
  return Number.isFinite(observed) && [alarms, detections, channels, exchanges].every(Array.isArray)
}

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
