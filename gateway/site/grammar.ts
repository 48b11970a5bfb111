/**
 * Reads conditions, and what an action shall do, from their text.
 *
 *     or    = and { "or" and }                      `not` before `and` before `or`
 *     and   = not { "and" not }
 *     not   = "not" not | late
 *     late  = whole [ "within" DURATION ]           true at any time of the last so long
 *     whole = "(" or ")"
 *           | NUMBER "of" "(" or { "," or } ")" [ "faults" ( "vote" | "abstain" | "block" ) ]
 *           | NAME [ "is" COLOUR | ">=" COLOUR ]    a bare name is `>= blue`
 */

import { suggest } from '../../protocol/files/fault.ts'
import { durationText, MS, readDuration } from '../../protocol/files/schema.ts'
import { colours, levelOf } from '../../protocol/level.ts'
import { type Condition, type FaultPolicy, faultPolicies } from '../core/alarm/condition.ts'

/** What is wrong in a text: at which letter (from 0), and what to do. */
export interface TextFault {
  letter: number
  what: string
  remedy: string
}

/** A name in a condition, and where it stands. */
export interface Mention {
  name: string
  letter: number
}

export type Parsed = { condition: Condition; mentions: Mention[] } | { fault: TextFault }

/** Brackets and `not`s deeper than this are a slip: no cause-and-effect matrix that people check by eye has so many. */
const MOST_DEEP = 16

/** What was true a month ago says nothing of a slope today that a channel over that time (rain of 30 days) does not say better. */
const LONGEST_WITHIN_MS = 31 * MS.d

/** Words of the grammar, and colours: neither can be the name of a detector or an alarm. */
export const reservedWords: readonly string[] = ['not', 'and', 'or', 'of', 'is', 'within', 'faults', ...colours]

interface Token {
  text: string
  letter: number
}

export function parseCondition(text: string): Parsed {
  const mentions: Mention[] = []
  try {
    const tokens = tokensOf(text)
    const reader = new Reader(tokens, text.length, mentions)
    const condition = reader.or(0)
    reader.end()
    return { condition, mentions }
  } catch (wrong) {
    if (wrong instanceof Wrong) return { fault: wrong.fault }
    throw wrong
  }
}

/** Carries a fault of the text out of the descent, and no further than `parseCondition`. */
class Wrong extends Error {
  readonly fault: TextFault
  constructor(letter: number, what: string, remedy: string) {
    super(what)
    this.fault = { letter, what, remedy }
  }
}

const TOKEN = /\s*(?:([A-Za-z0-9_.-]+)|(>=|[(),])|(\S[^\sA-Za-z0-9(),]*))/gy

const remedies: Record<string, string> = {
  '>': 'write >= and the lowest colour that shall count',
  '=': 'write `is`: slope is red',
  '==': 'write `is`: slope is red',
  '!=': 'write `not`: not slope is red',
  '<': 'write `not`: not slope >= orange',
  '<=': 'write `not`: not slope >= orange',
  '=>': 'write >=',
  '!': 'write `not`',
  '&&': 'write `and`',
  '&': 'write `and`',
  '||': 'write `or`',
  '|': 'write `or`',
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [all, word, mark, other] = match
    const found = (word ?? mark ?? other) as string
    const letter = match.index + all.length - found.length
    if (other !== undefined)
      throw new Wrong(letter, `\`${other}\` means nothing here`, remedies[other] ?? 'a condition has names, colours, not, and, or, is, >=, of and brackets')
    if (word !== undefined && !/^[a-z0-9-]+$/.test(word)) {
      const low = word.toLowerCase()
      throw new Wrong(letter, `\`${word}\` is no name`, /^[a-z0-9-]+$/.test(low) ? `write it in small letters: ${low}` : 'a name has a-z, 0-9 and -')
    }
    tokens.push({ text: found, letter })
  }
  return tokens
}

class Reader {
  readonly #tokens: Token[]
  readonly #length: number
  readonly #mentions: Mention[]
  #at = 0

