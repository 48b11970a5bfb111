import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Colour, colours } from '../../protocol/level.ts'
import { type Mosquitto, startMosquitto } from '../setup/mosquitto.ts'
import { DAY, firstHeldBelow, HOUR, largestSum, leanOf, type Row, recordingFile, releasesOf, rowsOf, tipsUntil } from './figures.ts'
import { type Name, recordings, runOnWire, runReplay, type Told, type WireRun } from './wire.ts'

const names = Object.keys(recordings) as Name[]

/** A serial line at 115,200 baud keeps 1.75 ms of silence before each request: 13,000 row times of two gauges take a minute and a half. */
const RUN_MS = 8 * 60_000

const wire = new Map<Name, WireRun>()
const replayed = new Map<Name, string[]>()
let broker: Mosquitto

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-journal-'))
afterAll(() => rmSync(folder, { recursive: true }))
const journalOf = (name: Name): string => join(folder, `${name}.ndjson`)

beforeAll(async () => {
  broker = await startMosquitto({ config: ['max_queued_messages 0'] })
  const one = async (name: Name): Promise<void> => {
    const files = recordings[name].map(recordingFile)
    wire.set(name, await runOnWire(name, files, broker.port, journalOf(name)))
    replayed.set(name, await runReplay(name, files))
  }
  await Promise.all(names.map(one))
}, RUN_MS)

const table: string[][] = []
afterAll(async () => {
  await broker?.stop()
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => (row[column] as string).length)))
  const lines = table.map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('   '))
  console.log(`\n${lines.join('\n')}\n`)
})
table.push(['figure', 'expected', 'got'])

/** Notes a figure in the table, and holds what was got against what the files say. */
function figure(what: string, expected: number, got: number, unit: string, digits = 2): void {
  table.push([what, `${expected.toFixed(digits)} ${unit}`, `${got.toFixed(digits)} ${unit}`])
  expect(got, what).toBeCloseTo(expected, 9)
}

function moment(what: string, expected: number | null, got: number | null): void {
  const text = (time: number | null): string => (time === null ? 'never' : new Date(time).toISOString().slice(0, 19))
  table.push([what, text(expected), text(got)])
  expect(got, what).toBe(expected)
}

const run = (name: Name): WireRun => wire.get(name) as WireRun
const series = (name: Name, channel: string): Told[] => run(name).series.get(channel) as Told[]
const at = (told: Told[], time: number): number => told.findLast((row) => row.time <= time)?.value ?? Number.NaN
const within = (told: Told[], from: number, to: number): Told[] => told.filter(({ time }) => time >= from && time < to)
const lowest = (told: Told[]): Told => told.reduce((least, row) => (row.value < least.value ? row : least))
const highest = (told: Told[]): Told => told.reduce((most, row) => (row.value > most.value ? row : most))
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)

/** The changes of an alarm as a subscriber heard them. */
function logOf(name: Name, alarm: string): { time: number; from: Colour; level: Colour }[] {
  return run(name).messages.flatMap(({ message }) =>
    message.kind === 'log' && message.alarm === alarm ? [{ time: message.observed, from: message.from, level: message.level }] : [],
  )
}

const raisedAt = (name: Name, alarm: string, level: Colour, after: number): number | null =>
  logOf(name, alarm).find((change) => change.time >= after && colours.indexOf(change.level) >= colours.indexOf(level))?.time ?? null

describe.each(names)('the recording of %s, polled by the station on real lines', (name) => {
  it('gives the same detections, alarms and actions, with equal levels, reasons and times, as its replay', () => {
    expect(replayed.get(name)?.length).toBeGreaterThan(10)
    expect(run(name).changes).toEqual(replayed.get(name))
    expect(run(name).troubles).toEqual([])
  })

  it('gives them once more when the inputs that the station journalled are replayed', async () => {
    expect(await runReplay(name, [journalOf(name)])).toEqual(run(name).changes)
  })

  it('is told on the broker change by change, as the replay has it', () => {
    const told = run(name).messages.flatMap(({ message }) =>
      message.kind === 'log'
        ? [[new Date(message.observed).toISOString(), message.alarm, message.from, message.change === 'lost' ? 'data lost' : message.level]]
        : [],
    )
    const changes = (replayed.get(name) as string[]).map((line) => JSON.parse(line) as Record<string, string>)
    expect(told).toEqual(changes.filter(({ what }) => what === 'alarm').map(({ observed, name: alarm, from, to }) => [observed, alarm, from, to]))
  })

  it('proves itself whole: nothing is missing in any lane, and every message is marked as a test', () => {
    const had = new Set<number>()
    const started = new Set<string>()
    for (const { envelope } of run(name).messages) {
      const { lane, prev, seq, mode } = envelope
      expect(mode).toBe('test')
      if (prev === null) {
        expect(started.has(lane), `a second beginning of lane ${lane}`).toBe(false)
        started.add(lane)
      } else if (!had.has(prev)) expect.unreachable(`message ${seq} of lane ${lane} comes after ${prev}, which was not received`)
      had.add(seq)
    }
    expect([...started].sort()).toEqual(['alarm', 'live', 'state'])
  })
})

