/** Serial lines on Linux: a terminal as a port of bytes that wakes the process once an answer; what goes wrong is a sentence with what to do. */

import { existsSync, readSync, writeSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { asyncClose, asyncOpen } from '@serialport/bindings-cpp/dist/load-bindings.js'
import { SerialPort } from 'serialport'
import type { BytePort } from '../../protocol/ports.ts'
import { silenceMs } from '../line/line.ts'
import { afterMs } from './clock.ts'
import type { Trouble } from './tcp.ts'

// The library opens the line and knows its settings; reading and writing are ours. Its stream wakes up, and asks a thread, for each
// byte. A terminal that was opened with VMIN = n (termios(3)) is readable only when n bytes are there, so that one wake-up brings a
// whole answer, however long the device thinks. Only opening sets VMIN; a second opening of the line, closed at once, changes it.
// That one is made below the library's objects: each of these is kept for ever by its native part, with a handle in the event loop.

/** Where Linux names adapters by maker and serial number, the same after each start and in each socket. */
const adapterFolder = '/dev/serial/by-id'

/** VMIN is a byte. The longest answer, 125 registers, has 255. */
const leastMost = 255

/** The kernel gives out a terminal's bytes 64 at a time; what it keeps for us is 4096 at most. */
const pieceBytes = 64
const keptMost = 4096

/** As much as the kernel takes from us. A line that lets more than that wait does not send at all: its adapter hangs. */
const unsentMost = 4096
const sendAgainMs = 5

/** A timer of Node ends up to half a millisecond early now and then; asked for so much less than a whole one, it does not begin another. */
const timerMs = 0.4

const readable = 1 // UV_READABLE of the library's poller

export interface SerialPlace {
  path: string
  baud: number
  dataBits: 7 | 8
  stopBits: 1 | 2
  parity: 'none' | 'even' | 'odd'
}

/** What we use of the library's Linux binding. */
interface Terminal {
  readonly fd: number
  readonly poller: { poll(flags: number): void; on(name: 'readable', listener: (error: Error | null) => void): unknown; removeAllListeners(): unknown }
  close(): Promise<void>
}

const settingsOf = ({ baud, ...place }: SerialPlace, vmin: number, lock: boolean) => ({ ...place, baudRate: baud, vmin, vtime: 0, lock })

/** What of the library's own defaults is no setting of ours: no flow control, and the line is let go when the last one closes it. */
const plainly = { rtscts: false, xon: false, xoff: false, xany: false, hupcl: true }

const open = (place: SerialPlace): Promise<Terminal> => {
  const { binding } = SerialPort as unknown as { binding: { open(options: object): Promise<Terminal> } }
  return binding.open({ ...plainly, ...settingsOf(place, 1, true) })
}

/** Changes VMIN of a line that is open. By its descriptor: under its path another adapter may lie by now. */
async function setVmin(fd: number, place: SerialPlace, vmin: number): Promise<void> {
  const path = `/proc/self/fd/${fd}`
  await asyncClose(await asyncOpen(path, { ...plainly, ...settingsOf({ ...place, path }, vmin, false) }))
}

/** Opens and locks the line, so that two programs never talk on it at once. */
export async function openSerial({ path, baud, dataBits, stopBits, parity }: SerialPlace): Promise<BytePort | Trouble> {
  const place = { path, baud, dataBits, stopBits, parity }
  let terminal: Terminal
  try {
    terminal = await open(place)
  } catch (error) {
    return { trouble: await openTrouble(path, error as Error) }
  }
  return portOf(terminal, place)
}

function portOf(terminal: Terminal, place: SerialPlace): BytePort {
  const { path, baud, dataBits, stopBits, parity } = place
  const bitsPerCharacter = 1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits
  const characterMs = (1000 * bitsPerCharacter) / baud
  const t35Ms = silenceMs({ baud, bitsPerCharacter }) // a device knows by it that the request is over
  const taken = Buffer.alloc(keptMost)
  let listener: (bytes: Uint8Array) => void = () => {}
  const closeListeners: ((why: string) => void)[] = []
  let why: string | null = null
  let least = 1 // VMIN
  let setting: Promise<void> | null = null // VMIN is being changed
  let closing: Promise<void> | null = null
  let unsent = Buffer.alloc(0)
  let thinksMs = 0 // from what is sent to its whole answer, by the wire alone
  let requests = 0
  let cancelWatch = () => {}

  const lose = (reason: string) => {
    if (why !== null) return
    why = reason
    cancelWatch()
    // Linux frees the descriptor whatever close says of the device behind it (close(2)). Another opening of it must be over before.
    closing = (setting ?? Promise.resolve())
      .then(() => terminal.close())
      .catch(() => {})
      .finally(() => terminal.poller.removeAllListeners())
    for (const tell of closeListeners) tell(reason)
  }
  const gone = (error: { message: string }) => lose(`${path} is gone (${error.message}); was the adapter unplugged?`)

  /** Wakes us up when the answer is there, or the line is gone. */
  const watch = (ms: number) => {
    cancelWatch()
    if (ms <= 0) terminal.poller.poll(readable)
    else cancelWatch = afterMs(ms, () => terminal.poller.poll(readable))
  }

  /** Null: the line is gone. */
  const readPiece = (at: number): number | null => {
    const { stackTraceLimit } = Error
    // That nothing is there is told by an exception, once a poll; the stack in it would cost more than the poll.
    Error.stackTraceLimit = 0
    try {
      const length = readSync(terminal.fd, taken, at, pieceBytes, null)
      if (length > 0) return length
      gone({ message: 'it was hung up' })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0
      gone(error as Error)
    } finally {
      Error.stackTraceLimit = stackTraceLimit
    }
    return null
  }

  /** All that is there, as one piece. */
  const hear = () => {
    let length = 0
    while (why === null && length + pieceBytes <= keptMost) {
      const piece = readPiece(length)
      if (piece === null) break
      length += piece
      if (piece < pieceBytes) break
    }
    if (length > 0) listener(Uint8Array.from(taken.subarray(0, length)))
  }

  /** Who looks has had its answer or given it up. Where no request follows at once the line is watched again: an adapter may be unplugged. */
  const look = () => {
    const before = requests
    hear()
    setImmediate(() => {
      if (why === null && requests === before) watch(0)
    })
  }

  terminal.poller.on('readable', (error) => {
    // The poller calls outside of Node's turns: no promise would go on before something else happens.
    setImmediate(() => {
      if (why !== null) return
      if (error) return gone(error)
      hear()
      if (why === null && least === 1) watch(0)
    })
  })

  const send = () => {
    if (why !== null || setting || unsent.length === 0) return
    try {
      unsent = unsent.subarray(writeSync(terminal.fd, unsent))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return gone(error as Error)
    }
    if (unsent.length > 0) afterMs(sendAgainMs, send)
    else watch(thinksMs)
  }

  const setLeast = (bytes: number) => {
    least = bytes
    setting = setVmin(terminal.fd, place, bytes).then(
      () => {
        setting = null
        send()
      },
      (error: Error) => {
        setting = null
        gone(error)
      },
    )
  }

  return {
    write(bytes, expect = 1) {
      if (why !== null) return
      if (unsent.length + bytes.length > unsentMost) return lose(`${path} takes no more bytes; is its adapter stuck? Unplug it and plug it in again`)
      requests++
      unsent = Buffer.concat([unsent, bytes])
      thinksMs = expect === 1 ? 0 : Math.max(0, Math.floor((bytes.length + expect) * characterMs + t35Ms - 0.5) - timerMs)
      // The kernel would wake up at each byte to see that they are too few.
      cancelWatch()
      if (thinksMs > 0) terminal.poller.poll(0)
      const wanted = Math.min(expect, leastMost)
      if (wanted !== least) setLeast(wanted)
      else send()
    },
    look,
    onBytes: (take) => {
      listener = take
      watch(0)
    },
    onClose: (tell) => {
      if (why !== null) tell(why)
      else closeListeners.push(tell)
    },
    async close() {
      lose(`${path} was closed`)
      await closing
    },
  }
}

/** Adapters by their lasting names. The library's own list needs udevadm, which small systems do not have. */
export async function pluggedAdapters(folder = adapterFolder): Promise<string[]> {
  if (!existsSync(folder)) return [] // no adapter is plugged in
  return (await readdir(folder)).map((name) => `${folder}/${name}`).sort()
}

async function openTrouble(path: string, error: Error): Promise<string> {
  const { message } = error
  if (/no such file/i.test(message)) {
    if (!path.startsWith('/dev/')) return `${path} is not there; whoever makes this line (socat, hazardpoint-sim serve) must be started first`
    const adapters = await pluggedAdapters()
    return `${path} is not there; ${adapters.length > 0 ? `adapters that are plugged in: ${adapters.join(', ')}` : `no serial adapter is plugged in (${adapterFolder} is empty)`}`
  }
  if (/lock|busy|temporarily unavailable/i.test(message)) return `${path} is held by another program; stop that one (fuser -v ${path} names it)`
  if (/permission|denied/i.test(message))
    return `${path} may not be opened by this user; add the user to the group dialout (sudo usermod -aG dialout $USER) and log in again`
  if (/inappropriate|not a tty|invalid argument/i.test(message)) return `${path} is no serial line, or cannot do these settings (${message})`
  return `${path} cannot be opened (${message})`
}
