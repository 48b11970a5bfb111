import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalText, signedText } from '../../protocol/canonical.ts'
import { instant } from '../../protocol/time.ts'

describe('the text that is signed', () => {
  it.each([
    [{ b: 1, a: [2, { d: null, c: 'x' }] }, '{"a":[2,{"c":"x","d":null}],"b":1}'],
    [{ 10: 1, 9: 2, a: undefined }, '{"10":1,"9":2}'],
    [{ é: 'ü"\n', e: -0 }, '{"e":0,"é":"ü\\"\\n"}'],
    [[], '[]'],
  ])('of %j has its keys in order', (value, text) => {
    expect(canonicalText(value)).toBe(text)
  })

  it('is the same in whatever order the keys were written, and reads back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse())
        expect(canonicalText(turned)).toBe(canonicalText(value))
        expect(JSON.parse(canonicalText(value))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('is all of a command but its signature', () => {
    const command = { id: 'c1', op: 'silence', args: {}, dst: 'lianshan/dapuling-03/a', role: 'duty', counter: 7, signature: 'x', expires: instant(0) }
    expect(signedText(command)).toBe(
      '{"args":{},"counter":7,"dst":"lianshan/dapuling-03/a","expires":"1970-01-01T00:00:00.000Z","id":"c1","op":"silence","role":"duty"}',
    )
  })
})
