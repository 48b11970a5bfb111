import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'

/** A gas whose readings are usable from -10 to `top`, the same held over range, and one of which no range is known. */
const site = (detectors: string, { top = 120 } = {}): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  one: { profile: honeywell/sensepoint-xcd, bus: line, unit: 1 }
  two: { profile: honeywell/sensepoint-xcd, bus: line, unit: 2 }
channels:
  gas: { read: one.gas, gas: CH4, quality: [{ range: { sensor: [-10, ${top}] } }] }
  held: { derive: over-range, from: gas, full: 100 }
  bare: { read: two.gas, gas: CH4 }
detectors:
${detectors}`

const faultsOf = (text: string): string[] => {
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  return 'faults' in checked ? checked.faults.map(({ at, what }) => `${at}: ${what}`) : []
}
const gas = (on: string, options: string): string => `  low: { kind: threshold, on: ${on}, ${options} }`

describe('a set point that no usable reading reaches is refused, for it never warns:', () => {
  it.each([
    ['beyond the range test', gas('gas', 'at: { red: 20 }'), { top: 12 }, '20 %LEL is never reached: the usable readings of this channel end at 12'],
    [
      'beyond the range test of what is held',
      gas('held', 'at: { red: 20 }'),
      { top: 12 },
      '20 %LEL is never reached: the usable readings of this channel end at 12',
    ],
  ])('%s', (_, detector, figures, what) => {
    expect(faultsOf(site(detector, figures))).toEqual([`detectors.low.at.red: ${what}`])
  })

  it('below the range test', () => {
    expect(faultsOf(site(gas('gas', 'direction: below, at: { red: -11 }')))).toEqual([
      'detectors.low.at.red: -11 %LEL is never reached: the usable readings of this channel end at -10',
    ])
  })

  it.each([
    ['warning: 200', 'warning: 200 %LEL'],
    ['warning: 20, guarantee: 200', 'guarantee: 200 %LEL'],
    ['warning: 120, near: 0.5, record: 121', 'record: 121 %LEL'],
  ])('a mark: %s', (marks, begin) => {
    const faults = faultsOf(site(`  high: { kind: marks, on: gas, ${marks} }`))
    expect(faults).toContain(`detectors.high.${begin} is never reached: the usable readings of this channel end at 120`)
  })
})

describe('a level that no usable reading clears is refused, for it stands for good:', () => {
  it.each([
    [
      'by its dead band',
      gas('gas', 'deadband: 30, at: { red: 20 }'),
      'deadband: raised at 20 %LEL it never clears: the usable readings of this channel end at -10',
    ],
    ['by its set point', gas('gas', 'at: { red: -10 }'), 'at.red: raised at -10 %LEL it never clears: the usable readings of this channel end at -10'],
    [
      'from below',
      gas('gas', 'direction: below, clear: 1000%, at: { red: 12 }'),
      'clear: raised at 12 %LEL it never clears: the usable readings of this channel end at 120',
    ],
    [
      'of a mark',
      '  low: { kind: marks, on: gas, warning: 20, deadband: 30 }',
      'deadband: raised at 19.5 %LEL it never clears: the usable readings of this channel end at -10',
    ],
  ])('%s', (_, detector, what) => {
    expect(faultsOf(site(detector))).toEqual([`detectors.low.${what}`])
  })
})

it('a set point at the very end of the readings is reached, and where no end is known nothing is said', () => {
  expect(faultsOf(site(gas('gas', 'at: { red: 20 }'), { top: 20 }))).toEqual([])
  expect(faultsOf(site(gas('bare', 'deadband: 200, at: { red: 20 }')))).toEqual([])
})

it('the ends of several range tests are the narrowest', () => {
  const twice = site(gas('gas', 'at: { red: 20 }')).replace('[{ range', '[{ range: { sensor: [-50, 15] } }, { range')
  expect(faultsOf(twice)).toEqual(['detectors.low.at.red: 20 %LEL is never reached: the usable readings of this channel end at 15'])
})
