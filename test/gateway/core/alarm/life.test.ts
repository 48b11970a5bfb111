import { describe, expect, it } from 'vitest'
import { atRest, type Flags, isHeard, type LifeAct, type LifeOptions, stateOf, step } from '../../../../gateway/core/alarm/life.ts'
import { kinds, part, table, walk } from '../../../campaign/alarm.ts'

const plain: LifeOptions = { latch: false, shelvable: true, lifeSafety: false }
const latching: LifeOptions = { ...plain, latch: true }
const lives: LifeOptions = { latch: false, shelvable: false, lifeSafety: true }

/** What each act of a row of them leads to: the state, `!` where it annunciates, or why it is refused. */
function story(options: LifeOptions, ...acts: LifeAct[]): string[] {
  let flags: Flags = atRest
  return acts.map((act) => {
    const made = step(flags, options, act)
    flags = made.flags
    return made.refusal ?? `${stateOf(flags)}${made.annunciate ? '!' : ''}`
  })
}

describe('the life of an alarm', () => {
  it.each<[string, LifeOptions, LifeAct[], string[]]>([
    ['is seen, and over', plain, ['raise', 'ack', 'clear'], ['UNACK!', 'ACKED', 'NORM']],
    ['is over before anybody saw it', plain, ['raise', 'clear', 'ack', 'ack'], ['UNACK!', 'RTNUN', 'NORM', 'already-acked']],
    ['comes again unseen, and calls again', plain, ['raise', 'clear', 'raise'], ['UNACK!', 'RTNUN', 'UNACK!']],
    ['rises higher after it was seen', plain, ['raise', 'ack', 'escalate', 'ack', 'lower'], ['UNACK!', 'ACKED', 'UNACK!', 'ACKED', 'ACKED']],
    [
      'is latched until it is seen, over and reset',
      latching,
      ['raise', 'reset', 'clear', 'reset', 'ack', 'reset'],
      ['UNACK!', 'still-active', 'LATUN', 'ack-first', 'LATACK', 'NORM'],
    ],
    ['is shelved, and comes out unseen', plain, ['raise', 'ack', 'shelve', 'ack', 'unshelve'], ['UNACK!', 'ACKED', 'SHLVD', 'not-annunciated', 'UNACK!']],
    ['is raised on the shelf without a sound', plain, ['shelve', 'raise', 'escalate', 'unshelve'], ['SHLVD', 'SHLVD', 'SHLVD', 'UNACK!']],
    ['is shelved for one occurrence', plain, ['raise', 'shelveOnce', 'clear', 'raise'], ['UNACK!', 'SHLVD', 'NORM', 'UNACK!']],
    ['keeps its latch on the shelf', latching, ['shelveOnce', 'raise', 'clear', 'ack', 'reset'], ['SHLVD', 'SHLVD', 'LATUN', 'LATACK', 'NORM']],
    [
      'is shelved and out of service: each is taken off alone',
      plain,
      ['raise', 'shelve', 'outOfService', 'inService', 'unshelve'],
      ['UNACK!', 'SHLVD', 'OOSRV', 'SHLVD', 'UNACK!'],
    ],
    ['is suppressed by design, and then not', plain, ['suppress', 'raise', 'clear', 'unsuppress'], ['DSUPR', 'DSUPR', 'DSUPR', 'NORM']],
    ['is never shelved where lives hang on it', lives, ['shelve', 'shelveOnce', 'raise'], ['not-shelvable', 'not-shelvable', 'UNACK!']],
    ['does not call again after a power cut, once seen', plain, ['raise', 'restart', 'ack', 'restart'], ['UNACK!', 'UNACK!', 'ACKED', 'ACKED']],
  ])('%s', (_, options, acts, told) => {
    expect(story(options, ...acts)).toEqual(told)
  })

  it('is heard at the place, whatever covers it, where lives hang on it', () => {
    const { flags } = step(step(atRest, lives, 'raise').flags, lives, 'outOfService')
    expect(isHeard(flags, lives)).toBe(true)
    expect(isHeard(flags, plain)).toBe(false)
  })
})

describe('the walk through all states', () => {
  it('breaks no rule under any act, in any state', async () => {
    const notes: string[] = []
    const figures = await part.run({ quick: true, note: (text) => void notes.push(text), bookmark: { last: () => null, keep: () => {} } })
    expect(figures['alarm.violations'], notes.join('\n')).toBe(0)
    expect(figures['alarm.states']).toBeGreaterThan(100)
  })

  it('comes to every cell of the table', () => {
    const cells = new Set(kinds.flatMap((options) => [...walk(options).cells]))
    const all = Object.entries(table).flatMap(([row, acts]) => Object.keys(acts).map((act) => `${row}/${act}`))
    expect(all.filter((cell) => !cells.has(cell))).toEqual([])
  })

  it.each<[string, (flags: Flags, options: LifeOptions, act: LifeAct) => Partial<ReturnType<typeof step>>]>([
    ['forgets to call', () => ({ annunciate: false })],
    ['calls under a cover', (_, __, act) => ({ annunciate: act === 'raise' })],
    ['shelves an alarm on which lives hang', (flags, _, act) => (act === 'shelve' ? { flags: { ...flags, shelf: 'timed' }, refusal: null } : {})],
    ['releases a latch by itself', (flags, _, act) => (act === 'clear' ? { flags: { ...flags, active: false, latched: false } } : {})],
    ['takes an escalation for seen', (flags, _, act) => (act === 'escalate' ? { flags, annunciate: false } : {})],
    ['acknowledges by itself', (flags, _, act) => (act === 'lower' ? { flags: { ...flags, acked: true } } : {})],
  ])('sees a machine that %s', (_, break_) => {
    const broken = (flags: Flags, options: LifeOptions, act: LifeAct) => ({ ...step(flags, options, act), ...break_(flags, options, act) })
    expect(kinds.flatMap((options) => walk(options, broken).faults).length).toBeGreaterThan(0)
  })
})
