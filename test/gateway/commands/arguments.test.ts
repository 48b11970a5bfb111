import { describe, expect, it } from 'vitest'
import { durationArgument, instantArgument, numberArgument, numbersArgument, wordsArgument } from '../../../gateway/commands/arguments.ts'

const refuse = (sentence: string): Error => new Error(sentence)

describe('what is not meant so is refused in a sentence that shows how:', () => {
  it.each([
    ['a time of nothing, in which nobody can answer', durationArgument(refuse), '0s', 'Give a number above 0 and one of ms, s, min, h, d: 30s.'],
    ['a time without its unit', durationArgument(refuse), '30', /one of ms, s, min, h, d/],
    ['a number beyond its bounds', numbersArgument(1, 255, refuse), '0', 'Give whole numbers from 1 to 255: 1,2 or 1-255.'],
    ['a range from its end', numbersArgument(1, 255, refuse), '9-3', /whole numbers from 1 to 255/],
    ['more numbers than a line has units', numbersArgument(1, 9999, refuse), '1-9999', 'Give at most 256 of them.'],
    ['a word that is none of them', wordsArgument(['none', 'even'], refuse), 'none,evn', 'Give one or more of none, even.'],
  ])('%s', (_, read, text, sentence) => {
    expect(() => read(text)).toThrow(sentence)
  })
})

describe('what is read', () => {
  it('is a time in milliseconds', () => {
    expect(durationArgument(refuse)('1500ms')).toBe(1500)
  })

  it('is each number once, in the order given', () => {
    expect(numbersArgument(1, 255, refuse)('80,1-3,2')).toEqual([80, 1, 2, 3])
  })
})

describe('a number', () => {
  const read = numberArgument((sentence) => new Error(sentence))

  it.each([
    ['12.5', 12.5],
    ['-3', -3],
    [' +0.25 ', 0.25],
  ])('is read from "%s"', (text, value) => expect(read(text)).toBe(value))

  it.each(['', 'wide', '1e400', '0x10', '1,5', 'NaN', 'Infinity', '1.'])('is not read from "%s"', (text) => expect(() => read(text)).toThrow('Give a number'))
})

describe('a time', () => {
  const read = instantArgument((sentence) => new Error(sentence))

  it('has its offset from UTC', () => {
    expect(read('2026-07-01T10:30+08:00')).toBe(Date.UTC(2026, 6, 1, 2, 30))
    expect(read('2026-07-01T02:30:00Z')).toBe(Date.UTC(2026, 6, 1, 2, 30))
  })

  it.each(['10:30', '2026-07-01', '2026-07-01T10:30', '2026-13-01T10:30Z', '2026-02-30T10:30+08:00', '2026-06-31T10:30Z', 'now'])(
    'is not read from "%s"',
    (text) => expect(() => read(text)).toThrow('offset from UTC'),
  )
})
