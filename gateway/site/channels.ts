/** Channels of a site: measured ones wired to their devices, derived ones each after its inputs, and how long each ring must be. */
import { isReadWhole, isWhole, type ProfileChannel } from '../../devicejs/profile.ts'
import type { GasBasis } from '../../protocol/gas.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import type { AnyDerivation, AnyKind, InputKind } from '../core/kind.ts'
import type { ChannelPlan, StagePlan } from '../core/plan.ts'
import { BYTES_PER_ROW, ringCapacity } from '../core/ring.ts'
import type { Stage } from '../core/stage.ts'
import type { Field } from './devices.ts'
import type { Draft } from './draft.ts'
import type { ChannelFile, Kinds } from './file.ts'
import { basesDiffer, gasOfQuantity } from './gas.ts'
import { ofUnread } from './host.ts'
import type { DeviceSpec, HostSpec, PatrolSpec } from './site.ts'

/** A year at one row in ten seconds; more is a period mistaken for another. */
export const MOST_ROWS = 2 ** 22

/** Half the memory of the smallest board that we run on (512 MB); the other half is for the machine and the journal. */
export const MOST_RING_BYTES = 256 * 2 ** 20

/** Devices come a little early, and a piece of new rows stands beside the oldest: room for that. */
const SPARE = 1.25
const PIECE_ROWS = 64

/** A sum over a counting channel writes a row when a count comes, and one when it leaves the window. */
const ROWS_PER_COUNT = 2

type DerivedFile = Extract<ChannelFile, { derive: string }>
const isDerived = (channel: ChannelFile): channel is DerivedFile => 'derive' in channel

export interface Channels {
  plans: ChannelPlan[]
  number: Map<string, number>
  /** How far back each is looked at. */
  reach: Map<number, Millis>
}

/** Asks for room for so much of a channel's past. */
export function need(channels: Channels, channel: number, span: Millis | undefined): void {
  if (span !== undefined) channels.reach.set(channel, millis(Math.max(channels.reach.get(channel) ?? 0, span)))
}

export function readChannels(draft: Draft, field: Field, kinds: Kinds): Channels {
  const channels: Channels = { plans: [], number: new Map(), reach: new Map() }
  const written = Object.entries(draft.written.channels)
  for (const [name, channel] of written) if (!isDerived(channel)) addMeasured(draft, field, channels, name, channel)
  for (const [name, channel] of inOrderOfNeed(draft)) addDerived(draft, kinds, channels, name, channel)
  for (const [name, { gas }] of written) if (gas?.doubt) draft.wrong(['channels', name, 'gas'], gas.doubt.what, gas.doubt.remedy)
  for (const [name, number] of channels.number) readQuality(draft, kinds, channels, name, number)
  for (const [name, number] of channels.number) readBeside(draft, kinds, channels, name, number)
  return channels
}

function addMeasured(draft: Draft, field: Field, channels: Channels, name: string, channel: Exclude<ChannelFile, DerivedFile>): void {
  const path = ['channels', name]
  const [deviceName = '', from = ''] = channel.read.split('.')
  const sources: (DeviceSpec | PatrolSpec | HostSpec)[] = [...field.devices, ...field.patrols, ...(field.host ? [field.host] : [])]
  const device = sources.find((candidate) => candidate.name === deviceName)
  if (!device) {
    // A device whose profile could not be read has been told already.
    if (!Object.hasOwn(draft.written.devices, deviceName)) draft.unknown([...path, 'read'], 'device', deviceName, Object.keys(draft.written.devices))
    return
  }
  const source = device.profile.channels.find((candidate) => candidate.name === from)
  if (!source) {
    if (device === field.host && ofUnread(draft, from, field.devices)) return
    const known = device.profile.channels.map((candidate) => candidate.name)
    draft.unknown([...path, 'read'], `channel of ${device.profile.name}`, from, known, { letter: deviceName.length + 1 })
    return
  }
  const twin = device.channels.find((held) => held.from === from)
  if (twin) {
    draft.wrong([...path, 'read'], `\`${channels.plans[twin.channel]?.name}\` reads this already`, 'name that one')
    return
  }
  const number = channels.plans.length
  device.channels.push({ from, channel: number, ...ownPeriod(draft, device, channel.every) })
  add(channels, name, channel, {
    quantity: source.quantity,
    unit: source.unit,
    digits: source.digits,
    ...lastDigitIn(source),
    counting: source.counting,
    ...gasIn(channel.gas?.basis ?? gasOfQuantity(source.quantity)),
    ...('bus' in device && { bus: device.bus }),
    device: device.name,
    ...(field.patrols.some((patrol) => patrol === device) && { entered: true }),
    period: channel.every ?? device.every,
    derivation: null,
  })
}

/** One step of a whole number that stands on a device. Of a float it is not known; what is counted has a step of its own. */
const lastDigitIn = ({ read, scale = 1, counting }: Partial<Pick<ProfileChannel, 'read' | 'scale' | 'counting'>>): { lastDigit?: number } =>
  read && !counting && isWhole(read) ? { lastDigit: Math.abs(scale) } : {}

