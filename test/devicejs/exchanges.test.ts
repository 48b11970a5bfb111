import { describe, expect, it } from 'vitest'
import { makeExchanges } from '../../devicejs/exchanges.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

describe('the exchanges of a line', () => {
  it('knows nothing of a unit that was never asked', () => {
    expect(makeExchanges().of(1)).toEqual([])
  })

  it('keeps the last four of each unit, the oldest first, and those of others apart', () => {
    const exchanges = makeExchanges()
    for (let k = 1; k <= 6; k++) exchanges.note(1, k, Uint8Array.of(1, k), Uint8Array.of(k, k), '')
    exchanges.note(2, 7, Uint8Array.of(2), new Uint8Array(0), 'unit 2 did not answer')
    expect(exchanges.of(1).map(({ at, request, answer }) => [at, hex(request), hex(answer)])).toEqual([
      [3, '0103', '0303'],
      [4, '0104', '0404'],
      [5, '0105', '0505'],
      [6, '0106', '0606'],
    ])
    expect(exchanges.of(2)).toEqual([{ at: 7, request: Uint8Array.of(2), answer: new Uint8Array(0), trouble: 'unit 2 did not answer' }])
  })

  it('holds copies: neither who noted them nor who was given them changes them', () => {
    const exchanges = makeExchanges()
    const frame = Uint8Array.of(1, 3)
    exchanges.note(1, 0, frame, frame, '')
    frame[0] = 9
    const [given] = exchanges.of(1)
    if (given) given.answer[0] = 8
    expect(exchanges.of(1).map(({ request, answer }) => [hex(request), hex(answer)])).toEqual([['0103', '0103']])
  })

  it('keeps the beginning of what is longer than any frame of Modbus', () => {
    const exchanges = makeExchanges()
    exchanges.note(1, 0, Uint8Array.of(1), new Uint8Array(4096).fill(7), '')
    expect(exchanges.of(1)[0]?.answer.length).toBe(260)
  })
})
