/** A checked site in words: what a person reads to see that the file says what was meant. */

import { speaksFrames } from '../../devicejs/profile.ts'
import { durationText } from '../../protocol/files/schema.ts'
import { colourOf } from '../../protocol/level.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import type { Millis } from '../../protocol/time.ts'
import type { AlarmPlan } from '../core/plan.ts'
import { HOLD_LOST_MS } from '../core/plan.ts'
import { gasText } from './gas.ts'
import { conditionText } from './grammar.ts'
import { loadOf, percent } from './loads.ts'
import { driveText } from './outputs.ts'
import { actionText, peopleText } from './people-text.ts'
import type { DeviceSpec, OutputSpec, Site } from './site.ts'

function levelTexts({ levels }: AlarmPlan): string[][] {
  const [first] = levels
  if (first?.when.op === 'roll-up') return [['rolled up', first.when.names.join(', ')]]
  return [...levels].reverse().map(({ level, when }) => [colourOf(level), conditionText(when)])
}

/** How it rises, falls and is held, where that is not at once and for a day. */
function courseTexts({ step, lower, holdLost = HOLD_LOST_MS }: AlarmPlan): string[][] {
  const rules = lower && [...(lower.after > 0 ? [`after ${durationText(lower.after)}`] : []), ...(lower.while ? [`while ${conditionText(lower.while)}`] : [])]
  return [
    ...(step ? [['rises', `one colour each ${durationText(step)}, red at once`]] : []),
    ...(rules ? [['falls', rules.join(', ')]] : []),
    ...(holdLost === HOLD_LOST_MS ? [] : [['held', `${durationText(holdLost)} where it cannot be told`]]),
  ]
}

export function describeSite(site: Site): string {
  const { plan } = site
  const name = (channel: number): string => plan.channels[channel]?.name ?? '?'
  const sections: [string, string[][]][] = [
    ['buses', site.buses.map((bus) => [bus.name, wireText(bus), `silent ${durationText(bus.quietMs)} after a fault`, loadText(site, bus)])],
    [
      'devices',
      [
        ...site.devices,
        ...site.patrols.map((patrol) => ({ ...patrol, bus: 'people', unit: null })),
        ...(site.host ? [{ ...site.host, bus: 'this machine', unit: null }] : []),
      ].map(({ name, bus, unit, profile, every, channels }) => [
        name,
        unit === null || speaksFrames(profile) ? bus : `${bus}, unit ${unit}`,
        profile.name,
        readsText(channels, every),
      ]),
    ],
    [
      'channels',
      plan.channels.map((channel, number) => [
        channel.name,
        `${channel.unit}${gasText(channel)}`,
        channel.derivation ? `${channel.derivation.kind} of ${channel.derivation.inputs.map(name).join(', ')}` : readText(site, number),
        channel.quality.map(({ kind }) => kind).join(', '),
      ]),
    ],
    [
      'detectors',
      plan.detectors.map(({ name: detector, kind, inputs, seasons = [] }) => [
        detector,
        `${kind} on ${inputs.map(name).join(', ')}`,
        ...(seasons.length > 0 ? [`otherwise in ${seasons.map(({ season }) => season).join(', ')}`] : []),
      ]),
    ],
    ['seasons', (plan.seasons ?? []).map(({ name: season, from, to }) => [season, `${from} to ${to}`])],
    ['alarms', plan.alarms.flatMap((alarm) => [...levelTexts(alarm), ...courseTexts(alarm)].map((cells, index) => [index === 0 ? alarm.name : '', ...cells]))],
    [
      'outputs',
      plan.outputs.map(({ name, kind, longest }) => {
        const spec = site.outputs.find((output) => output.name === name)
        return spec ? [name, kind, outputText(spec), restText(spec, longest)] : [name]
      }),
    ],
    ['actions', plan.actions.map((action) => actionText(action, plan.outputs))],
    ...peopleText(site),
    [
      'publish',
      site.uplinks.map(({ name, url, protocol, clientId, health }) => [
        ...[name, url, `MQTT ${protocol === 5 ? '5' : '3.1.1'}`, `as ${clientId}`],
        health === null ? 'health never' : `health each ${durationText(health)}`,
      ]),
    ],
  ]
  const title = `${site.area}/${site.id}/${site.station}${site.name === site.id ? '' : `: ${site.name}`} (messages are marked ${plan.mode}${site.clock === 'served' ? ', clock served' : ''})`
  return [
    title,
    ...sections.filter(([, rows]) => rows.length > 0).flatMap(([heading, rows]) => ['', heading, ...aligned(rows)]),
    '',
    `memory of the rings: ${bytesText(site.ringBytes)}`,
  ].join('\n')
}

