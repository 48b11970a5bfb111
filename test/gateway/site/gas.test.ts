import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { gasFaults, gasLimits, gasText } from '../../../gateway/site/gas.ts'
import { type GasName, gasBasis, mixtureLel } from '../../../protocol/gas.ts'

const faultsOf = (text: string): string[] => {
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  return 'faults' in checked ? checked.faults.map(({ line, what }) => `${line}: ${what}`) : []
}

const oxygen = (at: string): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { store: { profile: jinan-dongxin/sf6-o2, bus: line, unit: 1, every: 10s } }
channels: { oxygen: { read: store.oxygen } }
detectors: { thin: { kind: threshold, on: oxygen, direction: below, at: ${at} } }
alarms: { air: { red: thin is red } }
`

/** Two detectors of one kind, each with what its channel says of its gas. */
const pair = (profile: string, first: string, second: string, { at = '{ red: 10 }', deviation = '', when = '2 of (a, b)' } = {}): string => `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { one: { profile: ${profile}, bus: line, unit: 1 }, two: { profile: ${profile}, bus: line, unit: 2 } }
channels:
  east: { read: one.gas${first} }
  west: { read: two.gas${second} }
detectors:
  a: { kind: threshold, on: east, at: ${at}${deviation} }
  b: { kind: threshold, on: west, at: ${at}${deviation} }
