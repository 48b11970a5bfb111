import { describe, expect, it } from 'vitest'
import { decode } from '../../devicejs/decode.ts'
import { planPoll } from '../../devicejs/poll/poll.ts'
import type { Reply } from '../../protocol/ports.ts'
import { Quality, qualityName } from '../../protocol/quality.ts'
import { profileOf } from './field.ts'

const ok = (...words: number[]): Reply => ({ ok: true, words: Uint16Array.from(words) })
const lost = (fault: 'timeout' | 'closed'): Reply => ({ ok: false, fault })

/** The first channel of a profile: value, quality, reason. */
function first(text: string, ...answers: Reply[]): [number, string, string] {
  const profile = profileOf(text)
  const plan = planPoll(
    profile,
    profile.channels.map(({ name }) => name),
  )
  const decoded = decode(plan, answers).channels[0]
  return [decoded?.value ?? 0, qualityName(decoded?.quality ?? 0), decoded?.reason ?? '']
}
const channel = (text: string): string => `channels: { a: { quantity: q, ${text} } }\n`

describe('a value', () => {
  it.each([
    ['is raw * scale + offset', 'unit: degC, scale: 0.5, offset: -40, read: { input: 0 }', [100], [10, 'good', 'none']],
    ['of tenths is the nearest double to its decimal', 'unit: mm, scale: 0.1, read: { input: 0 }', [3], [0.3, 'good', 'none']],
    ['of negative tenths too', 'unit: mm, scale: 0.1, read: { input: 0, as: i16 }', [0xfffd], [-0.3, 'good', 'none']],
    ['of a scale above 1 is multiplied', 'unit: m, scale: 2, read: { input: 0 }', [3], [6, 'good', 'none']],
    ['of a scale below 0 turns round', 'unit: m, scale: -0.01, read: { input: 0 }', [3], [-0.03, 'good', 'none']],
    ['that counts stays a count', 'count: total, step: 0.2 mm, read: { input: 0 }', [536], [536, 'good', 'none']],
    ['may be one bit', 'unit: "1", read: { input: 0, bit: 11 }', [0x0800], [1, 'good', 'none']],
    ['may be a field of bits', 'unit: "1", read: { input: 0, bits: [4, 6] }', [0xff5f], [5, 'good', 'none']],
    ['may be a bit of the high word', 'unit: "1", read: { input: 0, as: u32, bit: 31 }', [0x8000, 0], [1, 'good', 'none']],
    ['may be a coil', 'unit: "1", read: { coil: 0 }', [1], [1, 'good', 'none']],
    ['at its no-value code is missing', 'unit: m, noValue: 0x7FFF, read: { input: 0, as: i16 }', [0x7fff], [Number.NaN, 'missing', 'no-value']],
    [
      'at a no-value code written as it stands in the register is missing',
      'unit: m, noValue: 0xFFFF, read: { input: 0, as: i16 }',
      [0xffff],
      [Number.NaN, 'missing', 'no-value'],
    ],
    ['may have several no-value codes', 'unit: m, noValue: [55555, 0xFFFF], read: { input: 0 }', [55555], [Number.NaN, 'missing', 'no-value']],
    ['that is NaN is missing', 'unit: m, read: { input: 0, as: f32 }', [0x7fc0, 0], [Number.NaN, 'missing', 'no-value']],
    ['that is infinite is missing', 'unit: m, range: [0, 9], read: { input: 0, as: f32 }', [0x7f80, 0], [Number.NaN, 'missing', 'no-value']],
    ['that is infinite below is missing', 'unit: m, read: { input: 0, as: f64 }', [0xfff0, 0, 0, 0], [Number.NaN, 'missing', 'no-value']],
    ['with a BCD digit above 9 is missing', 'unit: m, read: { input: 0, as: bcd16 }', [0x1a00], [Number.NaN, 'missing', 'no-value']],
    ['at a float code is missing', 'unit: m, noValue: -9999.9, read: { input: 0, as: f32 }', [0xc61c, 0x3f9a], [Number.NaN, 'missing', 'no-value']],
    [
      'at an error code is missing, for the reason of the code',
      'unit: m, codes: [{ raw: 7, means: x, reason: warm-up }], read: { input: 0 }',
      [7],
      [Number.NaN, 'missing', 'warm-up'],
    ],
    ['at the end of its range is good', 'unit: deg, scale: 0.1, range: [-30, 30], read: { input: 0, as: i16 }', [300], [30, 'good', 'none']],
    ['above its range is suspect, not lost', 'unit: deg, scale: 0.1, range: [-30, 30], read: { input: 0, as: i16 }', [301], [30.1, 'suspect', 'over-range']],
    [
      'below its range is suspect, not lost',
      'unit: deg, scale: 0.1, range: [-30, 30], read: { input: 0, as: i16 }',
      [0xfed3],
      [-30.1, 'suspect', 'under-range'],
    ],
  ])('%s', (_, text, words, expected) => expect(first(channel(text), ok(...words))).toEqual(expected))
})

