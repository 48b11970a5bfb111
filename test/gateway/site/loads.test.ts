/** What a site file asks of its lines: periods of their own, what is urgent, and whether a line can carry it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readProfile } from '../../../devicejs/profile-file.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'

const file = join(import.meta.dirname, '../../stations/full.yaml')
const full = readFileSync(file, 'utf8')
const checked = (text: string) => checkSite(text, file, { profiles: findProfile })
const siteOf = (text: string) => {
  const result = checked(text)
  if ('faults' in result) throw new Error(result.faults.map(({ what }) => what).join())
  return result
}

const head = 'site: { area: a, id: b, station: c }\n'
/** Devices of one value on one line, each second. */
const line = (baud: number, devices: number, every: string, how = 'line: /dev/ttyUSB0'): string => {
  const numbers = Array.from({ length: devices }, (_, k) => k + 1)
  return `${head}buses:\n  slope: { ${how}${how.startsWith('tcp') ? '' : `, baud: ${baud}`} }\ndevices:\n${numbers
    .map(
      (unit) =>
        `  d${unit}: { profile: demo/tilt-2axis, bus: slope, unit: ${unit}, every: ${every}${how.startsWith('tcp') ? '' : `, set: { baud: ${baud} }`} }\n`,
    )
    .join('')}channels:\n${numbers.map((unit) => `  x${unit}: { read: d${unit}.x }\n`).join('')}`
}

describe('a channel', () => {
  it('with a period of its own is read at it; without one, at that of its device', () => {
    const tilt = siteOf(full).site.devices.find(({ name }) => name === 'tilt')
    expect(tilt?.channels.map(({ from, every }) => [from, every])).toEqual([
      ['x', undefined],
      ['y', 20_000],
    ])
  })

  it('of a device that is read whole is read with the others, and only expected at its period', () => {
    const text = `${head}buses: { slope: { line: /dev/ttyUSB0 } }
devices: { string: { profile: ./string.yaml, bus: slope, unit: 1, every: 10s } }
channels: { x: { read: string.a, every: 1min }, y: { read: string.b } }
`
    const string =
      'title: t\nsource: s\ntrigger: { coil: 0, wait: 1s }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 1 } } }'
    const result = checkSite(text, file, { profiles: () => readProfile(string, 'string.yaml') })
    if ('faults' in result) throw new Error(result.faults.map(({ what }) => what).join())
    expect(result.site.devices[0]?.channels).toEqual([
      { from: 'a', channel: 0 },
      { from: 'b', channel: 1 },
    ])
    expect(result.site.plan.channels.map(({ period }) => period)).toEqual([60_000, 10_000])
  })

  it('is urgent where an alarm hangs on it, through derivations too; a derivation that nobody asks for makes nothing urgent', () => {
    const urgent = siteOf(full).site.devices.flatMap(({ channels, name }) => channels.filter((channel) => channel.urgent).map(({ from }) => `${name}.${from}`))
    expect(urgent).toEqual(['rain.tips', 'tilt.x', 'gas.gas', 'attic.x'])
  })

  it('is not urgent where nobody asks for the detector on it, or none is on it', () => {
    const text = `${line(9600, 2, '10s')}detectors:\n  far: { kind: threshold, on: x1, at: { red: 5 } }\n`
    expect(siteOf(text).site.devices.flatMap(({ channels }) => channels.filter(({ urgent }) => urgent))).toEqual([])
  })
})

describe('a line', () => {
  const ofBus = ({ at }: { at: string }): boolean => at.startsWith('buses')

  it('that cannot carry its polls, however fast the devices are, is a fault', () => {
    const result = checked(line(1200, 10, '1s'))
    expect('faults' in result && result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`)).toEqual([
      expect.stringMatching(
        /^buses\.slope: its polls need \d{3} % of its time: bytes and silences alone = take a longer `every`, a higher `baud`, or a second line$/,
      ),
    ])
  })

  it('that is nearly full is a warning', () => {
    expect(
      siteOf(line(9600, 12, '1s'))
        .warnings.filter(ofBus)
        .map(({ at, what }) => `${at}: ${what}`),
    ).toEqual([expect.stringMatching(/^buses\.slope: its polls need about \d+ % of its time, faults apart$/)])
  })

  it.each([
    ['with time to spare', line(9600, 10, '10s')],
    ['that is fast enough', line(115_200, 12, '1s')],
    ['of Modbus TCP, which has no pace of its own', line(9600, 50, '100ms', 'tcp: 192.168.1.20')],
  ])('%s is neither', (_, text) => {
    expect(siteOf(text).warnings.filter(ofBus)).toEqual([])
  })
})

describe('a trigger that is written to all', () => {
  const site = (relay: string): string => `${head}buses: { slope: { line: /dev/ttyUSB0 } }
devices:
  string: { profile: geokon/3810a, bus: slope, unit: 1, every: 10s }
  more: { profile: geokon/3810a, bus: slope, unit: 2, every: 10s }
${relay}channels: { t: { read: string.resistance }, u: { read: more.resistance } }
`
  const warnings = (text: string): string[] =>
    siteOf(text)
      .warnings.filter(({ what }) => what.includes('all devices'))
      .map(({ at, what }) => `${at}: ${what}`)

  it('is told of where another instrument hears it', () => {
    const relay = '  siren: { profile: generic/relay, bus: slope, unit: 20, coil: 0, safe: off, longest: 30min, set: { baud: 115200 } }\n'
    expect(warnings(site(relay))).toEqual([
      'devices.string: each poll writes 1 to holding 280 of all devices on `slope`, also of `siren`',
      'devices.more: each poll writes 1 to holding 280 of all devices on `slope`, also of `siren`',
    ])
  })

  it('is no matter among its like', () => {
    expect(warnings(site(''))).toEqual([])
  })
})
