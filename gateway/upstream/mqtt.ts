/**
 * The Broker port over mqtt.js: one connection after another, each with a client of its own. Of the library we use the protocol;
 * its queue, its store and its re-connecting stay out (DEPENDENCIES: they lose, pile up, or send the same poison for ever).
 *
 *     start ─► connecting ─► up ─► down ─► (1 s .. 30 s) ─► connecting ...
 */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import process from 'node:process'
import { connect, type IClientOptions, type MqttClient } from 'mqtt'
import type { Broker, BrokerLink, BusClock, Will } from '../../protocol/ports.ts'
import { type Reached, troubleOf } from './trouble.ts'

/** TCP, TLS and CONNACK over a slow mobile line take seconds; after this the broker does not answer. */
const CONNECT_TIMEOUT_MS = 20_000

/** The first wait after a loss is short, for a broker that was just restarted; the longest keeps a county's stations from hammering one that is not there. */
const FIRST_WAIT_MS = 1_000
const LONGEST_WAIT_MS = 30_000

/** A connection that held so long was good: the waits start from the shortest again. */
const GOOD_AFTER_MS = 10_000

/** Broker to station travel only commands, of 16 KiB at most; MQTT 5 brokers keep anything longer from us. */
const MAX_INCOMING_BYTES = 64 * 1024

/** The library gathers a packet until it is whole, up to 256 MB. So much without one, whole pieces of a socket, and it is not for us. */
const LONGEST_PACKET_BYTES = 4 * MAX_INCOMING_BYTES

/** Commands in flight to us: they are few. */
const INCOMING_AT_ONCE = 16

/** With publishes in flight and not one confirmed for so long, the broker has lost them, though its line stands. A 20 kB batch over GPRS takes 10 s. */
const CONFIRM_TIMEOUT_MS = 60_000

/** So long does a goodbye wait for the line to take it. */
const GOODBYE_MS = 2_000

/** Session taken over (MQTT 5, table 2-6). */
const TAKEN_OVER = 142

export interface BrokerSpec {
  url: string
  protocol: 5 | 4
  clientId: string
  username: string | null
  /** The environment variable, or the file (it has a slash), that holds the password. */
  passwordFrom: string | null
  tls: { ca: string | null; cert: string | null; key: string | null } | null
  keepaliveS: number
}

/** One connection, and the library's client that lives and dies with it. */
interface Connection {
  client: MqttClient
  upSince: number | null
  limits: Limits
}

type Limits = Pick<BrokerLink, 'receiveMaximum' | 'maximumPacketSize'>

const NO_LIMITS: Limits = { receiveMaximum: 65_535, maximumPacketSize: Number.POSITIVE_INFINITY }

