/** Reads a profile file: YAML to a Profile, or all that is wrong with it at once. */
import { type FileFault, suggest } from '../protocol/files/fault.ts'
import { check } from '../protocol/files/schema.ts'
import { type Sections, soundPart } from '../protocol/files/sound.ts'
import { type Path, readYaml, type YamlFile } from '../protocol/files/yaml.ts'
import { dimensionOf, unitNames } from '../protocol/units.ts'
import { planPoll, widthOf } from './poll/poll.ts'
import { isWhole, type Place, type Profile, type ProfileChannel, rawLimits } from './profile.ts'
import { type ChannelWritten, type ProfileWritten, profileSchema } from './profile-schema.ts'
import { talkFaults, withTalk } from './talk-file.ts'

export type ProfileRead = { profile: Profile } | { faults: FileFault[] }

/** Digits behind the point of a float, of which the profile does not say what it resolves. */
const FLOAT_DIGITS = 3

/** `name` is what site files call it: `vendor/model`, or the path of the file. */
export function readProfile(text: string, file: string, name: string = file): ProfileRead {
  const yaml = readYaml(text, file)
  const read = check(profileSchema, yaml)
  if ('faults' in read) return { faults: inOrder([...read.faults, ...faultsOfRest(yaml, read.faults)]) }
  const faults = inOrder([...faultsOf(read.value, yaml)])
  return faults.length > 0 ? { faults } : { profile: withTalk(toProfile(read.value, name), read.value) }
}

/** Sections that can lose a malformed entry, or go, without hiding what is wrong with the rest; what it speaks rules all of it. */
const sections: Sections = {
  tables: ['channels', 'outputs'],
  lists: ['faults', 'identity'],
  standIns: {
    ...{ title: 'x', source: 'x' },
    ...{ products: undefined, line: undefined, unit: undefined, trigger: undefined, uptime: undefined, clock: undefined, watchdog: undefined },
  },
  rulers: ['driver', 'talk'],
}

/** What is wrong besides, in a file with malformed entries. */
function faultsOfRest(yaml: YamlFile, faults: FileFault[]): FileFault[] {
  const sound = soundPart(yaml, faults, sections)
  if (!sound) return []
  const read = check(profileSchema, sound.yaml)
  return 'faults' in read ? [] : [...faultsOf(read.value, sound.yaml, sound.removed)]
}

const inOrder = (faults: FileFault[]): FileFault[] => faults.toSorted((a, b) => a.line - b.line || a.column - b.column)

/** What the keys alone cannot tell: that they fit together. Nothing is said of entries that were removed. */
function* faultsOf(written: ProfileWritten, yaml: YamlFile, removed: ReadonlySet<string> = new Set()): Generator<FileFault> {
  const names = Object.keys(written.channels)
  if (names.length === 0 && Object.keys(written.outputs).length === 0 && removed.size === 0)
    yield yaml.fault([], 'this device measures nothing and drives nothing', 'give channels or outputs')
  for (const [name, channel] of Object.entries(written.channels)) yield* channelFaults(channel, ['channels', name], yaml, written.clock !== undefined)

  for (const [number, fault] of written.faults.entries()) {
    const path = ['faults', number]
    yield* placeFaults(fault.read, [...path, 'read'], yaml)
    for (const value of [fault.values ?? []].flat())
      if (!fits(value, fault.read)) yield yaml.fault([...path, 'values'], `${value} cannot stand there`, rangeText(fault.read))
    for (const name of fault.marks === 'all' ? [] : fault.marks)
      if (!names.includes(name) && !removed.has(name)) yield yaml.fault([...path, 'marks'], `no channel \`${name}\``, suggest(name, names))
  }
  for (const [number, { read, equals }] of written.identity.entries()) {
    yield* placeFaults(read, ['identity', number, 'read'], yaml)
    if (!fits(equals, read)) yield yaml.fault(['identity', number, 'equals'], `${equals} cannot stand there`, rangeText(read))
  }
  if (written.uptime) yield* placeFaults(written.uptime, ['uptime'], yaml)
  if (written.clock) yield* placeFaults(written.clock.read, ['clock'], yaml)
  if (written.clock && written.driver === 'modbus') yield* clockFaults(toProfile(written, ''), yaml)
  const probe = written.line?.probe
  if (probe && probe.address + probe.most > 0x10000)
    yield yaml.fault(['line', 'probe'], `${probe.most} registers from ${probe.address} run over the last register`, 'the last wire address is 65535')
  if (written.watchdog && Object.keys(written.outputs).length === 0)
    yield yaml.fault(['watchdog'], 'a watchdog of a device that drives nothing', 'give its outputs', { of: 'key' })
  const { trigger } = written
  if (trigger && (trigger.coil === undefined) === (trigger.holding === undefined))
    yield yaml.fault(['trigger'], 'one register or coil must be written', 'give either holding or coil')
  yield* talkFaults(written, yaml)
}

