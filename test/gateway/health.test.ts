import { describe, expect, it } from 'vitest'
import { healthMessage, makeHealthReports } from '../../gateway/health.ts'
import type { BusStatus } from '../../gateway/status.ts'
import { decode, encode } from '../../protocol/encodings/json.ts'
import { laneOf } from '../../protocol/messages.ts'
import { instant, millis } from '../../protocol/time.ts'
import { topicOf } from '../../protocol/topics.ts'
import { assertContract } from '../setup/contract.ts'

const second = 1000
const uplinks = [
  { name: 'county', health: millis(300 * second) },
  { name: 'yard', health: millis(60 * second) },
  { name: 'mute', health: null },
]

/** Who is told, second by second. */
function story(change: (at: number) => boolean, seconds: number) {
  const reports = makeHealthReports(uplinks, millis(0))
  const told: string[] = []
  for (let at = 0; at <= seconds; at++) {
    if (change(at)) reports.changed()
    for (const uplink of reports.due(millis(at * second))) told.push(`${at} ${uplink}`)
  }
  return told
}

describe('an uplink', () => {
  it('is told at its period, or never', () => {
    expect(story(() => false, 300)).toEqual(['60 yard', '120 yard', '180 yard', '240 yard', '300 county', '300 yard'])
  })

  it('is told of a change at once, and then waits its period again', () => {
    expect(story((at) => at === 30, 95)).toEqual(['30 county', '30 yard', '90 yard'])
  })

  it('is told of a line that trembles no more than each ten seconds, and of its last change', () => {
    expect(story((at) => at >= 30 && at <= 55, 70)).toEqual(['30', '40', '50', '60'].flatMap((at) => [`${at} county`, `${at} yard`]))
  })

  it('that was told at its birth waits its period from there', () => {
    const reports = makeHealthReports(uplinks, millis(0))
    expect(reports.told('mute', millis(50 * second))).toBe(false)
    expect(reports.told('yard', millis(50 * second))).toBe(true)
    expect(reports.due(millis(60 * second))).toEqual([])
    expect(reports.due(millis(110 * second))).toEqual(['yard'])
  })
})

describe('the message', () => {
  it('holds the contract, and comes back as it was', () => {
    const line: BusStatus = {
      ...{ name: 'slope', state: 'damaged', detail: 'three of four lost', requests: 9, answers: 7, faults: { timeout: 2 }, exceptions: { '2': 1 } },
      ...{ late: 1, openings: 1, latencyMs: { p50: 12.3, p99: 40 }, utilisation: 12.5 },
      step: { inStep: false, lost: 1, probes: 2, probesAnswered: 1, silences: 0, lostMs: 700, worstLateMs: 480 },
      devices: [
        {
          ...{ name: 'tilt', bus: 'slope', polls: 5, answered: 3, missed: 2, skipped: 0, requests: 5, answers: 3, faults: { timeout: 2 }, exceptions: {} },
          ...{ latencyMs: { p50: 12.3, p99: 40 }, lostSince: instant(Date.UTC(2026, 5, 1)), backOff: { misses: 2, nextMs: 9000 }, retired: ['holding 12'] },
        },
      ],
    }
    const message = healthMessage([line], 'county', { at: millis(0), wall: instant(Date.UTC(2026, 5, 2)), wallQuality: 'holdover' })
    const identity = { area: 'a', site: 's', station: 'c', epoch: 'e' }
    const envelope = { identity, seq: 7, lane: laneOf(message), prev: 3, sent: message.observed, mode: 'test' as const }
    assertContract(topicOf(message, identity), encode(message, envelope), true)
    expect(decode(encode(message, envelope))).toEqual({ envelope, message: { ...message, to: null } })
    expect(Object.keys(message.devices)).toEqual(['tilt'])
    expect(message.buses).not.toHaveProperty('slope.devices')
  })

  it('leaves out what is at rest', () => {
    const rest = { missed: 0, skipped: 0, requests: 0, answers: 0, faults: {}, exceptions: {}, latencyMs: null, lostSince: null, backOff: null, retired: [] }
    const step = { inStep: true, lost: 0, probes: 0, probesAnswered: 0, silences: 1, lostMs: 0, worstLateMs: 0 }
    const line: BusStatus = {
      ...{ name: 'slope', state: 'up', detail: '', requests: 0, answers: 0, faults: {}, exceptions: {}, late: 0, openings: 0 },
      ...{ latencyMs: null, utilisation: null, step },
      devices: [{ name: 'tilt', bus: 'slope', polls: 0, answered: 0, ...rest }],
    }
    const { buses, devices } = healthMessage([line], 'county', { at: millis(0), wall: instant(0), wallQuality: 'holdover' })
    expect({ buses, devices }).toEqual({
      buses: { slope: { state: 'up', requests: 0, answers: 0 } },
      devices: { tilt: { bus: 'slope', polls: 0, answered: 0 } },
    })
  })
})
