// An output on a virtual bus, with all that its makers need.

import { makeOutput } from '../../../devicejs/output.ts'
import type { Drive, Driven } from '../../../devicejs/outputs/drive.ts'
import type { Obeyed, Output } from '../../../protocol/ports.ts'
import { type Field, field } from '../field.ts'
import { type VirtualClock, virtualClock } from '../virtual.ts'

export const coil = (address: number, readBack = { table: 'coil' as 'coil' | 'discrete', address }): Drive => ({
  by: 'coil',
  coil: address,
  readBack: { ...readBack, bit: null },
})

export interface Standing {
  clock: VirtualClock
  bus: Field
  driven: Driven
  output: Output
  set(on: boolean, text?: string): Promise<Obeyed>
  /** What was written, as `coil 3 = 1`. */
  writes(): string[]
}

export function standing(drive: Drive, more: Partial<Driven> = {}): Standing {
  const clock = virtualClock()
  const bus = field(clock)
  const driven: Driven = { unit: 20, timeoutMs: 300, kind: 'relay', valve: null, watchdog: null, maxWords: 125, afterWriteMs: 0, drive, ...more }
  const output = makeOutput(driven, { bus, busClock: clock })
  return {
    clock,
    bus,
    driven,
    output,
    async set(on, text) {
      const done = output.set(on, text === undefined ? undefined : { text, to: [] })
      await clock.run()
      return done
    },
    writes: () => bus.asked.flatMap(({ table, address, words }) => (words ? [`${table} ${address} = ${words.join(' ')}`] : [])),
  }
}