function* channelFaults(channel: ChannelWritten, path: Path, yaml: YamlFile, clock: boolean): Generator<FileFault> {
  const at = (key: string, what: string, remedy: string): FileFault => yaml.fault([...path, key], what, remedy, { of: 'key' })
  yield* placeFaults(channel.read, [...path, 'read'], yaml)
  if (channel.count) {
    if (!channel.step) yield at('count', 'a counting channel without a step', 'add what one count is worth, such as `step: 0.2 mm`')
    for (const key of ['unit', 'scale', 'offset', 'bands', 'range'] as const)
      if (channel[key] !== undefined) yield at(key, `a counting channel has no ${key}`, 'its step says what one count is worth')
    if (!isWhole(channel.read))
      yield at('read', 'a count is a whole number', 'read it as u16, u32, ..., or a decimal with `decimals`, and give the step of one count')
  } else {
    if (channel.unit === undefined) yield yaml.fault(path, '`unit` is missing', 'add `unit: ...`', { of: 'key' })
    for (const key of ['step', 'wrap'] as const)
      if (channel[key] !== undefined) yield at(key, `${key} without count`, 'add `count: total` or `count: increment`')
  }
  if (channel.step && channel.step.value <= 0) yield at('step', 'a count of no worth', 'give a step above 0')
  const unit = channel.step?.unit ?? channel.unit
  if (unit !== undefined && dimensionOf(unit) === null) yield at(channel.step ? 'step' : 'unit', `no unit \`${unit}\``, suggest(unit, unitNames))
  if (channel.scale === 0) yield at('scale', 'scale 0 makes every value the same', 'leave it out, or give the true one')
  const [least = 0, most = 0] = channel.range ?? [0, 1]
  if (least >= most) yield at('range', `${least} is not less than ${most}`, 'write [least, most]')
  if (channel.clearsOnRead && clock)
    yield at('clearsOnRead', 'a register that reading clears cannot share a request with a clock', 'leave the clock out: the station stamps the time')
  for (const code of [[channel.noValue ?? []].flat(), (channel.codes ?? []).map(({ raw }) => raw)].flat())
    if (!fits(signed(code, channel.read), channel.read))
      yield at(channel.noValue === undefined ? 'codes' : 'noValue', `${code} cannot stand there`, rangeText(channel.read))
}

function* placeFaults(place: Place, path: Path, yaml: YamlFile): Generator<FileFault> {
  if (place.address + widthOf(place) > 0x10000)
    yield yaml.fault(path, `a ${place.as.type} at ${place.address} runs over the last register`, 'the last wire address is 65535')
}

const fits = (raw: number, place: Place): boolean => raw >= rawLimits(place)[0] && raw <= rawLimits(place)[1]
const rangeText = (place: Place): string => `allowed: from ${rawLimits(place)[0]} to ${rawLimits(place)[1]}`

/** A device's row is one answer: its time and its values must come together. A register that clears on read is told of in its own place. */
function* clockFaults(profile: Profile, yaml: YamlFile): Generator<FileFault> {
  const channels = profile.channels.filter(({ clearsOnRead }) => !clearsOnRead)
  const plan = planPoll(
    { ...profile, channels },
    channels.map(({ name }) => name),
  )
  const apart = plan.channels.filter(({ block }) => block !== plan.clock?.block).map(({ channel }) => channel.name)
  if (apart.length > 0)
    yield yaml.fault(
      ['clock'],
      `${apart.join(', ')} cannot be read in one request with the clock`,
      'raise line.maxHole or line.maxWords where the device allows it, or leave the clock out',
    )
}