export function openBroker(spec: BrokerSpec, busClock: BusClock, environment: Record<string, string | undefined> = process.env): Broker {
  const reached: Reached = { host: hostOf(spec.url), protocol: spec.protocol, clientId: spec.clientId, username: spec.username }
  const topics = new Set<string>()
  const flights = new Set<(answer: true | string) => void>()
  let askWill: () => Will | null = () => null
  let onLink: (link: BrokerLink) => void = () => {}
  let onMessage: (topic: string, payload: Uint8Array, retained: boolean) => void = () => {}
  let now: Connection | null = null
  let up = false
  let failures = 0
  let closed = false
  let cancelWait = () => {}
  let cancelWatch = () => {}

  const tell = (detail: string) => onLink({ up, detail, ...(now?.limits ?? NO_LIMITS) })

  /** Its files may lie on a card that hangs: nothing but this uplink waits for them. */
  async function open(): Promise<void> {
    const secrets = await secretsOf(spec, environment)
    if (closed) return
    if (typeof secrets === 'string') down(secrets, false)
    else openWith(secrets)
  }

  function openWith(secrets: Secrets): void {
    const client = connect({ ...optionsOf(spec, askWill()), ...secrets })
    const connection: Connection = { client, upSince: null, limits: NO_LIMITS }
    now = connection
    const lose = (cause: unknown) => {
      if (now === connection) down(troubleOf(cause, reached), cause === TAKEN_OVER)
    }
    let unfinished = 0
    client.on('packetreceive', () => {
      unfinished = 0
    })
    client.stream.on('data', ({ length }: Uint8Array) => {
      unfinished += length
      if (unfinished > LONGEST_PACKET_BYTES && now === connection) down(`${reached.host} sends a message that is far too long for a command`, false)
    })
    client.on('connect', ({ properties }) => {
      if (now !== connection) return
      if (properties?.maximumQoS === 0) return lose(155)
      up = true
      connection.upSince = busClock.now()
      connection.limits = limitsOf(properties)
      tell(`connected to ${reached.host} (MQTT ${spec.protocol === 5 ? '5' : '3.1.1'})`)
      for (const topic of topics) ask(connection, topic)
    })
    client.on('message', (topic, payload, { retain }) => {
      if (now === connection) onMessage(topic, payload, retain)
    })
    client.on('disconnect', ({ reasonCode }) => lose(reasonCode ?? 0))
    // A client that was given up may still complain; nobody listens to it, and nothing is lost by that.
    client.on('error', lose)
    client.on('close', () => lose({ code: 'ECONNRESET' }))
  }

  /** The link is told before the publishes that were broken off are answered: who waits for them must know which of the two it was. */
  function down(detail: string, takenOver: boolean): void {
    const last = now
    now = null
    up = false
    if (last?.upSince != null && busClock.now() - last.upSince >= GOOD_AFTER_MS) failures = 0
    tell(detail)
    breakOff(detail)
    last?.client.end(true)
    if (closed) return
    cancelWait = busClock.after(takenOver ? LONGEST_WAIT_MS : waitMs(spec.clientId, failures), () => void open())
    failures++
  }

  /** From each publish and each confirmation on, while something is in flight. */
  function watch(connection: Connection): void {
    cancelWatch()
    if (flights.size === 0) return
    cancelWatch = busClock.after(CONFIRM_TIMEOUT_MS, () => {
      if (now === connection) down(`${reached.host} does not confirm what it is sent`, false)
    })
  }

  function breakOff(why: string): void {
    cancelWatch()
    const broken = [...flights]
    flights.clear()
    for (const answer of broken) answer(why)
  }

  function ask({ client }: Connection, topic: string): void {
    // Retained commands are not wanted at all (rh 2), and are to be seen as such where they come later (rap).
    client.subscribe(topic, { qos: 1, rh: 2, rap: true }, (error, granted) => {
      const refused = granted?.some(({ qos }) => qos >= 128)
      if (now?.client === client && up && (error || refused))
        tell(`connected to ${reached.host}, which does not let ${spec.username ?? 'us'} subscribe to ${topic}`)
    })
  }

  return {
    start(will, link, message) {
      askWill = will
      onLink = link
      onMessage = message
      void open()
    },

    subscribe(topic) {
      topics.add(topic)
      if (now && up) ask(now, topic)
    },

    publish(topic, payload, { retain }) {
      const connection = now
      if (!connection || !up) return Promise.resolve(`${reached.host} is not connected`)
      return new Promise((resolve) => {
        flights.add(resolve)
        if (flights.size === 1) watch(connection)
        connection.client.publish(topic, payload, { qos: 1, retain }, (error) => {
          if (!flights.delete(resolve)) return
          watch(connection)
          resolve(error ? `${reached.host} refused ${topic}: ${error.message}` : true)
        })
      })
    },

    async close() {
      if (closed) return
      closed = true
      cancelWait()
      const last = now
      const clean = up
      now = null
      up = false
      breakOff('the connection is being closed')
      if (last) await (clean ? goodbye(last.client, busClock) : endNow(last.client))
    },
  }
}

