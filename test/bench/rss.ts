// Memory: what the shipped program takes before it has anything to watch, and what one channel more costs.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { Quality } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import type { Part } from './part.ts'
import { build, median, profile, rssOf, servePoint, start, temporaryFolder } from './program.ts'

/** Start-up garbage is gone and the first connections have been tried. */
const settleMs = 4000
const runs = 3
/** So many that the process itself does not matter beside them. */
const channelCount = 1000
/** The rings are full, twice over. */
const rowCount = 2048

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A process that does nothing, of the same Node. */
async function bareRss(): Promise<number | null> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' })
  await sleep(settleMs)
  const bytes = rssOf(child.pid!)
  child.kill('SIGKILL')
  await once(child, 'exit')
  return bytes
}

/** Drivers, uplink and control socket are loaded and at work; there is no channel. */
async function loadedRss(): Promise<number | null> {
  const folder = temporaryFolder()
  const point = await servePoint()
  const site = folder.write(
    'site.yaml',
    `site: { area: bench, id: rss, station: a, mode: test }
buses:
  net: { tcp: "127.0.0.1:${point.port}" }
  line: { line: ${folder.path}/no-such-line }
devices:
  siren: { profile: generic/relay, bus: net, unit: 1, coil: 0, safe: off, longest: 1min }
  beacon: { profile: generic/relay, bus: line, unit: 1, coil: 0, safe: off, longest: 1min }
channels: {}
publish: [ { to: nobody, broker: "mqtt://127.0.0.1:1" } ]
`,
  )
  const program = start('run', site)
  await sleep(settleMs)
  const bytes = rssOf(program.pid)
  await program.end()
  point.close()
  folder.remove()
  return bytes
}

/** A site of many channels, each on a device of its own, each with tests, a level and a trend. */
function manyChannels(folder: string): Site {
  const numbers = Array.from({ length: channelCount }, (_, index) => index)
  const perBus = 200
  const lines = (each: (index: number) => string, step = 1) =>
    numbers
      .filter((index) => index % step === 0)
      .map(each)
      .join('\n')
  const text = `site: { area: bench, id: rss, station: a, mode: test }
buses:
${lines((index) => `  b${index / perBus}: { tcp: "127.0.0.1:${2000 + index / perBus}" }`, perBus)}
devices:
${lines((index) => `  d${index}: { profile: ./gauge.yaml, bus: b${Math.floor(index / perBus)}, unit: ${1 + (index % perBus)}, every: 10s }`)}
channels:
${lines((index) => `  c${index}: { read: d${index}.value, quality: [ { range: { sensor: [0, 600] } }, { spike: { suspect: 5 } }, { rate: { suspect: 50/min } }, { flat: { suspect: 1h } } ] }`)}
detectors:
${lines((index) => `  high${index}: { kind: threshold, on: c${index}, at: { yellow: 3, red: 5 } }\n  trend${index}: { kind: trend, on: c${index}, over: 2h, at: { yellow: 1/h } }`)}
`
  const checked = checkSite(text, `${folder}/site.yaml`, { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

/** Fills the rings of a station of `channelCount` channels, in this process; bytes a channel, of memory and of the rings that `check` declares. */
function perChannel(): { bytes: number; declared: number } {
  const folder = temporaryFolder()
  folder.write('gauge.yaml', profile)
  const site = manyChannels(folder.path)
  folder.remove()
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(at), wallQuality: 'synchronised' })
  const collect = globalThis.gc
  if (!collect) throw new Error('the bench was not started with --expose-gc')
  collect()
  const before = process.memoryUsage().rss
  const state = makeStation(site.plan, moment(0), 'bench')
  const samples = site.plan.channels.map((_, channel) => {
    return { channel, count: 1, time: new Float64Array(1), value: new Float64Array(1), quality: Uint8Array.of(Quality.good), reason: new Uint8Array(1) }
  })
  for (let row = 1; row <= rowCount; row++) {
    for (const { time, value, channel } of samples) {
      time[0] = row * 10_000
      value[0] = 1 + Math.sin((row + channel) / 50)
    }
    scan(state, { ...emptyInput(moment(row * 10_000)), samples })
  }
  collect()
  return { bytes: (process.memoryUsage().rss - before) / channelCount, declared: site.ringBytes / channelCount }
}

export const part: Part = {
  prefix: 'rss',
  keys: ['rss.loadedRatio', 'rss.perChannelBytes'],
  async run({ note }) {
    const { bytes, declared } = perChannel()
    note(
      `${channelCount} channels: ${bytes.toFixed(0)} bytes each, ${(bytes / declared).toFixed(2)} times the ${declared.toFixed(0)} bytes of its rings that check declares`,
    )
    build()
    const ratios: number[] = []
    for (let i = 0; i < runs; i++) {
      const [bare, loaded] = [await bareRss(), await loadedRss()]
      if (bare === null || loaded === null) {
        note(`rss.loadedRatio: this system does not tell the memory of a process in /proc`)
        return { 'rss.loadedRatio': null, 'rss.perChannelBytes': bytes }
      }
      ratios.push(loaded / bare)
      note(`bare ${(bare / 1e6).toFixed(1)} MB, loaded ${(loaded / 1e6).toFixed(1)} MB`)
    }
    return { 'rss.loadedRatio': median(ratios), 'rss.perChannelBytes': bytes }
  },
}
