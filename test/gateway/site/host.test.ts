import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { describeSite } from '../../../gateway/site/describe.ts'

interface Change {
  site?: string
  host?: string
  devices?: string
  channels?: string
}

const file = ({ site = '', host = 'profile: hazardpoint/host', devices = '', channels = 'slope-load: { read: host.slope-utilisation }' }: Change) => `
site: { area: a, id: b, station: c, mode: test${site} }
buses: { slope: { line: /dev/ttyUSB0 }, node: { tcp: "127.0.0.1:1502" } }
devices:
  host: { ${host} }
  gauge: { profile: xunchip/xm9505, bus: slope, unit: 1 }
  siren: { profile: generic/relay, bus: slope, unit: 2, safe: off, longest: 30min }
  ${devices}
channels:
  rain: { read: gauge.tips }
  ${channels}
`
const check = (change: Change) => checkSite(file(change), 'site.yaml', { profiles: findProfile })

const siteOf = (change: Change) => {
  const checked = check(change)
  if ('faults' in checked) throw new Error(checked.faults.map(({ what }) => what).join('\n'))
  return checked
}

describe('a host in a site file', () => {
  it('has channels made of the buses and devices of that very file', () => {
    const { site } = siteOf({
      host: 'profile: hazardpoint/host, every: 30s',
      channels: 'x: { read: host.gauge-timeouts }\n  y: { read: host.node-utilisation }',
    })
    expect(site.host).toMatchObject({ name: 'host', every: 30_000, channels: [{ from: 'gauge-timeouts' }, { from: 'node-utilisation' }] })
    expect(site.plan.channels.slice(1)).toMatchObject([
      { name: 'x', unit: 'count', counting: { kind: 'total', step: 1, wrap: null }, period: 30_000 },
      { name: 'y', unit: '%', counting: null, digits: 1 },
    ])
    expect(site.devices.map(({ name }) => name)).toEqual(['gauge', 'siren'])
  })

  it.each(['called', 'called-10min', 'flood', 'standing', 'chattering', 'stale', 'shelved', 'suppressed', 'out-of-service'])(
    'has the load of its alarms as a channel: %s',
    (figure) => {
      const { site } = siteOf({ channels: `x: { read: host.alarms-${figure} }` })
      expect(site.plan.channels[1]).toMatchObject({ name: 'x', quantity: figure, unit: 'count' })
      expect(site.plan.channels[1]?.counting?.kind).toBe(figure === 'called' ? 'total' : undefined)
    },
  )

  it('can be summed, watched and described like any device', () => {
    const { site } = siteOf({
      channels: 'x: { read: host.gauge-timeouts }\n  x-1h: { derive: accumulate, from: x, over: 1h }\n  hot: { read: host.temperature }',
    })
    const text = describeSite(site)
    expect(text).toMatch(/host +this machine +hazardpoint\/host +gauge-timeouts, temperature every 10s/)
    expect(text).toMatch(/hot +degC +host\.temperature/)
    expect(text).toMatch(/x-1h +count +accumulate of x/)
  })

  it('that nobody reads is worth a look', () => {
    const { warnings } = siteOf({ channels: '' })
    expect(warnings.map(({ at, what }) => `${at}: ${what}`)).toContain('devices.host: no channel reads this device')
  })

  it.each<[string, Change, string]>([
    ['a device whose profile is none', { devices: 'gas: { profile: demo/gaz, bus: node, unit: 3 }' }, 'devices.gas.profile'],
    ['a malformed device', { devices: 'gas: { profile: demo/gas, bus: node, unit: three }' }, 'devices.gas.unit'],
  ])('tells %s once, though the host reads of it', (_, change, at) => {
    const checked = check({ ...change, channels: 'x: { read: host.gas-timeouts }' })
    expect('faults' in checked && checked.faults.map((fault) => fault.at)).toEqual([at])
  })

  it.each<[string, Change, string, RegExp]>([
    ['a figure that is none', { channels: 'x: { read: host.slope-utilization }' }, 'channels.x.read', /did you mean `slope-utilisation`/],
    ['a bus that is none', { channels: 'x: { read: host.slop-requests }' }, 'channels.x.read', /did you mean `slope-requests`/],
    ['an exception that the standard does not know', { channels: 'x: { read: host.slope-exceptions-7 }' }, 'channels.x.read', /did you mean/],
    ['steps on Modbus TCP', { channels: 'x: { read: host.node-out-of-step }' }, 'channels.x.read', /did you mean/],
    ['an output that is never polled', { channels: 'x: { read: host.siren-timeouts }' }, 'channels.x.read', /did you mean/],
    [
      'a device that is never polled',
      { devices: 'gas: { profile: demo/gas, bus: node, unit: 3 }', channels: 'x: { read: host.gas-timeouts }' },
      'channels.x.read',
      /read the device in channels, or its bus/,
    ],
    [
      'a name that is a bus and a device',
      { devices: 'node: { profile: demo/gas, bus: node, unit: 3 }', channels: 'x: { read: host.node-requests }' },
      'channels.x.read',
      /give one of them another name/,
    ],
    ['a second host', { devices: 'self: { profile: hazardpoint/host }' }, 'devices.self.profile', /read it: `read: host\.temperature`/],
    ['a bus', { host: 'profile: hazardpoint/host, bus: slope' }, 'devices.host.bus', /leave it out/],
    ['a unit', { host: 'profile: hazardpoint/host, unit: 1' }, 'devices.host.unit', /leave it out/],
    ['too quick a look', { host: 'profile: hazardpoint/host, every: 100ms' }, 'devices.host.every', /write `every: 10s`/],
    ['a served clock', { site: ', clock: served' }, 'devices.host.profile', /leave it out, or `clock: own`/],
    ['a device without a bus', { devices: 'gas: { profile: demo/gas, unit: 3 }' }, 'devices.gas.bus', /only the machine itself has none/],
  ])('is refused with %s', (_, change, at, remedy) => {
    const checked = check(change)
    const faults = 'faults' in checked ? checked.faults : []
    expect(faults.map((fault) => fault.at)).toContain(at)
    expect(faults.find((fault) => fault.at === at)?.remedy).toMatch(remedy)
  })
})
