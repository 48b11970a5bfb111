/** A twin: stands in for one device of a site file, with the registers of its profile, filled from a feed. */
import { emptyImage, encodeProfile, placesOfDrive } from '../../devicejs/encode.ts'
import type { Drive, Valve } from '../../devicejs/outputs/drive.ts'
import { widthOf } from '../../devicejs/poll/poll.ts'
import type { Place, ProfileChannel } from '../../devicejs/profile.ts'
import type { RegisterMap } from '../../devicejs/slave.ts'
import type { DeviceSpec, OutputSpec } from '../../gateway/site/site.ts'
import type { BusClock, Table } from '../../protocol/ports.ts'
import type { Feed, Showing } from './feed.ts'
import { mobile } from './mobile.ts'
import { teller } from './teller.ts'
import type { Speech } from './voice.ts'

export interface Twin extends RegisterMap {
  device: DeviceSpec
  mute(): boolean
  /** Ends its watchdog. */
  close(): void
  /** What its outputs are told in frames or AT commands, one speech each. */
  speeches: Speech[]
  /** The states of its outputs, by the site's name for them. */
  outputs(): Map<string, boolean>
}

export interface TwinOptions {
  device: DeviceSpec
  outputs: OutputSpec[]
  feed: Feed
  /** What the twin cannot show, once for each channel and reason; a sentence. */
  onTrouble(trouble: string): void
  /** An output was told its first state, or another one; a valve was shut; a voice, a sign or a modem was told something, which is `text`. */
  onOutput(output: string, on: boolean, text?: string): void
  /** By which a watchdog of the device runs out. */
  busClock: Pick<BusClock, 'after'>
}

/** Uptimes are counted in minutes on all devices that we know to have one. */
const UPTIME_MS = 60_000

