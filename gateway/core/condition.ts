/**
 * Conditions join detections: `not` before `and` before `or`, three-valued (Kleene).
 * This file holds their shape and their truth; gateway/site/grammar reads them from text.
 */
import type { Level, Verdict } from '../../protocol/level.ts'

/** `name` is a detector or an alarm; a bare name means level >= blue. */
export type Condition =
  | { op: 'level'; name: string; compare: 'is' | '>='; level: Level }
  | { op: 'not'; of: Condition }
  | { op: 'and' | 'or'; of: Condition[] }
  | { op: 'count'; least: number; of: Condition[] }

export type Truth = boolean | 'unknown'

/**
 * The truth of a condition where `verdict` tells the level of each name.
 *
 *     and   T U F     or    T U F     not
 *     T     T U F     T     T T T     T  F
 *     U     U U F     U     T U U     U  U
 *     F     F F F     F     T U F     F  T
 */
export function truth(condition: Condition, verdict: (name: string) => Verdict): Truth {
  switch (condition.op) {
    case 'level': {
      const level = verdict(condition.name)
      if (level === 'unknown') return 'unknown'
      return condition.compare === 'is' ? level === condition.level : level >= condition.level
    }
    case 'not': {
      const inner = truth(condition.of, verdict)
      return inner === 'unknown' ? inner : !inner
    }
    case 'and':
      return atLeast(condition.of.length, condition.of, verdict)
    case 'or':
      return atLeast(1, condition.of, verdict)
    case 'count':
      return atLeast(condition.least, condition.of, verdict)
  }
}

/** `n of (...)`: true once n are true, false once too few are left that may be; `and` and `or` are its two ends. */
function atLeast(least: number, conditions: Condition[], verdict: (name: string) => Verdict): Truth {
  let yes = 0
  let perhaps = 0
  for (const condition of conditions) {
    const answer = truth(condition, verdict)
    if (answer === true) yes++
    else if (answer === 'unknown') perhaps++
  }
  if (yes >= least) return true
  return yes + perhaps >= least ? 'unknown' : false
}

type Term = Extract<Condition, { op: 'level' }>

/** What it asks of single names, in order of appearance. */
export function termsIn(condition: Condition): Term[] {
  switch (condition.op) {
    case 'level':
      return [condition]
    case 'not':
      return termsIn(condition.of)
    default:
      return condition.of.flatMap(termsIn)
  }
}

/** Every name that a condition asks for, in order of appearance. */
export const namesIn = (condition: Condition): string[] => termsIn(condition).map(({ name }) => name)
