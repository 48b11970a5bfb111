/** A Modbus bus on each of its wires. modbus-serial makes the frames and knows the functions; connections, turns, timeouts and losses are ours. */

import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import modbus from 'modbus-serial'
import { exceptionName, mbapReader } from '../../protocol/frames.ts'
import type { Asking, Block, Bus, BusClock, BusSpec, BytePort, Fault, Reply, Table } from '../../protocol/ports.ts'
import { type Exchanges, makeExchanges } from '../exchanges.ts'
import { charactersOf } from '../line/ascii.ts'
import { type Line, type LineReply, openLine } from '../line/line.ts'
import { makeStep, type Step } from '../line/step.ts'
import { isBits, type Link, makeBus } from './bus.ts'
import type { Doors } from './dial-in.ts'
import { type LinePlace, linePlace } from './port.ts'
import { connectTcp, onLoss, type TcpPlace, type Trouble } from './tcp.ts'

/** The class hides behind `default` under Node's own rules for CommonJS. */
const ModbusRTU = modbus.default
type Client = InstanceType<typeof ModbusRTU>

/**
 * A TCP connection on which so many requests in a row got no answer is made anew: its peer may have lost its power without a word, and
 * the system goes on sending to it for a quarter of an hour. More than the tries at one dead device behind a gateway.
 */
const silentMost = 6

/** The library numbers its transactions on TCP from 1, in this round. */
const transactionNumbers = 256

/** `worstLateMs` is what an earlier life of the line has learned of its lateness (`health().step`). */
export function openBus(options: BusSpec, clock: BusClock, { worstLateMs = 0, doors }: { worstLateMs?: number; doors?: Doors } = {}): Bus {
  const exchanges = makeExchanges()
  if (options.wire.how === 'tcp') {
    let late = 0
    const { wire } = options
    const past = { late: () => late, step: () => null }
    return { ...makeBus(options.name, clock, past, (onLost) => tcpLink(wire, clock, exchanges, onLost, () => late++)), exchanges: exchanges.of }
  }
  const step = makeStep(options.quietMs, worstLateMs)
  const place = linePlace(options, clock, doors)
  const past = { late: () => step.late, step: () => step.health }
  const bus = makeBus(options.name, clock, past, (onLost) => openLineLink(place, options, clock, { step, exchanges }, onLost))
  return { ...bus, exchanges: exchanges.of, close: () => bus.close().then(place.leave) }
}

type Act = (client: Client) => Promise<Uint16Array>
type Ask = (unit: number, timeoutMs: number, asking: Asking, act: Act) => Promise<Reply>

/** A link on the library, over whatever runs one act of it and always ends. */
const linkOf = (ask: Ask, rest: Pick<Link, 'inStep' | 'close'>): Link => ({
  read: (block, timeoutMs, asking) => ask(block.unit, timeoutMs, asking, (client) => read(client, block)),
  write: (block, words, timeoutMs, asking) => ask(block.unit, timeoutMs, asking, (client) => write(client, block, words)),
  ...rest,
})

/** What the library calls the sending of a read. Its promises around them cost as much again as the reading. */
const reads = { coil: 'writeFC1', discrete: 'writeFC2', holding: 'writeFC3', input: 'writeFC4' } as const satisfies Record<Table, keyof Client>

type Read = (unit: number, address: number, count: number, next: (error: Error | null, answer: { data: ArrayLike<number | boolean> }) => void) => void

/** The library takes the device's byte count for granted; and it fills the last byte of bits up with zeros. */
function read(client: Client, { unit, table, address, count }: Block): Promise<Uint16Array> {
  return new Promise((resolve, reject) => {
    const name: keyof Client = reads[table]
    ;(client as unknown as Record<typeof name, Read>)[name](unit, address, count, (error, answer) => {
      if (error) return reject(error)
      const { data } = answer
      const expected = isBits(table) ? 8 * Math.ceil(count / 8) : count
      if (data.length !== expected) return reject(new Wrong('short', `unit ${unit} gave ${data.length} of ${expected} values`))
      const words = new Uint16Array(count)
      for (let i = 0; i < count; i++) words[i] = Number(data[i])
      resolve(words)
    })
  })
}

