import { describe, expect, it } from 'vitest'
import { type Condition, namesIn, truth } from '../../../gateway/core/condition.ts'
import type { Verdict } from '../../../protocol/level.ts'

const on = (name: string): Condition => ({ op: 'level', name, compare: '>=', level: 1 })
const verdicts = (of: Record<string, Verdict>) => (name: string) => of[name] ?? 'unknown'
const [T, U, F] = [2, 'unknown', 0] as const

describe('a condition', () => {
  it.each([
    [T, T, true, true],
    [T, U, 'unknown', true],
    [T, F, false, true],
    [U, U, 'unknown', 'unknown'],
    [U, F, false, 'unknown'],
    [F, F, false, false],
  ] as const)('joins %s and %s as Kleene does', (a, b, both, either) => {
    for (const [left, right] of [
      [a, b],
      [b, a],
    ] as [Verdict, Verdict][]) {
      const verdict = verdicts({ a: left, b: right })
      expect(truth({ op: 'and', of: [on('a'), on('b')] }, verdict)).toBe(both)
      expect(truth({ op: 'or', of: [on('a'), on('b')] }, verdict)).toBe(either)
    }
  })

  it('does not know the contrary of what it does not know', () => {
    expect([T, U, F].map((a) => truth({ op: 'not', of: on('a') }, verdicts({ a })))).toEqual([false, 'unknown', true])
  })

  it('compares levels, and a comparison with an unknown level is unknown', () => {
    const is = (level: 1 | 2 | 3 | 4): Condition => ({ op: 'level', name: 'a', compare: 'is', level })
    expect(truth(is(2), verdicts({ a: 2 }))).toBe(true)
    expect(truth(is(2), verdicts({ a: 3 }))).toBe(false)
    expect(truth({ op: 'level', name: 'a', compare: '>=', level: 3 }, verdicts({ a: 4 }))).toBe(true)
    expect(truth(is(2), verdicts({ a: 'unknown' }))).toBe('unknown')
  })

  it('votes: two of three as soon as two are known to agree, or known not to', () => {
    const vote: Condition = { op: 'count', least: 2, of: ['a', 'b', 'c'].map(on) }
    const table: [Verdict, Verdict, Verdict, boolean | 'unknown'][] = [
      [T, T, U, true],
      [T, F, U, 'unknown'],
      [T, F, F, false],
      [F, F, U, false],
      [U, U, U, 'unknown'],
      [T, U, U, 'unknown'],
    ]
    for (const [a, b, c, expected] of table) expect(truth(vote, verdicts({ a, b, c }))).toBe(expected)
  })

  it('names what it looks at, in order', () => {
    expect(
      namesIn({
        op: 'or',
        of: [
          { op: 'not', of: on('b') },
          { op: 'count', least: 1, of: [on('a'), on('c')] },
        ],
      }),
    ).toEqual(['b', 'a', 'c'])
  })
})
