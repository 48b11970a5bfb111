/** Outputs in a site file: a station with one of each kind, and each bad edit of it told at its place, with what to do. */
import { describe, expect, it } from 'vitest'
import { findProfile } from '../../../devicejs/shelf.ts'
import { checkSite } from '../../../gateway/site/check.ts'
import { describeSite } from '../../../gateway/site/describe.ts'
import type { Site } from '../../../gateway/site/site.ts'
import { formatFaults } from '../../../protocol/files/fault.ts'

const file = `
site: { area: a, id: b, station: c, mode: test }
buses:
  line: { line: /dev/serial/by-id/a, stopBits: 2 }
  horn: { line: /dev/serial/by-id/b }
  speech: { line: /dev/serial/by-id/c }
  radio: { line: /dev/serial/by-id/d }
  far: { rtuOverTcp: "10.0.0.1:4001" }
devices:
  board: { profile: wirenboard/wb-mr6, bus: line, unit: 20 }
  siren: { profile: evikon/ek61, bus: horn, unit: 1, safe: off, longest: 30min }
  beacon: { profile: wirenboard/wb-mr6, bus: line, unit: 21, coil: 0, kind: beacon, safe: off, longest: 1h }
  beat: { profile: wirenboard/wb-mr6, bus: line, unit: 21, coil: 1, kind: heartbeat, safe: off }
  gas-valve:
    profile: wirenboard/wb-mr6
    bus: line
    unit: 22
    output: relay-3
    kind: valve
    safe: closed
    valve: { action: release-close, feedback: { discrete: 4 }, travel: 10s }
    arm: key
  far-valve:
    profile: generic/relay
    bus: far
    unit: 5
    kind: valve
    safe: closed
    valve: { action: pulse-close, feedback: { discrete: 0, closed: off }, supply: { discrete: 1 }, pulse: 500ms }
  voice: { profile: yutone/syn6288, bus: speech, safe: off, longest: 10min }
  modem: { profile: generic/gsm-modem, bus: radio, safe: off, longest: 1h }
channels:
  key: { read: board.input-1 }
`

const checked = (text: string) => checkSite(text, 'site.yaml', { profiles: findProfile })

function siteOf(text: string): Site {
  const result = checked(text)
  if ('faults' in result) throw new Error(formatFaults(result.faults))
  return result.site
}

describe('outputs of each kind', () => {
  const site = siteOf(file)
  const spec = (name: string) => site.outputs.find((output) => output.name === name)
  const plan = (name: string) => site.plan.outputs.find((output) => output.name === name)

  it('have the kind of their profile, or the one that the site gives a relay', () => {
    expect(Object.fromEntries(site.plan.outputs.map(({ name, kind }) => [name, kind]))).toEqual({
      siren: 'siren',
      beacon: 'beacon',
      beat: 'heartbeat',
      'gas-valve': 'valve',
      'far-valve': 'valve',
      voice: 'voice',
      modem: 'sms',
    })
  })

  it('that are valves say how they shut and where that is seen, and have no end of their time', () => {
    expect(spec('gas-valve')?.valve).toEqual({
      action: 'release-close',
      feedback: { table: 'discrete', address: 4, closedWhen: true },
      supply: null,
      pulseMs: 2000,
      travelMs: 10_000,
    })
    expect(spec('gas-valve')?.drive).toMatchObject({ by: 'coil', coil: 2 })
    expect(spec('far-valve')?.valve).toMatchObject({ action: 'pulse-close', feedback: { closedWhen: false }, supply: { table: 'discrete', address: 1 } })
    expect([plan('gas-valve')?.valve, plan('far-valve')?.valve]).toEqual(['release-close', 'pulse-close'])
    expect(plan('gas-valve')?.longest).toBe(Number.POSITIVE_INFINITY)
  })

  it('know the watchdog of their board', () => {
    expect(spec('beacon')?.watchdog).toEqual({ register: 8, value: 10, afterMs: 10_000, fedBy: 'request' })
    expect(spec('far-valve')?.watchdog).toBeNull()
  })

  it('that hang on a line of frames need no address', () => {
    expect(site.buses.map(({ name, speaks }) => [name, speaks])).toContainEqual(['speech', 'frames'])
    expect(spec('voice')?.drive.by).toBe('frames')
    expect(spec('modem')?.drive.by).toBe('modem')
  })

  it('that beat, are fed or looked at take their share of a serial line', () => {
    const load = (text: string): number => Number(/line .* polls take about (\d+) %/.exec(describeSite(siteOf(text)))?.[1])
    // A beat each 250 ms is 17 ms of bytes, two silences and the board's own time.
    const still = load(file.replace('coil: 1, kind: heartbeat, safe: off', 'coil: 1, kind: beacon, safe: off, longest: 1h'))
    expect(load(file) - still).toBeGreaterThanOrEqual(14)
    expect(load(file) - still).toBeLessThanOrEqual(20)
  })

  it('are described with what a stop and a crash make of them', () => {
    const text = describeSite(site)
    expect(text).toContain('never opened from here, shut at a stop; shut 10s after a crash')
    expect(text).toContain('never opened from here; a stop or a crash leaves it as it is')
    expect(text).toContain('off by itself, at most 1h on; off 10s after a crash')
    expect(text).toContain('off by itself, at most 30min on; a crash leaves it as it is')
  })
})

