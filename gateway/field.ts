/** The real ports of a site, made out of the drivers: buses on their wires, brokers on their networks, the clock of the machine. */
import { realBusClock, realClock } from '../devicejs/drivers/clock.ts'
import { type Doors, makeDoors } from '../devicejs/drivers/dial-in.ts'
import { openFrameLine } from '../devicejs/drivers/frames.ts'
import { openHost } from '../devicejs/drivers/host.ts'
import { openBus } from '../devicejs/drivers/modbus.ts'
import { framedBus } from '../devicejs/frames/framed.ts'
import type { Talk } from '../devicejs/profile.ts'
import type { Bus, BusClock, BusSpec, Clock, Notes, Ports } from '../protocol/ports.ts'
import { openMemoryJournal } from './journal/memory.ts'
import { memoryNotes } from './journal/notes.ts'
import type { Site } from './site/site.ts'
import { openBroker } from './upstream/mqtt.ts'

/** Nothing is opened here: a bus opens at its first request, a broker when its uplink starts. */
export function openField(
  site: Site,
  { clock = realClock(), busClock = realBusClock(), notes = memoryNotes() }: { clock?: Clock; busClock?: BusClock; notes?: Notes } = {},
): Ports {
  const doors = makeDoors(busClock)
  const framed = site.buses.filter(({ speaks }) => speaks === 'frames')
  const frames = Object.fromEntries(framed.map((spec) => [spec.name, openFrameLine(spec, busClock, doors)]))
  /** What an instrument measures that speaks frames is read like registers. */
  const busOf = (spec: BusSpec): Bus => {
    const line = frames[spec.name]
    const talks = site.devices.filter(({ bus }) => bus === spec.name).map(({ unit, profile }): [number, Talk | null] => [unit, profile.talk])
    return line ? framedBus(line, new Map(talks)) : openLearned(spec, busClock, doors, notes)
  }
  return {
    clock,
    buses: Object.fromEntries(site.buses.map((spec) => [spec.name, busOf(spec)])),
    frames,
    notes,
    journal: openMemoryJournal(site.uplinks.map(({ name }) => name)),
    machine: openHost(),
    brokers: Object.fromEntries(site.uplinks.map((spec) => [spec.name, openBroker(spec, busClock)])),
  }
}

/** Written in steps, so that each late answer a little later than the one before is not a write of its own. */
const LATE_STEP_MS = 20

/** A bus that begins with the lateness that its line has shown in an earlier life of the station. */
function openLearned(spec: BusSpec, busClock: BusClock, doors: Doors, notes: Notes): Bus {
  const name = `late ${spec.name}`
  const kept = notes.read(name)
  const bus = openBus(spec, busClock, { doors, worstLateMs: typeof kept === 'number' && kept > 0 ? kept : 0 })
  return {
    ...bus,
    async read(block, timeoutMs, asking) {
      const reply = await bus.read(block, timeoutMs, asking)
      const lateMs = reply.ok ? 0 : (bus.health().step?.worstLateMs ?? 0)
      if (lateMs > 0) notes.keep(name, Math.ceil(lateMs / LATE_STEP_MS) * LATE_STEP_MS)
      return reply
    },
  }
}
