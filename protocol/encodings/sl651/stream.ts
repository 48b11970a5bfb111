/**
 * Finds the frames of SL 651-2014 in bytes that come in pieces of any size, and finds back into step after noise.
 *
 *     noise 7E 7E head .. 02 body .. 03 CRC noise 7E 7E ..
 *     └skipped┘└──────── one frame ───────┘└skipped┘
 *
 * A start whose checksum does not hold is left by one byte only: the true start may lie within what it claimed. What waits is at most one frame
 * (4112 bytes); bad starts at every byte of it cost a checksum each, which is much for one piece and nothing for a link of kilobytes a second.
 */

import type { Outcome } from './bcd.ts'
import { type Frame, frameLength, HEAD_BYTES, readFrame, START } from './frame.ts'

export interface FrameStream {
  /** The frames that this piece completes, and a sentence for each start that was none. */
  push(piece: Uint8Array): Outcome<Frame>[]
  /** The line has been silent for longer than a frame may pause: a start that still waits was none, and frames behind it are found. */
  rest(): Outcome<Frame>[]
  /** Bytes that belonged to no frame, since the stream was opened. */
  readonly skippedBytes: number
}

export function openFrameStream(): FrameStream {
  let held = new Uint8Array(0)
  let skippedBytes = 0

  /** Goes through what is held; a start that is not complete waits, unless no more will come. */
  function take(final: boolean): Outcome<Frame>[] {
    const found: Outcome<Frame>[] = []
    let at = 0
    for (;;) {
      const start = startIn(held, at)
      skippedBytes += start - at
      at = start
      if (at === held.length) break
      const next = frameAt(held, at)
      if (next === 'waits' && !final) break
      if (next !== 'waits') found.push(next.frame)
      const ours = next !== 'waits' && next.frame.ok
      skippedBytes += ours ? 0 : 1
      at += ours ? next.length : 1
    }
    held = held.slice(at)
    return found
  }

  return {
    push(piece) {
      const longer = new Uint8Array(held.length + piece.length)
      longer.set(held)
      longer.set(piece, held.length)
      held = longer
      return take(false)
    },
    rest: () => take(true),
    get skippedBytes() {
      return skippedBytes
    },
  }
}

/** Where the next start may be, or the end: a last 7E may be half of one. */
function startIn(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(START, from); at >= 0; at = bytes.indexOf(START, at + 1)) {
    if (at + 1 === bytes.length || bytes[at + 1] === START) return at
  }
  return bytes.length
}

function frameAt(bytes: Uint8Array, at: number): 'waits' | { frame: Outcome<Frame>; length: number } {
  if (at + HEAD_BYTES > bytes.length) return 'waits'
  const length = frameLength(bytes.subarray(at, at + HEAD_BYTES))
  if (!length.ok) return { frame: length, length: 1 }
  const end = at + length.value
  return end > bytes.length ? 'waits' : { frame: readFrame(bytes.subarray(at, end)), length: length.value }
}
