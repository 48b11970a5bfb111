// Buses on real sockets and lines against our slave: every function on every wire, and every way in which a peer can fail.

import { rename, symlink } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock } from '../../../devicejs/drivers/clock.ts'
import { openBus } from '../../../devicejs/drivers/modbus.ts'
import { makeSlave } from '../../../devicejs/slave.ts'
import { mbapFrame, mbapReader, rtuFrame } from '../../../protocol/frames.ts'
import type { Block, Bus, BusClock, BusSpec, Table, Wire } from '../../../protocol/ports.ts'
import { type Registers, registers, valueAt, valuesAt } from '../registers.ts'
import { later, listen, openEnd, ptyPair, serveLine, serveRtuOverTcp, serveTcp, settings, stop } from '../serving.ts'

afterEach(stop)

/** Long enough for a busy machine; no test waits for it to pass. */
const patientMs = 20_000
const quietMs = 150

function bus(wire: Wire, clock: BusClock = realBusClock(), more: Partial<BusSpec> = {}): Bus {
  const opened = openBus({ name: 'slope', wire, ...settings, quietMs, ...more }, clock)
  later(() => opened.close())
  return opened
}

/** Real time that can be moved on by hand. */
function skippingClock() {
  const clock = realBusClock()
  let skippedMs = 0
  return {
    ...clock,
    now: () => clock.now() + skippedMs,
    skip: (ms: number) => {
      skippedMs += ms
    },
  }
}

const block = (unit: number, table: Table, address: number, count: number): Block => ({ unit, table, address, count })

function twoUnits(): Map<number, Registers> {
  return new Map([3, 20].map((unit) => [unit, registers(unit, 999)]))
}

const wires: Record<string, (units: Map<number, Registers>) => Promise<Wire>> = {
  'Modbus TCP': async (units) => ({ how: 'tcp', host: '127.0.0.1', port: (await serveTcp(makeSlave(units))).port }),
  'RTU on a serial line': async (units) => ({ how: 'serial', path: (await serveLine(makeSlave(units))).path }),
  'RTU over TCP': async (units) => ({ how: 'rtu-over-tcp', host: '127.0.0.1', port: (await serveRtuOverTcp(makeSlave(units))).port }),
}

