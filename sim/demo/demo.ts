/**
 * The demo: a simulated hazard point on real sockets, the real station polling it, a real broker, and a subscriber that shows what arrives.
 *
 *     field ─► twins ══ Modbus TCP ══► station ══ MQTT ══► broker ══ MQTT ══► this screen
 *                 ▲                       │
 *                 └──── siren's coil ◄────┘
 */
import { fileURLToPath } from 'node:url'
import { monotonicMs, realBusClock, scaledClock, waitMs, wallNow } from '../../devicejs/drivers/clock.ts'
import { readSite } from '../../gateway/commands/check.ts'
import { openField } from '../../gateway/field.ts'
import type { Site } from '../../gateway/site/site.ts'
import { openStation } from '../../gateway/station.ts'
import type { Progress } from '../../gateway/status.ts'
import { type Outlet, openScreen, type Screen } from '../../gateway/terminal.ts'
import { asset } from '../../protocol/files/asset.ts'
import type { Clock } from '../../protocol/ports.ts'
import { version } from '../../protocol/version.ts'
import { type Scenario, stormScenario } from '../scenario.ts'
import { type FieldFeed, fieldFeed } from '../serve/field-feed.ts'
import { servePoint, siteAt } from '../serve/point.ts'
import { makeField } from '../world/field.ts'
import { openDemoBroker } from './broker.ts'
import { epilogue } from './epilogue.ts'
import { openListener } from './listener.ts'
import { makeTally, type Tally } from './tally.ts'
import { tell } from './words.ts'

export interface DemoOptions {
  /** Station seconds a real second. */
  speed: number
  /** Ends then, in real time, even in the middle of the story. */
  forMs: number | null
  /** One line a message, and nothing else. */
  json: boolean
  /** Null: the scenario's own. */
  seed: number | null
}

export interface DemoIo {
  out: Outlet
  err: Outlet
  stop: AbortSignal
}

/** Often enough to see a story move, seldom enough for a slow terminal. */
const REDRAW_MS = 200

/** Runs the story to its end, or until `stop`. The answer is the exit code; what goes wrong is said on `err`. */
export async function runDemo(options: DemoOptions, { out, err, stop }: DemoIo): Promise<number> {
  const scenario = stormScenario()
  const written = readSite(fileURLToPath(asset('sim/demo/site.yaml')))
  if ('fault' in written) throw new Error(`the demo's own site file has faults:\n${written.fault}`)
  const clock = scaledClock(options.speed)
  const seed = options.seed ?? scenario.seed
  const feed = fieldFeed({ field: makeField(seed, scenario), scenario, seed, clock, devices: written.site.devices })
  const tally = makeTally(scenario, clock.now())
  const broker = await openDemoBroker()
  if ('trouble' in broker) return failed(err, broker.trouble)
  const screen = options.json ? null : openScreen(out)
  const point = await servePoint({
    site: written.site,
    feed,
    stands: new Map(written.site.buses.map(({ name }) => [name, { port: 0 }])),
    onOutput(output, on) {
      tally.coil(output, on)
      screen?.hear({ topic: `(coil of the ${output})`, text: on ? 'pulled in: IT SOUNDS' : 'dropped out: silent' }, false)
    },
  })
  try {
    if ('trouble' in point) return failed(err, point.trouble)
    const site = { ...siteAt(written.site, point), uplinks: written.site.uplinks.map((uplink) => ({ ...uplink, url: broker.url })) }
    await play({ options, scenario, clock, feed, tally, screen, site }, out, stop)
  } finally {
    screen?.close()
    if (!('trouble' in point)) await point.close()
    await broker.close()
  }
  if (!options.json) out.write(`${epilogue(tally, feed.fraction() >= 1).join('\n')}\n`)
  return 0
}

interface Cast {
  options: DemoOptions
  scenario: Scenario
  clock: Clock
  feed: FieldFeed
  tally: Tally
  screen: Screen | null
  site: Site
}

async function play({ options, scenario, clock, feed, tally, screen, site }: Cast, out: Outlet, stop: AbortSignal): Promise<void> {
  const busClock = realBusClock()
  const listeners = site.uplinks.map((uplink) =>
    openListener(uplink, `hp/v1/${site.area}/${site.id}/${site.station}/#`, busClock, (topic, payload) => {
      if (options.json) out.write(`${line(topic, payload)}\n`)
      else {
        const { text, quiet } = tell(payload)
        screen?.hear({ topic, text }, quiet)
      }
    }),
  )
  const progress = (): Progress => {
    const fraction = feed.fraction()
    return { label: 'the storm', fraction, speed: options.speed, leftMs: ((1 - fraction) * scenario.duration) / options.speed }
  }
  const station = openStation(site, openField(site, { clock, busClock }), {
    epoch: wallNow().toString(36),
    software: `hazardpoint ${version}`,
    busClock,
    onScan: (input, { changes }) => tally.changes(input.now, changes),
    progress,
  })
  // The story ends; or the user, the time that was given, or a mistake of ours ends it.
  const ending = new AbortController()
  const running = station.run(ending.signal).finally(() => ending.abort())
  // Awaited below; until then a mistake must only end the loop.
  running.catch(() => {})
  const until = monotonicMs() + (options.forMs ?? Infinity)
  while (!stop.aborted && !ending.signal.aborted && feed.fraction() < 1 && monotonicMs() < until) {
    screen?.show(station.status())
    await waitMs(Math.max(0, Math.min(REDRAW_MS, until - monotonicMs())), AbortSignal.any([stop, ending.signal]))
  }
  screen?.show(station.status())
  ending.abort()
  await running
  for (const listener of listeners) await listener.close()
}

/** A message with its topic, as one line of JSON. */
function line(topic: string, payload: string): string {
  return `{"topic":${JSON.stringify(topic)},"message":${payload}}`
}

function failed(err: Outlet, trouble: string): number {
  err.write(`${trouble}\n`)
  return 1
}
