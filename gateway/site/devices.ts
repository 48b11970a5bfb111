/** Buses, devices and outputs of a site: each device with its profile as it is at this very place. */

import type { Profile, ProfileChannel } from '../../devicejs/profile.ts'
import type { FileFault } from '../../protocol/files/fault.ts'
import type { Quantity } from '../../protocol/files/schema.ts'
import type { BusSpec, Wire } from '../../protocol/ports.ts'
import { dimensionOf } from '../../protocol/units.ts'
import type { Draft } from './draft.ts'
import type { BusFile, DeviceFile } from './file.ts'
import { HOST, isHost, readHost } from './host.ts'
import { driveText, isOutput, type Outputs, readOutput } from './outputs.ts'
import type { DeviceSpec, HostSpec } from './site.ts'

/** Finds a profile by the name that the site file gives, seen from that file. */
export type ProfileReader = (name: string, relativeTo: string) => { profile: Profile } | { faults: FileFault[] }

export interface Field extends Outputs {
  buses: BusSpec[]
  devices: DeviceSpec[]
  /** The machine itself; null where the file does not name it. */
  host: HostSpec | null
}

interface LineSettings {
  baud: number
  parity: 'none' | 'even' | 'odd'
  dataBits: 7 | 8
  stopBits: 1 | 2
}

/** What most devices leave the factory with, for a line on which nobody asks for anything. */
const USUAL: LineSettings = { baud: 9600, parity: 'none', dataBits: 8, stopBits: 1 }

/** The last address that a device may have (Modbus over Serial Line 1.02, 2.2). */
const LAST_UNIT = 247

/** Where no device on a line says how long it may take. */
const USUAL_QUIET_MS = 500

export function readField(draft: Draft, readProfile: ProfileReader): Field {
  const found = new Map<string, Profile>()
  const polled = Object.entries(draft.written.devices).filter(([, device]) => !isHost(device))
  for (const [name, device] of polled) {
    const profile = profileOf(draft, name, device, readProfile)
    if (profile) found.set(name, profile)
  }
  const buses = Object.entries(draft.written.buses).map(([name, bus]) => readBus(draft, name, bus, found))
  oneMasterEach(draft, buses)
  const field: Field = { buses, devices: [], outputs: [], outputPlans: [], host: null }
  for (const [name, device] of polled) readDevice(draft, name, device, found.get(name), field)
  oneDeviceEach(draft, field)
  field.host = readHost(draft, field)
  return field
}

function profileOf(draft: Draft, name: string, device: DeviceFile, readProfile: ProfileReader): Profile | null {
  const path = ['devices', name]
  const read = readProfile(device.profile, draft.yaml.file)
  if ('profile' in read) return atThisPlace(draft, path, device, read.profile)
  // A fault of the asking is told where it was asked; a fault in the profile's own file, there, and once.
  for (const fault of read.faults) {
    if (fault.file === draft.yaml.file) draft.wrong([...path, 'profile'], fault.what, fault.remedy)
    else if (!draft.faults.some((held) => held.file === fault.file && held.line === fault.line && held.what === fault.what)) draft.faults.push(fault)
  }
  return null
}

/** The profile with what `set` says of this one device. */
function atThisPlace(draft: Draft, path: string[], { set }: DeviceFile, profile: Profile): Profile {
  if (!set) return profile
  const { step, wrap, channels = {}, ...line } = set
  const at = [...path, 'set']
  const counting = profile.channels.filter((channel) => channel.counting)
  for (const key of ['step', 'wrap'] as const) {
    if (set[key] === undefined || counting.length === 1) continue
    const remedy = counting.length === 0 ? 'leave it out' : `say which: set: { channels: { ${counting[0]?.name}: { ${key}: ... } } }`
    draft.wrong([...at, key], `${profile.name} has ${counting.length} counting channels`, remedy)
  }
  for (const name of Object.keys(channels)) {
    if (!profile.channels.some((channel) => channel.name === name))
      draft.unknown([...at, 'channels', name], `channel of ${profile.name}`, name, names(profile), { of: 'key' })
  }
  const given = <T extends object>(table: T): Partial<T> => Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined)) as Partial<T>
  return {
    ...profile,
    line: { ...profile.line, ...given(line) } as Profile['line'],
    channels: profile.channels.map((channel) => {
      const own = channels[channel.name]
      const whole = counting.length === 1 && channel.counting ? given({ step, wrap }) : {}
      const ownAt = own ? [...at, 'channels', channel.name] : at
      return calibrated(draft, ownAt, channel, { ...whole, ...given(own ?? {}) })
    }),
  }
}

