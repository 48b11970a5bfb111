// What moves, sounds and tells, on real sockets and lines: a station with one of each, and what a crash leaves behind.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { realBusClock } from '../../devicejs/drivers/clock.ts'
import { findProfile } from '../../devicejs/shelf.ts'
import { openField } from '../../gateway/field.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { Feed } from '../../sim/serve/feed.ts'
import { servePoint } from '../../sim/serve/point.ts'
import { type FakeModem, fakeModem } from '../devicejs/outputs/modem.ts'
import { fakeVoice } from '../devicejs/outputs/voice.ts'
import { later, openEnd, ptyPair, stop } from '../devicejs/serving.ts'

afterEach(stop)

function siteOf(text: string, file: string): Site {
  const checked = checkSite(text, file, { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-outputs-'))
  later(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every device shows so much gas, for ever. */
const steady = (gas: number): Feed => {
  const shown = { values: new Map([['gas', gas]]), time: null, mute: false }
  return { show: () => shown, taken: () => {}, done: new Promise(() => {}) }
}

/** The field of a site on sockets of its own. `told` is what its outputs were told, in order. */
async function serve(site: Site) {
  const told: string[] = []
  const stands = new Map(site.buses.flatMap(({ name, wire }) => (wire.how === 'tcp' ? [[name, { port: 0 }] as const] : [])))
  const point = await servePoint({
    site: { ...site, buses: site.buses.filter(({ wire }) => wire.how === 'tcp'), devices: site.devices.filter(({ bus }) => stands.has(bus)) },
    feed: steady(80),
    stands,
    onOutput: (name, on) => told.push(`${name} ${on ? 'on' : 'off'}`),
  })
  if ('trouble' in point) throw new Error(point.trouble)
  later(() => point.close())
  const wire = point.buses.get('line')
  if (wire?.how !== 'tcp') throw new Error('no TCP bus')
  return { told, point, port: wire.port }
}

it('a red alarm sounds the siren, shuts the valve, speaks, shows and tells, and an orderly stop leaves all of it safe', async () => {
  const [speech, radio] = [await ptyPair(), await ptyPair()]
  const spoken = await openEnd(speech.ends[1])
  const voice = fakeVoice({
    say: (bytes) => spoken.write(bytes),
    after: realBusClock().after,
    speakMs: 60_000,
  })
  spoken.onBytes(voice.take)
  const air = await openEnd(radio.ends[1])
  const modem: FakeModem = fakeModem((bytes) => air.write(bytes))
  air.onBytes(modem.take)
  const text = (port: number): string => `
site: { area: a, id: b, station: c, mode: test }
buses:
  line: { tcp: "127.0.0.1:${port}" }
  speech: { line: ${speech.ends[0]} }
  radio: { line: ${radio.ends[0]} }
devices:
  gas: { profile: demo/gas, bus: line, unit: 1, every: 1s }
  siren: { profile: evikon/ek61, bus: line, unit: 2, safe: off, longest: 30min }
  sign: { profile: generic/sign-modbus, bus: line, unit: 3, safe: off, longest: 30min }
  valve:
    profile: generic/relay-watchdog
    bus: line
    unit: 4
    kind: valve
    safe: closed
    valve: { action: pulse-close, feedback: { discrete: 3 }, supply: { discrete: 4 }, pulse: 200ms, travel: 100ms }
  beat: { profile: wirenboard/wb-mr6, bus: line, unit: 5, coil: 0, kind: heartbeat, safe: off }
  voice: { profile: yutone/syn6288, bus: speech, safe: off, longest: 10min }
  modem: { profile: generic/gsm-modem, bus: radio, safe: off, longest: 1h }
channels: { gas: { read: gas.gas } }
detectors: { leak: { kind: threshold, on: gas, at: { yellow: 10, red: 25 } } }
alarms: { gas: { red: leak is red } }
texts: { leave: { zh: 燃气泄漏，请立即撤离 } }
calls: { wardens: { numbers: ["+8613800138000"] } }
actions: [ { when: gas is red, do: [ siren on, sign shows leave, valve closes, voice says leave, modem to wardens says leave ] } ]
`
  const { told, point, port } = await serve(siteOf(text(1), 'site.yaml'))
  const site = siteOf(text(port), 'site.yaml')
  const station = openStation(site, openField(site), { epoch: 'e', software: 'test', busClock: realBusClock() })
  const ending = new AbortController()
  const running = station.run(ending.signal)
  const outputs = () => Object.fromEntries(station.status().outputs.map(({ name, actual }) => [name, actual]))

  await expect.poll(outputs, { timeout: 15_000 }).toMatchObject({ siren: true, sign: true, valve: true, voice: true, modem: true })
  expect(voice.spoken[0]).toContain('燃气泄漏，请立即撤离')
  expect(modem.taken).toHaveLength(1)
  expect(point.outputs().get('valve')).toBe(true)
  // Two toggles a second at least, for a hardware dead man.
  const beats = () => told.filter((line) => line.startsWith('beat')).length
  const [before, since] = [beats(), performance.now()]
  await expect.poll(() => beats() - before, { timeout: 5000 }).toBeGreaterThanOrEqual(6)
  expect(performance.now() - since).toBeLessThan(6 * 500)

  ending.abort()
  await running
  expect([...point.outputs()]).toEqual([
    ['siren', false],
    ['sign', false],
    ['valve', true],
    ['beat', false],
  ])
  expect(voice.speaking()).toBe(false)
  // What shut the valve was one pulse, and nothing opened it.
  expect(told.filter((line) => line.startsWith('valve'))).toEqual(['valve on'])
}, 40_000)

it('a station whose modem hangs in the midst of a message still stops, with its siren off', async () => {
  const radio = await ptyPair()
  const air = await openEnd(radio.ends[1])
  const modem = fakeModem((bytes) => air.write(bytes))
  modem.script = (line) => (/^00/.test(line) ? '' : undefined)
  air.onBytes(modem.take)
  const text = (port: number): string => `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { tcp: "127.0.0.1:${port}" }, radio: { line: ${radio.ends[0]} } }
devices:
  gas: { profile: demo/gas, bus: line, unit: 1, every: 1s }
  siren: { profile: evikon/ek61, bus: line, unit: 2, safe: off, longest: 30min }
  modem: { profile: generic/gsm-modem, bus: radio, safe: off, longest: 1h }
channels: { gas: { read: gas.gas } }
detectors: { leak: { kind: threshold, on: gas, at: { red: 25 } } }
alarms: { gas: { red: leak is red } }
calls: { wardens: { numbers: ["+8613800138000"] } }
actions: [ { when: gas is red, do: [ siren on, modem to wardens ] } ]
`
  const { point, port } = await serve(siteOf(text(1), 'site.yaml'))
  const site = siteOf(text(port), 'site.yaml')
  const station = openStation(site, openField(site), { epoch: 'e', software: 'test', busClock: realBusClock() })
  const ending = new AbortController()
  const running = station.run(ending.signal)
  await expect.poll(() => modem.heard.at(-1), { timeout: 10_000 }).toMatch(/^00/)
  await expect.poll(() => point.outputs().get('siren'), { timeout: 10_000 }).toBe(true)
  const since = performance.now()
  ending.abort()
  await running
  expect(point.outputs().get('siren')).toBe(false)
  expect(performance.now() - since).toBeLessThan(4_000)
}, 40_000)

const program = join(import.meta.dirname, '../../gateway/main.ts')

it('a station that is killed leaves a board that lets its relays go by itself', async () => {
  const folder = folderOf()
  const file = join(folder, 'site.yaml')
  writeFileSync(
    join(folder, 'board.yaml'),
    `title: a board
source: made up
outputs: { relay: { coil: 0 } }
watchdog: { holding: 40, value: 15, unit: 100ms }
`,
  )
  const text = (port: number): string => `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { tcp: "127.0.0.1:${port}" } }
devices:
  gas: { profile: demo/gas, bus: line, unit: 1, every: 500ms }
  siren: { profile: ./board.yaml, bus: line, unit: 2, kind: siren, safe: off, longest: 30min }
channels: { gas: { read: gas.gas } }
detectors: { leak: { kind: threshold, on: gas, at: { red: 25 } } }
alarms: { gas: { red: leak is red } }
actions: [ { when: gas is red, do: [ siren on ] } ]
`
  const { told, point, port } = await serve(siteOf(text(1), file))
  writeFileSync(file, text(port))
  const env = { ...process.env, RUNTIME_DIRECTORY: folder, STATE_DIRECTORY: folder }
  const child = spawn(process.execPath, [program, 'run', file], { env, stdio: 'ignore' })
  later(() => void child.kill('SIGKILL'))
  const on = () => point.outputs().get('siren')

  await expect.poll(on, { timeout: 15_000 }).toBe(true)
  // Longer than the watchdog: it is fed as long as the station judges.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  expect(told).toEqual(['siren off', 'siren on'])
  const killed = performance.now()
  child.kill('SIGKILL')
  await expect.poll(on, { timeout: 5000 }).toBe(false)
  expect(performance.now() - killed).toBeLessThan(2500)
  expect(told).toEqual(['siren off', 'siren on', 'siren off'])
}, 40_000)
