// The uplink on real brokers: MQTT 5 and 3.1.1, TLS, logins, brokers that die, come back, refuse, or are no brokers at all.

import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Aedes } from 'aedes'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { realBusClock, realClock } from '../../../devicejs/drivers/clock.ts'
import { type BrokerSpec, openBroker, waitMs } from '../../../gateway/upstream/mqtt.ts'
import { encodeCommand } from '../../../protocol/encodings/json.ts'
import type { Broker, BrokerLink } from '../../../protocol/ports.ts'
import { type Certificates, makeCertificates } from '../../setup/certificates.ts'
import { freePort, type MosquittoOptions, startMosquitto } from '../../setup/mosquitto.ts'
import { chainFaults, listen, type WireOptions } from '../../setup/wire.ts'
import { alarm, live, log, type Rig, result, rig, standingBusClock, topic } from './station.ts'

const clocks = { clock: realClock(), busClock: realBusClock() }

/** What a test has opened; closed after it, the last first. */
const open: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})
function closing<T>(made: T, close: (made: T) => Promise<unknown>): T {
  open.push(() => close(made))
  return made
}

const broker = async (options?: MosquittoOptions) => closing(await startMosquitto(options), (one) => one.stop())
const hear = async (url: string, options?: WireOptions) => closing(await listen(url, options), (one) => one.close())

const spec = (url: string, changes: Partial<BrokerSpec> = {}): BrokerSpec => ({
  url,
  protocol: 5,
  clientId: 'hazardpoint-lianshan-dapuling-03-a',
  username: null,
  passwordFrom: null,
  tls: null,
  keepaliveS: 15,
  ...changes,
})

function station(url: string, changes: Partial<BrokerSpec> = {}, environment: Record<string, string> = {}): Rig {
  const wanted = spec(url, changes)
  const made = rig(openBroker(wanted, clocks.busClock, environment), clocks, { spec: { name: 'county', window: 16 } })
  open.push(() => made.uplink.close())
  return made
}

