/** The station in virtual time: a gauge and a siren on a bus of ours, no wire, no broker. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, type Out, scan } from '../../gateway/core/scan.ts'
import { openMemoryJournal } from '../../gateway/journal/memory.ts'
import { memoryNotes } from '../../gateway/journal/notes.ts'
import { checkSite } from '../../gateway/site/check.ts'
import type { Site } from '../../gateway/site/site.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { ActMessage } from '../../protocol/messages.ts'
import type { Bus, Reply } from '../../protocol/ports.ts'
import { type Input, readRecordingLine, writeRecordingLine } from '../../protocol/recording.ts'
import { changeJson } from '../../sim/recorded/story.ts'
import { healthOf, stationClock } from '../devicejs/field.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const WALL = Date.UTC(2026, 5, 1)

const file = `
site: { area: a, id: b, station: c, mode: test }
buses: { line: { tcp: "127.0.0.1:1502" } }
devices:
  gauge: { profile: xunchip/xm9505, bus: line, unit: 1, every: 10s }
  siren: { profile: generic/relay, bus: line, unit: 2, safe: off, longest: 30min }
channels:
  rain: { read: gauge.tips }
  rain-10min: { derive: accumulate, from: rain, over: 10min }
detectors:
  wet: { kind: threshold, on: rain-10min, at: { yellow: 5, red: 10 }, clear: 80%, onDelay: 15s }
  mute: { kind: silence, on: rain, after: 5min, level: red }
alarms: { slope: { red: wet is red, yellow: wet } }
actions: [ { when: slope is red, do: [ siren on for 10min ] }, { when: mute is red, do: [ siren on ] } ]
`

function siteOf(): Site {
  const checked = checkSite(file, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  return checked.site
}

/** A station whose gauge shows `tips` and whose relay holds `coil`; either may be deaf. */
function start() {
  const site = siteOf()
  const bus = virtualClock()
  const world = {
    tips: 0,
    coil: false,
    gaugeAnswers: true,
    relayAnswers: true,
    reads: 0,
    babbles: false,
    writes: [] as [at: number, on: boolean][],
    wallStep: 0,
  }
  const clock = stationClock(bus, () => WALL + world.wallStep)
  /** Ends the request that a babbling line keeps. */
  let closing = (): void => {}
  const silent: Reply = { ok: false, fault: 'timeout' }
  const line: Bus = {
    async read({ unit }, timeoutMs) {
      world.reads++
      if (unit === 1 && world.babbles)
        return new Promise((resolve) => {
          closing = () => resolve({ ok: false, fault: 'closed' })
        })
      const answers = unit === 1 ? world.gaugeAnswers : world.relayAnswers
      await bus.wait(answers ? 20 : timeoutMs)
      return answers ? { ok: true, words: Uint16Array.of(unit === 1 ? world.tips : Number(world.coil)) } : silent
    },
    async write(_, [on], timeoutMs) {
      world.writes.push([bus.now(), on === 1])
      await bus.wait(world.relayAnswers ? 20 : timeoutMs)
      if (!world.relayAnswers) return silent
      world.coil = on === 1
      return { ok: true, words: Uint16Array.of(on as number) }
    },
    health: () => healthOf({ requests: 1, answers: 1 }),
    close: async () => closing(),
  }
  const journal = openMemoryJournal([])
  const acts: ActMessage[] = []
  const scans: { input: Input; out: Out }[] = []
  const stop = new AbortController()
  const ports = {
    clock,
    buses: { line },
    frames: {},
    notes: memoryNotes(),
    brokers: {},
    journal: {
      ...journal,
      append: (message: Parameters<typeof journal.append>[0]) => {
        if (message.kind === 'act') acts.push(message)
        return journal.append(message)
      },
    },
  }
  const station = openStation(site, ports, { epoch: 'e', software: 'test', busClock: bus, onScan: (input, out) => scans.push({ input, out }) })
  const running = station.run(stop.signal)
  return {
    site,
    world,
    acts,
    scans,
    station,
    running,
    until: (at: number) => bus.run(at),
    /** Rains so many tips each 10 s until then. */
    async rain(until: number, tips: number): Promise<void> {
      while (bus.now() < until) {
        world.tips += tips
        await bus.run(bus.now() + 10 * second)
      }
    },
    async end(): Promise<void> {
      stop.abort()
      await bus.run()
      await running
    },
    changes: () => scans.flatMap(({ out }) => out.changes).map(changeJson),
  }
}

