// Real slopes: what the detectors of slopes raise, when, what they miss, and what they raise for nothing. Printed as a table.

import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { type Row, recordingFile, rowsOf } from './figures.ts'
import { judged, type Raised } from './slope.ts'

const table: string[] = []
afterAll(() => console.log(`\n${table.join('\n')}\n`))
const tell = (what: string, raised: Raised[]): void => {
  table.push(`${what}: ${raised.map(({ at, name, to }) => `${at.slice(5)} ${name} ${to}`).join(', ') || 'nothing'}`)
}
const at = (text: string): number => Date.parse(`${text}Z`)

describe('the tilt node SAGTB 16', () => {
  // A digit is 1/1024 g, 0.06 degrees. x lies along the pipe, nearly upright.
  const site = `
site: { area: benguet, id: sagtb, station: a, hazards: [landslide] }
buses: { column: { tcp: "127.0.0.1:1502" } }
devices: { node: { profile: hazardpoint/served-accelerometer, bus: column, unit: 32, every: 30min } }
channels:
  x: { read: node.x, quality: [ { range: { sensor: [-1.5, 1.5] } } ] }
  y: { read: node.y, quality: [ { range: { sensor: [-1.5, 1.5] } } ] }
  z: { read: node.z, quality: [ { range: { sensor: [-1.5, 1.5] } } ] }
  moved: { derive: change, from: [y, z, x], quality: [ { spike: { suspect: 0.5, fail: 2 } } ] }
detectors:
  leaning: { kind: threshold, on: moved, at: { blue: 0.5, yellow: 1, orange: 2, red: 5 }, clear: 80% }
  precaution: { kind: trend, on: moved, over: 24h, at: { yellow: 0.01/h }, noise: 0.06 }
  warning: { kind: trend, on: moved, over: 6h, at: { orange: 0.1/h }, noise: 0.06 }
  failing: { kind: creep, on: moved, over: 48h, step: 4h, at: { yellow: 24h }, noise: 0.06 }
  steep: { kind: tangent, on: moved, at: { yellow: 80 } }
  drifting: { kind: mann-kendall, on: moved, over: 14d, at: { yellow: 0.05/d } }
`
  const counts = { x: ['x', 1 / 1024], y: ['y', 1 / 1024], z: ['z', 1 / 1024] } as Record<string, [string, number]>
  // As the operator labelled them.
  const moving = [
    ['2015-07-06T16:30', '2015-07-21T15:30'],
    ['2015-08-20T12:30', '2015-08-28T09:00'],
    ['2015-09-17T10:30', '2015-09-21T16:30'],
  ].map(([from, to]) => [at(from as string), at(to as string)] as const)
  const within = (time: number): boolean => moving.some(([from, to]) => time >= from && time <= to)

  it.each(['acc1', 'acc2'])('is at precaution in each of its three movements, and never between them, by %s', (node) => {
    const { raised } = judged(site, rowsOf(`slope_tilt_sagtb16_${node}_2015`), counts)
    tell(`SAGTB 16 ${node}`, raised)
    for (const [from, to] of moving) {
      const first = raised.find(({ name, time }) => name === 'precaution' && time >= from && time <= to)
      expect(first, new Date(from).toISOString()).toBeDefined()
      expect(((first as Raised).time - from) / 3_600_000).toBeLessThan(96)
    }
    expect(raised.filter(({ name, time }) => (name === 'precaution' || name === 'warning' || name === 'steep') && !within(time))).toEqual([])
    // Of a slope that moves in steps no failure is foretold, and none came.
    expect(raised.filter(({ name }) => name === 'failing')).toEqual([])
  })

  it.each([
    ['acc1', 7.03],
    ['acc2', 7.15],
  ])('turns by 7 degrees in the typhoon of August, by the change from its baseline (%s)', (node, degrees) => {
    const rows = rowsOf(`slope_tilt_sagtb16_${node}_2015`).filter(({ time }) => time >= at('2015-08-19T12:30') && time < at('2015-08-25T00:00'))
    const { greatest } = judged(site, rows, counts, 6)
    table.push(`SAGTB 16 ${node}, August: ${greatest.get('moved')?.toFixed(2)} degrees`)
    expect(greatest.get('moved')).toBeCloseTo(degrees, 0)
  })
})

