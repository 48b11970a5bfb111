/**
 * One lane of an uplink: what of it is in flight, what comes next, and the chain of `prev`.
 *
 *     confirmed ──► cursor │ flights, in order of sending │ read ──► what the journal still holds
 *
 * Confirmations may come in any order; the cursor moves only over a run of them without a hole, so that after a loss everything
 * behind it is sent again, with the same `prev` as the first time.
 */
import type { Lane } from '../../protocol/messages.ts'
import type { Journal, JournalRecord } from '../../protocol/ports.ts'

export interface Flight {
  seq: number
  bytes: number
  landed: boolean
  /** Stands in the chain. A state that was overtaken does not: nobody misses it. */
  linked: boolean
}

/** Most urgent first. */
export const outLanes = ['alarm', 'state', 'live', 'backfill'] as const satisfies readonly Lane[]

export interface OutLane {
  readonly name: (typeof outLanes)[number]
  /** The broker does not want it now. */
  refused: boolean
  /** What is not confirmed yet, or waits behind what is not: no more than the window is ever sent again. */
  inFlight(): number
  /** Something that flew when a connection broke has not been confirmed since. */
  doubtful(): boolean
  /** Bytes of what is not confirmed yet. */
  bytesInFlight(): number
  /** Up to so many next records. */
  read(limit: number): JournalRecord[]
  /** The `prev` of the record that is sent next. What the journal had to drop is named, so that it is missed. */
  prev(seq: number): number | null
  fly(seq: number, bytes: number): Flight
  isFlying(flight: Flight): boolean
  land(flight: Flight): void
  /** Passes over a record. `missed`: it stays in the chain, as a gap that a receiver can see. */
  skip(seq: number, missed: boolean): void
  /** Nothing that flies will land. Answers with the head of the lane, if one flew, and in how many losses in a row it was that. */
  breakOff(): { seq: number; bytes: number; losses: number } | null
  /** Begins again behind the cursor. */
  restart(): void
}

export function makeLane(uplink: string, name: OutLane['name'], journal: Journal): OutLane {
  let flights: Flight[] = []
  let read = 0
  /** Where the chain stands: at what was sent last, and at what was confirmed last. */
  let chain: number | null = null
  let firmChain: number | null = null
  let head = { seq: 0, losses: 0 }
  let doubtfulTo = 0

  function settle(): void {
    for (let first = flights[0]; first?.landed; first = flights[0]) {
      flights.shift()
      if (first.linked) firmChain = first.seq
      journal.confirm(uplink, name, first.seq)
    }
  }

  function begin(): void {
    flights = []
    read = journal.cursor(uplink, name)
    chain = firmChain
  }

  function put(flight: Flight): Flight {
    flights.push(flight)
    read = flight.seq
    if (flight.linked) chain = flight.seq
    settle()
    return flight
  }

  const lane: OutLane = {
    name,
    refused: false,
    inFlight: () => flights.length,
    doubtful: () => journal.cursor(uplink, name) < doubtfulTo,
    bytesInFlight: () => flights.reduce((sum, { landed, bytes }) => (landed ? sum : sum + bytes), 0),
    read: (limit) => (limit > 0 ? journal.pending(uplink, name, read, limit) : []),
    prev(seq) {
      const lost = journal.lost(uplink, name, chain ?? 0)
      if (lost !== null && lost < seq) chain = lost
      return chain
    },
    fly: (seq, bytes) => put({ seq, bytes, landed: false, linked: true }),
    isFlying: (flight) => flights.includes(flight) && !flight.landed,
    land(flight) {
      flight.landed = true
      settle()
    },
    skip(seq, missed) {
      put({ seq, bytes: 0, landed: true, linked: missed })
    },
    breakOff() {
      const [first] = flights
      doubtfulTo = Math.max(doubtfulTo, flights.at(-1)?.seq ?? 0)
      begin()
      if (!first) return null
      head = { seq: first.seq, losses: head.seq === first.seq ? head.losses + 1 : 1 }
      return { ...first, losses: head.losses }
    },
    restart() {
      lane.refused = false
      begin()
    },
  }
  return lane
}
