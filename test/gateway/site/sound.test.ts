import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'

const site = `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  gauge: { profile: demo/rain-gauge, bus: line, unit: 1, every: 10s }
  lean: { profile: demo/tilt-2axis, bus: line, unit: 2, every: 10s }
  siren: { profile: generic/relay, bus: line, unit: 3, coil: 0, safe: off, longest: 30min }
channels:
  rain: { read: gauge.tips }
  rain-1h: { derive: accumulate, from: rain, over: 1h }
  x: { read: lean.x }
detectors:
  wet: { kind: threshold, on: rain-1h, at: { yellow: 20 } }
alarms:
  slope: { yellow: wet }
actions:
  - { when: slope is yellow, do: [ siren on for 10min ] }
  - { when: slope >= blue, do: [ siren on for 5min ] }
publish:
  - { to: county, broker: "mqtt://127.0.0.1:1883" }
  - { to: city, broker: "mqtt://127.0.0.1:1883" }
`

/** The places and words of all faults, after some slips. */
function faultsOf(...slips: [from: string, to: string][]): string[] {
  let text = site
  for (const [from, to] of slips) {
    if (!text.includes(from)) throw new Error(`no ${from} in the file`)
    text = text.replace(from, to)
  }
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  return 'faults' in checked ? checked.faults.map(({ line, at, what }) => `${line} ${at}: ${what}`) : []
}

describe('a site file with a malformed entry', () => {
  it('is without a fault before it is spoilt', () => {
    expect(faultsOf()).toEqual([])
  })

  it('is held against itself all the same, and what names the malformed entry is not told as well', () => {
    expect(faultsOf(['over: 1h', 'ovr: 1h'], ['demo/tilt-2axis', 'demo/tilt-3axis'], ['when: slope is', 'when: slop is'])).toEqual([
      '6 devices.lean.profile: no profile `demo/tilt-3axis`',
      '10 channels.rain-1h.over: `over` is missing',
      '10 channels.rain-1h.ovr: accumulate has no key `ovr`',
      '17 actions[0].when: no detector or alarm `slop`',
    ])
  })

  it.each([
    ['a bus', ['tcp:', 'tpc:'], ['3 buses.line.tpc: unknown key `tpc`']],
    ['a device', ['unit: 1', 'unit: one'], ['5 devices.gauge.unit: ']],
    ['a detector', ['kind: threshold', 'kind: treshold'], ['13 detectors.wet.kind: ']],
    ['an alarm', ['yellow: wet', 'yelow: wet'], ['15 alarms.slope.yelow: ']],
    ['a name', ['  x:', '  x.y:'], ['11 channels.x.y: ']],
    ['the site', ['id: b', 'id: B!'], ['2 site.id: ']],
  ] as const)('tells of %s just what is wrong with it', (_, slip, told) => {
    const faults = faultsOf([slip[0], slip[1]])
    expect(faults).not.toEqual([])
    for (const fault of faults)
      expect(
        told.some((start) => fault.startsWith(start.split(': ')[0] ?? '')),
        fault,
      ).toBe(true)
  })

  it('knows the places in a list from which an item was taken out', () => {
    expect(faultsOf(['to: county', 'two: county'], ['to: city, broker: "mqtt://', 'to: city, broker: "http://'])).toEqual([
      expect.stringMatching(/^20 publish\[0\]\./),
      expect.stringMatching(/^20 publish\[0\]\./),
      expect.stringMatching(/^21 publish\[1\]\.broker: /),
    ])
  })

  it.each([
    ['a section that is no table', ['buses: { line: { tcp: "127.0.0.1:1502" } }', 'buses: none']],
    ['a section of another name', ['channels:', 'chanels:']],
    ['a list where a table belongs', ['alarms:\n  slope:', 'alarms:\n  - slope:']],
  ] as const)('is malformed at its root with %s: only that is told', (_, slip) => {
    const faults = faultsOf([slip[0], slip[1]])
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.length).toBeLessThanOrEqual(2)
  })
})