/** One place is written by functions 5 and 6: some devices know no others. The answer repeats the request, or it is none. */
async function write(client: Client, { unit, table, address, count }: Block, words: Uint16Array): Promise<Uint16Array> {
  const single = count === 1
  let echo: { address: number; state?: boolean; value?: number; length?: number }
  if (table === 'coil') echo = await (single ? client.writeCoil(address, words[0] !== 0) : client.writeCoils(address, Array.from(words, Boolean)))
  else echo = await (single ? client.writeRegister(address, words[0]!) : client.writeRegisters(address, Array.from(words)))
  const told = single ? Number(echo.state ?? echo.value) : echo.length
  const meant = single ? (table === 'coil' ? Number(words[0] !== 0) : words[0]) : count
  if (echo.address !== address || told !== meant) throw new Wrong('out-of-step', `unit ${unit} confirmed another write than the one it was asked`)
  return words
}

/** An answer that the library lets pass. */
class Wrong extends Error {
  readonly fault: Fault
  constructor(fault: Fault, message: string) {
    super(message)
    this.fault = fault
  }
}

/** What outlives one opening of a line. */
interface LinePast {
  step: Step
  exchanges: Exchanges
}

async function openLineLink(place: LinePlace, options: BusSpec, clock: BusClock, past: LinePast, onLost: (why: string) => void): Promise<Link | Trouble> {
  const opened = await place.open()
  return 'trouble' in opened ? opened : lineLink(opened, options, clock, past, onLost)
}

/** Modbus TCP: a connection of our own under the library, because the library tells of no reset and lets a read hang on a lost one. */
async function tcpLink(place: TcpPlace, clock: BusClock, exchanges: Exchanges, onLost: (why: string) => void, onLate: () => void): Promise<Link | Trouble> {
  const socket = await connectTcp(place)
  if ('trouble' in socket) return socket
  const client = new ModbusRTU()
  const wire = overheard(socket)
  // The library waits for bytes without end where a header lies about its length; we read along, and end a connection that is no Modbus.
  const follow = mbapReader(null)
  let gone = false
  let current: { number: number; since: number; unit: number; timeoutMs: number; resolve: (reply: Reply) => void } | null = null
  let under = 0 // requests that are under way or wait for the one that is
  const finish = (reply: Reply) => {
    if (!current) return
    const { number: mine, unit, resolve } = current
    current = null
    if (isRead(wire.asked[FUNCTION_AT]))
      exchanges.note(unit, clock.now(), wire.asked, wire.heard(), reply.ok || reply.fault === 'exception' ? '' : (reply.detail ?? ''))
    under--
    deadline.clear()
    if (!reply.ok && reply.fault === 'timeout') owed.add(mine)
    heed(reply)
    // The next request would have the number of an answer that has not come: the two could not be told apart.
    if (owed.size > 0 && owed.has((mine + 1) % transactionNumbers)) giveUp('still owes an answer after a round of transaction numbers; it is connected anew')
    resolve(reply)
  }
  const deadline = makeDeadline(clock, () => {
    if (current) finish({ ok: false, fault: 'timeout', detail: `unit ${current.unit} did not answer within ${current.timeoutMs} ms` })
  })
  const end = (why: string) => {
    if (gone) return
    gone = true
    deadline.stop()
    finish({ ok: false, fault: 'closed', detail: why })
    onLost(why)
  }
  const giveUp = (why: string) => {
    end(`${place.host}:${place.port} ${why}`)
    socket.destroy()
  }
  socket.on('data', (bytes) => {
    wire.take(bytes)
    if (!follow(bytes)) giveUp('does not speak Modbus TCP; check the port, and whether this is a serial server (then the bus is rtuOverTcp)')
  })
  onLoss(socket, place, end)
  if (!socket.destroyed) await client.linkTCP(socket, { port: place.port })
  let number = 0
  const owed = new Set<number>() // transaction numbers whose answer may still come
  const heed = silence(giveUp)
  const exchange = (unit: number, timeoutMs: number, act: Act): Promise<Reply> =>
    new Promise((resolve, reject) => {
      if (gone) {
        under--
        return resolve({ ok: false, fault: 'closed', detail: `the connection to ${place.host}:${place.port} is gone` })
      }
      client.setID(unit)
      number = (number + 1) % transactionNumbers
      const since = clock.now()
      const mine = { number, since, unit, timeoutMs, resolve }
      current = mine
      deadline.set(since, timeoutMs)
      /** The transaction number tells a late answer from a right one; it is counted, and goes nowhere. */
      const answered = (reply: Reply) => {
        if (owed.size > 0) owed.delete(mine.number)
        if (current === mine) finish(reply)
        else onLate()
      }
      act(client).then(
        (words) => answered({ ok: true, words, tookMs: clock.now() - since }),
        (error) => {
          const reply = replyTo(error)
          if (reply) answered(reply)
          else reject(error)
        },
      )
    })
  // At most one request waits here: an urgent one for the usual one that is under way, or the other way round.
  let turn: Promise<unknown> = Promise.resolve()
  const ask: Ask = (unit, timeoutMs, _asking, act) => {
    const mine = under++ === 0 ? exchange(unit, timeoutMs, act) : turn.then(() => exchange(unit, timeoutMs, act))
    turn = mine
    return mine
  }
  return linkOf(ask, {
    inStep: () => true,
    close: () =>
      new Promise((resolve) => {
        if (socket.closed) return resolve()
        socket.once('close', () => resolve())
        socket.destroy()
      }),
  })
}