describe.each(Object.entries(wires))('a bus on %s', (how, serve) => {
  it('reads each table', async () => {
    const slope = bus(await serve(twoUnits()))
    for (const table of ['coil', 'discrete', 'holding', 'input'] as const) {
      for (const [address, count] of [
        [0, 1],
        [7, 11],
        [500, 125],
      ] as const) {
        expect(await slope.read(block(3, table, address, count), patientMs)).toMatchObject({
          ok: true,
          words: Uint16Array.from(valuesAt(3, table, address, count)),
        })
      }
    }
    expect(await slope.read(block(20, 'coil', 0, 1000), patientMs)).toMatchObject({ ok: true, words: Uint16Array.from(valuesAt(20, 'coil', 0, 1000)) })
  })

  it('keeps the bytes of what it read, and of what was not answered; a write is none of them', async () => {
    const slope = bus(await serve(twoUnits()))
    await slope.read(block(3, 'holding', 7, 2), patientMs)
    await slope.write(block(3, 'holding', 0, 1), Uint16Array.of(5), patientMs)
    await slope.read(block(9, 'holding', 7, 2), 50)
    const [high = 0, low = 0] = valuesAt(3, 'holding', 7, 2)
    const pdus = { request: [3, 0, 7, 0, 2], answer: [3, 4, high >> 8, high & 0xff, low >> 8, low & 0xff] }
    const framed = (unit: number, pdu: number[]): Uint8Array =>
      how === 'Modbus TCP' ? mbapFrame(1, unit, Uint8Array.from(pdu)) : rtuFrame(unit, Uint8Array.from(pdu))
    const [kept, ...others] = slope.exchanges?.(3) ?? []
    expect(kept).toEqual({ at: expect.any(Number), request: framed(3, pdus.request), answer: framed(3, pdus.answer), trouble: '' })
    expect(others).toEqual([])
    // On TCP a gateway answers in the place of a device that is not there.
    const missing =
      how === 'Modbus TCP'
        ? { answer: mbapFrame(3, 9, Uint8Array.of(0x83, 11)), trouble: '' }
        : { answer: new Uint8Array(0), trouble: expect.stringContaining('unit 9 did not answer') }
    expect(slope.exchanges?.(9)).toMatchObject([missing])
    expect(slope.exchanges?.(4)).toEqual([])
  })

  it('writes one and many', async () => {
    const units = twoUnits()
    const slope = bus(await serve(units))
    const writes: [Table, number, number[]][] = [
      ['coil', 0, [1]],
      ['coil', 0, [0]],
      ['coil', 5, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0]],
      ['holding', 9, [0xffff]],
      ['holding', 10, [1, 2, 0x8000]],
    ]
    for (const [table, address, words] of writes) {
      const reply = await slope.write(block(20, table, address, words.length), Uint16Array.from(words), patientMs)
      expect(reply).toMatchObject({ ok: true, words: Uint16Array.from(words) })
    }
    expect(units.get(20)!.written).toEqual(writes)
    expect(units.get(3)!.written).toEqual([])
    expect(await slope.read(block(20, 'holding', 9, 4), patientMs)).toMatchObject({ words: Uint16Array.of(0xffff, 1, 2, 0x8000) })
  })

  it('tells of a refusal with its number, and stays in step', async () => {
    const slope = bus(await serve(twoUnits()))
    expect(await slope.read(block(3, 'holding', 999, 2), patientMs)).toEqual({ ok: false, fault: 'exception', code: 2, detail: 'illegal address (2)' })
    expect(await slope.write(block(3, 'coil', 2000, 1), Uint16Array.of(1), patientMs)).toMatchObject({ fault: 'exception', code: 2 })
    expect(await slope.read(block(3, 'holding', 0, 1), patientMs)).toMatchObject({ ok: true })
    expect(slope.health()).toMatchObject({ open: true, requests: 3, answers: 3, faults: { exception: 2 }, late: 0, trouble: '' })
  })

  it('answers in the order of the calls, each with its own values', async () => {
    const slope = bus(await serve(twoUnits()))
    const order: number[] = []
    const reads = Array.from({ length: 40 }, async (_, n) => {
      const unit = n % 2 ? 3 : 20
      const reply = await slope.read(block(unit, 'holding', n, 2), patientMs)
      order.push(n)
      expect(reply).toMatchObject({ ok: true, words: Uint16Array.from(valuesAt(unit, 'holding', n, 2)) })
    })
    await Promise.all(reads)
    expect(order).toEqual(reads.map((_, n) => n))
  })

  it('ends a request that nobody answers in its time, and goes on', async () => {
    const units = twoUnits()
    const wire = await serve(units)
    const slope = bus(wire)
    await slope.read(block(3, 'holding', 0, 1), patientMs)
    const mute = await slope.read(block(9, 'holding', 0, 1), 30)
    if (how === 'Modbus TCP') expect(mute).toMatchObject({ fault: 'exception', code: 11 })
    else expect(mute).toEqual({ ok: false, fault: 'timeout', detail: 'unit 9 did not answer' })
    expect(await slope.read(block(3, 'holding', 7, 1), patientMs)).toMatchObject({ ok: true, words: Uint16Array.of(valueAt(3, 'holding', 7)) })
  })

  it('opens on first use, and is closed for good when it is told', async () => {
    const slope = bus(await serve(twoUnits()))
    expect(slope.health()).toMatchObject({ open: false, requests: 0, answers: 0, faults: {}, late: 0, trouble: 'nothing has been asked of it yet' })
    await slope.read(block(3, 'holding', 0, 1), patientMs)
    const pending = [slope.read(block(9, 'holding', 0, 1), patientMs), slope.read(block(3, 'holding', 0, 1), patientMs)]
    await slope.close()
    expect((await pending[1]!).ok).toBe(false)
    expect(await slope.read(block(3, 'holding', 0, 1), patientMs)).toEqual({ ok: false, fault: 'closed', detail: 'bus slope: it was closed' })
    expect(slope.health()).toMatchObject({ open: false, trouble: 'it was closed' })
    await slope.close()
  })

  it('lets what is urgent go before all that waits', async () => {
    const slope = bus(await serve(twoUnits()))
    await slope.read(block(3, 'holding', 0, 1), patientMs)
    const order: string[] = []
    const ask = async (name: string, urgent: boolean) => {
      await slope.read(block(3, 'holding', 0, 1), patientMs, { urgent })
      order.push(name)
    }
    await Promise.all([ask('a', false), ask('b', false), ask('c', false), ask('siren', true), ask('valve', true)])
    expect(order).toEqual(['a', 'siren', 'valve', 'b', 'c'])
  })

  it('tells how long the device took, without what the request waited for', async () => {
    const slope = bus(await serve(twoUnits()))
    const start = performance.now()
    const replies = await Promise.all(Array.from({ length: 20 }, () => slope.read(block(3, 'holding', 0, 100), patientMs)))
    const tookMs = replies.map((reply) => (reply.ok ? (reply.tookMs ?? Number.NaN) : Number.NaN))
    expect(tookMs.every((ms) => ms > 0)).toBe(true)
    expect(tookMs.reduce((a, b) => a + b)).toBeLessThan(performance.now() - start)
    expect(slope.health().busyMs).toBeLessThan(performance.now() - start)
  })

  it('refuses more than can wait', async () => {
    const slope = bus(await serve(twoUnits()))
    const replies = await Promise.all(Array.from({ length: 70 }, () => slope.read(block(3, 'holding', 0, 1), patientMs)))
    expect(replies.filter(({ ok }) => ok)).toHaveLength(64)
    expect(slope.health()).toMatchObject({ requests: 70, answers: 64, faults: { overload: 6 } })
  })

  it('takes no block that no frame can carry: that is our own mistake', async () => {
    const slope = bus({ how: 'tcp', host: '127.0.0.1', port: 1 })
    for (const bad of [
      block(3, 'holding', 0, 126),
      block(3, 'coil', 0, 2001),
      block(3, 'holding', 65535, 2),
      block(256, 'holding', 0, 1),
      block(3, 'input', 0, 0),
    ])
      await expect(slope.read(bad, 10)).rejects.toThrow(RangeError)
    await expect(slope.write(block(3, 'input', 0, 1), Uint16Array.of(1), 10)).rejects.toThrow(/nobody can write/)
    await expect(slope.write(block(3, 'holding', 0, 2), Uint16Array.of(1), 10)).rejects.toThrow(/1 words for 2 places/)
  })
})

