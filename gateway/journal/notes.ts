/** Small things that outlive the process, in one file: which registers a device refuses, how late a line has been, which command was the last. */
import { existsSync, readFileSync, renameSync, statSync } from 'node:fs'
import { mkdir, open, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { BusClock, Notes } from '../../protocol/ports.ts'

/** Notes come in bursts, when a device is taken apart: one write a second is enough for what changes a few times a day, and spares the card. */
const GATHER_MS = 1_000

/** A station has some dozens of notes of some hundred bytes; a file of more is none of ours, or was damaged. */
const LONGEST_BYTES = 4 * 2 ** 20

export interface NotesFile extends Notes {
  /** What is not written yet is, if it can be. */
  close(): Promise<void>
}

/** Notes that live as long as the process. */
export function memoryNotes(): Notes {
  const held = new Map<string, unknown>()
  return { read: (name) => held.get(name), keep: (name, value) => void held.set(name, value) }
}

type Environment = Partial<Record<'STATE_DIRECTORY' | 'XDG_STATE_HOME', string>>

/** systemd names the folder of a program in STATE_DIRECTORY, of several the first; a user's is in XDG_STATE_HOME. */
export function notesPath(site: { area: string; id: string; station: string }, environment: Environment = process.env): string {
  const { STATE_DIRECTORY, XDG_STATE_HOME } = environment
  const folder = STATE_DIRECTORY?.split(':')[0] || join(XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'hazardpoint')
  return join(folder, `${site.area}-${site.id}-${site.station}.notes.json`)
}

/**
 * Never fails: what is wrong with the file is told in a sentence, once, and the notes go on in memory. A file that is not ours to
 * understand is set aside, so that the next start has it no more and a person still does.
 *
 *     kept ─► (a second) ─► file.new, synced ─► renamed over the file ─► folder synced
 */
export function openNotes(path: string, clock: BusClock, tell: (trouble: string) => void): NotesFile {
  const held = new Map(Object.entries(readNotes(path, tell)))
  let unwritten = false
  let told = false
  let writing: Promise<void> = Promise.resolve()
  let cancel: (() => void) | null = null

  const write = async (): Promise<void> => {
    cancel = null
    if (!unwritten) return
    unwritten = false
    try {
      await replace(path, `${JSON.stringify(Object.fromEntries(held), null, 1)}\n`)
      told = false
    } catch (error) {
      unwritten = true
      if (!told) tell(`the notes ${path} cannot be written: ${(error as Error).message}. What the station learns of its devices is forgotten when it ends.`)
      told = true
    }
  }
  const soon = (): void => {
    writing = writing.then(write)
  }

  return {
    read: (name) => held.get(name),
    keep(name, value) {
      if (JSON.stringify(held.get(name)) === JSON.stringify(value)) return
      held.set(name, value)
      unwritten = true
      cancel ??= clock.after(GATHER_MS, soon)
    },
    async close() {
      cancel?.()
      soon()
      await writing
    },
  }
}

function readNotes(path: string, tell: (trouble: string) => void): Record<string, unknown> {
  try {
    if (!existsSync(path)) return {}
    const found = statSync(path)
    // A device has no end, and a pipe waits for somebody who writes.
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > LONGEST_BYTES) throw new Error('it is too long to be ours')
    const notes: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof notes === 'object' && notes !== null && !Array.isArray(notes)) return notes as Record<string, unknown>
    throw new Error('it holds no notes')
  } catch (error) {
    tell(`the notes ${path} cannot be read: ${(error as Error).message}. ${setAside(path)} The station learns anew.`)
    return {}
  }
}

function setAside(path: string): string {
  try {
    renameSync(path, `${path}.damaged`)
    return `They are set aside as ${path}.damaged.`
  } catch (error) {
    return `They cannot be set aside either (${(error as Error).message}).`
  }
}

/** Whole or not at all, also over a power cut: the new text is on the disk before it takes the old one's name, and then the name is. */
async function replace(path: string, text: string): Promise<void> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(`${path}.new`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.new`, path)
  const held = await open(folder, 'r')
  try {
    await held.sync()
  } finally {
    await held.close()
  }
}
