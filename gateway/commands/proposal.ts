/** What was found on a line, as lines to copy into a site file: `hazardpoint check` takes them as they stand. */
import type { FoundDevice } from '../../devicejs/find/find.ts'
import { isBlank, isSimulated, type LineSetting, settingText } from '../../devicejs/find/recognise.ts'
import type { Profile } from '../../devicejs/profile.ts'
import { tame } from '../cells.ts'
import type { OpenWire } from './wire.ts'
import { wireText } from './wire.ts'

/** More names than this are no help to choose from. */
const MOST_OTHERS = 3

const BUS = 'line'

/** What is beyond is reserved by the standard, and refused on a line. */
const LAST_UNIT = 247

export function siteLines(wire: OpenWire, devices: FoundDevice[], profiles: Profile[]): string {
  const setting = settingOf(wire, devices)
  const lines = ['buses:', `  ${BUS}: ${busText(wire, setting)}`]
  const known = devices.filter((device) => device.matches[0] && !isBlank(device.matches[0]) && onLine(device, wire, setting) && !isReserved(device, wire))
  lines.push(known.length === 0 ? 'devices: {}' : 'devices:')
  const taken = new Map<string, number>()
  for (const device of known) lines.push(deviceLine(device, wire, setting, taken))
  for (const device of devices.filter((other) => !known.includes(other))) lines.push(`  # unit ${device.unit}: ${whyNot(device, wire, setting, profiles)}`)
  return `${lines.map(tame).join('\n')}\n`
}

/** One line has one setting: the one at which most devices answered. Behind a serial server nobody sees it: that of the first device's profile. */
function settingOf(wire: OpenWire, devices: FoundDevice[]): LineSetting | null {
  if (wire.how === 'tcp') return null
  if (wire.how === 'rtu-over-tcp') {
    const line = devices.find(({ matches }) => matches.length > 0)?.matches[0]?.profile.line
    return line ? { baud: line.baud, parity: line.parity, dataBits: line.dataBits, stopBits: line.stopBits } : null
  }
  const counts = new Map<string, number>()
  for (const { setting } of devices) if (setting) counts.set(settingText(setting), (counts.get(settingText(setting)) ?? 0) + 1)
  const [best] = [...counts].sort((a, b) => b[1] - a[1])
  return devices.find(({ setting }) => setting && settingText(setting) === best?.[0])?.setting ?? null
}

/** Behind a serial server, and on TCP, all that answers has the line's setting. */
const onLine = ({ setting: own }: FoundDevice, wire: OpenWire, setting: LineSetting | null): boolean =>
  wire.how !== 'serial' || own === null || setting === null || settingText(own) === settingText(setting)

const isReserved = ({ unit, matches }: FoundDevice, wire: OpenWire): boolean => wire.how !== 'tcp' && unit > LAST_UNIT && unit !== matches[0]?.profile.unit

function busText(wire: OpenWire, setting: LineSetting | null): string {
  if (wire.how === 'tcp') return `{ tcp: "${wireText(wire)}" }`
  if (wire.how === 'rtu-over-tcp') return `{ rtuOverTcp: "${wireText(wire).replace('rtu://', '')}" }`
  const path = /^[\w./-]+$/.test(wire.path) ? wire.path : JSON.stringify(wire.path)
  return `{ line: ${path}${setting ? `, ${settingKeys(setting, null).join(', ')}` : ''} }`
}

/** `baud: 9600, parity: none`, and the rest where it is not the usual; of a device only what its profile has otherwise. */
function settingKeys(setting: LineSetting, profile: Profile | null): string[] {
  const keys = ['baud', 'parity', 'dataBits', 'stopBits'] as const
  const usual = { dataBits: 8, stopBits: 1 } as Record<string, unknown>
  const other = profile ? profile.line : usual
  return keys.filter((key) => setting[key] !== (other as Record<string, unknown>)[key]).map((key) => `${key}: ${setting[key]}`)
}

function deviceLine({ unit, matches, anyUnit }: FoundDevice, wire: OpenWire, setting: LineSetting | null, taken: Map<string, number>): string {
  const [first, ...rest] = matches
  const others = rest.filter((match) => !isSimulated(match.profile))
  if (!first) throw new Error('a device without a match has no line')
  const { profile, certain } = first
  const name = nameOf(profile, unit, taken)
  const set = setting && wire.how !== 'tcp' ? settingKeys(setting, profile) : []
  const doubts = [
    certain ? '' : 'a guess: compare what it shows',
    isSimulated(profile) ? 'only the demo has such a device' : '',
    others.length > 0
      ? `or ${others
          .slice(0, MOST_OTHERS)
          .map((match) => match.profile.name)
          .join(', ')}`
      : '',
    anyUnit ? 'it answers at any unit id' : '',
  ].filter((text) => text !== '')
  const entry = `  ${name}: { profile: ${profile.name}, bus: ${BUS}, unit: ${unit}${set.length > 0 ? `, set: { ${set.join(', ')} }` : ''} }`
  return doubts.length > 0 ? `${entry}   # ${doubts.join('; ')}` : entry
}

/** `rain-gauge-1`: the model and the unit id, as a name of a site file (at most 40 letters). */
function nameOf(profile: Profile, unit: number, taken: Map<string, number>): string {
  const model = (profile.name.split('/').at(-1) ?? profile.name).toLowerCase().replace(/[^a-z0-9-]/g, '-')
  const name = `${model.slice(0, 30)}-${unit}`
  const times = (taken.get(name) ?? 0) + 1
  taken.set(name, times)
  return times === 1 ? name : `${name}-${times}`
}

function whyNot(device: FoundDevice, wire: OpenWire, setting: LineSetting | null, profiles: Profile[]): string {
  if (!onLine(device, wire, setting) && device.setting)
    return `it answers at ${settingText(device.setting)}: set it to the line's ${setting ? settingText(setting) : 'setting'}, or give it a line of its own`
  if (isReserved(device, wire)) return `the standard reserves this address: set the device to one of 1 to ${LAST_UNIT}`
  const blank = device.matches.map(({ profile }) => profile.name)
  if (blank.length > 0) return `it shows nothing but 0, so that its kind is for you to say: ${blank.join(', ')}, or another`
  const refused = device.exception === null ? 'it answers' : `it answers (exception ${device.exception})`
  const driven = profiles.filter(({ channels, outputs }) => channels.length === 0 && outputs.some(({ drive }) => drive.by === 'coil')).map(({ name }) => name)
  const board =
    device.exception === null || driven.length === 0 ? '' : `; a board that only drives something? such as ${driven.slice(0, MOST_OTHERS).join(', ')}`
  return `${refused}, and no profile of the shelf fits: hazardpoint peek ${wireText(wire)} ${device.unit} 0${board}`
}
