/**
 * Recorded rows in lock-step: every device shows its row of the current time, and time goes on only when each of those rows was taken.
 *
 *     row times   A: 0 ... 5 ... 10     at 5 only A has a row: B still shows that of 3
 *                 B: 0 . 3 ..... 10     at 10 both must be read before the next time is shown
 */
import { instant } from '../../protocol/time.ts'
import type { Feed, RecordedRow, RecordedRows, Showing } from './feed.ts'

export interface RecordedFeed extends Feed {
  /** Rows shown so far, and rows that were not later than the one before them, which are dropped. */
  counts(): { shown: number; dropped: number }
}

interface Reel {
  rows: Iterator<RecordedRow>
  next: RecordedRow | null
  showing: Showing
  /** A row is shown that nobody has read yet. */
  waiting: boolean
}

/** Before its first row, a device shows nothing, at no time. */
const blank: Showing = { values: new Map(), time: null, mute: false }

export function recordedFeed(rows: RecordedRows): RecordedFeed {
  const reels = new Map<string, Reel>()
  let shown = 0
  let dropped = 0
  let waiting = 0
  const { promise: done, resolve } = Promise.withResolvers<void>()

  for (const [device, iterator] of rows) {
    const reel: Reel = { rows: iterator, next: null, showing: blank, waiting: false }
    reel.next = following(reel, Number.NEGATIVE_INFINITY)
    reels.set(device, reel)
  }
  goOn()

  function following(reel: Reel, after: number): RecordedRow | null {
    for (let row = reel.rows.next(); !row.done; row = reel.rows.next()) {
      if (row.value.time > after) return row.value
      dropped++
    }
    return null
  }

  function goOn(): void {
    let time = Infinity
    for (const { next } of reels.values()) if (next && next.time < time) time = next.time
    if (time === Infinity) {
      resolve()
      return
    }
    for (const reel of reels.values()) {
      if (reel.next?.time !== time) continue
      // Values that this row does not tell are missing, not those of the row before.
      const values = new Map<string, number | null>([...reel.showing.values.keys()].map((name) => [name, null]))
      for (const [name, value] of reel.next.values) values.set(name, value)
      reel.showing = { values, time: instant(time), mute: false }
      reel.waiting = true
      reel.next = following(reel, time)
      shown++
      waiting++
    }
  }

  return {
    show: (device) => reels.get(device)?.showing ?? blank,
    taken(device) {
      const reel = reels.get(device)
      if (!reel?.waiting) return
      reel.waiting = false
      waiting--
      if (waiting === 0) goOn()
    },
    counts: () => ({ shown, dropped }),
    done,
  }
}
