import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { realBusClock } from '../../../devicejs/drivers/clock.ts'
import { findProfile } from '../../../devicejs/shelf.ts'
import type { Change } from '../../../gateway/core/scan.ts'
import { openField } from '../../../gateway/field.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { openStation } from '../../../gateway/station.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'
import { instant } from '../../../protocol/time.ts'
import { replayRows } from '../../../sim/recorded/run.ts'
import type { RecordedRow, RecordedRows } from '../../../sim/serve/feed.ts'
import { servePoint, siteAt } from '../../../sim/serve/point.ts'
import { recordedFeed } from '../../../sim/serve/recorded-feed.ts'
import { makeChance } from '../../../sim/world/chance.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-lockstep-'))
afterAll(() => rmSync(folder, { recursive: true }))

const START = Date.UTC(2015, 11, 1)
const MINUTE = 60_000

/** Two gauges and a level meter on three sorts of wires, with row times that coincide now and then, and gaps. */
const text = `
site: { area: a, id: s, station: a, clock: served, mode: test }
buses:
  tcp: { tcp: "127.0.0.1:1502" }
  line: { line: ${join(folder, 'line')} , baud: 115200 }
  far: { rtuOverTcp: "127.0.0.1:1503" }
devices:
  one: { profile: hazardpoint/served-rain, bus: tcp, unit: 1, every: 15min, set: { step: 0.2 mm } }
  two: { profile: hazardpoint/served-rain, bus: line, unit: 2, every: 15min, set: { step: 0.2 mm, baud: 115200 } }
  brook: { profile: hazardpoint/served-level, bus: far, unit: 3, every: 10min }
channels:
  one: { read: one.RAIN }
  two: { read: two.RAIN }
  brook: { read: brook.LEVEL }
  one-6h: { derive: accumulate, from: one, over: 6h }
  two-6h: { derive: accumulate, from: two, over: 6h }
detectors:
  wet-one: { kind: threshold, on: one-6h, at: { blue: 4, yellow: 6 }, clear: 80% }
  wet-two: { kind: threshold, on: two-6h, at: { blue: 4, yellow: 6 }, clear: 80% }
  high: { kind: threshold, on: brook, at: { orange: 200 }, deadband: 10, onDelay: 20min }
alarms:
  rain: { yellow: wet-one is yellow and wet-two is yellow, blue: wet-one or wet-two }
  flood: { orange: high }
`

function siteOf(): Site {
  const rain = findProfile('hazardpoint/served-rain', '')
  const level = findProfile('hazardpoint/served-level', '')
  if ('faults' in rain || 'faults' in level) throw new Error('no profiles')
  const named = text.replaceAll('RAIN', rain.profile.channels[0]?.name ?? '').replaceAll('LEVEL', level.profile.channels[0]?.name ?? '')
  const checked = checkSite(named, 'lockstep.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

function recording(site: Site, rows: number): RecordedRows {
  const chance = makeChance(11)
  const nameOf = (device: string): string => site.devices.find(({ name }) => name === device)?.profile.channels[0]?.name as string
  const gauge = (device: string): RecordedRow[] => {
    let total = 0
    const kept: RecordedRow[] = []
    for (let row = 0; row < rows; row++) {
      total += chance.fraction() < 0.6 ? 0 : Math.floor(chance.between(0, 4))
      // A recording has gaps.
      if (chance.fraction() < 0.97) kept.push({ time: instant(START + row * 15 * MINUTE), values: new Map([[nameOf(device), total]]) })
    }
    return kept
  }
  const brook = Array.from({ length: rows }, (_, row): RecordedRow => {
    const level = 150 + 80 * Math.sin(row / 20) + chance.normal()
    return { time: instant(START + 5 * MINUTE + row * 10 * MINUTE), values: new Map([[nameOf('brook'), chance.fraction() < 0.02 ? null : level]]) }
  })
  return new Map([
    ['one', gauge('one').values()],
    ['two', gauge('two').values()],
    ['brook', brook.values()],
  ])
}

async function servedChanges(site: Site, rows: RecordedRows): Promise<Change[]> {
  const feed = recordedFeed(rows)
  const point = await servePoint({
    site,
    feed,
    stands: new Map([
      ['tcp', { port: 0 }],
      ['far', { port: 0 }],
    ]),
  })
  if ('trouble' in point) throw new Error(point.trouble)
  const here = siteAt(site, point)
  const changes: Change[] = []
  const busClock = realBusClock()
  const stop = new AbortController()
  const station = openStation(here, openField(here, { busClock }), {
    epoch: 'e',
    software: 'test',
    busClock,
    onScan: (_, out) => void changes.push(...out.changes),
  })
  const running = station.run(stop.signal)
  await point.done
  // The last rows have been answered; the station still takes them in before it ends.
  stop.abort()
  await running
  await point.close()
  return changes
}

describe('a recording served in lock-step', () => {
  it('gives the changes of its replay: equal alarms, levels, reasons and observed times', { timeout: 60_000 }, async () => {
    const site = siteOf()
    const replayed: Change[] = []
    for (const _ of replayRows(site, recording(site, 400), 'test', (_, out) => void replayed.push(...out.changes)));
    const served = await servedChanges(site, recording(site, 400))
    expect(replayed.filter(({ what }) => what === 'alarm').length).toBeGreaterThan(10)
    expect(served).toEqual(replayed)
  })
})
