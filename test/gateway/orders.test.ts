/** Signed commands all the way: from the broker through a station in virtual time to the coil and back as a result, and again from its recording. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { openMemoryJournal } from '../../gateway/journal/memory.ts'
import { memoryNotes } from '../../gateway/journal/notes.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { openStation } from '../../gateway/station.ts'
import { signedText } from '../../protocol/canonical.ts'
import { encodeCommand } from '../../protocol/encodings/json.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { Command } from '../../protocol/messages.ts'
import type { Broker, Bus, Notes } from '../../protocol/ports.ts'
import { type Input, readRecordingLine, writeRecordingLine } from '../../protocol/recording.ts'
import { instant } from '../../protocol/time.ts'
import { replayInputs } from '../../sim/recorded/run.ts'
import { changeJson } from '../../sim/recorded/story.ts'
import { healthOf, stationClock } from '../devicejs/field.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const second = 1000
const minute = 60 * second
/** 10:00 at the place. */
const WALL = Date.UTC(2026, 5, 1, 2)
const duty = generateKeyPairSync('ed25519')
const publicText = Buffer.from(duty.publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString('base64')

const file = `
site: { area: a, id: b, station: c }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  gauge: { profile: xunchip/xm9505, bus: line, unit: 1, every: 10s }
  siren: { profile: generic/relay, bus: line, unit: 2, kind: siren, safe: off, longest: 30min }
channels:
  rain: { read: gauge.tips }
  rain-10min: { derive: accumulate, from: rain, over: 10min }
detectors: { wet: { kind: threshold, on: rain-10min, at: { yellow: 5, red: 10 } } }
alarms: { slope: { red: wet is red, yellow: wet } }
roles: { duty: { keys: ["${publicText}"], may: [silence, test] } }
publish: [{ to: county, broker: "mqtts://mqtt.example.org" }]
`

function siteOf(): Site {
  const checked = checkSite(file, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

function start(notes: Notes = memoryNotes()) {
  const bus = virtualClock()
  const world = { tips: 0, coil: false, relayMs: 20 }
  const clock = stationClock(bus, () => WALL)
  const line: Bus = {
    async read({ unit }) {
      await bus.wait(unit === 1 ? 20 : world.relayMs)
      return { ok: true, words: Uint16Array.of(unit === 1 ? world.tips : Number(world.coil)) }
    },
    async write(_, [on]) {
      await bus.wait(world.relayMs)
      world.coil = on === 1
      return { ok: true, words: Uint16Array.of(on as number) }
    },
    health: () => healthOf({ requests: 1, answers: 1 }),
    close: async () => {},
  }
  const results: { command: string; ok: boolean; reason: string }[] = []
  let deliver: (topic: string, payload: Uint8Array, retained: boolean) => void = () => {}
  const broker: Broker = {
    start(_, onLink, onMessage) {
      deliver = onMessage
      onLink({ up: true, detail: '', receiveMaximum: 16, maximumPacketSize: 1 << 20 })
    },
    subscribe: () => {},
    async publish(topic, payload) {
      if (topic.endsWith('/result')) results.push(JSON.parse(payload))
      return true
    },
    close: async () => {},
  }
  const site = siteOf()
  const inputs: string[] = []
  const changes: string[] = []
  const stop = new AbortController()
  const ports = { clock, buses: { line }, frames: {}, notes, brokers: { county: broker }, journal: openMemoryJournal(['county']) }
  const station = openStation(site, ports, {
    epoch: 'e',
    software: 'test',
    busClock: bus,
    onScan: (input, out) => {
      inputs.push(writeRecordingLine(input))
      changes.push(...out.changes.map(changeJson))
    },
  })
  const running = station.run(stop.signal)
  return {
    site,
    world,
    inputs,
    changes,
    station,
    until: (at: number) => bus.run(at),
    async rain(until: number): Promise<void> {
      while (bus.now() < until) {
        world.tips += 5
        await bus.run(bus.now() + 10 * second)
      }
    },
    /** Sends a command, signed unless told otherwise, and gives the reason of its result. */
    async order(change: Partial<Command> = {}, signed = true): Promise<string> {
      const command: Command = { id: `c${results.length}`, op: 'silence', args: {}, ...change }
      if (signed) {
        Object.assign(command, { dst: 'a/b/c', role: 'duty', counter: 1, expires: instant(WALL + bus.now() + minute), ...change })
        command.signature = sign(null, Buffer.from(signedText(command)), duty.privateKey).toString('base64')
      }
      deliver('hp/v1/a/b/c/command', new TextEncoder().encode(encodeCommand(command)), false)
      await bus.run(bus.now() + second)
      const result = results.at(-1)
      return result?.command === command.id ? `${result.ok ? 'done' : 'refused'}: ${result.reason}` : 'no result'
    },
    async end(): Promise<void> {
      stop.abort()
      await bus.run()
      await running
    },
  }
}

describe('a signed command', () => {
  it('silences a siren that sounds by colour, for a quarter of an hour, once', async () => {
    const s = start()
    await s.rain(5 * minute)
    expect(s.world.coil).toBe(true)
    expect(await s.order({}, false)).toMatch(/refused: "silence" needs the signature/)
    expect(s.world.coil).toBe(true)
    expect(await s.order()).toBe('done: ')
    expect(s.world.coil).toBe(false)
    expect(await s.order()).toMatch(/refused: its counter 1 is not above 1/)
    await s.rain(19 * minute)
    expect(s.world.coil).toBe(false)
    await s.rain(21 * minute)
    expect(s.world.coil).toBe(true)
    await s.end()
  })

  it('is not obeyed again after a restart', async () => {
    const notes = memoryNotes()
    const first = start(notes)
    await first.until(second)
    expect(await first.order({ op: 'test', args: { output: 'siren' }, counter: 7 })).toBe('done: ')
    expect(first.world.coil).toBe(true)
    await first.until(30 * second)
    expect(first.world.coil).toBe(false)
    await first.end()
    const second_ = start(notes)
    await second_.until(second)
    expect(await second_.order({ op: 'test', args: { output: 'siren' }, counter: 7 })).toMatch(/refused: its counter 7/)
    expect(second_.world.coil).toBe(false)
    await second_.end()
  })

  it('that is overtaken on a slow line is not taken for disobeyed', async () => {
    const s = start()
    await s.until(second)
    s.world.relayMs = 25 * second
    const test = { op: 'test', args: { output: 'siren' } }
    expect(await s.order({ ...test, counter: 1 })).toBe('done: ')
    await s.until(45 * second)
    expect(await s.order({ ...test, counter: 2 })).toBe('done: ')
    await s.until(5 * minute)
    expect(s.world.coil).toBe(false)
    expect(s.changes.filter((line) => line.includes('"name":"outputs"'))).toEqual([])
    await s.end()
  })

  it('does the same again from the recording, without any key', async () => {
    const s = start()
    await s.until(second)
    await s.order({ op: 'test', args: { output: 'siren' } })
    await s.rain(5 * minute)
    await s.order({ counter: 2 })
    await s.order({ counter: 1 })
    await s.rain(25 * minute)
    await s.end()
    const inputs = s.inputs.map((line, index) => ({ epoch: 'e', input: readRecordingLine(line, index + 1) as Input }))
    const again: string[] = []
    const steps = replayInputs({ ...s.site, roles: [] }, inputs, 'test', (_, out) => void again.push(...out.changes.map(changeJson)))
    for (const _ of steps);
    expect(again).toEqual(s.changes)
    expect(again.filter((line) => line.includes('silenced for 15 min by the role duty'))).toHaveLength(1)
    expect(again.filter((line) => line.includes('test, ordered by the role duty'))).toHaveLength(1)
  })
})
