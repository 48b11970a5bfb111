/** The grammar of conditions and of what outputs do. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, faultPolicies } from '../../../gateway/core/alarm/condition.ts'
import { conditionText, parseCondition, parseDeed } from '../../../gateway/site/grammar.ts'
import { millis } from '../../../protocol/time.ts'

const at = (name: string, level: 0 | 1 | 2 | 3 | 4 = 1, compare: 'is' | '>=' = '>='): Condition => ({ op: 'level', name, compare, level })
const not = (of: Condition): Condition => ({ op: 'not', of })
const and = (...of: Condition[]): Condition => ({ op: 'and', of })
const or = (...of: Condition[]): Condition => ({ op: 'or', of })
const within = (of: Condition, span: number): Condition => ({ op: 'within', of, span: millis(span) })
const count = (least: number, ...of: Condition[]): Condition => ({ op: 'count', least, of })

describe('a good condition', () => {
  it.each<[string, Condition]>([
    ['a', at('a')],
    ['  heavy-rain  ', at('heavy-rain')],
    ['3', at('3')],
    ['a is red', at('a', 4, 'is')],
    ['a is none', at('a', 0, 'is')],
    ['a >= orange', at('a', 3)],
    ['a>=orange', at('a', 3)],
    ['a >= blue', at('a')],
    ['not a', not(at('a'))],
    ['not not a', not(not(at('a')))],
    ['not a is red', not(at('a', 4, 'is'))],
    ['a and b', and(at('a'), at('b'))],
    ['a and b and c', and(at('a'), at('b'), at('c'))],
    ['a or b or c', or(at('a'), at('b'), at('c'))],
    ['a or b and c', or(at('a'), and(at('b'), at('c')))],
    ['a and b or c', or(and(at('a'), at('b')), at('c'))],
    ['(a or b) and c', and(or(at('a'), at('b')), at('c'))],
    ['not a and b', and(not(at('a')), at('b'))],
    ['not (a and b)', not(and(at('a'), at('b')))],
    ['((a))', at('a')],
    ['2 of (a, b, c)', count(2, at('a'), at('b'), at('c'))],
    ['1 of (a)', count(1, at('a'))],
    ['2 of (a is red, not b, c or d)', count(2, at('a', 4, 'is'), not(at('b')), or(at('c'), at('d')))],
    ['2 of (a, 1 of (b, c)) or d', or(count(2, at('a'), count(1, at('b'), at('c'))), at('d'))],
    [
      'failing or heavy-rain is red or (creeping >= orange and heavy-rain >= orange)',
      or(at('failing'), at('heavy-rain', 4, 'is'), and(at('creeping', 3), at('heavy-rain', 3))),
    ],
    ['a\n  or b', or(at('a'), at('b'))],
    ['a within 24h', within(at('a'), 86_400_000)],
    ['a >= orange within 90s', within(at('a', 3), 90_000)],
    ['not a within 12h', not(within(at('a'), 43_200_000))],
    ['(a and b) within 2h or c', or(within(and(at('a'), at('b')), 7_200_000), at('c'))],
    ['2 of (a, b within 30min, c) faults abstain', { ...count(2, at('a'), within(at('b'), 1_800_000), at('c')), faults: 'abstain' } as Condition],
    ['2 of (a, b, c) faults block and d', and({ ...count(2, at('a'), at('b'), at('c')), faults: 'block' } as Condition, at('d'))],
    ['1 of (a, b) faults vote within 1d', within({ ...count(1, at('a'), at('b')), faults: 'vote' } as Condition, 86_400_000)],
  ])('%j', (text, condition) => {
    expect(parseCondition(text)).toMatchObject({ condition })
  })

  it('tells which names it asks for, and where', () => {
    expect(parseCondition('aa or (b is red and aa)')).toMatchObject({
      mentions: [
        { name: 'aa', letter: 0 },
        { name: 'b', letter: 7 },
        { name: 'aa', letter: 20 },
      ],
    })
  })

  it('survives being written out and read again', () => {
    const leaf = fc.record({
      op: fc.constant('level' as const),
      name: fc.constantFrom('a', 'b-2', '7'),
      compare: fc.constant('is' as const),
      level: fc.constantFrom(0, 1, 2, 3, 4),
    })
    const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf as fc.Arbitrary<Condition>,
        tie('tree').map(not),
        fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => and(...of)),
        fc.array(tie('tree'), { minLength: 2, maxLength: 3 }).map((of) => or(...of)),
        fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((of) => count(1, ...of)),
        fc.tuple(tie('tree'), fc.constantFrom(...faultPolicies)).map(([of, faults]): Condition => ({ op: 'count', least: 1, of: [of], faults })),
        fc.tuple(tie('tree'), fc.constantFrom(1000, 90_000, 86_400_000)).map(([of, span]) => within(of, span)),
      ),
    }))
    fc.assert(fc.property(tree, (condition) => void expect(parseCondition(conditionText(condition))).toMatchObject({ condition })))
  })
})

describe('a bad condition', () => {
  it.each<[string, number, RegExp, RegExp]>([
    ['', 0, /empty/, /name a detector/],
    ['   ', 3, /empty/, /name a detector/],
    ['a and', 5, /ends too soon/, /name a detector/],
    ['and a', 0, /`and` stands where a name must/, /name a detector/],
    ['a or or b', 5, /`or` stands where a name must/, /./],
    ['a b', 2, /`b` follows without a joining word/, /`and` or `or`/],
    ['a is red b', 9, /`b` follows/, /./],
    ['a, b', 1, /comma/, /`and` or `or`/],
    ['(a', 0, /never closed/, /\)/],
    ['a)', 1, /closes nothing/, /./],
    ['(a, b)', 2, /where the bracket must close/, /./],
    ['()', 1, /`\)` stands where a name must/, /./],
    ['a is', 4, /a colour is missing/, /none, blue, yellow, orange, red/],
    ['a is rde', 5, /`rde` is no colour/, /did you mean `red`/],
    ['a is purple', 5, /`purple` is no colour/, /colours: none, blue/],
    ['a >= none', 5, /always true/, /lowest colour/],
    ['a > red', 2, /`>` means nothing/, />=/],
    ['a == red', 2, /`==` means nothing/, /`is`/],
    ['a = red', 2, /`=` means nothing/, /`is`/],
    ['a != red', 2, /`!=` means nothing/, /`not`/],
    ['a && b', 2, /`&&` means nothing/, /`and`/],
    ['a || b', 2, /`\|\|` means nothing/, /`or`/],
    ['!a', 0, /`!` means nothing/, /`not`/],
    ['a AND b', 2, /`AND` is no name/, /small letters: and/],
    ['Rain', 0, /`Rain` is no name/, /rain/],
    ['a.b', 0, /`a.b` is no name/, /a-z, 0-9 and -/],
    ['a is 雨', 5, /means nothing/, /./],
    ['red', 0, /`red` stands where a name must/, /./],
    ['a within', 8, /a duration is missing/, /within 24h/],
    ['a within red', 9, /`red` is no duration/, /within 24h/],
    ['a within 0s', 9, /`0s` is no duration/, /within 24h/],
    ['a within 32d', 9, /32d is longer than 31d/, /a channel that sums it up/],
    ['a within 2h within 3h', 12, /`within` follows/, /./],
    ['within 2h', 0, /`within` stands where a name must/, /./],
    ['2 of (a, b) faults', 18, /what faulty ones count for is missing/, /vote, abstain, block/],
    ['2 of (a, b) faults trip', 19, /`trip` says nothing of faults/, /vote, abstain, block/],
    ['a faults vote', 2, /`faults` follows/, /./],
    ['4 of (a, b)', 0, /4 of 2 can never be true/, /from 1 to 2/],
    ['0 of (a, b)', 0, /0 of 2 is always true/, /from 1 to 2/],
    ['2 of a', 5, /a list in brackets/, /2 of \(a, b, c\)/],
    ['2 of', 4, /a list in brackets/, /./],
    ['2 of (a, )', 9, /`\)` stands where a name must/, /./],
    [`${'('.repeat(20)}a${')'.repeat(20)}`, 17, /deep/, /alarm of a part/],
    [`${'not '.repeat(5000)}a`, 68, /deep/, /./],
  ])('%.40s at letter %i', (text, letter, what, remedy) => {
    const parsed = parseCondition(text)
    if (!('fault' in parsed)) throw new Error('it was read')
    expect(parsed.fault.letter).toBe(letter)
    expect(parsed.fault.what).toMatch(what)
    expect(parsed.fault.remedy).toMatch(remedy)
  })

  it('of any letters is a fault or a condition, never a throw', () => {
    const words = fc.constantFrom('a', 'not', 'and', 'or', 'of', 'is', 'within', '2h', 'faults', 'vote', '(', ')', ',', '>=', 'red', '2', '€', ' ')
    fc.assert(fc.property(fc.array(words, { maxLength: 30 }), (parts) => void expect(parseCondition(parts.join(' '))).toBeTypeOf('object')))
    fc.assert(fc.property(fc.string(), (text) => void expect(parseCondition(text)).toBeTypeOf('object')))
  })
})

describe('what an output shall do', () => {
  it.each([
    ['siren on', { output: 'siren', verb: 'on', to: null, text: null, hold: null }],
    ['siren on for 10min', { output: 'siren', verb: 'on', hold: '10min', letter: { output: 0, verb: 6, hold: 13 } }],
    ['  valve-2   off ', { output: 'valve-2', verb: 'off', hold: null, letter: { output: 2, verb: 12, hold: 0 } }],
    ['gas-valve closes', { output: 'gas-valve', verb: 'closes' }],
    ['voice says leave', { output: 'voice', verb: 'says', to: null, text: 'leave', letter: { output: 0, verb: 6, text: 11 } }],
    ['sign shows leave for 1h', { output: 'sign', verb: 'shows', text: 'leave', hold: '1h' }],
    ['modem to wardens', { output: 'modem', verb: 'tells', to: 'wardens', text: null, letter: { output: 0, verb: 6, to: 9 } }],
    ['modem to wardens says leave', { output: 'modem', verb: 'says', to: 'wardens', text: 'leave', letter: { verb: 17, to: 9, text: 22 } }],
    ['modem to says says to', { output: 'modem', verb: 'says', to: 'says', text: 'to' }],
  ])('%j', (text, deed) => {
    expect(parseDeed(text)).toMatchObject(deed)
  })

  it.each([
    'siren',
    'siren sound',
    'on siren',
    'siren on 10min',
    'siren on for',
    'say slope-red',
    'voice says',
    'modem to',
    'modem to wardens says',
    'modem to wardenssays leave',
    'voice for 10min',
    'siren on says leave',
    '',
  ])('%j is nothing that it can do', (text) => {
    expect(parseDeed(text)).toMatchObject({ fault: { letter: 0, remedy: expect.stringContaining('write `siren on`') } })
  })
})
