/** Why an alarm stands, for whoever asks: as it is now, and as it was when it last rose, with the bytes of which its values were made. */
import { levelOf } from '../protocol/level.ts'
import type { Exchange } from '../protocol/ports.ts'
import { type Instant, instant, type Moment } from '../protocol/time.ts'
import { type ChannelPart, type Explanation, explain } from './core/evidence.ts'
import type { Change, StationState } from './core/scan.ts'
import { conditionText } from './site/grammar.ts'
import type { Site } from './site/site.ts'

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
}

export interface Answer {
  alarm: string
  now: Witnessed
  /** When it last rose since the start of the station; null where it has not. */
  raised: Witnessed | null
}

export interface Witness {
  /** Keeps how things stand for each alarm that has risen just now. */
  note(state: StationState, changes: Change[], now: Moment): void
  /** Null: there is no alarm of this name. */
  answer(state: StationState, alarm: string, now: Moment): Answer | null
}

interface Asking {
  site: Site
  exchanges(bus: string, unit: number): Exchange[]
  /** Of the lines. */
  busNow(): number
}

export function makeWitness({ site, exchanges, busNow }: Asking): Witness {
  /** One for each alarm of the plan at most. */
  const raised = new Map<string, Witnessed>()

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
        if (seen) raised.set(name, seen)
      }
    },
    answer(state, alarm, now) {
      const seen = look(state, alarm, now)
      return seen && { alarm, now: seen, raised: raised.get(alarm) ?? null }
    },
  }
}

const levelIn = (colour: string): number => levelOf(colour) ?? 0

const hexadecimal = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ')
