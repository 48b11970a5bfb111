/** What would ruin a line in the field: impossible registers, addresses and settings, an output without a safe state; each told at its place, with what to do. */
import { describe, expect, it } from 'vitest'
import { readProfile } from '../../../devicejs/profile-file.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import type { FileFault } from '../../../protocol/files/fault.ts'

const told = ({ line, column, at, what, remedy }: FileFault): string => `${line}:${column} ${at}: ${what} = ${remedy}`

const checked = (devices: string, bus = 'line: /dev/ttyS9'): ReturnType<typeof checkSite> =>
  checkSite(`site: { area: a, id: b, station: c }\nbuses: { one: { ${bus} } }\ndevices:\n${devices}\nchannels: {}\n`, 'site.yaml', { profiles: findProfile })

const faultsOf = (...site: Parameters<typeof checked>): string[] => {
  const read = checked(...site)
  return 'faults' in read ? read.faults.map(told) : []
}

describe('a profile with an impossible register is refused', () => {
  const faults = (text: string): string[] => {
    const read = readProfile(`title: t\nsource: s\n${text}`, 'own.yaml')
    return 'faults' in read ? read.faults.map(told) : []
  }
  const channel = (read: string): string => `channels:\n  a: { quantity: q, unit: m, read: { ${read} } }`

  it.each([
    ['beyond the last', channel('holding: 65536'), '4:47 channels.a.read.holding: 65536 is out of bounds = allowed: from 0 to 65535'],
    ['below the first', channel('input: -1'), '4:45 channels.a.read.input: -1 is out of bounds = allowed: from 0 to 65535'],
    ['that is no whole number', channel('input: 1.5'), '4:45 channels.a.read.input: 1.5 is no whole number = write a whole number'],
    [
      'whose value runs over the end',
      channel('holding: 65535, as: f32'),
      '4:36 channels.a.read: a f32 at 65535 runs over the last register = the last wire address is 65535',
    ],
    [
      'whose value runs over the end by two',
      channel('input: 65533, as: f64'),
      '4:36 channels.a.read: a f64 at 65533 runs over the last register = the last wire address is 65535',
    ],
    [
      'whose number no manual has',
      channel('register: 20001'),
      '4:36 channels.a.read: register 20001 is no number of the 3xxxx or 4xxxx kind = write the wire address as `holding:` or `input:`',
    ],
    ['of an output', 'outputs:\n  relay: { coil: 70000 }', '4:18 outputs.relay.coil: 70000 is out of bounds = allowed: from 0 to 65535'],
    [
      'of a fault',
      `${channel('input: 0')}\nfaults:\n  - { read: { input: 65535, as: u32 }, means: broken }`,
      '6:13 faults[0].read: a u32 at 65535 runs over the last register = the last wire address is 65535',
    ],
    [
      'of its identity',
      `identity:\n  - { read: { holding: 65536 }, equals: 1 }\n${channel('input: 0')}`,
      '4:24 identity[0].read.holding: 65536 is out of bounds = allowed: from 0 to 65535',
    ],
    [
      'of its probe',
      `line: { probe: { holding: 65500, most: 40 } }\n${channel('input: 0')}`,
      '3:16 line.probe: 40 registers from 65500 run over the last register = the last wire address is 65535',
    ],
    [
      'of its trigger',
      `trigger: { holding: 65536, wait: 1s }\n${channel('input: 0')}`,
      '3:21 trigger.holding: 65536 is out of bounds = allowed: from 0 to 65535',
    ],
  ])('%s', (_, text, expected) => expect(faults(text)).toEqual([expected]))

  it('with all that is wrong besides: its form and its meaning, at once and in the order of the file', () => {
    expect(
      faults(`line: { bauds: 9600 }
channels:
  a: { quantity: q, unit: m, read: { holding: 65536 } }
  b: { quantity: q, unit: metres, read: { input: 65535, as: u32 } }
faults:
  - { read: { input: 3, as: u17 }, means: broken }
  - { read: { input: 4, bits: [0, 1] }, values: 9, means: worn, marks: [a, c] }`).map((fault) => fault.split(' = ')[0]),
    ).toEqual([
      '3:9 line.bauds: unknown key `bauds`',
      '5:47 channels.a.read.holding: 65536 is out of bounds',
      '6:21 channels.b.unit: no unit `metres`',
      '6:41 channels.b.read: a u32 at 65535 runs over the last register',
      '8:29 faults[0].read.as: "u17" is not allowed here',
      '9:49 faults[1].values: 9 cannot stand there',
      '9:72 faults[1].marks: no channel `c`',
    ])
  })

  it.each([
    ['an unknown section', 'lines: { baud: 9600 }'],
    ['a section of the wrong form', 'line: 9600'],
    ['a malformed trigger', 'trigger: { holding: 1 }'],
    ['a malformed fault', 'faults: [ { means: x } ]'],
  ])('also behind %s', (_, first) => {
    const [one = '', two = '', ...others] = faults(`${first}\n${channel('holding: 65535, as: u32')}`)
    expect(one).toMatch(/^3:/)
    expect(two).toMatch(/^5:36 channels\.a\.read: a u32 at 65535 runs over the last register/)
    expect(others).toEqual([])
  })

  it('and nothing is said of an entry that is malformed already', () => {
    expect(faults(`${channel('holding: 65536')}\nfaults: [ { read: { input: 1 }, means: x, marks: [a] } ]`)).toHaveLength(1)
    expect(faults('channels: { a: 5 }')).toHaveLength(1)
    expect(faults('channels: 5')).toHaveLength(1)
    expect(faults(`driver: modbas\n${channel('holding: 65535, as: u32')}`)).toHaveLength(1)
  })
})

