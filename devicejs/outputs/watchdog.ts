/** The device's own watchdog: fed while the station judges, so that a crash of ours switches its outputs off. */
import type { Bus, Output } from '../../protocol/ports.ts'
import type { Driven, Watchdog } from './drive.ts'

/** Fed at a third of its time: two feeds may be lost in a row. */
const FEEDS = 3

/** The output, with its device's watchdog fed whenever it is told that the station lives. */
export function watched(output: Output, bus: Bus, { unit, timeoutMs }: Driven, { register, value, afterMs, fedBy }: Watchdog): Output {
  const place = { unit, table: 'holding', address: register, count: 1 } as const
  /** Its memory would wear out if the same setting were written to it again and again: then it is only read, and set where it has been forgotten. */
  async function isSet(): Promise<boolean> {
    if (fedBy === 'write') return false
    const held = await bus.read(place, timeoutMs, { urgent: true })
    return held.ok && held.words[0] === value
  }
  return {
    ...output,
    async alive() {
      if (!(await isSet())) await bus.write(place, Uint16Array.of(value), timeoutMs, { urgent: true })
      await output.alive?.()
    },
    aliveEveryMs: Math.min(Math.floor(afterMs / FEEDS), output.aliveEveryMs ?? Infinity),
  }
}
