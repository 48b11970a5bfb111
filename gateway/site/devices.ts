/** Buses, devices and outputs of a site: each device with its profile as it is at this very place. */

import { type Profile, type ProfileChannel, speaksFrames } from '../../devicejs/profile.ts'
import type { FileFault } from '../../protocol/files/fault.ts'
import { durationText, type Quantity } from '../../protocol/files/schema.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import { dimensionOf } from '../../protocol/units.ts'
import type { Draft } from './draft.ts'
import type { DeviceFile } from './file.ts'
import { HOST, isHost, readHost } from './host.ts'
import { readBuses } from './lines.ts'
import { driveText, isOutput, type Outputs, readOutput } from './outputs.ts'
import { isPatrol, readPatrols } from './patrol.ts'
import type { DeviceSpec, HostSpec, PatrolSpec } from './site.ts'

/** Finds a profile by the name that the site file gives, seen from that file. */
export type ProfileReader = (name: string, relativeTo: string) => { profile: Profile } | { faults: FileFault[] }

export interface Field extends Outputs {
  buses: BusSpec[]
  devices: DeviceSpec[]
  /** The machine itself; null where the file does not name it. */
  host: HostSpec | null
  patrols: PatrolSpec[]
}

/** The last address that a device may have (Modbus over Serial Line 1.02, 2.2). */
const LAST_UNIT = 247

export function readField(draft: Draft, readProfile: ProfileReader): Field {
  const found = new Map<string, Profile>()
  const polled = Object.entries(draft.written.devices).filter(([, device]) => !isHost(device) && !isPatrol(device))
  for (const [name, device] of polled) {
    const profile = profileOf(draft, name, device, readProfile)
    if (profile) found.set(name, profile)
  }
  const buses = readBuses(draft, found)
  const field: Field = { buses, devices: [], outputs: [], outputPlans: [], host: null, patrols: readPatrols(draft) }
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
  if (profile.talk && set.maxWords !== undefined)
    draft.wrong([...at, 'maxWords'], `${profile.name} has no registers: a frame is read whole`, 'leave it out', { of: 'key' })
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

function readDevice(draft: Draft, name: string, device: DeviceFile, profile: Profile | undefined, field: Field): void {
  const path = ['devices', name]
  const { bus: line } = device
  const bus = field.buses.find((candidate) => candidate.name === line)
  if (line === undefined) draft.missing(path, 'bus', `name the line that it hangs on; only the machine itself has none: \`profile: ${HOST}\``)
  else if (!bus) draft.unknown([...path, 'bus'], 'bus', line, Object.keys(draft.written.buses))
  if (!profile || line === undefined) return
  const framed = speaksFrames(profile)
  if (framed && device.unit !== undefined)
    draft.wrong([...path, 'unit'], `${profile.name} speaks frames of its own, without an address`, 'leave unit out', { of: 'key' })
  // Its number among those on the line.
  const unit = framed ? field.devices.filter((other) => other.bus === line).length : (device.unit ?? profile.unit)
  if (unit === null) draft.missing(path, 'unit', `add the device's address: \`unit: 1\``)
  else if (bus && bus.wire.how !== 'tcp' && unit === 0 && !framed)
    draft.wrong([...path, 'unit'], 'address 0 is for all devices at once, and none answers', 'give the address that is set on the device, 1 to 247')
  // The standard keeps 248 to 255 for itself (Serial Line 1.02, 2.2), but for what a maker has chosen; on TCP 255 is the station itself.
  else if (bus && unit > LAST_UNIT && unit !== profile.unit) {
    const what = `address ${unit} is reserved by the standard`
    if (bus.wire.how !== 'tcp') draft.wrong([...path, 'unit'], what, `the addresses of devices are 1 to ${LAST_UNIT}: set the device to one of them`)
    else if (unit !== 255) draft.odd([...path, 'unit'], what, `the addresses of devices are 1 to ${LAST_UNIT}: is this a slip?`, { of: 'value' })
  }
  const timeoutMs = device.timeout ?? profile.line.timeoutMs
  const speaksEvery = profile.talk?.everyMs ?? 0
  if (timeoutMs < speaksEvery)
    draft.wrong([...path, 'timeout'], `${profile.name} speaks each ${durationText(speaksEvery)} by itself: it would be taken for silent`, 'leave timeout out')
  if (device.every < speaksEvery)
    draft.odd([...path, 'every'], `${profile.name} speaks each ${durationText(speaksEvery)} only`, `write \`every: ${durationText(speaksEvery)}\``, {
      of: 'value',
    })
  field.devices.push({ name, bus: line, unit: unit ?? 0, every: device.every, timeoutMs, retries: device.retries, profile, channels: [] })
  if (isOutput(device, profile)) readOutput(draft, path, device, profile, { name, bus: line, device: name, unit: unit ?? 0, timeoutMs }, field)
}

/** An address answers for one device; only the coils of one relay board may be outputs of their own. */
function oneDeviceEach(draft: Draft, field: Field): void {
  const held = new Map<string, DeviceSpec>()
  const drives = (name: string): boolean => field.outputs.some((output) => output.name === name)
  for (const device of field.devices) {
    // They have no address; which of them may share a line is told in lines.ts.
    if (speaksFrames(device.profile)) continue
    const where = `${device.bus}/${device.unit}`
    const other = held.get(where)
    if (!other) {
      held.set(where, device)
      continue
    }
    const sameBoard = device.profile.name === other.profile.name
    const [output, ...more] = [other, device].filter(({ name }) => drives(name))
    if (sameBoard && more.length > 0) continue
    draft.wrong(
      ['devices', device.name, 'unit'],
      `\`${other.name}\` on the bus \`${device.bus}\` has address ${device.unit} too`,
      sameBoard && output
        ? `if they are one board, read it by the name of its output, \`read: ${output.name}.CHANNEL\`; else give each an address of its own`
        : 'give each device on a line an address of its own',
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
