/** A field that follows the clock: what each device of a site would see of it, by the dimension of its channels. */
import type { ProfileChannel } from '../../devicejs/profile.ts'
import type { DeviceSpec } from '../../gateway/site/site.ts'
import type { Clock } from '../../protocol/ports.ts'
import { instant, millis } from '../../protocol/time.ts'
import { conversion, dimensionOf } from '../../protocol/units.ts'
import type { Scenario } from '../scenario.ts'
import { type Chance, makeChance } from '../world/chance.ts'
import type { Field, Signal } from '../world/field.ts'
import { tipsOf } from '../world/rain.ts'
import type { Feed, Showing } from './feed.ts'

export interface FieldFeedOptions {
  field: Field
  scenario: Scenario
  seed: number
  clock: Clock
  devices: DeviceSpec[]
}

export interface FieldFeed extends Feed {
  /** 0 at the start of the story, 1 at its end. */
  fraction(): number
}

/** 100 % of LEL of methane are 4.4 % by volume (IEC 60079-20-1). */
const PPM_PER_PERCENT_LEL = 440
/** Height of a level meter that measures down to the water. */
const METER_ABOVE_M = 8

/** What a channel shows: a signal of the field with noise in the signal's own unit, turned into `unit`; or a quantity that the field does not have, at a steady value. */
type View = { signal: Signal; unit: string; turn?: (value: number) => number; noise?: number } | { steady: number; unit: string; noise?: number }

function viewOf(channel: ProfileChannel): View | null {
  const dimension = channel.counting ? 'length' : dimensionOf(channel.unit)
  const rainy = /rain|precip/.test(channel.quantity)
  switch (dimension) {
    case 'length':
      if (channel.counting || rainy) return { signal: 'rain', unit: 'mm' }
      if (/distance|range/.test(channel.quantity)) return { signal: 'level', unit: 'm', turn: (level) => METER_ABOVE_M - level, noise: 0.003 }
      return { signal: 'level', unit: 'm', noise: 0.003 }
    case 'length per time':
      return rainy ? { signal: 'rain-rate', unit: 'mm/h' } : { signal: 'wind', unit: 'm/s' }
    case 'angle':
      return { signal: /(^|[-_])y$|2$/.test(channel.name) ? 'tilt-y' : 'tilt-x', unit: 'deg', noise: 0.0015 }
    case 'acceleration':
      return gravityView(channel.name)
    case 'share of the explosive limit':
      return { signal: 'gas', unit: '%LEL', noise: 0.05, turn: (value) => Math.max(0, value) }
    case 'share of volume':
      return { signal: 'gas', unit: 'ppm', noise: 0.05, turn: (value) => Math.max(0, value * PPM_PER_PERCENT_LEL) }
    case 'volume per time':
      return { signal: 'discharge', unit: 'm3/s' }
    case 'temperature':
      return { signal: 'temperature', unit: 'degC', noise: 0.05 }
    case 'electric potential':
      return { steady: 12.6, unit: 'V', noise: 0.02 }
    case 'humidity':
      return { steady: 85, unit: '%RH', noise: 0.5 }
    default:
      return null
  }
}

/** Gravity along the axes of an accelerometer that tilts with the slope. */
function gravityView(name: string): View {
  const radians = (degrees: number): number => (degrees * Math.PI) / 180
  if (/x$/.test(name)) return { signal: 'tilt-x', unit: 'g', turn: (degrees) => Math.sin(radians(degrees)), noise: 0.0015 }
  if (/y$/.test(name)) return { signal: 'tilt-y', unit: 'g', turn: (degrees) => Math.sin(radians(degrees)), noise: 0.0015 }
  return { signal: 'tilt-x', unit: 'g', turn: (degrees) => Math.cos(radians(degrees)), noise: 0.0015 }
}

/** A tilt meter warms and bends with the day: degrees a degree. */
const TILT_PER_DEGC = 0.002
const TEMPERATE_DEGC = 20

export function fieldFeed({ field, scenario, seed, clock, devices }: FieldFeedOptions): FieldFeed {
  const start = clock.now()
  const chance = makeChance(seed)
  const makers = new Map(devices.map((device) => [device.name, showingOf(device, chance.fork(device.name), scenario.shares.get(device.name) ?? 1)]))
  const held = new Map<string, Showing>()
  const elapsed = (): number => clock.now().at - start.at

  return {
    show(device) {
      field.step(millis(elapsed()))
      const at = field.at()
      const time = instant(start.wall + at)
      const before = held.get(device)
      if (before?.time === time) return before
      const mute = scenario.silences.some((silence) => silence.device === device && at >= silence.atMs && at < silence.atMs + silence.lastsMs)
      const showing = { values: makers.get(device)?.(field) ?? new Map(), time, mute }
      held.set(device, showing)
      return showing
    },
    taken() {},
    fraction: () => Math.min(1, elapsed() / scenario.duration),
    done: new Promise(() => {}),
  }
}

/** Noise depends on the second, not on how often the device is read: two pollers see the same world. */
function showingOf(device: DeviceSpec, chance: Chance, share: number): (field: Field) => Map<string, number | null> {
  const held = chance.fraction()
  const views = device.profile.channels.map((channel) => ({ channel, view: viewOf(channel) }))
  return (field) => {
    const signals = field.values()
    const noises = chance.fork(`${field.at()}`)
    return new Map(views.map(({ channel, view }) => [channel.name, view && seen(channel, view, signals, noises, share, held)]))
  }
}

function seen(channel: ProfileChannel, view: View, signals: Map<Signal, number>, noises: Chance, share: number, held: number): number | null {
  const noise = (view.noise ?? 0) * noises.normal()
  if (!('signal' in view)) return shownIn(channel, view.steady + noise, view.unit)
  const nature = signals.get(view.signal) as number
  if (channel.counting) {
    const stepMm = conversion(channel.unit, 'mm')
    return stepMm ? tipsOf(nature, channel.counting.step * stepMm.scale, held) : Math.floor(nature / channel.counting.step)
  }
  const tilts = view.signal === 'tilt-x' || view.signal === 'tilt-y'
  const warm = tilts ? TILT_PER_DEGC * ((signals.get('temperature') as number) - TEMPERATE_DEGC) : 0
  const own = tilts ? nature * share + warm : nature
  return shownIn(channel, view.turn ? view.turn(own + noise) : own + noise, view.unit)
}

function shownIn(channel: ProfileChannel, value: number, unit: string): number | null {
  const into = conversion(unit, channel.unit)
  return into ? value * into.scale + into.offset : null
}
