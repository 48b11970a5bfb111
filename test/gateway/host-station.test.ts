/** A station in virtual time that watches its own line: a line that fills up is an alarm like any other, recorded and made again. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, type Out, scan } from '../../gateway/core/scan.ts'
import { openMemoryJournal } from '../../gateway/journal/memory.ts'
import { memoryNotes } from '../../gateway/journal/notes.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { openStation } from '../../gateway/station.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import type { HealthMessage, Message } from '../../protocol/messages.ts'
import type { Broker, Bus, Ports } from '../../protocol/ports.ts'
import { type Input, readRecordingLine, writeRecordingLine } from '../../protocol/recording.ts'
import { changeJson } from '../../sim/recorded/story.ts'
import { stationClock } from '../devicejs/field.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const second = 1000
const minute = 60 * second

const file = `
site: { area: a, id: b, station: c, mode: test }
buses: { slope: { tcp: "127.0.0.1:1502" } }
devices:
  gauge: { profile: xunchip/xm9505, bus: slope, unit: 1, every: 10s }
  host: { profile: hazardpoint/host, every: 10s }
channels:
  rain: { read: gauge.tips }
  slope-load: { read: host.slope-utilisation }
  gauge-timeouts: { read: host.gauge-timeouts }
  lost-10min: { derive: accumulate, from: gauge-timeouts, over: 10min }
  hot: { read: host.temperature }
detectors:
  full: { kind: threshold, on: slope-load, at: { blue: 90 }, clear: 80% }
  deaf: { kind: threshold, on: lost-10min, at: { blue: 3 } }
alarms: { line: { blue: full }, loss: { blue: deaf } }
publish: [ { to: county, broker: "mqtt://127.0.0.1", health: 2min } ]
`

/** More gauges on the same line. */
const many = file.replace(
  '\nchannels:',
  `${[2, 3, 4].map((unit) => `\n  gauge-${unit}: { profile: xunchip/xm9505, bus: slope, unit: ${unit}, every: 10s }`).join('')}\nchannels:\n${[2, 3, 4].map((unit) => `  rain-${unit}: { read: gauge-${unit}.tips }`).join('\n')}`,
)