/** DISCONNECT, so that the broker keeps the last will to itself. `end` waits for what is in flight, so that is given up first. */
async function goodbye(client: MqttClient, busClock: BusClock): Promise<void> {
  for (const id of Object.keys(client.outgoing)) client.removeOutgoingMessage(Number(id))
  await new Promise<void>((resolve) => {
    const cancel = busClock.after(GOODBYE_MS, () => void endNow(client).then(resolve))
    client.end(false, () => {
      cancel()
      resolve()
    })
  })
}

const endNow = (client: MqttClient): Promise<void> => new Promise((resolve) => client.end(true, () => resolve()))

function optionsOf({ url, protocol, clientId, keepaliveS }: BrokerSpec, will: Will | null): IClientOptions {
  // Given a URL as text, the library reads it by a function that Node has deprecated, and says so on our stderr.
  const { scheme, host, port } = placeOf(url)
  const options: IClientOptions = {
    protocol: scheme,
    host,
    port,
    protocolVersion: protocol,
    clientId,
    keepalive: keepaliveS,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    resubscribe: false,
    queueQoSZero: false,
    rejectUnauthorized: true,
  }
  if (protocol === 5) options.properties = { receiveMaximum: INCOMING_AT_ONCE, maximumPacketSize: MAX_INCOMING_BYTES }
  if (will) options.will = { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true }
  return options
}

/** Who a connection is for, and by what it is known. */
type Secrets = Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'>

/** Those of one connection, or why it cannot be tried. Files are read anew each time: certificates and passwords are renewed while a station runs. */
async function secretsOf({ username, passwordFrom, tls }: BrokerSpec, environment: Record<string, string | undefined>): Promise<Secrets | string> {
  const secrets: Secrets = {}
  if (username !== null) secrets.username = username
  if (passwordFrom !== null) {
    const password = passwordFrom.includes('/') ? await read('the password', passwordFrom) : { text: environment[passwordFrom] }
    if (typeof password === 'string') return password
    if (password.text === undefined) return `the environment variable ${passwordFrom}, which is to hold the broker's password, is not set`
    secrets.password = password.text.replace(/\r?\n$/, '')
  }
  for (const [key, path] of Object.entries(tls ?? {})) {
    if (path === null) continue
    const file = await read(`tls: ${key}`, path)
    if (typeof file === 'string') return file
    secrets[key as 'ca' | 'cert' | 'key'] = file.text
  }
  return secrets
}

async function read(what: string, path: string): Promise<{ text: string } | string> {
  try {
    return { text: await readFile(path, 'utf8') }
  } catch (error) {
    return `${what} cannot be read from ${path}: ${(error as Error).message}`
  }
}

/** What CONNACK allows (MQTT 5, 3.2.2.3.3 and 3.2.2.3.6); 3.1.1 says nothing. */
const limitsOf = (properties: Partial<Limits> | undefined): Limits => ({
  receiveMaximum: properties?.receiveMaximum ?? NO_LIMITS.receiveMaximum,
  maximumPacketSize: properties?.maximumPacketSize ?? NO_LIMITS.maximumPacketSize,
})

/** Doubles with each failure, and differs from station to station, so that a broker's return is not met by all at once. No die: the same station waits the same. */
export function waitMs(clientId: string, failures: number): number {
  const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures)
  const share = createHash('sha256').update(`${clientId} ${failures}`).digest().readUInt32BE() / 2 ** 32
  return Math.max(FIRST_WAIT_MS, (longest * (1 + share)) / 2)
}

function placeOf(url: string): { scheme: 'mqtt' | 'mqtts'; host: string; port: number } {
  const { protocol, hostname, port } = new URL(url)
  const scheme = protocol === 'mqtts:' ? 'mqtts' : 'mqtt'
  return { scheme, host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port) || (scheme === 'mqtts' ? 8883 : 1883) }
}

function hostOf(url: string): string {
  const { host, port } = placeOf(url)
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
