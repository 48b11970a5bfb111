import { describe, expect, it } from 'vitest'
import { makeOutput } from '../../../devicejs/output.ts'
import { makeBoard } from '../../../devicejs/outputs/board.ts'
import type { Drive, Watchdog } from '../../../devicejs/outputs/drive.ts'
import { coil, standing } from './driven.ts'

const lamp: Drive = { by: 'register', register: 7, on: 0x22, off: 0, readBack: { table: 'holding', address: 7, bit: null } }

describe('an output by register', () => {
  it('is written its values, and reads back which of them it is', async () => {
    const s = standing(lamp)
    s.bus.image(20).holding.set(7, 0)
    expect(await s.set(true)).toEqual({ actual: true, detail: '' })
    expect(await s.set(false)).toEqual({ actual: false, detail: '' })
    expect(s.writes()).toEqual(['holding 7 = 34', 'holding 7 = 0'])
  })

  it('that reads back neither of them is in no state', async () => {
    const s = standing({ ...lamp, readBack: { table: 'input', address: 1, bit: null } })
    s.bus.image(20).input.set(1, 5)
    expect(await s.set(true)).toEqual({ actual: null, detail: 'it reads back 5, which is neither on nor off' })
  })

  it('is read back by the bit of a state register, where it has one', async () => {
    const s = standing({ ...lamp, readBack: { table: 'input', address: 1, bit: 3 } })
    s.bus.image(20).input.set(1, 0b1000)
    expect((await s.set(true)).actual).toBe(true)
    expect(await s.set(false)).toEqual({ actual: true, detail: 'it was switched off and reads back on' })
  })
})

describe('an order', () => {
  it('leaves the device the time that it needs after a write', async () => {
    const s = standing(coil(3), { afterWriteMs: 400 })
    await s.set(true)
    const [write, read] = s.bus.asked.map(({ at }) => at)
    expect((read as number) - (write as number)).toBeGreaterThanOrEqual(400)
  })

  it('goes before all that waits on the line', async () => {
    const s = standing(coil(3))
    const urgent: unknown[] = []
    for (const way of ['read', 'write'] as const) {
      const held = s.bus[way] as (...args: unknown[]) => unknown
      const told = (...args: unknown[]) => {
        urgent.push(args.at(-1))
        return held(...args)
      }
      Object.assign(s.bus, { [way]: told })
    }
    await s.set(true)
    expect(urgent).toEqual([{ urgent: true }, { urgent: true }])
  })

  it('that is refused is not tried again, and the refusal is told in words', async () => {
    const s = standing(coil(3))
    s.bus.image(20).coil.set(3, 0)
    s.bus.fate = (_, number) => (number === 1 ? { code: 4 } : null)
    expect(await s.set(true)).toEqual({ actual: false, detail: 'the device refused: it failed' })
    expect(s.writes()).toHaveLength(1)
  })

  it('to a dead device costs four time-outs, then one for each other order, and one in twenty where it is only told again', async () => {
    const s = standing(coil(3))
    s.bus.fate = () => 'timeout'
    expect(await s.set(true)).toEqual({ actual: null, detail: 'the device did not answer' })
    expect(s.bus.asked).toHaveLength(4)
    await s.set(false)
    expect(s.bus.asked).toHaveLength(5)
    for (let told = 0; told < 120; told++) {
      await s.clock.run(s.clock.now() + 500)
      expect((await s.set(false)).actual).toBeNull()
    }
    expect(s.bus.asked.length - 5).toBeLessThanOrEqual(60_000 / (20 * 300))
    expect(s.bus.asked.length - 5).toBeGreaterThan(5)
  })

  it('to a device that is back is obeyed at once, with all its tries', async () => {
    const s = standing(coil(3))
    s.bus.fate = () => 'timeout'
    await s.set(true)
    s.bus.fate = () => null
    expect((await s.set(false)).actual).toBe(false)
    s.bus.fate = (_, number) => (number === s.bus.asked.length && number % 2 === 0 ? 'timeout' : null)
    expect((await s.set(true)).actual).toBe(true)
  })

  it('of one output tells the other ones of its unit that it is dead, and that it is back', async () => {
    const s = standing(coil(3))
    const board = makeBoard(s.clock, 300)
    const both = [3, 4].map((address) => makeOutput({ ...s.driven, drive: coil(address) }, { bus: s.bus, busClock: s.clock, board }))
    const tell = async (which: number, on: boolean) => {
      const done = both[which]?.set(on)
      await s.clock.run()
      return done
    }
    s.bus.fate = () => 'timeout'
    await tell(0, true)
    const asked = s.bus.asked.length
    await tell(1, true)
    expect(s.bus.asked.length - asked).toBe(1)
    s.bus.fate = () => null
    await tell(0, false)
    expect((await tell(1, true))?.actual).toBe(true)
  })

  it('that was obeyed is not said to be obeyed still once its board, asked by its watchdog, has fallen silent', async () => {
    const s = standing(coil(3), { watchdog: { register: 40, value: 6, afterMs: 6000, fedBy: 'write' } })
    expect((await s.set(true)).actual).toBe(true)
    s.bus.fate = () => 'timeout'
    for (let round = 0; round < 3; round++) {
      const done = s.output.alive?.()
      await s.clock.run()
      await done
    }
    expect(await s.set(true)).toEqual({ actual: null, detail: 'the device did not answer' })
  })

  it('that a newer one has overtaken is not tried again, and answers with what became of the newer one', async () => {
    const s = standing(coil(3))
    s.bus.image(20).coil.set(3, 1)
    s.bus.fate = (_, number) => (number <= 1 ? 'timeout' : null)
    const orders = [s.output.set(true), s.output.set(true), s.output.set(false)]
    await s.clock.run()
    expect((await Promise.all(orders)).map(({ actual }) => actual)).toEqual([true, false, false])
    expect(s.writes()).toEqual(['coil 3 = 1', 'coil 3 = 0'])
  })
})

