/** The buses of a site: how each is reached, what is spoken on it, and how its line is set. */
import { type Profile, speaksByItself, speaksFrames, type Talk } from '../../devicejs/profile.ts'
import type { Path } from '../../protocol/files/yaml.ts'
import type { BusSpec, Wire } from '../../protocol/ports.ts'
import type { Draft } from './draft.ts'
import type { BusFile } from './file.ts'

interface LineSettings {
  baud: number
  parity: 'none' | 'even' | 'odd'
  dataBits: 7 | 8
  stopBits: 1 | 2
}

/** What most devices leave the factory with, for a line on which nobody asks for anything. */
const USUAL: LineSettings = { baud: 9600, parity: 'none', dataBits: 8, stopBits: 1 }

/** Where no device on a line says how long it may take. */
const USUAL_QUIET_MS = 500

/** Addresses that mean all of them. */
const EVERYWHERE = ['0.0.0.0', '::']

/** No instrument writes a value with more letters or bytes: a telephone number is none. */
const LONGEST_VALUE = 8

/** The functions of Modbus that a line of ours asks. */
const FUNCTIONS = [1, 2, 3, 4, 5, 6, 15, 16]

export function readBuses(draft: Draft, profiles: Map<string, Profile>): BusSpec[] {
  const buses = Object.entries(draft.written.buses).map(([name, bus]) => readBus(draft, name, bus, profiles))
  oneMasterEach(draft, buses)
  return buses
}

function readBus(draft: Draft, name: string, bus: BusFile, profiles: Map<string, Profile>): BusSpec {
  const path = ['buses', name]
  const wire = wireOf(draft, path, bus)
  const users = Object.entries(draft.written.devices).filter(([, device]) => device.bus === name)
  if (users.length === 0) draft.odd(path, 'no device is on this bus', 'name it in a device, or take it away')
  const known = users.flatMap(([user]) => {
    const profile = profiles.get(user)
    return profile ? [{ user, profile }] : []
  })
  const speaks = speechOf(draft, path, bus, known)
  // Who speaks otherwise than the line is told that alone: by another setting it would fit no better.
  const fitting = known.filter(({ profile }) => speaksFrames(profile) === (speaks === 'frames'))
  const settings = settingsOf(draft, name, bus, wire, fitting)
  const slowest = Math.max(0, ...users.map(([user, device]) => device.timeout ?? profiles.get(user)?.line.timeoutMs ?? 0))
  const spec: BusSpec = { name, wire, speaks, ...settings, quietMs: bus.quiet ?? (slowest || USUAL_QUIET_MS) }
  if (wire.how === 'dial-in') clearOfAnswers(draft, path, spec, known)
  return spec
}

type User = { user: string; profile: Profile }

/**
 * One instrument with frames of its own hangs alone: its frames have no address, and Modbus would be noise to it. Only those that speak
 * by themselves may share a line, as the sentences of one weather station do, where each begins its frames otherwise.
 */
function speechOf(draft: Draft, path: Path, bus: BusFile, users: User[]): BusSpec['speaks'] {
  const framed = users.filter(({ profile }) => speaksFrames(profile))
  const others = users.filter(({ profile }) => !speaksFrames(profile))
  const frames = bus.driver === undefined ? framed.length > 0 && others.length === 0 : bus.driver === 'frames'
  for (const [at, { user, profile }] of framed.entries()) {
    if (!frames) draft.wrong(['devices', user, 'bus'], 'this instrument speaks frames of its own, and this line Modbus', 'give it a line of its own')
    const other = frames ? framed.slice(0, at).find((one) => confusable(one.profile, profile)) : undefined
    if (other)
      draft.wrong(
        ['devices', user, 'bus'],
        `this instrument speaks frames without an address, and so does \`${other.user}\` on the same bus`,
        'give it a line of its own; only instruments that speak by themselves, each with another beginning, may share one',
      )
  }
  if (frames) {
    for (const { user } of others)
      draft.wrong(['devices', user, 'bus'], 'this device speaks Modbus, and this line frames', 'put it on a line with `driver: modbus`')
  }
  const ascii = bus.driver === 'modbus-ascii'
  const key = bus.tcp !== undefined ? 'tcp' : bus.rtuOverTcp !== undefined ? 'rtuOverTcp' : null
  if (key && (frames || ascii))
    draft.wrong(
      [...path, key],
      `${key} is ${key === 'tcp' ? 'Modbus TCP' : 'Modbus RTU'}, and on this line ${ascii ? 'Modbus ASCII' : 'frames'} are spoken`,
      'write `serialOverTcp` for the serial server',
    )
  return frames ? 'frames' : ascii ? 'ascii' : 'rtu'
}

