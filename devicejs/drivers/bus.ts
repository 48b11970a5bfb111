// What every bus does, whatever its wire: requests in turn, opening on first use and again after a loss, and an honest account of itself.

import { limits } from '../../protocol/frames.ts'
import type { Block, Bus, BusClock, BusHealth, Fault, Reply, Table } from '../../protocol/ports.ts'
import type { Trouble } from './tcp.ts'

/** Requests that may wait for their turn: a poll loop asks one at a time, and outputs a few; more is a caller gone wild. */
const waitingMost = 64

/** After a failed opening the next try is not before this, doubling up to the most: soon enough after a glitch, and no load for a device that is off for days. */
const firstRetryMs = 500
const longestRetryMs = 10_000

/** An open wire. It is asked one thing at a time; it always answers, and never rejects. */
export interface Link {
  read(block: Block, timeoutMs: number): Promise<Reply>
  write(block: Block, words: Uint16Array, timeoutMs: number): Promise<Reply>
  /** Answers that came too late. */
  late(): number
  close(): Promise<void>
}

/** Opens the wire, or says why not. `onLost` is told once, in a sentence, when an opened one is gone. */
export type OpenLink = (onLost: (why: string) => void) => Promise<Link | Trouble>

export const isBits = (table: Table): boolean => table === 'coil' || table === 'discrete'

export function makeBus(name: string, clock: BusClock, open: OpenLink): Bus {
  const say = (what: string) => `bus ${name}: ${what}`
  const counts = { requests: 0, answers: 0, late: 0, openings: 0, busyMs: 0 }
  const exceptions: Record<number, number> = {}
  const faults: Partial<Record<Fault, number>> = {}
  let link: Link | null = null
  let proven = false // the link has given an answer
  let trouble = 'nothing has been asked of it yet'
  let retryAt = Number.NEGATIVE_INFINITY
  let retryMs = firstRetryMs
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()
  let closed = false
  let abandon = () => {} // the opening that is under way

  const holdOff = () => {
    retryAt = clock.now() + retryMs
    retryMs = Math.min(2 * retryMs, longestRetryMs)
  }

  const onLost = (why: string) => {
    counts.late += link?.late() ?? 0
    link = null
    if (!closed) trouble = why
  }

  /** The link, opened where it can be; after null `trouble` says why there is none. */
  const ready = async (): Promise<Link | null> => {
    if (link || closed || clock.now() < retryAt) return link
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
      holdOff()
      return null
    }
    link = opened
    counts.openings++
    proven = false
    trouble = ''
    return link
  }

  const transact = async (act: (link: Link) => Promise<Reply>): Promise<Reply> => {
    const opened = await ready()
    if (!opened) return { ok: false, fault: 'closed', detail: say(trouble) }
    const since = clock.now()
    const reply = await act(opened)
    counts.busyMs += clock.now() - since
    if (reply.ok || reply.fault === 'exception') {
      counts.answers++
      proven = true
      retryMs = firstRetryMs
    } else if (reply.fault === 'closed' && !proven) holdOff() // a peer that takes connections only to drop them is like one that takes none
    return reply
  }

  /** One request at a time, in the order of the calls. */
  const inTurn = async (act: (link: Link) => Promise<Reply>): Promise<Reply> => {
    counts.requests++
    let reply: Reply = { ok: false, fault: 'overload', detail: say(`${waitingMost} requests wait already`) }
    if (waiting < waitingMost) {
      waiting++
      const mine = turn.then(() => transact(act))
      turn = mine
      reply = await mine
      waiting--
    }
    if (!reply.ok) faults[reply.fault] = (faults[reply.fault] ?? 0) + 1
    if (!reply.ok && reply.code !== undefined) exceptions[reply.code] = (exceptions[reply.code] ?? 0) + 1
    return reply
  }

  return {
    async read(block, timeoutMs) {
      check(block, isBits(block.table) ? limits.readBits : limits.readWords)
      return inTurn((link) => link.read(block, timeoutMs))
    },
    async write(block, words, timeoutMs) {
      check(block, isBits(block.table) ? limits.writeBits : limits.writeWords)
      if (words.length !== block.count) throw new RangeError(`${words.length} words for ${block.count} places`)
      if (block.table !== 'coil' && block.table !== 'holding') throw new RangeError(`nobody can write to a place of kind ${block.table}`)
      return inTurn((link) => link.write(block, words, timeoutMs))
    },
    health: (): BusHealth => ({
      open: link !== null,
      requests: counts.requests,
      answers: counts.answers,
      faults: { ...faults },
      late: counts.late + (link?.late() ?? 0),
      exceptions: { ...exceptions },
      busyMs: counts.busyMs,
      openings: counts.openings,
      step: null,
      trouble,
    }),
    async close() {
      if (closed) return
      closed = true
      abandon()
      trouble = 'it was closed'
      await link?.close()
      await turn
    },
  }
}

/** A block that no frame can carry is our own mistake: site and profile have been checked. */
function check({ unit, address, count }: Block, most: number): void {
  const good = unit >= 0 && unit <= 255 && count >= 1 && count <= most && address >= 0 && address + count <= 0x10000
  if (!good) throw new RangeError(`no request can have unit ${unit}, address ${address}, count ${count} (at most ${most})`)
}
