import { describe, expect, it } from 'vitest'
import { runHost } from '../../gateway/host.ts'
import type { AlarmFigures } from '../../gateway/site/host.ts'
import type { HostChannel, HostSpec } from '../../gateway/site/site.ts'
import type { BusStatus } from '../../gateway/status.ts'
import type { Machine } from '../../protocol/ports.ts'
import { qualityName, reasonName } from '../../protocol/quality.ts'
import { millis } from '../../protocol/time.ts'
import { stationClock } from '../devicejs/field.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const source = (of: HostChannel['of'], subject: string, figure: string): HostChannel => ({
  ...{ name: of === 'machine' ? figure : `${subject}-${figure}`, quantity: figure, unit: '1', digits: 0, counting: null },
  ...{ of, subject, figure },
})

const sources = [
  source('machine', '', 'temperature'),
  source('bus', 'slope', 'timeouts'),
  source('bus', 'slope', 'exceptions-2'),
  source('bus', 'slope', 'exceptions-6'),
  source('bus', 'slope', 'latency-p50'),
  source('bus', 'slope', 'utilisation'),
  source('device', 'tilt', 'latency-p99'),
  source('device', 'tilt', 'back-off'),
  source('alarms', 'alarms', 'called'),
  source('alarms', 'alarms', 'flood'),
  source('alarms', 'alarms', 'shelved'),
]
const spec: HostSpec = {
  ...{ name: 'host', every: millis(10_000), profile: { name: 'hazardpoint/host', channels: sources } },
  channels: sources.map(({ name }, channel) => ({ from: name, channel })),
}

const slope: BusStatus = {
  ...{
    name: 'slope',
    state: 'up',
    detail: '',
    requests: 9,
    answers: 7,
    faults: { timeout: 2 },
    exceptions: { 2: 4 },
    late: 0,
    openings: 1,
    latencyMs: { p50: 11, p99: 39 },
    utilisation: 42.5,
    step: null,
  },
  devices: [
    {
      ...{ name: 'tilt', bus: 'slope', polls: 5, answered: 3, missed: 2, skipped: 0, requests: 5, answers: 3, faults: {}, exceptions: {}, retired: [] },
      ...{ latencyMs: { p50: 12, p99: 40 }, lostSince: null, backOff: null },
    },
  ],
}

const calls: AlarmFigures = {
  ...{ calledTotal: 12, calledIn10min: 11, flood: true, chattering: [], stale: [], shelved: ['a', 'b'], suppressed: [], outOfService: [], standing: 3 },
}

/** Rows as text: `time channel value` or `time channel why it is missing`. */
async function rows(untilMs: number, machine: Machine | undefined, lines: () => BusStatus[] = () => [slope], load: AlarmFigures | null = calls) {
  const bus = virtualClock()
  const stop = new AbortController()
  const told: string[] = []
  const done = runHost({
    ...{ spec, machine, lines, alarms: () => load, clock: stationClock(bus), stop: stop.signal },
    deliver: (samples) => {
      for (const { channel, time, value, quality, reason } of samples)
        told.push(
          `${time[0]! / 1000} ${sources[channel]?.name} ${Number.isNaN(value[0]) ? `${qualityName(quality[0]!)}: ${reasonName(reason[0]!)}` : value[0]}`,
        )
    },
  })
  await bus.run(untilMs)
  stop.abort()
  await bus.run()
  await done
  return told
}

describe('the host', () => {
  it('tells at its period what machine, bus and device have counted', async () => {
    const told = await rows(10_000, { read: async () => ({ temperature: 51.5 }) })
    const once = [
      'temperature 51.5',
      'slope-timeouts 2',
      'slope-exceptions-2 4',
      'slope-exceptions-6 0',
      'slope-latency-p50 11',
      'slope-utilisation 42.5',
      'tilt-latency-p99 40',
      'tilt-back-off 0',
      'alarms-called 12',
      'alarms-flood 1',
      'alarms-shelved 2',
    ]
    expect(told).toEqual([0, 10].flatMap((at) => once.map((line) => `${at} ${line}`)))
  })

  it('never tells 0 for what it could not read, but why', async () => {
    const young = { ...slope, utilisation: null, devices: slope.devices.map((device) => ({ ...device, latencyMs: null })) }
    expect(await rows(0, { read: async () => ({}) }, () => [young], null)).toEqual([
      '0 temperature missing: no-value',
      '0 slope-timeouts 2',
      '0 slope-exceptions-2 4',
      '0 slope-exceptions-6 0',
      '0 slope-latency-p50 11',
      '0 slope-utilisation missing: warm-up',
      '0 tilt-latency-p99 missing: no-value',
      '0 tilt-back-off 0',
      '0 alarms-called missing: warm-up',
      '0 alarms-flood missing: warm-up',
      '0 alarms-shelved missing: warm-up',
    ])
    expect((await rows(0, undefined))[0]).toBe('0 temperature missing: no-value')
    expect((await rows(0, undefined, () => []))[1]).toBe('0 slope-timeouts missing: no-value')
  })

  it('asks a machine that hangs only once, and tells the lines all the same', async () => {
    let asked = 0
    const told = await rows(35_000, {
      read: () => {
        asked++
        return new Promise(() => {})
      },
    })
    expect(asked).toBe(1)
    expect(told.filter((line) => line.includes('temperature'))).toEqual([5, 15, 25, 35].map((at) => `${at} temperature missing: timeout`))
    expect(told.filter((line) => line.includes('slope-timeouts'))).toEqual([5, 15, 25, 35].map((at) => `${at} slope-timeouts 2`))
  })

  it('asks again when the machine has answered after all', async () => {
    let asked = 0
    const answers: (() => void)[] = []
    const machine: Machine = {
      read: () => {
        asked++
        return asked > 1 ? Promise.resolve({ temperature: 50 }) : new Promise((resolve) => answers.push(() => resolve({ temperature: 49 })))
      },
    }
    const told = await rows(30_000, machine, () => {
      answers.pop()?.()
      return [slope]
    })
    expect(told.filter((line) => line.includes('temperature'))).toEqual([
      '5 temperature missing: timeout',
      '10 temperature 49',
      '20 temperature 50',
      '30 temperature 50',
    ])
  })
})
