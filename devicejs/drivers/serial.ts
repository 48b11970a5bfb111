// Serial lines: opens one with its settings, as a port of bytes; what goes wrong is a sentence with what to do.

import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { SerialPort } from 'serialport'
import type { BytePort } from '../../protocol/ports.ts'
import type { Trouble } from './tcp.ts'

/** Where Linux names adapters by maker and serial number, the same after each start and in each socket. */
const adapterFolder = '/dev/serial/by-id'

export interface SerialPlace {
  path: string
  baud: number
  dataBits: 7 | 8
  stopBits: 1 | 2
  parity: 'none' | 'even' | 'odd'
}

/** Opens and locks the line, so that two programs never talk on it at once. */
export async function openSerial({ path, baud, dataBits, stopBits, parity }: SerialPlace): Promise<BytePort | Trouble> {
  const port = new SerialPort({ path, baudRate: baud, dataBits, stopBits, parity, autoOpen: false, lock: true })
  let why: string | null = null
  const listeners: ((why: string) => void)[] = []
  const lose = (reason: string) => {
    if (why !== null) return
    why = reason
    for (const tell of listeners) tell(reason)
  }
  const gone = (error: Error) => lose(`${path} is gone (${error.message}); was the adapter unplugged?`)
  // The binding throws what it cannot tell anybody: the error listener stays for the life of the port.
  port.on('error', (error) => {
    if (!port.isOpen) gone(error)
  })
  port.on('close', (error: Error | null) => (error ? gone(error) : lose(`${path} was closed`)))
  const failed = await new Promise<Error | null>((resolve) => port.open(resolve))
  if (failed) return { trouble: await openTrouble(path, failed) }
  return {
    write: (bytes) => {
      if (port.isOpen) port.write(bytes)
    },
    // An unplugged adapter is noticed at once while somebody reads, else by the next write.
    onBytes: (listener) => {
      port.on('data', listener)
    },
    onClose: (listener) => {
      if (why !== null) listener(why)
      else listeners.push(listener)
    },
    close: () =>
      new Promise((resolve) => {
        if (!port.isOpen) return resolve()
        port.close(() => resolve())
      }),
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
