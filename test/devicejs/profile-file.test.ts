import { describe, expect, it } from 'vitest'
import type { Place } from '../../devicejs/profile.ts'
import { readProfile } from '../../devicejs/profile-file.ts'
import { profileSchemaJson } from '../../devicejs/profile-schema.ts'
import { profileOf } from './field.ts'

const placeOf = (read: string): Place | undefined => profileOf(`channels: { a: { quantity: q, unit: m, read: { ${read} } } }`).channels[0]?.read
const abcd = (table: string, address: number, type = 'u16') => ({ table, address, as: { type, order: 'ABCD' }, bit: null })

/** `line:column at: what = remedy` for each fault. */
function faultsOf(text: string): string[] {
  const read = readProfile(`title: t\nsource: s\n${text}`, 'p.yaml')
  return 'faults' in read ? read.faults.map(({ line, column, at, what, remedy }) => `${line}:${column} ${at}: ${what} = ${remedy}`) : []
}

describe('an address', () => {
  it.each([
    ['on the wire is taken as it stands', 'holding: 2', abcd('holding', 2)],
    ['may be hexadecimal', 'holding: 0x0118', abcd('holding', 0x118)],
    ['of five digits is still literal where the table is named', 'input: 31001, as: i16', abcd('input', 31001, 'i16')],
    ['of the 4xxxx kind is 40001 too high', 'register: 40003, as: f32', abcd('holding', 2, 'f32')],
    ['of the 3xxxx kind is 30001 too high', 'register: 30018', abcd('input', 17)],
    ['of the 4xxxxx kind too', 'register: 465536', abcd('holding', 65535)],
    ['may be that of a bit', 'discrete: 7', abcd('discrete', 7)],
  ])('%s', (_, read, place) => expect(placeOf(read)).toEqual(place))

  it('may name a bit, or a field of bits', () => {
    expect(placeOf('holding: 5, bit: 3')).toMatchObject({ bit: 3 })
    expect(placeOf('holding: 5, bits: [4, 6]')).toMatchObject({ bit: 4, bitCount: 3 })
  })

  it.each([
    ['twice', 'holding: 2, register: 40003', 'holding and register are both given'],
    ['not at all', 'as: u16', 'no address is given'],
    ['of no known kind', 'register: 2', 'register 2 is no number of the 3xxxx or 4xxxx kind'],
    ['beyond the last', 'holding: 65536', '65536 is out of bounds'],
    ['whose value runs over the last', 'holding: 65535, as: f32', 'a f32 at 65535 runs over the last register'],
    ['of a coil with a type', 'coil: 0, as: u16', 'a coil or a discrete input is one bit'],
    ['with a bit of a float', 'holding: 0, as: f32, bit: 3', 'a number of type f32 has no bits'],
    ['with a bit beyond the register', 'holding: 0, bit: 16', 'a u16 has no bit 16'],
    ['with bits turned round', 'holding: 0, bits: [5, 4]', 'bits [5, 4] are turned round'],
  ])('%s is a fault', (_, read, what) => {
    const faults = faultsOf(`channels:\n  a: { quantity: q, unit: m, read: { ${read} } }`)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(what)
    expect(faults[0]).toMatch(/^4:\d+ channels\.a\.read/)
  })
})