describe('a site file is refused', () => {
  it.each([
    [
      'with two devices of one unit id on a line',
      ['  a: { profile: demo/gas, bus: one, unit: 4 }\n  b: { profile: demo/water-level, bus: one, unit: 4 }'],
      '5:51 devices.b.unit: `a` on the bus `one` has address 4 too = give each device on a line an address of its own',
    ],
    [
      'with a unit id that stands in a profile, taken by another device',
      ['  a: { profile: xunchip/xm9505, bus: one }\n  b: { profile: demo/water-level, bus: one, unit: 1 }'],
      '5:51 devices.b.unit: `a` on the bus `one` has address 1 too = give each device on a line an address of its own',
    ],
    [
      'with a board that is read under one name and driven under another',
      ['  a: { profile: waveshare/io-8ch, bus: one, unit: 4 }\n  b: { profile: waveshare/io-8ch, bus: one, unit: 4, coil: 0, safe: off, longest: 30min }'],
      '5:51 devices.b.unit: `a` on the bus `one` has address 4 too = if they are one board, read it by the name of its output, `read: b.CHANNEL`; else give each an address of its own',
    ],
    [
      'with mixed speeds on one bus',
      ['  a: { profile: xunchip/xm9505, bus: one, unit: 1 }\n  b: { profile: lambrecht/rain-e, bus: one, unit: 3, set: { parity: none } }'],
      '5:40 devices.b.bus: this device speaks with baud 19200, but `a` on the same bus has 9600 = set the device itself to 9600 and say so, `set: { baud: 9600 }`; or give it a line of its own',
    ],
    [
      'with a bus of another parity than its device',
      ['  a: { profile: draeger/polytron-8000, bus: one }', 'line: /dev/ttyS9, parity: none'],
      '4:45 devices.a.bus: this device speaks with parity even, but the bus `one` says none = set the device itself to none and say so, `set: { parity: none }`; or give it a line of its own',
    ],
    [
      'with unit id 0 on a serial line',
      ['  a: { profile: demo/gas, bus: one, unit: 0 }'],
      '4:43 devices.a.unit: address 0 is for all devices at once, and none answers = give the address that is set on the device, 1 to 247',
    ],
    [
      'with a unit id beyond a byte',
      ['  a: { profile: demo/gas, bus: one, unit: 256 }'],
      '4:43 devices.a.unit: 256 is out of bounds = allowed: from 1 to 247; on Modbus TCP also 0 and 255, the station itself',
    ],
    [
      'with a unit id below 0',
      ['  a: { profile: demo/gas, bus: one, unit: -1 }'],
      '4:43 devices.a.unit: -1 is out of bounds = allowed: from 1 to 247; on Modbus TCP also 0 and 255, the station itself',
    ],
    [
      'with a unit id that is no number',
      ['  a: { profile: demo/gas, bus: one, unit: "4" }'],
      '4:43 devices.a.unit: "4" is no number = write a plain number, without quotes or unit',
    ],
    [
      'with an output without a safe state',
      ['  a: { profile: generic/relay, bus: one, unit: 4, coil: 0, longest: 30min }'],
      expect.stringMatching(/^4:\d+ devices\.a\.safe: `safe` is missing = .*`safe: off`$/),
    ],
    [
      'with an output whose safe state is on',
      ['  a: { profile: generic/relay, bus: one, unit: 4, coil: 0, safe: on, longest: 30min }'],
      expect.stringMatching(/^4:66 devices\.a\.safe: an output that is on while nobody asks/),
    ],
  ] as [string, [string, string?], unknown][])('%s', (_, args, expected) => expect(faultsOf(...args)).toEqual([expected]))

  it('with a profile that has an impossible register, told in its own file', () => {
    const read = checkSite(
      'site: { area: a, id: b, station: c }\nbuses: { one: { line: /dev/ttyS9 } }\ndevices: { a: { profile: ./own.yaml, bus: one, unit: 1 } }\nchannels: {}\n',
      'site.yaml',
      {
        profiles: () => readProfile('title: t\nsource: s\nchannels: { a: { quantity: q, unit: m, read: { input: 65536 } } }\n', 'own.yaml') as never,
      },
    )
    expect('faults' in read ? read.faults.map(({ file, line, column }) => `${file}:${line}:${column}`) : []).toEqual(['own.yaml:3:55'])
  })
})