type Calibration = { step?: Quantity | undefined; wrap?: number | undefined; scale?: number | undefined; offset?: number | undefined }

function calibrated(draft: Draft, at: string[], channel: ProfileChannel, set: Calibration): ProfileChannel {
  const { counting } = channel
  if (!counting) {
    for (const key of ['step', 'wrap'] as const)
      if (set[key] !== undefined) draft.wrong([...at, key], `${channel.name} does not count`, 'a channel that counts has `count` in its profile')
    if (set.scale === 0) draft.wrong([...at, 'scale'], 'scale 0 makes every value the same', 'leave it out, or give the true one')
    return { ...channel, scale: set.scale ?? channel.scale, offset: set.offset ?? channel.offset }
  }
  for (const key of ['scale', 'offset'] as const)
    if (set[key] !== undefined) draft.wrong([...at, key], `${channel.name} counts: it has no ${key}`, 'give its `step`')
  const { step } = set
  if (step && step.value <= 0) draft.wrong([...at, 'step'], 'a count of no worth', 'give a step above 0')
  if (step && dimensionOf(step.unit) !== dimensionOf(channel.unit))
    draft.wrong([...at, 'step'], `a step in ${step.unit} for a channel in ${channel.unit}`, `give it in ${channel.unit}`)
  return {
    ...channel,
    unit: step?.unit ?? channel.unit,
    digits: step ? (/\.(\d+)$/.exec(String(step.value))?.[1] ?? '').length : channel.digits,
    counting: { kind: counting.kind, step: step?.value ?? counting.step, wrap: set.wrap ?? counting.wrap },
  }
}

function readBus(draft: Draft, name: string, bus: BusFile, profiles: Map<string, Profile>): BusSpec {
  const path = ['buses', name]
  const wire = wireOf(draft, path, bus)
  const own = { baud: bus.baud, parity: bus.parity, dataBits: bus.dataBits, stopBits: bus.stopBits }
  const users = Object.entries(draft.written.devices).filter(([, device]) => device.bus === name)
  if (users.length === 0) draft.odd(path, 'no device is on this bus', 'name it in a device, or take it away')
  if (wire.how === 'tcp') {
    for (const [key, value] of Object.entries(own))
      if (value !== undefined)
        draft.wrong([...path, key], `Modbus TCP has no ${key}`, 'leave it out; for a serial server that passes RTU on, write `rtuOverTcp`')
  }
  const settings: LineSettings = { ...USUAL }
  /** Who asked for a setting first: the bus itself, or a device. */
  const asked = new Map<string, string>()
  for (const key of ['baud', 'parity', 'dataBits', 'stopBits'] as const) {
    if (own[key] !== undefined) asked.set(key, `the bus \`${name}\` says`)
    Object.assign(settings, own[key] === undefined ? {} : { [key]: own[key] })
    if (wire.how === 'tcp') continue
    for (const [user] of users) {
      const line = profiles.get(user)?.line
      if (!line) continue
      const held = asked.get(key)
      if (held === undefined) {
        Object.assign(settings, { [key]: line[key] })
        asked.set(key, `\`${user}\` on the same bus has`)
      } else if (settings[key] !== line[key]) {
        // One line, one setting (quirk 9).
        draft.wrong(
          ['devices', user, 'bus'],
          `this device speaks with ${key} ${line[key]}, but ${held} ${settings[key]}`,
          `set the device itself to ${settings[key]} and say so, \`set: { ${key}: ${settings[key]} }\`; or give it a line of its own`,
        )
      }
    }
  }
  const slowest = Math.max(0, ...users.map(([user, device]) => device.timeout ?? profiles.get(user)?.line.timeoutMs ?? 0))
  return { name, wire, speaks: 'rtu', ...settings, quietMs: bus.quiet ?? (slowest || USUAL_QUIET_MS) }
}

