/** Small things that outlive the process, in one file: which registers a device refuses, how late a line has been. */
import type { Notes } from '../../protocol/ports.ts'

/** Notes that live as long as the process. */
export function memoryNotes(): Notes {
  const held = new Map<string, unknown>()
  return { read: (name) => held.get(name), keep: (name, value) => void held.set(name, value) }
}
