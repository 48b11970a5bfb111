/** The host of a site: the machine itself as a device without a bus, whose channels are what the station sees of itself. */
import { exceptionNames } from '../../protocol/frames.ts'
import type { BusFigures, DeviceFigures, LoadFigures } from '../../protocol/messages.ts'
import type { BusSpec, MachineFigure } from '../../protocol/ports.ts'
import type { Draft } from './draft.ts'
import type { DeviceFile } from './file.ts'
import type { DeviceSpec, HostChannel, HostSpec } from './site.ts'

/** What a site file calls it. It has no file on the shelf: its channels are made of the site's own buses and devices. */
export const HOST = 'hazardpoint/host'

/** More often, the looking itself would show in the load. */
const FASTEST_MS = 1000

interface Figure<T> {
  unit: string
  digits: number
  /** A running total, which a derivation may take differences of; else a plain value. */
  counts: boolean
  of(from: T): number | null
}

const total = <T>(of: (from: T) => number | undefined): Figure<T> => ({ unit: 'count', digits: 0, counts: true, of: (from) => of(from) ?? 0 })
const value = <T>(unit: string, digits: number, of: (from: T) => number | null): Figure<T> => ({ unit, digits, counts: false, of })

/** Exceptions by their code, as `tilt-exceptions-2`: an address that is none tells of a wrong profile, a busy device of a short period. */
const byCode: Record<string, Figure<Pick<BusFigures, 'exceptions'>>> = Object.fromEntries(
  Object.keys(exceptionNames).map((code) => [`exceptions-${code}`, total(({ exceptions }) => exceptions[code])]),
)

const latencies: Record<string, Figure<Pick<BusFigures, 'latencyMs'>>> = {
  'latency-p50': value('ms', 1, ({ latencyMs }) => latencyMs?.p50 ?? null),
  'latency-p99': value('ms', 1, ({ latencyMs }) => latencyMs?.p99 ?? null),
}

/** Of a bus, as `slope-timeouts`. */
export const busFigures: Record<string, Figure<BusFigures>> = {
  requests: total(({ requests }) => requests),
  answers: total(({ answers }) => answers),
  timeouts: total(({ faults }) => faults.timeout),
  checksums: total(({ faults }) => faults.checksum),
  exceptions: total(({ faults }) => faults.exception),
  ...byCode,
  'out-of-step': total(({ step }) => step?.lost),
  late: total(({ late }) => late),
  ...latencies,
  utilisation: value('%', 1, ({ utilisation }) => utilisation),
}

/** Of a device, as `tilt-timeouts`. */
export const deviceFigures: Record<string, Figure<DeviceFigures>> = {
  polls: total(({ polls }) => polls),
  answered: total(({ answered }) => answered),
  requests: total(({ requests }) => requests),
  answers: total(({ answers }) => answers),
  timeouts: total(({ faults }) => faults.timeout),
  checksums: total(({ faults }) => faults.checksum),
  exceptions: total(({ faults }) => faults.exception),
  ...byCode,
  'out-of-step': total(({ faults }) => faults['out-of-step']),
  skipped: total(({ skipped }) => skipped),
  ...latencies,
  // The polls missed in a row: 0 where it is asked at its own period.
  'back-off': value('count', 0, ({ backOff }) => backOff?.misses ?? 0),
  retired: value('count', 0, ({ retired }) => retired.length),
}

/** How much the alarms ask of people, of which `standing` are above none; the station's own alarms are among them. */
export interface AlarmFigures extends LoadFigures {
  standing: number
}

/** Of all alarms together, as `alarms-called-10min`. */
export const alarmFigures: Record<string, Figure<AlarmFigures>> = {
  called: total(({ calledTotal }) => calledTotal),
  'called-10min': value('count', 0, ({ calledIn10min }) => calledIn10min),
  flood: value('count', 0, ({ flood }) => (flood ? 1 : 0)),
  standing: value('count', 0, ({ standing }) => standing),
  chattering: value('count', 0, ({ chattering }) => chattering.length),
  stale: value('count', 0, ({ stale }) => stale.length),
  shelved: value('count', 0, ({ shelved }) => shelved.length),
  suppressed: value('count', 0, ({ suppressed }) => suppressed.length),
  'out-of-service': value('count', 0, ({ outOfService }) => outOfService.length),
}