function settingsOf(draft: Draft, name: string, bus: BusFile, wire: Wire, users: User[]): LineSettings {
  const path = ['buses', name]
  const own = { baud: bus.baud, parity: bus.parity, dataBits: bus.dataBits, stopBits: bus.stopBits }
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
    for (const { user, profile } of users) {
      const { line } = profile
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
  return settings
}

function wireOf(draft: Draft, path: Path, bus: BusFile): Wire {
  if (bus.line !== undefined) return { how: 'serial', path: bus.line }
  const key = (['tcp', 'rtuOverTcp', 'serialOverTcp', 'dialIn'] as const).find((way) => bus[way] !== undefined) ?? 'tcp'
  const [, host = '', digits] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(bus[key] ?? '') ?? []
  const port = digits === undefined ? 502 : Number(digits)
  const modbus = key === 'tcp' || key === 'rtuOverTcp'
  if (digits === undefined && !modbus) draft.wrong([...path, key], 'this has no port', `write host and port: \`${key}: "${host}:5020"\``)
  if (port < 1 || port > 65_535) draft.wrong([...path, key], `there is no port ${port}`, `ports go from 1 to 65535${modbus ? '; Modbus TCP has 502' : ''}`)
  const place = { host: host.replace(/^\[|\]$/g, ''), port }
  if (EVERYWHERE.includes(place.host) && key === 'dialIn')
    draft.odd(
      [...path, key],
      'it listens on every network of this machine, and a registration is no proof of who dials',
      'write the address that only our modems reach, such as that of the VPN',
      { of: 'value' },
    )
  if (key === 'dialIn') return { how: 'dial-in', ...place, registration: bus.registration ?? new Uint8Array(0), heartbeat: bus.heartbeat ?? null }
  return { how: key === 'tcp' ? 'tcp' : 'rtu-over-tcp', ...place }
}

/** What means nothing between answers must not begin like one, nor be a piece of a frame whose ends only its profile knows. */
function clearOfAnswers(draft: Draft, path: Path, { wire, speaks }: BusSpec, users: User[]): void {
  if (wire.how !== 'dial-in') return
  for (const [key, bytes] of [['registration', wire.registration] as const, ['heartbeat', wire.heartbeat] as const]) {
    if (!bytes) continue
    const code = bytes.length > 1 ? (bytes[1] as number) & 0x7f : null
    const unit = users.map(({ user, profile }) => draft.written.devices[user]?.unit ?? profile.unit).find((one) => one === bytes[0])
    const like = speaks === 'ascii' ? bytes[0] === 0x3a : speaks === 'rtu' && unit !== undefined && (code === null || FUNCTIONS.includes(code))
    const framed = users.find(({ profile: { talk } }) => talk && mayBeWithin(bytes, talk))
    const what = like
      ? `this begins like an answer${speaks === 'rtu' ? ` of unit ${unit}` : ''}`
      : framed
        ? `this may stand in a frame of \`${framed.user}\``
        : null
    if (what) draft.wrong([...path, key], `${what}, and would be taken out of one`, 'set the modem to another text, such as "HB"')
  }
}

/**
 * A frame comes in pieces that may begin anywhere, and a heartbeat is taken out at the beginning of each. Where the frame would then be
 * missed (its length is told and its checksum holds no more), or where no value is written so, that is no harm.
 */
function mayBeWithin(bytes: Uint8Array, { framing, values }: Talk): boolean {
  if (bytes.length > LONGEST_VALUE) return false
  if (!framing.text) return framing.length === null || framing.checksum === null
  const letters = `0123456789+-., ${framing.fields?.separator ?? ''}${values.some(({ as }) => as === 'hex') ? 'ABCDEFabcdef' : ''}`
  return bytes.every((byte) => letters.includes(String.fromCharCode(byte)))
}

/** Two buses over one wire would talk into each other. */
function oneMasterEach(draft: Draft, buses: BusSpec[]): void {
  const held = new Map<string, string>()
  for (const { name, wire } of buses) {
    if (wire.how === 'dial-in') continue
    const where = wire.how === 'serial' ? wire.path : `${wire.host.toLowerCase()}:${wire.port}`
    const other = held.get(where)
    if (other === undefined) held.set(where, name)
    else draft.wrong(['buses', name], `${where} is already the wire of \`${other}\``, `a wire has one master: put the devices on \`${other}\``, { of: 'key' })
  }
  for (const [at, { name, wire }] of buses.entries()) {
    if (wire.how !== 'dial-in') continue
    const other = buses.slice(0, at).find((one) => one.wire.how === 'dial-in' && one.wire.port === wire.port && alike(one.wire.registration, wire.registration))
    if (other)
      draft.wrong(
        ['buses', name, 'registration'],
        `this modem cannot be told from that of \`${other.name}\`: one registration begins with the other`,
        'give each modem one of its own',
      )
  }
}

function confusable(one: Profile, other: Profile): boolean {
  if (!one.talk || !other.talk || !speaksByItself(one) || !speaksByItself(other)) return true
  return alike(one.talk.framing.start, other.talk.framing.start)
}

/** One begins with the other. */
const alike = (a: Uint8Array, b: Uint8Array): boolean => (a.length <= b.length ? a.every((byte, i) => byte === b[i]) : alike(b, a))
