/** A bus that remembers when each unit was last written to, so that whoever polls leaves it the time that it needs after that. */
import type { Bus, BusClock } from '../../protocol/ports.ts'

export interface WatchedBus extends Bus {
  /** On the line's clock; never written: minus infinity. */
  writtenAt(unit: number): number
}

export function watchWrites(bus: Bus, clock: BusClock): WatchedBus {
  const written = new Map<number, number>()
  return {
    read: (block, timeoutMs, asking) => bus.read(block, timeoutMs, asking),
    exchanges: (unit) => bus.exchanges?.(unit) ?? [],
    health: () => bus.health(),
    close: () => bus.close(),
    async write(block, words, timeoutMs, asking) {
      // From its beginning, so that nobody is asked in between; and from its end.
      written.set(block.unit, clock.now())
      const reply = await bus.write(block, words, timeoutMs, asking)
      written.set(block.unit, clock.now())
      return reply
    },
    writtenAt: (unit) => written.get(unit) ?? Number.NEGATIVE_INFINITY,
  }
}
