/**
 * The ring buffer of a channel: four columns of equal length, written at `head`, oldest rows overwritten.
 *
 *     row      head-n ......... head-1   head          rows are numbered from 0 and never renumbered;
 *     slot     (row & mask)              next write    row r is readable while r >= head - capacity
 *
 * 18 bytes a row: two doubles, two bytes.
 */
export interface Ring {
  readonly mask: number
  head: number
  /** Rows below this have been judged and have entered the windows. */
  settled: number
  /** Counts the settled rows that were failed afterwards: a window that sees it move is made anew. */
  revision: number
  readonly time: Float64Array
  readonly value: Float64Array
  readonly quality: Uint8Array
  readonly reason: Uint8Array
}

export const BYTES_PER_ROW = 18

/** `rows` is rounded up to a power of two, so that a row's slot is one `&`. */
export function makeRing(rows: number): Ring {
  const capacity = ringCapacity(rows)
  return {
    mask: capacity - 1,
    head: 0,
    settled: 0,
    revision: 0,
    time: new Float64Array(capacity),
    value: new Float64Array(capacity),
    quality: new Uint8Array(capacity),
    reason: new Uint8Array(capacity),
  }
}

/** A piece of rows always fits: no stage sees rows overwritten that it has not yet read. */
export const LEAST_ROWS = 128

export const ringCapacity = (rows: number): number => 2 ** Math.ceil(Math.log2(Math.max(LEAST_ROWS, rows)))

/** Writes a row at `head`, over the oldest one when the ring is full. `time` is station time in ms; that it only rises is the caller's care. */
export function push(ring: Ring, time: number, value: number, quality: number, reason: number): void {
  const slot = ring.head & ring.mask
  ring.time[slot] = time
  ring.value[slot] = value
  ring.quality[slot] = quality
  ring.reason[slot] = reason
  ring.head++
}

/** The oldest row that can still be read. */
export const oldest = (ring: Ring): number => Math.max(0, ring.head - ring.mask - 1)