/** Where the function stands behind the header of Modbus TCP, and how long a frame is with it at most (messaging guide V1.0b, 3.1.3). */
const FUNCTION_AT = 7
const longestTcpFrame = 260

/** What goes over a connection: the last request, and what has come since. The library shows neither. */
function overheard(socket: Socket): { asked: Uint8Array; take(bytes: Uint8Array): void; heard(): Uint8Array } {
  const held = new Uint8Array(longestTcpFrame)
  let length = 0
  const send = socket.write.bind(socket)
  const wire = {
    asked: none as Uint8Array,
    take(bytes: Uint8Array) {
      for (let i = 0; i < bytes.length && length < held.length; i++) held[length++] = bytes[i]!
    },
    heard: () => held.subarray(0, length),
  }
  socket.write = ((bytes: Uint8Array) => {
    wire.asked = bytes
    length = 0
    return send(bytes)
  }) as Socket['write']
  return wire
}

/** One timer for request after request: it is not set anew for each, but looks, when it fires, whether the request of that time is over. */
function makeDeadline(clock: BusClock, over: () => void): { set(now: number, ms: number): void; clear(): void; stop(): void } {
  const never = Number.POSITIVE_INFINITY
  let dueAt = never
  let firesAt = never
  let cancel = () => {}
  const arm = (ms: number) => {
    firesAt = dueAt
    cancel = clock.after(ms, fire)
  }
  const fire = () => {
    firesAt = never
    const leftMs = dueAt - clock.now()
    if (leftMs <= 0) over()
    else if (leftMs < never) arm(leftMs)
  }
  return {
    set(now, ms) {
      dueAt = now + ms
      if (dueAt >= firesAt) return
      cancel()
      arm(ms)
    },
    clear: () => {
      dueAt = never
    },
    stop: () => cancel(),
  }
}

/** Counts requests without an answer, in a row, and gives a connection up that has too many. */
function silence(giveUp: (why: string) => void): (reply: Reply) => void {
  let silent = 0
  return (reply) => {
    silent = !reply.ok && reply.fault === 'timeout' ? silent + 1 : 0
    if (silent >= silentMost) giveUp(`left ${silent} requests in a row without an answer; it is connected anew`)
  }
}

