// The control socket stormed by a program that has run away: the siren is not late, the memory bounded, and people get in again.

import { connect, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { makeSlave } from '../../../devicejs/slave.ts'
import { later, serveTcp, stop } from '../../devicejs/serving.ts'
import { leak, memoryKb, pour, startPost, yard } from './post.ts'

afterEach(stop)

/** Sixteen connections with all that they may hold are far below; a gigabyte that is kept is far above. */
const MOST_MORE_KB = 100_000

/** As many as the storm wants, again and again: who is thrown out comes back at once. */
function storm(path: string, connections: number, say: (socket: Socket) => void): () => void {
  let over = false
  const sockets = new Set<Socket>()
  const come = (): void => {
    if (over) return
    const socket = connect(path)
    sockets.add(socket)
    socket.on('error', () => {}) // Thrown out, as it should be.
    socket.on('data', () => {})
    socket.on('connect', () => say(socket))
    socket.on('close', () => {
      sockets.delete(socket)
      setImmediate(come)
    })
  }
  for (let k = 0; k < connections; k++) come()
  const end = (): void => {
    over = true
    for (const socket of sockets) socket.destroy()
  }
  later(end)
  return end
}

const act = (args: object) => {
  const body = JSON.stringify({ id: 'x', op: 'silence', args })
  return `POST /act HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

const storms: [string, number, (socket: Socket) => void][] = [
  ['thousands of connections that say nothing', 2000, () => {}],
  ['requests that break off', 64, (socket) => socket.write('POST /act HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"id"')],
  ['a body of a gigabyte', 64, (socket) => pour(socket, 'x'.repeat(65_536), 'POST /act HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n')],
  ['headers without an end', 64, (socket) => pour(socket, `x: ${'y'.repeat(1000)}\r\n`, 'GET /status HTTP/1.1\r\n')],
  ['bad JSON', 64, (socket) => socket.write('POST /act HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\n{"a:')],
  ['acts without a name or a reason', 64, (socket) => socket.write(act({ by: '', reason: '' }))],
  ['acts that would silence the siren, of nobody', 64, (socket) => socket.write(act({}))],
  ['no HTTP at all', 64, (socket) => pour(socket, '\u0000\u0001 hello\r\n')],
  ['pictures without an end, of which nobody reads one', 64, (socket) => pour(socket.pause(), 'GET /status HTTP/1.1\r\nhost: x\r\n\r\n')],
]

const half: [string, string][] = [
  ['say nothing', ''],
  ['break off in a header', 'GET /status HTTP/1.1\r\nho'],
  ['break off in a body', 'POST /act HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"id"'],
]

it.each(half)('connections that %s, and stay, are shown out: people get in', async (_, said) => {
  const place = yard()
  const { port } = await serveTcp(makeSlave(place.units))
  const post = await startPost({ wire: `tcp: "127.0.0.1:${port}"` })
  // As many as the door takes.
  for (let k = 0; k < 16; k++) {
    const socket = connect(post.door)
    socket.write(said)
    later(() => socket.destroy())
  }
  await leak(place)
  await expect.poll(() => post.act('silence', { by: 'Li', reason: 'seen' }), { timeout: 10_000 }).toEqual({ ok: true, reason: '' })
})

it.each(storms)('%s do not delay the siren, and people get in when it is over', async (_, connections, say) => {
  const place = yard()
  const { port } = await serveTcp(makeSlave(place.units))
  const post = await startPost({ wire: `tcp: "127.0.0.1:${port}"` })
  const [before, said] = [memoryKb(post), post.err()]
  const calm = storm(post.door, connections, say)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  await leak(place)
  expect(memoryKb(post) - before).toBeLessThan(MOST_MORE_KB)
  calm()
  await expect.poll(() => post.act('silence', { by: 'Li', reason: 'seen' }), { timeout: 10_000 }).toEqual({ ok: true, reason: '' })
  await expect.poll(() => place.sounds(), { timeout: 10_000 }).toBe(false)
  expect(post.err()).toBe(said)
})
