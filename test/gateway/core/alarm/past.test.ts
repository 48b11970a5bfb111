import { describe, expect, it } from 'vitest'
import type { Within } from '../../../../gateway/core/alarm/condition.ts'
import { type KeptPast, Past } from '../../../../gateway/core/alarm/past.ts'
import type { Verdict } from '../../../../protocol/level.ts'
import { millis } from '../../../../protocol/time.ts'

const rain: Within = { op: 'within', of: { op: 'level', name: 'rain', compare: '>=', level: 2 }, span: millis(3) }

/** The truth of `rain within 3` at each time, for what rain says from then on. */
function truths(said: Verdict[], past = new Past([rain]), start = 0) {
  return said.map((level, index) => {
    past.look(() => level, millis(start + index))
    return past.truthOf(rain)
  })
}

const [T, U, F] = [2, 'unknown', 0] as const

describe('what was true within a time', () => {
  it('stays true until the time has passed over its end', () => {
    expect(truths([F, F, F, F, T, T, F, F, F, F]).slice(3)).toEqual([false, true, true, true, true, true, false])
  })

  it('cannot be told before the station has seen so long', () => {
    expect(truths([F, F, F, F, F])).toEqual(['unknown', 'unknown', 'unknown', false, false])
    const late = new Past([rain])
    expect(truths([U, F, F, F, F, F], late)).toEqual(['unknown', 'unknown', 'unknown', 'unknown', false, false])
  })

  it('is true where it is known to have been, whatever was missing since', () => {
    expect(truths([T, U, U, F, F, F])).toEqual([true, true, true, true, 'unknown', 'unknown'])
  })

  it('is not what one suspect reading has reached, and the next one denied', () => {
    const past = new Past([rain])
    truths([F, F, F, F], past)
    past.look(
      Object.assign(() => F, { waits: () => 4 as const }),
      millis(4),
    )
    expect(past.truthOf(rain)).toBe(false)
    past.look(() => F, millis(5))
    expect(past.truthOf(rain)).toBe(false)
  })

  it('wakes when its answer may change by time alone', () => {
    const past = new Past([rain])
    expect(past.wakeAt()).toBe(Infinity)
    truths([F, F, F, F, T, F], past)
    expect(past.wakeAt()).toBe(8)
    past.look(() => F, millis(8))
    expect([past.truthOf(rain), past.wakeAt()]).toEqual([false, Infinity])
  })

  it('looks back through what looks back itself', () => {
    const outer: Within = { op: 'within', of: rain, span: millis(2) }
    const past = new Past([outer])
    const answers = [T, F, F, F, F, F, F, F].map((level, at) => {
      past.look(() => level, millis(at))
      return past.truthOf(outer)
    })
    expect(answers).toEqual([true, true, true, true, true, true, false, false])
  })

  it('is remembered over a restart, and what was between is unknown', () => {
    const before = new Past([rain])
    truths([F, F, F, F, T], before)
    const kept = JSON.parse(JSON.stringify(before.kept())) as KeptPast
    const after = new Past([rain])
    after.recall(kept)
    expect(truths([F, F, F, F], after, 5)).toEqual([true, true, 'unknown', false])
    const other = new Past([{ ...rain, span: millis(9) }])
    other.recall(kept)
    expect(Object.values(other.kept())).toEqual([{ trueTo: null, unknownTo: null }])
  })

  it('that nobody remembers is a mistake of ours', () => {
    expect(() => new Past([]).truthOf(rain)).toThrow('nobody remembers')
  })
})
