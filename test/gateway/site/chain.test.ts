/** A chain of hazards as a site file: the matrix of its colours, and what such a file may not say. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { judge, makeAlarm, verdictOfAlarm } from '../../../gateway/core/alarm/alarm.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { describeSite } from '../../../gateway/site/describe.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import type { Level, Verdict } from '../../../protocol/level.ts'
import { millis } from '../../../protocol/time.ts'

const file = join(import.meta.dirname, '../../stations/chain.yaml')
const good = readFileSync(file, 'utf8')
const checked = (text: string) => checkSite(text, file, { profiles: findProfile })

const faultsOf = (old: string, now: string): string[] => {
  expect(good.split(old).length, `"${old}" stands once in the file`).toBe(2)
  const result = checked(good.replace(old, () => now))
  return 'faults' in result ? result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
}

const { plan } = (() => {
  const result = checked(good)
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  expect(result.warnings).toEqual([])
  return result.site
})()

const minute = 60_000
const hour = 60 * minute

/** The alarms of the site under verdicts from hour to hour; what is not said is at rest. Stays so for an hour, by the minute. */
function course(...hours: Partial<Record<string, Verdict>>[]): Record<string, Level[]> {
  const alarms = plan.alarms.map((one) => makeAlarm(one, millis(0)))
  const course: Record<string, Level[]> = Object.fromEntries(alarms.map(({ name }) => [name, []]))
  // Two days of peace before, so that all that is looked back at is known.
  for (const [index, said] of [...Array.from({ length: 48 }, () => ({})), ...hours].entries()) {
    for (let at = index * hour; at < (index + 1) * hour; at += index < 48 ? hour : minute) {
      const verdicts = new Map<string, Verdict>(Object.entries(said as Record<string, Verdict>))
      for (const alarm of alarms) {
        judge(alarm, (name) => verdicts.get(name) ?? 0, millis(at))
        verdicts.set(alarm.name, verdictOfAlarm(alarm))
      }
    }
    if (index >= 48) for (const { name, level } of alarms) course[name]?.push(level)
  }
  return course
}
const slope = (...hours: Partial<Record<string, Verdict>>[]): Level[] => course(...hours).slope as Level[]
const quiet = (many: number) => Array.from({ length: many }, () => ({}))

describe('the chain from rain to slope', () => {
  it.each<[string, Partial<Record<string, Verdict>>, Level]>([
    ['rain alone', { wet: 2 }, 2],
    ['rain alone at red', { wet: 4 }, 3],
    ['a slow tilt alone', { 'tilting-1': 2 }, 2],
    ['a slow tilt in the rain', { 'tilting-1': 2, wet: 2 }, 3],
    ['a fast tilt alone', { 'tilting-1': 3 }, 3],
    ['a fast tilt in the rain', { 'tilting-2': 3, wet: 2 }, 4],
    ['a fast tilt and a crack', { 'tilting-1': 3, widening: 2 }, 4],
    ['a crack while the tilt is quiet', { widening: 2 }, 2],
    ['two neighbours that tilt slowly', { 'tilting-1': 2, 'tilting-2': 2 }, 3],
    ['a slow tilt and a crack', { 'tilting-1': 2, widening: 2 }, 2],
  ])('%s', (_, said, level) => {
    expect(slope(said)).toEqual([level])
  })

  it('rain lowers the threshold of the tilt for a day', () => {
    const slow = { 'tilting-1': 2 } as const
    expect(slope({ wet: 2 }, ...quiet(22), slow).at(-1)).toBe(3)
    expect(slope({ wet: 2 }, ...quiet(25), slow).at(-1)).toBe(2)
  })

  it('a second instrument within two hours makes it red', () => {
    expect(slope({ widening: 2 }, {}, { 'tilting-1': 3 }).at(-1)).toBe(4)
    expect(slope({ widening: 2 }, {}, {}, { 'tilting-1': 3 }).at(-1)).toBe(3)
  })

  it('falls six hours after, and twelve after the rain: slides lag the rain', () => {
    const hoursOf = (said: Partial<Record<string, Verdict>>): number => slope(said, ...quiet(20)).indexOf(0) - 1
    expect(hoursOf({ 'tilting-1': 2 })).toBe(6)
    expect(hoursOf({ wet: 2 })).toBe(12)
  })

  it('a dead gauge or a dead tilt meter lowers nothing for a day', () => {
    const dead = { wet: 'unknown', 'tilting-1': 'unknown', 'tilting-2': 'unknown' } as const
    expect(slope({ 'tilting-1': 3, wet: 2 }, ...Array.from({ length: 22 }, () => dead)).at(-1)).toBe(4)
    expect(slope({ 'tilting-1': 2 }, ...Array.from({ length: 22 }, () => ({ wet: 'unknown' as const }))).at(-1)).toBe(2)
  })

  it('what has come down makes the water dangerous below', () => {
    expect(course({ rising: 2 }).barrier).toEqual([2])
    const { barrier, valley } = course({ 'tilting-1': 3, wet: 2 }, { rising: 2 }, { rising: 3 })
    expect(barrier).toEqual([0, 3, 4])
    expect(valley).toEqual([4, 4, 4])
    expect(course({ slope: 4 }, { rising: 2 }).barrier).toEqual([0, 2])
  })
})