function start(text = file) {
  const checked = checkSite(text, 'site.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const { site } = checked
  const bus = virtualClock()
  const world = { answers: true, requests: 0, timeouts: 0, busyMs: 0, answerMs: 20, degrees: 40 as number | null }
  const line: Bus = {
    async read(_, timeoutMs) {
      const ms = world.answers ? world.answerMs : timeoutMs
      world.requests++
      await bus.wait(ms)
      world.busyMs += ms
      if (world.answers) return { ok: true, words: Uint16Array.of(7) }
      world.timeouts++
      return { ok: false, fault: 'timeout' }
    },
    write: () => Promise.reject(new Error('nothing is written here')),
    health: () => ({
      ...{ open: true, requests: world.requests, answers: world.requests - world.timeouts, faults: { timeout: world.timeouts } },
      ...{ late: 0, exceptions: {}, busyMs: world.busyMs, openings: 1, latencyMs: null, step: null, trouble: '' },
    }),
    close: async () => {},
  }
  const broker: Broker = { start: () => {}, subscribe: () => {}, publish: async () => true, close: async () => {} }
  const journal = openMemoryJournal(['county'])
  const told: { at: number; message: HealthMessage }[] = []
  const scans: { input: Input; out: Out }[] = []
  const ports: Ports = {
    ...{ clock: stationClock(bus), buses: { slope: line }, frames: {}, notes: memoryNotes(), brokers: { county: broker } },
    machine: { read: async () => (world.degrees === null ? {} : { temperature: world.degrees }) },
    journal: {
      ...journal,
      append(message: Message) {
        if (message.kind === 'health') told.push({ at: bus.now(), message })
        return journal.append(message)
      },
    },
  }
  const stop = new AbortController()
  const station = openStation(site, ports, { epoch: 'e', software: 'test', busClock: bus, onScan: (input, out) => scans.push({ input, out }) })
  const running = station.run(stop.signal)
  return {
    site,
    world,
    told,
    scans,
    station,
    until: (at: number) => bus.run(at),
    level: (alarm: string) => station.status().alarms.find(({ name }) => name === alarm)?.level,
    channel: (name: string) => station.status().channels.find((one) => one.name === name),
    async end() {
      stop.abort()
      await bus.run()
      await running
    },
  }
}

describe('a station that watches itself', () => {
  it('alarms when its line is busier than it may be, and no more when it is not', async () => {
    const s = start()
    await s.until(2 * minute)
    expect([s.level('line'), s.channel('slope-load')?.value]).toEqual(['none', 0.2])
    s.world.answerMs = 9_600
    await s.until(5 * minute)
    expect(s.channel('slope-load')?.value).toBeGreaterThan(90)
    expect(s.level('line')).toBe('blue')
    s.world.answerMs = 20
    await s.until(8 * minute)
    expect(s.level('line')).toBe('none')
    await s.end()
  })

  it('alarms on the time-outs of a device, counted as they were', async () => {
    const s = start()
    await s.until(minute)
    s.world.answers = false
    await s.until(3 * minute)
    expect(s.channel('gauge-timeouts')).toMatchObject({ value: s.world.timeouts, quality: 'good' })
    expect(s.level('loss')).toBe('blue')
    await s.end()
  })

  it('judges and shows how much its alarms ask of people, as any other channel', async () => {
    const s = start(
      file
        .replace('\n  hot:', '\n  standing: { read: host.alarms-standing }\n  called: { read: host.alarms-called }\n  hot:')
        .replace('\nalarms: {', '\n  many: { kind: threshold, on: standing, at: { blue: 2 } }\nalarms: { crowd: { blue: many },'),
    )
    await s.until(minute)
    expect([s.channel('standing')?.value, s.channel('called')?.value, s.level('crowd')]).toEqual([0, 0, 'none'])
    s.world.answers = false
    await s.until(3 * minute)
    expect([s.level('loss'), s.level('sensors'), s.level('crowd')]).toEqual(['blue', 'blue', 'blue'])
    expect(s.channel('standing')).toMatchObject({ value: 3, quality: 'good' })
    expect(s.channel('called')?.value).toBe(3)
    await s.end()
  })

  it('has a reason for each reading that did not come, and the sensors alarm names it', async () => {
    const s = start()
    s.world.degrees = null
    await s.until(2 * minute)
    expect(s.channel('hot')).toMatchObject({ value: null, quality: 'missing', reason: 'no-value' })
    expect(s.station.status().alarms.find(({ name }) => name === 'sensors')?.unknown).toContain('hot')
    await s.end()
  })

  it('is made again from its recording, with what it saw of itself', async () => {
    const s = start()
    await s.until(minute)
    s.world.answers = false
    await s.until(6 * minute)
    s.world.answers = true
    s.world.answerMs = 9_700
    await s.until(20 * minute)
    await s.end()
    const again: string[] = []
    let state: ReturnType<typeof makeStation> | null = null
    for (const [number, { input }] of s.scans.entries()) {
      const read = readRecordingLine(writeRecordingLine(input), number + 2)
      if (typeof read === 'string') throw new Error(read)
      state ??= makeStation(s.site.plan, read.now, 'test')
      again.push(...scan(state, read).changes.map(changeJson))
    }
    expect(again.filter((line) => line.includes('"full"') || line.includes('"deaf"')).length).toBeGreaterThan(3)
    expect(again).toEqual(s.scans.flatMap(({ out }) => out.changes).map(changeJson))
  })

  it('tells an uplink of health at its period, and at once when a device is lost and when it is back', async () => {
    const s = start()
    await s.until(5 * minute)
    expect(s.told.map(({ at }) => at)).toEqual([2 * minute, 4 * minute])
    s.world.answers = false
    await s.until(5.5 * minute)
    const lost = s.told.slice(2)
    expect(lost[0]?.message.buses.slope?.faults).toEqual({ timeout: expect.any(Number) })
    expect(lost.at(-1)?.message.devices.gauge).toMatchObject({ backOff: { misses: expect.any(Number) }, lostSince: expect.any(Number) })
    const before = s.told.length
    s.world.answers = true
    await s.until(7 * minute)
    expect(Object.keys(s.told[before]?.message.devices.gauge ?? {})).not.toContain('lostSince')
    for (const [index, { at }] of s.told.entries()) expect(at - (s.told[index - 1]?.at ?? 0)).toBeGreaterThanOrEqual(10 * second)
    await s.end()
  })

  it('shows and tells that a whole line is damaged, and that it is well again', async () => {
    const s = start(many)
    const line = () => s.station.status().buses[0]
    await s.until(5 * minute)
    expect(line()).toMatchObject({ state: 'up', detail: '' })
    s.world.answers = false
    await s.until(8 * minute)
    expect(line()).toMatchObject({ state: 'damaged', detail: expect.stringContaining('4') })
    expect(line()?.devices.map(({ lostSince }) => lostSince !== null)).toEqual([true, true, true, true])
    expect(s.told.at(-1)?.message.buses.slope).toMatchObject({ state: 'damaged' })
    s.world.answers = true
    await s.until(12 * minute)
    expect(line()).toMatchObject({ state: 'up', detail: '' })
    expect(s.told.at(-1)?.message.buses.slope).toMatchObject({ state: 'up' })
    await s.end()
  })
})
