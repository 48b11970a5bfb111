/** A twin: stands in for one device of a site file, with the registers of its profile, filled from a feed. */
import { emptyImage, encodeProfile } from '../../devicejs/encode.ts'
import { widthOf } from '../../devicejs/poll.ts'
import type { Place, ProfileChannel } from '../../devicejs/profile.ts'
import type { RegisterMap } from '../../devicejs/slave.ts'
import type { DeviceSpec, OutputSpec } from '../../gateway/site/site.ts'
import type { Table } from '../../protocol/ports.ts'
import type { Feed, Showing } from './feed.ts'

export interface Twin extends RegisterMap {
  device: DeviceSpec
  mute(): boolean
  /** The coils of its outputs, by the site's name for them. */
  outputs(): Map<string, boolean>
}

export interface TwinOptions {
  device: DeviceSpec
  outputs: OutputSpec[]
  feed: Feed
  /** What the twin cannot show, once for each channel and reason; a sentence. */
  onTrouble(trouble: string): void
  /** An output was told its first state, or another one. */
  onOutput(output: string, on: boolean): void
}

/** Uptimes are counted in minutes on all devices that we know to have one. */
const UPTIME_MS = 60_000

export function makeTwin({ device, outputs, feed, onTrouble, onOutput }: TwinOptions): Twin {
  const { profile } = device
  const image = emptyImage()
  const told = new Set<string>()
  /** What a register that is cleared by reading has already given away: channel -> total. */
  const given = new Map<string, number>()
  const states = new Map<string, boolean>()
  let showing: Showing | null = null
  let began: number | null = null

  show({ values: new Map(profile.channels.map(({ name }) => [name, null])), time: null, mute: false })
  for (const output of outputs) {
    image.coil.set(output.coil, 0)
    image[output.readBack.table].set(output.readBack.address, 0)
  }

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
    outputs: () => new Map(outputs.map(({ name, coil }) => [name, image.coil.get(coil) === 1])),
    read(table, address, count) {
      refresh()
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
        if (table === 'coil') follow(place, words[at] === 1)
      }
      return 0
    },
  }

  function isTrigger(table: Table, address: number): boolean {
    return profile.trigger?.place.table === table && profile.trigger.place.address === address
  }

  /** The contact follows its coil. */
  function follow(coil: number, on: boolean): void {
    for (const output of outputs) {
      if (output.coil !== coil) continue
      image[output.readBack.table].set(output.readBack.address, on ? 1 : 0)
      if (states.get(output.name) === on) continue
      states.set(output.name, on)
      onOutput(output.name, on)
    }
    for (const output of profile.outputs) if (output.coil === coil) image[output.readBack.table].set(output.readBack.address, on ? 1 : 0)
  }
}
