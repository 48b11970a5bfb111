/**
 * The session with one platform: takes what lies behind its cursors in the journal, most urgent lane first, and moves a cursor
 * when the broker has confirmed. While the broker is away an uplink costs nothing but its cursors.
 *
 *     journal ─► lane alarm    ─┐
 *             ─► lane state    ─┼─► window of messages in flight ─► broker
 *             ─► lane live     ─┤        confirmed in order ─► cursor
 *             ─► lane backfill ─┘
 */
import { encode } from '../../protocol/encodings/json.ts'
import type { Command, Identity, Message, Mode, StatusMessage } from '../../protocol/messages.ts'
import type { Broker, BrokerLink, BusClock, Clock, Journal } from '../../protocol/ports.ts'
import type { LinkChange } from '../../protocol/recording.ts'
import { type Instant, instant } from '../../protocol/time.ts'
import { commandTopic, isRetained, topicOf } from '../../protocol/topics.ts'
import { type Gate, openGate, type Refusal } from './commands.ts'
import { makeLane, type OutLane, outLanes } from './lane.ts'

/** Live rows that are older than this when the broker is back are history: they go on `backfill`, behind all that is new. A picture a minute old still serves. */
const LATE_MS = 60_000

/** At the end the lanes are given so long to run empty, and the goodbye so long to be confirmed: a supervisor that stops a station waits 10 s or more. */
const DRAIN_MS = 4_000
const GOODBYE_MS = 2_000

/** A broker that refuses a topic (no right to it, a quota) is asked again so often, and told of in the status: nothing is thrown away, for people to mend it. */
const REFUSED_AGAIN_MS = 30_000

/**
 * A message at the head of its lane in so many losses in a row, with nothing confirmed in between, is poison: the broker hangs up on
 * it. On MQTT 3.1.1 it can tell no limit, and some tell none on MQTT 5 (mosquitto's message_size_limit).
 */
const POISON_LOSSES = 3

/** No broker's limit is smaller than this, so a smaller message is never taken for poison on a line that merely is bad. */
const POISON_BYTES = 16 * 1024

/** Live and late rows wait while so much is in flight: an alarm queues behind what the line has not taken yet, and GPRS takes 2 kB/s. */
const PIPE_BYTES = 8 * 1024

/** Of an MQTT packet beside topic and payload: fixed header (5), length of the topic (2), packet id (2), properties (1); MQTT 5, 3.3. */
const PACKET_BYTES = 10

export interface UplinkOptions {
  spec: { name: string; window: number }
  identity: Identity
  mode: Mode
  journal: Journal
  broker: Broker
  clock: Clock
  busClock: BusClock
  /** Status `online` and the state of every alarm, told after each connect. Empty while there is nothing to tell yet; it is then asked again at each wake. */
  birth: () => Message[]
  /** Status `offline`, told at a clean end; null where there is nothing to end. */
  farewell: () => StatusMessage | null
  /** Status `lost`: the broker says it for us when we fall silent. */
  lost: () => StatusMessage | null
  onCommand: (command: Command) => void
  onLink: (change: LinkChange) => void
}

export interface UplinkStatus {
  link: { up: boolean; detail: string }
  /** Messages that the broker has confirmed. */
  sent: number
  /** Messages that wait or are in flight. */
  pending: number
  inFlight: number
  /** Messages given up because the broker cannot take them. */
  setAside: number
  commands: { taken: number; refused: Partial<Record<Refusal, number>> }
}

export interface Uplink {
  readonly name: string
  /** There is something new in the journal. */
  wake(): void
  status(): UplinkStatus
  /** Sends what waits (for some seconds at most), says goodbye, closes the broker. */
  close(): Promise<void>
}

