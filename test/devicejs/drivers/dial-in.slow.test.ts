// Modems that dial in, over real sockets: who they are, what of their bytes is a heartbeat, and what becomes of strangers.

import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { realBusClock } from '../../../devicejs/drivers/clock.ts'
import { type Doors, makeDoors } from '../../../devicejs/drivers/dial-in.ts'
import { openFrameLine } from '../../../devicejs/drivers/frames.ts'
import { openBus } from '../../../devicejs/drivers/modbus.ts'
import { framedBus } from '../../../devicejs/frames/framed.ts'
import { asciiReader, toAscii } from '../../../devicejs/line/ascii.ts'
import { pieceBounds } from '../../../devicejs/line/heartbeat.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { makeSlave, rtuStream } from '../../../devicejs/slave.ts'
import type { Bus, BusClock, BusSpec } from '../../../protocol/ports.ts'
import { registers, valuesAt } from '../registers.ts'
import { later, listen, settings, stop } from '../serving.ts'

afterEach(stop)

const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

/** A port that nobody has now. */
async function freePort(): Promise<number> {
  const { port, close } = await listen(() => {})
  await close()
  return port
}

const spec = (port: number, registration: string, heartbeat: string | null = 'HB'): BusSpec => ({
  name: registration,
  wire: { how: 'dial-in', host: '127.0.0.1', port, registration: bytesOf(registration), heartbeat: heartbeat === null ? null : bytesOf(heartbeat) },
  ...settings,
  quietMs: 30,
})

function open(options: BusSpec, doors: Doors): Bus {
  const bus = openBus(options, realBusClock(), { doors })
  later(() => bus.close())
  return bus
}

/** A modem with a slave of one unit behind it. */
async function modem(port: number, pieces: string[], unit = 1, spoil = (answer: Uint8Array): Uint8Array => answer): Promise<Socket> {
  const socket = await dial(port)
  socket.on(
    'data',
    rtuStream(makeSlave(new Map([[unit, registers(unit)]])), (answer) => socket.write(spoil(answer)), performance.now.bind(performance)),
  )
  for (const piece of pieces) {
    socket.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return socket
}

async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress, noDelay: true })
  socket.on('error', () => {})
  later(() => socket.destroy())
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return socket
}

const read = (bus: Bus, unit = 1) => bus.read({ unit, table: 'holding', address: 3, count: 2 }, 1000)
const right = (unit = 1) => ({ ok: true, words: Uint16Array.from(valuesAt(unit, 'holding', 3, 2)) })

