/**
 * What the station sees of its own lines: the counters of each bus and of the devices on it, how busy the line was in the last
 * minute, who is lost and since when. It looks only, and is judged by nobody; what shall be judged is a channel of the host.
 */
import type { BusFigures, DeviceFigures } from '../protocol/messages.ts'
import type { BusHealth, DeviceHealth, Fault } from '../protocol/ports.ts'
import type { LinkChange } from '../protocol/recording.ts'
import { instant, type Millis, type Moment } from '../protocol/time.ts'
import type { BusStatus } from './status.ts'

/** A line and what hangs on it. `busNow` is the clock on which `busyMs` counts: it runs on while station time is scaled. */
export interface Watched {
  name: string
  health(): BusHealth
  devices(): Record<string, DeviceHealth>
}

/** The share of a minute says whether a line can carry one more device; a shorter one trembles with each poll. */
const WINDOW_MS = 60_000

/** Twelve marks make the minute slide; more often would only cost. */
export const MARK_MS = 5_000

export interface Sight {
  /** Notes how busy each line has been until now; called each `MARK_MS`. True where a kind of fault was seen for the first time. */
  mark(now: Moment): boolean
  /** A bus or a device came, went or fell into trouble. True where that is a change and not the first word of it. */
  link(change: LinkChange, now: Millis): boolean
  buses(now: Moment): BusStatus[]
}

interface Mark {
  at: Millis
  busAt: number
  busyMs: number
}

export function makeSight(watched: Watched[], busNow: () => number): Sight {
  const marks = new Map<string, Mark[]>(watched.map(({ name }) => [name, []]))
  const links = new Map<string, LinkChange>()
  /** By the device's name, in station time. */
  const lost = new Map<string, Millis>()
  const seen = new Set<string>()

  function mark({ at }: Moment): boolean {
    let news = false
    for (const { name, health } of watched) {
      const told = health()
      const held = marks.get(name) as Mark[]
      held.push({ at, busAt: busNow(), busyMs: told.busyMs })
      while ((held[1]?.at ?? at) <= at - WINDOW_MS) held.shift()
      for (const kind of kindsOf(told)) {
        news ||= !seen.has(`${name} ${kind}`)
        seen.add(`${name} ${kind}`)
      }
    }
    return news
  }

  function link(change: LinkChange, now: Millis): boolean {
    const [bus = '', device] = change.link.split('/')
    if (!marks.has(bus)) return false
    const before = links.get(change.link)
    links.set(change.link, change)
    if (device !== undefined) {
      if (change.up) lost.delete(device)
      else if (!lost.has(device)) lost.set(device, now)
    }
    // That it came up at the start is no news; that it did not, is.
    return before ? before.up !== change.up || before.trouble !== change.trouble : !change.up || change.trouble !== undefined
  }

  /** The busy share of the last minute, %; null before two marks. */
  function utilisation(name: string, busyMs: number, now: Millis): number | null {
    const held = marks.get(name) ?? []
    const first = held.findLast(({ at }) => at <= now - WINDOW_MS) ?? held[0]
    const passed = first && held.length > 1 ? busNow() - first.busAt : 0
    return first && passed > 0 ? tenth(Math.min(100, (100 * (busyMs - first.busyMs)) / passed)) : null
  }

  function busFigures(name: string, told: BusHealth, now: Millis): BusFigures {
    const { open, requests, answers, late, openings, latencyMs, step } = told
    const { trouble, detail = '' } = links.get(name) ?? {}
    const state = open ? (trouble ?? 'up') : 'down'
    return {
      state,
      detail: state === 'up' ? '' : open ? detail : told.trouble || 'not used yet',
      ...{ requests, answers, faults: named(told.faults), exceptions: named(told.exceptions), late, openings },
      latencyMs: tenths(latencyMs),
      utilisation: utilisation(name, told.busyMs, now),
      step: step && {
        ...{ inStep: step.inStep, lost: step.lost, probes: step.probes, probesAnswered: step.probesAnswered, silences: step.silences },
        ...{ lostMs: Math.round(step.lostMs), worstLateMs: Math.round(step.worstLateMs) },
      },
    }
  }

  function deviceFigures(bus: string, open: boolean, name: string, told: DeviceHealth, now: Moment): DeviceFigures {
    const { polls, answered, missed, skipped, requests, answers, latencyMs, backOff, retired } = told
    // A device of a line that is down, or was lost as a whole, has no link of its own to tell.
    const down = links.get(`${bus}/${name}`)?.up === false || backOff !== null || (!open && polls > 0)
    if (!down) lost.delete(name)
    else if (!lost.has(name)) lost.set(name, now.at)
    const since = lost.get(name)
    return {
      ...{ bus, polls, answered, missed, skipped, requests, answers, faults: named(told.faults), exceptions: named(told.exceptions) },
      latencyMs: tenths(latencyMs),
      lostSince: since === undefined ? null : instant(Math.round(since + now.wall - now.at)),
      backOff: backOff && { misses: backOff.misses, nextMs: Math.max(0, Math.round(backOff.nextMs)) },
      retired: [...retired],
    }
  }

  return {
    mark,
    link,
    buses: (now) =>
      watched.map(({ name, health, devices }) => {
        const bus = health()
        const each = Object.entries(devices()).map(([device, told]) => ({ name: device, ...deviceFigures(name, bus.open, device, told, now) }))
        return { name, ...busFigures(name, bus, now.at), devices: each }
      }),
  }
}

/** What can go wrong on a line, as far as it has. */
function kindsOf({ faults, late, step }: BusHealth): string[] {
  return [...Object.keys(named(faults)), ...(late > 0 ? ['late'] : []), ...(step && step.lost > 0 ? ['step'] : [])]
}

/** Without what never happened; keys as text, as JSON has them. */
const named = (counts: Partial<Record<Fault, number>> | Record<number, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))

const tenth = (value: number): number => Math.round(value * 10) / 10
const tenths = (ms: { p50: number; p99: number } | null): typeof ms => ms && { p50: tenth(ms.p50), p99: tenth(ms.p99) }
