/** The twin of a voice or a sign with frames of its own: takes what it is told, answers as its profile says, and tells what it says. */
import type { FramesDrive } from '../../devicejs/outputs/drive.ts'
import { checksumSize, frameOf } from '../../devicejs/outputs/frames.ts'
import type { BusClock } from '../../protocol/ports.ts'
import type { Speech } from './voice.ts'

/** As slowly as Chinese is spoken. */
const CHARACTER_MS = 300

/** More than any frame has: what is longer has no beginning. */
const HELD_MOST = 8192

type Answer = 'taken' | 'refused' | 'busy' | 'idle'

export interface TellerWiring {
  drive: FramesDrive
  /** It ends its text by itself; a sign shows it for ever. */
  speaks: boolean
  busClock: Pick<BusClock, 'after'>
  /** The text that it begins to say or show; null: nothing any more. */
  told(text: string | null): void
}

export function teller({ drive, speaks, busClock, told }: TellerWiring): Speech {
  const stop = frameOf(drive.stop, drive)
  const ask = drive.ask ? frameOf(drive.ask, drive) : null
  return (say) => {
    let held: number[] = []
    let end: (() => void) | null = null

    const answer = (word: Answer): void => {
      const mark = drive.answer?.[word]
      if (!mark || !drive.answer) return
      const bytes = new Uint8Array(drive.answer.length)
      bytes.set(mark)
      say(bytes)
    }

    function hush(): void {
      end?.()
      end = null
      told(null)
    }

    function obey(frame: Uint8Array): Answer {
      if (ask && same(frame, ask)) return end ? 'busy' : 'idle'
      const stops = same(frame, stop)
      const text = stops ? null : textIn(frame, drive)
      if (text === null && !stops) return 'refused'
      hush()
      if (text !== null) begin(text)
      return 'taken'
    }

    function begin(text: string): void {
      told(text)
      if (!speaks) return
      end = busClock.after([...text].length * CHARACTER_MS, () => {
        hush()
        answer('idle')
      })
    }

    return {
      take(bytes) {
        held.push(...bytes)
        for (let size = frameSize(held, drive); size > 0; size = frameSize(held, drive)) answer(obey(Uint8Array.from(held.splice(0, size))))
        held = held.slice(-HELD_MOST)
      },
      end: () => end?.(),
    }
  }
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, at) => byte === b[at])

/** Of the frame that begins here; 0 where it is not whole. What stands before its beginning is dropped. */
function frameSize(held: number[], { start, lengthBytes, end }: FramesDrive): number {
  while (held.length > 0 && start.some((byte, at) => held[at] !== undefined && held[at] !== byte)) held.shift()
  if (held.length < start.length + lengthBytes) return 0
  if (lengthBytes === 0) {
    // One that has neither a length nor an end is taken for whole.
    if (end.length === 0) return held.length
    const at = held.findIndex((_, from) => from >= start.length && end.every((byte, place) => held[from + place] === byte))
    return at < 0 ? 0 : at + end.length
  }
  const counted = held.slice(start.length, start.length + lengthBytes).reduce((all, byte) => all * 256 + byte, 0)
  const size = start.length + lengthBytes + counted + end.length
  return held.length < size ? 0 : size
}

/** Null where the checksum is wrong, or nobody can say that. */
function textIn(frame: Uint8Array, drive: FramesDrive): string | null {
  const { start, lengthBytes, end, say, clip } = drive
  const payload = frame.subarray(start.length + lengthBytes, frame.length - end.length - checksumSize(drive))
  if (!same(frameOf(payload, drive), frame)) return null
  const begins = (before: Uint8Array): boolean => before.every((byte, at) => payload[at] === byte)
  if (clip && begins(clip.before) && payload.length === clip.before.length + clip.bytes)
    return `#${payload.subarray(clip.before.length).reduce((all, byte) => all * 256 + byte, 0)}`
  if (!say || !begins(say.before)) return null
  const text = payload.subarray(say.before.length, payload.length - say.after.length)
  const coding = { gb2312: 'gb18030', gbk: 'gb18030', ascii: 'latin1', 'utf-8': 'utf-8', 'utf-16be': 'utf-16be' }[say.encoding]
  return new TextDecoder(coding).decode(text)
}