async function until(holds: () => boolean, what: string, limitMs = 15_000): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited >= limitMs) throw new Error(`${what}: not within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The first thing that a broker port says of its link. */
async function firstWord(wanted: BrokerSpec, environment: Record<string, string> = {}): Promise<BrokerLink> {
  const port = closing(openBroker(wanted, clocks.busClock, environment), (one) => one.close())
  return new Promise((resolve) =>
    port.start(
      () => null,
      resolve,
      () => {},
    ),
  )
}

describe.each([5, 4] as const)('over MQTT %d (mosquitto)', (protocol) => {
  it('a station tells what it has to tell, and hears what it is asked', async () => {
    const { url } = await broker()
    const wire = await hear(url)
    const { tell, uplink, commands, links } = station(url, { protocol })
    await wire.until('the birth', () => wire.of('status').length === 1)
    tell(log(), live(clocks.clock.now().wall), result('c0'))
    await wire.until('a message of each lane', () => wire.of('live').length + wire.of('log').length + wire.of('result').length === 3)
    await until(() => uplink.status().pending === 0, 'all confirmed')
    expect(uplink.status()).toMatchObject({ sent: 5, setAside: 0 })
    expect(links).toEqual([{ link: 'county', up: true, detail: `connected to ${url.slice(7)} (MQTT ${protocol === 5 ? '5' : '3.1.1'})` }])
    await wire.publish(topic('command'), encodeCommand({ id: 'c1', op: 'report', args: {} }))
    await until(() => commands.length === 1, 'the command')
    expect(chainFaults(wire.heard)).toEqual([])
  })

  it('a late subscriber finds how things stand; a retained command is not obeyed', async () => {
    const { url } = await broker()
    const before = await hear(url)
    await before.publish(topic('command'), encodeCommand({ id: 'old', op: 'report', args: {} }), { retain: true })
    const { tell, uplink, commands } = station(url, { protocol })
    tell(log(), alarm('red'))
    await until(() => uplink.status().pending === 0 && uplink.status().link.up, 'all confirmed')
    tell(alarm('orange'))
    await until(() => uplink.status().pending === 0, 'all confirmed')
    await before.publish(topic('command'), encodeCommand({ id: 'new', op: 'report', args: {} }))
    await until(() => commands.length > 0, 'the new command')
    const late = await hear(url)
    await late.until('two retained states', () => late.heard.length === 2)
    expect(late.heard.map(({ retained, message }) => [retained, message])).toEqual(
      expect.arrayContaining([
        [true, expect.objectContaining({ kind: 'alarm', level: 'orange' })],
        [true, expect.objectContaining({ kind: 'status', state: 'online' })],
      ]),
    )
    expect(commands.map(({ id }) => id)).toEqual(['new'])
  })

  it('a clean end is told as offline, and the will stays unsaid', async () => {
    const { url } = await broker()
    const wire = await hear(url)
    const { uplink, tell } = station(url, { protocol })
    await wire.until('the birth', () => wire.of('status').length === 1)
    tell(...Array.from({ length: 200 }, () => live(clocks.clock.now().wall)))
    await uplink.close()
    await wire.until('the farewell', () => wire.of('status').length === 2)
    await wire.publish('hp/v1/x/x/x/command', encodeCommand({ id: 'c1', op: 'report', args: {} }))
    expect(wire.of('status').map(({ message }) => message.state)).toEqual(['online', 'offline'])
    expect(wire.of('live')).toHaveLength(200)
  })

  it('a broker that dies in mid-stream and comes back misses nothing, and each lane keeps its order', async () => {
    const mosquitto = await broker()
    let wire = await hear(mosquitto.url)
    const { tell, uplink } = station(mosquitto.url, { protocol })
    await wire.until('the birth', () => wire.of('status').length === 1)
    const told = new Set<number>()
    const burst = (count: number) => {
      for (let i = 0; i < count; i++) for (const seq of tell(live(clocks.clock.now().wall), ...(i % 5 === 0 ? [log()] : []))) told.add(seq)
    }
    const heard = [...wire.heard]
    for (let round = 0; round < 2; round++) {
      const before = wire.heard.length
      burst(400)
      await wire.until('some of it', () => wire.heard.length > before + 100)
      await mosquitto.kill()
      burst(100)
      await wire.close()
      heard.push(...wire.heard)
      await mosquitto.restart()
      wire = await hear(mosquitto.url)
    }
    await until(() => uplink.status().pending === 0, 'all confirmed')
    burst(1)
    const last = Math.max(...told)
    await wire.until('the last', () => wire.heard.some(({ envelope }) => envelope.seq === last))
    await until(() => uplink.status().pending === 0, 'all confirmed')
    heard.push(...wire.heard)
    // What the killed broker confirmed but had not passed on died with it; the station cannot know. The chains must show just that, and nothing else.
    const had = new Set(heard.map(({ envelope }) => envelope.seq))
    const lost = [...told].filter((seq) => !had.has(seq))
    const unproven = chainFaults(heard).filter((fault) => !lost.some((seq) => fault.includes(`: ${seq} before `)))
    expect(unproven).toEqual([])
    expect(lost.length).toBeLessThanOrEqual(2 * 16)
    if (lost.length > 0) expect(chainFaults(heard).length).toBeGreaterThan(0)
    expect(uplink.status()).toMatchObject({ setAside: 0, pending: 0 })
  })

  it('a refused port is told in a sentence, and the station connects when the broker comes', async () => {
    const port = await freePort()
    const url = `mqtt://127.0.0.1:${port}`
    const { uplink, links, tell } = station(url, { protocol })
    tell(log())
    await until(() => links.length === 1, 'the first trouble')
    expect(links[0]).toEqual({ link: 'county', up: false, detail: `nothing listens on 127.0.0.1:${port}: is the broker running, and is the port right?` })
    await broker({ port })
    await until(() => uplink.status().link.up && uplink.status().pending === 0, 'connected')
    expect(links.at(-1)).toMatchObject({ up: true })
  })

  it('a bad login is told in a sentence; a good one gets in', async () => {
    const { url } = await broker({ login: { user: 'station', password: 'right' } })
    const named = { protocol, username: 'station', passwordFrom: 'BROKER_PASSWORD' }
    expect(await firstWord(spec(url, named), { BROKER_PASSWORD: 'wrong' })).toMatchObject({
      up: false,
      detail: expect.stringMatching(/does not accept the password of user station/),
    })
    expect(await firstWord(spec(url, { protocol }))).toMatchObject({ up: false, detail: expect.stringMatching(/give username and password/) })
    expect(await firstWord(spec(url, named))).toMatchObject({ up: false, detail: expect.stringMatching(/environment variable BROKER_PASSWORD/) })
    expect(await firstWord(spec(url, named), { BROKER_PASSWORD: 'right' })).toMatchObject({ up: true })
  })
})

