/** Quality tests in a site file: all can be named, those that look at other channels are wired to them, and a bad name is told at its place. */
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { type Channel, latest } from '../../../gateway/core/channel.ts'
import { remember } from '../../../gateway/core/remember.ts'
import { birth, makeStation, scan } from '../../../gateway/core/scan.ts'
import { statusOf } from '../../../gateway/picture.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { qualityTests } from '../../../gateway/stages/quality/list.ts'
import { emptyInput, type Remembered } from '../../../protocol/recording.ts'
import { oneSample, type Samples } from '../../../protocol/samples.ts'
import { instant, type Moment, millis } from '../../../protocol/time.ts'

const file = join(import.meta.dirname, 'site.yaml')
const NOON = Date.UTC(2025, 6, 1, 4)

const tests = {
  x: `
      - range: { sensor: [-30, 30], place: [-10, 10] }
      - gap: { after: 1min }
      - warm-up: { lasts: 30s, after: 5min }
      - spike: { suspect: 0.2, fail: 1 }
      - rate: { fail: 5/min }
      - jump: { after: 10min, suspect: 0.1, fail: 0.5, hold: 24h }
      - flat: { suspect: 6h, tolerance: 0.0001 }
      - attenuated: { over: 6h, by: deviation, suspect: 0.0005, rows: 100 }
      - climatology: { members: [{ from: "11-01", to: "02-28", where: { channel: heat, range: [-10, 20] }, suspect: [-2, 2], fail: [-5, 5] }] }
      - multivariate: { rate: 0.5/min, related: [{ channel: y, rate: 0.1/min }] }
      - agreement: { with: twin, offset: 0.02, suspect: 0.1, fail: 0.3 }`,
  a: '[{ counter: { most: 8/min } }]',
  sum: '[{ neighbours: { of: [b-1h, c-1h], least: 2, zero: 3h, influx: { low: 0.4, high: 10 } } }]',
}

const siteText = (given: Partial<typeof tests> = {}): string => {
  const { x, a, sum } = { ...tests, ...given }
  return `site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  tilt: { profile: demo/tilt-2axis, bus: line, unit: 1, every: 10s }
  other: { profile: demo/tilt-2axis, bus: line, unit: 2, every: 10s }
  rain-a: { profile: xunchip/xm9505, bus: line, unit: 3, every: 10s }
  rain-b: { profile: xunchip/xm9505, bus: line, unit: 4, every: 10s }
  rain-c: { profile: xunchip/xm9505, bus: line, unit: 5, every: 10s }
channels:
  x:
    read: tilt.x
    quality: ${x}
  a-1h: { derive: accumulate, from: a, over: 1h, quality: ${sum} }
  a: { read: rain-a.tips, quality: ${a} }
  y: { read: tilt.y }
  heat: { read: tilt.heat }
  twin: { read: other.x, quality: [{ agreement: { with: x, offset: -0.02, fail: 0.3 } }] }
  b: { read: rain-b.tips }
  c: { read: rain-c.tips }
  b-1h: { derive: accumulate, from: b, over: 1h }
  c-1h: { derive: accumulate, from: c, over: 1h }
`
}

function siteOf(text: string): Site {
  const result = checkSite(text, file, { profiles: findProfile })
  if ('faults' in result) throw new Error(result.faults.map(({ at, what }) => `${at}: ${what}`).join('\n'))
  return result.site
}
const faultsOf = (text: string): string[] => {
  const result = checkSite(text, file, { profiles: findProfile })
  return 'faults' in result ? result.faults.map(({ at, what }) => `${at}: ${what}`) : []
}

describe('quality tests in a site file', () => {
  it('can all be named, and are wired to the channels that they name', () => {
    const { plan } = siteOf(siteText())
    const number = (name: string): number => plan.channels.findIndex((channel) => channel.name === name)
    const wired = new Map(plan.channels.flatMap(({ quality }) => quality.map(({ kind, inputs }) => [kind, inputs] as const)))
    expect([...wired.keys()].toSorted()).toEqual(qualityTests.map(({ name }) => name).toSorted())
    expect(wired.get('multivariate')).toEqual([number('x'), number('y')])
    expect(wired.get('climatology')).toEqual([number('x'), number('heat')])
    expect(wired.get('neighbours')).toEqual([number('a-1h'), number('b-1h'), number('c-1h')])
  })

  it.each([
    ['x', '[{ agreement: { with: twinn, fail: 1 } }]', 'channels.x.quality[0].agreement.with: no channel `twinn`'],
    ['x', '[{ agreement: { with: x, fail: 1 } }]', 'channels.x.quality[0].agreement.with: `x` is the channel itself'],
    ['x', '[{ agreement: { with: heat, fail: 1 } }]', 'channels.x.quality[0].agreement.with: is in degC, the tested channel in deg'],
    [
      'x',
      '[{ multivariate: { rate: 1/min, related: [{ channel: z, rate: 1/min }] } }]',
      'channels.x.quality[0].multivariate.related[0].channel: no channel `z`',
    ],
    ['x', '[{ climatology: { members: [{ from: "13-01", to: "02-28", suspect: [0, 1] }] } }]', 'channels.x.quality[0].climatology.members[0].from: '],
    ['x', '[{ jump: { fail: 1, hold: 1d, after: 10s } }]', 'channels.x.quality[0].jump.after: each row comes after such a silence'],
    ['sum', '[{ neighbours: { of: [b-1h], zero: 3h } }]', 'channels.a-1h.quality[0].neighbours.least: 2 neighbours are asked for, 1 named'],
    ['sum', '[{ neighbours: { of: [b-1h, c], zero: 3h } }]', 'channels.a-1h.quality[0].neighbours.of[1]: is a total that only rises'],
    ['sum', '[{ counter: {} }]', 'channels.a-1h.quality[0].counter: this channel counts no total'],
  ] as const)('of %s: %s is told where it stands', (key, written, told) => {
    expect(faultsOf(siteText({ [key]: written }))).toEqual([expect.stringContaining(told)])
  })
})

