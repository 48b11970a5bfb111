/** The device's own watchdog: fed while the station judges, so that a crash of ours switches its outputs off. */
import type { Output } from '../../protocol/ports.ts'
import type { Watchdog } from './drive.ts'
import { askOnce, type Unit } from './modbus.ts'
import { FEEDS } from './rounds.ts'

/** The output, with its device's watchdog fed whenever it is told that the station lives. */
export function watched(output: Output, unit: Unit, { register, value, afterMs, fedBy }: Watchdog): Output {
  const ask = askOnce(unit)
  const everyMs = Math.floor(afterMs / FEEDS)
  /** Its memory would wear out if the same setting were written to it again and again: then it is only read, and set where it has been forgotten. */
  async function isSet(): Promise<boolean> {
    if (fedBy === 'write') return false
    const held = await ask.read({ table: 'holding', address: register, count: 1 })
    return held.ok && held.words[0] === value
  }
  return {
    ...output,
    async alive() {
      if (unit.board.spared()) return
      if (!(await isSet())) await ask.write({ table: 'holding', address: register }, Uint16Array.of(value))
    },
    aliveEveryMs: everyMs,
  }
}
