/** What the station feels and hears at its own place: the press of a key, and the proof that an output sounds. */
import { Quality } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { type Channel, isLost, lostAt } from '../channel.ts'
import type { ProofPlan } from '../plan.ts'
import { oldest } from '../ring.ts'
import { usable } from '../stage.ts'

/** A contact reads 0 open and 1 closed; half is the border, so that a contact on an analogue input serves too. */
const CLOSED = 0.5

/**
 * A key is pressed where a good row closed follows a good row open, with nothing between. After a row that is not good it must be seen
 * open first: a cable that breaks and heals presses nothing, and a key that is jammed presses once.
 */
export interface Key {
  channel: Channel
  next: number
  open: boolean
}

export const makeKey = (channel: Channel): Key => ({ channel, next: channel.ring.head, open: false })

/** Whether it was pressed in the rows that are new. */
export function pressed(key: Key): boolean {
  const { ring } = key.channel
  let found = false
  for (let row = Math.max(key.next, oldest(ring)); row < ring.head; row++) {
    const slot = row & ring.mask
    const good = ring.quality[slot] === Quality.good
    const closed = (ring.value[slot] as number) >= CLOSED
    if (good && closed && key.open) found = true
    key.open = good && !closed
  }
  key.next = ring.head
  return found
}

/** What is heard of an output: amplifier current, a microphone, the light of a beacon. */
export interface Proof {
  plan: ProofPlan
  channel: Channel
  next: number
  /** Time of the newest row that showed it at work; before the start where there was none. */
  heardAt: number
  /** Since when every usable row has shown it at work; NEVER where the newest does not. */
  loudSince: Millis
}

export const makeProof = (plan: ProofPlan, channel: Channel): Proof => ({ plan, channel, next: channel.ring.head, heardAt: -Infinity, loudSince: NEVER })

/** Takes in the rows that are new. */
export function listen(proof: Proof): void {
  const { ring } = proof.channel
  for (let row = Math.max(proof.next, oldest(ring)); row < ring.head; row++) {
    const slot = row & ring.mask
    if (!usable(ring.quality[slot] as number)) continue
    const time = millis(ring.time[slot] as number)
    const loud = (ring.value[slot] as number) > proof.plan.above
    if (loud) proof.heardAt = time
    proof.loudSince = loud ? millis(Math.min(proof.loudSince, time)) : NEVER
  }
  proof.next = ring.head
}

/** What is wrong by ear: `silent` though told to work, `sounds` though not told, `unheard` where nobody can say; null where all is well. */
export type Doubt = 'silent' | 'sounds' | 'unheard' | null

/** What is known of the output itself: since when it is on or off, and how long it pauses by itself (a voice, between two announcements). */
export interface Told {
  on: boolean
  since: Millis
  pauseMs: number
}

export function doubtOf(proof: Proof, told: Told, now: Millis): Doubt {
  if (isLost(proof.channel, now)) return 'unheard'
  if (now < dueAt(proof, told)) return null
  return told.on ? 'silent' : 'sounds'
}

/** When it is in doubt, if nothing else is heard until then. */
function dueAt({ plan, heardAt, loudSince }: Proof, { on, since, pauseMs }: Told): number {
  return (on ? Math.max(heardAt, since) + pauseMs : Math.max(loudSince, since)) + plan.within
}

/** When the answer may become another without a new row. */
export function doubtAt(proof: Proof, told: Told, now: Millis): Millis {
  const due = dueAt(proof, told)
  const lost = lostAt(proof.channel) + 1
  return millis(Math.min(due > now ? due : NEVER, lost > now ? lost : NEVER))
}
