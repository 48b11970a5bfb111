import { describe, expect, it } from 'vitest'
import { judgeRequests, makeOutputs, readBack, respond, respondAt } from '../../../../gateway/core/response/respond.ts'
import type { Verdict } from '../../../../protocol/level.ts'
import { millis, NEVER } from '../../../../protocol/time.ts'
import { place } from '../place.ts'

const minute = 60_000
const siren = { name: 'siren', kind: 'siren' as const, longest: millis(30 * minute) }
const when = { op: 'level', name: 'slope', compare: 'is', level: 4 } as const

/** One output with one action; `at(minute, level)` gives what is commanded then. */
function output(hold: number | null) {
  const [life] = makeOutputs([siren], [{ when, text: 'slope is red', output: 'siren', hold: hold === null ? null : millis(hold) }], millis(0))
  if (!life) throw new Error('no output')
  const at = (time: number, level: Verdict): boolean | null => {
    judgeRequests(life, { verdict: () => level, words: () => '' }, millis(time * minute))
    return respond(life, { muted: '' }, millis(time * minute))?.on ?? null
  }
  return { life, at }
}

describe('an output', () => {
  it('is put into its safe state at the start', () => {
    expect(output(null).at(0, 0)).toBe(false)
  })

  it('with a hold runs its time, even if the condition falls, and does not start again while it holds', () => {
    const { at } = output(10 * minute)
    expect([at(0, 0), at(1, 4), at(5, 0), at(10.9, 0), at(11, 0)]).toEqual([false, true, null, null, false])
    expect([at(12, 4), at(22, 4), at(60, 4), at(61, 0), at(62, 4)]).toEqual([true, false, null, null, true])
  })

  it('without a hold stays on until the condition is known to be false', () => {
    const { at } = output(null)
    expect([at(0, 0), at(1, 4), at(2, 'unknown'), at(3, 0)]).toEqual([false, true, null, false])
  })

  it('is not started again by a condition that was unknown in between', () => {
    const { at } = output(10 * minute)
    expect([at(0, 0), at(1, 4), at(11, 4), at(12, 'unknown'), at(13, 4)]).toEqual([false, true, false, null, null])
  })

  it('never outlives its bound, and has its deadline', () => {
    const { at, life } = output(null)
    expect([at(0, 0), at(1, 4)]).toEqual([false, true])
    expect(respondAt(life)).toBe(31 * minute)
    expect(at(31, 4)).toBe(false)
  })

  it('that does not follow is told again and known to disobey, until it is read back right', () => {
    const { at, life } = output(null)
    at(0, 0)
    at(1, 4)
    expect(readBack(life, { output: 'siren', wanted: true, actual: false }, millis(minute))).toBe(true)
    expect(life.disobeys).toBe(true)
    expect(at(1 + 1 / 6, 4)).toBe(true)
    expect(readBack(life, { output: 'siren', wanted: true, actual: false }, millis(2 * minute))).toBe(false)
    readBack(life, { output: 'siren', wanted: true, actual: true }, millis(2 * minute))
    expect(life.disobeys).toBe(false)
    expect(respondAt(life)).not.toBe(NEVER)
  })

  it('that is on is told so again, so that a relay which lost its power under it sounds again; one that is off and obeys is left alone', () => {
    const { at, life } = output(null)
    at(0, 0)
    readBack(life, { output: 'siren', wanted: false, actual: false }, millis(0))
    expect(respondAt(life)).toBe(NEVER)
    at(1, 4)
    readBack(life, { output: 'siren', wanted: true, actual: true }, millis(minute))
    expect(respondAt(life)).toBe(minute + 10_000)
    expect([at(1 + 1 / 12, 4), at(1 + 1 / 6, 4)]).toEqual([null, true])
    expect(life.since).toBe(minute)
  })

  it('is not kept on beyond its bound by a condition that falls and rises again and again', () => {
    const { at } = output(10 * minute)
    at(0, 0)
    const on: number[] = []
    let state = false
    for (let time = 1; time <= 60; time++) {
      state = at(time, time % 8 < 4 ? 4 : 0) ?? state
      if (state) on.push(time)
    }
    expect(on.slice(0, 30)).toEqual(Array.from({ length: 30 }, (_, k) => k + 1))
    expect(on).not.toContain(31)
    // Risen anew, it is heard anew.
    expect(on).toContain(33)
  })

  it('that is on is on for its whole time anew when the colour rises, but not when it trembles', () => {
    const [life] = makeOutputs([siren], [{ when: { ...when, compare: '>=', level: 1 }, text: 'slope', output: 'siren', hold: null }], millis(0))
    if (!life) throw new Error('no output')
    const at = (time: number, level: Verdict): boolean | null => {
      judgeRequests(life, { verdict: () => level, words: () => '' }, millis(time * minute))
      return respond(life, { muted: '' }, millis(time * minute))?.on ?? null
    }
    expect([at(0, 1), at(29, 4), at(30, 4), at(40, 3), at(50, 4), at(58.9, 4), at(59, 4)]).toEqual([true, null, null, null, null, null, false])
  })

  it('that is on is on for its whole time anew when the colour rises, but not when it trembles', () => {
    const [life] = makeOutputs([siren], [{ when: { ...when, compare: '>=', level: 1 }, text: 'slope', output: 'siren', hold: null }], millis(0))
    if (!life) throw new Error('no output')
    const at = (time: number, level: Verdict): boolean | null => {
      judgeRequests(life, { verdict: () => level, words: () => '' }, millis(time * minute))
      return respond(life, { muted: '' }, millis(time * minute))?.on ?? null
    }
    expect([at(0, 1), at(29, 4), at(30, 4), at(40, 3), at(50, 4), at(58.9, 4), at(59, 4)]).toEqual([true, null, null, null, null, null, false])
  })

  it.each([
    ['after its time is over', 40],
    ['in the last minute of its time', 29],
  ])('is heard for its whole time when a second alarm of the same condition comes up to the colour of the first, %s', (_, second) => {
    const either = { op: 'or' as const, of: [when, { ...when, name: 'flood' }] }
    const [life] = makeOutputs([siren], [{ when: either, text: 'slope is red or flood is red', output: 'siren', hold: null }], millis(0))
    if (!life) throw new Error('no output')
    const on: number[] = []
    for (let time = 0; time <= 90; time++) {
      const verdict = (name: string): Verdict => (name === 'slope' || time >= second ? 4 : 0)
      judgeRequests(life, { verdict, words: ({ name }) => name }, millis(time * minute))
      respond(life, { muted: '' }, millis(time * minute))
      if (life.wanted) on.push(time)
    }
    expect(on.filter((time) => time >= second)).toEqual(Array.from({ length: 30 }, (_, k) => second + k))
    expect(life.requests[0]?.text).toBe('flood')
  })

  it('names what its condition asserts, never what it denies', () => {
    const quiet = {
      op: 'and' as const,
      of: [
        { ...when, compare: '>=' as const, level: 1 as const },
        { op: 'not' as const, of: { ...when, name: 'flood' } },
      ],
    }
    const [life] = makeOutputs([siren], [{ when: quiet, text: 'slope and not flood is red', output: 'siren', hold: null }], millis(0))
    if (!life) throw new Error('no output')
    judgeRequests(life, { verdict: (name) => (name === 'slope' ? 1 : 3), words: ({ name, level }) => `${name} ${level}` }, millis(0))
    expect(life.requests[0]?.text).toBe('slope 1')
  })

  it('is told of with what its device said of it', () => {
    const s = place()
    s.one({ outputs: [{ output: 'siren', wanted: false, actual: null, detail: 'no answer' }] })
    expect(s.acts('siren').at(-1)).toBe('start-up (no answer)')
  })

  it('tells three of its causes, and counts the others', () => {
    const actions = ['slope', 'flood', 'gas', 'fire', 'wind'].map((name) => ({ when: { ...when, name }, text: `${name} is red`, output: 'siren', hold: null }))
    const [life] = makeOutputs([siren], actions, millis(0))
    if (!life) throw new Error('no output')
    judgeRequests(life, { verdict: () => 4, words: () => '' }, millis(0))
    expect(respond(life, { muted: '' }, millis(0))?.cause).toBe('slope is red; flood is red; gas is red; and 2 more')
  })

  it('stays known not to obey while a new order is on its way, and is not told again before it has answered', () => {
    const { at, life } = output(null)
    at(0, 0)
    readBack(life, { output: 'siren', wanted: false, actual: null }, millis(0))
    expect(at(1, 4)).toBe(true)
    expect(life.disobeys).toBe(true)
    readBack(life, { output: 'siren', wanted: true, actual: null }, millis(minute))
    expect([at(2, 4), at(3, 4), at(4, 4)]).toEqual([true, null, null])
    readBack(life, { output: 'siren', wanted: true, actual: true }, millis(5 * minute))
    expect(life.disobeys).toBe(false)
  })

  it('is not said to obey by a late answer to an order that has been overtaken', () => {
    const { at, life } = output(null)
    at(0, 0)
    at(1, 4)
    readBack(life, { output: 'siren', wanted: true, actual: null }, millis(minute))
    at(2, 0)
    readBack(life, { output: 'siren', wanted: true, actual: true }, millis(2 * minute))
    expect(life.disobeys).toBe(true)
  })
})
