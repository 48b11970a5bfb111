import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'

/** Two detectors on one channel in %LEL, of which GB/T 50493-2019 wants a first alarm of at most 25 and a second of at most 50. */
const site = (low: string, high: string, alarms: string, seasons = ''): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { one: { profile: honeywell/sensepoint-xcd, bus: line, unit: 1 } }
channels: { gas: { read: one.gas, gas: CH4 } }
detectors:
  low: { kind: threshold, on: gas, ${low} }
  high: { kind: threshold, on: gas, ${high} }
alarms: { ${alarms} }
${seasons}`

const faultsOf = (text: string): string[] => {
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  return 'faults' in checked ? checked.faults.map(({ at, what }) => `${at}: ${what}`) : []
}
/** Where what comes too late. */
const late = (text: string): string[] =>
  faultsOf(text).flatMap((fault) => (fault.includes('GB/T 50493') ? [fault.slice(0, fault.indexOf(':')).replace('detectors.', '')] : []))

describe('the first set point of a gas is the mildest that an alarm sounds', () => {
  it.each<[string, string, string[]]>([
    ['both, by name', 'leak: { red: high, yellow: low }', []],
    ['the second alone', 'leak: { red: high }', ['high.at.red']],
    ['the first in another alarm', 'leak: { red: high }, smell: { blue: low }', []],
    ['the first at its own colour', 'leak: { red: high, yellow: low is yellow }', []],
    ['the first at a colour or above', 'leak: { red: high, yellow: low >= yellow }', []],
    ['the first in a vote and a past', 'leak: { red: high, yellow: "1 of (low within 1h, low and high)" }', []],
    ['the first by a roll-up', 'leak: { red: high }, all: { rollUp: [leak, low] }', []],
    ['the first where it is not there', 'leak: { red: high, yellow: not low }', ['high.at.red']],
    ['the first where it is not none', 'leak: { red: high, yellow: not (low is none) }', []],
    ['the first as none', 'leak: { red: high, yellow: low is none }', ['high.at.red']],
    ['the first in what suppresses, and in what holds', 'leak: { red: high, suppress: low, lower: { while: not low } }', ['high.at.red']],
  ])('%s', (_, alarms, wrong) => {
    expect(late(site('at: { yellow: 20 }', 'at: { red: 50 }', alarms))).toEqual(wrong)
  })

  it.each<[string, string, string[]]>([
    ['leak: { red: low is red, yellow: low }', '{ blue: 5, red: 50 }', []],
    ['leak: { red: low is red }', '{ blue: 5, red: 50 }', ['low.at.red']],
    ['leak: { red: low >= orange }', '{ blue: 5, orange: 30, red: 50 }', ['low.at.orange']],
    ['leak: { red: high }', '{ blue: 30 }', ['low.at.blue']],
  ])('within one detector: %s of %s', (alarms, at, wrong) => {
    expect(late(site(`at: ${at}`, 'direction: below, at: { red: -5 }', alarms))).toEqual(wrong)
  })

  it('is told with what to do where a milder one is written, and no alarm asks for it', () => {
    const remedies = (text: string) => {
      const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
      return 'faults' in checked ? checked.faults.map(({ remedy }) => remedy) : []
    }
    expect(remedies(site('at: { yellow: 20 }', 'at: { red: 50 }', 'leak: { red: high }'))).toEqual([
      expect.stringMatching(/^let an alarm ask for the milder one that is written, or take at most 25 %LEL, or name the document/),
    ])
    expect(remedies(site('at: { yellow: 30 }', 'at: { red: 50 }', 'leak: { red: high, yellow: low }'))).toEqual([expect.stringMatching(/^take at most 25/)])
  })

  it('is not asked while a condition names what is not there', () => {
    expect(faultsOf(site('at: { yellow: 20 }', 'at: { red: 50 }', 'leak: { red: high, yellow: lo }'))).toEqual([
      'alarms.leak.yellow: no detector or alarm `lo`',
    ])
  })

  it('is not asked while a condition cannot be read: that is told in its own place', () => {
    expect(faultsOf(site('at: { yellow: 20 }', 'at: { red: 50 }', 'leak: { red: high, yellow: low and }'))).toEqual([
      expect.stringContaining('alarms.leak.yellow'),
    ])
  })
})

describe('a gas that is held at full scale', () => {
  const held = (low: string, high: string) =>
    site(low, high, 'leak: { red: high, yellow: low }', 'seasons: { summer: [06-01, 08-31] }')
      .replace('gas: CH4 } }', 'gas: CH4 }, held: { derive: over-range, from: gas, full: 100 } }')
      .replace('high: { kind: threshold, on: gas', 'high: { kind: threshold, on: held')
  const summer = ', season: { summer: { at: { yellow: 20 } } }'

  it('is the same gas: the first set point may stand on what is measured, the second on what is held', () => {
    expect(late(held(`at: { yellow: 20 }${summer}`, 'at: { red: 50 }'))).toEqual([])
    expect(late(held(`at: { yellow: 30 }${summer}`, 'at: { red: 60 }'))).toEqual(['low.at.yellow', 'high.at.red'])
  })
})

describe('in each season', () => {
  const alarms = 'leak: { red: high, yellow: low }'
  const summer = 'seasons: { summer: [06-01, 08-31] }'
  it.each<[string, string, string, string[]]>([
    ['a second that is right by the first of the same season', 'at: { yellow: 20 }', 'at: { red: 50 }, season: { summer: { at: { red: 45 } } }', []],
    ['a first that is too high', 'at: { yellow: 20 }, season: { summer: { at: { yellow: 30 } } }', 'at: { red: 50 }', ['low.season.summer.at.yellow']],
    ['a second that is too high', 'at: { yellow: 20 }', 'at: { red: 50 }, season: { summer: { at: { red: 60 } } }', ['high.season.summer.at.red']],
    [
      'a set of its own that takes the first away from another',
      'at: { yellow: 20 }, season: { summer: { at: { yellow: 55 } } }',
      'at: { red: 50 }',
      ['low.season.summer.at.yellow', 'high.at.red'],
    ],
    [
      'a set in order where the other stands outside of it',
      'at: { yellow: 40 }, season: { summer: { at: { yellow: 20 } } }',
      'at: { red: 50 }',
      ['low.at.yellow'],
    ],
    ['a set that a document allows', 'at: { yellow: 20 }, deviationRef: "HAZOP 2026-03", season: { summer: { at: { yellow: 30 } } }', 'at: { red: 50 }', []],
  ])('%s', (_, low, high, wrong) => {
    expect(late(site(low, high, alarms, summer))).toEqual(wrong)
  })

  it('what holds only then is told with the season', () => {
    const faults = faultsOf(site('at: { yellow: 20 }, season: { summer: { at: { yellow: 55 } } }', 'at: { red: 50 }', alarms, summer))
    expect(faults).toContainEqual(expect.stringMatching(/^detectors\.high\.at\.red: 50 %LEL as first set point: .* \(in the season `summer`\)$/))
  })

  it('a set that cannot be read is no first set point, and hides no other', () => {
    const faults = faultsOf(site('at: { yellow: 20 }, season: { summer: { at: { yellow: 40/h } } }', 'at: { red: 60 }', alarms, summer))
    expect(faults.map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual(['detectors.low.season.summer.at.yellow', 'detectors.high.at.red'])
  })
})
