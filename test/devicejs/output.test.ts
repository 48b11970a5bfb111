import { expect, it } from 'vitest'
import { makeOutput } from '../../devicejs/output.ts'
import type { Output } from '../../protocol/ports.ts'
import { type Field, field } from './field.ts'
import { virtualClock } from './virtual.ts'

const clock = virtualClock()

function siren(
  prepare: (bus: Field) => void = () => {},
  readBack: { table: 'coil' | 'discrete'; address: number } = { table: 'coil', address: 3 },
): { output: Output; bus: Field } {
  const bus = field(clock)
  bus.image(20).coil.set(3, 0)
  prepare(bus)
  const wired = { unit: 20, timeoutMs: 300, kind: 'siren', valve: null, watchdog: null, maxWords: 125, afterWriteMs: 0 } as const
  return { bus, output: makeOutput({ ...wired, drive: { by: 'coil', coil: 3, readBack: { ...readBack, bit: null } } }, { bus, busClock: clock }) }
}

async function set(output: Output, on: boolean): Promise<boolean | null> {
  const done = output.set(on)
  await clock.run()
  return (await done).actual
}

it('sets its coil, and answers with what it reads back', async () => {
  const { output, bus } = siren()
  expect(await set(output, true)).toBe(true)
  expect(bus.image(20).coil.get(3)).toBe(1)
  expect(await set(output, false)).toBe(false)
  expect(bus.asked.map(({ table, words }) => [table, words])).toEqual([
    ['coil', [1]],
    ['coil', undefined],
    ['coil', [0]],
    ['coil', undefined],
  ])
})

it('believes the contact, not the coil', async () => {
  const { output } = siren((bus) => bus.image(20).discrete.set(8, 0), { table: 'discrete', address: 8 })
  expect(await set(output, true)).toBe(false)
})

it('gives the relay time to move before it looks', async () => {
  const { output, bus } = siren()
  await set(output, true)
  const [write, read] = bus.asked.map(({ at }) => at)
  expect((read as number) - (write as number)).toBeGreaterThanOrEqual(20 + 25)
})

it('tries again after a fault', async () => {
  const { output, bus } = siren((held) => {
    held.fate = (_, number) => (number < 3 ? 'timeout' : null)
  })
  expect(await set(output, true)).toBe(true)
  expect(bus.asked.length).toBe(4)
})

it('looks even where the write was not answered: the relay may have heard it', async () => {
  const { output } = siren((bus) => {
    bus.fate = (block, number) => {
      if (number > 3) return null
      bus.image(20).coil.set(block.address, 1)
      return 'timeout'
    }
  })
  expect(await set(output, true)).toBe(true)
})

it('answers null where nothing can be read back', async () => {
  const { output } = siren((bus) => {
    bus.fate = (_, number) => (number > 1 ? 'timeout' : null)
  })
  expect(await set(output, true)).toBeNull()
})

it('obeys two calls one after the other, the last one last', async () => {
  const { output, bus } = siren()
  const both = [output.set(true), output.set(false)]
  await clock.run()
  expect((await Promise.all(both)).map(({ actual }) => actual)).toEqual([true, false])
  expect(bus.image(20).coil.get(3)).toBe(0)
})
