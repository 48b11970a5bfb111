import { describe, expect, it } from 'vitest'
import { type Condition, hasLostVote, isTold, namesIn, termsIn, truth, type Verdicts, withinsOf } from '../../../../gateway/core/alarm/condition.ts'
import type { Level, Verdict } from '../../../../protocol/level.ts'
import { millis } from '../../../../protocol/time.ts'

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

  it('that looks back knows nothing of earlier times where nobody has kept them', () => {
    expect(truth({ op: 'within', of: on('a'), span: millis(1) }, verdicts({ a: T }))).toBe('unknown')
  })

  it('names the parts that look back, inner ones first', () => {
    const inner: Condition = { op: 'within', of: on('a'), span: millis(1) }
    const outer: Condition = { op: 'within', of: { op: 'not', of: inner }, span: millis(2) }
    expect(withinsOf({ op: 'or', of: [outer, on('b'), { op: 'roll-up', names: ['c'], level: 1 }] })).toEqual([inner, outer])
    expect(namesIn(outer)).toEqual(['a'])
  })
})

describe('a vote', () => {
  const vote = (least: number, faults?: 'vote' | 'abstain' | 'block'): Condition => ({
    op: 'count',
    least,
    of: ['a', 'b', 'c'].map(on),
    ...(faults && { faults }),
  })
  const told = (a: Verdict, b: Verdict, c: Verdict) => verdicts({ a, b, c })

  // By the table of the three policies: 2 of 3 with no, one, two and three faulty voters.
  it.each([
    ['vote', T, T, F, true],
    ['vote', T, F, U, true],
    ['vote', F, F, U, false],
    ['vote', F, U, U, true],
    ['abstain', T, F, F, false],
    ['abstain', T, F, U, true],
    ['abstain', F, F, U, false],
    ['abstain', T, U, U, true],
    ['abstain', U, U, U, 'unknown'],
    ['block', T, T, U, true],
    ['block', T, F, U, 'unknown'],
    ['block', F, F, U, false],
    ['block', U, U, U, 'unknown'],
  ] as const)('of faulty ones that %s: %s, %s, %s come to %s', (faults, a, b, c, expected) => {
    expect(truth(vote(2, faults), told(a, b, c))).toBe(expected)
  })

  // IEC 61511 degradation; a voter that is not in order is unknown to us, whatever it last said.
  it.each([
    [[T, T, F], true],
    [[T, F, F], false],
    [[T, U, F], true],
    [[U, U, F], 'unknown'],
    [[T, U, U], true],
    [[U, U, U], 'unknown'],
  ] as const)('degrades from 2 of 3 to 1 of 2 to 1 of 1: %j is %s', ([a, b, c], expected) => {
    expect(truth(vote(2, 'abstain'), told(a, b, c))).toBe(expected)
  })

  it('is never false on what is missing, even where the last of its voters say no', () => {
    expect(truth(vote(2, 'abstain'), told(U, U, F))).toBe('unknown')
    expect(truth(vote(1, 'block'), told(U, F, F))).toBe('unknown')
    expect(truth({ op: 'not', of: vote(2, 'vote') }, told(U, U, F))).toBe('unknown')
  })

  it('that is denied rises where its faulty voters are left out, and not where nobody is left', () => {
    expect(truth({ op: 'not', of: vote(2, 'abstain') }, told(F, U, U))).toBe(true)
    expect(truth({ op: 'not', of: vote(2, 'abstain') }, told(U, U, U))).toBe('unknown')
  })

  it('does not take a beginner for a faulty one: nothing trips at the start', () => {
    const beginning: Verdicts = Object.assign(() => U, { faulty: () => false })
    for (const faults of ['vote', 'abstain', 'block'] as const) {
      expect(truth(vote(2, faults), beginning)).toBe('unknown')
      expect(hasLostVote(vote(2, faults), beginning)).toBe(false)
    }
  })

  it.each([
    [undefined, T, U, U, true],
    [undefined, T, F, U, false],
    ['block', T, U, U, true],
    ['block', T, F, U, false],
    ['abstain', T, U, U, false],
    ['abstain', U, U, U, true],
    ['vote', F, U, U, false],
    ['vote', U, U, U, true],
  ] as const)('%s of %s, %s, %s: lost is %s', (faults, a, b, c, lost) => {
    expect(hasLostVote(vote(2, faults), told(a, b, c))).toBe(lost)
    expect(hasLostVote({ op: 'or', of: [on('c'), { op: 'not', of: { op: 'within', of: vote(2, faults), span: millis(1) } }] }, told(a, b, c))).toBe(lost)
  })

  it('within a vote is found lost too, and what is no vote is not', () => {
    expect(hasLostVote({ op: 'count', least: 1, of: [vote(2, 'block'), on('a')] }, told(F, U, U))).toBe(true)
    expect(hasLostVote({ op: 'and', of: [on('a'), { op: 'roll-up', names: ['b'], level: 1 }] }, told(U, U, U))).toBe(false)
  })
})

describe('a roll-up', () => {
  it.each([
    ['is', 1, true],
    ['is', 2, 'unknown'],
    ['is', 3, 'unknown'],
    ['is', 4, false],
    ['>=', 1, true],
    ['>=', 3, 'unknown'],
    ['>=', 4, false],
  ] as const)('of what stands at blue and was orange when its data were lost, or by one suspect reading: %s %i is %s', (compare, at, expected) => {
    const most = (name: string): Level => (name === 'a' ? 3 : 0)
    for (const more of [{ lost: most }, { waits: most }, { lost: () => 2 as const, waits: most }, { lost: most, waits: () => 2 as const }]) {
      const verdict: Verdicts = Object.assign(verdicts({ a: 1, b: 0, c: 0 }), more)
      expect(truth({ op: 'level', name: 'a', compare, level: at }, verdict)).toBe(expected)
    }
    for (const more of [{ lost: most }, { waits: most }]) {
      const verdict: Verdicts = Object.assign(verdicts({ a: 1, b: 0, c: 0 }), more)
      if (compare === '>=') expect(truth({ op: 'roll-up', names: ['a', 'b', 'c'], level: at }, verdict)).toBe(expected)
      expect([isTold('a', verdict), isTold('b', verdict)]).toEqual([false, true])
    }
  })

  const names = ['a', 'b', 'c', 'd']
  const reached = (level: 1 | 2 | 3 | 4, ...of: Verdict[]) => truth({ op: 'roll-up', names, level }, (name) => of[names.indexOf(name)] as Verdict)

  it.each([
    [2, [1, 1, 1, 1], true],
    [2, [1, 1, 1, 0], false],
    [2, [1, 1, 1, U], 'unknown'],
    [1, [1, 1, 1, U], true],
    [4, [3, 3, U, U], true],
    [4, [0, 0, 0, U], 'unknown'],
    [3, [2, 2, 2, U], true],
    [3, [2, 2, 1, 0], false],
  ] as const)('at least %s of %j: %s', (level, of, expected) => {
    expect(reached(level, ...of)).toBe(expected)
  })

  it('asks each of its names', () => {
    expect(termsIn({ op: 'roll-up', names: ['a', 'b'], level: 3 })).toEqual([on('a'), on('b')])
  })
})
