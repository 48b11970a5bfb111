/** Listens for modems that dial in, and gives each connection to the line whose registration it begins with. */

import { createServer, type Server, type Socket } from 'node:net'
import type { BusClock, BytePort } from '../../protocol/ports.ts'
import { type Bounds, dropHeartbeats } from '../line/heartbeat.ts'
import { type Callers, makeCallers, rivalsMs } from './callers.ts'
import type { Trouble } from './tcp.ts'

//   modem ──connects──► at the door ──"DTU-0031"──► line `slope` (an older connection of it is closed)
//                           │ other bytes, silence for registerMs, too many at the door
//                           └──────────────────────────────────────────────────────────► closed, counted, told
//
// A registration is a name, and no proof: whoever knows it can take the line. It belongs on an address that only our modems reach. Of two
// that are seen to throw each other out neither is believed (callers.ts).

/** From the connection to the last byte of the registration. A modem sends it at once; the slowest mobile networks take some seconds. */
const registerMs = 15_000

/** Connections that have not said who they are. All modems of a point may dial at once after a power cut; of more, the oldest goes of the address that has most. */
const atTheDoorMost = 16

/** A connection over which nothing came for so long after a request, no answer and no heartbeat, is given up, so that its modem dials anew. Heartbeats come each half minute to five minutes. */
const deadAfterMs = 900_000

/** So much of what we ask a connection may wait to be sent: some hundred requests. Whoever takes no more is no modem of ours. */
const unsentMost = 4096

/** Probes of an idle connection by the system. */
const keepAliveAfterMs = 10_000

/** So much of what a stranger said is told. */
const toldBytes = 24

export interface DialInPlace {
  host: string
  port: number
  registration: Uint8Array
  heartbeat: Uint8Array | null
}

/** All listening ports of a station; lines of one port share it. */
export interface Doors {
  /** The connection of that modem, or that it is awaited. Listens from the first call on. `bounds` tells where its answers end (heartbeat.ts). */
  open(place: DialInPlace, bounds: () => Bounds): Promise<BytePort | Trouble>
  /** That line is not wanted any more; with the last of a port its listening ends. */
  leave(place: DialInPlace): Promise<void>
}

interface Seat {
  place: DialInPlace
  socket: Socket | null
  /** Its connection has been given to the line. */
  taken: boolean
  /** What came behind the registration before the line took it. */
  early: Uint8Array
  /** Who said its registration. */
  callers: Callers
}

interface Door {
  seats: Map<string, Seat>
  /** Those that have not said who they are, and whence they come; oldest first. */
  waiting: Map<Socket, string>
  strangers: number
  lastStranger: string
  server: Server
  trouble: Promise<string | null>
}

export function makeDoors(clock: BusClock): Doors {
  const doors = new Map<string, Door>()

  function doorOf({ host, port }: DialInPlace): Door {
    const held = doors.get(`${host}:${port}`)
    if (held) return held
    const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveAfterMs })
    const door: Door = {
      seats: new Map(),
      waiting: new Map(),
      strangers: 0,
      lastStranger: '',
      server,
      trouble: new Promise((resolve) => {
        // It stays for life: a connection that cannot be taken (no file descriptor is left) is an error too, and the next one may be.
        server.on('error', (error: NodeJS.ErrnoException) => resolve(listenTrouble(host, port, error)))
        server.listen(port, host, () => resolve(null))
      }),
    }
    server.on('connection', (socket) => receive(door, socket, clock))
    doors.set(`${host}:${port}`, door)
    return door
  }

  async function shut(place: DialInPlace, door: Door): Promise<void> {
    doors.delete(`${place.host}:${place.port}`)
    for (const socket of door.waiting.keys()) socket.destroy()
    for (const { socket } of door.seats.values()) socket?.destroy()
    if (door.server.listening) await new Promise((resolve) => door.server.close(resolve))
  }

  return {
    async open(place, bounds) {
      const door = doorOf(place)
      const key = place.registration.join(' ')
      const seat: Seat = door.seats.get(key) ?? { place, socket: null, taken: false, early: new Uint8Array(0), callers: makeCallers() }
      door.seats.set(key, seat)
      const trouble = await door.trouble
      if (trouble) {
        // A port that could not be had is tried for anew.
        doors.delete(`${place.host}:${place.port}`)
        return { trouble }
      }
      if (!seat.socket || seat.taken) return { trouble: seat.callers.rivals(clock.now()) ? contested(seat) : awaited(place, door), soon: true }
      seat.taken = true
      return portOf(seat, seat.socket, clock, bounds)
    },
    async leave(place) {
      const door = doors.get(`${place.host}:${place.port}`)
      if (!door) return
      const key = place.registration.join(' ')
      door.seats.get(key)?.socket?.destroy()
      door.seats.delete(key)
      if (door.seats.size === 0) await shut(place, door)
    },
  }
}

const contested = ({ place, callers }: Seat): string =>
  `more than one modem says ${shown(place.registration)}, from ${callers.addresses().join(' and ')}: none of them is believed until ` +
  `${rivalsMs / 60_000} minutes have passed with one of them only; give each a registration of its own`

const awaited = ({ registration, host, port }: DialInPlace, { strangers, lastStranger }: Door): string => {
  const others = strangers === 0 ? '' : `; ${strangers} ${strangers === 1 ? 'connection was' : 'connections were'} turned away, the last from ${lastStranger}`
  return `waits for the modem with registration ${shown(registration)} on port ${port} of ${host}${others}`
}

