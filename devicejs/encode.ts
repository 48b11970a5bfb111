/** The inverse of decoding, for twins and simulated devices: values to the registers that a device of this profile would show. */
import { encodeNumber } from '../protocol/numbers.ts'
import type { Table } from '../protocol/ports.ts'
import { rawOf } from './decode.ts'
import { isText, valuesOfFrame, wordsEach, wordsOfFrame } from './frames/fields.ts'
import type { Drive } from './outputs/drive.ts'
import { isBits, widthOf } from './poll/poll.ts'
import { type Place, type Profile, type ProfileChannel, rawLimits } from './profile.ts'

/** By table: address -> word, or bit (0 or 1). What is not in it, the device does not have. */
export type RegisterImage = Record<Table, Map<number, number>>

export interface Shown {
  image: RegisterImage
  /** Channels whose value this kind of device has no way to show, and why; their registers are left as they were. */
  cannot: { channel: string; why: string }[]
}

/** What a device shows besides its values. Faults are named by their `means`; the marks of identity are always shown. */
export interface Aside {
  /** Its own time, UTC milliseconds; null: it shows none, its registers stand at 0. */
  clockMs?: number | null
  uptime?: number
  faults?: string[]
}

export const emptyImage = (): RegisterImage => ({ coil: new Map(), discrete: new Map(), holding: new Map(), input: new Map() })

/**
 * `values` holds a value in the channel's unit, or a count (a running total starts again at the channel's wrap), by channel;
 * null is a value that is missing. A channel that is not in it, and what `aside` leaves out, stay as they were: 0 at first.
 * `image` is written in place.
 */
export function encodeProfile(profile: Profile, values: Map<string, number | null>, aside: Aside = {}, image: RegisterImage = emptyImage()): Shown {
  const cannot: Shown['cannot'] = []
  const held = (place: Place): boolean => image[place.table].has(place.address)
  const fresh = profile.faults.filter(({ read }) => !held(read))
  const made = placesOf(profile).filter((place) => make(image, place))
  if (made.length > 0) fillHoles(image, profile.line.maxHole)
  if (made.length > 0 && profile.talk) for (const [at, word] of wordsOfFrame(profile.talk, profile.talk.example).entries()) image.input.set(at, word)

  for (const { read } of aside.faults ? profile.faults : fresh) put(image, read, calmAt(profile, read))
  for (const fault of profile.faults) if (aside.faults?.includes(fault.means)) put(image, fault.read, fault.values?.[0] ?? 1)
  for (const { read, equals } of profile.identity) put(image, read, equals)
  if (profile.uptime && aside.uptime !== undefined) put(image, profile.uptime, aside.uptime)
  if (profile.clock && aside.clockMs !== undefined) put(image, profile.clock.read, Math.round((aside.clockMs ?? 0) / profile.clock.unitMs))
  for (const channel of profile.channels) {
    const value = values.get(channel.name)
    if (value === undefined) continue
    const raw = value === null || Number.isNaN(value) ? silent(channel) : rawFor(channel, value)
    if (typeof raw === 'number') put(image, channel.read, raw)
    else cannot.push({ channel: channel.name, why: raw.why })
  }
  return { image, cannot }
}

const placesOf = (profile: Profile): Place[] => [
  ...[...profile.channels, ...profile.faults, ...profile.identity].map(({ read }) => read),
  ...(profile.uptime ? [profile.uptime] : []),
  ...(profile.clock ? [profile.clock.read] : []),
  ...profile.outputs.flatMap(({ drive }) => placesOfDrive(drive)),
  ...(profile.watchdog ? [wordAt('holding', profile.watchdog.register)] : []),
]

const wordAt = (table: Table, address: number): Place => ({ table, address, as: { type: 'u16', order: 'ABCD' }, bit: null })

