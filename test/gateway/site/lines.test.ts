/** The buses of a site file: each way to a line, what is spoken on it, and what does not fit together. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { describeSite } from '../../../gateway/site/describe.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import type { BusSpec } from '../../../protocol/ports.ts'

const checked = (buses: string, devices: string, channels: string) =>
  checkSite(`site: { area: a, id: b, station: c }\nbuses:\n${buses}\ndevices:\n${devices}\nchannels:\n${channels}\n`, 'site.yaml', { profiles: findProfile })

const level = '  level: { profile: demo/water-level, bus: b, unit: 1 }'
const wind = '  wind: { profile: gill/windobserver-nmea, bus: b, every: 10s }'
const channelOf = { [level]: '  l: { read: level.level }', [wind]: '  w: { read: wind.wind }' }
const channelsOf = (devices: string): string =>
  Object.entries(channelOf)
    .filter(([device]) => devices.includes(device))
    .map(([, channel]) => channel)
    .join('\n')

function siteOf(buses: string, devices: string): Site {
  const result = checked(buses, devices, channelsOf(devices))
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  return result.site
}
const busOf = (bus: string, devices: string): BusSpec => siteOf(`  b: ${bus}`, devices).buses[0] as BusSpec
const faultsOf = (buses: string, devices: string): string[] => {
  const result = checked(buses, devices, channelsOf(devices) || '  {}')
  return 'faults' in result ? result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
}
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

describe('a line', () => {
  it.each<[string, string, string, object]>([
    ['speaks RTU where nothing is said', '{ line: /dev/ttyS1 }', level, { speaks: 'rtu', wire: { how: 'serial', path: '/dev/ttyS1' } }],
    ['speaks ASCII where that is said', '{ line: /dev/ttyS1, driver: modbus-ascii }', level, { speaks: 'ascii' }],
    [
      'through a server that only passes bytes on',
      '{ serialOverTcp: "192.0.2.7:4001", driver: modbus-ascii }',
      level,
      { speaks: 'ascii', wire: { how: 'rtu-over-tcp', host: '192.0.2.7', port: 4001 } },
    ],
    ['speaks the frames of its instrument', '{ line: /dev/ttyS1 }', wind, { speaks: 'frames', baud: 9600 }],
    [
      'comes from a modem that dials in',
      '{ dialIn: "0.0.0.0:5020", registration: DTU-0031, heartbeat: { hex: "FE FE" } }',
      level,
      { speaks: 'rtu', wire: { how: 'dial-in', host: '0.0.0.0', port: 5020, registration: bytesOf('DTU-0031'), heartbeat: Uint8Array.of(0xfe, 0xfe) } },
    ],
    ['of a modem with an instrument behind it', '{ dialIn: "0.0.0.0:5020", registration: { hex: "00 31" } }', wind, { speaks: 'frames' }],
  ])('%s', (_, bus, devices, spec) => expect(busOf(bus, devices)).toMatchObject(spec))

  it.each<[string, string, string, RegExp]>([
    ['without a port', '{ dialIn: "0.0.0.0", registration: X }', level, /^buses\.b\.dialIn: this has no port = write host and port/],
    ['without a registration', '{ dialIn: "0.0.0.0:5020" }', level, /^buses\.b: nobody knows which modem is meant = add `registration:`/],
    ['with a registration that nobody sends', '{ line: /dev/ttyS1, registration: X }', level, /^buses\.b: only a modem that dials in says who it is/],
    ['with two ways', '{ line: /dev/ttyS1, dialIn: "0.0.0.0:5020", registration: X }', level, /^buses\.b: a bus has one way to its devices, here are 2/],
    ['with an empty registration', '{ dialIn: "0.0.0.0:5020", registration: "" }', level, /^buses\.b\.registration: /],
    [
      'with a heartbeat like an answer',
      '{ dialIn: "0.0.0.0:5020", registration: X, heartbeat: { hex: "01 03" } }',
      level,
      /^buses\.b\.heartbeat: this begins like an answer of unit 1/,
    ],
    [
      'with a heartbeat of one such byte',
      '{ dialIn: "0.0.0.0:5020", registration: X, heartbeat: { hex: "01" } }',
      level,
      /^buses\.b\.heartbeat: this begins like an answer of unit 1/,
    ],
    [
      'of ASCII with a heartbeat like a frame',
      '{ dialIn: "0.0.0.0:5020", registration: X, heartbeat: ":", driver: modbus-ascii }',
      level,
      /^buses\.b\.heartbeat: this begins like an answer/,
    ],
    [
      'of frames with a heartbeat like a piece of a number',
      '{ dialIn: "10.8.0.1:5020", registration: X, heartbeat: "00" }',
      wind,
      /^buses\.b\.heartbeat: this may stand in a frame of `wind`, and would be taken out of one = set the modem to another text/,
    ],
    [
      'of frames with a registration like a piece of a number',
      '{ dialIn: "10.8.0.1:5020", registration: "31" }',
      wind,
      /^buses\.b\.registration: this may stand in a frame of `wind`/,
    ],
    [
      'of Modbus TCP that is said to be ASCII',
      '{ tcp: "192.0.2.7", driver: modbus-ascii }',
      level,
      /^buses\.b\.tcp: tcp is Modbus TCP, and on this line Modbus ASCII/,
    ],
    [
      'of RTU over TCP with an instrument of frames',
      '{ rtuOverTcp: "192.0.2.7" }',
      wind,
      /^buses\.b\.rtuOverTcp: rtuOverTcp is Modbus RTU, and on this line frames/,
    ],
    ['of frames with a Modbus device', '{ line: /dev/ttyS1, driver: frames }', level, /^devices\.level\.bus: this device speaks Modbus, and this line frames/],
    [
      'of Modbus with an instrument of frames',
      '{ line: /dev/ttyS1, driver: modbus }',
      wind,
      /^devices\.wind\.bus: this instrument speaks frames of its own, and this line Modbus/,
    ],
    ['of both', '{ line: /dev/ttyS1 }', `${level}\n${wind}`, /^devices\.wind\.bus: this instrument speaks frames of its own, and this line Modbus/],
    [
      'of both, at another speed',
      '{ line: /dev/ttyS1 }',
      `${level}\n${wind.replace('every', 'set: { baud: 19200 }, every')}`,
      /^devices\.wind\.bus: this instrument speaks frames of its own, and this line Modbus/,
    ],
    [
      'of two instruments of frames',
      '{ line: /dev/ttyS1 }',
      `${wind}\n${wind.replace('wind:', 'gust:')}`,
      /^devices\.gust\.bus: this instrument speaks frames without an address, and so does `wind`/,
    ],
    [
      'whose instrument of frames has a unit',
      '{ line: /dev/ttyS1 }',
      wind.replace('every', 'unit: 3, every'),
      /^devices\.wind\.unit: gill\/windobserver-nmea speaks frames of its own, without an address/,
    ],
    [
      'whose instrument of frames is to be read in pieces',
      '{ line: /dev/ttyS1 }',
      wind.replace('every', 'set: { maxWords: 4 }, every'),
      /^devices\.wind\.set\.maxWords: gill\/windobserver-nmea has no registers/,
    ],
    [
      'whose timeout is shorter than its silence',
      '{ line: /dev/ttyS1 }',
      wind.replace('every', 'timeout: 500ms, every'),
      /^devices\.wind\.timeout: .* speaks each 1s by itself/,
    ],
  ])('%s is refused', (_, bus, devices, fault) => {
    const faults = faultsOf(`  b: ${bus}`, devices).filter((one) => !one.startsWith('channels'))
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(fault)
  })

  it.each([
    ['0.0.0.0:5020', ['buses.b.dialIn: it listens on every network of this machine, and a registration is no proof of who dials']],
    ['[::]:5020', ['buses.b.dialIn: it listens on every network of this machine, and a registration is no proof of who dials']],
    ['10.8.0.1:5020', []],
  ])('that listens on %s is worth a look, or not', (dialIn, warnings) => {
    const result = checked(`  b: { dialIn: "${dialIn}", registration: X }`, level, channelsOf(level))
    expect('faults' in result ? result.faults : result.warnings.filter(({ at }) => at.startsWith('buses')).map(({ at, what }) => `${at}: ${what}`)).toEqual(
      warnings,
    )
  })

  it.each([
    ['text', 'wind', 'registration: DTU-1, heartbeat: HB'],
    ['a telephone number', 'wind', 'registration: "13800138000"'],
    ['bytes that are no text', 'wind', 'registration: X, heartbeat: { hex: "FE" }'],
    ['bytes, where a length and a checksum tell that some are gone', 'tilt', 'registration: X, heartbeat: { hex: "00" }'],
  ])('of frames may have a modem that says %s', (_, device, modem) => {
    const profile = device === 'wind' ? wind : '  tilt: { profile: bewis/bwm826, bus: b, every: 10s }'
    const faults = faultsOf(`  b: { dialIn: "10.8.0.1:5020", ${modem} }`, profile)
    expect(faults.filter((one) => one.startsWith('buses'))).toEqual([])
  })

  it('may be shared by the sentences of one instrument, each a device', () => {
    const sentence = (name: string) => `  ${name}: { profile: vaisala/wxt530-nmea-${name}, bus: b, every: 60s }`
    const result = checked(
      '  b: { line: /dev/ttyS1 }',
      ['wind', 'air', 'rain'].map(sentence).join('\n'),
      '  w: { read: wind.wind }\n  h: { read: air.heat }\n  r: { read: rain.rain }',
    )
    if ('faults' in result) throw new Error(formatFaults(result.faults))
    expect(result.site.buses[0]).toMatchObject({ speaks: 'frames', baud: 4800 })
    expect(result.site.devices.map(({ unit }) => unit)).toEqual([0, 1, 2])
  })

  it('whose modem cannot be told from another’s is refused', () => {
    const bus = (registration: string) => `{ dialIn: "0.0.0.0:5020", registration: ${registration} }`
    const two = `${level}\n${level.replace('level:', 'other:').replace('bus: b', 'bus: c')}`
    expect(faultsOf(`  b: ${bus('DTU-1')}\n  c: ${bus('DTU-10')}`, two)).toEqual([
      'buses.c.registration: this modem cannot be told from that of `b`: one registration begins with the other = give each modem one of its own',
    ])
    expect(faultsOf(`  b: ${bus('DTU-11')}\n  c: ${bus('DTU-10')}`, two)).toEqual([])
  })

  it('is told with what is spoken on it', () => {
    const told = describeSite(siteOf('  b: { dialIn: "0.0.0.0:5020", registration: DTU-0031, driver: modbus-ascii }', level))
    expect(told).toContain('Modbus ASCII of a modem that dials in at 0.0.0.0:5020')
  })
})
