/** How a line is named on the command line, and what is proposed for a site file. */
import { describe, expect, it } from 'vitest'
import { findProfile, wholeShelf } from '../../../devicejs/shelf.ts'
import { siteLines } from '../../../gateway/commands/proposal.ts'
import { readWire, wireText } from '../../../gateway/commands/wire.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'

const siteOf = (lines: string) => checkSite(`site: { area: a, id: b, station: c }\n${lines}channels: {}\n`, 'found.yaml', { profiles: findProfile })

describe('a line on the command line', () => {
  it.each([
    ['/dev/ttyUSB0', { how: 'serial', path: '/dev/ttyUSB0' }],
    ['./line', { how: 'serial', path: './line' }],
    ['10.0.0.7:502', { how: 'tcp', host: '10.0.0.7', port: 502 }],
    ['plc.local:1502', { how: 'tcp', host: 'plc.local', port: 1502 }],
    ['rtu://10.0.0.7:4001', { how: 'rtu-over-tcp', host: '10.0.0.7', port: 4001 }],
    ['rtu://[fe80::1]:4001', { how: 'rtu-over-tcp', host: 'fe80::1', port: 4001 }],
  ])('is %s', (text, wire) => {
    const read = readWire(text)
    expect(read).toEqual(wire)
    expect(typeof read === 'string' ? read : wireText(read)).toBe(text)
  })

  it.each(['', 'plc', 'http://plc:80', 'plc:', ':502', 'plc:0', 'rtu:///dev/ttyUSB0'])('is not "%s"', (text) => expect(readWire(text)).toBeTypeOf('string'))
})

describe('the site-file lines', () => {
  const { profiles } = wholeShelf()
  const match = (name: string) => {
    const profile = profiles.find((held) => held.name === name)
    if (!profile) throw new Error(`no ${name}`)
    return { profile, certain: true, marks: 16, values: [] }
  }
  const eightE1 = { baud: 19_200, parity: 'even', dataBits: 8, stopBits: 1 } as const
  const eightN1 = { ...eightE1, baud: 9600, parity: 'none' } as const
  const found = (unit: number, name: string, setting: typeof eightE1 | typeof eightN1 | null = null) => ({
    ...{ unit, setting, table: 'input' as const, exception: null, anyUnit: false },
    matches: [match(name)],
  })

  it.each([
    [
      'a serial server whose setting nobody can see',
      { how: 'rtu-over-tcp', host: 'x', port: 4001 } as const,
      [found(3, 'lambrecht/rain-e'), found(4, 'demo/gas')],
    ],
    ['a path that YAML would read otherwise', { how: 'serial', path: './a: b' } as const, [found(3, 'demo/gas', eightN1)]],
    [
      'two settings on one line',
      { how: 'serial', path: './a' } as const,
      [found(1, 'demo/gas', eightN1), found(2, 'demo/gas', eightN1), found(3, 'demo/gas', eightE1)],
    ],
    ['addresses that the standard reserves', { how: 'serial', path: './a' } as const, [found(248, 'demo/gas', eightN1), found(3, 'demo/gas', eightN1)]],
    ['an address of version 6', { how: 'tcp', host: '::1', port: 502 } as const, [found(3, 'demo/gas')]],
  ])('are sound for %s', (_, wire, devices) => {
    const checked = siteOf(siteLines(wire, devices, profiles))
    expect('faults' in checked ? formatFaults(checked.faults) : '').toBe('')
  })

  it('say of a device that only the demo has it', () => {
    const lines = siteLines({ how: 'tcp', host: 'x', port: 502 }, [found(3, 'demo/gas')], profiles)
    expect(lines).toMatch(/^ {2}gas-3: .*# .*only the demo has such a device$/m)
  })

  it('leave to the reader what shows nothing but 0', () => {
    const blank = found(3, 'xunchip/xm9505')
    const values = [{ name: 'tips', value: 0, unit: 'mm', digits: 1 }]
    const lines = siteLines(
      { how: 'tcp', host: 'x', port: 502 },
      [{ ...blank, matches: blank.matches.map((match) => ({ ...match, certain: false, marks: 0, values })) }],
      profiles,
    )
    expect(lines).toMatch(/^devices: \{\}\n {2}# unit 3: it shows nothing but 0, so that its kind is for you to say: xunchip\/xm9505, or another$/m)
  })

  it('leave a device of another setting to the reader', () => {
    const lines = siteLines(
      { how: 'serial', path: './a' },
      [found(1, 'demo/gas', eightN1), found(2, 'demo/gas', eightN1), found(3, 'demo/gas', eightE1)],
      profiles,
    )
    expect(lines).toMatch(/ {2}# unit 3: it answers at 19200 8E1: set it to the line's 9600 8N1/)
  })
})