describe('a channel', () => {
  const channelOf = (text: string) => profileOf(`channels: { a: { quantity: q, ${text} } }`).channels[0]

  it.each([
    [
      'counts up to the size of its register',
      'count: total, step: 0.2 mm, read: { input: 0 }',
      { unit: 'mm', digits: 1, counting: { kind: 'total', step: 0.2, wrap: 65536 } },
    ],
    [
      'counts up to the size of two',
      'count: total, step: 0.254 mm, read: { input: 0, as: u32 }',
      { digits: 3, counting: { kind: 'total', step: 0.254, wrap: 4294967296 } },
    ],
    [
      'counts up to its own wrap',
      'count: total, step: 1 mm, wrap: 10000, read: { input: 0 }',
      { digits: 0, counting: { kind: 'total', step: 1, wrap: 10000 } },
    ],
    ['of increments has no wrap', 'count: increment, step: 0.2 mm, read: { input: 0 }', { counting: { kind: 'increment', step: 0.2, wrap: null } }],
    [
      'that measures counts nothing',
      'unit: deg, scale: 0.0001, read: { input: 0, as: i32 }',
      { unit: 'deg', digits: 4, scale: 0.0001, offset: 0, counting: null },
    ],
    ['shows a few digits of an odd fraction', 'unit: deg, scale: 0.0054931640625, read: { input: 0, as: i16 }', { digits: 5 }],
    ['has its codes as the register reads', 'unit: m, noValue: [0x8000, -1], read: { input: 0, as: i16 }', { noValue: [-32768, -1] }],
    ['has its float codes as the register reads', 'unit: m, noValue: 0.1, read: { input: 0, as: f32 }', { noValue: [Math.fround(0.1)] }],
  ])('%s', (_, text, expected) => expect(channelOf(text)).toMatchObject(expected))

  it.each([
    ['counts without a step', 'count: total, read: { input: 0 }', 'a counting channel without a step'],
    ['counts in a float', 'count: total, step: 1 mm, read: { input: 0, as: f32 }', 'a count is a whole number'],
    ['counts and scales', 'count: total, step: 1 mm, scale: 2, read: { input: 0 }', 'a counting channel has no scale'],
    ['has a step and does not count', 'unit: mm, step: 1 mm, read: { input: 0 }', 'step without count'],
    ['has no unit', 'read: { input: 0 }', '`unit` is missing'],
    ['has an unknown unit', 'unit: degrees, read: { input: 0 }', 'no unit `degrees`'],
    ['has a step of no worth', 'count: total, step: 0 mm, read: { input: 0 }', 'a count of no worth'],
    ['has a scale of 0', 'unit: m, scale: 0, read: { input: 0 }', 'scale 0 makes every value the same'],
    ['has its range turned round', 'unit: m, range: [30, -30], read: { input: 0 }', '30 is not less than -30'],
    ['has a code that cannot stand there', 'unit: m, noValue: 70000, read: { input: 0 }', '70000 cannot stand there'],
  ])('that %s is a fault', (_, text, what) => {
    const faults = faultsOf(`channels:\n  a: { quantity: q, ${text} }`)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(what)
  })
})

describe('a profile whose channels go by a mistyped name', () => {
  it('is told of that alone: not that it measures nothing, nor that its faults mark channels that are none', () => {
    const faults = faultsOf('chanels: { x: { quantity: q, unit: m, read: { input: 0 } } }\nfaults: [ { read: { input: 5 }, means: f, marks: [x] } ]')
    expect(faults).toEqual([expect.stringContaining('unknown key `chanels`')])
  })
})