describe('a station with a redundant pair', () => {
  const site = siteOf(siteText({ x: '[{ agreement: { with: twin, offset: 0.02, fail: 0.3 } }]' }))
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(NOON + at), wallQuality: 'synchronised' })
  const number = (name: string): number => site.plan.channels.findIndex((channel) => channel.name === name)
  const state = makeStation(site.plan, moment(0), 'test')
  birth(state, moment(0))
  const scanAt = (at: number, rows: [string, number, number?][]) => {
    const samples = rows.map(([name, value, time = at]): Samples => oneSample(number(name), millis(time), value, 1, 'none'))
    return scan(state, { ...emptyInput(moment(at)), samples })
  }
  const shown = (at: number, name: string) =>
    statusOf(site, { epoch: 'e', startedAt: instant(NOON) } as never, state, moment(at), [], [], { sent: 0, pending: 0, dropped: 0 }, undefined).channels.find(
      (channel) => channel.name === name,
    )

  it('knows in the very scan that brings both that they differ, whichever comes first, and asks for no scan on that account', () => {
    const out = scanAt(1000, [
      ['x', 1],
      ['twin', 2],
    ])
    for (const name of ['x', 'twin']) expect(shown(1000, name)).toMatchObject({ quality: 'fail', reason: 'agreement' })
    expect(out.wakeAt).toBeGreaterThan(1001)
    scanAt(11_000, [
      ['x', 1.02],
      ['twin', 1],
    ])
    for (const name of ['x', 'twin']) expect(shown(11_000, name)).toMatchObject({ quality: 'good' })
  })

  it('comes back once to a row whose partner is silent, when its patience ends, and then waits for rows', () => {
    const out = scanAt(21_000, [['x', 5]])
    expect(shown(21_000, 'x')).toMatchObject({ quality: 'good' })
    const due = site.plan.channels[number('twin')]?.period as number
    expect(out.wakeAt).toBeLessThanOrEqual(21_000 + 3 * due + 1)
    const later = scanAt(21_000 + 3 * due + 1, [])
    expect(later.wakeAt).toBeGreaterThan(21_000 + 3 * due + 2)
  })

  it('shows how many rows were dropped whose time was not later than that of the row before', () => {
    expect(shown(60_000, 'x')).not.toHaveProperty('dropped')
    scanAt(60_000, [
      ['x', 1, 59_000],
      ['x', 1, 59_000],
      ['x', 1, 58_000],
    ])
    expect(shown(60_000, 'x')).toMatchObject({ dropped: 2 })
  })
})

describe('a station after a power cut', () => {
  it('holds an instrument that jumped meanwhile against its old line', () => {
    const site = siteOf(siteText({ x: '[{ range: { sensor: [-30, 30] } }, { jump: { after: 5min, fail: 0.5, hold: 1d } }]' }))
    const moment = (at: number): Moment => ({ at: millis(at), wall: instant(NOON + at), wallQuality: 'unsynchronised' })
    const number = site.plan.channels.findIndex(({ name }) => name === 'x')
    const give = (state: ReturnType<typeof makeStation>, at: number, value: number): number => {
      scan(state, { ...emptyInput(moment(at)), samples: [oneSample(number, millis(at), value, 1, 'none')] })
      return latest(state.machine.channels[number] as Channel)?.quality ?? 0
    }
    const before = makeStation(site.plan, moment(0), 'test')
    for (const at of [10_000, 20_000, 30_000]) expect(give(before, at, 1)).toBe(1)
    const remembered: Remembered = JSON.parse(JSON.stringify(remember(before, moment(30_000))))
    const after = makeStation(site.plan, moment(40_000), 'test', remembered)
    expect([give(after, 41_000, 2), give(after, 51_000, 1.1)]).toEqual([4, 1])
  })
})
