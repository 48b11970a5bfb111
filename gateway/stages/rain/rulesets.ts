/** Rules by which rain has a colour: so many mm within so long, any one of them met. */
import { type Millis, millis } from '../../../protocol/time.ts'

export interface Rule {
  over: Millis
  mm: number
}

/** A colour that a rule set does not have is never told by it. */
export interface Ruleset {
  blue?: Rule[] | undefined
  yellow?: Rule[] | undefined
  orange?: Rule[] | undefined
  red?: Rule[] | undefined
}

const rules = (mmByHours: Record<number, number>): Rule[] => Object.entries(mmByHours).map(([hours, mm]) => ({ over: millis(Number(hours) * 3_600_000), mm }))

/** A station tells what has fallen, never what will. Levels that a text gives to a forecast alone have no rule here. */
export const rulesets = {
  /** National signals of rainstorm, order 16 of the China Meteorological Administration (2007): 12 h, 6 h, 3 h >= 50 mm, 3 h >= 100 mm. */
  'CN-2007': { blue: rules({ 12: 50 }), yellow: rules({ 6: 50 }), orange: rules({ 3: 50 }), red: rules({ 3: 100 }) },
  /** Guangdong, decree 105 (2006): no blue; yellow is a forecast; past 3 h >= 50 and >= 100 mm. */
  'GD-2006': { orange: rules({ 3: 50 }), red: rules({ 3: 100 }) },
  /** Flash floods in Jianghua county, Hunan: within 1, 3, 6, 24 h. Numbers of other counties and villages are others. */
  jianghua: {
    blue: rules({ 1: 35, 3: 55, 6: 70, 24: 100 }),
    yellow: rules({ 1: 45, 3: 75, 6: 95, 24: 130 }),
    orange: rules({ 1: 60, 3: 100, 6: 120, 24: 160 }),
    red: rules({ 1: 80, 3: 120, 6: 150, 24: 200 }),
  },
  /** Hong Kong: the greatest rolling rain at which natural terrain began to slide. It says nothing of cut slopes, for which the competent department gives the figures. */
  'hong-kong-natural-terrain': { red: rules({ 1: 75, 2: 90, 4: 100, 6: 120, 8: 150, 12: 180, 24: 200 }) },
} as const satisfies Record<string, Ruleset>

export const rulesetNames = ['CN-2007', 'GD-2006', 'jianghua', 'hong-kong-natural-terrain'] as const satisfies (keyof typeof rulesets)[]