describe('a cut', () => {
  it('is told by the broker as lost, and made good by the next birth', async () => {
    const { url, port } = await broker()
    const wire = await hear(url)
    // A line of our own between station and broker, which can be cut.
    const sockets: Socket[] = []
    const line = createServer((near) => {
      const far = new Socket().connect(port, '127.0.0.1')
      sockets.push(near, far)
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        one.pipe(other)
        one.on('error', () => {})
      }
    }).listen(0, '127.0.0.1')
    await once(line, 'listening')
    closing(line, async () => line.close())
    station(`mqtt://127.0.0.1:${(line.address() as AddressInfo).port}`)
    await wire.until('the birth', () => wire.of('status').length === 1)
    for (const socket of sockets.splice(0)) socket.destroy()
    await wire.until('will and second birth', () => wire.of('status').length === 3)
    expect(wire.of('status').map(({ message, envelope }) => [message.state, envelope.lane])).toEqual([
      ['online', 'state'],
      ['lost', 'will'],
      ['online', 'state'],
    ])
    for (const socket of sockets) socket.destroy()
  })
})

describe('TLS', () => {
  let folder: string
  let certificates: Certificates
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'certificates-'))
    certificates = await makeCertificates(folder)
  })
  afterAll(() => rm(folder, { recursive: true }))
  const made = async (options: Parameters<typeof makeCertificates>[1]) => makeCertificates(await mkdtemp(join(folder, 'other-')), options)
  const ca = (path: string) => ({ tls: { ca: path, cert: null, key: null } })

  it('lets in whom both sides know', async () => {
    const { url } = await broker({ tls: certificates })
    expect(await firstWord(spec(url, ca(certificates.ca)))).toMatchObject({ up: true })
    const strict = await broker({ tls: { ...certificates, wantClientCertificate: true } })
    expect(await firstWord(spec(strict.url, { tls: certificates }))).toMatchObject({ up: true })
    expect(await firstWord(spec(strict.url, ca(certificates.ca)))).toMatchObject({ up: false })
  })

  it.each([
    ['an authority that is not named', async () => ({ shown: certificates, ca: null }), /authority|signed by itself/],
    ['another authority', async () => ({ shown: certificates, ca: (await made({})).ca }), /not known here|not signed by/],
    ['an expired certificate', async () => made({ days: -1 }).then((shown) => ({ shown, ca: shown.ca })), /has expired/],
    ['a certificate for another host', async () => made({ name: 'DNS:broker.example' }).then((shown) => ({ shown, ca: shown.ca })), /is for another host/],
  ])('does not trust %s, and says what to do', async (_, make, sentence) => {
    const { shown, ca: known } = await make()
    const { url, port } = await broker({ tls: shown })
    const word = await firstWord(spec(url, { tls: { ca: known, cert: null, key: null } }))
    expect(word.up).toBe(false)
    expect(word.detail).toMatch(sentence)
    expect(word.detail).toContain(`127.0.0.1:${port}`)
  })

  it('tells of a broker that does not speak it, and of a file that is not there', async () => {
    const { port } = await broker()
    expect(await firstWord(spec(`mqtts://127.0.0.1:${port}`))).toMatchObject({ up: false, detail: expect.stringMatching(/TLS|broke the connection off/) })
    const missing = join(folder, 'none.pem')
    expect(await firstWord(spec(`mqtts://127.0.0.1:${port}`, ca(missing)))).toMatchObject({
      up: false,
      detail: expect.stringContaining(`tls: ca cannot be read from ${missing}`),
    })
  })
})