  constructor(tokens: Token[], length: number, mentions: Mention[]) {
    this.#tokens = tokens
    this.#length = length
    this.#mentions = mentions
  }

  or(deep: number): Condition {
    return this.#chain('or', () => this.#chain('and', () => this.#not(deep)))
  }

  end(): void {
    const token = this.#tokens[this.#at]
    if (!token) return
    if (token.text === ')') throw new Wrong(token.letter, 'this bracket closes nothing', 'take it away, or open one before')
    if (token.text === ',') throw new Wrong(token.letter, 'a comma outside of `n of (...)`', 'join conditions with `and` or `or`')
    throw new Wrong(token.letter, `\`${token.text}\` follows without a joining word`, 'join conditions with `and` or `or`')
  }

  #chain(word: 'and' | 'or', part: () => Condition): Condition {
    const parts = [part()]
    while (this.#take(word)) parts.push(part())
    return parts.length === 1 ? (parts[0] as Condition) : { op: word, of: parts }
  }

  #not(deep: number): Condition {
    if (deep > MOST_DEEP) throw new Wrong(this.#letter(), `nested more than ${MOST_DEEP} deep`, 'make an alarm of a part of it, and name that')
    return this.#take('not') ? { op: 'not', of: this.#not(deep + 1) } : this.#late(deep)
  }

  #late(deep: number): Condition {
    const of = this.#whole(deep)
    if (!this.#take('within')) return of
    const letter = this.#letter()
    const text = this.#tokens[this.#at++]?.text ?? ''
    const span = readDuration(text)
    if (span === null || span <= 0)
      throw new Wrong(letter, text === '' ? 'a duration is missing' : `\`${text}\` is no duration`, 'write a whole number and one of s, min, h, d: within 24h')
    if (span > LONGEST_WITHIN_MS) throw new Wrong(letter, `${text} is longer than ${durationText(LONGEST_WITHIN_MS)}`, 'look at a channel that sums it up')
    return { op: 'within', of, span }
  }

  #whole(deep: number): Condition {
    const token = this.#tokens[this.#at]
    if (!token) throw new Wrong(this.#length, this.#at === 0 ? 'an empty condition' : 'the condition ends too soon', 'name a detector or an alarm here')
    this.#at++
    if (token.text === '(') {
      const inner = this.or(deep + 1)
      this.#close(token)
      return inner
    }
    if (/^\d+$/.test(token.text) && this.#take('of')) return this.#count(token, deep)
    if (!/^[a-z0-9-]+$/.test(token.text) || reservedWords.includes(token.text)) {
      throw new Wrong(token.letter, `\`${token.text}\` stands where a name must`, 'name a detector or an alarm here')
    }
    this.#mentions.push({ name: token.text, letter: token.letter })
    if (this.#take('is')) return { op: 'level', name: token.text, compare: 'is', level: this.#colour() }
    if (this.#take('>=')) {
      const letter = this.#letter()
      const level = this.#colour()
      if (level === 0) throw new Wrong(letter, '`>= none` is always true', 'name the lowest colour that shall count')
      return { op: 'level', name: token.text, compare: '>=', level }
    }
    return { op: 'level', name: token.text, compare: '>=', level: 1 }
  }

  #count(number: Token, deep: number): Condition {
    const open = this.#tokens[this.#at]
    if (!open || !this.#take('(')) throw new Wrong(this.#letter(), 'a list in brackets must follow `of`', `write ${number.text} of (a, b, c)`)
    const of = [this.or(deep + 1)]
    while (this.#take(',')) of.push(this.or(deep + 1))
    this.#close(open)
    const least = Number(number.text)
    if (least < 1 || least > of.length) {
      throw new Wrong(
        number.letter,
        `${number.text} of ${of.length} ${least < 1 ? 'is always true' : 'can never be true'}`,
        `write a number from 1 to ${of.length}`,
      )
    }
    return this.#take('faults') ? { op: 'count', least, of, faults: this.#policy() } : { op: 'count', least, of }
  }

  #policy(): FaultPolicy {
    const token = this.#tokens[this.#at]
    const policy = faultPolicies.find((one) => one === token?.text)
    if (!policy)
      throw new Wrong(
        this.#letter(),
        token ? `\`${token.text}\` says nothing of faults` : 'what faulty ones count for is missing',
        `write one of ${faultPolicies.join(', ')}`,
      )
    this.#at++
    return policy
  }

  #colour() {
    const token = this.#tokens[this.#at]
    const level = token && levelOf(token.text)
    if (!token || level === undefined) {
      throw new Wrong(
        this.#letter(),
        token ? `\`${token.text}\` is no colour` : 'a colour is missing',
        suggest(token?.text ?? '', colours).replace('known:', 'colours:'),
      )
    }
    this.#at++
    return level
  }

  #close(open: Token): void {
    if (this.#take(')')) return
    const token = this.#tokens[this.#at]
    if (token) throw new Wrong(token.letter, `\`${token.text}\` stands where the bracket must close`, 'write ) or join with `and` or `or`')
    throw new Wrong(open.letter, 'this bracket is never closed', 'close it with )')
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text) return false
    this.#at++
    return true
  }