/** What is written to drive an output, and where it is read back. */
export function placesOfDrive(drive: Drive): Place[] {
  if (drive.by === 'coil') return [wordAt('coil', drive.coil), wordAt(drive.readBack.table, drive.readBack.address)]
  if (drive.by === 'register') return [wordAt('holding', drive.register), wordAt(drive.readBack.table, drive.readBack.address)]
  if (drive.by !== 'words') return []
  const text = Array.from({ length: drive.words }, (_, at) => drive.at + at)
  return [...text, ...(drive.show ? [drive.show.register] : []), ...(drive.length === null ? [] : [drive.length])].map((address) => wordAt('holding', address))
}

/** Makes the registers of a place, at 0, where they are not there yet; the answer tells whether there were any. */
function make(image: RegisterImage, place: Place): boolean {
  const before = image[place.table].size
  for (let address = place.address; address < place.address + widthOf(place); address++) {
    if (!image[place.table].has(address)) image[place.table].set(address, 0)
  }
  return image[place.table].size > before
}

/** Where the profile says that registers between two wanted ones may be read along, the device has them. */
function fillHoles(image: RegisterImage, maxHole: number): void {
  for (const table of Object.values(image)) {
    const addresses = [...table.keys()].sort((a, b) => a - b)
    for (const [index, from] of addresses.entries()) {
      const to = addresses[index + 1] ?? from
      if (to - from - 1 <= maxHole) for (let address = from + 1; address < to; address++) table.set(address, 0)
    }
  }
}

/** Writes a raw number, or its bits among the others of the register. */
function put(image: RegisterImage, place: Place, raw: number): void {
  const table = image[place.table]
  if (isBits(place.table)) {
    table.set(place.address, raw === 0 ? 0 : 1)
    return
  }
  let whole = raw
  if (place.bit !== null) {
    const held = rawOf(
      { ...place, bit: null },
      Array.from({ length: widthOf(place) }, (_, at) => table.get(place.address + at) ?? 0),
      0,
    )
    const [unit, size] = [2 ** place.bit, 2 ** (place.bitCount ?? 1)]
    whole = held + ((raw % size) - (Math.floor(held / unit) % size)) * unit
  }
  for (const [at, word] of encodeNumber(whole, place.as).entries()) table.set(place.address + at, word)
}

/** It can be "not a number". */
const isFloat = (place: Place): boolean =>
  place.frame ? isText(place.frame) || place.frame.as === 'f32' : !isBits(place.table) && (place.as.type === 'f32' || place.as.type === 'f64')

/** The number of the example, or the lowest at which no fault of this place holds (on some devices 0 is a fault: "warming up"). */
function calmAt(profile: Profile, place: Place): number {
  if (profile.talk) return valuesOfFrame(profile.talk, profile.talk.example)[place.address / wordsEach]!
  const same = profile.faults.filter(({ read }) => read.table === place.table && read.address === place.address && read.bit === place.bit)
  let calm = 0
  while (same.some(({ values }) => values?.includes(calm))) calm++
  return calm
}

type Raw = number | { why: string }

/** What the device shows where it has no value. */
function silent(channel: ProfileChannel): Raw {
  const [noValue] = channel.noValue
  if (noValue !== undefined) return noValue
  if (isFloat(channel.read)) return Number.NaN
  const [code] = channel.codes
  return code ? code.raw : { why: 'it has no code for "no value"' }
}

function rawFor(channel: ProfileChannel, value: number): Raw {
  const { counting, read } = channel
  if (counting && !Number.isInteger(value)) throw new Error(`${channel.name} counts, and ${value} is no count`)
  let raw = counting ? (counting.wrap ? value % counting.wrap : value) : (value - channel.offset) / channel.scale
  if ((!isFloat(read) || (read.frame?.decimals ?? 0) > 0) && read.as.type !== 'bytes-decimal') raw = Math.round(raw)
  const [least, most] = rawLimits(read)
  if (!(raw >= least && raw <= most)) return { why: `${value} does not fit its register` }
  if (channel.noValue.includes(raw) || channel.codes.some((code) => code.raw === raw)) return { why: `${value} is written like one of its codes` }
  return raw
}
