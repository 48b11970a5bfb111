/** Rain table: the colour of rain by rules of so many mm within so long, any one of them met. */
import { duration, levels, list, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { gaugeDoubts, mmOf } from '../rain/amount.ts'
import { type Rule, type Ruleset, rulesetNames, rulesets } from '../rain/rulesets.ts'
import { Tally } from '../rain/tally.ts'
import { colourNames, levelsIn, type Measure, Rainfall } from './rainfall.ts'

interface Options {
  ruleset: (typeof rulesetNames)[number] | 'site'
  at?: Ruleset | undefined
  clear: number
}

const HOUR = 3_600_000

/**
 * Each rule is held against the sum of its own sliding window, in whole tips; the colour is the highest of which any rule is
 * met. It clears once every rule of the colour is below `clear`. The rule sets and their sources: rain/rulesets.
 */
export const rainTable: Kind<Options, Detector> = {
  name: 'rain-table',
  about: `The colour of rain by rules "so many mm within so long", any one met, over the channel of the gauge itself. \`ruleset\`: ${rulesetNames.join(', ')}, or \`site\` with rules of your own in \`at\`. Named sets are published figures, no licence to warn: thresholds are set for each point by the competent department.`,
  options: shape({
    ruleset: oneOf([...rulesetNames, 'site']),
    at: optional(levels(list(shape({ over: duration({ least: 60_000 }), mm: number({ least: 0.1 }) }), { least: 1, most: 50 }))),
    clear: optional(percent({ least: 0.1 }), '80%'),
  }),
  doubts: (options, [input]) => [...gaugeDoubts(input), ...formDoubts(options), ...(options.at ? orderDoubts(options.at) : [])],
  build(options, wiring) {
    const set = rulesOf(options)
    const rules = colourNames.flatMap((colour) => (set[colour] ? [set[colour]] : []))
    const spans = [...new Set(rules.flat().map(({ over }) => over as number))].sort((a, b) => a - b)
    const tally = new Tally(wiring, spans)
    return new Rainfall(levelsIn(set), options.clear, tally, new Table(rules, tally, wiring), wiring)
  },
}

const rulesOf = ({ ruleset, at }: Options): Ruleset => (ruleset === 'site' ? (at as Ruleset) : rulesets[ruleset])

function formDoubts({ ruleset, at }: Options): OptionDoubt[] {
  if (ruleset === 'site')
    return at
      ? []
      : [{ at: ['ruleset'], what: 'no rules are given', remedy: 'write them: at: { red: [{ over: 1h, mm: 60 }] }, as the competent department has set them' }]
  return at ? [{ at: ['at'], what: `\`${ruleset}\` has its own rules`, remedy: 'write ruleset: site, or leave `at` out' }] : []
}

/** Whoever meets a rule of a colour must not by that alone meet one of a higher colour: rain of a longer time is never less. */
function orderDoubts(at: Ruleset): OptionDoubt[] {
  const doubts: OptionDoubt[] = []
  const given = colourNames.flatMap((colour) => (at[colour] ?? []).map((rule, index) => ({ colour, rule, index })))
  for (const { colour, rule, index } of given) {
    const rank = colourNames.indexOf(colour)
    const lower = given.find((other) => colourNames.indexOf(other.colour) < rank && other.rule.over <= rule.over && other.rule.mm > rule.mm)
    if (!lower) continue
    doubts.push({
      at: ['at', colour, index],
      what: `${colour} would come before ${lower.colour}`,
      remedy: `it needs no more time, or at least the ${lower.rule.mm} mm of ${lower.colour}`,
    })
  }
  return doubts
}

class Table implements Measure {
  readonly #rules: Rule[][]
  readonly #places: number[][]
  readonly #tally: Tally
  readonly #amount: (count: number) => number

  constructor(rules: Rule[][], tally: Tally, wiring: Wiring) {
    this.#rules = rules
    this.#places = rules.map((colour) => colour.map(({ over }) => tally.spans.indexOf(over)))
    this.#tally = tally
    this.#amount = mmOf(wiring)
  }

  #mm(colour: number, rule: number): number {
    return this.#amount(this.#tally.counts[(this.#places[colour] as number[])[rule] as number] as number)
  }

  measure(time: number, ratios: Float64Array): number {
    for (let colour = 0; colour < this.#rules.length; colour++) {
      const rules = this.#rules[colour] as Rule[]
      let most = 0
      for (let rule = 0; rule < rules.length; rule++) most = Math.max(most, this.#mm(colour, rule) / (rules[rule] as Rule).mm)
      ratios[colour] = most
    }
    return this.#tally.doubts(time)
  }

  /** Of the highest colour that is met, else of the lowest: the rule that is met most. */
  evidence(): Record<string, number> {
    let best = { ratio: -1, mm: 0, thresholdMm: 0, hours: 0 }
    for (let colour = this.#rules.length - 1; colour >= 0 && best.ratio < 1; colour--) {
      best.ratio = -1
      for (const [rule, { over, mm: thresholdMm }] of (this.#rules[colour] as Rule[]).entries()) {
        const mm = this.#mm(colour, rule)
        if (mm / thresholdMm > best.ratio) best = { ratio: mm / thresholdMm, mm, thresholdMm, hours: over / HOUR }
      }
    }
    return best
  }
}