export function openUplink(options: UplinkOptions): Uplink {
  const { spec, identity, mode, journal, broker, clock, busClock } = options
  const { name } = spec
  const gate: Gate = openGate()
  const lanes = outLanes.map((lane) => makeLane(name, lane, journal))
  let link: BrokerLink = { up: false, detail: 'not connected yet', receiveMaximum: 0, maximumPacketSize: 0 }
  let born = false
  /** States older than this are not told: those of the birth have overtaken them, and the log tells how they came to be. */
  let bornAt = 0
  let sent = 0
  let setAside = 0
  let taken = 0
  let trouble = ''
  let cancelAgain = () => {}
  /** There while somebody waits for the journal to run empty. */
  let onIdle: (() => void) | null = null

  function onLink(told: BrokerLink): void {
    const before = link
    link = told
    if (told.up && !before.up) connected()
    if (!told.up && before.up) disconnected()
    if (told.up !== before.up || told.detail !== before.detail) options.onLink({ link: name, up: told.up, detail: told.detail })
    pump()
    if (!told.up) onIdle?.()
  }

  function connected(): void {
    born = false
    trouble = ''
    const late = journal.pending(name, 'live', 0, Number.MAX_SAFE_INTEGER).findLast(({ message }) => newest(message) < clock.now().wall - LATE_MS)
    if (late) journal.defer(name, late.seq)
    for (const lane of lanes) lane.restart()
  }

  function disconnected(): void {
    cancelAgain()
    for (const lane of lanes) {
      const head = lane.breakOff()
      if (head && head.bytes >= POISON_BYTES && head.losses >= POISON_LOSSES) putAside(lane, head.seq, `the broker hung up on it ${head.losses} times`)
    }
  }

  function putAside(lane: OutLane, seq: number, why: string): void {
    lane.skip(seq, true)
    setAside++
    trouble = `message ${seq} was set aside: ${why}`
  }

  function beBorn(): void {
    const messages = options.birth()
    if (messages.length === 0) return
    born = true
    const seqs = messages.map((message) => journal.append({ ...message, to: name }))
    bornAt = seqs[0] as number
  }

  /** Fills the window. Each lane has its own budget of it, so that an alarm waits for one confirmation at most, and for few bytes. */
  function pump(): void {
    if (!link.up) return
    if (!born) beBorn()
    const window = Math.max(1, Math.min(spec.window, link.receiveMaximum))
    const budget: Record<OutLane['name'], number> = { alarm: window, state: window, live: Math.max(1, window - 1), backfill: Math.max(1, window >> 1) }
    for (const lane of lanes) {
      const rows = isRows(lane)
      const hasRoom = () => inFlight() < (rows && doubtful() ? 1 : budget[lane.name]) && !(rows && bytesInFlight() >= PIPE_BYTES)
      while (link.up && !lane.refused && hasRoom()) {
        const [record] = lane.read(1)
        if (!record) break
        send(lane, record.seq, record.message)
      }
    }
    if (onIdle && drained()) onIdle()
  }

  /** What the broker refuses is not waited for. */
  const drained = () => lanes.every((lane) => lane.refused || (lane.inFlight() === 0 && lane.read(1).length === 0))
  const inFlight = () => lanes.reduce((sum, lane) => sum + lane.inFlight(), 0)
  /** If the broker hung up on one of the rows that flew, it must be seen on which: they are sent again one at a time. */
  const doubtful = () => lanes.some((lane) => isRows(lane) && lane.doubtful())
  const bytesInFlight = () => lanes.reduce((sum, lane) => sum + lane.bytesInFlight(), 0)

  function send(lane: OutLane, seq: number, message: Message): void {
    if (isRetained(message) && seq < bornAt) {
      lane.skip(seq, false)
      return
    }
    const topic = topicOf(message, identity, lane.name)
    const payload = encode(message, { identity, seq, lane: lane.name, prev: lane.prev(seq), sent: clock.now().wall, mode })
    const bytes = Buffer.byteLength(payload)
    if (bytes + topic.length + PACKET_BYTES > link.maximumPacketSize) {
      putAside(lane, seq, `it has ${bytes} bytes and the broker takes ${link.maximumPacketSize} in a packet (its setting; or tell fewer rows at once)`)
      return
    }
    const flight = lane.fly(seq, bytes)
    void broker.publish(topic, payload, { retain: isRetained(message) }).then((answer) => {
      if (!lane.isFlying(flight)) return
      if (answer === true) {
        sent++
        lane.land(flight)
      } else refuse(lane, answer)
      pump()
    })
  }

  function refuse(lane: OutLane, why: string): void {
    trouble = why
    lane.restart()
    lane.refused = true
    cancelAgain()
    cancelAgain = busClock.after(REFUSED_AGAIN_MS, () => {
      for (const one of lanes) if (one.refused) one.restart()
      pump()
    })
  }

  function hear(_topic: string, payload: Uint8Array, retained: boolean): void {
    const command = gate.take(payload, retained, clock.now())
    if (typeof command === 'string') return
    taken++
    options.onCommand(command)
  }

  function will(): { topic: string; payload: string } | null {
    const message = options.lost()
    if (!message) return null
    const payload = encode(message, { identity, seq: journal.takeSeq(), lane: 'will', prev: null, sent: clock.now().wall, mode })
    return { topic: topicOf(message, identity, 'will'), payload }
  }

  /** Until nothing waits that can be sent, the link is down, or the time is over. */
  function idle(limitMs: number): Promise<void> {
    if (!link.up || drained()) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = busClock.after(limitMs, () => onIdle?.())
      onIdle = () => {
        onIdle = null
        cancel()
        resolve()
      }
    })
  }

  broker.subscribe(commandTopic(identity))
  broker.start(will, onLink, hear)

  return {
    name,
    wake: pump,
    status: () => ({
      link: { up: link.up, detail: link.up && trouble ? `${link.detail}; ${trouble}` : link.detail },
      sent,
      pending: journal.waiting(name),
      inFlight: inFlight(),
      setAside,
      commands: { taken, refused: gate.refused() },
    }),
    async close() {
      pump()
      await idle(DRAIN_MS)
      const farewell = link.up && born ? options.farewell() : null
      if (farewell) {
        journal.append({ ...farewell, to: name })
        pump()
        await idle(GOODBYE_MS)
      }
      cancelAgain()
      link = { ...link, up: false, detail: 'closed' }
      await broker.close()
    },
  }
}

/** Live and late rows: long messages, and the least urgent. */
const isRows = ({ name }: OutLane): boolean => name === 'live' || name === 'backfill'

/** When the newest row of a live message was observed. */
function newest(message: Message): Instant {
  if (message.kind !== 'live') return message.observed
  let last = 0
  for (const { t0, dt = 0, t, v } of Object.values(message.channels)) last = Math.max(last, t0 + (t?.at(-1) ?? dt * (v.length - 1)))
  return instant(last)
}
