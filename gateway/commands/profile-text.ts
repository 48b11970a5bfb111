/** A device profile in words: what it is, where its values stand, and the site-file lines to copy. */

import { settingText } from '../../devicejs/find/recognise.ts'
import type { Drive } from '../../devicejs/outputs/drive.ts'
import { type Place, type Profile, type ProfileChannel, type ProfileFault, speaksFrames } from '../../devicejs/profile.ts'
import { left, tame } from '../cells.ts'

/** Channels that are written out in the lines to copy; the others go without saying. */
const MOST_COPIED = 8

export function explainProfile(profile: Profile): string {
  const { name, title, products, source, channels, faults, outputs, identity } = profile
  const lines = [
    `${name}: ${title}`,
    '',
    ...(products.length > 0 ? [`  sold as  ${products.join(', ')}`] : []),
    `  source   ${source}`,
    `  line     ${lineText(profile)}`,
    ...(profile.trigger
      ? [`  asked    ${profile.trigger.place.table} ${profile.trigger.place.address} is written first, then it measures for ${profile.trigger.waitMs} ms`]
      : []),
    ...(identity.length > 0 ? [`  known by ${identity.map(({ read, equals }) => `${placeText(read)} = ${equals}`).join(', ')}`] : []),
    ...(profile.clock ? [`  clock    its own, at ${placeText(profile.clock.read)}`] : []),
    ...section('channels', channels, ({ name: own }) => own, channelText),
    ...section('faults', faults, ({ read }) => placeText(read), faultText),
    ...section(
      'outputs',
      outputs,
      ({ name: own }) => own,
      ({ kind, drive }) => `${kind}: ${driveText(drive)}`,
    ),
    ...(profile.watchdog
      ? ['', `  It switches its outputs off by itself when holding ${profile.watchdog.register} was not written for ${profile.watchdog.afterMs / 1000} s.`]
      : []),
    '',
    '# for the site file',
    copyLines(profile),
  ]
  return lines.map((text) => text.split('\n').map(tame).join('\n')).join('\n')
}

function section<T>(title: string, entries: T[], label: (entry: T) => string, words: (entry: T) => string): string[] {
  if (entries.length === 0) return []
  const width = Math.max(...entries.map((entry) => label(entry).length))
  return ['', title, ...entries.map((entry) => `  ${left(label(entry), width)}  ${words(entry)}`)]
}

function lineText(profile: Profile): string {
  const { line, unit, talk } = profile
  const limits = [
    ...(line.gapMs > 0 ? [`${line.gapMs} ms of silence before a request`] : []),
    ...(line.maxWords === 1 ? ['one value a request'] : line.maxWords < 125 ? [`at most ${line.maxWords} registers a request`] : []),
  ]
  if (speaksFrames(profile)) {
    const asked = talk ? (talk.request ? 'asked for each row' : 'it speaks by itself') : 'it is told what to do'
    return `${settingText(line)}, frames of its own, alone on its line; ${asked}`
  }
  const address = unit === null ? 'no unit id of the factory' : `unit ${unit} as it leaves the factory`
  return [`${settingText(line)}, ${address}`, `answers within ${line.timeoutMs} ms`, ...limits].join('; ')
}

function channelText({ quantity, unit, read, scale, offset, counting, range, noValue, codes, bands = [], clearsOnRead }: ProfileChannel): string {
  const worth = counting ? `${counting.kind === 'total' ? 'running total' : 'since it was last read'}, ${counting.step} ${unit} a count` : unit
  const calibration = [...(scale === 1 ? [] : [`x ${scale}`]), ...(offset === 0 ? [] : [`${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`])].join(' ')
  return [
    `${quantity}, ${worth}; ${placeText(read)}${calibration ? ` ${calibration}` : ''}`,
    ...(range ? [`${range.least} to ${range.most}`] : []),
    ...(noValue.length > 0 ? [`no value: ${noValue.join(', ')}`] : []),
    ...codes.map(({ raw, means }) => `${raw} means ${means}`),
    ...bands.map(({ from, to, means }) => `raw ${spanText(from, to)}: ${means}`),
    ...(clearsOnRead ? ['reading clears it'] : []),
  ].join('; ')
}

