import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { openSerial } from '../../../devicejs/drivers/serial.ts'
import { mbapFrame, parseRtu, rtuFrame } from '../../../protocol/frames.ts'
import { instant } from '../../../protocol/time.ts'
import { type Point, servePoint, siteAt } from '../../../sim/serve/point.ts'
import { recordedFeed } from '../../../sim/serve/recorded-feed.ts'
import { bus, device, gauge, relay, siren, site, tilt } from './stand-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-point-'))
const open: Point[] = []
afterEach(async () => {
  for (const point of open.splice(0)) await point.close()
})
afterAll(() => rmSync(folder, { recursive: true }))

const rows = () => recordedFeed(new Map([['rain', [1, 2].map((tips) => ({ time: instant(1000 * tips), values: new Map([['tips', tips]]) })).values()]]))

async function serve(...options: Parameters<typeof servePoint>): Promise<Point> {
  const point = await servePoint(...options)
  if ('trouble' in point) throw new Error(point.trouble)
  open.push(point)
  return point
}

const readTips = Uint8Array.of(3, 0, 0, 0, 1)
const readX = Uint8Array.of(4, 0, 0, 0, 4)

/** Sends one request on a socket and gives the bytes of the answer. */
function ask(port: number, frame: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(frame))
    socket.on('error', reject)
    socket.once('data', (bytes) => {
      resolve(new Uint8Array(bytes))
      socket.destroy()
    })
  })
}

describe('a point on real sockets', () => {
  it('answers for each of its units, and drives the coil that it is told to', async () => {
    const heard: string[] = []
    const here = site(
      [bus('point', { how: 'tcp', host: '127.0.0.1', port: 1 })],
      [device('rain', 'point', 1, gauge), device('siren', 'point', 20, relay)],
      [siren],
    )
    const point = await serve({ site: here, feed: rows(), stands: new Map([['point', { port: 0 }]]), onOutput: (name, on) => heard.push(`${name} ${on}`) })
    const wire = point.buses.get('point')
    if (wire?.how !== 'tcp') throw new Error('no TCP bus')
    expect([...(await ask(wire.port, mbapFrame(7, 1, readTips)))]).toEqual([...mbapFrame(7, 1, Uint8Array.of(3, 2, 0, 1))])
    await ask(wire.port, mbapFrame(8, 20, Uint8Array.of(5, 0, 2, 0xff, 0)))
    expect(point.outputs()).toEqual(new Map([['siren', true]]))
    expect(heard).toEqual(['siren true'])
    expect(siteAt(here, point).buses[0]?.wire).toEqual({ how: 'tcp', host: '127.0.0.1', port: wire.port })
  })

  it('stands for a device that is mute as a Modbus gateway does: it has not answered', async () => {
    const here = site([bus('point', { how: 'tcp', host: '127.0.0.1', port: 1 })], [device('rain', 'point', 1, gauge), device('tilt', 'point', 2, tilt)])
    const feed = { ...rows(), show: (name: string) => ({ values: new Map(), time: null, mute: name === 'tilt' }) }
    const point = await serve({ site: here, feed, stands: new Map([['point', { port: 0 }]]) })
    const wire = point.buses.get('point')
    if (wire?.how !== 'tcp') throw new Error('no TCP bus')
    expect([...(await ask(wire.port, mbapFrame(1, 2, readX)))].slice(-2)).toEqual([0x84, 11])
    expect([...(await ask(wire.port, mbapFrame(1, 1, readTips)))].slice(-3)).toEqual([2, 0, 0])
  })

  it('speaks RTU frames over TCP where the site says so', async () => {
    const here = site([bus('far', { how: 'rtu-over-tcp', host: '127.0.0.1', port: 1 })], [device('rain', 'far', 5, gauge)])
    const point = await serve({ site: here, feed: rows(), stands: new Map([['far', { port: 0 }]]) })
    const wire = point.buses.get('far')
    if (wire?.how !== 'rtu-over-tcp') throw new Error('no bus')
    expect(parseRtu(await ask(wire.port, rtuFrame(5, readTips)))).toEqual({ unit: 5, pdu: Uint8Array.of(3, 2, 0, 1) })
  })

  it('says in a sentence that a port is busy, and leaves no other open', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const address = blocker.address()
    const busy = address && typeof address === 'object' ? address.port : 0
    const link = join(folder, 'line-of-busy')
    const here = site([bus('line', { how: 'serial', path: link }), bus('point', { how: 'tcp', host: '127.0.0.1', port: busy })], [])
    const point = await servePoint({ site: here, feed: rows() })
    expect(point).toEqual({ trouble: `bus point: port ${busy} on 127.0.0.1 is in use by another program: stop it, or choose another with --port` })
    expect(existsSync(link)).toBe(false)
    await new Promise((resolve) => blocker.close(resolve))
  })

  it('is done when the recording was read to its end', async () => {
    const here = site([bus('point', { how: 'tcp', host: '127.0.0.1', port: 1 })], [device('rain', 'point', 1, gauge)])
    const point = await serve({ site: here, feed: rows(), stands: new Map([['point', { port: 0 }]]) })
    const wire = point.buses.get('point')
    if (wire?.how !== 'tcp') throw new Error('no TCP bus')
    for (const tips of [1, 2]) expect((await ask(wire.port, mbapFrame(1, 1, readTips))).at(-1)).toBe(tips)
    await point.done
  })
})

describe('a point on a serial line', () => {
  const onLine = (path: string) => site([bus('slope', { how: 'serial', path })], [device('rain', 'slope', 3, gauge)])

  async function askLine(path: string): Promise<Uint8Array> {
    const port = await openSerial({ path, baud: 9600, dataBits: 8, stopBits: 1, parity: 'none' })
    if ('trouble' in port) throw new Error(port.trouble)
    const { promise, resolve } = Promise.withResolvers<Uint8Array>()
    let held: number[] = []
    port.onBytes((bytes) => {
      held = [...held, ...bytes]
      if (held.length >= 7) resolve(Uint8Array.from(held))
    })
    port.write(rtuFrame(3, readTips))
    const answer = await promise
    await port.close()
    return answer
  }

  it('answers there, and still does when the station has closed and opened it again', async () => {
    const link = join(folder, 'slope')
    const point = await serve({ site: onLine(link), feed: rows() })
    expect(point.buses.get('slope')).toEqual({ how: 'serial', path: link })
    for (const tips of [1, 2, 2]) expect(parseRtu(await askLine(link))?.pdu).toEqual(Uint8Array.of(3, 2, 0, tips))
    await point.close()
    expect(existsSync(link)).toBe(false)
  })

  it('refuses to put a line where there is a file', async () => {
    const file = join(folder, 'notes.txt')
    writeFileSync(file, 'mine')
    expect(await servePoint({ site: onLine(file), feed: rows() })).toEqual({
      trouble: `bus slope: ${file} is there already: another line, or a file? Choose another name.`,
    })
    expect(existsSync(file)).toBe(true)
  })

  it('says what cannot be made', async () => {
    const point = await servePoint({ site: onLine(join(folder, 'no', 'such', 'folder')), feed: rows() })
    expect('trouble' in point && point.trouble).toMatch(/^bus slope: the line .* cannot be made: .*No such file/)
  })
})