describe('Modbus TCP with peers that fail', () => {
  const at = (port: number): Wire => ({ how: 'tcp', host: '127.0.0.1', port })
  const first = block(1, 'holding', 0, 1)
  const good = (transaction: number, value = 7) => mbapFrame(transaction, 1, Uint8Array.of(3, 2, value >>> 8, value & 0xff))

  /** A server that is told of each request with its number, and does what it likes. */
  const peer = (act: (socket: Socket, transaction: number, count: number) => void) => {
    let count = 0
    return listen((socket) =>
      socket.on(
        'data',
        mbapReader(({ transaction }) => act(socket, transaction, count++)),
      ),
    )
  }

  it('a reset ends the request at once, and the next one finds a new connection', async () => {
    const { port } = await peer((socket, transaction, count) => {
      if (count === 0) socket.resetAndDestroy()
      else socket.write(good(transaction))
    })
    const slope = bus(at(port))
    expect(await slope.read(first, patientMs)).toEqual({ ok: false, fault: 'closed', detail: `127.0.0.1:${port} reset the connection` })
    expect(slope.health()).toMatchObject({ open: false, trouble: `127.0.0.1:${port} reset the connection` })
    const clock = skippingClock()
    const again = bus(at(port), clock)
    expect(await again.read(first, patientMs)).toMatchObject({ ok: true })
  })

  it('an orderly end is noticed at once, also between requests', async () => {
    const server = await peer((socket, transaction, count) => (count === 1 ? socket.end() : socket.write(good(transaction))))
    const slope = bus(at(server.port))
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true })
    expect(await slope.read(first, patientMs)).toEqual({ ok: false, fault: 'closed', detail: `127.0.0.1:${server.port} closed the connection` })
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true })
    for (const socket of server.sockets) socket.end()
    while (slope.health().open) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true })
    expect(slope.health()).toMatchObject({ open: true, trouble: '', faults: { closed: 1 } })
  })

  it('a peer that is not there is tried again after 0.5 s, 1 s, 2 s ... at most 10 s, and a request in between ends at once', async () => {
    const gone = await listen(() => {})
    await gone.close()
    const clock = skippingClock()
    const slope = bus(at(gone.port), clock)
    const refused = {
      ok: false,
      fault: 'closed',
      detail: expect.stringMatching(/^bus slope: 127\.0\.0\.1:\d+ refuses the connection; check that the device is up/),
    }
    expect(await slope.read(first, patientMs)).toEqual(refused)
    let tries = 0
    const server = await listen((socket) => {
      tries++
      socket.destroy()
    }, gone.port)
    for (const pauseMs of [500, 1000, 2000, 4000, 8000, 10_000, 10_000]) {
      clock.skip(pauseMs - 100)
      const before = tries
      expect(await slope.read(first, patientMs)).toMatchObject({ ok: false, fault: 'closed' })
      expect(tries).toBe(before)
      clock.skip(101)
      expect(await slope.read(first, patientMs)).toMatchObject({ ok: false, fault: 'closed' })
      expect(tries).toBe(before + 1)
    }
    await server.close()
    await serveTcp(makeSlave(new Map([[1, registers(1)]])), gone.port)
    clock.skip(10_001)
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true })
    expect(slope.health()).toMatchObject({ open: true, trouble: '' })
  })

  it('a late answer is counted and never taken for the next one’s', async () => {
    const { port } = await peer((socket, transaction, count) => {
      if (count === 0) setTimeout(() => socket.write(good(transaction, 666)), 60)
      else setTimeout(() => socket.write(good(transaction, count)), 80)
    })
    const slope = bus(at(port))
    expect(await slope.read(first, 30)).toEqual({ ok: false, fault: 'timeout', detail: 'unit 1 did not answer within 30 ms' })
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true, words: Uint16Array.of(1) })
    expect(slope.health()).toMatchObject({ late: 1, requests: 2, answers: 1, faults: { timeout: 1 } })
  })

  it('answers cut into bytes, glued to a stranger’s, are still found', async () => {
    const { port } = await peer((socket, transaction) => {
      for (const byte of Uint8Array.of(...good(transaction ^ 0x80, 666), ...good(transaction, 5))) socket.write(Uint8Array.of(byte))
    })
    expect(await bus(at(port)).read(first, patientMs)).toMatchObject({ ok: true, words: Uint16Array.of(5) })
  })

  it.each<[string, Uint8Array, string]>([
    ['fewer registers than asked, and said so', Uint8Array.of(1, 3, 2, 0, 5), 'short'],
    ['fewer registers than its length', Uint8Array.of(1, 3, 2, 0, 5, 0, 6), 'short'],
    ['another unit', Uint8Array.of(2, 3, 4, 0, 5, 0, 6), 'out-of-step'],
    ['another function', Uint8Array.of(1, 4, 4, 0, 5, 0, 6), 'out-of-step'],
    ['nothing but a unit and a function', Uint8Array.of(1, 3), 'short'],
    ['a byte count beyond its end', Uint8Array.of(1, 3, 200, 0, 5, 0, 6), 'short'],
  ])('an answer with %s is a fault', async (_, [unit, ...pdu], fault) => {
    const { port } = await peer((socket, transaction) => socket.write(mbapFrame(transaction, unit!, Uint8Array.from(pdu))))
    expect(await bus(at(port)).read(block(1, 'holding', 0, 2), patientMs)).toMatchObject({ ok: false, fault })
  })

  it('a write that is confirmed as another write is a fault', async () => {
    const answers = [
      [6, 0, 5, 0, 1],
      [5, 0, 1, 0, 0],
      [16, 0, 0, 0, 3],
    ]
    const { port } = await peer((socket, transaction, count) => socket.write(mbapFrame(transaction, 1, Uint8Array.from(answers[count]!))))
    const slope = bus(at(port))
    expect(await slope.write(block(1, 'holding', 4, 1), Uint16Array.of(1), patientMs)).toMatchObject({ fault: 'out-of-step' })
    expect(await slope.write(block(1, 'coil', 1, 1), Uint16Array.of(1), patientMs)).toMatchObject({ fault: 'out-of-step' })
    expect(await slope.write(block(1, 'holding', 0, 2), Uint16Array.of(1, 2), patientMs)).toMatchObject({ fault: 'out-of-step' })
  })

  it('a server of another protocol is told for what it is', async () => {
    const { port } = await listen((socket) => socket.on('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await bus(at(port)).read(first, patientMs)).toMatchObject({
      ok: false,
      fault: 'closed',
      detail: expect.stringMatching(/does not speak Modbus TCP; check the port/),
    })
  })

  it('a peer that has fallen silent is connected to anew', async () => {
    let connections = 0
    const { port } = await listen((socket) => {
      connections++
      if (connections === 2)
        socket.on(
          'data',
          mbapReader(({ transaction }) => socket.write(good(transaction))),
        )
    })
    const slope = bus(at(port))
    for (let n = 0; n < 6; n++) expect(await slope.read(first, 10)).toMatchObject({ fault: 'timeout' })
    expect(await slope.read(first, patientMs)).toMatchObject({ ok: true })
    expect(connections).toBe(2)
  })

  it('an answer that is late by a whole round of transaction numbers is never taken for a new one’s', async () => {
    let owing: Socket | null = null
    const { port } = await peer((socket, transaction, count) => {
      if (count === 0) owing = socket
      else {
        if (transaction === 1 && socket === owing) socket.write(good(transaction, 666))
        socket.write(good(transaction, count))
      }
    })
    const slope = bus(at(port))
    expect(await slope.read(first, 20)).toMatchObject({ fault: 'timeout' })
    for (let count = 1; count <= 600; count++) expect(await slope.read(first, patientMs)).toMatchObject({ ok: true, words: Uint16Array.of(count) })
  })

  it('a bus that is closed while it opens ends its request at once, and leaves no connection behind', async () => {
    let hadConnection = () => {}
    const came = new Promise<void>((resolve) => {
      hadConnection = resolve
    })
    const server = await listen((socket) => {
      socket.resume()
      hadConnection()
    })
    const slope = bus(at(server.port))
    const pending = slope.read(first, patientMs)
    await Promise.resolve()
    await slope.close()
    expect(await pending).toEqual({ ok: false, fault: 'closed', detail: 'bus slope: it was closed' })
    await came
    while (server.sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 1))
  })

  it('a name that does not exist is told', async () => {
    const slope = bus({ how: 'tcp', host: 'no-such-device.invalid', port: 502 })
    expect(await slope.read(first, patientMs)).toMatchObject({
      fault: 'closed',
      detail: expect.stringMatching(/no-such-device.invalid:502 (has a name that cannot be found|does not answer)/),
    })
  })
})