alarms: { leak: { red: "${when}" } }
`
const lel = 'honeywell/sensepoint-xcd'
const ppm = 'honeywell/sensepoint-xcd-ppm'

describe('set points of gas', () => {
  it('are held against the standard through a shipped profile: oxygen no lower than 19.5 %vol', () => {
    expect(faultsOf(oxygen('{ red: 10 }'))).toEqual(['6: 10 %vol as first set point: GB/T 50493-2019, 5.5.2 (4) wants at least 19.5 %vol'])
    expect(faultsOf(oxygen('{ red: 19.5 }'))).toEqual([])
  })

  // GB/T 50493-2019: mg/m3 as in the table of the standard, ppm as tables at 20 degC have them.
  it.each<[GasName, number, number, number?, number?]>([
    ['H2S', 10, 20, 7.06, 14.1],
    ['CO', 20, 40, 17.2, 34.4],
    ['NH3', 20, 40, 28.2, 56.5],
    ['Cl2', 1, 2, 0.339, 0.679],
    ['SO2', 5, 10, 1.88, 3.76],
    ['NO2', 5, 10],
    ['HF', 2, 4],
    ['HCN', 1, 2],
    ['HCl', 7.5, 15],
    ['COCl2', 0.5, 1],
    ['C6H6', 6, 12],
    ['CO2', 9000, 18_000],
  ])('of %s are at most %d and %d mg/m3, %d and %d ppm', (name, first, second, firstPpm, secondPpm) => {
    const gas = gasBasis(name)
    expect(gasLimits({ quantity: 'gas', unit: 'mg/m3', gas }, 'above')).toMatchObject({
      levels: [first, second].map((level) => expect.closeTo(level, 9)),
    })
    const inPpm = gasLimits({ quantity: 'gas', unit: 'ppm', gas }, 'above') as { levels: number[] }
    if (firstPpm !== undefined) expect(inPpm.levels.map((level) => Number(level.toPrecision(3)))).toEqual([firstPpm, secondPpm])
  })

  it.each<[GasName, number, number]>([
    ['H2S', 21.5, 43],
    ['CO', 85, 170],
    ['NH3', 18, 36],
    ['Cl2', 4.4, 8.8],
    ['SO2', 13.5, 27],
    ['NO2', 4.8, 9.6],
    ['HF', 25, 50],
    ['HCN', 2.8, 5.6],
    ['HCl', 7.5, 15],
    ['COCl2', 0.4, 0.8],
    ['C6H6', 490, 980],
    ['CO2', 4600, 9200],
  ])('of %s are at most 5 and 10 %% of IDLH where no instrument measures less: %d and %d mg/m3', (name, first, second) => {
    const limits = gasLimits({ quantity: 'gas', unit: 'mg/m3', gas: gasBasis(name, { limits: 'idlh' }) }, 'above')
    expect(limits).toMatchObject({ levels: [expect.closeTo(first, 9), expect.closeTo(second, 9)] })
  })

  it.each<[GasName | null, string, string, Record<string, number>, string[]]>([
    ['H2S', 'ppm', 'above', { yellow: 7, red: 14 }, []],
    ['H2S', 'ppm', 'above', { yellow: 10, red: 20 }, ['yellow', 'red']],
    ['CO', 'mg/m3', 'above', { yellow: 20, red: 41 }, ['red']],
    ['NH3', 'ppm', 'above', { red: 30 }, ['red']],
    [null, '%LEL', 'above', { yellow: 25, red: 50 }, []],
    [null, '%LEL', 'above', { yellow: 26, red: 50 }, ['yellow']],
    [null, '%LEL', 'below', { red: -5 }, []],
    [null, 'LEL.m', 'above', { yellow: 1, red: 2 }, []],
    [null, 'LEL.m', 'above', { yellow: 1.5, red: 2.5 }, ['yellow', 'red']],
    ['CH4', 'ppm', 'above', { yellow: 12_500, red: 25_000 }, []],
    ['CH4', '%vol', 'above', { yellow: 1.3 }, ['yellow']],
    ['O2', '%vol', 'above', { yellow: 23.5, red: 25 }, []],
    ['O2', '%vol', 'above', { yellow: 24 }, ['yellow']],
    ['O2', '%vol', 'below', { yellow: 19.5, red: 18 }, []],
    ['O2', 'ppm', 'below', { yellow: 190_000 }, ['yellow']],
    [null, 'LEL.m', 'below', { red: -5 }, []],
    ['H2S', 'ppm', 'below', { red: -5 }, []],
    [null, 'furlong', 'above', { red: 5 }, []],
  ])('of %s in %s %s at %j', (name, unit, direction, at, wrong) => {
    const gas = name === null ? {} : { gas: gasBasis(name) }
    expect(gasFaults({ quantity: 'gas', unit, ...gas }, { at: { orange: undefined, ...at }, direction }).map(({ at: place }) => place[1])).toEqual(wrong)
  })

  it('are none of a gas that neither burns nor is in the table, and of a detector without options', () => {
    expect(gasFaults({ quantity: 'argon', unit: 'ppm', gas: gasBasis(null) }, { at: { red: 1e6 }, direction: 'above' })).toEqual([])
    expect(gasFaults({ quantity: 'gas', unit: '%LEL' }, null)).toEqual([])
  })

  it('follow the temperature at which the ppm were told', () => {
    const at = (referenceDegC: number) =>
      gasFaults({ quantity: 'gas', unit: 'ppm', gas: gasBasis('H2S', { referenceDegC }) }, { at: { red: 7.15 }, direction: 'above' })
    expect(at(20)).toHaveLength(1)
    expect(at(25)).toEqual([])
  })

  it.each<[string, object[], string[]]>([
    ['two detectors, first and second alarm', [{ at: { yellow: 20 } }, { at: { red: 40 } }], []],
    ['the second alone', [{ at: { red: 40 } }], ['0.red']],
    ['two that both come late', [{ at: { yellow: 30 } }, { at: { red: 60 } }], ['0.yellow', '1.red']],
    ['a third', [{ at: { yellow: 20, orange: 40 } }, { at: { red: 80 } }], []],
    ['two of one height', [{ at: { yellow: 20 } }, { at: { red: 20 } }], []],
    ['one that looks the other way', [{ at: { blue: -5 }, direction: 'below' }, { at: { red: 40 } }], ['1.red']],
    ['a trend beside it', [{ at: { yellow: { value: 5, per: 1 } }, direction: 'rising' }, { at: { red: 40 } }], ['1.red']],
  ])('are those of all detectors on the channel: %s', (_, written, wrong) => {
    const detectors = written.map((options) => ({ direction: 'above', ...options }))
    const faults = detectors.flatMap((options, index) => gasFaults({ quantity: 'gas', unit: '%LEL' }, options, detectors).map(({ at }) => `${index}.${at[1]}`))
    expect(faults).toEqual(wrong)
  })

  it('are refused where it is not said which gas it is, and let go where a document allows more', () => {
    expect(faultsOf(pair(ppm, '', ', gas: H2S', { at: '{ red: 7 }', when: 'a and b' }))).toEqual([
      '9: GB/T 50493-2019 limits these set points, but it is not said which gas this is',
    ])
    expect(gasFaults({ quantity: 'gas', unit: 'mg/m3', gas: gasBasis(null, { lelVolPct: 5 }) }, { at: { red: 1 }, direction: 'above' })).toMatchObject([
      { at: ['at'] },
    ])
    expect(gasFaults({ quantity: 'dust', unit: 'mg/m3' }, { at: { red: 1 }, direction: 'above' })).toEqual([])
    expect(faultsOf(pair(ppm, ', gas: H2S', ', gas: H2S', { at: '{ red: 100 }', deviation: ', deviationRef: "HAZOP 2026-03"', when: 'a and b' }))).toEqual([])
    expect(faultsOf(pair(ppm, ', gas: H2S', ', gas: H2S', { at: '{ red: 100 }', deviation: ', deviationRef: " "', when: 'a and b' }))).toEqual([
      '9: this names no document',
      '10: this names no document',
    ])
  })
})

describe('what a channel says of its gas', () => {
  it.each([
    ['%LEL', gasBasis('CH4'), ' CH4 (LEL 5 %vol)'],
    ['%LEL', gasBasis(null, { lelVolPct: mixtureLel({ CH4: 90, C3H8: 10 }) }), ' gas (LEL 4.393 %vol)'],
    ['%LEL', gasBasis('Cl2'), ' Cl2'],
    ['ppm', gasBasis('H2S', { referenceDegC: 25 }), ' H2S (25 degC)'],
    ['LEL.m', gasBasis('CH4'), ' CH4'],
    ['furlong', gasBasis('CH4'), ' CH4'],
  ])('is told in words: %s', (unit, gas, text) => {
    expect(gasText({ unit, gas })).toBe(text)
    expect(gasText({ unit })).toBe('')
  })

  it.each([
    [', gas: h2s', /h2s/],
    [', gas: { at: 25 }', /nothing is said of the gas/],
    [', gas: { name: CH4, mixture: { CH4: 90, C3H8: 10 } }', /a gas, or a mixture/],
    [', gas: { mixture: { CH4: 90, CO2: 10 } }', /is not known, or it has no parts/],
    [', gas: { name: CH4, limits: idlh }', /no IDLH/],
    [', gas: { name: CH4, lelVolPct: 0 }', /out of bounds/],
  ])('is refused as %s', (said, why) => {
    const [first = '', ...others] = faultsOf(pair(lel, said, said, { when: 'a and b' }))
    expect(others).toHaveLength(1)
    expect(first).toMatch(why)
  })

  it.each([
    [', gas: { name: CH4, lelVolPct: 5 }', ', gas: CH4', 0],
    [', gas: { lelVolPct: 4.4 }', ', gas: { name: CH4, lelVolPct: 4.4 }', 0],
    ['', '', 0],
    [', gas: CH4', ', gas: { name: CH4, lelVolPct: 4.4 }', 1],
    [', gas: CH4', '', 1],
    [', gas: CH4', ', gas: { mixture: { CH4: 90, C3H8: 10 } }', 1],
  ])('decides whether %s and %s are counted in one vote', (first, second, wrong) => {
    expect(faultsOf(pair(lel, first, second))).toHaveLength(wrong)
    expect(faultsOf(pair(lel, first, second, { when: 'a or b' }))).toEqual([])
  })

  it.each([
    ['one that looks at the same base', 'two: { red: "2 of (leak, a, a)" },', 0],
    ['one that looks at the other', 'two: { red: "2 of (leak, b)" },', 1],
    ['one that looks at one that does', 'far: { red: leak }, two: { red: "2 of (far, b)" },', 1],
    ['one that counts itself is told of its circle', 'two: { red: "1 of (two, a)" },', 1],
  ])('is asked of the alarms in a vote: %s', (_, alarms, wrong) => {
    expect(faultsOf(pair(lel, ', gas: CH4', '', { when: 'a' }).replace('alarms: {', `alarms: { ${alarms}`))).toHaveLength(wrong)
  })

  it.each([
    [', gas: { name: CH4, lelVolPct: 4.4 }', ['11: %LEL of different bases are not the same: `east` on 5 %vol, `west` on 4.4 %vol']],
    [', gas: CH4', []],
  ])('is asked of a roll-up, which counts too: CH4 and %s', (other, wrong) => {
    const text = pair(lel, ', gas: CH4', other).replace(/^alarms: .*$/m, 'alarms: { all: { rollUp: [a, b] } }')
    expect(faultsOf(text)).toEqual(wrong)
  })

  it.each([
    ['lower: { while: "not 2 of (a, b)" }', ''],
    ['suppress: "2 of (a, b)"', ''],
    ['', 'actions: [{ when: "2 of (a, b)", do: [horn on, horn on for 5min] }]'],
  ])('is asked wherever an alarm or an action votes: %s %s', (more, actions) => {
    const horn = 'horn: { profile: wirenboard/wb-mr6, bus: line, unit: 3, coil: 0, kind: siren, safe: off, longest: 30min }'
    const text = pair(lel, ', gas: CH4', '', { when: 'a' }).replace('devices: {', `devices: { ${horn},`).replace('red: "a"', `red: "a", ${more}`)
    expect(faultsOf(`${text}${actions}`).filter((fault) => fault.includes('different bases'))).toHaveLength(1)
  })

  it.each([
    [', gas: CH4', 0],
    [', gas: { name: CH4, lelVolPct: 4.4 }', 1],
    ['', 1],
  ])('decides whether two instruments may be held against each other: CH4 and %s', (other, wrong) => {
    const text = pair(lel, ', gas: CH4, quality: [{ agreement: { with: west, fail: 5 } }]', other, { when: 'a or b' })
    expect(faultsOf(text)).toEqual(wrong === 0 ? [] : [expect.stringMatching(/^6: %LEL of different bases are not the same: `east` on 5 %vol/)])
  })

  it('is told with the place of the vote, and the base of each', () => {
    expect(faultsOf(pair(lel, ', gas: CH4', ', gas: { name: CH4, lelVolPct: 4.4 }', { when: 'a or not 2 of (a, b)' }))).toEqual([
      '11: %LEL of different bases are not the same: `east` on 5 %vol, `west` on 4.4 %vol',
    ])
  })
})
