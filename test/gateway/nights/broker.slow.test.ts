// Brokers that lie: they confirm nothing, hang up, talk nonsense, pour without an end. The siren is not late, and the memory bounded.

import type { Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { makeSlave } from '../../../devicejs/slave.ts'
import { later, listen, serveTcp, stop } from '../../devicejs/serving.ts'
import { startMosquitto } from '../../setup/mosquitto.ts'
import { leak, memoryKb, pour, startPost, yard } from './post.ts'

afterEach(stop)

/** What waits for such a broker is some kilobytes; a packet of 256 MB that is kept is far above. */
const MOST_MORE_KB = 100_000

/** A field of an MQTT packet that holds text (MQTT 5, 1.5.4). */
const text = (word: string) => [word.length >> 8, word.length & 255, ...Buffer.from(word)]

const topic = 'hp/v1/a/b/c/command'

const RETAINED = 1
const QOS_1 = 2

/** PUBLISH without properties (MQTT 5, 3.3). */
function publish(payload: string, flags = 0): Uint8Array {
  const body = [...text(topic), ...(flags & QOS_1 ? [0, 1] : []), 0, ...Buffer.from(payload)]
  const lengths = body.length < 128 ? [body.length] : [(body.length & 127) | 128, body.length >> 7]
  return Uint8Array.from([0x30 | flags, ...lengths, ...body])
}

/** As many at once as a piece of TCP holds. */
const many = (packet: Uint8Array): Uint8Array => Buffer.concat(Array.from({ length: Math.ceil(16_384 / packet.length) }, () => packet))

const command = (id: string, op = 'report') => JSON.stringify({ id, op, args: {} })

/** What such a broker does with a socket on which it has let everybody in. */
const liars: [string, (socket: Socket) => void][] = [
  ['confirms nothing', () => {}],
  ['hangs up after each message', (socket) => socket.on('data', () => socket.destroy())],
  ['reads nothing', (socket) => socket.pause()],
  ['talks nonsense', (socket) => pour(socket, 'HTTP/1.1 200 OK\r\n\r\n')],
  ['begins a message of 256 MB', (socket) => pour(socket, new Uint8Array(65_536).fill(0x41), Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f, ...text(topic), 0))],
  ['pours commands that are none', (socket) => pour(socket, many(publish('{"id":')))],
  ['pours commands that it retained', (socket) => pour(socket, many(publish(command('old'), RETAINED)))],
  ['pours what is to be confirmed, and reads nothing', (socket) => pour(socket.pause(), many(publish(command('one'), QOS_1)))],
  ['pours one command again and again', (socket) => pour(socket, many(publish(command('one'))))],
  [
    'pours orders to silence and close that nobody signed',
    (socket) => pour(socket, many(Buffer.concat([publish(command('1', 'silence')), publish(command('2', 'close'))]))),
  ],
]

it.each(liars)('a broker that %s does not delay the siren', async (_, lie) => {
  const broker = await listen((socket) => {
    socket.once('data', () => {
      socket.write(Uint8Array.of(0x20, 3, 0, 0, 0))
      lie(socket)
    })
  })
  const place = yard()
  const { port } = await serveTcp(makeSlave(place.units))
  const post = await startPost({ wire: `tcp: "127.0.0.1:${port}"`, publish: `publish: [ { to: county, broker: "mqtt://127.0.0.1:${broker.port}" } ]` })
  const before = memoryKb(post)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  await leak(place)
  expect(memoryKb(post) - before).toBeLessThan(MOST_MORE_KB)
  // It can still be told from the spot.
  expect(await post.act('silence', { by: 'Li', reason: 'seen' })).toEqual({ ok: true, reason: '' })
})

it('two stations of one name, each of which throws the other out at the broker, sound their sirens in time', async () => {
  const broker = await startMosquitto()
  later(() => broker.stop())
  const publish = `publish: [ { to: county, broker: "${broker.url}" } ]`
  const stand = async () => {
    const place = yard()
    const { port } = await serveTcp(makeSlave(place.units))
    return { place, post: await startPost({ wire: `tcp: "127.0.0.1:${port}"`, publish }) }
  }
  const two = [await stand(), await stand()]
  const details = async () => Promise.all(two.map(async ({ post }) => (await post.status()).links.find(({ kind }) => kind === 'uplink')?.detail))
  await expect.poll(async () => (await details()).join(), { timeout: 10_000 }).toMatch(/two stations run under one name|broke the connection off/)
  await Promise.all(two.map(({ place }) => leak(place)))
})