describe('the broker port', () => {
  it('says so when the other end is no broker, or its name is not known', async () => {
    const web = createServer((socket) => socket.on('error', () => {}).end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
    await once(web, 'listening')
    closing(web, async () => web.close())
    const word = await firstWord(spec(`mqtt://127.0.0.1:${(web.address() as AddressInfo).port}`))
    expect(word.up).toBe(false)
    expect(await firstWord(spec('mqtt://no-such-host.invalid:1883'))).toMatchObject({
      up: false,
      detail: expect.stringMatching(/no-such-host\.invalid:1883 (is not known|cannot be looked up)/),
    })
  })

  /** A broker that lets everybody in (MQTT 5 CONNACK) and then does as the test says. */
  async function scripted(then: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(Uint8Array.of(0x20, 3, 0, 0, 0))
        then(socket)
      })
      open.push(async () => socket.destroy())
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    closing(server, async () => server.close())
    return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  it.each([
    [142, /another client has come .*two stations run under one name/],
    [139, /is shutting down/],
    [151, /a quota is used up/],
    [128, /: reason 128$/],
  ])('tells why the broker ended the connection (reason %d)', async (reason, sentence) => {
    const url = await scripted((socket) => socket.write(Uint8Array.of(0xe0, 2, reason, 0)))
    const port = closing(openBroker(spec(url), clocks.busClock), (one) => one.close())
    const links: BrokerLink[] = []
    port.start(
      () => null,
      (link) => links.push(link),
      () => {},
    )
    await until(() => links.length === 2, 'up and down')
    expect(links.map(({ up }) => up)).toEqual([true, false])
    expect(links[1]!.detail).toMatch(sentence)
  })

  it('gives up a broker that confirms nothing though its line stands', async () => {
    const url = await scripted(() => {})
    const busClock = standingBusClock()
    const port = closing(openBroker(spec(url), busClock), (one) => one.close())
    const links: BrokerLink[] = []
    port.start(
      () => null,
      (link) => links.push(link),
      () => {},
    )
    await until(() => links.length === 1, 'up')
    const answer = port.publish('hp/v1/a/b/c/log', '{}', { retain: false })
    busClock.pass(59_999)
    expect(links).toHaveLength(1)
    busClock.pass(1)
    expect(await answer).toContain('does not confirm')
    expect(links[1]).toMatchObject({ up: false })
  })

  it('passes on what the broker allows', async () => {
    const { url } = await broker({ config: ['max_packet_size 5000', 'max_inflight_messages 7'] })
    expect(await firstWord(spec(url))).toMatchObject({ up: true, receiveMaximum: 7, maximumPacketSize: 5000 })
    const wire = await hear(url)
    const { tell, uplink } = station(url)
    tell(...Array.from({ length: 50 }, () => live(clocks.clock.now().wall)), live(clocks.clock.now().wall, 2000), live(clocks.clock.now().wall))
    await wire.until('all but one', () => wire.of('live').length === 51)
    await until(() => uplink.status().pending === 0, 'all confirmed')
    expect(uplink.status().setAside).toBe(1)
    expect(chainFaults(wire.heard)).toHaveLength(1)
  })

  it('sets aside what a broker without a told limit refuses as too long; all else arrives', async () => {
    const { url } = await broker({ config: ['message_size_limit 20000'] })
    const wire = await hear(url)
    const { tell, uplink, links } = station(url)
    tell(live(clocks.clock.now().wall), live(clocks.clock.now().wall, 2000), live(clocks.clock.now().wall), log())
    await until(() => uplink.status().setAside === 1 && uplink.status().pending === 0, 'the long one aside, the others confirmed', 30_000)
    expect(new Set(wire.of('live').map(({ envelope }) => envelope.seq)).size).toBe(2)
    expect(links.map(({ detail }) => detail).join()).toContain('does it take messages this long?')
    expect(chainFaults(wire.heard)).not.toEqual([])
  }, 40_000)

  it('tells of a topic that it may not write to, and loses nothing meanwhile', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'acl-'))
    closing(folder, (path) => rm(path, { recursive: true }))
    const acl = join(folder, 'acl')
    await writeFile(acl, 'topic readwrite hp/v1/+/+/+/status\ntopic readwrite hp/v1/+/+/+/alarm/+\ntopic read #\n')
    const { url } = await broker({ config: [`acl_file ${acl}`] })
    const { tell, uplink } = station(url)
    tell(live(clocks.clock.now().wall))
    await until(() => /refused .*\/live.*Not authorized/.test(uplink.status().link.detail), 'the refusal')
    expect(uplink.status()).toMatchObject({ link: { up: true }, pending: 1, setAside: 0, sent: 2 })
  })

  it('leaves no publish unanswered when it is closed, and publishes nothing while it is down', async () => {
    const { url } = await broker()
    const port: Broker = openBroker(spec(url), clocks.busClock)
    await expect(port.publish('hp/v1/a/b/c/log', '{}', { retain: false })).resolves.toContain('is not connected')
    await new Promise<void>((resolve) =>
      port.start(
        () => null,
        () => resolve(),
        () => {},
      ),
    )
    const answers = Array.from({ length: 50 }, () => port.publish('hp/v1/a/b/c/log', '{}', { retain: false }))
    await port.close()
    for (const answer of await Promise.all(answers)) expect(answer === true || answer.includes('closed')).toBe(true)
    await expect(port.publish('hp/v1/a/b/c/log', '{}', { retain: false })).resolves.toContain('is not connected')
    await port.close()
  })

  it('waits longer after each failure, never more than half a minute, and not as its neighbour does', () => {
    const waits = Array.from({ length: 12 }, (_, failures) => waitMs('station-a', failures))
    expect(waits[0]).toBe(1000)
    for (const [failures, ms] of waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(Math.min(15_000, 500 * 2 ** failures))
      expect(ms).toBeLessThanOrEqual(Math.min(30_000, 1000 * 2 ** failures))
    }
    expect(waitMs('station-a', 8)).toBe(waits[8])
    expect(waitMs('station-b', 8)).not.toBe(waits[8])
  })

  it('works with aedes, which speaks MQTT 3.1.1 only, and says what to write where MQTT 5 was asked', async () => {
    const aedes = await Aedes.createBroker()
    const server = createServer(aedes.handle).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push(async () => {
      await new Promise<void>((resolve) => aedes.close(resolve))
      server.close()
    })
    const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`
    const wire = await hear(url, { protocol: 4 })
    const { tell } = station(url, { protocol: 4 })
    tell(log(), live(clocks.clock.now().wall))
    await wire.until('all of it', () => wire.heard.length === 4)
    expect(chainFaults(wire.heard)).toEqual([])
    expect(await firstWord(spec(url, { clientId: 'another' }))).toMatchObject({
      up: false,
      detail: expect.stringMatching(/does not speak MQTT 5: write mqtt: 4/),
    })
  })
})
