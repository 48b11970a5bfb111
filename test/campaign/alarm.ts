// The life of an alarm, walked exhaustively: every reachable state under every act, held against the table of the standards and their invariants.

import { atRest, type Flags, isHeard, type LifeAct, type LifeOptions, lifeActs, refusals, type Step, stateOf, step } from '../../gateway/core/alarm/life.ts'
import type { LifeState } from '../../protocol/messages.ts'
import type { Part } from '../bench/part.ts'

/** The rows of ISA-18.2's table; under a cover it matters whether the alarm is active. */
type Row = Exclude<LifeState, 'SHLVD' | 'DSUPR' | 'OOSRV'> | `${'SHLVD' | 'DSUPR' | 'OOSRV'} ${'inactive' | 'active'}`

/**
 * A cell: the state that follows, `!` where a person is called for; `-` nothing happens; `x` refused. Several words, split by `|`: one of them,
 * by flags that the row does not show (is it latching, which cover lies under this one).
 */
const same = { suppress: 'DSUPR', outOfService: 'OOSRV', shelve: 'SHLVD', shelveOnce: 'SHLVD' }
const bare = { ...same, unshelve: '-', unsuppress: '-', inService: '-', lower: '-', restart: '-', escalate: '-' }
const under = { ...bare, ack: 'x not-annunciated', shelve: '-', shelveOnce: '-' }
const out = (active: boolean): string => (active ? 'UNACK!' : 'NORM|LATUN|LATACK')

export const table: Record<Row, Record<LifeAct, string>> = {
  NORM: { ...bare, raise: 'UNACK!', clear: '-', ack: 'x already-acked', reset: 'x not-latched' },
  UNACK: { ...bare, raise: '-', clear: 'RTNUN|LATUN', ack: 'ACKED', reset: 'x still-active|x not-latched', escalate: 'UNACK!', restart: 'UNACK!' },
  ACKED: { ...bare, raise: '-', clear: 'NORM|LATACK', ack: 'x already-acked', reset: 'x still-active|x not-latched', escalate: 'UNACK!' },
  RTNUN: { ...bare, raise: 'UNACK!', clear: '-', ack: 'NORM', reset: 'x not-latched' },
  LATUN: { ...bare, raise: 'UNACK!', clear: '-', ack: 'LATACK', reset: 'x ack-first' },
  LATACK: { ...bare, raise: 'UNACK!', clear: '-', ack: 'x already-acked', reset: 'NORM' },
  'SHLVD inactive': { ...under, raise: 'SHLVD', clear: '-', reset: 'SHLVD|x not-latched|x ack-first', unshelve: out(false) },
  'SHLVD active': { ...under, raise: '-', clear: 'SHLVD|NORM|LATUN|LATACK', reset: 'x still-active|x not-latched', unshelve: out(true) },
  'DSUPR inactive': { ...under, suppress: '-', raise: 'DSUPR', clear: '-', reset: 'DSUPR|x not-latched|x ack-first', unsuppress: `${out(false)}|SHLVD` },
  'DSUPR active': { ...under, suppress: '-', raise: '-', clear: 'DSUPR', reset: 'x still-active|x not-latched', unsuppress: `${out(true)}|SHLVD` },
  'OOSRV inactive': {
    ...{ ...under, suppress: '-', outOfService: '-' },
    ...{ raise: 'OOSRV', clear: '-', reset: 'OOSRV|x not-latched|x ack-first', inService: `${out(false)}|SHLVD|DSUPR` },
  },
  'OOSRV active': {
    ...{ ...under, suppress: '-', outOfService: '-' },
    ...{ raise: '-', clear: 'OOSRV', reset: 'x still-active|x not-latched', inService: `${out(true)}|SHLVD|DSUPR` },
  },
}

const rowOf = (flags: Flags): Row => {
  const state = stateOf(flags)
  return state === 'SHLVD' || state === 'DSUPR' || state === 'OOSRV' ? `${state} ${flags.active ? 'active' : 'inactive'}` : state
}

/** Every kind of alarm that a site file can have. */
export const kinds: LifeOptions[] = [true, false].flatMap((latch) => [
  { latch, shelvable: false, lifeSafety: true },
  { latch, shelvable: false, lifeSafety: false },
  { latch, shelvable: true, lifeSafety: false },
])