describe('the broken inclinometer of Trout Creek', () => {
  const site = (tests: string): string => `
site: { area: minnesota, id: trout-creek, station: a, hazards: [flood] }
buses: { bridge: { tcp: "127.0.0.1:1502" } }
devices: { gauge: { profile: hazardpoint/served-level, bus: bridge, unit: 5, every: 5min } }
channels:
  pitch: { read: gauge.pitch, quality: [ ${tests} ] }
  roll: { read: gauge.roll, quality: [ ${tests} ] }
  moved: { derive: change, from: [pitch, roll] }
detectors:
  leaning: { kind: threshold, on: moved, at: { blue: 5, red: 20 } }
  precaution: { kind: trend, on: pitch, over: 24h, at: { yellow: 0.3/h }, noise: 1 }
  warning: { kind: trend, on: roll, over: 6h, at: { orange: 2/h }, noise: 1 }
  failing: { kind: creep, on: pitch, over: 24h, step: 1h, at: { yellow: 12h } }
  steep: { kind: tangent, on: moved, at: { yellow: 80 } }
`
  const columns = { pitch: ['pitch_deg', 1], roll: ['roll_deg', 1] } as Record<string, [string, number]>
  const rows = rowsOf('water_troutcreek_2021')

  it('raises nothing in eight weeks of false jumps where its range and its jumps are tested', () => {
    const { raised } = judged(site('{ range: { sensor: [-60, 60] } }, { jump: { fail: 10, hold: 7d } }'), rows, columns)
    tell('Trout Creek', raised)
    expect(raised).toEqual([])
  })

  it('would raise dozens of alarms without those tests', () => {
    const { raised } = judged(site('{ range: { sensor: [-180, 180] } }'), rows, columns)
    table.push(`Trout Creek, untested: ${raised.length} raised`)
    expect(raised.length).toBeGreaterThan(50)
  })
})

describe('the cracks of four villages, read by hand', () => {
  const site = `
site: { area: benguet, id: cracks, station: a, hazards: [landslide] }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices: { crack: { profile: generic/crack-gauge, bus: line, unit: 1, every: 1d } }
channels:
  opening: { read: crack.opening, quality: [ { spike: { suspect: 100, fail: 300 } } ] }
  moved: { derive: displacement, from: opening, quiet: 1/d }
detectors:
  opened: { kind: threshold, on: moved, at: { blue: 20, yellow: 50, orange: 100, red: 300 }, clear: 80% }
  fast: { kind: trend, on: opening, over: 35d, at: { yellow: 2/d, orange: 10/d }, noise: 3 }
  drifting: { kind: mann-kendall, on: opening, over: 60d, points: 8, at: { yellow: 1/d } }
  failing: { kind: creep, on: opening, over: 70d, step: 7d, at: { yellow: 21d }, noise: 3 }
`
  const cracks = new Map<string, Raised[]>()
  for (const village of ['kan', 'mar', 'nin', 'sag']) {
    const lines = readFileSync(recordingFile(`slope_cracks_${village}_2014_2016`), 'utf8')
      .trim()
      .split('\n')
      .slice(1)
    const series = new Map<string, Row[]>()
    for (const line of lines) {
      const [time = '', crack = '', opening] = line.split(',')
      const rows = series.get(crack) ?? []
      const row = { time: Date.parse(time), cm: Number(opening) }
      if (row.time > (rows.at(-1)?.time ?? -Infinity)) rows.push(row)
      series.set(crack, rows)
    }
    for (const [crack, rows] of series) if (rows.length >= 15) cracks.set(`${village} ${crack}`, judged(site, rows, { opening: ['cm', 10] }, 3).raised)
  }

  it.each([
    ['kan CRACK GEMELINA', '2015-10-13', '2015-10-20'],
    ['kan CRACK MANGGA', '2015-10-13', '2015-10-20'],
    ['kan CRACK MOLAVE', '2015-10-13', '2015-10-20'],
    ['kan CRACK BANANA', '2015-10-13', '2015-10-20'],
    ['mar MARKER 5', '2015-08-05', '2015-08-26'],
    ['nin CRACK B', '2015-09-05', '2015-09-20'],
    ['nin CRACK E', '2015-09-05', '2015-09-20'],
    ['nin CRACK F', '2015-09-05', '2015-09-20'],
    ['sag CRACK C', '2015-08-20', '2015-08-30'],
  ])('%s, which the plots show to open, is raised from %s to %s', (crack, from, to) => {
    expect(cracks.get(crack)?.some(({ time }) => time >= at(`${from}T00:00`) && time < at(`${to}T00:00`))).toBe(true)
  })

  it('a third of all that are read is told to be still', () => {
    for (const [crack, raised] of cracks) tell(crack, raised)
    expect([...cracks.values()].filter((raised) => raised.length === 0).length).toBeGreaterThanOrEqual(9)
  })

  it('a metre too much in one reading is yellow until the next shows it for an error', () => {
    const [first, ...others] = cracks.get('nin CRACK A') ?? []
    expect(first).toMatchObject({ name: 'opened', to: 'yellow', at: expect.stringMatching(/^2015-08-28/) })
    expect(others.filter(({ to, at: when }) => to === 'red' && when < '2015-09-05')).toEqual([])
  })
})
