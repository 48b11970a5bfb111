import { describe, expect, it } from 'vitest'
import { makeTending } from '../../gateway/tending.ts'
import type { Obeyed, Output } from '../../protocol/ports.ts'
import { virtualClock } from '../devicejs/virtual.ts'

/** A run loop that tends whenever it is woken, for as long as it judges. */
function start(more: Partial<Output>) {
  const clock = virtualClock()
  const alive: number[] = []
  const seen: Obeyed[] = []
  const world = { judging: true, wakes: 0 }
  const output: Output = { set: async () => ({ actual: null, detail: '' }), ...more }
  const fed: Output = output.aliveEveryMs ? { ...output, alive: async () => void alive.push(clock.now()) } : output
  const tending = makeTending(new Map([['siren', fed]]), clock, {
    wake: () => {
      world.wakes++
      if (world.judging) tending.tend()
    },
    onLook: (_, obeyed) => seen.push(obeyed),
  })
  tending.tend()
  return { clock, alive, seen, world, tending }
}

describe('outputs that are tended', () => {
  it('hear at their period that the station lives', async () => {
    const { clock, alive } = start({ aliveEveryMs: 2000 })
    await clock.run(10_000)
    expect(alive).toEqual([0, 2000, 4000, 6000, 8000, 10_000])
  })

  it('hear nothing any more when the loop judges no more, though the timer goes on', async () => {
    const { clock, alive, world } = start({ aliveEveryMs: 2000 })
    await clock.run(3000)
    world.judging = false
    await clock.run(20_000)
    expect(alive).toEqual([0, 2000])
    expect(world.wakes).toBe(2)
  })

  it('are told of when a look finds another state than the last one, and only then', async () => {
    const states = [false, false, true, true, false]
    let look = 0
    const { clock, seen } = start({ look: async () => ({ actual: states[Math.min(look++, 4)] ?? null, detail: '' }), lookEveryMs: 5000 })
    await clock.run(40_000)
    expect(seen.map(({ actual }) => actual)).toEqual([false, true, false])
  })

  it('are told of when a look finds another state than the order that was answered since', async () => {
    let open = true
    const { clock, seen, tending } = start({ look: async () => ({ actual: !open, detail: '' }), lookEveryMs: 5000 })
    await clock.run(6000)
    open = false
    tending.answered('siren', { actual: true, detail: '' })
    await clock.run(11_000)
    open = true
    await clock.run(16_000)
    expect(seen.map(({ actual }) => actual)).toEqual([false, false])
  })

  it('of which a look says nothing, since an order is under way, are not told of', async () => {
    const { clock, seen } = start({ look: async () => null, lookEveryMs: 5000 })
    await clock.run(20_000)
    expect(seen).toEqual([])
  })

  it('get no second sign of life while a slow line still carries the first', async () => {
    const waiting: (() => void)[] = []
    const clock = virtualClock()
    let begun = 0
    const slow: Output = {
      set: async () => ({ actual: null, detail: '' }),
      alive: () => {
        begun++
        return new Promise((resolve) => void waiting.push(resolve))
      },
      aliveEveryMs: 250,
    }
    const tending = makeTending(new Map([['beat', slow]]), clock, { wake: () => tending.tend(), onLook: () => {} })
    tending.tend()
    await clock.run(2000)
    expect(begun).toBe(1)
    waiting.pop()?.()
    await clock.run(2300)
    expect(begun).toBe(2)
  })

  it('are left when the station stops, and what is under way is waited for', async () => {
    const { clock, alive, tending } = start({ aliveEveryMs: 2000 })
    await tending.stop()
    await clock.run(10_000)
    expect(alive).toEqual([0])
  })

  it('that need nothing set no timer', async () => {
    const { clock, world } = start({})
    await clock.run()
    expect(world.wakes).toBe(0)
  })
})