describe('a unit id that the standard reserves', () => {
  const warnings = (...args: Parameters<typeof checked>): string[] => {
    const read = checked(...args)
    if ('faults' in read) throw new Error(read.faults.map(told).join('\n'))
    return read.warnings.map(told).filter((text) => text.includes('.unit'))
  }

  it.each([248, 255])('such as %d is refused on a line', (unit) => {
    const read = checked(`  a: { profile: demo/gas, bus: one, unit: ${unit} }`)
    expect('faults' in read ? read.faults.map(told) : []).toEqual([
      `4:43 devices.a.unit: address ${unit} is reserved by the standard = the addresses of devices are 1 to 247: set the device to one of them`,
    ])
  })

  it('is worth a look on TCP', () => {
    expect(warnings('  a: { profile: demo/gas, bus: one, unit: 248 }', 'tcp: "127.0.0.1:502"')).toEqual([
      '4:43 devices.a.unit: address 248 is reserved by the standard = the addresses of devices are 1 to 247: is this a slip?',
    ])
  })

  it('is fine where a maker has chosen it, as is the last that is not reserved', () => {
    expect(warnings('  a: { profile: demo/gas, bus: one, unit: 247 }')).toEqual([])
    const own = readProfile('title: t\nsource: s\nunit: 255\nchannels: { a: { quantity: q, unit: m, read: { input: 1 } } }\n', 'own.yaml')
    const read = checkSite(
      'site: { area: a, id: b, station: c }\nbuses: { one: { line: /dev/ttyS9 } }\ndevices: { a: { profile: ./own.yaml, bus: one } }\nchannels: {}\n',
      'site.yaml',
      {
        profiles: () => own as never,
      },
    )
    expect('faults' in read ? ['it has faults'] : read.warnings.map(({ at }) => at).filter((at) => at.includes('unit'))).toEqual([])
  })

  it('but 0 and 255 are the station itself on TCP', () => {
    expect(warnings('  a: { profile: demo/gas, bus: one, unit: 255 }', 'tcp: "127.0.0.1:502"')).toEqual([])
    expect(warnings('  a: { profile: demo/gas, bus: one, unit: 0 }', 'tcp: "127.0.0.1:502"')).toEqual([])
  })
})
