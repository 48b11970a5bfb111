/** Twins on every kind of line, served from a site file and polled by the station's own drivers: ASCII, frames that are asked or not, modems that dial in. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { realBusClock, realClock } from '../../../devicejs/drivers/clock.ts'
import { runBus } from '../../../devicejs/poll/acquire.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { openField } from '../../../gateway/field.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import type { Bus } from '../../../protocol/ports.ts'
import { Quality } from '../../../protocol/quality.ts'
import type { Feed } from '../../../sim/serve/feed.ts'
import { type Point, servePoint, siteAt } from '../../../sim/serve/point.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

function siteOf(bus: string, profile: string, channel: string): Site {
  const unit = profile.startsWith('demo/') ? 'unit: 3, ' : ''
  const text = `site: { area: a, id: b, station: c }
buses: { b: ${bus} }
devices: { d: { profile: ${profile}, bus: b, ${unit}every: 100ms } }
channels: { v: { read: d.${channel} } }`
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

type Stands = NonNullable<Parameters<typeof servePoint>[0]['stands']>

/** The first good value of the first channel of the site, as its own drivers read it from its own twin. */
const firstValue = async (site: Site, values: Record<string, number>, stands: Stands = new Map()): Promise<number> =>
  (await firstRows(site, values, stands)).get(0) as number

/** The same of all channels, by their numbers. */
async function firstRows(site: Site, values: Record<string, number>, stands: Stands): Promise<Map<number, number>> {
  const feed: Feed = { show: () => ({ values: new Map(Object.entries(values)), time: null, mute: false }), taken: () => {}, done: new Promise(() => {}) }
  const point = (await servePoint({ site, feed, stands, onTrouble: (trouble) => expect.fail(trouble) })) as Point
  closing.push(() => point.close())
  const ports = openField(siteAt(site, point))
  const bus = ports.buses.b as Bus
  closing.push(() => bus.close())
  const stop = new AbortController()
  const rows = new Map<number, number>()
  await new Promise<void>((resolve) => {
    const running = runBus({
      ...{ name: 'b', bus, busClock: realBusClock(), devices: site.devices, clock: realClock(), served: false, stop: stop.signal },
      deliver: (delivered) => {
        for (const { channel, quality, value } of delivered) if (quality[0] === Quality.good) rows.set(channel, value[0] as number)
        if (rows.size === site.plan.channels.length) resolve()
      },
      onLink: () => {},
    })
    closing.push(() => running.done)
  })
  stop.abort()
  return rows
}

it.each<[string, string, string, string, Record<string, number>, number]>([
  ['Modbus ASCII through a serial server', '{ serialOverTcp: "127.0.0.1:1", driver: modbus-ascii }', 'demo/water-level', 'level', { level: 1.234 }, 1.234],
  ['binary frames that are asked', '{ serialOverTcp: "127.0.0.1:1" }', 'bewis/bwm826', 'y', { x: 0.25, y: -1.5 }, -1.5],
  ['text frames that are asked', '{ serialOverTcp: "127.0.0.1:1" }', 'lambrecht/rain-e-ascii', 'total', { total: 1234 }, 1234],
  ['text frames with SDI-12 checksums', '{ serialOverTcp: "127.0.0.1:1" }', 'vaisala/wxt520-ascii', 'heat', { heat: -12.5 }, -12.5],
  ['frames that come by themselves', '{ serialOverTcp: "127.0.0.1:1" }', 'bei/inclinometer-rs232-free', 'x', { x: 1.25, y: 0 }, 1.25],
])('%s', async (_, bus, profile, channel, values, value) => {
  expect(await firstValue(siteOf(bus, profile, channel), values, new Map([['b', { port: 0 }]]))).toBeCloseTo(value, 3)
})

it.each<[string, string, string, string, Record<string, number>, number]>([
  ['Modbus ASCII on a serial line', ', driver: modbus-ascii', 'demo/water-level', 'level', { level: 1.234 }, 1.234],
  ['sentences on a serial line', '', 'gill/windobserver-nmea', 'wind', { 'wind-from': 90, wind: 12.25 }, 12.25],
])('%s', async (_, more, profile, channel, values, value) => {
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-speech-'))
  closing.push(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'line')
  expect(await firstValue(siteOf(`{ line: ${path}${more} }`, profile, channel), values)).toBeCloseTo(value, 3)
  expect(existsSync(path)).toBe(true)
})

it('the sentences of one weather station, each a device of one line', async () => {
  const text = `site: { area: a, id: b, station: c }
buses: { b: { serialOverTcp: "127.0.0.1:1" } }
devices:
  wind: { profile: ./wind.yaml, bus: b, every: 1s }
  air: { profile: ./air.yaml, bus: b, every: 1s }
channels: { w: { read: wind.gust }, h: { read: air.heat } }`
  /** In a hurry: what speaks each minute would make a long test. */
  const profiles = (path: string) => {
    const found = findProfile(`vaisala/wxt530-nmea-${path.slice(2, -5)}`, 'site.yaml')
    if ('faults' in found || !found.profile.talk) throw new Error('no such profile')
    return { profile: { ...found.profile, talk: { ...found.profile.talk, everyMs: 300 } } }
  }
  const checked = checkSite(text, 'site.yaml', { profiles })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const rows = await firstRows(checked.site, { gust: 19.5, heat: -3.5 }, new Map([['b', { port: 0 }]]))
  expect(rows).toEqual(
    new Map([
      [0, 19.5],
      [1, -3.5],
    ]),
  )
})

it('a modem that dials in, with a Modbus device behind it', async () => {
  const site = siteOf(`{ dialIn: "127.0.0.1:${await freePort()}", registration: DTU-7, heartbeat: HB }`, 'demo/water-level', 'level')
  expect(await firstValue(site, { level: 0.75 })).toBeCloseTo(0.75, 3)
})
