/** A relay that is toggled while the station judges: a hardware dead man behind it drops out when the toggling stops, whatever stopped it. */
import type { Bus, BusClock, Output } from '../../protocol/ports.ts'
import type { Driven } from './drive.ts'
import { obeySwitch, type SwitchDrive, written } from './relay.ts'
import { inTurns } from './turns.ts'

/** Dead men of this kind want two toggles a second and drop out after two seconds; twice as often leaves room for a busy line. */
const TOGGLE_EVERY_MS = 250

/** It beats until it is told off; a beat is written once and not read back, for the next one follows. */
export function makeHeartbeat(bus: Bus, busClock: BusClock, driven: Driven, drive: SwitchDrive): Output {
  const set = inTurns(obeySwitch(bus, busClock, driven, drive))
  let high = false
  return {
    set(on) {
      high = on
      return set(on)
    },
    async alive() {
      high = !high
      const { table, address, word } = written(drive, high)
      await bus.write({ unit: driven.unit, table, address, count: 1 }, Uint16Array.of(word), driven.timeoutMs, { urgent: true })
    },
    aliveEveryMs: TOGGLE_EVERY_MS,
  }
}