/** Asks until the line answers: its next opening may be half a second away. */
async function answers(bus: Bus, unit = 1) {
  for (;;) {
    const reply = await read(bus, unit)
    if (reply.ok || reply.fault !== 'closed') return reply
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a modem that dials in', () => {
  it.each<[string, string[]]>([
    ['says who it is', ['DTU-0031']],
    ['says it in pieces', ['DT', 'U-00', '31']],
    ['says more at once', ['DTU-0031HB']],
  ])('%s, and its line is asked', async (_, pieces) => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-0031'), makeDoors(realBusClock()))
    expect(await read(bus)).toMatchObject({
      ok: false,
      fault: 'closed',
      detail: expect.stringContaining(`waits for the modem with registration "DTU-0031" on port ${port}`),
    })
    await modem(port, pieces)
    expect(await answers(bus)).toMatchObject(right())
  })

  it('has its heartbeats dropped, before, behind and between its answers', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const socket = await modem(port, ['DTU-1'], 1, (answer) => Uint8Array.of(...bytesOf('HBHB'), ...answer, ...bytesOf('HB')))
    expect(await answers(bus)).toMatchObject(right())
    for (let k = 0; k < 5; k++) {
      socket.write('HB')
      expect(await read(bus)).toMatchObject(right())
    }
    expect(bus.health().faults).toEqual({ closed: expect.any(Number) })
  })

  it('shares its port with others', async () => {
    const port = await freePort()
    const doors = makeDoors(realBusClock())
    const buses = ['A1', 'B2', 'C3'].map((name) => open(spec(port, name), doors))
    for (const bus of buses) await read(bus)
    for (const [k, name] of ['A1', 'B2', 'C3'].entries()) await modem(port, [name], k + 1)
    for (const [k, bus] of buses.entries()) expect(await answers(bus, k + 1)).toMatchObject(right(k + 1))
  })

  it('that dials again takes the place of its old connection', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const first = await modem(port, ['DTU-1'])
    expect(await answers(bus)).toMatchObject(right())
    const hungUp = new Promise((resolve) => first.once('close', resolve))
    await modem(port, ['DTU-1'], 2)
    await hungUp
    expect(await answers(bus, 2)).toMatchObject(right(2))
    expect(bus.health().openings).toBe(2)
  })

  it('that is gone is awaited again', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const socket = await modem(port, ['DTU-1'])
    expect(await answers(bus)).toMatchObject(right())
    socket.destroy()
    await expect.poll(() => bus.health().trouble).toBe('the modem with registration "DTU-1" hung up')
    await modem(port, ['DTU-1'])
    expect(await answers(bus)).toMatchObject(right())
  })

  it('from which nothing comes any more is given up, so that it dials anew', async () => {
    const port = await freePort()
    let patience: (() => void) | null = null
    const real = realBusClock()
    const clock: BusClock = {
      ...real,
      after: (ms, then) => {
        if (ms < 900_000) return real.after(ms, then)
        patience = then
        return () => {
          patience = null
        }
      },
    }
    const bus = openBus(spec(port, 'DTU-1'), clock)
    later(() => bus.close())
    await read(bus)
    const socket = await modem(port, ['DTU-1'])
    expect(await answers(bus)).toMatchObject(right())
    expect(patience).toBeNull()
    socket.removeAllListeners('data')
    expect(await bus.read({ unit: 1, table: 'holding', address: 3, count: 2 }, 20)).toMatchObject({ ok: false, fault: 'timeout' })
    const told = patience as unknown as () => void
    told()
    await expect
      .poll(() => bus.health().trouble)
      .toBe('nothing came from the modem with registration "DTU-1" for 15 minutes, not even a heartbeat; it may dial anew')
  })

  it('may have a line of Modbus ASCII behind it', async () => {
    const port = await freePort()
    const bus = open({ ...spec(port, 'DTU-1'), speaks: 'ascii' }, makeDoors(realBusClock()))
    await read(bus)
    const socket = await dial(port)
    const slave = makeSlave(new Map([[1, registers(1)]]))
    const serve = rtuStream(
      slave,
      (answer) => socket.write(Uint8Array.of(...bytesOf('HB'), ...toAscii(answer), ...bytesOf('HB'))),
      performance.now.bind(performance),
    )
    const take = asciiReader(serve, () => 256)
    socket.on('data', (bytes) => take(bytes, performance.now()))
    socket.write('DTU-1')
    expect(await answers(bus)).toMatchObject(right())
    expect(await read(bus)).toMatchObject(right())
  })

  it('may have an instrument behind it that speaks frames', async () => {
    const port = await freePort()
    const found = findProfile('gill/windobserver-nmea', 'site.yaml')
    if ('faults' in found || !found.profile.talk) throw new Error('the profile is gone')
    const { talk } = found.profile
    const line = openFrameLine({ ...spec(port, 'WIND'), speaks: 'frames' }, realBusClock())
    later(() => line.close())
    const bus = framedBus(line, new Map([[1, talk]]))
    expect(await read(bus)).toMatchObject({ ok: false, fault: 'closed' })
    const socket = await dial(port)
    socket.write('WIND')
    const sending = setInterval(() => socket.write(Uint8Array.of(...bytesOf('HB'), ...talk.example)), 20)
    later(() => clearInterval(sending))
    for (;;) {
      const reply = await bus.read({ unit: 1, table: 'input', address: 0, count: 8 }, 1000)
      if (!reply.ok && reply.fault === 'closed') {
        await new Promise((resolve) => setTimeout(resolve, 20))
        continue
      }
      expect(reply).toMatchObject({ ok: true })
      break
    }
  })
})

