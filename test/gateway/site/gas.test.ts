import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { gasFaults } from '../../../gateway/site/gas.ts'

const site = (at: string): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { store: { profile: jinan-dongxin/sf6-o2, bus: line, unit: 1, every: 10s } }
channels: { oxygen: { read: store.oxygen } }
detectors: { thin: { kind: threshold, on: oxygen, direction: below, at: ${at} } }
alarms: { air: { red: thin is red } }
`

const faultsOf = (at: string): string[] => {
  const checked = checkSite(site(at), 'site.yaml', { profiles: findProfile })
  return 'faults' in checked ? checked.faults.map(({ what }) => what) : []
}

describe('set points of gas', () => {
  it('are held against the standard through a shipped profile: oxygen no lower than 19.5 %vol', () => {
    expect(faultsOf('{ red: 10 }')).toEqual(['10 %vol as first set point: GB/T 50493-2019, 5.5.2 (4) wants at least 19.5 %vol'])
    expect(faultsOf('{ red: 19.5 }')).toEqual([])
  })

  it.each([
    ['hydrogen sulfide', 'ppm', { yellow: 7, red: 14 }, []],
    ['hydrogen sulfide', 'ppm', { yellow: 10, red: 20 }, ['yellow', 'red']],
    ['carbon monoxide', 'mg/m3', { yellow: 20, red: 41 }, ['red']],
    ['ammonia', 'ppm', { red: 30 }, ['red']],
    ['methane', '%LEL', { yellow: 25, red: 50 }, []],
    ['methane', '%LEL', { yellow: 26, red: 50 }, ['yellow']],
    ['methane', 'ppm', { yellow: 1e6 }, []],
  ])('of %s in %s at %j', (quantity, unit, at, wrong) => {
    expect(gasFaults({ quantity, unit }, { at, direction: 'above' }).map(({ at: place }) => place[1])).toEqual(wrong)
  })
})
