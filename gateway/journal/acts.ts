/** What outlives the process, in a bounded file that is only ever added to: how the alarms stand, why they rose, what stages keep, and the acts of people. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, truncateSync } from 'node:fs'
import { copyFile, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { ActRecord, Memory, RiseRecord } from '../../protocol/ports.ts'
import { isRemembered, type Remembered } from '../../protocol/recording.ts'

/**
 * A line is some hundred bytes, an alarm some dozens of lines a year, what stages keep some a day: this is years of acts. It is read whole at
 * the start, and with the one before it at most twice this lies on the card.
 */
const LONGEST_BYTES = 4 * 2 ** 20

/** A file that grew beyond its bound while nobody could set it aside is not read into a small board's memory. */
const LONGEST_READ_BYTES = 4 * LONGEST_BYTES

/** Of a new file so much is left to the rises of the one before, that there is room for acts: the oldest go first. An alarm has some kilobytes of it. */
const RISES_SHARE = 1 / 4

/** A card that hangs for minutes leaves so many lines waiting; those beyond are not written, and that is told. */
const MOST_WAITING = 1000

/** Ours, of this form. */
const FIRST = { acts: 1 }

export const actsPath = (notesPath: string): string => notesPath.replace(/\.notes\.json$/, '.acts.ndjson')

/**
 * Never fails: what is wrong with the file is told in a sentence, once, and the station goes on. A line that the power cut short is cut
 * off; a file that is not ours to understand is set aside. Each write is on the disk before the next one begins. One that is taken away
 * while the station runs is made anew, and so is what could not be written, as soon as it can.
 *
 *     {"acts":1}   {"moment":{…},"parts":{"alarm slope":{…}}} (what changed)   {"act":{…}}   {"rise":{…}}   …   beyond the bound: copied to file.1, all anew
 */
export function openActs(path: string, tell: (trouble: string) => void, longestBytes = LONGEST_BYTES): Memory {
  const { remembered, rises, bytes: begun } = readActs(path, tell)
  const lastRises = new Map<string, string>()
  const written = new Map(Object.entries(remembered?.parts ?? {}).map(([name, part]) => [name, JSON.stringify(part)]))
  let last: Remembered | null = remembered
  let bytes = begun
  let file: FileHandle | null = null
  let told = false
  let waiting: string[] = []
  let writing: Promise<void> = Promise.resolve()

  const noteRise = (record: RiseRecord): string => {
    const line = JSON.stringify({ rise: record })
    // The newest last.
    lastRises.delete(record.alarm)
    lastRises.set(record.alarm, line)
    let length = [...lastRises.values()].reduce((sum, one) => sum + Buffer.byteLength(one), 0)
    for (const [alarm, one] of lastRises) {
      if (length <= longestBytes * RISES_SHARE) break
      lastRises.delete(alarm)
      length -= Buffer.byteLength(one)
    }
    return line
  }
  for (const record of rises) noteRise(record)

  const whole = (): string[] => [JSON.stringify(FIRST), ...(last ? [JSON.stringify(last)] : []), ...lastRises.values()]
  const write = async (): Promise<void> => {
    const lines = waiting
    waiting = []
    if (lines.length === 0) return
    try {
      if (file && !(await isAt(path, file))) {
        tell(`${path} was taken away while the station ran: it is made anew, and what people did before is gone with it.`)
        await letGo()
        bytes = 0
      }
      if (bytes > longestBytes) {
        await letGo()
        bytes = await renew(path, whole())
      }
      if (!file) {
        file = await opened(path)
        if ((await file.stat()).size === 0) bytes = 0
      }
      if (bytes === 0) lines.unshift(...whole())
      // What was not written may have been one of them.
      else if (told) lines.unshift(...lastRises.values())
      // Half a line may be there.
      const text = `${told ? '\n' : ''}${textOf(lines)}`
      await file.appendFile(text)
      await file.datasync()
      bytes += Buffer.byteLength(text)
      told = false
    } catch (error) {
      lost((error as Error).message)
      // A card that was put back is another file system: what was opened before stays broken.
      await letGo().catch(({ message }) => lost(message))
    }
  }
  const letGo = async (): Promise<void> => {
    const held = file
    file = null
    await held?.close()
  }
  /** The state is written whole when it next changes. */
  const lost = (why: string): void => {
    written.clear()
    if (!told) tell(`what the station must remember cannot be written to ${path}: ${why}. After a power cut it begins anew.`)
    told = true
  }
  const soon = (line: string): void => {
    if (waiting.length >= MOST_WAITING) lost('the disk does not answer')
    else {
      waiting.push(line)
      writing = writing.then(write)
    }
  }

  return {
    remembered,
    rises,
    keep(now) {
      last = now
      const changed = Object.entries(now.parts).filter(([name, part]) => written.get(name) !== JSON.stringify(part))
      if (changed.length === 0) return
      for (const [name, part] of changed) written.set(name, JSON.stringify(part))
      soon(JSON.stringify({ moment: now.moment, parts: Object.fromEntries(changed) }))
    },
    act: (record: ActRecord) => soon(JSON.stringify({ act: record })),
    rise: (record: RiseRecord) => soon(noteRise(record)),
    async close() {
      await writing
      await letGo()
    },
  }
}

