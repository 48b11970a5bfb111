import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSite } from '../../../gateway/commands/check.ts'
import { mbapFrame } from '../../../protocol/frames.ts'
import { stormScenario } from '../../../sim/scenario.ts'
import { serve } from '../../../sim/serve/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-serve-'))
afterAll(() => rmSync(folder, { recursive: true }))

function siteAt(text: string) {
  const file = join(folder, 'site.yaml')
  writeFileSync(file, text)
  const read = readSite(file)
  if ('fault' in read) throw new Error(read.fault)
  return read.site
}

const gauge = `
site: { area: a, id: s, station: a }
buses: { node: { tcp: "127.0.0.1:1502" }, slope: { line: /dev/ttyS99, baud: 9600 } }
devices:
  rain: { profile: demo/rain-gauge, bus: node, unit: 7 }
  tilt: { profile: demo/tilt-2axis, bus: slope, unit: 3 }
channels: { rain: { read: rain.tips }, tilt: { read: tilt.x } }
`

const recorded = `
site: { area: a, id: s, station: a, clock: served }
buses: { node: { tcp: "127.0.0.1:1502" } }
devices: { rain: { profile: hazardpoint/served-rain, bus: node, unit: 7, every: 15min, set: { step: 0.2 mm } } }
channels: { rain: { read: rain.tips } }
`

/** Collects what is written, and wakes whoever waits for a piece of it. */
function outlet() {
  let text = ''
  let look = () => {}
  return {
    write(more: string) {
      text += more
      look()
    },
    text: () => text,
    until: (form: RegExp) =>
      new Promise<RegExpExecArray>((resolve) => {
        look = () => {
          const found = form.exec(text)
          if (found) resolve(found)
        }
        look()
      }),
  }
}

const scenario = { scenario: stormScenario(), seed: 7, speed: 60 }

function ask(port: number, pdu: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(mbapFrame(1, 7, pdu)))
    socket.on('error', reject)
    socket.once('data', (bytes) => {
      resolve(new Uint8Array(bytes).slice(7))
      socket.destroy()
    })
  })
}

describe('hazardpoint-sim serve', () => {
  it('says where each bus is reached and which units answer there, and ends cleanly when it is stopped', async () => {
    const out = outlet()
    const err = outlet()
    const stop = new AbortController()
    const line = join(folder, 'slope')
    const running = serve({ site: siteAt(gauge), source: scenario, port: 0, line, host: '127.0.0.1' }, { out, err, stop: stop.signal })
    const [, port] = await out.until(/bus node: Modbus TCP on 127\.0\.0\.1:(\d+)\n {2}unit {3}7 {2}rain {2}demo\/rain-gauge\n/)
    await out.until(/bus slope: Modbus RTU on .*slope\n {2}unit {3}3 {2}tilt {2}demo\/tilt-2axis\nCtrl-C ends\.\n/)
    expect([...(await ask(Number(port), Uint8Array.of(3, 0, 0, 0, 1)))].slice(0, 2)).toEqual([3, 2])
    stop.abort()
    expect(await running).toBe(0)
    expect(err.text()).toBe('')
  })

  it('makes a line where its site file looks for it, unless something is there', async () => {
    const path = join(folder, 'where-the-station-looks')
    const here = siteAt(gauge)
    const site = { ...here, buses: here.buses.map((bus) => (bus.wire.how === 'serial' ? { ...bus, wire: { how: 'serial' as const, path } } : bus)) }
    const out = outlet()
    const stop = new AbortController()
    const running = serve({ site, source: scenario, port: 0, line: null, host: '127.0.0.1' }, { out, err: outlet(), stop: stop.signal })
    await out.until(/bus slope: Modbus RTU on .*where-the-station-looks\n/)
    stop.abort()
    expect(await running).toBe(0)
    writeFileSync(path, 'somebody else')
    const next = new AbortController()
    const again = outlet()
    const second = serve({ site, source: scenario, port: 0, line: null, host: '127.0.0.1' }, { out: again, err: outlet(), stop: next.signal })
    await again.until(/bus slope: Modbus RTU on .*hazardpoint-.*-slope\n/)
    next.abort()
    expect(await second).toBe(0)
    expect(readFileSync(path, 'utf8')).toBe('somebody else')
  })

  it('says which port is busy and what to do', async () => {
    const blocker = createServer()
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve))
    const address = blocker.address()
    const port = address && typeof address === 'object' ? address.port : 0
    const err = outlet()
    const code = await serve(
      { site: siteAt(gauge), source: scenario, port, line: join(folder, 'l'), host: '127.0.0.1' },
      { out: outlet(), err, stop: new AbortController().signal },
    )
    expect(code).toBe(1)
    expect(err.text()).toBe(`bus node: port ${port} on 127.0.0.1 is in use by another program: stop it, or choose another with --port\n`)
    await new Promise((resolve) => blocker.close(resolve))
  })

  it('serves a recording to its end, and then ends by itself', async () => {
    const csv = join(folder, 'rain.csv')
    const map = join(folder, 'map.yaml')
    writeFileSync(csv, 'time,mm\n2015-12-01T00:00:00Z,0.0\n2015-12-01T00:15:00Z,0.4\n2015-12-01T00:30:00Z,0.2\n')
    writeFileSync(map, 'recordings: [{ columns: { mm: { channel: rain, unit: mm, kind: increment } } }]\n')
    const out = outlet()
    const running = serve(
      { site: siteAt(recorded), source: { recordings: [csv], map }, port: 0, line: null, host: '127.0.0.1' },
      { out, err: outlet(), stop: new AbortController().signal },
    )
    const [, port] = await out.until(/127\.0\.0\.1:(\d+)/)
    const totals: number[] = []
    for (let row = 0; row < 3; row++) totals.push((await ask(Number(port), Uint8Array.of(4, 0, 0, 0, 6))).at(-1) as number)
    expect(totals).toEqual([0, 2, 3])
    expect(await running).toBe(0)
    expect(out.text()).toContain('the recording was read to its end')
  })

  it('tells what is wrong with a recording before it opens anything', async () => {
    const map = join(folder, 'map2.yaml')
    writeFileSync(map, 'recordings: [{ columns: { mm: { channel: rian, unit: mm, kind: increment } } }]\n')
    const err = outlet()
    const code = await serve(
      { site: siteAt(recorded), source: { recordings: [join(folder, 'none.csv')], map }, port: 0, line: null, host: '127.0.0.1' },
      { out: outlet(), err, stop: new AbortController().signal },
    )
    expect(code).toBe(1)
    expect(err.text()).toMatch(/none\.csv|did you mean `rain`/)
  })
})
