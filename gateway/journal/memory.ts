/**
 * The journal in memory, bounded: messages wait here until every uplink that they are meant for has confirmed them.
 * It dies with the process; what must outlive a power cut needs the one on disk, behind the same port.
 *
 *     lane live:   confirmed │ late: lane backfill │ live     each uplink has its own cursors and its own late ranges
 *     seq     ───────────────┼─────────────────────┼──────►
 */
import { type Lane, laneOf, type Message } from '../../protocol/messages.ts'
import type { Journal, JournalRecord } from '../../protocol/ports.ts'

/** A board with 512 MB gives an outbox 32 MB at most: by the sizes below a week of ten channels at 10 s, told each minute. */
const MAX_BYTES = 32 * 1024 * 1024

/** What V8 holds for a message, a column and a number; taken generously (measured: 310 bytes for one row in one column, 120 for each further column). */
const MESSAGE_BYTES = 400
const COLUMN_BYTES = 200
const NUMBER_BYTES = 8

/** The least urgent goes first; late rows lie in `live`. */
const dropOrder = ['live', 'state', 'alarm'] as const
type Kept = (typeof dropOrder)[number]

interface Waiting extends JournalRecord {
  bytes: number
}

interface Reader {
  /** The last seq confirmed in each lane. */
  cursors: Map<Lane, number>
  /** Live records in `(from, to]` travel as back-fill. Ascending. */
  late: { from: number; to: number }[]
  /** The newest record of each lane that was dropped unconfirmed; `backfill` has one of its own. */
  lost: Map<Lane, number>
}

/** `uplinks`: all that will ever read; a message is freed when the last of those that it is meant for has confirmed it. */
export function openMemoryJournal(uplinks: string[], maxBytes = MAX_BYTES): Journal {
  const lanes: Record<Kept, Waiting[]> = { alarm: [], state: [], live: [] }
  const readers = new Map(uplinks.map((uplink): [string, Reader] => [uplink, { cursors: new Map(), late: [], lost: new Map() }]))
  let seq = 0
  let bytes = 0
  let dropped = 0

  const readerOf = (uplink: string): Reader => {
    const reader = readers.get(uplink)
    if (!reader) throw new Error(`the journal was not told of uplink ${uplink}`)
    return reader
  }
  const readersOf = ({ to }: Message): Reader[] => (to === null ? [...readers.values()] : [readerOf(to)])

  const forget = (kept: Kept, count: number, from = 0) => {
    for (const record of lanes[kept].splice(from, count)) bytes -= record.bytes
  }
  const trim = (kept: Kept) => {
    const open = lanes[kept].findIndex((record) => readersOf(record.message).some((reader) => waits(reader, kept, record.seq)))
    forget(kept, open < 0 ? lanes[kept].length : open)
  }
  /** The last of an uplink's late records stays: there will be no other in its lane to tell by its `prev` that those before it are gone. */
  const isLastLate = ({ seq }: Waiting) => [...readers.values()].some(({ late }) => late.at(-1)?.to === seq)
  const dropOldest = () => {
    for (const kept of dropOrder) {
      const place = lanes[kept].findIndex((record) => !isLastLate(record))
      const record = lanes[kept][place]
      if (!record) continue
      for (const reader of readersOf(record.message)) {
        if (!waits(reader, kept, record.seq)) continue
        reader.lost.set(isLate(reader, kept, record.seq) ? 'backfill' : kept, record.seq)
      }
      dropped++
      forget(kept, 1, place)
      trim(kept)
      return true
    }
    return false
  }

  return {
    append(message) {
      const read = readersOf(message).length > 0
      const record = { seq: ++seq, message, bytes: sizeOf(message) }
      if (!read) return seq
      const lane = lanes[laneOf(message) as Kept]
      lane.push(record)
      bytes += record.bytes
      while (bytes > maxBytes && dropOldest());
      return seq
    },

    takeSeq: () => ++seq,

    /** Inputs are not kept in memory: they would outgrow it in a day. */
    input() {},

    pending(uplink, lane, after, limit) {
      const reader = readerOf(uplink)
      const kept = keptOf(lane)
      if (!kept) return []
      const found: JournalRecord[] = []
      const records = lanes[kept]
      for (let row = firstAfter(records, Math.max(after, cursorOf(reader, lane))); row < records.length && found.length < limit; row++) {
        const record = records[row] as Waiting
        const { to } = record.message
        if ((to === null || to === uplink) && isLate(reader, kept, record.seq) === (lane === 'backfill'))
          found.push({ seq: record.seq, message: record.message })
      }
      return found
    },

    confirm(uplink, lane, confirmed) {
      const reader = readerOf(uplink)
      if (confirmed > seq) throw new Error(`seq ${confirmed} was never given`)
      reader.cursors.set(lane, Math.max(confirmed, cursorOf(reader, lane)))
      if (lane === 'backfill') reader.late = reader.late.filter(({ to }) => to > confirmed)
      const kept = keptOf(lane)
      if (kept) trim(kept)
    },

    cursor: (uplink, lane) => cursorOf(readerOf(uplink), lane),

    defer(uplink, upTo) {
      const reader = readerOf(uplink)
      const from = cursorOf(reader, 'live')
      if (upTo <= from) return
      // What was dropped before it was called late is missed in the lane that it now belongs to.
      const lost = reader.lost.get('live') ?? 0
      if (lost > from && lost <= upTo) {
        reader.lost.set('backfill', lost)
        reader.lost.delete('live')
      }
      reader.late.push({ from, to: upTo })
      reader.cursors.set('live', upTo)
    },

    lost(uplink, lane, after) {
      const lost = readerOf(uplink).lost.get(lane) ?? 0
      return lost > after ? lost : null
    },

    waiting(uplink) {
      const reader = readerOf(uplink)
      const open = (kept: Kept) => lanes[kept].filter(({ seq: one, message: { to } }) => (to === null || to === uplink) && waits(reader, kept, one))
      return dropOrder.reduce((sum, kept) => sum + open(kept).length, 0)
    },

    stats: () => ({ records: dropOrder.reduce((sum, lane) => sum + lanes[lane].length, 0), bytes, dropped }),

    async close() {
      for (const lane of dropOrder) forget(lane, lanes[lane].length)
    },
  }
}

const cursorOf = (reader: Reader, lane: Lane): number => reader.cursors.get(lane) ?? 0

const keptOf = (lane: Lane): Kept | null => (lane === 'backfill' ? 'live' : lane === 'will' ? null : lane)

const isLate = (reader: Reader, kept: Kept, seq: number): boolean => kept === 'live' && reader.late.some(({ from, to }) => seq > from && seq <= to)

const waits = (reader: Reader, kept: Kept, seq: number): boolean => seq > cursorOf(reader, isLate(reader, kept, seq) ? 'backfill' : kept)

/** By bisection: records lie in the order of their seq. */
function firstAfter(records: Waiting[], seq: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((records[middle] as Waiting).seq > seq) high = middle
    else low = middle + 1
  }
  return low
}

function sizeOf(message: Message): number {
  if (message.kind !== 'live') return MESSAGE_BYTES + JSON.stringify(message).length
  let bytes = MESSAGE_BYTES
  for (const { v, t, q } of Object.values(message.channels))
    bytes += COLUMN_BYTES + NUMBER_BYTES * (v.length + (t?.length ?? 0)) + COLUMN_BYTES * (q?.length ?? 0)
  return bytes
}