const textOf = (lines: string[]): string => lines.map((line) => `${line}\n`).join('')

async function opened(path: string): Promise<FileHandle> {
  const folder = dirname(path)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = await open(path, 'a', 0o600)
  try {
    await syncFolder(folder)
    return file
  } catch (error) {
    await file.close()
    throw error
  }
}

/** What is written to a file without a name is read by nobody. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const held = await file.stat()
  const named = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  })
  return named?.ino === held.ino && named.dev === held.dev
}

async function syncFolder(folder: string): Promise<void> {
  const held = await open(folder, 'r')
  await held.sync().finally(() => held.close())
}

/** Begins the file anew with these lines and keeps the one before beside it; gives its length. At no moment is there none: the power may go now. */
async function renew(path: string, lines: string[]): Promise<number> {
  const text = textOf(lines)
  const next = await open(`${path}.next`, 'w', 0o600)
  try {
    await next.writeFile(text)
    await next.sync()
  } finally {
    await next.close()
  }
  await copyFile(path, `${path}.1`)
  await rename(`${path}.next`, path)
  await syncFolder(dirname(path))
  return Buffer.byteLength(text)
}

/** All lines, the later over the earlier; what was damaged is told. */
function readActs(path: string, tell: (trouble: string) => void): { remembered: Remembered | null; rises: RiseRecord[]; bytes: number } {
  const nothing = { remembered: null, rises: [], bytes: 0 }
  try {
    if (!existsSync(path)) return nothing
    const found = statSync(path)
    // A device has no end, and a pipe waits for somebody who writes.
    if (!found.isFile()) throw new Error('it is no file')
    if (found.size > LONGEST_READ_BYTES) throw new Error('it is too long to be ours')
    const bytes = readFileSync(path)
    const whole = bytes.lastIndexOf(0x0a) + 1
    if (whole < bytes.length) {
      cut(path, whole)
      tell(`${path} ended in the middle of a line, as after a power cut: its last ${bytes.length - whole} bytes are cut off.`)
    }
    const lines = bytes
      .subarray(0, whole)
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map(parsed)
    if (lines.length === 0) return nothing
    if (!lines.some((line) => (line as Partial<typeof FIRST> | null)?.acts === FIRST.acts)) throw new Error('it holds nothing of a station')
    const damaged = lines.filter((line) => line === null).length
    if (damaged > 0) tell(`${damaged} of the ${lines.length} lines of ${path} are damaged, and passed over.`)
    const told = lines.filter(isRemembered)
    const moment = told.at(-1)?.moment
    return {
      remembered: moment === undefined ? null : { moment, parts: Object.assign({}, ...told.map(({ parts }) => parts)) },
      rises: lastOfEach(lines.map((line) => (line as { rise?: unknown } | null)?.rise).filter(isRise)),
      bytes: whole,
    }
  } catch (error) {
    tell(`${path} cannot be read: ${(error as Error).message}. ${setAside(path)} The station begins anew.`)
    return nothing
  }
}

function isRise(value: unknown): value is RiseRecord {
  const { alarm, epoch, startedAt, seen } = (value ?? {}) as Partial<RiseRecord>
  return typeof alarm === 'string' && typeof epoch === 'string' && Number.isFinite(startedAt) && typeof seen === 'object' && seen !== null
}

/** The oldest first. */
function lastOfEach(rises: RiseRecord[]): RiseRecord[] {
  const last = new Map<string, RiseRecord>()
  for (const rise of rises) {
    last.delete(rise.alarm)
    last.set(rise.alarm, rise)
  }
  return [...last.values()]
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    // Counted and told by the caller.
    return null
  }
}

function cut(path: string, length: number): void {
  truncateSync(path, length)
  const file = openSync(path, 'r+')
  fsyncSync(file)
  closeSync(file)
}

function setAside(path: string): string {
  try {
    renameSync(path, `${path}.damaged`)
    return `It is set aside as ${path}.damaged.`
  } catch (error) {
    return `It cannot be set aside either (${(error as Error).message}).`
  }
}
