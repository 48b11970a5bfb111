/** Lines of a text file of any length, read piece by piece; a byte order mark is passed over. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import type { FileFault } from '../../protocol/files/fault.ts'
import { cut } from './fields.ts'

/** One read: large enough that the disk is not asked often, small enough that a file of any length fits in memory. */
const CHUNK_BYTES = 256 * 1024
export interface Line {
  text: string
  number: number
  /** A line end stood behind it. */
  ended: boolean
}

export interface Lines {
  sizeBytes: number
  /** Bytes of the lines given so far; in a file with letters beyond ASCII, about so many. */
  readonly bytes: number
  stopped: { line: number; what: string; remedy: string; source: string } | null
  next(): Line | null
  close(): void
}

/** What keeps the file from being read is told as a fault. */
export function openLines(file: string, longestLine: number): { lines: Lines } | { fault: FileFault } {
  let descriptor: number
  let sizeBytes: number
  try {
    // A recording is read more than once, and a pipe gives what it holds to the first reader only; opening one may wait for ever.
    if (!statSync(file).isFile() && !statSync(file).isDirectory()) return { fault: unreadable(file, { code: 'PIPE' }) }
    descriptor = openSync(file, 'r')
    sizeBytes = fstatSync(descriptor).size
  } catch (error) {
    return { fault: unreadable(file, error) }
  }
  const decoder = new TextDecoder('utf-8')
  const chunk = new Uint8Array(CHUNK_BYTES)
  let open = true
  let more = true
  let rest = ''
  let at = 0
  let number = 0

  let read = 0
  const lines: Lines = {
    sizeBytes,
    get bytes() {
      return read - (rest.length - at)
    },
    stopped: null,
    next,
    close,
  }
  return { lines }

  function next(): Line | null {
    for (;;) {
      const end = rest.indexOf('\n', at)
      if (end >= 0) {
        const text = rest.slice(at, end > at && rest.charCodeAt(end - 1) === 13 ? end - 1 : end)
        at = end + 1
        number++
        return { text, number, ended: true }
      }
      if (rest.length - at > longestLine) return stop(`a line is longer than ${longestLine} characters`, 'this is no recording with one row a line')
      if (!more) {
        if (at >= rest.length) return null
        const text = rest.slice(at)
        at = rest.length
        number++
        return { text, number, ended: false }
      }
      if (!fill()) return null
    }
  }

  function fill(): boolean {
    let count: number
    try {
      count = readSync(descriptor, chunk)
    } catch (error) {
      const { what, remedy } = unreadable(file, error)
      stop(what, remedy)
      return false
    }
    read += count
    more = count > 0
    const text = decoder.decode(chunk.subarray(0, count), { stream: more })
    if (text.includes('\0')) {
      stop('this is no plain text', 'unpack it if it is packed; save it as CSV in UTF-8')
      return false
    }
    rest = rest.slice(at) + text
    at = 0
    return true
  }

  function stop(what: string, remedy: string): null {
    lines.stopped = { line: number + 1, what, remedy, source: cut(rest.slice(at).replaceAll('\0', '?')) }
    more = false
    rest = ''
    at = 0
    return null
  }

  function close(): void {
    if (open) closeSync(descriptor)
    open = false
  }
}

/** What keeps a file from being read at all, or null. */
export function openingFault(file: string): FileFault | null {
  const opened = openLines(file, 0)
  if ('fault' in opened) return opened.fault
  opened.lines.close()
  return null
}

function unreadable(file: string, error: unknown): FileFault {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  const told: Record<string, [what: string, remedy: string]> = {
    ENOENT: ['there is no such file', 'check the path'],
    EACCES: ['the file may not be read', 'give yourself the right to read it (chmod u+r)'],
    PIPE: ['this is a pipe or a device, no file', 'save what it gives as a file, and name that'],
    EISDIR: ['this is a folder', 'name the files in it'],
  }
  const [what, remedy] = told[code] ?? [`the file cannot be read (${code})`, 'check the disk']
  return { file, line: 1, column: 1, at: '', what, remedy, source: '' }
}
