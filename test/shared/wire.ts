// Serves a recording as a virtual point on real lines, lets the real station poll it, and gathers what a subscriber of a real broker hears.

import { execFile } from 'node:child_process'
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { promisify } from 'node:util'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { openField } from '../../gateway/field.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { openStation } from '../../gateway/station.ts'
import type { Decoded } from '../../protocol/encodings/json.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { writeRecordingHeader, writeRecordingLine } from '../../protocol/recording.ts'
import { instant } from '../../protocol/time.ts'
import { openRecorded } from '../../sim/recorded/rows.ts'
import { changeJson } from '../../sim/recorded/story.ts'
import { type Stand, servePoint, siteAt } from '../../sim/serve/point.ts'
import { recordedFeed } from '../../sim/serve/recorded-feed.ts'
import { assertContract } from '../setup/contract.ts'
import { listen } from './listen.ts'

/** A value as it was told on the wire; NaN where it was told to be missing. */
export interface Told {
  time: number
  value: number
}

export interface WireRun {
  /** What changed in the station, as `replay --json` writes it. */
  changes: string[]
  /** Every message on the wire, in order of arrival, each held against the contract. */
  messages: Decoded[]
  /** What the messages told of each channel, in order of time. */
  series: Map<string, Told[]>
  /** What the siren was told, in order. */
  siren: boolean[]
  troubles: string[]
}

/** Four data sets, whose years differ: a site for each. */
export const recordings = {
  rain: ['rain_mukilteo_mlp_15min_2015', 'rain_mukilteo_mvd116_15min_2015', 'rain_mukilteo_mwwd_15min_2015', 'rain_mukilteo_watertona_15min_2015'],
  tilt: ['slope_tilt_sagtb16_acc1_2015', 'slope_tilt_sagtb16_acc2_2015'],
  gas: ['gas_ch4_metec_release_2022-05'],
  water: ['water_troutcreek_2021'],
} as const
export type Name = keyof typeof recordings

const execute = promisify(execFile)
const program = join(import.meta.dirname, '../../sim/main.ts')
/** Some thousands of changes of some hundred letters. */
const MOST_OUTPUT = 64 * 1024 * 1024

const siteFile = (name: Name): string => join(import.meta.dirname, `../stations/recorded-${name}.yaml`)
const mapOf = (name: Name): string => siteFile(name).replace(/\.yaml$/, '-map.yaml')

/** The site, with its messages for the broker of the test. */
function siteOf(name: Name, brokerPort: number): Site {
  const file = siteFile(name)
  const text = readFileSync(file, 'utf8').replace('127.0.0.1:1883', `127.0.0.1:${brokerPort}`)
  const checked = checkSite(text, file, { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

/** `recordTo`: where the station's inputs are journalled, scan by scan. */
export async function runOnWire(name: Name, files: string[], brokerPort: number, recordTo: string): Promise<WireRun> {
  const site = siteOf(name, brokerPort)
  const opened = openRecorded(site, files, mapOf(name))
  if ('faults' in opened) throw new Error(formatFaults(opened.faults))
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-wire-'))
  const run: WireRun = { changes: [], messages: [], series: new Map(), siren: [], troubles: [] }
  const point = await servePoint({
    site,
    feed: recordedFeed(opened.recorded.rows),
    stands: new Map(site.buses.map((bus): [string, Stand] => [bus.name, bus.wire.how === 'serial' ? { pty: join(folder, bus.name) } : { port: 0 }])),
    onOutput: (_output, on) => run.siren.push(on),
    onTrouble: (trouble) => run.troubles.push(trouble),
  })
  if ('trouble' in point) throw new Error(point.trouble)
  const listener = await listen(brokerPort, `hp/v1/${site.area}/${site.id}/#`)
  const record = createWriteStream(recordTo)
  record.write(`${writeRecordingHeader({ site: site.id, station: site.station, channels: site.plan.channels, epoch: 'wire', startedAt: instant(0) })}\n`)
  const stop = new AbortController()
  const there = siteAt(site, point)
  const station = openStation(there, openField(there), {
    epoch: 'wire',
    software: 'test',
    busClock: realBusClock(),
    onScan(input, out) {
      record.write(`${writeRecordingLine(input)}\n`)
      run.changes.push(...out.changes.map(changeJson))
    },
  })
  try {
    const running = station.run(stop.signal)
    await Promise.race([point.done, running])
    stop.abort()
    await running
    // The goodbye is the last that a station says.
    const heard = await listener.until(({ payload }) => payload.includes('"state":"offline"'))
    run.messages = heard.map(({ topic, payload, retained }) => assertContract(topic, payload, retained))
  } finally {
    await finished(record.end())
    await listener.close()
    await point.close()
    opened.recorded.close()
    rmSync(folder, { recursive: true })
  }
  run.series = seriesOf(run.messages)
  return run
}

function seriesOf(messages: Decoded[]): Map<string, Told[]> {
  const series = new Map<string, Told[]>()
  for (const { message } of messages) {
    if (message.kind !== 'live') continue
    for (const [channel, { t0, dt = 0, t, v }] of Object.entries(message.channels)) {
      const told = series.get(channel) ?? []
      for (const [row, value] of v.entries()) told.push({ time: t0 + (t?.[row] ?? row * dt), value: value ?? Number.NaN })
      series.set(channel, told)
    }
  }
  for (const told of series.values()) told.sort((a, b) => a.time - b.time)
  return series
}

/** What `hazardpoint-sim replay --json` says of recordings, line by line. CSV files need the map of their site. */
export async function runReplay(name: Name, recordings: string[]): Promise<string[]> {
  const map = recordings.every((file) => file.endsWith('.csv')) ? ['--map', mapOf(name)] : []
  const { stdout } = await execute(process.execPath, [program, 'replay', siteFile(name), ...recordings, ...map, '--json'], { maxBuffer: MOST_OUTPUT })
  return stdout.trimEnd().split('\n')
}
