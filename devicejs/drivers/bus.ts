/** What every bus does, whatever its wire: requests in turn, opening on first use and again after a loss, and an honest account of itself. */

import { limits } from '../../protocol/frames.ts'
import type { Asking, Block, Bus, BusClock, BusHealth, Fault, Reply, StepHealth, Table } from '../../protocol/ports.ts'
import { makeLatency } from '../latency.ts'
import type { Trouble } from './tcp.ts'

/** Requests that may wait for their turn: a poll loop asks one at a time, and outputs a few; more is a caller gone wild. */
const waitingMost = 64

/** After a failed opening the next try is not before this, doubling up to the most: soon enough after a glitch, and no load for a device that is off for days. */
const firstRetryMs = 500
const longestRetryMs = 10_000

/** An open wire. It is asked one thing at a time, and at most one that is urgent beside; it always answers, and never rejects. */
export interface Link {
  read(block: Block, timeoutMs: number, asking: Asking): Promise<Reply>
  write(block: Block, words: Uint16Array, timeoutMs: number, asking: Asking): Promise<Reply>
  /** Whether what it says can be believed at once. */
  inStep(): boolean
  close(): Promise<void>
}

/** What is known of a wire over all its openings. */
export interface Past {
  /** Answers that came too late. */
  late(): number
  /** Null where answers carry the number of their request. */
  step(): Omit<StepHealth, 'inStep'> | null
}

interface Job {
  act: (link: Link) => Promise<Reply>
  done: (reply: Reply) => void
}

interface Lane {
  jobs: Job[]
  /** The first of them is under way. */
  busy: boolean
  last: Promise<Reply> | null
}

const makeLane = (): Lane => ({ jobs: [], busy: false, last: null })

/** Opens the wire, or says why not. `onLost` is told once, in a sentence, when an opened one is gone. */
export type OpenLink = (onLost: (why: string) => void) => Promise<Link | Trouble>

export const isBits = (table: Table): boolean => table === 'coil' || table === 'discrete'

