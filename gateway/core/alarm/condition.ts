/**
 * Conditions join detections: `not` before `and` before `or`, three-valued (Kleene).
 * This file holds their shape and their truth; gateway/site/grammar reads them from text, `past` remembers what they look back at.
 */
import type { Level, Verdict } from '../../../protocol/level.ts'
import type { Millis } from '../../../protocol/time.ts'
import { type Members, reaches } from './roll-up.ts'

/** `name` is a detector or an alarm; a bare name means level >= blue. */
export type Condition =
  | { op: 'level'; name: string; compare: 'is' | '>='; level: Level }
  | { op: 'not'; of: Condition }
  | { op: 'and' | 'or'; of: Condition[] }
  | { op: 'count'; least: number; of: Condition[]; faults?: FaultPolicy }
  | Within
  | RollUp

/** Whether `of` was true at any time of the last `span`. */
export interface Within {
  op: 'within'
  of: Condition
  span: Millis
}

/** Whether the levels of these names, rolled up, are at least `level`. */
export interface RollUp {
  op: 'roll-up'
  names: string[]
  level: Exclude<Level, 0>
}

/**
 * What a voter that is at fault counts for (functional-safety practice, as in IEC 61511; k of N):
 *
 *     vote      for the alarm                    2 of 3 with one fault: 1 of 2; with two: true
 *     abstain   not at all, and k falls with it  2 of 3 with one fault: 1 of 2; with two: 1 of 1; with three: unknown
 *     block     never, and k stays               2 of 3 with one fault: 2 of 2; with two it cannot be true: loss of protection
 *
 * None of them makes an alarm fall: see `truth`. Without a policy a faulty voter is unknown, as Kleene has it.
 */
export const faultPolicies = ['vote', 'abstain', 'block'] as const
export type FaultPolicy = (typeof faultPolicies)[number]

export type Truth = boolean | 'unknown'

/**
 * The level of each name. `faulty`: whether what is unknown is so by a fault (silence, bad values), and not because it has only begun;
 * where it is left out, all that is unknown is at fault. `lost`: the level at which it stood when the data of that level were lost; it is
 * known to be at least what it is now, and may still be that. `waits`: the level of which one suspect reading has spoken, which the next one
 * confirms or denies, or that nothing has denied since the start; until then it may be that too, so that it raises nothing and nothing falls by it.
 */
export interface Verdicts {
  (name: string): Verdict
  faulty?(name: string): boolean
  lost?(name: string): Level
  waits?(name: string): Level
}

/** What a condition knows of earlier times. */
export interface Recall {
  truthOf(within: Within): Truth
}

/** Of a condition that never looked: nothing is known of earlier times. */
const noRecall: Recall = { truthOf: () => 'unknown' }

/**
 * The truth of a condition where `verdict` tells the level of each name.
 *
 *     and   T U F     or    T U F     not
 *     T     T U F     T     T T T     T  F
 *     U     U U F     U     T U U     U  U
 *     F     F F F     F     T U F     F  T
 *
 * A policy for faults can make true what would be unknown, and so raise; it never makes it false: no alarm falls because an instrument died.
 */
export function truth(condition: Condition, verdict: Verdicts, recall: Recall = noRecall): Truth {
  const scales = { verdict, recall, policies: true, leant: false }
  const answer = weigh(condition, scales)
  if (answer === true || !scales.leant) return answer
  scales.policies = false
  return weigh(condition, scales)
}

interface Scales {
  verdict: Verdicts
  recall: Recall
  policies: boolean
  /** A policy had something to say: a voter is at fault. */
  leant: boolean
}

function weigh(condition: Condition, scales: Scales): Truth {
  switch (condition.op) {
    case 'level':
      return compared(condition, scales.verdict)
    case 'not': {
      const inner = weigh(condition.of, scales)
      return inner === 'unknown' ? inner : !inner
    }
    case 'and':
      return atLeast(condition.of.length, condition.of, undefined, scales)
    case 'or':
      return atLeast(1, condition.of, undefined, scales)
    case 'count':
      return atLeast(condition.least, condition.of, scales.policies ? condition.faults : undefined, scales)
    case 'within':
      return scales.recall.truthOf(condition)
    case 'roll-up':
      return rolledUp(condition, scales.verdict)
  }
}

