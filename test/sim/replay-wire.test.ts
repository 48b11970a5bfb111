import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { monotonicMs, realBusClock, realClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { openField } from '../../gateway/field.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { instant, iso } from '../../protocol/time.ts'
import { openRecorded } from '../../sim/recorded/rows.ts'
import { changeJson } from '../../sim/recorded/story.ts'
import { replay } from '../../sim/replay.ts'
import { servePoint, siteAt } from '../../sim/serve/point.ts'
import { recordedFeed } from '../../sim/serve/recorded-feed.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-replay-wire-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(name: string, lines: string[]): string {
  const file = join(folder, name)
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

const text = `
site: { area: here, id: bridge, station: a, clock: served }
buses:
  east: { tcp: "127.0.0.1:502" }
  west: { rtuOverTcp: "127.0.0.1:503" }
devices:
  gauge: { profile: hazardpoint/served-rain, bus: east, unit: 1, every: 10min }
  level: { profile: hazardpoint/served-level, bus: west, unit: 1, every: 7min, set: { baud: 115200 } }
  siren: { profile: generic/relay, bus: east, unit: 2, coil: 0, safe: off, longest: 1h }
channels:
  rain: { read: gauge.tips }
  range: { read: level.range, quality: [ { spike: { suspect: 20 } } ] }
  battery: { read: level.battery }
  rain-1h: { derive: accumulate, from: rain, over: 1h }
detectors:
  wet: { kind: threshold, on: rain-1h, at: { yellow: 4, red: 10 }, clear: 80% }
  high: { kind: threshold, on: range, direction: below, at: { yellow: 250, red: 200 }, deadband: 5, onDelay: 12min, offDelay: 20min }
  mute: { kind: silence, on: range, after: 25min }
alarms:
  flood: { red: wet is red and high, yellow: wet or high }
  gauge: { blue: mute }
actions:
  - { when: flood is red, do: [ siren on for 3min ] }
`

/** Rain each ten minutes, the river each seven, a gap in it, an empty cell, and a piece of rain that the logger sent twice. */
const START = Date.UTC(2020, 5, 1)
const at = (minutes: number): string => iso(instant(START + minutes * 60_000))
const rainAt = (row: number): number => (row % 40 > 10 && row % 40 < 16 ? 2.4 : 0)
const rain = Array.from({ length: 120 }, (_, row) => `${at(row * 10)},${rainAt(row)}`)
const river = Array.from({ length: 170 }, (_, row) => `${at(row * 7)},${row === 30 ? '' : 300 - 120 * Math.sin(row / 20) ** 2},${12.5 - row / 100}`).filter(
  (_, row) => row < 60 || row > 66,
)

const files = [fileOf('rain.csv', ['time,mm', ...rain.slice(0, 50), ...rain.slice(46)]), fileOf('river.csv', ['time,cm,volt', ...river])]
const map = fileOf('map.yaml', [
  'recordings:',
  '  - { file: rain.csv, columns: { mm: { channel: rain, unit: mm, kind: increment } } }',
  '  - { file: river.csv, columns: { cm: { channel: range, unit: cm }, volt: { channel: battery, unit: V } } }',
])

describe('a served recording', () => {
  it('gives the same changes at the same times, polled over sockets or replayed', async () => {
    const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
    if ('faults' in checked) throw new Error(formatFaults(checked.faults))
    const { site } = checked
    const opened = openRecorded(site, files, map)
    if ('faults' in opened) throw new Error(formatFaults(opened.faults))
    const sounded: boolean[] = []
    const feed = recordedFeed(opened.recorded.rows)
    const point = await servePoint({
      site,
      feed,
      stands: new Map(site.buses.map(({ name }) => [name, { port: 0 }])),
      onOutput: (_output, on) => sounded.push(on),
    })
    if ('trouble' in point) throw new Error(point.trouble)
    const there = siteAt(site, point)
    const polled: string[] = []
    const stop = new AbortController()
    const station = openStation(there, openField(there), {
      epoch: 'e',
      software: 'test',
      busClock: realBusClock(),
      onScan: (_input, out) => polled.push(...out.changes.map(changeJson)),
    })
    const running = station.run(stop.signal)
    await Promise.race([point.done, running])
    stop.abort()
    await running
    await point.close()
    opened.recorded.close()

    let replayed = ''
    const io = {
      out: { write: (piece: string) => (replayed += piece) },
      err: { write: () => true },
      clock: realClock(),
      monotonicMs,
      stop: new AbortController().signal,
    }
    expect(await replay({ site, recordings: files, map, json: true, speed: 'max' }, io)).toBe(0)
    expect(polled).toEqual(replayed.trimEnd().split('\n'))
    expect(opened.recorded.accounts().map(({ rows, dropped }) => [rows, dropped])).toEqual([
      [120, 4],
      [163, 0],
    ])

    const changes = polled.map((line) => JSON.parse(line) as Record<string, string>)
    for (const [name, to] of [
      ['flood', 'red'],
      ['flood', 'none'],
      ['gauge', 'blue'],
      ['siren', 'on'],
      ['siren', 'off'],
    ])
      expect(
        changes.some((change) => change.name === name && change.to === to),
        `${name} becomes ${to}`,
      ).toBe(true)
    expect(sounded).toEqual([false, ...changes.filter(({ what }) => what === 'action').map(({ to }) => to === 'on')])
  })
})
