// A line of frames on real wires: what it says when there is none, after a loss, and at its end.

import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock } from '../../../devicejs/drivers/clock.ts'
import { openFrameLine } from '../../../devicejs/drivers/frames.ts'
import type { BusSpec, FrameLine, Framing } from '../../../protocol/ports.ts'
import { later, listen, openEnd, ptyPair, settings, stop } from '../serving.ts'

afterEach(stop)

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const framing: Framing = { start: bytesOf('='), end: bytesOf('\n'), length: null, most: 64, text: true, checksum: null }
const patientMs = 10_000

function open(wire: BusSpec['wire'], quietMs = 20): FrameLine {
  const line = openFrameLine({ name: 'mast', wire, ...settings, speaks: 'frames', quietMs }, realBusClock())
  later(() => line.close())
  return line
}

const exchange = (line: FrameLine, timeoutMs = patientMs) => line.exchange(bytesOf('?'), framing, timeoutMs)

describe('a line of frames', () => {
  it('on a serial line is asked and answers', async () => {
    const { ends } = await ptyPair()
    const device = await openEnd(ends[1])
    device.onBytes((bytes) => {
      if (bytes.includes(0x3f)) device.write(bytesOf('=1.5\n'))
    })
    const line = open({ how: 'serial', path: ends[0] })
    for (let k = 0; k < 3; k++) expect(await exchange(line)).toMatchObject({ ok: true, frame: expect.any(Uint8Array) })
    expect(line.health()).toMatchObject({ open: true, requests: 3, answers: 3, faults: {}, openings: 1, step: null, trouble: '' })
  })

  it('that is not there is told in a sentence, and not tried at each request', async () => {
    const line = open({ how: 'serial', path: '/tmp/no-such-line' })
    expect(await exchange(line)).toMatchObject({ ok: false, fault: 'closed', detail: expect.stringMatching(/^bus mast: \/tmp\/no-such-line is not there/) })
    expect(await exchange(line)).toMatchObject({ ok: false, fault: 'closed' })
    expect(line.health()).toMatchObject({ open: false, faults: { closed: 2 }, openings: 0 })
  })

  it('that is lost is opened again', async () => {
    const server = await listen((socket) => socket.on('data', () => socket.write('=1.5\n')))
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port })
    expect(await exchange(line)).toMatchObject({ ok: true })
    for (const socket of server.sockets) socket.destroy()
    await expect.poll(() => line.health().open).toBe(false)
    expect(line.health().trouble).toContain('closed the connection')
    await expect.poll(async () => (await exchange(line)).ok, { timeout: 5000 }).toBe(true)
    expect(line.health().openings).toBe(2)
  })

  it('is not busy while it is only listened to', async () => {
    const server = await listen((socket) => {
      const speaking = setInterval(() => socket.write('=1.5\n'), 50)
      socket.on('close', () => clearInterval(speaking))
    })
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port })
    expect(await line.exchange(null, framing, patientMs)).toMatchObject({ ok: true, frame: bytesOf('=1.5\n') })
    expect(line.health()).toMatchObject({ requests: 1, answers: 1, busyMs: 0 })
  })

  it('sends without waiting for anything', async () => {
    let heard = ''
    const server = await listen((socket) =>
      socket.on('data', (bytes) => {
        heard += bytes.toString('latin1')
      }),
    )
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port })
    expect(await line.send(bytesOf('hello'))).toBeNull()
    await expect.poll(() => heard).toBe('hello')
  })

  it('converses until all is said', async () => {
    const server = await listen((socket) =>
      socket.on('data', () => {
        socket.write('AT\r\n')
        setTimeout(() => socket.write('\r\nOK\r\n'), 20)
      }),
    )
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port })
    const ended = (heard: Uint8Array): boolean => String.fromCharCode(...heard).endsWith('OK\r\n')
    expect(await line.converse(bytesOf('AT\r'), ended, patientMs)).toMatchObject({ ok: true, frame: bytesOf('AT\r\n\r\nOK\r\n') })
  })

  it('refuses more than can wait', async () => {
    const server = await listen(() => {})
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port })
    const asked = Array.from({ length: 20 }, () => exchange(line))
    const replies = await Promise.all(asked.slice(16))
    expect(replies).toEqual(Array(4).fill({ ok: false, fault: 'overload', detail: 'bus mast: 16 requests wait already' }))
    await line.close()
    expect((await Promise.all(asked.slice(0, 16))).every((reply) => !reply.ok && reply.fault === 'closed')).toBe(true)
  })

  it('that waits for silence ends at once when it is closed', async () => {
    const server = await listen(() => {})
    const line = open({ how: 'rtu-over-tcp', host: '127.0.0.1', port: server.port }, 60_000)
    const asked = exchange(line)
    await expect.poll(() => line.health().open).toBe(true)
    await line.close()
    expect(await asked).toMatchObject({ ok: false, fault: 'closed' })
  })
})
