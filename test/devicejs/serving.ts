// Real sockets and lines for tests: our slave on TCP, and pairs of pseudo-terminals made by socat. All are stopped by `stop()`.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSerial } from '../../devicejs/drivers/serial.ts'
import { rtuStream, type Slave, tcpStream } from '../../devicejs/slave.ts'
import type { BytePort } from '../../protocol/ports.ts'

const stops: (() => Promise<unknown> | unknown)[] = []

/** Stops everything that was started here, the newest first; for `afterEach`. */
export async function stop(): Promise<void> {
  while (stops.length > 0) await stops.pop()!()
}

export const later = (act: () => Promise<unknown> | unknown): void => void stops.push(act)

export interface Listening {
  port: number
  /** The connections that are open now. */
  sockets: Set<Socket>
  close(): Promise<void>
}

/** Listens on a free port, or on the one that is given. */
export async function listen(onSocket: (socket: Socket) => void, port = 0): Promise<Listening> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {}) // A client that has gone is no matter of the server's.
    socket.on('close', () => sockets.delete(socket))
    onSocket(socket)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const close = async () => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  later(close)
  return { port: (server.address() as AddressInfo).port, sockets, close }
}

/** Our slave on Modbus TCP. */
export const serveTcp = (slave: Slave, port = 0): Promise<Listening> =>
  listen((socket) => {
    socket.setNoDelay()
    socket.on(
      'data',
      tcpStream(
        slave,
        (bytes) => socket.write(bytes),
        () => socket.destroy(),
      ),
    )
  }, port)

/** Our slave on RTU frames through a TCP connection, as behind a serial server. */
export const serveRtuOverTcp = (slave: Slave): Promise<Listening> =>
  listen((socket) => {
    socket.setNoDelay()
    socket.on(
      'data',
      rtuStream(slave, (bytes) => socket.write(bytes), performance.now.bind(performance)),
    )
  })

export interface PtyPair {
  /** The two ends of a line. */
  ends: [string, string]
  socat: ChildProcess
}

export async function ptyPair(): Promise<PtyPair> {
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-line-'))
  const ends: [string, string] = [join(folder, 'a'), join(folder, 'b')]
  const socat = spawn(
    'socat',
    ends.map((link) => `pty,raw,echo=0,link=${link}`),
    { stdio: 'ignore' },
  )
  const gone = new Promise((resolve) => socat.once('exit', resolve))
  later(async () => {
    socat.kill()
    await gone
    rmSync(folder, { recursive: true, force: true })
  })
  while (!ends.every((end) => existsSync(end))) await new Promise((resolve) => setTimeout(resolve, 5))
  return { ends, socat }
}

export const settings = { speaks: 'rtu', baud: 115_200, dataBits: 8, stopBits: 1, parity: 'none' } as const

export async function openEnd(path: string): Promise<BytePort> {
  const port = await openSerial({ path, ...settings })
  if ('trouble' in port) throw new Error(port.trouble)
  later(() => port.close())
  return port
}

/** Our slave on a serial line; the answer is the end that is free. */
export async function serveLine(slave: Slave): Promise<PtyPair & { path: string }> {
  const pair = await ptyPair()
  const port = await openEnd(pair.ends[1])
  port.onBytes(rtuStream(slave, (bytes) => port.write(bytes), performance.now.bind(performance)))
  return { ...pair, path: pair.ends[0] }
}