function wireOf(draft: Draft, path: string[], { tcp, line, rtuOverTcp }: BusFile): Wire {
  if (line !== undefined) return { how: 'serial', path: line }
  const key = tcp === undefined ? 'rtuOverTcp' : 'tcp'
  const [, host = '', digits] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(tcp ?? rtuOverTcp ?? '') ?? []
  const port = digits === undefined ? 502 : Number(digits)
  if (port < 1 || port > 65_535) draft.wrong([...path, key], `there is no port ${port}`, 'ports go from 1 to 65535; Modbus TCP has 502')
  return { how: tcp === undefined ? 'rtu-over-tcp' : 'tcp', host: host.replace(/^\[|\]$/g, ''), port }
}

/** Two buses over one wire would talk into each other. */
function oneMasterEach(draft: Draft, buses: BusSpec[]): void {
  const held = new Map<string, string>()
  for (const { name, wire } of buses) {
    const where = wire.how === 'serial' ? wire.path : `${wire.host}:${wire.port}`
    const other = held.get(where)
    if (other === undefined) held.set(where, name)
    else draft.wrong(['buses', name], `${where} is already the wire of \`${other}\``, `a wire has one master: put the devices on \`${other}\``, { of: 'key' })
  }
}

function readDevice(draft: Draft, name: string, device: DeviceFile, profile: Profile | undefined, field: Field): void {
  const path = ['devices', name]
  const { bus: line } = device
  const bus = field.buses.find((candidate) => candidate.name === line)
  if (line === undefined) draft.missing(path, 'bus', `name the line that it hangs on; only the machine itself has none: \`profile: ${HOST}\``)
  else if (!bus) draft.unknown([...path, 'bus'], 'bus', line, Object.keys(draft.written.buses))
  if (!profile || line === undefined) return
  const unit = device.unit ?? profile.unit
  if (unit === null) draft.missing(path, 'unit', `add the device's address: \`unit: 1\``)
  else if (bus && bus.wire.how !== 'tcp' && unit === 0)
    draft.wrong([...path, 'unit'], 'address 0 is for all devices at once, and none answers', 'give the address that is set on the device, 1 to 247')
  // The standard keeps 248 to 255 for itself (Serial Line 1.02, 2.2); some makers use them, and on TCP 255 is the station itself.
  else if (unit > LAST_UNIT && unit !== profile.unit && !(bus?.wire.how === 'tcp' && unit === 255))
    draft.odd([...path, 'unit'], `address ${unit} is reserved by the standard`, `the addresses of devices are 1 to ${LAST_UNIT}: is this a slip?`, {
      of: 'value',
    })
  const timeoutMs = device.timeout ?? profile.line.timeoutMs
  field.devices.push({ name, bus: line, unit: unit ?? 0, every: device.every, timeoutMs, retries: device.retries, profile, channels: [] })
  if (isOutput(device, profile)) readOutput(draft, path, device, profile, { name, bus: line, device: name, unit: unit ?? 0, timeoutMs }, field)
}

/** An address answers for one device; only the coils of one relay board may be outputs of their own. */
function oneDeviceEach(draft: Draft, field: Field): void {
  const held = new Map<string, DeviceSpec>()
  const drives = (name: string): boolean => field.outputs.some((output) => output.name === name)
  for (const device of field.devices) {
    const where = `${device.bus}/${device.unit}`
    const other = held.get(where)
    if (!other) {
      held.set(where, device)
      continue
    }
    const board = device.profile.name === other.profile.name && drives(device.name) && drives(other.name)
    if (!board)
      draft.wrong(
        ['devices', device.name, 'unit'],
        `\`${other.name}\` on the bus \`${device.bus}\` has address ${device.unit} too`,
        'give each device on a line an address of its own',
      )
  }
  const driven = new Map<string, string>()
  for (const output of field.outputs) {
    const where = `${output.bus}/${output.unit}/${driveText(output)}`
    const other = driven.get(where)
    if (other === undefined) driven.set(where, output.name)
    else if (output.drive.by === 'coil')
      draft.wrong(['devices', output.name, 'coil'], `\`${other}\` drives the same coil`, 'give each output a coil of its own')
    else draft.wrong(['devices', output.name], `\`${other}\` drives the same (${driveText(output)})`, 'give each output one of its own', { of: 'key' })
  }
}

const names = (profile: Profile): string[] => profile.channels.map(({ name }) => name)