describe('what a chain may not say is refused at its place', () => {
  it.each([
    ['that of a detector that is not there', 'wet is red or', 'wett is red or', 'alarms.slope.orange: no detector or alarm `wett` = did you mean `wet`?'],
    [
      'more voters than there are',
      '2 of (tilting-1, tilting-2)',
      '3 of (tilting-1, tilting-2)',
      'alarms.slope.orange: 3 of 2 can never be true = write a number from 1 to 2',
    ],
    ['a policy that is none', 'faults block', 'faults trip', 'alarms.slope.orange: `trip` says nothing of faults = write one of vote, abstain, block'],
    [
      'a window that is none',
      'rising >= orange, orange: slope is red within 24h',
      'rising >= orange, orange: slope is red within 24',
      'alarms.barrier.orange: `24` is no duration',
    ],
    [
      'a colour that is never reached',
      '(tilting-1 >= orange or tilting-2 >= orange) and',
      'tilting-1 is red and',
      'alarms.slope.red: `tilting-1` is never red',
    ],
    [
      'a condition of lowering over what is not there',
      'not (wet within 12h)',
      'not (rain within 12h)',
      'alarms.slope.lower.while: `rain` is a channel: it has no level',
    ],
    ['a circle through lowering', 'not (wet within 12h)', 'not (valley within 12h)', 'asks for itself, in a circle'],
    ['steps without a unit', 'escalate: stepwise', 'escalate: 5', 'alarms.slope.escalate'],
    ['steps of a word that is none', 'escalate: stepwise', 'escalate: slowly', 'alarms.slope.escalate'],
    ['steps of a day', 'escalate: stepwise', 'escalate: 1d', 'allowed: from 1s to 1h'],
    [
      'no rule of lowering',
      '{ after: 6h, while: not (wet within 12h) }',
      '{ after: 0s }',
      'alarms.slope.lower: nothing is said of how it falls = give after, while, or both',
    ],
    ['no time to be held', 'holdLost: 24h', 'holdLost: 0s', 'alarms.slope.holdLost: this duration is out of bounds = allowed: from 1min to 31d'],
    [
      'a roll-up of what is not there',
      '[slope, barrier]',
      '[slope, barier]',
      'alarms.valley.rollUp[1]: no detector or alarm `barier` = did you mean `barrier`?',
    ],
    ['a roll-up of a channel', '[slope, barrier]', '[slope, level]', 'alarms.valley.rollUp[1]: `level` is a channel: it has no level = name a detector on it'],
    ['a roll-up of one twice', '[slope, barrier]', '[slope, slope]', 'alarms.valley.rollUp[1]: `slope` is counted twice = name each once'],
    ['a roll-up of itself', '[slope, barrier]', '[slope, valley]', 'this alarm asks for itself, in a circle: valley, valley'],
    [
      'a roll-up beside colours',
      '{ rollUp: [slope, barrier] }',
      '{ rollUp: [slope, barrier], red: slope is red }',
      'alarms.valley: its level is told by its colours, or made of others',
    ],
    ['neither', '{ rollUp: [slope, barrier] }', '{ holdLost: 1h }', 'alarms.valley: no colour is given'],
    ['a season that is not there', 'season: { flood:', 'season: { floods:', 'detectors.wet.season.floods: no season `floods` = did you mean `flood`?'],
    [
      'a season that no detector knows',
      'seasons: { flood: [04-15, 10-15] }',
      'seasons: { flood: [04-15, 10-15], dry: [11-01, 02-01] }',
      'seasons.dry: no detector knows this season',
    ],
    [
      'seasons that overlap',
      'seasons: { flood: [04-15, 10-15] }',
      'seasons: { flood: [04-15, 10-15], dry: [10-15, 02-01] }',
      'seasons.dry: it overlaps with `flood`',
    ],
    ['a day that no year has', '[04-15, 10-15]', '[04-31, 10-15]', 'seasons.flood[0]: no year has a 04-31 = write month-day, such as 04-15'],
    ['a day as people write it', '[04-15, 10-15]', '["4/15", 10-15]', 'seasons.flood[0]: "4/15" is not a day of the year'],
    ['a season that is a word', 'seasons: { flood:', 'seasons: { calendar:', '`calendar` is the word for no season by hand'],
    [
      'set points out of order in a season',
      '{ yellow: 40, orange: 80, red: 200 }',
      '{ yellow: 40, orange: 30, red: 200 }',
      'detectors.wet.season.flood.at.orange: orange would come before yellow',
    ],
    [
      'set points of another form in a season',
      '{ yellow: 40, orange: 80, red: 200 }',
      '{ yellow: 40/h }',
      'detectors.wet.season.flood.at.yellow: "40/h" is no number',
    ],
    [
      'a season of what has no set points',
      '{ kind: threshold, on: opening, at: { yellow: 5 }, clear: 80% }',
      '{ kind: silence, on: opening, after: 1h, season: { flood: { at: { yellow: 5 } } } }',
      'detectors.widening.season.flood: `silence` has no set points',
    ],
  ])('%s', (_, old, now, told) => {
    expect(faultsOf(old, now)).toEqual(expect.arrayContaining([expect.stringContaining(told)]))
  })
})

