/** A virtual point: the devices of a site file, answering on real sockets and serial lines. */
import { createServer, type Server, type Socket } from 'node:net'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { openSerial } from '../../devicejs/drivers/serial.ts'
import { makeSlave, type RegisterMap, type Slave, tcpStream } from '../../devicejs/slave.ts'
import type { Site } from '../../gateway/site/site.ts'
import type { BusSpec, BytePort, Wire } from '../../protocol/ports.ts'
import type { Feed } from './feed.ts'
import { dialIn } from './modem.ts'
import { openPty } from './pty.ts'
import { type Speech, speechOf } from './speech.ts'
import { makeTwin, type Twin } from './twin.ts'

/** Where a bus is served, in place of what the site file says: a TCP port (0: any free one), a pseudo-terminal to make, or a serial line that is there. */
export type Stand = { port: number } | { pty: string } | { line: string }

export interface PointOptions {
  site: Site
  feed: Feed
  stands?: ReadonlyMap<string, Stand>
  /** The address to listen on; the default is for this machine only, since Modbus asks nobody who they are. */
  host?: string
  onOutput?(output: string, on: boolean, text?: string): void
  /** A device that cannot show a value, or a line that was lost; a sentence. */
  onTrouble?(trouble: string): void
}

export interface Point {
  /** How to reach each bus. */
  buses: Map<string, Wire>
  /** The coils that the station drives. */
  outputs(): Map<string, boolean>
  /** Resolves when the feed has shown everything and all of it was read. */
  done: Promise<void>
  close(): Promise<void>
}

interface Stall {
  wire: Wire
  close(): Promise<void>
}

/** More masters than this on one bus are a mistake, and would starve each other. */
const MOST_MASTERS = 16

export async function servePoint(options: PointOptions): Promise<Point | { trouble: string }> {
  const { site, feed, stands = new Map(), host = '127.0.0.1' } = options
  const trouble = (text: string): void => options.onTrouble?.(text)
  const busClock = realBusClock()
  // The outputs of one relay board are devices of the file, and one device on the line.
  const boards = site.devices.filter((device, at) => site.devices.findIndex(({ bus, unit }) => bus === device.bus && unit === device.unit) === at)
  const twins = boards.map((device) =>
    makeTwin({
      device,
      outputs: site.outputs.filter(({ bus, unit }) => bus === device.bus && unit === device.unit),
      feed,
      busClock,
      onTrouble: trouble,
      onOutput: (output, on, text) => options.onOutput?.(output, on, text),
    }),
  )
  const stalls = new Map<string, Stall>()
  const close = async (): Promise<void> => {
    for (const twin of twins) twin.close()
    await Promise.all([...stalls.values()].map((stall) => stall.close()))
  }
  for (const bus of site.buses) {
    const own = twins.filter(({ device }) => device.bus === bus.name)
    const slave = makeSlave(new Units(own))
    const stall = await openStall(bus, stands.get(bus.name), { slave, speech: speechOf(bus, slave, own) }, host, trouble)
    if ('trouble' in stall) {
      await close()
      return { trouble: `bus ${bus.name}: ${stall.trouble}` }
    }
    stalls.set(bus.name, stall)
  }
  return {
    buses: new Map([...stalls].map(([name, { wire }]) => [name, wire])),
    outputs: () => new Map(twins.flatMap((twin) => [...twin.outputs()])),
    done: feed.done,
    close,
  }
}

/** The site as it is to be polled where its point is served. */
export function siteAt(site: Site, point: Pick<Point, 'buses'>): Site {
  return { ...site, buses: site.buses.map((bus) => ({ ...bus, wire: point.buses.get(bus.name) ?? bus.wire })) }
}

/** The units on a bus; one that is mute is not there. */
class Units extends Map<number, RegisterMap> {
  constructor(twins: Twin[]) {
    super(twins.map((twin) => [twin.device.unit, twin]))
  }

  override get(unit: number): RegisterMap | undefined {
    const twin = super.get(unit) as Twin | undefined
    return twin?.mute() ? undefined : twin
  }
}

async function openStall(
  bus: BusSpec,
  stand: Stand | undefined,
  { slave, speech }: { slave: Slave; speech: Speech },
  host: string,
  trouble: (text: string) => void,
): Promise<Stall | { trouble: string }> {
  const { wire } = bus
  if (wire.how === 'dial-in') return { wire, ...dialIn(wire, speech) }
  if (wire.how !== 'serial') {
    if (stand && !('port' in stand)) return { trouble: 'it is a TCP bus, and cannot be served on a serial line' }
    const opened = await listen(host, stand?.port ?? wire.port, (socket) => (wire.how === 'tcp' ? serveTcp(slave, socket) : serveSocket(speech, socket)))
    return 'trouble' in opened ? opened : { wire: { how: wire.how, host, port: opened.port }, close: opened.close }
  }
  if (stand && 'port' in stand) return { trouble: 'it is a serial line, and cannot be served on a TCP port' }
  const pty = !stand || 'pty' in stand
  const path = stand ? ('pty' in stand ? stand.pty : stand.line) : wire.path
  const port: BytePort | { trouble: string } = pty ? await openPty(path) : await openSerial({ ...bus, path })
  if ('trouble' in port) return port
  const voice = speech((bytes) => port.write(bytes))
  port.onBytes(voice.take)
  let closing = false
  port.onClose((why) => {
    voice.end()
    if (!closing) trouble(`bus ${bus.name}: the line ${path} is lost: ${why}`)
  })
  return {
    wire: { how: 'serial', path },
    close() {
      closing = true
      return port.close()
    },
  }
}

function serveSocket(speech: Speech, socket: Socket): void {
  const voice = speech((bytes) => socket.write(bytes))
  socket.on('data', voice.take)
  socket.on('close', voice.end)
}

function serveTcp(slave: Slave, socket: Socket): void {
  const take = tcpStream(
    slave,
    (bytes) => socket.write(bytes),
    () => socket.destroy(),
  )
  socket.on('data', take)
}

function listen(host: string, port: number, onSocket: (socket: Socket) => void): Promise<{ port: number; close(): Promise<void> } | { trouble: string }> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    // A master that goes away in the middle of an answer is no fault of the point.
    socket.on('error', () => socket.destroy())
    onSocket(socket)
  })
  server.maxConnections = MOST_MASTERS
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve({ trouble: listenTrouble(host, port, error) }))
    server.listen(port, host, () => {
      const address = server.address()
      if (!address || typeof address === 'string') throw new Error('a TCP server without a port')
      resolve({ port: address.port, close })
    })
  })
}

function listenTrouble(host: string, port: number, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE') return `port ${port} on ${host} is in use by another program: stop it, or choose another with --port`
  if (code === 'EACCES') return `port ${port} is not ours to open (below 1024 only root may): choose another with --port`
  if (code === 'EADDRNOTAVAIL') return `${host} is no address of this machine`
  return `cannot listen on ${host}:${port}: ${message}`
}
