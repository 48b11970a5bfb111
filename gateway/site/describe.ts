/** A checked site in words: what a person reads to see that the file says what was meant. */

import { durationText } from '../../protocol/files/schema.ts'
import { colourOf } from '../../protocol/level.ts'
import type { BusSpec } from '../../protocol/ports.ts'
import { conditionText } from './grammar.ts'
import { driveText } from './outputs.ts'
import type { OutputSpec, Site } from './site.ts'

export function describeSite(site: Site): string {
  const { plan } = site
  const name = (channel: number): string => plan.channels[channel]?.name ?? '?'
  const sections: [string, string[][]][] = [
    ['buses', site.buses.map((bus) => [bus.name, wireText(bus), `silent ${durationText(bus.quietMs)} after a fault`])],
    [
      'devices',
      [...site.devices, ...(site.host ? [{ ...site.host, bus: 'this machine', unit: null }] : [])].map(({ name, bus, unit, profile, every, channels }) => [
        name,
        unit === null ? bus : `${bus}, unit ${unit}`,
        profile.name,
        channels.length > 0 ? `${channels.map(({ from }) => from).join(', ')} every ${durationText(every)}` : '',
      ]),
    ],
    [
      'channels',
      plan.channels.map((channel, number) => [
        channel.name,
        channel.unit,
        channel.derivation ? `${channel.derivation.kind} of ${channel.derivation.inputs.map(name).join(', ')}` : readText(site, number),
        channel.quality.map(({ kind }) => kind).join(', '),
      ]),
    ],
    ['detectors', plan.detectors.map((detector) => [detector.name, `${detector.kind} on ${detector.inputs.map(name).join(', ')}`])],
    [
      'alarms',
      plan.alarms.flatMap((alarm) =>
        [...alarm.levels].reverse().map(({ level, when }, index) => [index === 0 ? alarm.name : '', colourOf(level), conditionText(when)]),
      ),
    ],
    [
      'outputs',
      plan.outputs.map(({ name, kind, longest }) => {
        const spec = site.outputs.find((output) => output.name === name)
        return spec ? [name, kind, outputText(spec), restText(spec, longest)] : [name]
      }),
    ],
    ['actions', plan.actions.map(({ text, output, hold }) => [`when ${text}`, output, hold === null ? 'until it is false' : `for ${durationText(hold)}`])],
    ['publish', site.uplinks.map(({ name, url, protocol, clientId }) => [name, url, `MQTT ${protocol === 5 ? '5' : '3.1.1'}`, `as ${clientId}`])],
  ]
  const title = `${site.area}/${site.id}/${site.station}${site.name === site.id ? '' : `: ${site.name}`} (messages are marked ${plan.mode}${site.clock === 'served' ? ', clock served' : ''})`
  return [
    title,
    ...sections.filter(([, rows]) => rows.length > 0).flatMap(([heading, rows]) => ['', heading, ...aligned(rows)]),
    '',
    `memory of the rings: ${bytesText(site.ringBytes)}`,
  ].join('\n')
}

function wireText({ wire, baud, dataBits, parity, stopBits }: BusSpec): string {
  if (wire.how === 'tcp') return `Modbus TCP ${wire.host}:${wire.port}`
  const settings = `${baud} ${dataBits}${parity.slice(0, 1).toUpperCase()}${stopBits}`
  return wire.how === 'serial' ? `Modbus RTU ${wire.path} ${settings}` : `Modbus RTU over ${wire.host}:${wire.port} ${settings}`
}

function readText({ devices, host }: Site, number: number): string {
  for (const { name, channels } of [...devices, ...(host ? [host] : [])])
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