it('a circle is told once', () => {
  expect(faultsOf('[slope, barrier]', '[slope, valley]')).toHaveLength(1)
})

it('a season that is malformed hides no other fault, and makes none', () => {
  expect(faultsOf('[04-15, 10-15]', '[0415, 10-15]')).toHaveLength(1)
})

it('a detector that is malformed does not leave its season without one', () => {
  expect(faultsOf('{ yellow: 40, orange: 80, red: 200 }', '{}')).toEqual([expect.stringMatching(/^detectors\.wet\.season\.flood\.at: no colour is given/)])
})

it('check tells a person how alarms rise, fall and are held, and what is otherwise in a season', () => {
  const result = checked(good.replace('holdLost: 24h', 'holdLost: 2d'))
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  const text = describeSite(result.site).replace(/ +/g, ' ')
  for (const line of [
    'wet threshold on rain-24h otherwise in flood',
    'flood 04-15 to 10-15',
    'rises one colour each 1min, red at once',
    'falls after 6h, while not (wet within 12h)',
    'held 2d where it cannot be told',
    'valley rolled up slope, barrier',
  ])
    expect(text).toContain(line)
})

describe('an alarm says how it rises, falls and is held', () => {
  const alarmOf = (old: string, now: string) => {
    const result = checked(good.replace(old, () => now))
    if ('faults' in result) throw new Error(formatFaults(result.faults))
    return result.site.plan.alarms.find(({ name }) => name === 'slope')
  }

  it('as the file has it', () => {
    expect(plan.alarms.map(({ step, lower, holdLost }) => [step, lower?.after, holdLost])).toEqual([
      [minute, 6 * hour, 24 * hour],
      [0, undefined, 24 * hour],
      [0, undefined, 24 * hour],
    ])
    expect(alarmOf('stepwise', '5min')?.step).toBe(5 * minute)
    expect(alarmOf('stepwise', 'direct')?.step).toBe(0)
    expect(alarmOf('{ after: 6h, while: not (wet within 12h) }', '{ while: not wet }')?.lower).toMatchObject({ after: 0, while: { op: 'not' } })
  })

  it('and each season its set points', () => {
    expect(plan.seasons).toEqual([{ name: 'flood', from: '04-15', to: '10-15' }])
    expect(plan.detectors.find(({ name }) => name === 'wet')?.seasons?.map(({ season }) => season)).toEqual(['flood'])
  })
})
