import { describe, expect, it } from 'vitest'
import type { Change } from '../../gateway/core/scan.ts'
import { encode } from '../../protocol/encodings/json.ts'
import type { Envelope, Message } from '../../protocol/messages.ts'
import { instant, millis } from '../../protocol/time.ts'
import { epilogue } from '../../sim/demo/epilogue.ts'
import { makeTally, storyTime } from '../../sim/demo/tally.ts'
import { tell } from '../../sim/demo/words.ts'
import { stormScenario } from '../../sim/scenario.ts'

const NOON = instant(Date.UTC(2025, 6, 1, 12))
const envelope: Envelope = {
  identity: { area: 'a', site: 's', station: 'a', epoch: 'e' },
  seq: 1,
  lane: 'alarm',
  prev: null,
  sent: NOON,
  mode: 'test',
}
const stamp = { observed: NOON, timeQuality: 'synchronised', to: null } as const
const say = (message: Message) => tell(encode(message, envelope))

describe('a message in words', () => {
  it('names level, time and reason of an alarm', () => {
    const why = [{ detection: 'heavy-rain', level: 'orange' as const, evidence: { value: 41 } }]
    const life = { state: 'UNACK' as const, occurrence: 1 }
    expect(say({ kind: 'alarm', ...stamp, alarm: 'slope', level: 'orange', since: NOON, why, unknown: ['creeping'], technical: false, life })).toEqual({
      text: 'ORANGE since 12:00:00 (heavy-rain orange); cannot tell: creeping',
      quiet: false,
    })
    expect(
      say({
        kind: 'log',
        ...stamp,
        alarm: 'slope',
        change: 'escalated',
        from: 'yellow',
        level: 'orange',
        why,
        technical: false,
        state: 'UNACK',
        annunciate: true,
      }).text,
    ).toBe('slope escalated: yellow -> ORANGE (heavy-rain orange)')
    const acknowledged = { change: 'acknowledged', from: 'orange', level: 'orange', why, technical: false, state: 'ACKED', annunciate: false } as const
    expect(say({ kind: 'log', ...stamp, alarm: 'slope', ...acknowledged, by: 'Li', reason: 'seen' }).text).toBe('slope ORANGE acknowledged by Li: seen')
  })

  it('tells the newest value of each column, and is quiet about samples', () => {
    expect(
      say({ kind: 'live', ...stamp, channels: { rain: { unit: 'mm', t0: NOON, dt: 1000, v: [1, 2.2] }, gas: { unit: '%LEL', t0: NOON, v: [null] } } }),
    ).toEqual({
      text: 'rain 2.2 mm (2 rows), gas missing %LEL',
      quiet: true,
    })
  })

  it('tells what an output was told and what was read back', () => {
    expect(say({ kind: 'act', ...stamp, output: 'siren', wanted: true, actual: null, cause: 'slope is red' }).text).toBe(
      'siren told ON, read back nothing: slope is red',
    )
  })

  it('names the devices that are lost, and is quiet about health', () => {
    const polled = { bus: 'slope', polls: 4, answered: 4 }
    const buses = { slope: { state: 'up' as const, requests: 9, answers: 7, faults: { timeout: 2 } } }
    const devices = { rain: polled, tilt: { ...polled, lostSince: NOON } }
    expect(say({ kind: 'health', ...stamp, buses, devices })).toEqual({ text: 'slope up (7 of 9 answered); lost: tilt', quiet: true })
  })

  it('says that a payload which is none of ours cannot be read', () => {
    expect(tell('{"v":').text).toMatch(/^cannot be read: /)
  })
})

describe('the tally of a story', () => {
  const start = { at: millis(1000), wall: NOON, wallQuality: 'synchronised' } as const
  const change = (name: string, to: string): Change => ({ what: 'alarm', name, from: 'none', to, observed: NOON, why: [] })

  it('counts a level as reached when a higher one was, at the time of the story', () => {
    const tally = makeTally(stormScenario(), start)
    tally.changes({ ...start, at: millis(1000 + 40 * 60_000) }, [change('slope', 'orange')])
    tally.coil('siren', true)
    tally.coil('siren', false)
    const lines = tally.lines()
    expect(lines).toContain('  slope    yellow  expected by 0:50   reached at 0:40')
    expect(lines).toContain('  slope    red     expected by 2:05   not reached')
    expect(lines.at(-1)).toBe('  the siren was sounded once, on its own coil')
    tally.coil('siren', true)
    expect(tally.lines().at(-1)).toBe('  the siren was sounded 2 times, on its own coil')
  })

  it('says when an expected level came late', () => {
    const tally = makeTally(stormScenario(), start)
    tally.changes({ ...start, at: millis(1000 + 60 * 60_000) }, [change('slope', 'blue')])
    expect(tally.lines()[0]).toContain('reached late, at 1:00')
  })

  it('is part of an end that says where to go next', () => {
    const text = epilogue(makeTally(stormScenario(), start), false).join('\n')
    for (const next of ['your own site', 'your own recording', 'your own broker', 'nobody']) expect(text).toContain(next)
    expect(text.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(storyTime(67 * 60_000)).toBe('1:07')
  })
})