/** RTU or ASCII, on a serial line, through a serial server, or from a modem that dialled in: the library speaks to ports of ours, behind which the line keeps step. */
function lineLink(bytePort: BytePort, options: BusSpec, clock: BusClock, { step, exchanges }: LinePast, onLost: (why: string) => void): Link {
  const bitsPerCharacter = 1 + options.dataBits + (options.parity === 'none' ? 0 : 1) + options.stopBits
  const line = openLine(bytePort, clock, {
    ...{ baud: options.baud, bitsPerCharacter, quietMs: options.quietMs, step },
    ...(options.speaks === 'ascii' ? { characters: charactersOf } : {}),
  })
  // The library can have one request under way; so what is urgent has a client of its own, and waits for its turn in the line alone.
  const heard: Heard = (request, reply) => {
    if (isRead(request[1])) exchanges.note(request[0]!, clock.now(), request, reply.ok ? reply.frame : none, reply.ok ? '' : reply.detail)
  }
  const ends = { usual: endOf(line, heard), urgent: endOf(line, heard) }
  let gone = false
  const end = (why: string) => {
    if (gone) return
    gone = true
    for (const { port } of Object.values(ends)) port.isOpen = false
    onLost(why)
  }
  bytePort.onClose(end)
  const { wire } = options
  const giveUp = (place: TcpPlace) => (why: string) => {
    end(`${place.host}:${place.port} ${why}`)
    void bytePort.close()
  }
  // A serial line has no other end that could go unnoticed.
  const heed = wire.how === 'rtu-over-tcp' ? silence(giveUp(wire)) : () => {}
  const ask: Ask = async (unit, timeoutMs, asking, act) => {
    const { client, port } = asking.urgent ? ends.urgent : ends.usual
    client.setID(unit)
    port.timeoutMs = timeoutMs
    port.asking = asking
    port.reply = null
    const reply = await act(client).then(
      (words): Reply => ({ ok: true, words }),
      (error): Reply => {
        const told = replyTo(error)
        if (!told) throw error
        return told
      },
    )
    const { reply: told } = port as { reply: LineReply | null }
    const heard: Reply = told && !told.ok ? told : reply.ok && told?.ok ? { ...reply, tookMs: told.tookMs } : reply
    heed(heard)
    return heard
  }
  return linkOf(ask, { inStep: line.inStep, close: bytePort.close })
}

type Heard = (request: Uint8Array, reply: LineReply) => void

const none = new Uint8Array(0)

/** Functions 1 to 4 read; what was written is told by the outputs themselves. */
const isRead = (code: number | undefined): boolean => code !== undefined && code <= 4

function endOf(line: Line, heard: Heard): { client: Client; port: LinePort } {
  const port = new LinePort(line, heard)
  const client = new ModbusRTU(port)
  client.open(() => {})
  return { client, port }
}

/** The port that modbus-serial writes a request to. The line's answer comes back as one piece; after a fault an empty piece ends the library's promise at once. */
class LinePort extends EventEmitter {
  isOpen = true
  timeoutMs = 0
  asking: Asking = {}
  reply: LineReply | null = null
  readonly #line: Line
  readonly #heard: Heard

  constructor(line: Line, heard: Heard) {
    super()
    this.#line = line
    this.#heard = heard
  }

  open(opened: (error?: Error) => void): void {
    opened()
  }

  write(request: Uint8Array): void {
    void this.#line.ask(request, this.timeoutMs, this.asking).then((reply) => {
      this.reply = reply
      this.#heard(request, reply)
      this.emit('data', reply.ok ? Buffer.from(reply.frame) : Buffer.alloc(0))
    })
  }
}

/** The border: the library rejects with things that are often no Errors; behind here they are replies. Null for a mistake of ours, which stays one. */
function replyTo(error: { modbusCode?: number; message: string; fault?: Fault }): Reply | null {
  const detail = error.message
  if (error.modbusCode !== undefined) return { ok: false, fault: 'exception', code: error.modbusCode, detail: exceptionName(error.modbusCode) }
  const fault = error.fault ?? libraryFaults.find(({ says }) => says.test(detail))?.fault
  return fault ? { ok: false, fault, detail } : null
}

/** What the library says, and what it means. */
const libraryFaults: { says: RegExp; fault: Fault }[] = [
  { says: /^Port Not Open/, fault: 'closed' },
  { says: /^Data length error/, fault: 'short' },
  { says: /^The value of "offset" is out of range/, fault: 'short' }, // it reads as far as the answer's own byte count says, beyond the end of the answer
  { says: /^CRC error/, fault: 'checksum' },
  { says: /^Unexpected data error/, fault: 'out-of-step' },
]