function listenTrouble(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is in use by another program: stop it, or choose another for \`dialIn\``
  if (code === 'EACCES') return `port ${port} is not ours to open (below 1024 only root may): choose another for \`dialIn\``
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine`
  return `cannot listen on ${host}:${port}: ${message}`
}

/** Printable text in quotes, else hexadecimal; never more than a little of it. */
export function shown(bytes: Uint8Array): string {
  const some = bytes.subarray(0, toldBytes)
  const more = bytes.length > toldBytes ? '...' : ''
  const printable = some.every((byte) => byte >= 0x20 && byte < 0x7f)
  return printable ? `"${String.fromCharCode(...some)}${more}"` : `${Array.from(some, (byte) => byte.toString(16).padStart(2, '0')).join(' ')}${more}`
}

/** A connection at the door: its first bytes tell whose it is. */
function receive(door: Door, socket: Socket, clock: BusClock): void {
  const from = socket.remoteAddress ?? 'nowhere'
  let said = new Uint8Array(0)
  const turnAway = (why: string): void => {
    door.strangers++
    door.lastStranger = `${from}, ${why}`
    socket.destroy()
  }
  const cancel = clock.after(registerMs, () => turnAway(said.length > 0 ? `which said ${shown(said)} and no more` : 'which said nothing'))
  socket.on('error', () => {}) // a connection that breaks is told by its close
  socket.once('close', () => {
    cancel()
    door.waiting.delete(socket)
  })
  door.waiting.set(socket, from)
  if (door.waiting.size > atTheDoorMost) sendAway(door)
  const listen = (bytes: Uint8Array): void => {
    said = Uint8Array.from([...said, ...bytes.subarray(0, 1024)])
    const seats = [...door.seats.values()]
    const seat = seats.find(({ place: { registration } }) => begins(said, registration))
    if (!seat) {
      if (!seats.some(({ place: { registration } }) => begins(registration, said))) turnAway(`which said ${shown(said)}`)
      return
    }
    seat.callers.call(from, clock.now())
    if (seat.callers.rivals(clock.now())) {
      seat.socket?.destroy()
      turnAway(`which said ${shown(seat.place.registration)} as another does`)
      return
    }
    cancel()
    socket.off('data', listen)
    socket.pause()
    door.waiting.delete(socket)
    sit(seat, socket, said.slice(seat.place.registration.length))
  }
  socket.on('data', listen)
}

/** The oldest goes of the address that has most: a crowd from one place does not keep others out. */
function sendAway(door: Door): void {
  const crowds = Map.groupBy(door.waiting, ([, from]) => from)
  const [[oldest, from] = []] = [...crowds.values()].reduce((most, crowd) => (crowd.length > most.length ? crowd : most))
  if (!oldest) return
  door.waiting.delete(oldest)
  door.strangers++
  door.lastStranger = `${from}, which had not said who it is when others came`
  oldest.destroy()
}

/** A modem that dials again has lost its old connection, whether that knows it or not. */
function sit(seat: Seat, socket: Socket, early: Uint8Array): void {
  seat.socket?.destroy()
  seat.socket = socket
  seat.taken = false
  seat.early = early
  socket.once('close', () => {
    if (seat.socket === socket) seat.socket = null
  })
}

const begins = (bytes: Uint8Array, part: Uint8Array): boolean => bytes.length >= part.length && part.every((byte, i) => bytes[i] === byte)

function portOf(seat: Seat, socket: Socket, clock: BusClock, bounds: () => Bounds): BytePort {
  const { registration, heartbeat } = seat.place
  const name = `the modem with registration ${shown(registration)}`
  let why = `${name} hung up`
  let hear = (_bytes: Uint8Array): void => {}
  // Some modems repeat their registration as their heartbeat.
  const filter = dropHeartbeats(heartbeat ? [heartbeat, registration] : [registration], bounds(), (bytes) => hear(bytes))
  let end: (() => void) | null = null // the end of patience, since the first request that nothing followed
  const cancel = (): void => {
    end?.()
    end = null
  }
  socket.on('data', (bytes) => {
    cancel()
    filter.take(bytes)
  })
  return {
    write(bytes) {
      filter.asked(bytes)
      if (socket.destroyed) return
      if (socket.writableLength > unsentMost) {
        why = `${name} takes nothing more of what it is sent; it may dial anew`
        socket.destroy()
        return
      }
      end ??= clock.after(deadAfterMs, () => {
        why = `nothing came from ${name} for ${deadAfterMs / 60_000} minutes, not even a heartbeat; it may dial anew`
        socket.destroy()
      })
      socket.write(bytes)
    },
    onBytes(listener) {
      hear = listener
      if (seat.early.length > 0) filter.take(seat.early)
      seat.early = new Uint8Array(0)
      socket.resume()
    },
    onClose(listener) {
      const tell = (): void => {
        cancel()
        listener(seat.socket !== null && seat.socket !== socket ? `${name} dialled again` : why)
      }
      if (socket.closed) tell()
      else socket.once('close', tell)
    },
    close: () =>
      new Promise((resolve) => {
        cancel()
        if (socket.closed) return resolve()
        socket.once('close', () => resolve())
        socket.destroy()
      }),
  }
}
