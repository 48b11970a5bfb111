import { describe, expect, it } from 'vitest'
import { partsOf } from '../../../devicejs/outputs/pdu.ts'

/** What a telephone reads of a PDU: number, text, and which part of how many. */
function read(pdu: string): { to: string; text: string; part: number[] } {
  const bytes = (pdu.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
  const digits = bytes[3] as number
  const address = bytes.slice(5, 5 + Math.ceil(digits / 2))
  const number = address
    .map((byte) => `${byte & 15}${byte >> 4}`)
    .join('')
    .slice(0, digits)
  let body = bytes.slice(5 + address.length + 3)
  const hasHeader = ((bytes[1] as number) & 0x40) !== 0
  const part = hasHeader ? body.slice(3, 6) : []
  if (hasHeader) body = body.slice(6)
  const text = body.flatMap((byte, at) => (at % 2 === 0 ? [String.fromCharCode((byte << 8) | (body[at + 1] as number))] : [])).join('')
  return { to: `${bytes[4] === 0x91 ? '+' : ''}${number}`, text, part }
}

describe('a short message', () => {
  it('is the PDU that a standard’s example works out', () => {
    // SMS-SUBMIT to +8613800138000, "你好": 01 00, 13 digits, international, pairs turned round, 00, UCS-2, 4 bytes.
    expect(partsOf('+8613800138000', '你好', 0)).toEqual({ parts: [{ pdu: '0001000D91683108108300F00008044F60597D', length: 18 }], cut: '' })
  })

  it.each(['+8613800138000', '13800138000', '10086', '+8510'])('goes to %s', (to) => {
    expect(read(partsOf(to, 'a', 0).parts[0]?.pdu ?? '').to).toBe(to)
  })

  it.each([
    [0, 1],
    [70, 1],
    [71, 2],
    [134, 2],
    [135, 3],
    [201, 3],
  ])('of %i characters goes in %i parts, which join to the whole', (length, parts) => {
    const text = Array.from({ length }, (_, at) => String.fromCharCode(0x4e00 + at)).join('')
    const made = partsOf('+861', text, 7)
    const heard = made.parts.map(({ pdu }) => read(pdu))
    expect(heard.map((one) => one.text).join('')).toBe(text)
    expect(heard.map(({ part }) => part)).toEqual(parts === 1 ? [[]] : heard.map((_, at) => [7, parts, at + 1]))
    expect(made.parts.every(({ pdu, length: size }) => pdu.length / 2 - 1 === size)).toBe(true)
    expect(made.cut).toBe('')
  })

  it('that is longer than three parts is cut, and says what went', () => {
    const { parts, cut } = partsOf('+861', `${'a'.repeat(201)}the end`, 0)
    expect([parts.length, cut]).toEqual([3, 'the end'])
  })

  it('tears no character of two units between two parts', () => {
    const { parts } = partsOf('+861', `${'a'.repeat(66)}𠮷${'b'.repeat(10)}`, 0)
    expect(parts.map(({ pdu }) => read(pdu).text)).toEqual(['a'.repeat(66), `𠮷${'b'.repeat(10)}`])
  })
})
