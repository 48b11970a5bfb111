/** The file of a recording: lines that are added to a new file, as long as the disk takes them; the station needs none to warn. */
import { createWriteStream } from 'node:fs'

/** A disk that hangs leaves lines waiting in memory. A busy station records some kB a second: this is hours, and what a small board can spare. */
const MOST_WAITING_BYTES = 16 * 2 ** 20

export interface Recorder {
  add(line: string): void
  /** What was added is on its way to the disk, where it can be. */
  close(): Promise<void>
}

/** Never over a file that is there. A recording that cannot be written to its end is told once. */
export function openRecord(path: string, tell: (trouble: string) => void, mostWaiting = MOST_WAITING_BYTES): Promise<Recorder | { trouble: string }> {
  const stream = createWriteStream(path, { flags: 'wx' })
  let ended = false
  const lose = (why: string): void => {
    if (!ended) tell(`the recording ${path} ends here, what follows is not written: ${why}. The station runs on.`)
    ended = true
    stream.destroy()
  }
  const recorder: Recorder = {
    add(line) {
      if (ended) return
      stream.write(`${line}\n`)
      if (stream.writableLength > mostWaiting) lose('the disk does not answer')
    },
    async close() {
      if (!ended) await new Promise<void>((done) => stream.end(done))
    },
  }
  return new Promise((resolve) => {
    stream.once('open', () => {
      stream.off('error', refused)
      stream.on('error', ({ message }) => lose(message))
      resolve(recorder)
    })
    const refused = ({ message, code }: NodeJS.ErrnoException): void => {
      const exists = code === 'EEXIST'
      resolve({
        trouble: exists ? `${path} is there already: name a new file, a recording is never overwritten` : `the recording cannot be written: ${message}`,
      })
    }
    stream.once('error', refused)
  })
}