/** Where a device is read whole, or time is served, `every` is the time between two rows that are expected, and no more. */
function ownPeriod(draft: Draft, device: DeviceSpec | HostSpec | PatrolSpec, every: Millis | undefined): { every?: Millis } {
  if (every === undefined || every === device.every || draft.written.site.clock === 'served') return {}
  return 'bus' in device && !isReadWhole(device.profile) ? { every } : {}
}

function addDerived(draft: Draft, kinds: Kinds, channels: Channels, name: string, channel: DerivedFile): void {
  const path = ['channels', name]
  const kind = kinds.derive.find((candidate) => candidate.name === channel.derive) as AnyDerivation
  const from = [channel.from].flat()
  const { least, most } = kind.inputs
  if (from.length < least || from.length > most) {
    draft.wrong(
      [...path, 'from'],
      `${kind.name} is made of ${least === most ? least : `${least} to ${most}`} channels, here are ${from.length}`,
      least === 1 ? 'name one' : `write from: [a, b${least > 2 ? ', c' : ''}]`,
    )
    return
  }
  const twice = from.find((input, index) => from.indexOf(input) < index)
  if (twice !== undefined) {
    draft.wrong([...path, 'from'], `\`${twice}\` stands here twice`, `${kind.name} is made of different channels: name the other one`)
    return
  }
  const inputs = from.map((input) => channels.number.get(input))
  // Unknown or faulty inputs have been told already.
  if (inputs.some((input) => input === undefined)) return
  const numbers = inputs as number[]
  const plans = numbers.map((input) => channels.plans[input] as ChannelPlan)
  const told = kind.unit(channel.options, plans)
  if (typeof told === 'string') {
    draft.wrong([...path, 'from'], told, `${from.map((input, index) => `\`${input}\` is in ${plans[index]?.unit}`).join(', ')}: name a channel that fits`)
    return
  }
  const bases = basesDiffer(plans)
  if (bases !== null) draft.wrong([...path, 'from'], bases, 'calibrate them alike, or derive one `concentration` in %vol of each')
  doubts(draft, path, kind, channel.options, plans)
  for (const input of numbers) need(channels, input, kind.reach?.(channel.options))
  const host = channels.plans[Math.max(...numbers)] as ChannelPlan
  const same = plans.filter(({ unit }) => unit === told.unit).map(({ digits }) => digits)
  add(channels, name, channel, {
    ...told,
    digits: same.length > 0 ? Math.max(...same) : DERIVED_DIGITS,
    counting: null,
    ...gasIn(channel.gas?.basis ?? inheritedGas(plans, told.quantity)),
    period: channel.every ?? kind.period?.(channel.options) ?? host.period,
    derivation: {
      kind: kind.name,
      inputs: numbers,
      ...writtenOf(draft, ['channels', name], kind, channel.options),
      build: (wiring) => kind.build(channel.options, wiring),
    },
  })
}

const gasIn = (gas: GasBasis | null | undefined): { gas?: GasBasis } => (gas ? { gas } : {})

/** The same quantity of one gas is of that gas; a rate, a difference or an exposure is another quantity, and has other limits. */
const inheritedGas = ([first]: ChannelPlan[], quantity: string): GasBasis | undefined => (quantity === first?.quantity ? first.gas : undefined)

/** Of a quantity that no input has: degrees from accelerations, rates. */
const DERIVED_DIGITS = 3

function add(channels: Channels, name: string, written: ChannelFile, plan: Omit<ChannelPlan, 'name' | 'quality' | 'rows'>): void {
  channels.number.set(name, channels.plans.length)
  channels.plans.push({ name, ...plan, digits: written.digits ?? plan.digits, rows: 0, quality: [] })
}

/** Once all channels have their numbers: a test may look at others too. */
function readQuality(draft: Draft, kinds: Kinds, channels: Channels, name: string, number: number): void {
  const plan = channels.plans[number] as ChannelPlan
  for (const [index, test] of (draft.written.channels[name]?.quality ?? []).entries()) {
    const kind = kinds.quality.find((candidate) => candidate.name === test.kind) as AnyKind<Stage>
    const staged = stageOf(draft, ['channels', name, 'quality', index, kind.name], kind, test.options, channels, number)
    if (staged) plan.quality.push(staged)
  }
}

/** Channels that a derivation looks at besides those that it is made of: they may stand anywhere in the file. */
function readBeside(draft: Draft, kinds: Kinds, channels: Channels, name: string, number: number): void {
  const channel = draft.written.channels[name]
  const derivation = channels.plans[number]?.derivation
  if (!channel || !isDerived(channel) || !derivation) return
  const path = ['channels', name]
  for (const { at, channel: other, unit } of kinds.derive.find((kind) => kind.name === channel.derive)?.others?.(channel.options) ?? []) {
    const beside = channels.number.get(other)
    const plan = beside === undefined ? undefined : channels.plans[beside]
    if (beside === undefined || !plan) {
      if (!Object.hasOwn(draft.written.channels, other)) draft.unknown([...path, ...at], 'channel', other, Object.keys(draft.written.channels))
    } else if (plan.counting || (unit !== undefined && plan.unit !== unit)) {
      draft.wrong(
        [...path, ...at],
        `\`${other}\` is ${plan.counting ? 'a counter' : `in ${plan.unit}`}`,
        unit === 'mm' ? 'name a channel in mm, such as an accumulate' : `name a channel in ${unit ?? 'a unit'}`,
      )
    } else {
      derivation.beside = [...(derivation.beside ?? []), beside]
      need(channels, beside, BESIDE_REACH)
    }
  }
}