export function makeTwin({ device, outputs, feed, onTrouble, onOutput, busClock }: TwinOptions): Twin {
  const { profile } = device
  const image = emptyImage()
  const told = new Set<string>()
  /** What a register that is cleared by reading has already given away: channel -> total. */
  const given = new Map<string, number>()
  const states = new Map<string, boolean>()
  let showing: Showing | null = null
  let began: number | null = null
  let cancel = (): void => {}

  show({ values: new Map(profile.channels.map(({ name }) => [name, null])), time: null, mute: false })
  const moving = [...profile.outputs, ...outputs].map(({ drive }) => drive)
  for (const { drive, valve } of outputs) {
    for (const { table, address } of placesOfDrive(drive)) if (!image[table].has(address)) image[table].set(address, 0)
    if (valve) {
      // A release-close valve without current is shut; a pulse-close one stands as it was left, which is open.
      image[valve.feedback.table].set(valve.feedback.address, Number((valve.action === 'release-close') === valve.feedback.closedWhen))
      if (valve.supply) image[valve.supply.table].set(valve.supply.address, 1)
    }
  }
  for (const drive of moving) follow(drive)

  function show(next: Showing): void {
    const values = new Map<string, number | null>()
    for (const [name, value] of next.values) {
      const channel = profile.channels.find((held) => held.name === name)
      if (channel) values.set(name, value !== null && channel.counting?.kind === 'increment' ? value - (given.get(name) ?? 0) : value)
    }
    began ??= next.time
    const uptime = next.time === null || began === null ? 0 : Math.floor((next.time - began) / UPTIME_MS) % 65_536
    const { cannot } = encodeProfile(profile, values, { clockMs: next.time, uptime }, image)
    for (const { channel, why } of showing ? cannot : []) {
      const trouble = `${device.name}.${channel}: ${why}`
      if (!told.has(trouble)) onTrouble(trouble)
      told.add(trouble)
    }
  }

  function refresh(): void {
    const next = feed.show(device.name)
    if (next === showing) return
    showing = next
    show(next)
  }

  /** A counting register that its reader clears starts again at nothing. */
  function clear(channel: ProfileChannel): void {
    const total = showing?.values.get(channel.name)
    if (typeof total === 'number') given.set(channel.name, total)
    if (showing) show(showing)
  }

  return {
    device,
    mute: () => feed.show(device.name).mute,
    close: () => cancel(),
    speeches: outputs.flatMap(speechOf),
    outputs: () => new Map(outputs.map((output) => [output.name, stateOf(output)])),
    read(table, address, count) {
      refresh()
      asked(false)
      const words = new Uint16Array(count)
      for (let at = 0; at < count; at++) {
        const word = image[table].get(address + at)
        if (word === undefined) return 2
        words[at] = word
      }
      const covers = (place: Place): boolean => place.table === table && place.address >= address && place.address + widthOf(place) <= address + count
      for (const channel of profile.channels) if (channel.clearsOnRead && covers(channel.read)) clear(channel)
      if (!profile.clock || covers(profile.clock.read)) feed.taken(device.name)
      return words
    },
    write(table, address, words) {
      const places = [...words.keys()].map((at) => address + at)
      if (!places.every((place) => image[table].has(place) || isTrigger(table, place))) return 2
      for (const [at, place] of places.entries()) {
        image[table].set(place, words[at] as number)
      }
      asked(table === 'holding' && places.includes(profile.watchdog?.register ?? -1))
      moved(table, places)
      return 0
    },
  }

  function isTrigger(table: Table, address: number): boolean {
    return profile.trigger?.place.table === table && profile.trigger.place.address === address
  }

  /** What was written has moved what hangs on it; the new states are told, and the first one of what was written to. */
  function moved(table: Table | null, places: number[]): void {
    for (const drive of moving) follow(drive)
    for (const output of outputs) {
      if (output.valve) turnValve(output, output.valve)
      const on = stateOf(output)
      const held = states.get(output.name)
      const ordered = placesOfDrive(output.drive).some((place) => place.table === table && places.includes(place.address))
      if (held === undefined ? !ordered : held === on) continue
      states.set(output.name, on)
      onOutput(output.name, on)
    }
  }

  /** The contact follows its coil. */
  function follow(drive: Drive): void {
    if (drive.by !== 'coil' && drive.by !== 'register') return
    const { table, address, bit } = drive.readBack
    const on = isOn(drive)
    const own = drive.by === 'register' && bit === null && (table === 'holding' || table === 'input')
    image[table].set(address, own ? (image.holding.get(drive.register) ?? 0) : bit === null ? Number(on) : Number(on) << bit)
  }

  /** A valve is shut by its relay, and opened by nobody: there is no hand here. */
  function turnValve({ drive }: OutputSpec, { action, feedback }: Valve): void {
    if (isOn(drive) === (action === 'pulse-close')) image[feedback.table].set(feedback.address, Number(feedback.closedWhen))
  }

  function speechOf({ name, kind, drive }: OutputSpec): Speech[] {
    if (drive.by === 'modem') return [mobile((to, text) => onOutput(name, true, `to ${to}: ${text}`))]
    if (drive.by !== 'frames') return []
    const told = (text: string | null): void => {
      if (text === null && states.get(name) !== true) return
      states.set(name, text !== null)
      onOutput(name, text !== null, text ?? undefined)
    }
    return [teller({ drive, speaks: kind === 'voice', busClock, told })]
  }

  function isOn(drive: Drive): boolean {
    if (drive.by === 'coil') return image.coil.get(drive.coil) === 1
    if (drive.by === 'register') return image.holding.get(drive.register) === drive.on
    return drive.by === 'words' && drive.show !== null && image.holding.get(drive.show.register) === drive.show.on
  }

  /** Of a valve: whether it is shut. */
  function stateOf({ name, drive, valve }: OutputSpec): boolean {
    if (drive.by === 'frames' || drive.by === 'modem') return states.get(name) ?? false
    return valve ? (image[valve.feedback.table].get(valve.feedback.address) === 1) === valve.feedback.closedWhen : isOn(drive)
  }

  /** A request, which may feed the watchdog; where nobody does in time, the device lets everything go. */
  function asked(wroteTime: boolean): void {
    const { watchdog } = profile
    const armed = watchdog && image.holding.get(watchdog.register) === watchdog.value
    if (!armed || !(wroteTime || watchdog.fedBy === 'request')) return
    cancel()
    cancel = busClock.after(watchdog.afterMs, () => {
      for (const drive of moving) {
        if (drive.by === 'coil') image.coil.set(drive.coil, 0)
        if (drive.by === 'register') image.holding.set(drive.register, drive.off)
      }
      moved(null, [])
    })
  }
}
