/** `hazardpoint-sim serve`: puts the point of a site file on sockets and lines, until it is stopped or its recording is read. */

import { lstatSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { realClock, scaledClock, waitMs } from '../../devicejs/drivers/clock.ts'
import { tame } from '../../gateway/cells.ts'
import { progressLine } from '../../gateway/screen.ts'
import type { Site } from '../../gateway/site/site.ts'
import type { Outlet } from '../../gateway/terminal.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { BusSpec, Wire } from '../../protocol/ports.ts'
import { openRecorded, type Recorded } from '../recorded/rows.ts'
import type { Scenario } from '../scenario.ts'
import { makeField } from '../world/field.ts'
import type { Feed } from './feed.ts'
import { fieldFeed } from './field-feed.ts'
import { type PointOptions, type Stand, servePoint } from './point.ts'
import { recordedFeed } from './recorded-feed.ts'

export interface ServeOptions {
  site: Site
  source: { scenario: Scenario; seed: number; speed: number } | { recordings: string[]; map: string }
  /** The port of the first TCP bus; further ones follow it. Null: as in the site file. */
  port: number | null
  /** The name of the first serial line; further ones have a number behind it. Null: as in the site file, or a name in the temporary folder (`lineStand`). */
  line: string | null
  host: string
}

/** A log of a day's serving should not be one of progress. */
const REPORT_MS = 60_000

export async function serve(options: ServeOptions, { out, err, stop }: { out: Outlet; err: Outlet; stop: AbortSignal }): Promise<number> {
  const { site } = options
  const opened = openFeed(options)
  if ('trouble' in opened) return fail(err, opened.trouble)
  const { feed, recorded, progress } = opened
  const point = await servePoint(pointOptions(options, feed, out, err))
  if ('trouble' in point) {
    recorded?.close()
    return fail(err, point.trouble)
  }
  for (const bus of site.buses) {
    const wire = point.buses.get(bus.name) as Wire
    out.write(`bus ${bus.name}: ${wireText(wire, bus.speaks)}\n`)
    for (const device of site.devices)
      if (device.bus === bus.name)
        out.write(`  ${bus.speaks === 'frames' ? 'alone   ' : `unit ${String(device.unit).padStart(3)}`}  ${device.name}  ${device.profile.name}\n`)
  }
  out.write('Ctrl-C ends.\n')
  const read = await ended(feed, progress, err, stop)
  if (read) out.write('the recording was read to its end\n')
  await point.close()
  recorded?.close()
  return 0
}

/** Waits for the end of the feed (true) or for `stop` (false), and tells from time to time how far it is. */
async function ended(feed: Feed, progress: (() => string) | null, err: Outlet, stop: AbortSignal): Promise<boolean> {
  const done = feed.done.then(() => true)
  while (!stop.aborted) {
    const beat = new AbortController()
    const over = await Promise.race([done, waitMs(REPORT_MS, AbortSignal.any([stop, beat.signal])).then(() => false)])
    beat.abort()
    if (over) return true
    if (progress && !stop.aborted) err.write(`${progress()}\n`)
  }
  return false
}

function openFeed({ site, source }: ServeOptions): { feed: Feed; recorded: Recorded | null; progress: (() => string) | null } | { trouble: string } {
  if ('scenario' in source) {
    const { scenario, seed, speed } = source
    const clock = speed === 1 ? realClock() : scaledClock(speed)
    const feed = fieldFeed({ field: makeField(seed, scenario), scenario, seed, clock, devices: site.devices })
    const progress = (): string => {
      const fraction = feed.fraction()
      return progressLine({ label: 'scenario', fraction, speed, leftMs: ((1 - fraction) * scenario.duration) / speed }, 80)
    }
    return { feed, recorded: null, progress }
  }
  const opened = openRecorded(site, source.recordings, source.map)
  if ('faults' in opened) return { trouble: formatFaults(opened.faults) }
  const { recorded } = opened
  const feed = recordedFeed(recorded.rows)
  return {
    feed,
    recorded,
    progress: () =>
      `${feed.counts().shown} rows shown, ${Math.floor((100 * recorded.read().bytes) / Math.max(1, recorded.read().sizeBytes))} % of the files read`,
  }
}

function pointOptions({ site, port, line, host }: ServeOptions, feed: Feed, out: Outlet, err: Outlet): PointOptions {
  const stands = new Map<string, Stand>()
  const tcp = site.buses.filter(({ wire }) => wire.how !== 'serial' && wire.how !== 'dial-in')
  for (const [number, bus] of tcp.entries()) if (port !== null) stands.set(bus.name, { port: port === 0 ? 0 : port + number })
  const serial = site.buses.filter(({ wire }) => wire.how === 'serial')
  for (const [number, bus] of serial.entries()) stands.set(bus.name, lineStand(site, bus, line === null || number === 0 ? line : `${line}-${number + 1}`))
  return {
    site,
    feed,
    stands,
    host,
    onOutput: (output, on, text) => void out.write(`${output} ${on ? 'ON' : 'off'}${text === undefined ? '' : `: ${tame(text)}`}\n`),
    onTrouble: (trouble) => void err.write(`${trouble}\n`),
  }
}

/**
 * A line that is named and there is served as it is (an adapter, wired to the station's); any other name is made. Where none is
 * named, it is made where the site file looks for it, so that its station finds it; but nothing of ours is put under /dev.
 */
function lineStand(site: Site, bus: Site['buses'][number], line: string | null): Stand {
  if (line === null) {
    const path = bus.wire.how === 'serial' ? bus.wire.path : ''
    return { pty: path.startsWith('/dev/') || !isFree(path) ? join(tmpdir(), `hazardpoint-${site.id}-${bus.name}`) : path }
  }
  return statSync(line, { throwIfNoEntry: false })?.isCharacterDevice() ? { line } : { pty: line }
}

/** Nothing is there, and something can be put there. */
function isFree(path: string): boolean {
  const folder = statSync(dirname(path), { throwIfNoEntry: false })
  return Boolean(folder?.isDirectory()) && lstatSync(path, { throwIfNoEntry: false }) === undefined
}

function wireText(wire: Wire, speaks: BusSpec['speaks']): string {
  const spoken = wire.how === 'tcp' ? 'Modbus TCP' : { rtu: 'Modbus RTU', ascii: 'Modbus ASCII', frames: 'frames' }[speaks]
  if (wire.how === 'serial') return `${spoken} on ${wire.path}`
  if (wire.how === 'dial-in') return `${spoken}, dials in at ${wire.host}:${wire.port}`
  return `${spoken}${wire.how === 'tcp' ? '' : ' over TCP'} on ${wire.host}:${wire.port}`
}

function fail(err: Outlet, trouble: string): number {
  err.write(`${trouble}\n`)
  return 1
}