/** What stands beside is asked for the state of the last day. */
const BESIDE_REACH = millis(86_400_000)

/** A stage on a channel, with the others that its options name; null where one of them is none, which is told. */
export function stageOf<S extends Stage>(
  draft: Draft,
  path: (string | number)[],
  kind: AnyKind<S>,
  options: unknown,
  channels: Channels,
  number: number,
): StagePlan<S> | null {
  const inputs = [number]
  for (const { at, channel } of kind.others?.(options) ?? []) {
    const other = channels.number.get(channel)
    if (other === number) draft.wrong([...path, ...at], `\`${channel}\` is the channel itself`, 'name another one')
    else if (other !== undefined) {
      inputs.push(other)
      const bases = basesDiffer([number, other].map((input) => channels.plans[input] as ChannelPlan))
      if (bases !== null) draft.wrong([...path, ...at], bases, 'calibrate them alike, or look at one `concentration` in %vol of each')
    }
    // A channel that is there and faulty has been told already.
    else if (!Object.hasOwn(draft.written.channels, channel)) draft.unknown([...path, ...at], 'channel', channel, Object.keys(draft.written.channels))
  }
  if (inputs.length !== 1 + (kind.others?.(options).length ?? 0)) return null
  doubts(
    draft,
    path,
    kind,
    options,
    inputs.map((input) => channels.plans[input] as ChannelPlan),
  )
  for (const input of inputs) need(channels, input, kind.reach?.(options))
  return { kind: kind.name, inputs, ...writtenOf(draft, path, kind, options), build: (wiring) => kind.build(options, wiring) }
}

/** What people are shown of a stage: what the file says of it, and how far it looks back. */
function writtenOf(draft: Draft, path: (string | number)[], kind: AnyKind<Stage>, options: unknown): Pick<StagePlan<Stage>, 'written' | 'reach'> {
  const reach = kind.reach?.(options)
  return { written: draft.says(path), ...(reach !== undefined && { reach }) }
}

function doubts(draft: Draft, path: (string | number)[], kind: AnyKind<Stage>, options: unknown, inputs: InputKind[]): void {
  for (const { at, what, remedy, grave } of kind.doubts?.(options, inputs) ?? []) {
    if (grave === false) draft.odd([...path, ...at], what, remedy)
    else draft.wrong([...path, ...at], what, remedy)
  }
}

/** Derived channels, each after those that it is made of; a circle is told once and left out. */
function inOrderOfNeed(draft: Draft): [string, DerivedFile][] {
  const { channels } = draft.written
  const ordered: [string, DerivedFile][] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (name: string, trail: string[]): void => {
    const channel = channels[name]
    if (!channel || !isDerived(channel) || state.get(name) === 'done') return
    if (state.get(name) === 'open') {
      const circle = [...trail.slice(trail.indexOf(name)), name]
      draft.wrong(['channels', name, 'from'], `made of itself, in a circle: ${circle.join(' from ')}`, 'make one of them from a measured channel')
      return
    }
    state.set(name, 'open')
    for (const [index, input] of [channel.from].flat().entries()) {
      const at = Array.isArray(channel.from) ? ['channels', name, 'from', index] : ['channels', name, 'from']
      if (!Object.hasOwn(channels, input)) draft.unknown(at, 'channel', input, Object.keys(channels))
      else visit(input, [...trail, name])
    }
    state.set(name, 'done')
    ordered.push([name, channel])
  }
  for (const name of Object.keys(channels)) visit(name, [])
  return ordered
}

/** Rows for the longest span that anybody looks back over; told where that is more than a ring can be. */
export function sizeRings(draft: Draft, channels: Channels): number {
  let bytes = 0
  for (const [number, plan] of channels.plans.entries()) {
    const counts = plan.derivation?.inputs.some((input) => channels.plans[input]?.counting) ?? false
    const rows = (channels.reach.get(number) ?? 0) / plan.period
    plan.rows = Math.ceil(rows * SPARE * (counts ? ROWS_PER_COUNT : 1)) + PIECE_ROWS
    bytes += BYTES_PER_ROW * ringCapacity(plan.rows)
    if (plan.rows > MOST_ROWS)
      draft.wrong(
        ['channels', plan.name],
        `the windows over this channel hold ${plan.rows} rows, more than ${MOST_ROWS}`,
        'take a shorter window, or a longer `every`',
        { of: 'key' },
      )
  }
  if (bytes > MOST_RING_BYTES)
    draft.wrong(
      ['channels'],
      `the rings take ${Math.round(bytes / 2 ** 20)} MB, more than ${MOST_RING_BYTES / 2 ** 20}`,
      'take shorter windows, or longer `every`',
      { of: 'key' },
    )
  return bytes
}