function toProfile(written: ProfileWritten, name: string): Profile {
  const { line, trigger } = written
  const channels = Object.entries(written.channels).map(([channel, entry]) => toChannel(channel, entry))
  return {
    name,
    title: written.title,
    products: written.products,
    source: written.source,
    line: {
      baud: line?.baud ?? 9600,
      dataBits: line?.dataBits ?? 8,
      stopBits: line?.stopBits ?? 1,
      parity: line?.parity ?? 'none',
      gapMs: line?.gap ?? 0,
      timeoutMs: line?.timeout ?? 500,
      maxWords: line?.maxWords ?? 125,
      maxHole: line?.maxHole ?? 0,
      afterWriteMs: line?.afterWrite ?? 0,
      probe: line?.probe ?? null,
    },
    talk: null,
    unit: written.unit ?? null,
    trigger: trigger
      ? {
          place: trigger.coil === undefined ? { table: 'holding', address: trigger.holding ?? 0 } : { table: 'coil', address: trigger.coil },
          value: trigger.value,
          waitMs: trigger.wait,
          broadcast: trigger.broadcast,
          staggerMs: trigger.stagger,
        }
      : null,
    identity: written.identity,
    uptime: written.uptime ?? null,
    clock: written.clock ?? null,
    channels,
    faults: written.faults.map(({ values, marks, ...fault }) => ({
      ...fault,
      values: values === undefined ? null : [values].flat(),
      marks: fault.latched ? [] : marks === 'all' ? channels.map((channel) => channel.name) : marks,
    })),
    outputs: Object.entries(written.outputs).map(([output, driven]) => ({ name: output, ...driven })),
    watchdog: written.watchdog ?? null,
  }
}

function toChannel(name: string, written: ChannelWritten): ProfileChannel {
  const { read, count, step } = written
  const raw = (code: number): number => signed(code, read)
  return {
    name,
    quantity: written.quantity,
    unit: step?.unit ?? written.unit ?? '1',
    digits: written.digits ?? digitsOf(step?.value ?? written.scale ?? 1, read),
    read,
    scale: written.scale ?? 1,
    offset: written.offset ?? 0,
    counting: count && step ? { kind: count, step: step.value, wrap: written.wrap ?? (count === 'total' ? wrapOf(read) : null) } : null,
    noValue: [written.noValue ?? []].flat().map(raw),
    codes: (written.codes ?? []).map((code) => ({ ...code, raw: raw(code.raw) })),
    bands: (written.bands ?? []).map(({ from, to, hold, ...band }) => ({ ...band, holdMs: hold, from: from ?? -Infinity, to: to ?? Infinity })),
    range: written.range ? { least: written.range[0] as number, most: written.range[1] as number } : null,
    clearsOnRead: written.clearsOnRead,
  }
}

/** Manuals write codes as they stand in the registers: 0xFFFF in a signed register is -1. A float's code is what its 32 bits can hold of it. */
function signed(code: number, { as, frame }: Place): number {
  const type = frame?.as ?? as.type
  const bits = type === 'i16' ? 16 : type === 'i32' ? 32 : 0
  if (type === 'f32') return Math.fround(code)
  return bits > 0 && code >= 2 ** (bits - 1) && code < 2 ** bits ? code - 2 ** bits : code
}

/** An unsigned register starts again at 0 when it is full, if not before. */
const wrapOf = ({ as, bit }: Place): number | null => (bit !== null ? null : as.type === 'u16' ? 0x10000 : as.type === 'u32' ? 0x100000000 : null)

/** The decimals of the step between two raw numbers, but not of an odd fraction such as 180/32768 to its end. */
function digitsOf(step: number, place: Place): number {
  const { as } = place
  if (place.frame ? !isWhole(place) : as.type === 'f32' || as.type === 'f64') return FLOAT_DIGITS
  const size = Math.max(0, Math.ceil(-Math.log10(Math.abs(step))))
  const written = (/\.(\d+)$/.exec(String(step))?.[1] ?? '').length
  return Math.min(9, as.type === 'bytes-decimal' ? 1 : Math.min(Math.max(written, size), size + 2))
}