describe('RTU with peers that fail', () => {
  it('a line that is not there is told, and used when it comes', async () => {
    const { ends } = await ptyPair()
    const hidden = `${ends[0]}-later`
    const clock = skippingClock()
    const slope = bus({ how: 'serial', path: hidden }, clock)
    const reply = await slope.read(block(3, 'holding', 0, 1), patientMs)
    expect(reply).toMatchObject({ ok: false, fault: 'closed', detail: expect.stringMatching(/^bus slope: .*a-later is not there; /) })
    expect(slope.health()).toMatchObject({ open: false, trouble: (reply as { detail: string }).detail.replace('bus slope: ', '') })
    await symlink(ends[0], hidden)
    const device = await openEnd(ends[1])
    const slave = makeSlave(twoUnits())
    device.onBytes((bytes) => {
      const answer = slave.rtu(bytes)
      if (answer) device.write(answer)
    })
    expect(await slope.read(block(3, 'holding', 0, 1), patientMs)).toEqual(reply)
    clock.skip(501)
    expect(await slope.read(block(3, 'holding', 0, 1), patientMs)).toMatchObject({ ok: true })
    await rename(hidden, `${hidden}-again`)
  })

  it('an adapter that is unplugged ends the request at once', async () => {
    const { path, socat } = await serveLine(makeSlave(twoUnits()))
    const slope = bus({ how: 'serial', path })
    await slope.read(block(3, 'holding', 0, 1), patientMs)
    const pending = slope.read(block(9, 'holding', 0, 1), patientMs)
    socat.kill()
    await pending
    expect(await slope.read(block(3, 'holding', 0, 1), 100)).toMatchObject({
      ok: false,
      fault: 'closed',
      detail: expect.stringMatching(/is gone|is not there/),
    })
  })

  it('late answers on a real line: no value is ever another’s', async () => {
    const { ends } = await ptyPair()
    const device = await openEnd(ends[1])
    const slave = makeSlave(new Map([1, 2, 3].map((unit) => [unit, registers(unit)])))
    let asked = 0
    device.onBytes((bytes) => {
      const answer = slave.rtu(bytes)
      if (answer) setTimeout(() => device.write(answer), ++asked % 10 === 0 ? 60 : 0)
    })
    const slope = bus({ how: 'serial', path: ends[0] })
    let right = 0
    for (let n = 0; n < 50; n++) {
      const unit = 1 + (n % 3)
      const reply = await slope.read(block(unit, 'holding', n, 2), 40)
      if (!reply.ok) continue
      expect([...reply.words]).toEqual(valuesAt(unit, 'holding', n, 2))
      right++
    }
    expect(right).toBeGreaterThan(35)
    expect(slope.health().late).toBeGreaterThanOrEqual(4)
  })

  it('through a serial server: a garbled answer puts the line out of step, not the values', async () => {
    let garble = true
    const slave = makeSlave(twoUnits())
    const { port } = await listen((socket) =>
      socket.on('data', (bytes: Buffer) => {
        const answer = slave.rtu(bytes)
        if (!answer) return
        if (garble) answer[4]! ^= 1
        garble = false
        socket.write(answer)
      }),
    )
    const slope = bus({ how: 'rtu-over-tcp', host: '127.0.0.1', port })
    const start = performance.now()
    expect(await slope.read(block(3, 'holding', 0, 2), 30)).toMatchObject({ ok: false, fault: 'checksum' })
    expect(await slope.read(block(3, 'holding', 5, 2), patientMs)).toMatchObject({ ok: true, words: Uint16Array.from(valuesAt(3, 'holding', 5, 2)) })
    expect(performance.now() - start).toBeGreaterThan(30 + quietMs)
  })

  it('through a serial server that has fallen silent: it is connected to anew', async () => {
    let connections = 0
    const slave = makeSlave(twoUnits())
    const { port } = await listen((socket) => {
      if (++connections === 2) socket.on('data', (bytes: Buffer) => socket.write(slave.rtu(bytes)!))
    })
    const slope = bus({ how: 'rtu-over-tcp', host: '127.0.0.1', port }, realBusClock(), { quietMs: 20 })
    for (let n = 0; n < 6; n++) expect(await slope.read(block(3, 'holding', 0, 1), 10)).toMatchObject({ fault: 'timeout' })
    expect(await slope.read(block(3, 'holding', 0, 1), patientMs)).toMatchObject({ ok: true })
    expect(connections).toBe(2)
  })

  it('through a serial server that broke off: the answer still under way is not taken for that of the first request after', async () => {
    const slave = makeSlave(twoUnits())
    let asked = 0
    let owed = Buffer.alloc(0)
    const { port } = await listen((socket) => {
      if (owed.length > 0) setTimeout(() => socket.write(owed), quietMs / 3)
      socket.on('data', (bytes: Buffer) => {
        const answer = Buffer.from(slave.rtu(bytes)!)
        if (++asked === 2) {
          owed = answer
          socket.destroy()
        } else setTimeout(() => socket.write(answer), asked === 1 ? 0 : quietMs)
      })
    })
    const slope = bus({ how: 'rtu-over-tcp', host: '127.0.0.1', port })
    expect(await slope.read(block(20, 'holding', 0, 2), patientMs)).toMatchObject({ ok: true })
    expect(await slope.read(block(3, 'holding', 0, 2), patientMs)).toMatchObject({ ok: false, fault: 'closed' })
    expect(await slope.read(block(3, 'holding', 5, 2), patientMs)).toMatchObject({ ok: true, words: Uint16Array.from(valuesAt(3, 'holding', 5, 2)) })
  })

  it('writes to all units at once', async () => {
    const units = twoUnits()
    const slope = bus({ how: 'rtu-over-tcp', host: '127.0.0.1', port: (await serveRtuOverTcp(makeSlave(units))).port })
    expect(await slope.write(block(0, 'coil', 3, 1), Uint16Array.of(1), 50)).toMatchObject({ ok: true, words: Uint16Array.of(1) })
    expect(await slope.write(block(0, 'holding', 3, 2), Uint16Array.of(1, 2), 50)).toMatchObject({ ok: true, words: Uint16Array.of(1, 2) })
    for (const { written } of units.values())
      expect(written).toEqual([
        ['coil', 3, [1]],
        ['holding', 3, [1, 2]],
      ])
  })

  it('asks with the frames that the standard writes', async () => {
    const heard: number[] = []
    const { port } = await listen((socket) => socket.on('data', (bytes: Buffer) => heard.push(...bytes)))
    await bus({ how: 'rtu-over-tcp', host: '127.0.0.1', port }).read(block(1, 'holding', 0, 1), 20)
    expect(heard).toEqual([...rtuFrame(1, Uint8Array.of(3, 0, 0, 0, 1))])
  })
})
