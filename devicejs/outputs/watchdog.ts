/** The device's own watchdog: fed while the station judges, so that a crash of ours switches its outputs off. */
import type { Bus, Output } from '../../protocol/ports.ts'
import type { Driven, Watchdog } from './drive.ts'

/** Fed at a third of its time: two feeds may be lost in a row. */
const FEEDS = 3

/** The output, with its device's watchdog fed whenever it is told that the station lives. */
export function watched(output: Output, bus: Bus, { unit, timeoutMs }: Driven, { register, value, afterMs }: Watchdog): Output {
  return {
    ...output,
    async alive() {
      await bus.write({ unit, table: 'holding', address: register, count: 1 }, Uint16Array.of(value), timeoutMs, { urgent: true })
      await output.alive?.()
    },
    aliveEveryMs: Math.min(Math.floor(afterMs / FEEDS), output.aliveEveryMs ?? Infinity),
  }
}