/** Of the machine. */
const machineUnits: Record<MachineFigure, { unit: string; digits: number }> = {
  temperature: { unit: 'degC', digits: 1 },
  'disk-free': { unit: '%', digits: 1 },
  'memory-free': { unit: '%', digits: 1 },
  uptime: { unit: 's', digits: 0 },
  load: { unit: '1', digits: 2 },
}

export const isHost = ({ profile }: DeviceFile): boolean => profile === HOST

interface Lines {
  buses: BusSpec[]
  devices: DeviceSpec[]
}

/** The host of the file, where it has one; after its buses and devices. */
export function readHost(draft: Draft, field: Lines): HostSpec | null {
  const [first, ...others] = Object.entries(draft.written.devices).filter(([, device]) => isHost(device))
  if (!first) return null
  const [name, device] = first
  for (const [twin] of others) draft.wrong(['devices', twin, 'profile'], `\`${name}\` is this machine already`, `read it: \`read: ${name}.temperature\``)
  for (const key of ['bus', 'unit', 'timeout', 'set', 'coil', 'kind', 'safe', 'longest'] as const)
    if (device[key] !== undefined) draft.wrong(['devices', name, key], `the machine itself has no ${key}`, 'leave it out', { of: 'key' })
  if (device.every < FASTEST_MS) draft.wrong(['devices', name, 'every'], 'the machine is looked at once a second at most', 'write `every: 10s`')
  // Led by served time, the machine's own state has no time of its own in the recording.
  if (draft.written.site.clock === 'served')
    draft.wrong(['devices', name, 'profile'], 'the clock is served: the rows of a recording say nothing of this machine', 'leave it out, or `clock: own`')
  return { name, every: device.every, profile: { name: HOST, channels: hostChannels(field) }, channels: [] }
}

function hostChannels({ buses, devices }: Lines): HostChannel[] {
  const of = (subject: HostChannel['of'], name: string, figure: string, { unit, digits, counts }: Omit<Figure<unknown>, 'of'>): HostChannel => ({
    name: subject === 'machine' ? figure : `${subject === 'alarms' ? 'alarms' : name}-${figure}`,
    quantity: figure,
    ...{ unit, digits, counting: counts ? { kind: 'total', step: 1, wrap: null } : null },
    ...{ of: subject, subject: name, figure },
  })
  const polled = devices.filter(({ profile }) => profile.channels.length > 0)
  return [
    ...Object.entries(machineUnits).map(([figure, how]) => of('machine', '', figure, { ...how, counts: false })),
    ...Object.entries(alarmFigures).map(([figure, how]) => of('alarms', '', figure, how)),
    ...buses.flatMap(({ name, wire }) =>
      // Answers on Modbus TCP carry the number of their request: there is no step to fall out of.
      Object.entries(busFigures).flatMap(([figure, how]) => (figure === 'out-of-step' && wire.how === 'tcp' ? [] : [of('bus', name, figure, how)])),
    ),
    ...polled.flatMap(({ name }) => Object.entries(deviceFigures).map(([figure, how]) => of('device', name, figure, how))),
  ]
}

/** Of a bus or a device that is malformed, or whose profile could not be read: that has been told already. */
export function ofUnread({ removed, written }: Draft, figure: string, devices: DeviceSpec[]): boolean {
  const unread = Object.keys(written.devices).filter((name) => !devices.some((device) => device.name === name))
  return [...removed, ...unread].some((name) => figure.startsWith(`${name}-`))
}

/** After the channels: what is read of the host, and cannot mean anything. */
export function hostDoubts(draft: Draft, host: HostSpec | null, devices: DeviceSpec[]): void {
  if (!host) return
  for (const [name, channel] of Object.entries(draft.written.channels)) {
    if (!('read' in channel) || !channel.read.startsWith(`${host.name}.`)) continue
    const path = ['channels', name, 'read']
    const sources = host.profile.channels.filter((source) => channel.read === `${host.name}.${source.name}`)
    const [source] = sources
    if (sources.length > 1) draft.wrong(path, `\`${source?.subject}\` is a bus and a device`, 'give one of them another name')
    else if (source?.of === 'device' && devices.some((device) => device.name === source.subject && device.channels.length === 0))
      draft.wrong(
        path,
        `no channel reads \`${source.subject}\`, so that it is not polled and nothing of it is counted`,
        `read the device in channels, or its bus: \`read: ${host.name}.BUS-${source.figure}\``,
      )
  }
  if (host.channels.length === 0) draft.odd(['devices', host.name], 'no channel reads this device', 'read it in channels, or take it away')
}