describe('values on the wire', () => {
  it.each<[Name, string, string, string, (cell: number) => number]>([
    ['tilt', recordings.tilt[0] as string, 'x', 'x1', (counts) => counts / 1024],
    ['tilt', recordings.tilt[1] as string, 'z', 'z2', (counts) => counts / 1024],
    ['gas', recordings.gas[0] as string, 'ch4_ppm_SE', 'south-east', (ppm) => ppm],
    ['gas', recordings.gas[0] as string, 'ch4_ppm_N', 'north', (ppm) => ppm],
    ['water', recordings.water[0] as string, 'pitch_deg', 'pitch', (degrees) => degrees],
    ['water', recordings.water[0] as string, 'temp_c', 'heat', (degC) => degC],
  ])('of %s: every row of %s column %s comes as %s, missing where the cell is empty', (name, file, column, channel, unit) => {
    // JSON knows no -0; adding 0 takes the sign from it.
    const expected = rowsOf(file).map((row) => ({ time: row.time, value: unit(row[column] as number) + 0 }))
    expect(series(name, channel)).toEqual(expected)
  })

  it('of a rain gauge are its running total', () => {
    const rows = rowsOf(recordings.rain[3] as string)
    const total = tipsUntil(rows, day('2017-01-01'), 2 * 365 * DAY)
    figure('watertona, rain of the whole recording', total / 100, series('rain', 'watertona').at(-1)?.value as number, 'in')
    expect(series('rain', 'watertona')).toHaveLength(rows.length)
  })
})

describe('the rain of Mukilteo, 2015', () => {
  const gauges = ['mlp', 'mvd116', 'mwwd', 'watertona']
  const files = new Map<string, Row[]>()
  beforeAll(() => {
    for (const [index, gauge] of gauges.entries()) files.set(gauge, rowsOf(recordings.rain[index] as string))
  })

  it.each(gauges)('has its largest 72-h sum of December at %s, of 2.5 to 3.2 in, when the file says', (gauge) => {
    const { tips, at: when } = largestSum(files.get(gauge) as Row[], 3 * DAY, day('2015-12-01'), day('2016-01-01'))
    const got = highest(within(series('rain', `${gauge}-72h`), day('2015-12-01'), day('2016-01-01')))
    figure(`${gauge}, largest 72 h of December 2015`, tips / 100, got.value, 'in')
    moment(`${gauge}, first reached`, when, got.time)
    expect(got.value).toBeGreaterThanOrEqual(2.5)
    expect(got.value).toBeLessThanOrEqual(3.2)
  })

  it('shows the blocked gauge: nothing at the lighthouse while its three neighbours had two inches', () => {
    const until = Date.parse('2015-11-15T12:00:00Z')
    const sums = gauges.map((gauge) => {
      const got = at(series('rain', `${gauge}-72h`), until)
      figure(`${gauge}, 72 h until 2015-11-15 12:00`, tipsUntil(files.get(gauge) as Row[], until, 3 * DAY) / 100, got, 'in')
      return got
    })
    expect(sums[0]).toBeLessThan(0.05)
    for (const neighbour of sums.slice(1)) expect(neighbour).toBeGreaterThan(2)
  })

  it('sounds the siren at the coil, once for the false burst and once for the December storm', () => {
    const actions = run('rain')
      .changes.map((line) => JSON.parse(line) as Record<string, string>)
      .filter(({ what }) => what === 'action')
    expect(actions.map(({ to, observed }) => [to, observed])).toEqual([
      ['on', '2015-11-08T12:30:00.000Z'],
      ['off', '2015-11-08T12:40:00.000Z'],
      ['on', '2015-12-09T02:30:00.000Z'],
      ['off', '2015-12-09T02:40:00.000Z'],
    ])
    // At its start the station puts the siren into its safe state.
    expect(run('rain').siren).toEqual([false, true, false, true, false])
  })
})

