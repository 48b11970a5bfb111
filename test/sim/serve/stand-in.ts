/** Small sites for the tests of the virtual point: a counting gauge, a tilt meter with a clock, a siren. */
import type { Drive } from '../../../devicejs/outputs/drive.ts'
import type { Place, Profile, ProfileChannel } from '../../../devicejs/profile.ts'
import { plainResponse } from '../../../gateway/core/plan.ts'
import type { DeviceSpec, OutputSpec, Site } from '../../../gateway/site/site.ts'
import type { Encoding } from '../../../protocol/numbers.ts'
import type { BusSpec, Table } from '../../../protocol/ports.ts'
import { millis } from '../../../protocol/time.ts'

export const place = (table: Table, address: number, type: Encoding['type'] = 'u16'): Place => ({ table, address, as: { type, order: 'ABCD' }, bit: null })

export function channel(name: string, unit: string, read: Place, more: Partial<ProfileChannel> = {}): ProfileChannel {
  return {
    name,
    quantity: 'test',
    unit,
    digits: 2,
    read,
    scale: 1,
    offset: 0,
    counting: null,
    noValue: [],
    codes: [],
    range: null,
    clearsOnRead: false,
    ...more,
  }
}

export function profile(name: string, channels: ProfileChannel[], more: Partial<Profile> = {}): Profile {
  return {
    name,
    title: name,
    products: [],
    source: 'made up',
    line: { baud: 9600, dataBits: 8, stopBits: 1, parity: 'none', gapMs: 0, timeoutMs: 300, maxWords: 125, maxHole: 4, afterWriteMs: 0, probe: null },
    talk: null,
    unit: null,
    trigger: null,
    identity: [],
    uptime: null,
    clock: null,
    channels,
    faults: [],
    outputs: [],
    watchdog: null,
    ...more,
  }
}

export const gauge = profile('test/gauge', [
  channel('tips', 'mm', place('holding', 0), { quantity: 'rain', counting: { kind: 'total', step: 0.2, wrap: 65536 } }),
  channel('volts', 'V', place('holding', 3), { scale: 0.1 }),
])

export const tilt = profile('test/tilt', [channel('x', 'deg', place('input', 4, 'f64')), channel('y', 'deg', place('input', 8, 'f64'))], {
  clock: { read: place('input', 0, 'u64'), unitMs: 1 },
})

export const sirenDrive: Drive = { by: 'coil', coil: 2, readBack: { table: 'discrete', address: 7, bit: null } }

export const relay = profile('test/relay', [], { outputs: [{ name: 'siren', kind: 'siren', drive: sirenDrive }] })

export function device(name: string, bus: string, unit: number, of: Profile): DeviceSpec {
  return {
    name,
    bus,
    unit,
    every: millis(1000),
    timeoutMs: 300,
    retries: 0,
    profile: of,
    channels: of.channels.map(({ name: from }, at) => ({ from, channel: at })),
  }
}

export const bus = (name: string, wire: BusSpec['wire']): BusSpec => ({
  name,
  wire,
  speaks: 'rtu',
  baud: 9600,
  dataBits: 8,
  stopBits: 1,
  parity: 'none',
  quietMs: 100,
})

export const siren: OutputSpec = {
  name: 'siren',
  bus: 'point',
  device: 'siren',
  unit: 20,
  kind: 'siren',
  drive: sirenDrive,
  valve: null,
  watchdog: null,
  maxWords: 125,
  afterWriteMs: 0,
  timeoutMs: 300,
}

export function site(buses: BusSpec[], devices: DeviceSpec[], outputs: OutputSpec[] = []): Site {
  return {
    file: 'test.yaml',
    area: 'a',
    id: 's',
    station: 'a',
    name: '',
    position: null,
    hazards: [],
    clock: 'own',
    buses,
    devices,
    host: null,
    patrols: [],
    outputs,
    uplinks: [],
    roles: [],
    plan: { mode: 'test', channels: [], detectors: [], alarms: [], outputs: [], actions: [], response: plainResponse, reports: [] },
    ringBytes: 0,
  }
}
