/** The real ports of a site, made out of the drivers: buses on their wires, brokers on their networks, the clock of the machine. */
import { realBusClock, realClock } from '../devicejs/drivers/clock.ts'
import { openHost } from '../devicejs/drivers/host.ts'
import { openBus } from '../devicejs/drivers/modbus.ts'
import type { BusClock, Clock, Ports } from '../protocol/ports.ts'
import { openMemoryJournal } from './journal/memory.ts'
import { memoryNotes } from './journal/notes.ts'
import type { Site } from './site/site.ts'
import { openBroker } from './upstream/mqtt.ts'

/** Nothing is opened here: a bus opens at its first request, a broker when its uplink starts. */
export function openField(site: Site, { clock = realClock(), busClock = realBusClock() }: { clock?: Clock; busClock?: BusClock } = {}): Ports {
  return {
    clock,
    buses: Object.fromEntries(site.buses.map((spec) => [spec.name, openBus(spec, busClock)])),
    frames: {},
    notes: memoryNotes(),
    journal: openMemoryJournal(site.uplinks.map(({ name }) => name)),
    machine: openHost(),
    brokers: Object.fromEntries(site.uplinks.map((spec) => [spec.name, openBroker(spec, busClock)])),
  }
}