export function makeBus(name: string, clock: BusClock, past: Past, open: OpenLink): Bus {
  const say = (what: string) => `bus ${name}: ${what}`
  const counts = { requests: 0, answers: 0, openings: 0, busyMs: 0 }
  const exceptions: Record<number, number> = {}
  const faults: Partial<Record<Fault, number>> = {}
  const latency = makeLatency()
  let link: Link | null = null
  let proven = false // the link has given an answer
  let trouble = 'nothing has been asked of it yet'
  let retryAt = Number.NEGATIVE_INFINITY
  let retryMs = firstRetryMs
  const lanes = { usual: makeLane(), urgent: makeLane() }
  let opening: Promise<Link | null> | null = null
  let closed = false
  let abandon = () => {} // the opening that is under way

  const holdOff = () => {
    retryAt = clock.now() + retryMs
    retryMs = Math.min(2 * retryMs, longestRetryMs)
  }

  const onLost = (why: string) => {
    link = null
    if (!closed) trouble = why
  }

  const openAnew = async (): Promise<Link | null> => {
    let lost = false
    const opening = open((why) => {
      lost = true
      onLost(why)
    })
    const opened = await new Promise<Link | Trouble | null>((resolve, reject) => {
      abandon = () => resolve(null)
      opening.then(resolve, reject)
    })
    if (opened === null) {
      // What opens after all, is closed again.
      void opening.then((late) => ('trouble' in late ? undefined : late.close()))
      return null
    }
    if ('trouble' in opened || lost) {
      if ('trouble' in opened) trouble = opened.trouble
      if ('trouble' in opened && opened.soon) retryMs = firstRetryMs
      holdOff()
      return null
    }
    link = opened
    counts.openings++
    proven = false
    trouble = ''
    return link
  }

  /** The link, opened where it can be; after null `trouble` says why there is none. */
  const ready = (): Link | null | Promise<Link | null> => {
    if (link || closed || (!opening && clock.now() < retryAt)) return link
    opening ??= openAnew().finally(() => {
      opening = null
    })
    return opening
  }

  const account = (reply: Reply, tookMs: number): Reply => {
    if (reply.ok || reply.fault === 'exception') {
      counts.answers++
      proven = true
      retryMs = firstRetryMs
    }
    if (reply.ok) {
      latency.note(reply.tookMs ?? tookMs)
      return reply
    }
    faults[reply.fault] = (faults[reply.fault] ?? 0) + 1
    if (reply.code !== undefined) exceptions[reply.code] = (exceptions[reply.code] ?? 0) + 1
    return reply
  }

  /** In each lane one request at a time, in the order of the calls; none is begun while an urgent one is there. */
  const next = (lane: Lane) => {
    const [job] = lane.jobs
    if (!job || lane.busy || (lane === lanes.usual && lanes.urgent.jobs.length > 0)) return
    lane.busy = true
    if (link) transact(lane, job, link)
    else void Promise.resolve(ready()).then((opened) => transact(lane, job, opened))
  }

  /** An urgent request that waits for a usual one, or the other way round, takes no time twice. */
  let countedTo = Number.NEGATIVE_INFINITY

  const transact = (lane: Lane, job: Job, opened: Link | null) => {
    const since = clock.now()
    const finish = (reply: Reply) => {
      const now = clock.now()
      counts.busyMs += now - Math.max(since, countedTo)
      countedTo = now
      // A peer that takes connections only to drop them is like one that takes none.
      if (opened && !reply.ok && reply.fault === 'closed' && !proven) holdOff()
      lane.jobs.shift()
      lane.busy = false
      job.done(account(reply, now - since))
      next(lanes.urgent)
      next(lanes.usual)
    }
    if (opened) void job.act(opened).then(finish)
    else finish({ ok: false, fault: 'closed', detail: say(trouble) })
  }

  const inTurn = (lane: Lane, act: Job['act']): Promise<Reply> => {
    counts.requests++
    if (lane.jobs.length > waitingMost - 1)
      return Promise.resolve(account({ ok: false, fault: 'overload', detail: say(`${waitingMost} requests wait already`) }, 0))
    const reply = new Promise<Reply>((done) => {
      lane.jobs.push({ act, done })
      next(lane)
    })
    lane.last = reply
    return reply
  }

  return {
    read(block, timeoutMs, asking = {}) {
      const wrong = wrongIn(block, isBits(block.table) ? limits.readBits : limits.readWords)
      if (wrong) return Promise.reject(wrong)
      return inTurn(asking.urgent ? lanes.urgent : lanes.usual, (link) => link.read(block, timeoutMs, asking))
    },
    write(block, words, timeoutMs, asking = {}) {
      const wrong =
        wrongIn(block, isBits(block.table) ? limits.writeBits : limits.writeWords) ??
        (words.length !== block.count ? new RangeError(`${words.length} words for ${block.count} places`) : null) ??
        (block.table !== 'coil' && block.table !== 'holding' ? new RangeError(`nobody can write to a place of kind ${block.table}`) : null)
      if (wrong) return Promise.reject(wrong)
      return inTurn(asking.urgent ? lanes.urgent : lanes.usual, (link) => link.write(block, words, timeoutMs, asking))
    },
    health: (): BusHealth => {
      const step = past.step()
      return {
        open: link !== null,
        requests: counts.requests,
        answers: counts.answers,
        faults: { ...faults },
        late: past.late(),
        exceptions: { ...exceptions },
        busyMs: counts.busyMs,
        openings: counts.openings,
        latencyMs: latency.percentiles(),
        step: step && { inStep: link?.inStep() ?? false, ...step },
        trouble,
      }
    },
    async close() {
      if (closed) return
      closed = true
      abandon()
      trouble = 'it was closed'
      await link?.close()
      await Promise.all([lanes.usual.last, lanes.urgent.last])
    },
  }
}

/** A block that no frame can carry is our own mistake: site and profile have been checked. */
function wrongIn({ unit, address, count }: Block, most: number): RangeError | null {
  const good = unit >= 0 && unit <= 255 && count >= 1 && count <= most && address >= 0 && address + count <= 0x10000
  return good ? null : new RangeError(`no request can have unit ${unit}, address ${address}, count ${count} (at most ${most})`)
}
