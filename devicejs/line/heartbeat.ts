/** Takes the heartbeats of a modem out of the bytes of a line: where they stand between frames, and nowhere else. */
import { answerLength, shortestFrame } from '../../protocol/frames.ts'

//   request  ──►
//            ◄── HB HB | answer ........ | HB        between frames: behind a request, and behind a whole answer
//
// Within an answer the same bytes are values, and stay. A heartbeat that a modem sets into the middle of an answer makes that answer
// a bad one, which its checksum tells.

/** Where the frames on a line begin and end. */
export interface Bounds {
  /** A request goes out: what comes next is its answer. */
  asked(request: Uint8Array): void
  /** A piece of bytes has come. */
  piece(): void
  /** Whether the next byte begins something. */
  between(): boolean
  /** A byte that is no heartbeat's. */
  pass(byte: number): void
}

/** Modbus RTU: an answer has the length that its request tells, an exception five bytes. */
export function rtuBounds(): Bounds {
  let length = 0
  let came = 0
  return {
    asked(request) {
      length = answerLength(request)
      came = 0
    },
    piece: () => {},
    between: () => came === 0 || came >= length,
    pass(byte) {
      came++
      if (came === 2 && byte >= 0x80) length = Math.min(length, shortestFrame)
    },
  }
}

/** Modbus ASCII: from the colon to the line feed. */
export function asciiBounds(): Bounds {
  let inside = false
  return {
    asked() {
      inside = false
    },
    piece: () => {},
    between: () => !inside,
    pass(byte) {
      if (byte === 0x3a) inside = true
      if (byte === 0x0a) inside = false
    },
  }
}

/** Frames of an instrument's own, whose ends only its profile knows: a heartbeat is seen at the beginning of a piece. */
export function pieceBounds(): Bounds {
  let first = true
  const begin = (): void => {
    first = true
  }
  return {
    asked: begin,
    piece: begin,
    between: () => first,
    pass() {
      first = false
    },
  }
}

export interface HeartbeatFilter {
  asked(request: Uint8Array): void
  take(bytes: Uint8Array): void
}

/** `beats` are what means nothing; all else is given on, in order. */
export function dropHeartbeats(beats: readonly Uint8Array[], bounds: Bounds, give: (bytes: Uint8Array) => void): HeartbeatFilter {
  let held: Uint8Array = new Uint8Array(0) // the beginning of what may become a heartbeat
  return {
    asked(request) {
      held = new Uint8Array(0)
      bounds.asked(request)
    },
    take(piece) {
      const bytes = new Uint8Array(held.length + piece.length)
      bytes.set(held)
      bytes.set(piece, held.length)
      const begins = held.length // of the piece: what was held may turn out to be no heartbeat's
      held = new Uint8Array(0)
      const out: number[] = []
      for (let from = 0; from < bytes.length; ) {
        if (from === begins) bounds.piece()
        const beat = bounds.between() ? beats.find((one) => one.every((byte, i) => from + i >= bytes.length || bytes[from + i] === byte)) : undefined
        if (beat && from + beat.length > bytes.length) {
          held = bytes.slice(from)
          break
        }
        if (!beat) {
          bounds.pass(bytes[from]!)
          out.push(bytes[from]!)
        }
        from += beat?.length ?? 1
      }
      if (out.length > 0) give(Uint8Array.from(out))
    },
  }
}