describe('a profile', () => {
  it('leaves to its defaults what it does not say', () => {
    const profile = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } } }')
    expect(profile.line).toEqual({
      baud: 9600,
      dataBits: 8,
      stopBits: 1,
      parity: 'none',
      gapMs: 0,
      timeoutMs: 500,
      maxWords: 125,
      maxHole: 0,
      afterWriteMs: 0,
      probe: null,
    })
    expect(profile).toMatchObject({ unit: null, trigger: null, identity: [], uptime: null, clock: null, faults: [], outputs: [] })
  })

  it('has each quirk in its field', () => {
    const profile = profileOf(`line: { baud: 19200, parity: even, gap: 5ms, timeout: 300ms, maxWords: 1, afterWrite: 30ms }
unit: 192
trigger: { holding: 0x118, wait: 300ms }
identity: [ { read: { input: 1 }, equals: 7 } ]
uptime: { input: 12 }
channels:
  a: { quantity: q, unit: m, noValue: 55555, clearsOnRead: yes, read: { holding: 0 } }
  b: { quantity: q, unit: m, read: { holding: 1 } }
faults:
  - { read: { holding: 5, bit: 2 }, means: broken }
  - { read: { holding: 6 }, values: 3, means: inhibited, marks: [b], quality: missing, reason: inhibited }
  - { read: { holding: 7 }, means: was broken, latched: yes }
outputs:
  relay: { coil: 4, readBack: { discrete: 9 } }
  lamp: { coil: 5 }`)
    expect(profile.line).toMatchObject({ baud: 19200, parity: 'even', gapMs: 5, timeoutMs: 300, maxWords: 1, afterWriteMs: 30 })
    expect(profile.trigger).toEqual({ place: { table: 'holding', address: 0x118 }, value: 1, waitMs: 300, broadcast: false, staggerMs: 0 })
    expect(profile.uptime).toEqual(abcd('input', 12))
    expect(profile.channels[0]).toMatchObject({ noValue: [55555], clearsOnRead: true })
    expect(profile.faults).toMatchObject([
      { means: 'broken', values: null, marks: ['a', 'b'], quality: 'fail', reason: 'device-fault', latched: false },
      { values: [3], marks: ['b'], quality: 'missing', reason: 'inhibited' },
      { marks: [], latched: true },
    ])
    expect(profile.outputs).toEqual([
      { name: 'relay', kind: 'relay', drive: { by: 'coil', coil: 4, readBack: { table: 'discrete', address: 9, bit: null } } },
      { name: 'lamp', kind: 'relay', drive: { by: 'coil', coil: 5, readBack: { table: 'coil', address: 5, bit: null } } },
    ])
  })

  it('tells all its faults at once, each with its place and what to do', () => {
    expect(
      faultsOf(`line: { baud: 9600, maxWord: 1 }
channels:
  a: { quantity: q, unit: deg, read: { input: 0, as: s32 } }
  b: { quantity: q, unit: deg }`),
    ).toEqual([
      '3:21 line.maxWord: unknown key `maxWord` = did you mean `maxWords`? known: baud, dataBits, stopBits, parity, gap, timeout, maxWords, maxHole, afterWrite, probe',
      expect.stringMatching(/^5:\d+ channels\.a\.read\.as: "s32" is not allowed here = did you mean `\w\d\d`\?/),
      expect.stringMatching(/^6:\d+ channels\.b\.read: `read` is missing/),
    ])
  })

  it.each([
    ['measures nothing and drives nothing', 'unit: 1', 'this device measures nothing and drives nothing'],
    [
      'marks a channel that it does not have',
      'channels: { roll: { quantity: q, unit: m, read: { input: 0 } } }\nfaults: [ { read: { input: 1 }, means: x, marks: [rol] } ]',
      'no channel `rol`',
    ],
    [
      'has a fault at a number that cannot stand there',
      'channels: { a: { quantity: q, unit: m, read: { input: 0 } } }\nfaults: [ { read: { input: 1, bits: [0, 1] }, values: 4, means: x } ]',
      '4 cannot stand there',
    ],
    [
      'is known by a number that cannot stand there',
      'channels: { a: { quantity: q, unit: m, read: { input: 0 } } }\nidentity: [ { read: { input: 1 }, equals: 70000 } ]',
      '70000 cannot stand there',
    ],
    ['triggers nothing', 'channels: { a: { quantity: q, unit: m, read: { input: 0 } } }\ntrigger: { wait: 1s }', 'one register or coil must be written'],
    ['reads a coil back from a register', 'outputs: { relay: { coil: 0, readBack: { holding: 0 } } }', 'a register cannot be read back as a coil'],
    [
      'has a band without an end',
      'channels: { a: { quantity: q, unit: m, read: { input: 0 }, bands: [ { means: x } ] } }',
      'a band without an end holds always',
    ],
    [
      'has a band that is turned round',
      'channels: { a: { quantity: q, unit: m, read: { input: 0 }, bands: [ { from: 9, to: 3, means: x } ] } }',
      'a band from 9 to 3 never holds',
    ],
    [
      'has a band on what counts',
      'channels: { a: { quantity: q, count: total, step: 1 mm, read: { input: 0 }, bands: [ { from: 9, means: x } ] } }',
      'a counting channel has no bands',
    ],
    [
      'has its clock apart from its values',
      'clock: { input: 100, as: u64 }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }',
      'a cannot be read in one request with the clock',
    ],
    [
      'has its clock in another table than its values',
      'clock: { holding: 0, as: u64 }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }',
      'a cannot be read in one request with the clock',
    ],
    [
      'clears on read what stands with a clock',
      'clock: { input: 0, as: u64 }\nchannels: { a: { quantity: q, unit: m, clearsOnRead: yes, read: { input: 4 } } }',
      'cannot share a request with a clock',
    ],
  ])('that %s is a fault', (_, text, what) => {
    const faults = faultsOf(text)
    expect(faults).toHaveLength(1)
    expect(faults[0]).toContain(what)
  })

  it('has a JSON Schema for editors', () => {
    expect(profileSchemaJson()).toMatchObject({ type: 'object', properties: { channels: {}, line: {}, faults: {} }, required: ['title', 'source'] })
  })
})
