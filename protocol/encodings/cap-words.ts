/** What CAP 1.2 calls our colours and hazards, and the words for people in both languages. */
import type { Colour } from '../level.ts'
import type { Mode } from '../messages.ts'

/** As `xml:lang` has them, in the order in which they stand in a document. */
export const languages = ['zh-CN', 'en-US'] as const
export type Language = (typeof languages)[number]
type Words = Record<Language, string>

export type Warned = Exclude<Colour, 'none'>

interface Grade {
  severity: 'Extreme' | 'Severe' | 'Moderate' | 'Minor'
  urgency: 'Immediate' | 'Expected' | 'Future'
  certainty: 'Observed' | 'Likely' | 'Possible'
  response: 'Evacuate' | 'Prepare' | 'Monitor' | 'Assess'
  words: Words
}

/** Where all detections behind a level are forecasts, an observed one is told as likely: see `forecasts`. */
export const grades: Record<Warned, Grade> = {
  red: { severity: 'Extreme', urgency: 'Immediate', certainty: 'Observed', response: 'Evacuate', words: { 'zh-CN': '红色', 'en-US': 'red' } },
  orange: { severity: 'Severe', urgency: 'Expected', certainty: 'Observed', response: 'Prepare', words: { 'zh-CN': '橙色', 'en-US': 'orange' } },
  yellow: { severity: 'Moderate', urgency: 'Expected', certainty: 'Likely', response: 'Monitor', words: { 'zh-CN': '黄色', 'en-US': 'yellow' } },
  blue: { severity: 'Minor', urgency: 'Future', certainty: 'Possible', response: 'Assess', words: { 'zh-CN': '蓝色', 'en-US': 'blue' } },
}

/** Kinds of detectors that look ahead along a line: what they warn of has not been seen yet. */
export const forecasts: ReadonlySet<string> = new Set(['trend', 'mann-kendall', 'creep', 'tangent', 'arrival'])

/** Categories of CAP 1.2 (3.2.2 `category`), in its own order. */
export type Category = 'Geo' | 'Met' | 'Safety' | 'CBRNE' | 'Other'

interface Hazard {
  categories: readonly Category[]
  words: Words
}

/** By the names of the site file. Poisonous gas is a matter of chemistry, burning gas one of safety: an alarm of ours does not say which. */
const hazards: Record<string, Hazard> = {
  landslide: { categories: ['Geo'], words: { 'zh-CN': '滑坡', 'en-US': 'landslide' } },
  collapse: { categories: ['Geo'], words: { 'zh-CN': '崩塌', 'en-US': 'collapse' } },
  'debris-flow': { categories: ['Geo'], words: { 'zh-CN': '泥石流', 'en-US': 'debris flow' } },
  'ground-collapse': { categories: ['Geo'], words: { 'zh-CN': '地面塌陷', 'en-US': 'ground collapse' } },
  'ground-fissure': { categories: ['Geo'], words: { 'zh-CN': '地裂缝', 'en-US': 'ground fissure' } },
  subsidence: { categories: ['Geo'], words: { 'zh-CN': '地面沉降', 'en-US': 'subsidence' } },
  rainstorm: { categories: ['Met'], words: { 'zh-CN': '暴雨', 'en-US': 'rainstorm' } },
  flood: { categories: ['Met'], words: { 'zh-CN': '洪水', 'en-US': 'flood' } },
  gas: { categories: ['Safety', 'CBRNE'], words: { 'zh-CN': '气体', 'en-US': 'gas' } },
}
const unnamed: Hazard = { categories: ['Other'], words: { 'zh-CN': '灾害', 'en-US': 'hazard' } }

export const hazardOf = (name: string): Hazard => (Object.hasOwn(hazards, name) ? hazards[name]! : unnamed)

/** Said before everything that is not meant in earnest. A replay tells the past again and makes no document. */
export const rehearsals: Record<Exclude<Mode, 'replay'>, { status: 'Actual' | 'Exercise' | 'Test'; note: string; words: Words }> = {
  actual: { status: 'Actual', note: '', words: { 'zh-CN': '', 'en-US': '' } },
  drill: { status: 'Exercise', note: '演练，公众无须行动 / An exercise: nobody need act', words: { 'zh-CN': '演练：', 'en-US': 'EXERCISE: ' } },
  test: { status: 'Test', note: '测试，请勿理会 / A test: to be disregarded', words: { 'zh-CN': '测试：', 'en-US': 'TEST: ' } },
}

/** How a warning stands: `lost`: its data are, and it is not over; `latched`: over, until a person has looked and resets it. */
export type Standing = 'active' | 'lost' | 'latched' | 'over' | 'withdrawn'

/** After the colour, in a headline. */
export const standingWords: Record<Standing, Words> = {
  active: { 'zh-CN': '预警', 'en-US': 'warning' },
  lost: { 'zh-CN': '预警，数据中断，并未解除', 'en-US': 'warning, data lost, not over' },
  latched: { 'zh-CN': '预警，指标已回落，待现场确认', 'en-US': 'warning, values have fallen, not yet confirmed on site' },
  over: { 'zh-CN': '预警解除', 'en-US': 'warning is over' },
  withdrawn: { 'zh-CN': '预警撤回', 'en-US': 'warning is withdrawn' },
}

/** A station's finding is no public warning: that is for people of the county to give (GB/T 34283-2017). */
export const senderWords: Words = { 'zh-CN': '（自动监测，未经人工核实）', 'en-US': ' (automatic, not confirmed by a person)' }