const warningsOf = (text: string): string[] => {
  const result = checked(text)
  return 'faults' in result ? ['it has faults'] : result.warnings.map(({ at, what }) => `${at}: ${what}`)
}

describe('is worth a look:', () => {
  it.each([
    ['a pulse-close valve', '', '', 'devices.far-valve: no crash and no power cut shuts a pulse-close valve'],
    [
      'a release-close valve behind a relay without a watchdog',
      'valve: { action: pulse-close, feedback: { discrete: 0, closed: off }, supply: { discrete: 1 }, pulse: 500ms }',
      'valve: { action: release-close, feedback: { discrete: 0 } }\n    arm: key',
      'devices.far-valve: the relay of this valve has no watchdog: a crash of the station leaves it as it is',
    ],
    [
      'a sign that never answers',
      'profile: yutone/syn6288',
      'profile: generic/sign-serial',
      'devices.voice: this output never answers: whether it obeys is not known',
    ],
  ])('%s', (_, old, now, warning) => {
    expect(warningsOf(file.replace(old, () => now))).toContain(warning)
  })
})

describe('a bad edit is told:', () => {
  it.each([
    [
      'a valve without feedback',
      ', feedback: { discrete: 4 }',
      '',
      'devices.gas-valve.valve.feedback: `feedback` is missing = a coil is no proof that a valve is shut: give the switch at the valve, `feedback: { discrete: 0 }` (`closed: off` where it opens when the valve is shut)',
    ],
    [
      'a valve that says nothing of itself',
      'valve: { action: release-close, feedback: { discrete: 4 }, travel: 10s }',
      '',
      'devices.gas-valve.valve: `valve` is missing',
    ],
    [
      'a valve whose safe state is not shut',
      'safe: closed\n    valve: { action: release',
      'safe: off\n    valve: { action: release',
      'devices.gas-valve.safe: a valve that may be open is not in its safe state = write `safe: closed`',
    ],
    ['a valve without a safe state', 'safe: closed\n    valve: { action: release', 'valve: { action: release', 'devices.gas-valve.safe: `safe` is missing'],
    [
      'a valve with an end',
      'safe: closed\n    valve: { action: release',
      'safe: closed\n    longest: 1h\n    valve: { action: release',
      'devices.gas-valve.longest: a valve stays shut until somebody opens it at the place',
    ],
    ['a siren that is closed', 'unit: 1, safe: off', 'unit: 1, safe: closed', 'devices.siren.safe: only a valve is closed'],
    [
      'a siren that is a valve too',
      'unit: 1, safe: off',
      'unit: 1, valve: { action: release-close, feedback: { discrete: 0 } }, kind: siren, safe: off',
      'devices.siren.valve: this output is no valve',
    ],
    ['feedback at two places', 'feedback: { discrete: 4 }', 'feedback: { discrete: 4, coil: 4 }', 'devices.gas-valve.valve.feedback: it is seen at one place'],
    [
      'a supply of a valve that needs none',
      'feedback: { discrete: 4 }',
      'feedback: { discrete: 4 }, supply: { discrete: 5 }',
      'devices.gas-valve.valve.supply: a release-close valve shuts when its supply goes',
    ],
    [
      'a heartbeat with an end',
      'kind: heartbeat, safe: off',
      'kind: heartbeat, safe: off, longest: 1h',
      'devices.beat.longest: a heartbeat beats as long as the station judges',
    ],
    [
      'a voice that is called a siren',
      'bus: speech, safe: off',
      'bus: speech, kind: siren, safe: off',
      'devices.voice.kind: yutone/syn6288 is a voice, and no siren',
    ],
    ['a relay that shall send messages', 'kind: beacon', 'kind: sms', 'devices.beacon.kind: a relay sends no messages'],
    ['an output that its profile does not have', 'output: relay-3', 'output: relay-9', 'devices.gas-valve.output: no output of wirenboard/wb-mr6 `relay-9`'],
    ['two ways to say which', 'output: relay-3', 'output: relay-3\n    coil: 2', 'devices.gas-valve.coil: both output and coil say which it is'],
    ['which of six, untold', 'output: relay-3\n    kind', 'kind', 'devices.gas-valve.coil: `coil` is missing'],
    ['two outputs on one relay', 'unit: 21, coil: 1', 'unit: 21, coil: 0', 'devices.beat.coil: `beacon` drives the same coil'],
    ['an output without a safe state', 'bus: speech, safe: off', 'bus: speech', 'devices.voice.safe: `safe` is missing'],
    ['a voice on a line with others', 'bus: speech', 'bus: line', 'devices.voice.bus: this instrument speaks frames of its own, and this line Modbus'],
  ])('%s', (_, old, now, fault) => {
    expect(file.split(old).length, `"${old}" stands once in the file`).toBe(2)
    const result = checked(file.replace(old, () => now))
    const told = 'faults' in result ? result.faults.map(({ at, what, remedy }) => `${at}: ${what} = ${remedy}`) : []
    expect(
      told.filter((line) => line.startsWith(fault)),
      told.join('\n'),
    ).toHaveLength(1)
  })
})
