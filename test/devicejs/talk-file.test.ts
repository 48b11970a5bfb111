// What is wrong with the talk of a profile is told all at once, at its place; a good one is laid out in registers.

import { describe, expect, it } from 'vitest'
import { readProfile } from '../../devicejs/profile-file.ts'
import { profileOf } from './field.ts'

const faultsOf = (text: string): string[] => {
  const read = readProfile(`title: t\nsource: s\n${text}`, 'p.yaml')
  return 'faults' in read ? read.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
}

const frames = (talk: string, read: string, more = ''): string =>
  `driver: frames\ntalk: { ${talk} }\nchannels: { a: { quantity: q, unit: m, read: { ${read} } } }\n${more}`
const good = 'request: "?", start: "=", end: "\\n", separator: ",", example: "=1,2\\n"'

describe('a profile with frames', () => {
  it('shows each of its places once, in four registers, and is read in one request', () => {
    const profile = profileOf(`driver: frames
line: { timeout: 300ms }
talk: { ${good.replace('=1,2', '=1,2,04')} }
channels:
  a: { quantity: q, unit: m, read: { field: 1 } }
  b: { quantity: q, unit: m, read: { field: 2 } }
  again: { quantity: q, unit: m, read: { field: 1 } }
faults:
  - { read: { field: 3, as: hex, bit: 0 }, means: one }
  - { read: { field: 3, as: hex, bit: 2 }, means: two }
`)
    expect(profile.channels.map(({ read }) => [read.table, read.address, read.as.type])).toEqual([
      ['input', 0, 'f64'],
      ['input', 4, 'f64'],
      ['input', 0, 'f64'],
    ])
    expect(profile.faults.map(({ read }) => [read.address, read.bit])).toEqual([
      [8, 0],
      [8, 2],
    ])
    expect(profile.line).toMatchObject({ maxWords: 125, timeoutMs: 300 })
    expect(profile.talk).toMatchObject({ everyMs: null, framing: { fields: { separator: ',', count: 3 }, most: 256 } })
  })

  it('that speaks by itself is silent after one and a half of its periods', () => {
    const profile = profileOf(frames(good.replace('request: "?"', 'period: 2s'), 'field: 1'))
    expect(profile.line.timeoutMs).toBe(3000)
    expect(profile.talk).toMatchObject({ request: null, everyMs: 2000 })
  })

  it('counts in whole numbers of the last place', () => {
    const counting = (read: string) => `driver: frames\ntalk: { ${good} }\nchannels: { a: { quantity: rain, count: total, step: 0.01 mm, read: { ${read} } } }`
    expect(faultsOf(counting('field: 1'))).toEqual([expect.stringContaining('channels.a.read: a count is a whole number')])
    expect(faultsOf(counting('field: 1, decimals: 2'))).toEqual([])
  })

  it('has its codes as the frame reads', () => {
    const made = profileOf(
      'driver: frames\ntalk: { request: "?", end: "\\n", length: 3, example: { hex: "00 01 0a" } }\nchannels: { a: { quantity: q, unit: m, noValue: 0x8000, read: { at: 0, as: i16 } } }',
    )
    expect(made.channels[0]?.noValue).toEqual([-32768])
  })

  it.each<[string, string, RegExp]>([
    ['no talk', 'driver: frames\nchannels: { a: { quantity: q, unit: m, read: { field: 1 } } }', /^driver: nothing says how its frames are told apart/],
    ['registers', frames(good, 'input: 1'), /^channels\.a\.read: this device has no registers = give one of field, after, at/],
    ['neither request nor period', frames(good.replace('request: "?", ', ''), 'field: 1'), /^talk: it is asked, or it speaks by itself/],
    ['both', frames(`${good}, period: 1s`, 'field: 1'), /^talk: it is asked, or it speaks by itself/],
    ['neither start nor end', frames('request: "?", length: 4, example: "abcd"', 'at: 0, length: 2'), /^talk: nothing tells where a frame begins or ends/],
    ['a start, and no end', frames('request: "?", start: "=", example: "=1"', 'at: 1, length: 1'), /^talk: nothing tells where a frame ends/],
    [
      'a length beyond the longest',
      frames('request: "?", start: "=", length: 300, example: "=1"', 'at: 1, length: 1'),
      /^talk: a frame of 300 bytes is longer/,
    ],
    [
      'a comma that splits fields and writes fractions',
      frames(`${good}, decimal: comma`, 'field: 1'),
      /^talk: a comma both splits the fields and writes fractions = correct `separator` or `decimal`/,
    ],
    ['a point that does both', frames(good.replaceAll(',2', '.2').replace('separator: ","', 'separator: "."'), 'field: 1'), /^talk: a point both splits/],
    [
      'an end in single quotes',
      frames(good.replace('end: "\\n"', "end: '\\n'"), 'field: 1'),
      /^talk\.end: .* = put it in double quotes to mean a byte; if you mean the letters, write \{ hex/,
    ],
    [
      'fields and nothing that splits them',
      frames(good.replace('separator: ",", ', ''), 'field: 1'),
      /^channels\.a\.read: nothing says what splits the fields/,
    ],
    ['a byte of a frame of any length', frames(good, 'at: 1, length: 1'), /^channels\.a\.read: in frames of any length a value stands at no certain byte/],
    [
      'a field that is always the same and not so in the example',
      frames(`${good}, fixed: { 2: H }`, 'field: 1'),
      /^talk\.fixed\.2: field 2 of the example is another = fields are counted/,
    ],
    ['a field that the example has not', frames(good, 'field: 3'), /^talk\.example: the example has no number at field 3/],
    ['a label that the example has not', frames(good, 'after: "X="'), /^talk\.example: the example has no number at the field `X=`/],
    ['an example without its end', frames(good.replace('2\\n', '2'), 'field: 1'), /^talk\.example: the example is not one whole frame/],
    ['an example that is two', frames(good.replace('2\\n', '2\\n=3,4\\n'), 'field: 1'), /^talk\.example: the example is not one whole frame/],
    [
      'an example with another checksum',
      frames(`${good.replace('2\\n', '2*00\\n')}, checksum: { kind: xor8, at: -3, mark: "*" }`, 'field: 1'),
      /^talk\.example: the example does not keep its checksum/,
    ],
    ['two places for one value', frames(good, 'field: 1, at: 2'), /^channels\.a\.read: a value stands at one place/],
    ['a number of bytes in a field', frames(good, 'field: 1, as: u16'), /^channels\.a\.read: a number of type u16 is no text/],
    ['text of unknown length', frames(good, 'at: 1'), /^channels\.a\.read: nobody knows how long it is/],
    ['too many digits', frames(good, 'at: 1, length: 8, as: bcd'), /^channels\.a\.read: 8 bytes of digits are no exact number/],
    ['a bit of a decimal', frames(good, 'field: 1, bit: 0'), /^channels\.a\.read: a number of type decimal has no bit 0/],
    ['a unit', frames(good, 'field: 1', 'unit: 3'), /^unit: a device that speaks frames has no unit/],
    ['a clock', frames(good, 'field: 1', 'clock: { input: 0, as: u32, unit: s }'), /^clock: a device that speaks frames has no clock/],
    [
      'a register that nobody clears',
      frames(good.replace('request: "?"', 'period: 1s'), 'field: 1').replace('unit: m,', 'unit: m, clearsOnRead: yes,'),
      /^channels\.a\.clearsOnRead: nobody reads a device/,
    ],
    [
      'letters that are no bytes',
      frames(good.replace('request: "?"', 'request: "温"'), 'field: 1'),
      /^talk\.request: "温" is none of the forms allowed here = write \{ hex/,
    ],
  ])('and %s is refused', (_, text, fault) => {
    const faults = faultsOf(text)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatch(fault)
  })

  it.each<[string, string, RegExp]>([
    ['talk', `talk: { ${good} }\nchannels: { a: { quantity: q, unit: m, read: { input: 1 } } }`, /^talk: a Modbus device has no talk of its own/],
    ['fields', 'channels: { a: { quantity: q, unit: m, read: { field: 1 } } }', /^channels\.a\.read: a Modbus device has registers, and no fields/],
  ])('a Modbus profile with %s is refused', (_, text, fault) => expect(faultsOf(text)).toEqual([expect.stringMatching(fault)]))
})
