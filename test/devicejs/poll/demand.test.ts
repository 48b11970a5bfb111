import { describe, expect, it } from 'vitest'
import { demandOf } from '../../../devicejs/poll/demand.ts'
import { millis } from '../../../protocol/time.ts'
import { device, profileOf } from '../field.ts'

const line = { speaks: 'rtu', baud: 9600, dataBits: 8, stopBits: 1, parity: 'none' } as const
const ten = profileOf(`channels:\n${Array.from({ length: 10 }, (_, k) => `  c${k}: { quantity: q, unit: m, read: { input: ${k} } }\n`).join('')}`)

describe('what polls need of a line', () => {
  it('are the characters of request and answer, and the silences before them', () => {
    // 8 + 25 characters of 10 bits, and twice 3.5 of them.
    const ms = ((8 + 25 + 7) * 10 * 1000) / 9600
    expect(demandOf(line, [device('d', ten)]).least).toBeCloseTo(ms / 1000, 6)
    expect(demandOf(line, [device('d', ten)]).usual).toBeCloseTo((ms + 15) / 1000, 6)
  })

  it.each([
    ['parity', { ...line, parity: 'even' }, 11 / 10],
    ['twice the speed', { ...line, baud: 19_200 }, 1 / 2],
    ['ASCII, which writes two characters a byte and knows no silence', { ...line, speaks: 'ascii' }, (17 + 51) / 40],
  ] as const)('with %s is in proportion', (_, other, ratio) => {
    expect(demandOf(other, [device('d', ten)]).least / demandOf(line, [device('d', ten)]).least).toBeCloseTo(ratio, 6)
  })

  it('counts each job by its own period, and each request for itself', () => {
    const channels = ten.channels.map(({ name: from }, channel) => ({ from, channel, ...(channel > 0 && { every: millis(10_000) }) }))
    const whole = demandOf(line, [device('d', ten)]).least
    expect(demandOf(line, [device('d', ten, { channels })]).least).toBeLessThan(whole)
    const single = profileOf(
      `line: { maxWords: 1 }\nchannels:\n${Array.from({ length: 10 }, (_, k) => `  c${k}: { quantity: q, unit: m, read: { input: ${k} } }\n`).join('')}`,
    )
    expect(demandOf(line, [device('d', single)]).least).toBeGreaterThan(5 * whole)
  })

  it('counts the gap that a device needs, and the word that makes it measure', () => {
    const slow = profileOf('line: { gap: 100ms }\ntrigger: { coil: 0, wait: 500ms }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }')
    const plain = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } } }')
    expect(demandOf(line, [device('d', slow)]).least - demandOf(line, [device('d', plain)]).least).toBeGreaterThan(0.2)
  })
})
