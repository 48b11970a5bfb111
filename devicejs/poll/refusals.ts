/** What one device refuses: finds it by halving the blocks that it refuses, asks no more for what it does not have, and remembers both. */
import type { Notes, Reply } from '../../protocol/ports.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import { halved, type PollBlock, type PollPlan, placeName, type Unbearable } from './poll.ts'

/** Illegal address and illegal value (application protocol V1.1b3, 7): what an instrument says to a register, or a number of them, that it does not have. */
const refusals = new Set([2, 3])

/** A block is halved when it was refused at two polls in a row: an instrument that has just started refuses what it soon gives. */
const HALVED_AFTER = 2

/**
 * One value is given up when it was refused so often in a row and for so long, while the device answered something else: an instrument
 * that starts, or warms up, answers its state at once and its values after minutes. One that was given up before: at the first time.
 */
const RETIRED_AFTER = 3
const RETIRED_AFTER_MS = 600_000

/**
 * A device that refuses each part of a block, and all else, has another fault than its registers, or is starting; so long it is not
 * taken apart again. The longest block, of 125 values, is 249 short requests: ten seconds or so at 9,600 baud.
 */
const HALVE_AGAIN_MS = 300_000

/** An instrument that was repaired or got new firmware may have the register now: one refused request an hour is no load. */
const ASK_AGAIN_MS = 3_600_000

export interface Refusals extends Unbearable {
  /** Another number after each change: plans are made anew. */
  readonly version: number
  /** The plan with that block in two, if it should be tried. */
  finer(plan: PollPlan, block: number, wanted: string[], now: Millis): PollPlan | null
  /** What a poll has shown; the answer names what is given up from now on, and was not before. */
  learn(plan: PollPlan, replies: Reply[], now: Millis): string[]
  /** Gives what was given up another chance: after an hour, or all of it where the device may be another. */
  forgive(now: Millis, all: boolean): void
}

export const isRefusal = (reply: Reply): boolean => !reply.ok && reply.fault === 'exception' && refusals.has(reply.code ?? 0)

/** `key` names the device at its place over restarts. What is kept is not believed beyond its form. */
export function makeRefusals(notes: Notes | null, key: string, start: Millis): Refusals {
  const kept = notes?.read(key) as { cuts?: unknown; retired?: unknown } | undefined
  const cuts = new Set(texts(kept?.cuts))
  const retiredAt = new Map(texts(kept?.retired).map((place) => [place, start]))
  const retired = new Set(retiredAt.keys())
  /** What it was found not to have, and has not shown since. */
  const lacking = new Set(retired)
  /** How often in a row each block was refused, and when first. */
  const refused = new Map<string, { times: number; since: Millis }>()
  let version = 0
  let halveAt = start
  /** When the block that is taken apart was refused first. */
  let refusedSince = start
  let answeredAt = millis(Number.NEGATIVE_INFINITY)

  const changed = (): void => {
    version++
    notes?.keep(key, { cuts: [...cuts], retired: [...lacking] })
  }
  const nameOf = (block: PollBlock): string => `${placeName(block)}+${block.count}`

  return {
    cuts,
    retired,
    get version() {
      return version
    },
    finer(plan, number, wanted, now) {
      const block = plan.blocks[number] as PollBlock
      const before = refused.get(nameOf(block))
      // Part of a block that is being taken apart in this very poll has not been counted yet.
      const fresh = [...plan.cuts].some((cut) => !cuts.has(cut))
      if (plan.clock || now < halveAt || !(fresh || (before?.times ?? 0) + 1 >= HALVED_AFTER)) return null
      if (!fresh) refusedSince = before?.since ?? now
      return halved(plan, number, wanted, retired)
    },
    learn(plan, replies, now) {
      const found = [...plan.cuts].filter((cut) => !cuts.has(cut))
      if (replies.some((reply) => reply.ok)) answeredAt = now
      if (found.length > 0 && answeredAt < refusedSince) {
        halveAt = millis(now + HALVE_AGAIN_MS)
        return []
      }
      for (const cut of found) cuts.add(cut)
      const gone: string[] = []
      let news = found.length > 0
      for (const [number, block] of plan.blocks.entries()) {
        const reply = replies[number]
        const name = nameOf(block)
        if (reply?.ok) {
          refused.delete(name)
          if (lacking.size > 0) for (const place of placesOf(plan, number)) news = lacking.delete(place) || news
        }
        if (!reply || !isRefusal(reply)) continue
        const count = refused.get(name) ?? { times: 0, since: now }
        refused.set(name, { ...count, times: count.times + 1 })
        const places = placesOf(plan, number)
        const isKnown = places.every((place) => lacking.has(place))
        const enough = isKnown || (count.times + 1 >= RETIRED_AFTER && now - count.since >= RETIRED_AFTER_MS)
        if (!enough || answeredAt < count.since || plan.clock || halved(plan, number, wantedOf(plan), retired)) continue
        for (const place of places) {
          retired.add(place)
          retiredAt.set(place, now)
          if (!lacking.has(place)) gone.push(place)
          lacking.add(place)
        }
        news = true
        refused.delete(name)
      }
      if (news) changed()
      return gone
    },
    forgive(now, all) {
      const due = [...retiredAt].filter(([, at]) => all || now - at >= ASK_AGAIN_MS)
      for (const [place] of due) {
        retired.delete(place)
        retiredAt.delete(place)
      }
      if (all) {
        cuts.clear()
        lacking.clear()
      }
      if (due.length > 0 || all) changed()
    },
  }
}

const texts = (list: unknown): string[] => (Array.isArray(list) ? list.filter((one) => typeof one === 'string') : [])

const wantedOf = (plan: PollPlan): string[] => plan.channels.map(({ channel }) => channel.name)

function placesOf(plan: PollPlan, number: number): string[] {
  const all = [...plan.channels, ...plan.faults, ...(plan.uptime ? [plan.uptime] : [])]
  return [...new Set(all.filter(({ block }) => block === number).map(({ place }) => placeName(place)))]
}
