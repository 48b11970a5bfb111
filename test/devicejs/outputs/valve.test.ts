import { describe, expect, it } from 'vitest'
import type { Valve } from '../../../devicejs/outputs/drive.ts'
import { coil, standing } from './driven.ts'

const wired: Valve = {
  action: 'release-close',
  feedback: { table: 'discrete', address: 4, closedWhen: true },
  supply: null,
  pulseMs: 2000,
  travelMs: 5000,
}

/** A valve that does what its coil makes it do, unless it is stuck. It is opened by hand alone. */
function valve(more: Partial<Valve> = {}) {
  const s = standing(coil(3), { kind: 'valve', valve: { ...wired, ...more } })
  const image = s.bus.image(20)
  const world = { stuck: false }
  image.coil.set(3, 0)
  image.discrete.set(4, 0)
  image.discrete.set(5, 1)
  const write = s.bus.write
  s.bus.write = async (block, words, ...rest) => {
    const reply = await write(block, words, ...rest)
    const shuts = (words[0] === 1) === (more.action === 'pulse-close')
    if (reply.ok && block.table === 'coil' && shuts && !world.stuck) image.discrete.set(4, more.feedback?.closedWhen === false ? 0 : 1)
    return reply
  }
  const look = async () => {
    const done = s.output.look?.()
    await s.clock.run(s.clock.now() + 1000)
    return done
  }
  return { ...s, image, world, look, openByHand: () => image.discrete.set(4, more.feedback?.closedWhen === false ? 1 : 0) }
}

describe('a release-close valve', () => {
  it('is shut by letting its coil go, and believed by its switch alone', async () => {
    const s = valve()
    expect(await s.set(true)).toEqual({ actual: true, detail: '' })
    expect(s.writes()).toEqual(['coil 3 = 0'])
  })

  it('that is stuck is told of, though its coil reads back right', async () => {
    const s = valve()
    s.world.stuck = true
    expect(await s.set(true)).toEqual({ actual: false, detail: 'it was told to shut, and its switch says that it is open' })
  })

  it('that may be opened stays shut until somebody opens it at the place', async () => {
    const s = valve()
    await s.set(true)
    expect(await s.set(false)).toEqual({ actual: true, detail: '' })
    s.openByHand()
    expect(await s.look()).toEqual({ actual: false, detail: '' })
  })

  it('whose coil let go by itself is told of at the next look', async () => {
    const s = valve()
    await s.set(false)
    s.image.coil.set(3, 0)
    expect((await s.look())?.detail).toBe('its coil is not on as it was told')
  })

  it('whose switch is on when it is open is read the other way round', async () => {
    const s = valve({ feedback: { table: 'discrete', address: 4, closedWhen: false } })
    s.openByHand()
    expect((await s.look())?.actual).toBe(false)
    expect((await s.set(true)).actual).toBe(true)
  })

  it('whose switch cannot be read is not known to be shut', async () => {
    const s = valve()
    s.bus.fate = ({ table }) => (table === 'discrete' ? { code: 2 } : null)
    expect(await s.set(true)).toEqual({ actual: null, detail: 'its feedback cannot be read: the device refused: it has no such place' })
  })

  it('is not judged by what is seen while it moves', async () => {
    const s = valve()
    const done = s.output.set(true)
    await s.clock.run(s.clock.now() + 1000)
    expect(await s.look()).toBeNull()
    await s.clock.run()
    await done
    expect((await s.look())?.actual).toBe(true)
  })

  it('is shut even where a permit came after: that waits', async () => {
    const s = valve()
    const orders = [s.output.set(true), s.output.set(false)]
    await s.clock.run()
    await Promise.all(orders)
    expect(s.writes()).toEqual(['coil 3 = 0', 'coil 3 = 1'])
    expect(s.image.discrete.get(4)).toBe(1)
  })
})

describe('a pulse-close valve', () => {
  const pulse = { action: 'pulse-close', supply: { table: 'discrete', address: 5 } } as const

  it('gets a pulse of its length, and its coil is off again', async () => {
    const s = valve(pulse)
    expect(await s.set(true)).toEqual({ actual: true, detail: '' })
    expect(s.writes()).toEqual(['coil 3 = 1', 'coil 3 = 0'])
    const [on, off] = s.bus.asked.filter(({ words }) => words).map(({ at }) => at)
    expect((off as number) - (on as number)).toBeGreaterThanOrEqual(2000)
  })

  it('is never written to when nobody asks for it to be shut', async () => {
    const s = valve(pulse)
    expect((await s.set(false)).actual).toBe(false)
    await s.look()
    expect(s.writes()).toEqual([])
  })

  it('gets no other pulse while it is seen shut, and one more when it was opened meanwhile', async () => {
    const s = valve(pulse)
    await s.set(true)
    await s.set(true)
    expect(s.writes()).toHaveLength(2)
    s.openByHand()
    await s.set(true)
    expect(s.writes()).toHaveLength(4)
  })

  it('without supply says that no pulse can shut it, before it is needed', async () => {
    const s = valve(pulse)
    s.image.discrete.set(5, 0)
    expect((await s.look())?.detail).toBe('its supply is off: a pulse cannot shut it')
  })

  it('whose coil was left on by a crash is told of at the first look', async () => {
    const s = valve(pulse)
    s.image.coil.set(3, 1)
    expect((await s.look())?.detail).toBe('its coil is not off as it was told')
  })

  it('whose pulse could not be ended has its coil told of, and its pulse ended when it is told again', async () => {
    const s = valve(pulse)
    s.bus.fate = (block) => (block.table === 'coil' && s.bus.asked.at(-1)?.words?.[0] === 0 ? { code: 4 } : null)
    expect(await s.set(true)).toEqual({ actual: true, detail: 'the device refused: it failed; its coil is not off as it was told' })
    expect((await s.look())?.detail).toBe('its coil is not off as it was told')
    s.bus.fate = () => null
    await s.set(true)
    expect(s.image.coil.get(3)).toBe(0)
    expect(await s.look()).toEqual({ actual: true, detail: '' })
    expect(s.writes()).toEqual(['coil 3 = 1', 'coil 3 = 0', 'coil 3 = 0'])
  })

  it('whose pulse was not answered has its coil switched off all the same', async () => {
    const s = valve(pulse)
    s.bus.fate = (block, number) => (block.table === 'coil' && number <= 3 ? 'timeout' : null)
    expect((await s.set(true)).detail).toContain('the device did not answer')
    expect(s.writes().at(-1)).toBe('coil 3 = 0')
  })
})