type Stepper = typeof step

/** What is wrong with one step; nothing where all holds. */
export function violations(before: Flags, options: LifeOptions, act: LifeAct, { flags: after, annunciate, refusal }: Step): string[] {
  const [from, to] = [stateOf(before), stateOf(after)]
  const hasChanged = JSON.stringify(before) !== JSON.stringify(after)
  const word = refusal !== null ? `x ${refusal}` : `${to}${annunciate ? '!' : ''}`
  const cells = table[rowOf(before)][act].split('|')
  const shelving = act === 'shelve' || act === 'shelveOnce'
  const held: [boolean, string][] = [
    [shelving ? refusal === (options.shelvable ? null : 'not-shelvable') : true, 'who may be shelved is shelved, who may not is refused'],
    [(shelving && !options.shelvable) || cells.includes(word) || (cells.includes('-') && word === from), `the table says ${cells.join(' or ')}, not ${word}`],
    [refusal === null || (refusal in refusals && !hasChanged && !annunciate), 'what is refused changes nothing'],
    [!annunciate || (after.active && to === 'UNACK'), 'a person is called for by an active, unseen, uncovered alarm alone'],
    [to !== 'NORM' || !after.active, 'no alarm at rest is active'],
    [before.active === after.active || (act === 'raise' && after.active) || (act === 'clear' && !after.active), 'only its level makes it active or not'],
    [act !== 'raise' || after.active, 'a raised alarm is active, whatever covers it'],
    [act !== 'clear' || !after.active, 'a cleared one is not'],
    [!before.latched || after.latched || act === 'reset', 'what is latched is released by a reset alone'],
    [!after.latched || options.latch, 'only a latching alarm is latched'],
    [!options.latch || !after.active || after.latched, 'a latching one is, while it is active'],
    [options.shelvable || after.shelf === 'none', 'what may not be shelved is not'],
    [!options.lifeSafety || isHeard(after, options), 'nothing silences the place of an alarm on which lives hang'],
    [options.lifeSafety || isHeard(after, options) === !['SHLVD', 'DSUPR', 'OOSRV'].includes(to), 'what is covered is not heard, what is not covered is'],
    [act !== 'escalate' || !before.active || !after.acked, 'what rises higher has not been seen'],
    [act !== 'lower' || !hasChanged, 'what comes down stays as it was seen'],
    [act !== 'restart' || (!hasChanged && annunciate === (from === 'UNACK')), 'a start calls for nobody again who has seen it, and for everybody else'],
    [!after.acked || before.acked || act === 'ack' || (!after.active && !after.latched), 'nobody acknowledges but a person'],
  ]
  return held.filter(([holds]) => !holds).map(([, rule]) => `${act} in ${from}: ${rule}`)
}

/** All that can be reached from rest by any acts in any order. */
export function walk(options: LifeOptions, make: Stepper = step): { states: number; steps: number; cells: Set<string>; faults: string[] } {
  const seen = new Map([[JSON.stringify(atRest), atRest]])
  const cells = new Set<string>()
  const faults: string[] = []
  let steps = 0
  for (const flags of seen.values()) {
    for (const act of lifeActs) {
      // Once more from flags as they come back from a disk.
      const made = make(JSON.parse(JSON.stringify(flags)), options, act)
      steps++
      cells.add(`${rowOf(flags)}/${act}`)
      faults.push(...violations(flags, options, act, made))
      seen.set(JSON.stringify(made.flags), made.flags)
    }
  }
  return { states: seen.size, steps, cells, faults }
}

export const part: Part = {
  prefix: 'alarm',
  keys: ['alarm.states', 'alarm.violations'],
  async run({ note }) {
    const walks = kinds.map((options) => walk(options))
    const sum = (of: (one: (typeof walks)[number]) => number): number => walks.reduce((total, one) => total + of(one), 0)
    for (const fault of walks.flatMap(({ faults }) => faults).slice(0, 10)) note(fault)
    note(`${kinds.length} kinds of alarms, ${sum(({ states }) => states)} states, ${sum(({ steps }) => steps)} steps`)
    return { 'alarm.states': sum(({ states }) => states), 'alarm.violations': sum(({ faults }) => faults.length) }
  },
}