/** What is not so at the level that is known, and would be at the one that was lost or that waits, nobody can deny. */
function compared({ name, compare, level: asked }: Term, verdict: Verdicts): Truth {
  const level = verdict(name)
  if (level === 'unknown') return 'unknown'
  const most = mostOf(name, level, verdict)
  // Rest is no level at all: it is not so of what may be higher.
  if (compare === 'is' && asked === 0 && level === 0 && most > 0) return 'unknown'
  if (compare === 'is' ? level === asked : level >= asked) return true
  return level < asked && asked <= most ? 'unknown' : false
}

/** The highest that it may be. */
function mostOf(name: string, level: Level, verdict: Verdicts): Level {
  const lost = verdict.lost?.(name) ?? 0
  const waits = verdict.waits?.(name) ?? 0
  const most = waits > lost ? waits : lost
  return most > level ? most : level
}

/** Whether its level is known, and not only that it is no lower. */
export function isTold(name: string, verdict: Verdicts): boolean {
  const level = verdict(name)
  return level !== 'unknown' && mostOf(name, level, verdict) === level
}

/** `n of (...)`: true once n are true, false once too few are left that may be; `and` and `or` are its two ends. */
function atLeast(least: number, conditions: Condition[], faults: FaultPolicy | undefined, scales: Scales): Truth {
  let yes = 0
  let perhaps = 0
  let faulty = 0
  for (const condition of conditions) {
    const answer = weigh(condition, scales)
    if (answer === true) yes++
    else if (answer === 'unknown' && faults !== undefined && isFaulty(condition, scales.verdict)) faulty++
    else if (answer === 'unknown') perhaps++
  }
  if (faulty > 0) scales.leant = true
  if (faults === 'vote') yes += faulty
  // Nobody is left to vote: that is not known to be false.
  if (faults === 'abstain' && faulty === conditions.length) return 'unknown'
  const needed = faults === 'abstain' ? Math.max(1, least - faulty) : least
  if (yes >= needed) return true
  return yes + perhaps >= needed ? 'unknown' : false
}

const isFaulty = (condition: Condition, verdict: Verdicts): boolean =>
  namesIn(condition).some((name) => verdict(name) === 'unknown' && (verdict.faulty?.(name) ?? true))

/** What is unknown may be none or red: it is known to be reached, or not, where both come to the same. */
function rolledUp({ names, level }: RollUp, verdict: Verdicts): Truth {
  const [least, most]: [Members, Members] = [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 0, 0],
  ]
  for (const name of names) {
    const held = verdict(name)
    least[held === 'unknown' ? 0 : held]++
    most[held === 'unknown' ? 4 : mostOf(name, held, verdict)]++
  }
  if (reaches(least, level)) return true
  return reaches(most, level) ? 'unknown' : false
}

/** Whether a vote in it has lost so many voters that it can no longer come true by those that are left: the point is not protected by it. */
export function hasLostVote(condition: Condition, verdict: Verdicts): boolean {
  switch (condition.op) {
    case 'level':
    case 'roll-up':
      return false
    case 'not':
    case 'within':
      return hasLostVote(condition.of, verdict)
    case 'count': {
      const left = condition.of.filter((voter) => !isFaulty(voter, verdict)).length
      if (left < (condition.faults === 'vote' || condition.faults === 'abstain' ? 1 : condition.least)) return true
    }
  }
  return condition.of.some((part) => hasLostVote(part, verdict))
}

/** All conditions by which an alarm is judged. */
export const conditionsOf = ({ levels, lower }: { levels: { when: Condition }[]; lower?: { while?: Condition } }): Condition[] => [
  ...levels.map(({ when }) => when),
  ...(lower?.while ? [lower.while] : []),
]

/** A question to one name; a roll-up asks each of its names whether it is at rest. */
type Term = Extract<Condition, { op: 'level' }>

/** What it asks of single names, in order of appearance. */
export function termsIn(condition: Condition): Term[] {
  switch (condition.op) {
    case 'level':
      return [condition]
    case 'not':
    case 'within':
      return termsIn(condition.of)
    case 'roll-up':
      return condition.names.map((name) => ({ op: 'level', name, compare: '>=', level: 1 }))
    default:
      return condition.of.flatMap(termsIn)
  }
}

/** Every name that a condition asks for, in order of appearance. */
export const namesIn = (condition: Condition): string[] => termsIn(condition).map(({ name }) => name)

/** The parts of it that look back, inner ones first. */
export function withinsOf(condition: Condition): Within[] {
  switch (condition.op) {
    case 'level':
    case 'roll-up':
      return []
    case 'not':
      return withinsOf(condition.of)
    case 'within':
      return [...withinsOf(condition.of), condition]
    default:
      return condition.of.flatMap(withinsOf)
  }
}