describe('a band of raw values', () => {
  const loop = `unit: mA, scale: 0.001, range: [3.8, 20.5], read: { input: 0 }, bands: [
    { to: 3600, means: the loop is broken }, { from: 3600, to: 3799, means: undefined, quality: suspect, reason: under-range },
    { from: 21000, means: a short, quality: missing, reason: error-code } ]`

  it.each([
    ['disowns the value, and keeps it', 1200, [1.2, 'fail', 'device-fault']],
    ['has both its ends, and the first that holds counts', 3600, [3.6, 'fail', 'device-fault']],
    ['says what the profile says', 3700, [3.7, 'suspect', 'under-range']],
    ['leaves what is between the bands alone', 3800, [3.8, 'good', 'none']],
    ['leaves the range its word', 20_600, [20.6, 'suspect', 'over-range']],
    ['may take the value away', 21_000, [Number.NaN, 'missing', 'error-code']],
    ['is open where an end is left out', 65_535, [Number.NaN, 'missing', 'error-code']],
  ])('%s', (_, raw, expected) => expect(first(channel(loop), ok(raw))).toEqual(expected))

  it('is of raw values, whatever the site makes of them', () => {
    const profile = profileOf(channel(loop))
    const plan = planPoll({ ...profile, channels: profile.channels.map((held) => ({ ...held, scale: 1 / 160, offset: -25, range: null })) }, ['a'])
    expect(decode(plan, [ok(3600)]).channels[0]).toMatchObject({ value: -2.5, reason: 'device-fault' })
    expect(decode(plan, [ok(12_000)]).channels[0]).toMatchObject({ value: 50, reason: 'none' })
  })

  it('is told with its channel: a module has eight loops', () => {
    expect(decode(planPoll(profileOf(channel(loop)), ['a']), [ok(0)]).says).toEqual(['a: the loop is broken'])
    expect(decode(planPoll(profileOf(channel(loop)), ['a']), [ok(4000)]).says).toEqual([])
  })
})

describe('a value that did not come', () => {
  it.each(['timeout', 'closed'] as const)('is missing, and says why: %s', (fault) => {
    expect(first(channel('unit: m, read: { input: 0 }'), lost(fault))).toEqual([Number.NaN, 'missing', fault])
  })

  it('of an answer that is too short is missing', () => {
    expect(first(channel('unit: m, read: { input: 0, as: f32 }'), ok(0x4120))).toEqual([Number.NaN, 'missing', 'short'])
  })

  it('leaves the others alone', () => {
    const plan = planPoll(profileOf('channels:\n  a: { quantity: q, unit: m, read: { input: 0 } }\n  b: { quantity: q, unit: m, read: { input: 9 } }\n'), [
      'a',
      'b',
    ])
    expect(decode(plan, [lost('timeout'), ok(5)]).channels.map(({ value, quality }) => [value, quality])).toEqual([
      [Number.NaN, Quality.missing],
      [5, Quality.good],
    ])
  })
})