describe('a stranger', () => {
  it.each<[string, string, string]>([
    ['that says another name', 'DTU-9999', 'which said "DTU-9999"'],
    ['that speaks HTTP', 'GET / HTTP/1.1\r\n\r\n', 'which said 47 45 54 20'],
    ['that says very much', 'x'.repeat(5000), 'which said "xxxxxxxxxxxxxxxxxxxxxxxx..."'],
  ])('%s is turned away, and told in a bounded sentence', async (_, said, told) => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-0031'), makeDoors(realBusClock()))
    await read(bus)
    const socket = await dial(port)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(said)
    await closed
    await expect
      .poll(async () => {
        await read(bus)
        return bus.health().trouble
      })
      .toContain('1 connection was turned away, the last from 127.0.0.1, ')
    expect(bus.health().trouble).toContain(told)
    expect(bus.health().trouble.length).toBeLessThan(300)
  })

  it('that says nothing is turned away in time', async () => {
    const port = await freePort()
    let ring: (() => void) | null = null
    const clock: BusClock = {
      ...realBusClock(),
      after: (_, then) => {
        ring = then
        return () => {}
      },
    }
    const doors = makeDoors(clock)
    const place = { host: '127.0.0.1', port, registration: bytesOf('DTU'), heartbeat: null }
    const bounds = () => ({ asked: () => {}, piece: () => {}, between: () => true, pass: () => {} })
    later(() => doors.leave(place))
    await doors.open(place, bounds)
    const socket = await dial(port)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    await expect.poll(() => ring).not.toBeNull()
    ring!()
    await closed
    expect(await doors.open(place, bounds)).toMatchObject({ trouble: expect.stringContaining('which said nothing') })
  })

  it('does not keep others out, however many it is', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const sockets: Socket[] = []
    for (let k = 0; k < 40; k++) sockets.push(await dial(port))
    await modem(port, ['DTU-1'])
    expect(await answers(bus)).toMatchObject(right())
    expect(sockets.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(16)
  })

  it('does not push a modem out that says its name slowly, however many come from one place', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const slow = await dial(port, '127.0.0.2')
    slow.write('DTU')
    for (let k = 0; k < 60; k++) await dial(port)
    await expect
      .poll(async () => {
        await read(bus)
        return bus.health().trouble
      })
      .toContain('45 connections were turned away')
    slow.write('-1')
    const serve = rtuStream(makeSlave(new Map([[1, registers(1)]])), (answer) => slow.write(answer), performance.now.bind(performance))
    slow.on('data', serve)
    expect(await answers(bus)).toMatchObject(right())
  })
})

describe('two modems with one registration', () => {
  const says = async (port: number, from: string): Promise<Socket> => {
    const socket = await dial(port, from)
    socket.write('DTU-1')
    return socket
  }

  it('that throw each other out are turned away, both, and told', async () => {
    const port = await freePort()
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    await read(bus)
    const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve))
    const first = await says(port, '127.0.0.1')
    const thrownOut = closed(first)
    const other = await says(port, '127.0.0.2')
    await thrownOut
    const both = [closed(other), closed(await says(port, '127.0.0.1'))]
    await Promise.all(both)
    await expect
      .poll(async () => {
        await read(bus)
        return bus.health().trouble
      })
      .toContain('more than one modem says "DTU-1", from 127.0.0.2 and 127.0.0.1: none of them is believed until 10 minutes have passed')
  })
})

describe('a modem that takes nothing more', () => {
  it('is given up, and what it is sent does not heap up', async () => {
    const port = await freePort()
    const doors = makeDoors(realBusClock())
    const place = { host: '127.0.0.1', port, registration: bytesOf('DTU'), heartbeat: null }
    later(() => doors.leave(place))
    await doors.open(place, pieceBounds)
    const socket = await dial(port)
    socket.pause()
    socket.write('DTU')
    let given = await doors.open(place, pieceBounds)
    while ('trouble' in given) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      given = await doors.open(place, pieceBounds)
    }
    const told = new Promise<string>((resolve) => 'onClose' in given && given.onClose(resolve))
    for (let k = 0; k < 100; k++) given.write(new Uint8Array(1 << 20))
    expect(await told).toContain('takes nothing more of what it is sent')
  })
})

describe('a listening port', () => {
  it('that is taken is told', async () => {
    const { port } = await listen(() => {})
    const bus = open(spec(port, 'DTU-1'), makeDoors(realBusClock()))
    expect(await read(bus)).toMatchObject({ ok: false, detail: expect.stringContaining(`port ${port} on 127.0.0.1 is in use by another program`) })
  })

  it('is given back with the last of its lines', async () => {
    const port = await freePort()
    const doors = makeDoors(realBusClock())
    const [one, two] = ['A', 'B'].map((name) => open(spec(port, name), doors)) as [Bus, Bus]
    await read(one)
    await read(two)
    await one.close()
    await dial(port)
    await two.close()
    await expect(dial(port)).rejects.toThrow('ECONNREFUSED')
  })
})
