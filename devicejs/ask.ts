/** Asks one device for one poll: the trigger, then its blocks, each with its retries; and who it is, when it comes (back). */
import type { Bus, BusClock, Clock, Fault, Reply } from '../protocol/ports.ts'
import { type Millis, millis } from '../protocol/time.ts'
import type { Account } from './account.ts'
import { rawOf } from './decode.ts'
import { type PollBlock, type PollPlan, planIdentity } from './poll.ts'
import type { PolledDevice, Trigger } from './profile.ts'

/** A bus, and since when it is quiet, on its own clock: the gap before a request is kept from there. */
export interface Line {
  name: string
  bus: Bus
  busClock: BusClock
  clock: Clock
  quietSince: number
}

export interface Asked {
  /** One for each of the plan's blocks. */
  replies: Reply[]
  /** Blocks of which an answer was lost, even if a retry brought one: what a register cleared by reading held is then gone. */
  lost: boolean[]
  /** The middle of the transactions that were answered, in station time; null where none was. */
  at: Millis | null
}

/** Modbus exceptions that mean "not now": acknowledge and busy (application protocol V1.1b3, 7). The others mean the same at each try. */
const notNow = new Set([5, 6])

/** Exceptions that a gateway gives in a device's place (the same, 7): it has no way to the device, or heard nothing of it. The device is silent then, and refuses nothing. */
const notHeard = new Set([10, 11])

const ofDevice = (reply: Reply): Reply => (!reply.ok && reply.fault === 'exception' && notHeard.has(reply.code ?? 0) ? { ...reply, fault: 'timeout' } : reply)

const retried = (reply: { fault: Fault; code?: number }): boolean =>
  reply.fault === 'timeout' || reply.fault === 'checksum' || reply.fault === 'short' || (reply.fault === 'exception' && notNow.has(reply.code ?? 0))

/** A device that refuses one block may still answer the next; one that is silent, or on a line that is down, will not. */
const goesOn = (reply: Reply): boolean => reply.ok || reply.fault === 'exception'

export async function ask(line: Line, device: PolledDevice, plan: PollPlan, retries: number, account: Account): Promise<Asked> {
  const { trigger } = plan.profile
  const asked: Asked = { replies: [], lost: plan.blocks.map(() => false), at: null }
  let refused: Reply | null = null
  if (trigger) {
    const reply = await pull(line, device, trigger, retries, account)
    if (!reply.ok) refused = reply
  }
  let from = Number.NaN
  for (const [number, block] of plan.blocks.entries()) {
    if (refused) {
      asked.replies.push(refused)
      continue
    }
    const tries = await request(line, device, block, retries, account)
    asked.replies.push(tries.reply)
    asked.lost[number] = tries.lost
    if (!goesOn(tries.reply)) refused = tries.reply
    if (!tries.reply.ok) continue
    if (Number.isNaN(from)) from = tries.from
    asked.at = millis((from + line.clock.now().at) / 2)
  }
  return asked
}

/** Null: it is the device that it should be (or its profile has no marks). Else why not: a fault of the line, or a sentence. */
export async function identify(line: Line, device: PolledDevice, retries: number, account: Account): Promise<{ fault: Fault } | { stranger: string } | null> {
  const { profile } = device
  for (const [number, block] of planIdentity(profile).entries()) {
    const { reply } = await request(line, device, block, retries, account)
    if (!reply.ok && reply.fault !== 'exception') return { fault: reply.fault }
    const mark = profile.identity[number]
    if (!mark) continue
    const raw = reply.ok ? rawOf(mark.read, reply.words, 0) : null
    if (raw === mark.equals) continue
    const shows = raw === null ? 'refuses to show it' : `shows ${raw}`
    return {
      stranger: `another instrument answers there: ${block.table} register ${block.address} is ${mark.equals} on ${profile.title}, and this one ${shows}; check the unit id and the profile`,
    }
  }
  return null
}

async function request(
  line: Line,
  device: PolledDevice,
  block: PollBlock,
  retries: number,
  account: Account,
): Promise<{ reply: Reply; lost: boolean; from: Millis }> {
  const { gapMs, probe } = device.profile.line
  let first: Reply | null = null
  for (let left = retries; ; left--) {
    await keepGap(line, gapMs)
    const since = { at: line.clock.now().at, bus: line.busClock.now() }
    let reply = ofDevice(await line.bus.read({ unit: device.unit, ...block }, device.timeoutMs, probe ? { probe } : {}))
    line.quietSince = line.busClock.now()
    if (reply.ok && reply.words.length !== block.count) reply = { ok: false, fault: 'short', detail: `${reply.words.length} of ${block.count} came` }
    account.note(reply, line.quietSince - since.bus)
    if (reply.ok) return { reply, lost: first !== null, from: startOf(line, since, reply.tookMs) }
    // The first fault says what was wrong with the device; the line may be out of step because of it.
    first ??= reply
    if (left <= 0 || !retried(reply)) return { reply: first, lost: true, from: since.at }
  }
}

/** When the request went out, in station time (which may run faster than the line's): what it waited for before is not the device's time. */
function startOf(line: Line, since: { at: Millis; bus: number }, tookMs: number | undefined): Millis {
  const end = line.clock.now().at
  const passedMs = line.quietSince - since.bus
  if (tookMs === undefined || passedMs <= tookMs) return since.at
  return millis(end - (end - since.at) * (tookMs / passedMs))
}

async function pull(line: Line, device: PolledDevice, trigger: Trigger, retries: number, account: Account): Promise<Reply> {
  let reply: Reply
  let left = retries
  do {
    await keepGap(line, device.profile.line.gapMs)
    const since = line.busClock.now()
    reply = ofDevice(await line.bus.write({ unit: device.unit, ...trigger.place, count: 1 }, Uint16Array.of(trigger.value), device.timeoutMs))
    line.quietSince = line.busClock.now()
    account.note(reply, line.quietSince - since)
  } while (!reply.ok && retried(reply) && left-- > 0)
  if (reply.ok) await line.busClock.wait(Math.max(trigger.waitMs, device.profile.line.afterWriteMs))
  return reply
}

async function keepGap(line: Line, gapMs: number): Promise<void> {
  const left = line.quietSince + gapMs - line.busClock.now()
  if (left > 0) await line.busClock.wait(left)
}
