/** A voice or a sign with frames of its own on a serial line: told what to say, asked whether it does. */
import { crc16 } from '../../protocol/frames.ts'
import type { BusClock, FrameLine, Obeyed, Output, Saying } from '../../protocol/ports.ts'
import type { Driven, FramesDrive } from './drive.ts'
import { recordingIn } from './recordings.ts'
import { encodeText } from './text.ts'
import { inTurns } from './turns.ts'
import { remarks } from './words.ts'

/** Spoken Chinese has three to five syllables a second; a voice that cannot be asked is not told again before its text can be over. */
const CHARACTER_MS = 300

/** A recording of a warning is over by then; one that cannot be asked would else begin anew each time that the order is repeated. */
const RECORDING_MS = 30_000

/** Bytes that the checksum takes in a frame. */
export const checksumSize = ({ checksum, checksumAs }: FramesDrive): number =>
  ({ none: 0, xor8: 1, sum8: 1, 'sum16-negated': 2, 'crc16-modbus': 2 })[checksum] * (checksumAs === 'hex' ? 2 : 1)

/** A whole frame around what is to be said. */
export function frameOf(payload: Uint8Array, drive: FramesDrive): Uint8Array {
  const counted = payload.length + checksumSize(drive)
  const length = drive.lengthBytes === 0 ? [] : drive.lengthBytes === 1 ? [counted] : [counted >>> 8, counted & 0xff]
  const bare = Uint8Array.of(...drive.start, ...length, ...payload)
  return Uint8Array.of(...bare, ...checksumOf(bare.subarray(drive.checksumFrom), drive), ...drive.end)
}

function checksumOf(bytes: Uint8Array, { checksum, checksumAs }: FramesDrive): number[] {
  const sum = bytes.reduce((all, byte) => all + byte, 0)
  const crc = crc16(bytes)
  const found = {
    none: [],
    xor8: [bytes.reduce((all, byte) => all ^ byte, 0)],
    sum8: [sum & 0xff],
    'sum16-negated': [(-sum >>> 8) & 0xff, -sum & 0xff],
    'crc16-modbus': [crc & 0xff, crc >>> 8],
  }[checksum]
  if (checksumAs === 'bytes') return found
  return [...found.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('')].map((digit) => digit.charCodeAt(0))
}

/** What says a text: how long that takes at most, and what of the text is not in it. */
interface Spoken {
  frame: Uint8Array
  lastsMs: number
  remarks: string[]
}

/** Why not, in a sentence, where this kind has no way to say it. */
export function frameOfText(text: string, drive: FramesDrive): Spoken | { why: string } {
  const { say, clip } = drive
  const recording = clip && recordingIn(text, clip)
  if (clip && recording) return 'why' in recording ? recording : frameOfRecording(recording, clip, drive)
  if (!say) return { why: `it only plays recordings: write #1 for the first, in place of "${text}"` }
  const { bytes, unknown, cut } = encodeText(text, say.encoding, say.most)
  const frame = frameOf(Uint8Array.of(...say.before, ...bytes, ...say.after), drive)
  return { frame, lastsMs: [...text].length * CHARACTER_MS, remarks: remarks(unknown, cut) }
}

function frameOfRecording({ number, more }: { number: number; more: boolean }, clip: NonNullable<FramesDrive['clip']>, drive: FramesDrive): Spoken {
  const written = clip.bytes === 1 ? [number] : [number >>> 8, number & 0xff]
  const frame = frameOf(Uint8Array.of(...clip.before, ...written), drive)
  return { frame, lastsMs: RECORDING_MS, remarks: more ? ['it plays the first recording alone'] : [] }
}

/** Between square brackets the speech chips take orders: `[v0]` is silence (SYN6288 and XFS5152, data sheets, text control marks). */
const withoutOrders = (text: string): string => text.replaceAll('[', '(').replaceAll(']', ')')

type Answer = 'taken' | 'refused' | 'busy' | 'idle'
type Heard = Answer | { nothing: string }

export function makeFrameOutput(line: FrameLine, busClock: BusClock, { kind, timeoutMs }: Driven, drive: FramesDrive): Output {
  const { answer, ask } = drive
  /** What was last said, and when. */
  let said: { text: string; at: number; lastsMs: number } | null = null

  /** Sends a frame and hears one of the answers that may come to it. One that never answers has taken what went out. */
  async function tell(frame: Uint8Array, wanted: readonly Answer[]): Promise<Heard> {
    if (!answer) {
      const trouble = await line.send(frame)
      return trouble === null ? 'taken' : { nothing: trouble }
    }
    /** A voice that has just ended says so unasked: what is not waited for is passed over. So is our own frame, which some lines give back. */
    const first = (all: Uint8Array): Answer | undefined => {
      const heard = all.subarray(frame.every((byte, at) => at >= all.length || all[at] === byte) ? frame.length : 0)
      for (let at = 0; at + answer.length <= heard.length; at++) {
        const word = wanted.find((one) => answer[one]?.every((byte, place) => heard[at + place] === byte))
        if (word) return word
      }
      return undefined
    }
    const reply = await line.converse(frame, (heard) => first(heard) !== undefined, timeoutMs)
    const word = reply.ok ? first(reply.frame) : undefined
    return word ?? { nothing: reply.ok || reply.fault === 'short' ? 'it answered something else than it was asked' : reply.detail }
  }

  const status = async (): Promise<Heard | null> => (ask && answer ? tell(frameOf(ask, drive), ['busy', 'idle']) : null)

  async function speak(saying: Saying | undefined): Promise<Obeyed> {
    const text = kind === 'voice' ? withoutOrders(saying?.text ?? '') : (saying?.text ?? '')
    const made = frameOfText(text, drive)
    if ('why' in made) return { actual: false, detail: made.why }
    // A text that is being spoken is not begun anew each time that the command is repeated; a sign is written again.
    if (kind === 'voice' && said?.text === text) {
      const now = await status()
      const { at, lastsMs } = said
      // One that cannot be asked is taken to be at it; one that is busy for twice the time hangs, and has said nothing for long.
      const still = busClock.now() - at < (now === 'busy' ? 2 * lastsMs : lastsMs)
      if (still && (now === 'busy' || now === null)) return { actual: true, detail: '' }
    }
    const heard = await tell(made.frame, ['taken', 'refused'])
    said = heard === 'taken' ? { text, at: busClock.now(), lastsMs: made.lastsMs } : null
    if (heard === 'taken') return { actual: true, detail: made.remarks.join('; ') }
    if (typeof heard === 'object') return { actual: null, detail: heard.nothing }
    return { actual: false, detail: 'it refused the text' }
  }

  async function hush(): Promise<Obeyed> {
    said = null
    const heard = await tell(frameOf(drive.stop, drive), ['taken', 'refused', 'idle'])
    const now = (await status()) ?? heard
    if (typeof now === 'object') return { actual: null, detail: now.nothing }
    // A voice that has nothing to stop may refuse it.
    if (now === 'busy' || (now === 'refused' && kind !== 'voice')) return { actual: true, detail: 'it goes on, though it was told to stop' }
    return { actual: false, detail: '' }
  }

  return { set: inTurns((on, saying) => (on ? speak(saying) : hush())) }
}