describe('a fault of the device', () => {
  const text = (faults: string): string => `channels:\n  a: { quantity: q, unit: m, range: [0, 10], read: { input: 0 } }\nfaults:\n${faults}\n`
  const bit0 = '  - { read: { input: 1, bit: 0 }, means: broken, quality: fail }'
  const bit1 = '  - { read: { input: 1, bit: 1 }, means: old, quality: suspect, reason: stale }'

  it.each([
    ['disowns the value that it marks', bit0, [5, 1], [5, 'fail', 'device-fault']],
    ['that does not hold marks nothing', bit0, [5, 2], [5, 'good', 'none']],
    ['holds at its numbers', '  - { read: { input: 1 }, values: [2, 3], means: x, reason: inhibited }', [5, 3], [5, 'fail', 'inhibited']],
    ['holds at 0 where 0 is its number', '  - { read: { input: 1 }, values: 0, means: x, reason: warm-up }', [5, 0], [5, 'fail', 'warm-up']],
    ['without numbers holds at any but 0', '  - { read: { input: 1 }, means: x }', [5, 9], [5, 'fail', 'device-fault']],
    ['yields to a worse one', `${bit1}\n${bit0}`, [5, 3], [5, 'fail', 'device-fault']],
    ['outweighs one that is less bad', `${bit0}\n${bit1}`, [5, 3], [5, 'fail', 'device-fault']],
    ['outweighs the range', bit0, [50, 1], [50, 'fail', 'device-fault']],
    ['leaves the range its word where it is less bad', '  - { read: { input: 1 }, means: x, quality: suspect }', [50, 1], [50, 'suspect', 'over-range']],
    ['may take the value away', '  - { read: { input: 1 }, means: x, quality: missing }', [5, 1], [Number.NaN, 'missing', 'device-fault']],
    ['that is latched marks nothing', '  - { read: { input: 1 }, means: it was broken, latched: yes }', [5, 1], [5, 'good', 'none']],
  ])('%s', (_, faults, words, expected) => expect(first(text(faults), ok(...words))).toEqual(expected))

  it('is told in its words, latched or not', () => {
    const plan = planPoll(profileOf(text(`${bit0}\n${bit1}\n  - { read: { input: 1, bit: 2 }, means: it was wet, latched: yes }`)), ['a'])
    expect(decode(plan, [ok(5, 5)]).says).toEqual(['broken', 'it was wet'])
  })

  it('that cannot be read leaves the value, and vouches for nothing', () => {
    expect(first(text('  - { read: { holding: 1 }, means: x }'), lost('timeout'), ok(5))).toEqual([5, 'unknown', 'timeout'])
  })
})

describe('a device’s clock', () => {
  const text = (clock: string): string => `clock: { input: 0, ${clock} }\n${channel('unit: m, read: { input: 4 }')}`
  const clockMs = (clock: string, ...words: number[]): number | null => decode(planPoll(profileOf(text(clock)), ['a']), [ok(...words)]).clockMs

  it('is UTC milliseconds', () => expect(clockMs('as: u64', 0, 0x0151, 0x809a, 0xb000, 1)).toBe(Date.parse('2015-12-08T08:00:00Z')))
  it('may count seconds', () => expect(clockMs('as: u64, unit: s', 0, 0, 0x5666, 0x8f80, 1)).toBe(0x56668f80 * 1000))
  it('at 0 shows no time', () => expect(clockMs('as: u64', 0, 0, 0, 0, 1)).toBeNull())
  it('of no answer shows none', () => expect(decode(planPoll(profileOf(text('as: u64')), ['a']), [lost('timeout')]).clockMs).toBeNull())
})