describe('a heartbeat', () => {
  it('is toggled at each sign of life, at least twice a second, and is off when it is told so', async () => {
    const s = standing(coil(3), { kind: 'heartbeat' })
    s.bus.image(20).coil.set(3, 0)
    expect(s.output.aliveEveryMs).toBeLessThanOrEqual(500)
    for (let beat = 0; beat < 3; beat++) {
      const done = s.output.alive?.()
      await s.clock.run()
      await done
    }
    expect((await s.set(false)).actual).toBe(false)
    expect(s.writes()).toEqual(['coil 3 = 1', 'coil 3 = 0', 'coil 3 = 1', 'coil 3 = 0'])
  })
})

describe('what is due now and then', () => {
  it.each(['heartbeat', 'watchdog'] as const)('costs a line with a dead board one time-out in twenty: %s', async (what) => {
    const watchdog = { register: 40, value: 6, afterMs: 750, fedBy: 'write' } as const
    const s = standing(coil(3), what === 'heartbeat' ? { kind: 'heartbeat' } : { watchdog })
    s.bus.fate = () => 'timeout'
    const every = s.output.aliveEveryMs as number
    for (const end = 60_000; s.clock.now() < end; ) {
      const done = s.output.alive?.()
      await s.clock.run()
      await done
      await s.clock.run(s.clock.now() + every)
    }
    expect(s.bus.asked.length).toBeLessThanOrEqual(3 + 60_000 / (20 * 300))
  })
})

describe('a watchdog', () => {
  const dog: Watchdog = { register: 40, value: 6, afterMs: 6000, fedBy: 'write' }

  async function feed(watchdog: Watchdog, times: number, between: (round: number) => void = () => {}) {
    const s = standing(coil(3), { watchdog })
    s.bus.image(20).holding.set(40, 0)
    for (let round = 0; round < times; round++) {
      const done = s.output.alive?.()
      await s.clock.run()
      await done
      between(round)
      if (round === 1 && watchdog.fedBy === 'request') s.bus.image(20).holding.set(40, 0) // it started again, and has forgotten
    }
    return s
  }

  it('is fed at a third of its time', async () => {
    const s = await feed(dog, 2)
    expect(s.output.aliveEveryMs).toBe(2000)
    expect(s.writes()).toEqual(['holding 40 = 6', 'holding 40 = 6'])
  })

  it('that any request feeds is only read, and set where it has been forgotten', async () => {
    const s = await feed({ ...dog, fedBy: 'request' }, 3)
    expect(s.writes()).toEqual(['holding 40 = 6', 'holding 40 = 6'])
    expect(s.bus.asked).toHaveLength(5)
  })
})