/** `x, y every 10s, heat every 1min` */
function readsText(channels: DeviceSpec['channels'], every: Millis): string {
  const periods = [...new Set(channels.map((channel) => channel.every ?? every))].sort((a, b) => a - b)
  const names = (period: Millis): string => channels.flatMap((channel) => ((channel.every ?? every) === period ? [channel.from] : [])).join(', ')
  return periods.map((period) => `${names(period)} every ${durationText(period)}`).join(', ')
}

function loadText({ clock, devices, outputs }: Site, bus: BusSpec): string {
  const load = clock === 'own' ? loadOf(bus, devices, outputs) : null
  return load ? `polls take about ${percent(load.usual)}` : ''
}

function wireText({ wire, speaks, baud, dataBits, parity, stopBits }: BusSpec): string {
  if (wire.how === 'tcp') return `Modbus TCP ${wire.host}:${wire.port}`
  const settings = `${baud} ${dataBits}${parity.slice(0, 1).toUpperCase()}${stopBits}`
  const spoken = { rtu: 'Modbus RTU', ascii: 'Modbus ASCII', frames: 'frames' }[speaks]
  if (wire.how === 'serial') return `${spoken} ${wire.path} ${settings}`
  return wire.how === 'dial-in' ? `${spoken} of a modem that dials in at ${wire.host}:${wire.port}` : `${spoken} over ${wire.host}:${wire.port} ${settings}`
}

function outputText(spec: OutputSpec): string {
  const unit = spec.drive.by === 'frames' || spec.drive.by === 'modem' ? '' : `, unit ${spec.unit}`
  const { valve } = spec
  const seen = valve ? `, ${valve.action}, seen at ${valve.feedback.table} ${valve.feedback.address}` : ''
  return `${spec.bus}${unit}, ${driveText(spec)}${seen}`
}

/** What becomes of it when nobody asks, when the station stops, and when it crashes. */
function restText({ kind, valve, watchdog, drive }: OutputSpec, longest: number): string {
  const crash = watchdog ? `off ${durationText(watchdog.afterMs)} after a crash` : 'a crash leaves it as it is'
  if (valve?.action === 'pulse-close') return 'never opened from here; a stop or a crash leaves it as it is'
  if (valve) return `never opened from here, shut at a stop; ${watchdog ? `shut ${durationText(watchdog.afterMs)} after a crash` : crash}`
  if (kind === 'heartbeat') return 'beats while the station judges'
  return drive.by === 'modem' ? 'sends while it is asked to' : `off by itself, at most ${durationText(longest)} on; ${crash}`
}

function readText({ devices, patrols, host }: Site, number: number): string {
  for (const { name, channels } of [...devices, ...patrols, ...(host ? [host] : [])])
    for (const { from, channel } of channels) if (channel === number) return `${name}.${from}`
  return ''
}

/** Columns as wide as their widest entry; the last one runs free. */
function aligned(rows: string[][]): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
}

const bytesText = (bytes: number): string => (bytes < 1024 ** 2 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 ** 2).toFixed(1)} MB`)