describe('a station', () => {
  it('sounds its siren in a storm, and at its end switches it off and says so', async () => {
    const s = start()
    await s.rain(8 * minute, 5)
    expect(s.world.coil).toBe(true)
    await s.end()
    expect(s.world.coil).toBe(false)
    expect(s.acts.map(({ wanted, actual, cause }) => [wanted, actual, cause])).toEqual([
      [false, false, 'start-up'],
      [true, true, 'slope is red'],
      [false, false, 'the station stops'],
    ])
  })

  it('tries once more at its end to switch off a relay that did not answer', async () => {
    const s = start()
    await s.rain(12 * minute, 5)
    expect(s.world.coil).toBe(true)
    s.world.relayAnswers = false
    await s.rain(20 * minute, 0)
    // Between two of the station's own repeats.
    for (let at = 40 * minute; at - (s.world.writes.at(-1)?.[0] ?? 0) < 5 * second; at += second) await s.until(at + second)
    expect(s.station.status().outputs).toMatchObject([{ wanted: false, actual: null }])
    s.world.relayAnswers = true
    await s.end()
    expect(s.world.coil).toBe(false)
    expect(s.acts.at(-1)).toMatchObject({ wanted: false, actual: false, cause: 'the station stops' })
  })

  it('that is stopped while a line babbles does not let its siren wait for that line', async () => {
    const s = start()
    await s.rain(8 * minute, 5)
    expect(s.world.coil).toBe(true)
    s.world.babbles = true
    await s.until(8 * minute + 15 * second)
    await s.end()
    expect(s.world.coil).toBe(false)
    expect((s.world.writes.at(-1)?.[0] ?? 0) - (8 * minute + 15 * second)).toBeLessThanOrEqual(2 * second)
    expect(s.acts.at(-1)).toMatchObject({ wanted: false, actual: false, cause: 'the station stops' })
  })

  it('that falls over a mistake of its own as its siren begins to sound switches it off all the same', async () => {
    const s = start()
    let fallen = false
    s.scans.push = ({ out }) => {
      fallen ||= out.actions.some(({ on }) => on)
      if (fallen) throw new Error('a mistake of ours')
      return 0
    }
    const ended = s.running.then(
      () => 'well',
      ({ message }) => message,
    )
    await s.rain(8 * minute, 5)
    expect(s.world.writes.map(([, on]) => on)).toEqual([false, true, false])
    expect(await ended).toBe('a mistake of ours')
    expect(s.world.coil).toBe(false)
  })

  it('raises the outputs alarm once for a dead relay, and does not flood its bus', async () => {
    const s = start()
    s.world.relayAnswers = false
    await s.rain(20 * minute, 5)
    await s.end()
    const told = s.changes().filter((line) => line.includes('"outputs"'))
    expect(told).toHaveLength(1)
    expect(s.world.writes.length).toBeLessThan((3 * 20 * minute) / (10 * second))
  })

  it('of which no device ever answers says so, and its siren sounds where silence is to', async () => {
    const s = start()
    s.world.gaugeAnswers = false
    await s.until(10 * minute)
    const status = s.station.status()
    expect(status.alarms.find(({ name }) => name === 'sensors')).toMatchObject({ level: 'blue', unknown: ['rain', 'wet'] })
    expect(status.alarms.find(({ name }) => name === 'slope')).toMatchObject({ level: 'none', unknown: ['wet'] })
    expect(s.world.coil).toBe(true)
    await s.end()
  })

  it('makes no more scans in a day of rain, gaps and clock steps than it has rows, answers and deadlines', async () => {
    const s = start()
    for (let part = 0; part < 48; part++) {
      s.world.gaugeAnswers = part % 7 !== 3
      s.world.relayAnswers = part % 5 !== 2
      s.world.wallStep = part % 3 === 0 ? 0 : part * hour
      await s.rain((part + 1) * 0.5 * hour, part % 4)
    }
    await s.end()
    const polls = (24 * hour) / (10 * second)
    expect(s.scans.length).toBeLessThan(3 * polls)
    for (const { input, out } of s.scans) expect(out.wakeAt).toBeGreaterThan(input.now.at)
  })

  it('is made again from its recording, change for change and byte for byte', async () => {
    const s = start()
    await s.rain(15 * minute, 5)
    s.world.gaugeAnswers = false
    s.world.relayAnswers = false
    await s.until(hour)
    s.world.gaugeAnswers = s.world.relayAnswers = true
    s.world.wallStep = 3 * hour
    await s.rain(2 * hour, 1)
    await s.end()
    const lines = s.scans.map(({ input }) => writeRecordingLine(input))
    const again: string[] = []
    let state: ReturnType<typeof makeStation> | null = null
    for (const [number, line] of lines.entries()) {
      const input = readRecordingLine(line, number + 2)
      if (typeof input === 'string') throw new Error(input)
      state ??= makeStation(s.site.plan, input.now, 'test')
      const out = scan(state, input)
      again.push(...out.changes.map(changeJson))
      expect(out.messages).toEqual(s.scans[number]?.out.messages)
      expect(out.wakeAt).toBe(s.scans[number]?.out.wakeAt)
    }
    expect(again.length).toBeGreaterThan(10)
    expect(again).toEqual(s.changes())
  })

  it('does what a person asks for, and answers from the scan that did it', async () => {
    const s = start()
    await s.rain(8 * minute, 5)
    expect(s.world.coil).toBe(true)
    const asked = [s.station.act('acknowledge', { reason: 'on site' }, 'Li'), s.station.act('shelve', { reason: 'on site', alarm: 'slope' }, 'Li')]
    await s.until(8 * minute + second)
    expect(await Promise.all(asked)).toEqual([
      { ok: true, reason: '' },
      { ok: false, reason: expect.stringContaining('slope: it may not be shelved') },
    ])
    expect(s.station.status().alarms[0]?.life).toEqual({ state: 'ACKED', occurrence: 1, by: 'Li', reason: 'on site' })
    await s.end()
    expect(await s.station.act('silence', {}, 'Li')).toEqual({ ok: false, reason: 'the station is ending' })
  })
})
