import { describe, expect, it } from 'vitest'
import { decodeNumber } from '../../../protocol/numbers.ts'
import { instant } from '../../../protocol/time.ts'
import type { Feed, Showing } from '../../../sim/serve/feed.ts'
import { makeTwin } from '../../../sim/serve/twin.ts'
import { virtualClock } from '../../devicejs/virtual.ts'
import { channel, device, gauge, place, profile, relay, siren, tilt } from './stand-in.ts'

function feedOf(first: Showing): Feed & { showing: Showing; takenBy: string[] } {
  const feed = {
    showing: first,
    takenBy: [] as string[],
    done: new Promise<void>(() => {}),
    show: () => feed.showing,
    taken: (name: string) => void feed.takenBy.push(name),
  }
  return feed
}

const showing = (values: Record<string, number | null>, time: number | null = null): Showing => ({
  values: new Map(Object.entries(values)),
  time: time === null ? null : instant(time),
  mute: false,
})
const quiet = { busClock: virtualClock(), outputs: [], onTrouble: () => {}, onOutput: () => {} }

describe('a twin', () => {
  it('shows its values in the registers of its profile, and holes where the profile lets them be read along', () => {
    const twin = makeTwin({ ...quiet, device: device('rain', 'p', 1, gauge), feed: feedOf(showing({ tips: 65541, volts: 12.4 })) })
    expect(twin.read('holding', 0, 4)).toEqual(Uint16Array.of(5, 0, 0, 124))
    expect(twin.read('holding', 0, 5)).toBe(2)
    expect(twin.read('input', 0, 1)).toBe(2)
  })

  it('has its time and its values in one block, and its row is taken only when that block is read', () => {
    const time = Date.UTC(2015, 7, 1)
    const feed = feedOf(showing({ x: 1.5, y: null }, time))
    const twin = makeTwin({ ...quiet, device: device('tilt', 'p', 1, tilt), feed })
    twin.read('input', 4, 8)
    expect(feed.takenBy).toEqual([])
    const words = twin.read('input', 0, 12) as Uint16Array
    expect(feed.takenBy).toEqual(['tilt'])
    expect(decodeNumber(words, 0, { type: 'u64', order: 'ABCD' })).toBe(time)
    expect(decodeNumber(words, 4, { type: 'f64', order: 'ABCD' })).toBe(1.5)
    expect(decodeNumber(words, 8, { type: 'f64', order: 'ABCD' })).toBeNaN()
  })

  it('answers with its row before time goes on', () => {
    const feed = feedOf(showing({ x: 1, y: 1 }, 1000))
    feed.taken = () => {
      feed.showing = showing({ x: 2, y: 2 }, 2000)
    }
    const twin = makeTwin({ ...quiet, device: device('tilt', 'p', 1, tilt), feed })
    expect(decodeNumber(twin.read('input', 0, 12) as Uint16Array, 0, { type: 'u64', order: 'ABCD' })).toBe(1000)
    expect(decodeNumber(twin.read('input', 0, 12) as Uint16Array, 0, { type: 'u64', order: 'ABCD' })).toBe(2000)
  })

  it('shows no time before its first row', () => {
    const twin = makeTwin({ ...quiet, device: device('tilt', 'p', 1, tilt), feed: feedOf(showing({})) })
    expect(twin.read('input', 0, 4)).toEqual(Uint16Array.of(0, 0, 0, 0))
  })

  it('lets the contact follow the coil, and tells of it when it becomes another', () => {
    const heard: [string, boolean][] = []
    const twin = makeTwin({
      ...quiet,
      device: device('siren', 'p', 20, relay),
      outputs: [siren],
      feed: feedOf(showing({})),
      onOutput: (name, on) => heard.push([name, on]),
    })
    expect(twin.write('coil', 2, Uint16Array.of(1))).toBe(0)
    expect(twin.read('discrete', 7, 1)).toEqual(Uint16Array.of(1))
    expect(twin.outputs()).toEqual(new Map([['siren', true]]))
    expect(twin.write('coil', 3, Uint16Array.of(1))).toBe(2)
    for (const on of [1, 1, 0, 0, 1]) twin.write('coil', 2, Uint16Array.of(on))
    expect(heard.map(([, on]) => on)).toEqual([true, false, true])
  })

  it('lets its relays go when nobody feeds its watchdog any more', async () => {
    const clock = virtualClock()
    const heard: string[] = []
    const dog = { register: 40, value: 6, afterMs: 6000, fedBy: 'write' } as const
    const twin = makeTwin({
      ...quiet,
      busClock: clock,
      device: device('siren', 'p', 20, { ...relay, watchdog: dog }),
      outputs: [siren],
      feed: feedOf(showing({})),
      onOutput: (name, on) => heard.push(`${clock.now()}: ${name} ${on ? 'on' : 'off'}`),
    })
    twin.write('holding', 40, Uint16Array.of(6))
    twin.write('coil', 2, Uint16Array.of(1))
    await clock.run(5000)
    twin.write('holding', 40, Uint16Array.of(6))
    await clock.run(20_000)
    expect(heard).toEqual(['0: siren on', '11000: siren off'])
    expect(twin.read('discrete', 7, 1)).toEqual(Uint16Array.of(0))
  })

  it('of a valve shuts at its relay, and is opened by nobody', () => {
    const valve = { action: 'release-close', feedback: { table: 'discrete', address: 9, closedWhen: true }, supply: null, pulseMs: 100, travelMs: 0 } as const
    const twin = makeTwin({ ...quiet, device: device('valve', 'p', 20, relay), outputs: [{ ...siren, name: 'valve', valve }], feed: feedOf(showing({})) })
    for (const on of [1, 0, 1]) twin.write('coil', 2, Uint16Array.of(on))
    expect(twin.read('discrete', 9, 1)).toEqual(Uint16Array.of(1))
    expect(twin.outputs()).toEqual(new Map([['valve', true]]))
  })

  it('clears a register that its manual says is cleared by reading', () => {
    const clearing = profile('test/clearing', [
      channel('tips', 'mm', place('holding', 0), { counting: { kind: 'increment', step: 0.2, wrap: null }, clearsOnRead: true }),
    ])
    const feed = feedOf(showing({ tips: 5 }))
    const twin = makeTwin({ ...quiet, device: device('rain', 'p', 1, clearing), feed })
    expect(twin.read('holding', 0, 1)).toEqual(Uint16Array.of(5))
    expect(twin.read('holding', 0, 1)).toEqual(Uint16Array.of(0))
    feed.showing = showing({ tips: 8 })
    expect(twin.read('holding', 0, 1)).toEqual(Uint16Array.of(3))
  })

  it('says once what its profile has no way to show', () => {
    const troubles: string[] = []
    const feed = feedOf(showing({ tips: 1, volts: null }))
    const twin = makeTwin({ ...quiet, device: device('rain', 'p', 1, gauge), feed, onTrouble: (trouble) => troubles.push(trouble) })
    twin.read('holding', 0, 1)
    feed.showing = showing({ tips: 2, volts: null })
    twin.read('holding', 0, 1)
    feed.showing = showing({ tips: 2, volts: null })
    twin.read('holding', 0, 1)
    expect(troubles).toEqual(['rain.volts: it has no code for "no value"'])
  })
})
