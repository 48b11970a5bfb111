/** Asks one device for one poll: its blocks, each with its retries; before that the trigger; and who it is, when it comes (back). */
import type { Bus, BusClock, Clock, Fault, Reply } from '../../protocol/ports.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import { decode, type Reading, rawOf } from '../decode.ts'
import { placeText } from '../frames/fields.ts'
import type { PolledDevice, Trigger } from '../profile.ts'
import type { Account } from './account.ts'
import { type PollBlock, type PollPlan, planIdentity } from './poll.ts'
import { isRefusal } from './refusals.ts'

/** A bus, and since when it is quiet, on its own clock: the gap before a request is kept from there. */
export interface Line {
  name: string
  bus: Bus
  busClock: BusClock
  clock: Clock
  quietSince: number
  /** Time that answered requests waited before they went out: most of it is the silence after somebody's fault. */
  waitedMs: number
}

/** What came of one poll. */
export interface Asked {
  /** What was asked in the end, and the reply to each of its blocks. */
  plan: PollPlan
  replies: Reply[]
  /** One for each wanted channel, and what else the device says of itself. */
  reading: Reading
  /** Of which wanted channels an answer was lost, even if a retry brought one: what a register cleared by reading held is then gone. */
  lost: boolean[]
  /** The middle of the transactions that were answered, in station time; null where none was. */
  at: Millis | null
  /** The first fault, also of a part; null where all was answered. */
  fault: Fault | null
}

/**
 * How often a request without a good answer is repeated at once. Silence takes the line for the whole timeout and for what follows, so
 * it is repeated at once only where `silenceToo`, or where the device has answered in this poll; else later, when others had their turn.
 */
export interface Patience {
  retries: number
  silenceToo: boolean
}

/** Time to let all devices take in what was said to all (Serial Line 1.02, 2.4.1: 100 to 200 ms at 9,600 baud). */
const BROADCAST_MS = 100

/** Modbus exceptions that mean "not now": acknowledge and busy (application protocol V1.1b3, 7). The others mean the same at each try. */
const notNow = new Set([5, 6])

/** Exceptions that a gateway gives in a device's place (the same, 7): it has no way to the device, or heard nothing of it. The device is silent then, and refuses nothing. */
const notHeard = new Set([10, 11])

const ofDevice = (reply: Reply): Reply => (!reply.ok && reply.fault === 'exception' && notHeard.has(reply.code ?? 0) ? { ...reply, fault: 'timeout' } : reply)

const retried = (reply: { fault: Fault; code?: number }, { silenceToo }: Patience): boolean =>
  (silenceToo && reply.fault === 'timeout') ||
  reply.fault === 'checksum' ||
  reply.fault === 'short' ||
  (reply.fault === 'exception' && notNow.has(reply.code ?? 0))

/** A device that refuses one block may still answer the next; one that is silent, or on a line that is down, will not. */
const goesOn = (reply: Reply): boolean => reply.ok || reply.fault === 'exception'

/** Asks for the blocks of a plan. `finer` gives the plan with a refused block in two, where that is worth a try. */
export async function ask(
  line: Line,
  device: PolledDevice,
  plan: PollPlan,
  patience: Patience,
  account: Account,
  finer: (plan: PollPlan, block: number) => PollPlan | null,
): Promise<Asked> {
  const done = new Map<string, Tries>()
  const keyOf = ({ table, address, count }: PollBlock): string => `${table} ${address} ${count}`
  let last = plan
  let dead: Tries | null = null
  let lives = false
  for (let number = 0; number < last.blocks.length; number++) {
    const block = last.blocks[number] as PollBlock
    if (done.has(keyOf(block))) continue
    const tries: Tries = dead ?? (await request(line, device, block, lives ? { ...patience, silenceToo: true } : patience, account))
    if (!goesOn(tries.reply)) dead = tries
    lives ||= tries.reply.ok
    done.set(keyOf(block), tries)
    const halves = isRefusal(tries.reply) ? finer(last, number) : null
    if (!halves) continue
    last = halves
    number = -1
  }
  const answered = [...done.values()].filter(({ reply }) => reply.ok)
  const each = last.blocks.map((block) => done.get(keyOf(block)) as Tries)
  const replies = each.map(({ reply }) => reply)
  return {
    plan: last,
    replies,
    reading: decode(last, replies),
    lost: last.channels.map(({ block }) => each[block]?.lost ?? true),
    at: answered.length === 0 ? null : millis(((answered[0] as Tries).from + (answered.at(-1) as Tries).to) / 2),
    fault: replies.find((reply) => !reply.ok)?.fault ?? (last.blocks.length === 0 ? 'exception' : null),
  }
}

