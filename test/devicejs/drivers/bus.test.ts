// What every bus says of itself, whatever its wire, in virtual time.

import { expect, it } from 'vitest'
import { type Link, makeBus } from '../../../devicejs/drivers/bus.ts'
import type { Reply } from '../../../protocol/ports.ts'
import { virtualClock } from '../virtual.ts'

it('is busy no longer than the time that passed, also where an urgent request waits for a usual one', async () => {
  const clock = virtualClock()
  let turn: Promise<unknown> = Promise.resolve()
  const act = (): Promise<Reply> => {
    const mine = turn.then(() => clock.wait(1000)).then((): Reply => ({ ok: true, words: Uint16Array.of(1) }))
    turn = mine
    return mine
  }
  const link: Link = { read: act, write: act, inStep: () => true, close: async () => {} }
  const bus = makeBus('slope', clock, { late: () => 0, step: () => null }, async () => link)
  const read = bus.read({ unit: 1, table: 'holding', address: 0, count: 1 }, 100)
  await clock.run(10)
  const write = bus.write({ unit: 1, table: 'coil', address: 0, count: 1 }, Uint16Array.of(1), 100, { urgent: true })
  await clock.run(5000)
  await Promise.all([read, write])
  expect(bus.health().busyMs).toBe(2000)
})

it('tells how long its answers take: by the line where that says so, without what brought no values', async () => {
  const clock = virtualClock()
  const replies: [number, Reply][] = [
    [40, { ok: true, words: Uint16Array.of(1) }],
    [900, { ok: true, words: Uint16Array.of(1), tookMs: 40 }],
    [5000, { ok: false, fault: 'timeout', detail: 'no answer' }],
  ]
  const read = async (): Promise<Reply> => {
    const [ms, reply] = replies.shift()!
    await clock.wait(ms)
    return reply
  }
  const link: Link = { read, write: read, inStep: () => true, close: async () => {} }
  const bus = makeBus('slope', clock, { late: () => 0, step: () => null }, async () => link)
  expect(bus.health().latencyMs).toBeNull()
  const asked = [0, 1, 2].map(() => bus.read({ unit: 1, table: 'holding', address: 0, count: 1 }, 100))
  await clock.run(10_000)
  await Promise.all(asked)
  expect(bus.health().latencyMs?.p50).toBeCloseTo(40, -1)
  expect(bus.health().latencyMs?.p99).toBeCloseTo(40, -1)
})
