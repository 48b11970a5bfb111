/** Which recording a text names, for a player that cannot speak. */
import type { FramesDrive } from './drive.ts'

/** `#7` is recording 7, where nothing else stands beside it: none is played in place of a text that announces a drill, or names a pump #7. */
const RECORDING = /^\s*#(\d+)(\s+#\d+)*\s*$/

/** Null where the text is no recording; a sentence where there is no such one. `more`: others stand behind it. */
export function recordingIn(text: string, { bytes }: NonNullable<FramesDrive['clip']>): { number: number; more: boolean } | { why: string } | null {
  const [named, written, more] = RECORDING.exec(text) ?? []
  if (named === undefined) return null
  const number = Number(written)
  return number < 256 ** bytes ? { number, more: more !== undefined } : { why: `it has no recording ${number}` }
}
