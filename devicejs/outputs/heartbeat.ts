/** A relay that is toggled while the station judges: a hardware dead man behind it drops out when the toggling stops, whatever stopped it. */
import type { BusClock, Output } from '../../protocol/ports.ts'
import type { Driven } from './drive.ts'
import { askOnce, type Unit } from './modbus.ts'
import { obeySwitch, type SwitchDrive, written } from './relay.ts'
import { TOGGLE_EVERY_MS } from './rounds.ts'
import { inTurns } from './turns.ts'

/** It beats until it is told off; a beat is written once and not read back, for the next one follows. */
export function makeHeartbeat(unit: Unit, busClock: BusClock, driven: Driven, drive: SwitchDrive): Output {
  const set = inTurns(obeySwitch(unit, busClock, driven, drive))
  let high = false
  return {
    set(on) {
      high = on
      return set(on)
    },
    async alive() {
      if (unit.board.spared()) return
      high = !high
      const { table, address, word } = written(drive, high)
      await askOnce(unit).write({ table, address }, Uint16Array.of(word))
    },
    aliveEveryMs: TOGGLE_EVERY_MS,
  }
}