/** Of a band that is open at one end. */
const spanText = (from: number, to: number): string => (from === -Infinity ? `up to ${to}` : to === Infinity ? `from ${from}` : `${from} to ${to}`)

function faultText({ values, means, marks, quality, latched }: ProfileFault): string {
  const when = values ? `${values.join(', ')}: ` : ''
  return `${when}${means}${latched ? ' (stays set; marks nothing)' : marks.length > 0 ? `; ${marks.join(', ')} ${quality}` : ''}`
}

/** `input 0, i32 CDAB, bits 3 to 5` */
function placeText({ table, address, as, bit, bitCount = 1, frame }: Place): string {
  const bits = bit === null ? '' : bitCount > 1 ? `, bits ${bit} to ${bit + bitCount - 1}` : `, bit ${bit}`
  if (frame) {
    const { find } = frame
    const where = 'field' in find ? `field ${find.field}` : 'after' in find ? `after "${find.after}"` : `bytes ${find.at} to ${find.at + find.length - 1}`
    return `${where}, ${frame.as}${bits}`
  }
  const hexadecimal = address > 9 ? ` (0x${address.toString(16).toUpperCase()})` : ''
  if (table === 'coil' || table === 'discrete') return `${table} ${address}${hexadecimal}`
  return `${table} ${address}${hexadecimal}, ${as.type}${as.order === 'ABCD' ? '' : ` ${as.order}`}${bits}`
}

function driveText(drive: Drive): string {
  if (drive.by === 'modem') return 'messages by AT commands'
  if (drive.by === 'frames') return `frames of its own${drive.answer ? '' : '; it never answers'}`
  if (drive.by === 'words') return `text in ${drive.words} registers from holding ${drive.at}`
  const { readBack } = drive
  const where = drive.by === 'coil' ? `coil ${drive.coil}` : `holding ${drive.register}, ${drive.on} for on and ${drive.off} for off`
  return `${where}; read back at ${readBack.table} ${readBack.address}${readBack.bit === null ? '' : ` bit ${readBack.bit}`}`
}

/** Lines that `hazardpoint check` takes once path and unit id are those of the place. */
export function copyLines(profile: Profile): string {
  const model = (
    profile.name
      .replace(/\.ya?ml$/, '')
      .split('/')
      .at(-1) ?? 'device'
  )
    .toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .slice(0, 24)
  const unit = speaksFrames(profile) ? [] : [`unit: ${profile.unit ?? 1}`]
  const measures = profile.channels.length > 0
  const driven = outputKeys(profile)
  const keys = [`profile: ${seenFromSite(profile.name)}`, 'bus: line', ...unit, ...(measures ? ['every: 10s'] : driven)]
  const also = measures && driven.length > 0 ? `   # to drive it too: ${driven.join(', ')}` : ''
  const copied = profile.channels.slice(0, MOST_COPIED)
  return [
    'buses:',
    `  line: { line: /dev/ttyUSB0 }   # or /dev/serial/by-id/...${speaksFrames(profile) ? '' : ', or tcp: "host:502"'}`,
    'devices:',
    `  ${model}: { ${keys.join(', ')} }${also}`,
    copied.length === 0 ? 'channels: {}' : 'channels:',
    ...copied.map(({ name }) => `  ${`${model}-${name}`.slice(0, 40)}: { read: ${model}.${name} }`),
  ].join('\n')
}

/** A file of one's own is named by a path that begins with a dot or a slash; one with a YAML ending is none of the shelf. */
const seenFromSite = (name: string): string => (/\.ya?ml$/.test(name) && !/^\.{0,2}\//.test(name) ? `./${name}` : name)

function outputKeys({ outputs }: Profile): string[] {
  const [first] = outputs
  if (!first) return []
  const which =
    outputs.length === 1
      ? []
      : outputs.every(({ drive }) => drive.by === 'coil') && first.drive.by === 'coil'
        ? [`coil: ${first.drive.coil}`]
        : [`output: ${first.name}`]
  return [...which, 'safe: off', ...(first.kind === 'heartbeat' ? [] : ['longest: 30min'])]
}