/** Null: it is the device that it should be (or its profile has no marks). Else why not: a fault of the line, or a sentence. */
export async function identify(
  line: Line,
  device: PolledDevice,
  patience: Patience,
  account: Account,
): Promise<{ fault: Fault } | { stranger: string } | null> {
  const { profile } = device
  for (const [number, block] of planIdentity(profile).entries()) {
    const { reply } = await request(line, device, block, patience, account)
    if (!reply.ok && reply.fault !== 'exception') return { fault: reply.fault }
    const mark = profile.identity[number]
    if (!mark) continue
    const raw = reply.ok ? rawOf(mark.read, reply.words, 0) : null
    if (raw === mark.equals) continue
    const shows = raw === null ? 'refuses to show it' : `shows ${raw}`
    return {
      stranger: mark.read.frame
        ? `it is another instrument, or set otherwise: ${placeText(mark.read.frame)} is ${mark.equals} on ${profile.title}, and this one ${shows}; check its settings and the profile`
        : `another instrument answers there: ${block.table} register ${block.address} is ${mark.equals} on ${profile.title}, and this one ${shows}; check the unit id and the profile`,
    }
  }
  return null
}

interface Tries {
  reply: Reply
  /** An answer was lost, even if a later one came. */
  lost: boolean
  /** When the last request went out and its answer was in, in station time. */
  from: Millis
  to: Millis
}

async function request(line: Line, device: PolledDevice, block: PollBlock, patience: Patience, account: Account): Promise<Tries> {
  const { gapMs, probe } = device.profile.line
  let first: Reply | null = null
  for (let left = patience.retries; ; left--) {
    await keepGap(line, gapMs)
    const since = { at: line.clock.now().at, bus: line.busClock.now() }
    let reply = ofDevice(await line.bus.read({ unit: device.unit, ...block }, device.timeoutMs, probe ? { probe } : {}))
    line.quietSince = line.busClock.now()
    if (reply.ok && reply.words.length !== block.count) reply = { ok: false, fault: 'short', detail: `${reply.words.length} of ${block.count} came` }
    account.note(reply, line.quietSince - since.bus)
    const to = line.clock.now().at
    if (reply.ok) {
      if (reply.tookMs !== undefined) line.waitedMs += line.quietSince - since.bus - reply.tookMs
      return { reply, lost: first !== null, ...spanOf(line, reply, since, to) }
    }
    // The first fault says what was wrong with the device; the line may be out of step because of it.
    first ??= reply
    if (left <= 0 || !retried(reply, patience)) return { reply: first, lost: true, from: since.at, to }
  }
}

/**
 * From when to when it was measured, in station time (which may run faster than the line's): what a request waited for before it went
 * out is not the device's time, and one that speaks by itself measured when it began to.
 */
function spanOf(line: Line, { at, tookMs }: { at?: number; tookMs?: number }, since: { at: Millis; bus: number }, to: Millis): { from: Millis; to: Millis } {
  const passedMs = line.quietSince - since.bus
  const rate = passedMs > 0 ? (to - since.at) / passedMs : 1
  const before = (ms: number): Millis => millis(to - ms * rate)
  if (at !== undefined) return { from: before(line.quietSince - at), to: before(line.quietSince - at) }
  return { from: tookMs === undefined || tookMs >= passedMs ? since.at : before(tookMs), to }
}

/** Makes the device, or with a broadcast all devices, measure. Null: it was told so; else why not. */
export async function pull(
  line: Line,
  device: PolledDevice,
  { broadcast, place, value }: Trigger,
  patience: Patience,
  account: Account,
): Promise<Fault | null> {
  for (let left = patience.retries; ; left--) {
    await keepGap(line, device.profile.line.gapMs)
    const since = line.busClock.now()
    const block = { unit: broadcast ? 0 : device.unit, ...place, count: 1 }
    const reply = ofDevice(await line.bus.write(block, Uint16Array.of(value), broadcast ? BROADCAST_MS : device.timeoutMs))
    line.quietSince = line.busClock.now()
    // Nobody answers a broadcast; what can be missing is the line.
    if (reply.ok || (broadcast && reply.fault !== 'closed' && reply.fault !== 'overload')) return null
    account.note(reply, line.quietSince - since)
    if (left <= 0 || !retried(reply, patience)) return reply.fault
  }
}

async function keepGap(line: Line, gapMs: number): Promise<void> {
  const left = line.quietSince + gapMs - line.busClock.now()
  if (left > 0) await line.busClock.wait(left)
}
