/** A serial line without hardware: a pseudo-terminal made by socat, under a name that a station can open. */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, constants, lstatSync, openSync, statSync, unlinkSync } from 'node:fs'
import { waitMs } from '../../devicejs/drivers/clock.ts'
import type { BytePort } from '../../protocol/ports.ts'

/** socat makes its terminal within milliseconds; on a board that is starting up, within a second. */
const APPEARS_WITHIN_MS = 5000
const LOOK_EVERY_MS = 10

export interface Pty extends BytePort {
  /** The name to open. */
  path: string
}

/** Makes a pseudo-terminal and links `path` to it. What is wrong comes back as a sentence. */
export async function openPty(path: string): Promise<Pty | { trouble: string }> {
  const taken = clearLink(path)
  if (taken) return { trouble: taken }
  // Raw, and without echo, so that no byte of a frame is taken for a control character.
  const socat = spawn('socat', [`pty,raw,echo=0,link=${path}`, 'stdio'], { stdio: ['pipe', 'pipe', 'pipe'] })
  const ended = new Promise<string>((resolve) => {
    let said = ''
    socat.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-500)
    })
    socat.on('error', (error) => resolve(error.message.includes('ENOENT') ? 'socat is not installed: apt-get install socat' : error.message))
    socat.on('close', () => resolve(said.trim() || 'socat has ended'))
  })
  let gone = ''
  ended.then((why) => {
    gone = why
  })
  for (let waited = 0; !exists(path); waited += LOOK_EVERY_MS) {
    if (gone || waited > APPEARS_WITHIN_MS) {
      socat.kill()
      return { trouble: `the line ${path} cannot be made: ${gone || 'socat does not make it'}` }
    }
    await waitMs(LOOK_EVERY_MS)
  }
  return portOf(path, socat, ended)
}

function portOf(path: string, socat: ChildProcess, ended: Promise<string>): Pty {
  // Held open, or socat would end with the first station that closes the line. It reads nothing, so it takes nothing away.
  const hold = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  let open = true
  let held = true
  ended.then(() => {
    open = false
  })
  // An answer to a station that has just gone is lost on the line, as it would be on a wire.
  socat.stdin?.on('error', () => {})
  return {
    path,
    write: (bytes) => void (open && socat.stdin?.write(bytes)),
    onBytes: (listener) => void socat.stdout?.on('data', listener),
    onClose: (listener) => void ended.then(listener),
    async close() {
      if (open) socat.kill()
      await ended
      if (held) closeSync(hold)
      held = false
      if (danglingLink(path)) unlinkSync(path)
    },
  }
}

const exists = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined
const danglingLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true && !exists(path)

/** A link that an earlier run left behind is taken away; anything else that bears the name is somebody's. */
function clearLink(path: string): string | null {
  if (danglingLink(path)) unlinkSync(path)
  return exists(path) ? `${path} is there already: another line, or a file? Choose another name.` : null
}