describe('the tilt node SAGTB 16, August 2015', () => {
  it.each([1, 2])('leans by about 7 degrees over three days of the typhoon, by accelerometer %i', (node) => {
    const rows = rowsOf(recordings.tilt[node - 1] as string)
    const [rest, end] = [Date.parse('2015-08-20T12:30:00Z'), day('2015-08-25')]
    const lean = (time: number): number => leanOf(rows.findLast((row) => row.time <= time) as Row)
    const expected = lean(rest) - Math.min(...rows.filter(({ time }) => time > rest && time < end).map(leanOf))
    const told = series('tilt', `tilt${node}`)
    const extreme = lowest(within(told, rest, end))
    figure(`accelerometer ${node}, movement from 2015-08-20`, expected, at(told, rest) - extreme.value, 'deg')
    expect(expected).toBeGreaterThan(6.5)
    expect(expected).toBeLessThan(7.5)
    expect(extreme.time).toBeLessThan(rest + 4 * DAY)
  })

  it('raises the alarm of both accelerometers to red in those days, and not before', () => {
    const red = raisedAt('tilt', 'column', 'red', 0) as number
    expect(red).toBeGreaterThan(day('2015-08-22'))
    expect(red).toBeLessThan(day('2015-08-25'))
  })
})

describe('methane at METEC, May 2022', () => {
  const sides = { E: 'east', N: 'north', NE: 'north-east', NW: 'north-west', S: 'south', SE: 'south-east', SW: 'south-west', W: 'west' }

  it('rises above 5 ppm in the releases that the file shows so, and the alarm stands in each of them', () => {
    const rows = rowsOf(recordings.gas[0] as string)
    const log = logOf('gas', 'leak')
    const stands = (from: number, to: number): boolean =>
      log.some((change, index) => change.level !== 'none' && change.time <= to && (log[index + 1]?.time ?? Infinity) > from)
    const most = (values: number[]): number => Math.max(...values.filter((value) => !Number.isNaN(value)))
    const releases = releasesOf(recordings.gas[0] as string)
    expect(releases).toHaveLength(17)
    let expected = 0
    let got = 0
    let warned = 0
    for (const { from, to } of releases) {
      const inFile = most(
        rows.filter(({ time }) => time >= from && time < to).flatMap((row) => Object.keys(sides).map((side) => row[`ch4_ppm_${side}`] as number)),
      )
      const onWire = most(Object.values(sides).flatMap((side) => within(series('gas', side), from, to).map(({ value }) => value)))
      figure(`release of ${new Date(from).toISOString().slice(0, 16)}, highest`, inFile, onWire, 'ppm')
      if (inFile > 5) expected++
      if (onWire > 5) got++
      if (stands(from, to)) warned++
    }
    figure('releases above 5 ppm', expected, got, 'of 17', 0)
    figure('releases in which the alarm stood', expected, warned, 'of 17', 0)
    expect(expected).toBeGreaterThan(10)
  })
})

describe('the flood of Trout Creek, 27 August 2021', () => {
  it('comes at its height and time: the lowest range to the water', () => {
    const [from, to] = [day('2021-08-27'), day('2021-08-29')]
    const rows = rowsOf(recordings.water[0] as string).filter(({ time }) => time >= from && time < to)
    const expected = rows.reduce((least, row) => ((row.range_cm as number) < (least.range_cm as number) ? row : least))
    const got = lowest(within(series('water', 'range'), from, to))
    figure('lowest range to the water', expected.range_cm as number, got.value, 'cm')
    moment('at', expected.time, got.time)
  })

  it('raises yellow, orange and red when the water had stood there for half an hour', () => {
    const rows = rowsOf(recordings.water[0] as string)
    const from = Date.parse('2021-08-27T12:00:00Z')
    for (const [level, setPoint] of [
      ['orange', 310],
      ['red', 290],
    ] as const) {
      moment(`flood ${level}`, firstHeldBelow(rows, 'range_cm', setPoint, HOUR / 2, from, from + 2 * DAY), raisedAt('water', 'flood', level, from))
    }
  })

  it('is the only one of eight weeks, and the broken tilt meter raises nothing', () => {
    const raised = logOf('water', 'flood').filter(({ from }) => from === 'none')
    expect(raised).toHaveLength(1)
    expect(logOf('water', 'bridge')).toEqual([])
  })
})
