// TCP connections to devices: connect within a bound, and the bytes of a connection as a port for a line.

import { connect, type Socket } from 'node:net'
import type { BytePort } from '../../protocol/ports.ts'
import { afterMs } from './clock.ts'

/** A site's own network answers in milliseconds, a modem link in one or two seconds; the system's own limit is two minutes. */
const connectTimeoutMs = 3000

/** An idle connection to a peer that has lost its power is found out by the system after this and nine probes. */
const keepAliveAfterMs = 10_000

/** Why something could not be opened, in a sentence with the place and what to do. */
export interface Trouble {
  trouble: string
  /** Asking again costs nothing: it is only waited for. */
  soon?: boolean
}

export interface TcpPlace {
  host: string
  port: number
}

/** An open connection, without delay for small packets; `portRemedy` ends the sentence about a port where nobody listens. It has an error listener for life: its loss is told by `close`. */
export function connectTcp({ host, port }: TcpPlace, portRemedy = 'that this is its port (Modbus TCP has 502)'): Promise<Socket | Trouble> {
  return new Promise((resolve) => {
    const place = `${host}:${port}`
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs })
    const cancel = afterMs(connectTimeoutMs, () => {
      resolve({ trouble: `${place} does not answer within ${connectTimeoutMs / 1000} s; check its power, its cable and its address` })
      socket.destroy()
    })
    socket.once('connect', () => {
      cancel()
      resolve(socket)
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      cancel()
      resolve({ trouble: `${place} ${connectTrouble(error, portRemedy)}` })
    })
  })
}

function connectTrouble(error: NodeJS.ErrnoException, portRemedy: string): string {
  switch (error.code) {
    case 'ECONNREFUSED':
      return `refuses the connection; check that the device is up, and ${portRemedy}`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'has a name that cannot be found; check its spelling, or write the address in numbers'
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return 'cannot be reached; check the network cable and the address'
    default:
      return `cannot be reached (${error.message})`
  }
}

/** Tells once, in a sentence, that a connection is gone; at once where it is gone already. A reset counts as well as an orderly end. */
export function onLoss(socket: Socket, { host, port }: TcpPlace, tell: (why: string) => void): void {
  const place = `${host}:${port}`
  let why = `${place} closed the connection`
  socket.on('error', (error: NodeJS.ErrnoException) => {
    why = error.code === 'ECONNRESET' ? `${place} reset the connection` : `the connection to ${place} broke (${error.message})`
  })
  if (socket.destroyed) tell(why)
  else socket.once('close', () => tell(why))
}

/** The bytes of a TCP connection: a serial server, or a gateway that passes RTU frames through. */
export async function openTcp(place: TcpPlace): Promise<BytePort | Trouble> {
  const socket = await connectTcp(place, 'that this is the port which its settings give to the serial line')
  if ('trouble' in socket) return socket
  return {
    write: (bytes) => {
      if (!socket.destroyed) socket.write(bytes)
    },
    onBytes: (listener) => {
      socket.on('data', listener)
    },
    onClose: (listener) => onLoss(socket, place, listener),
    close: () =>
      new Promise((resolve) => {
        if (socket.closed) return resolve()
        socket.once('close', () => resolve())
        socket.destroy()
      }),
  }
}