  #letter(): number {
    return this.#tokens[this.#at]?.letter ?? this.#length
  }
}

/** A condition as text again, with the brackets that it needs. */
export function conditionText(condition: Condition): string {
  switch (condition.op) {
    case 'level':
      return condition.compare === '>=' && condition.level === 1 ? condition.name : `${condition.name} ${condition.compare} ${colours[condition.level]}`
    case 'not':
      return `not ${bracketed(condition.of, ['and', 'or', 'within'])}`
    case 'and':
      return condition.of.map((part) => bracketed(part, ['and', 'or'])).join(' and ')
    case 'or':
      return condition.of.map((part) => bracketed(part, ['or'])).join(' or ')
    case 'count':
      return `${condition.least} of (${condition.of.map(conditionText).join(', ')})${condition.faults === undefined ? '' : ` faults ${condition.faults}`}`
    case 'within':
      return `${bracketed(condition.of, ['not', 'and', 'or', 'within'])} within ${durationText(condition.span)}`
    case 'roll-up':
      return `${colours[condition.level]} of the roll-up of ${condition.names.join(', ')}`
  }
}

const bracketed = (condition: Condition, ops: Condition['op'][]): string =>
  ops.includes(condition.op) ? `(${conditionText(condition)})` : conditionText(condition)

/** What an output shall do: `siren on for 10min`, `voice says leave`, `sign shows leave`, `modem to wardens says leave`, `valve closes`. */
export interface Deed {
  output: string
  verb: 'on' | 'off' | 'closes' | 'says' | 'shows' | 'tells'
  /** The call list that is told, of `to`. */
  to: string | null
  /** The name of a text; null where it is to be made. */
  text: string | null
  /** For how long; null: as long as the condition is not false. */
  hold: string | null
  /** Where each part stands. */
  letter: { output: number; verb: number; to: number; text: number; hold: number }
}

const DEED = /^\s*([a-z0-9-]+)\s+(?:(on|off|closes)|(?:(to)\s+([a-z0-9-]+))?(?:\s*\b(says|shows)\s+([a-z0-9-]+))?)(?:\s+for\s+(\S+))?\s*$/d

export function parseDeed(text: string): Deed | { fault: TextFault } {
  const match = DEED.exec(text)
  const verb = match?.[2] ?? match?.[5] ?? (match?.[3] && 'tells')
  if (!match || !verb) {
    const remedy = 'write `siren on`, `siren on for 10min`, `voice says TEXT`, `sign shows TEXT`, `modem to LIST says TEXT` or `valve closes`'
    return { fault: { letter: 0, what: `"${text}" is nothing that an output can do`, remedy } }
  }
  const at = (group: number): number => match.indices?.[group]?.[0] ?? 0
  return {
    output: match[1] as string,
    verb: verb as Deed['verb'],
    to: match[4] ?? null,
    text: match[6] ?? null,
    hold: match[7] ?? null,
    letter: { output: at(1), verb: at(2) || at(5) || at(3), to: at(4), text: at(6), hold: at(7) },
  }
}
