import { describe, expect, it } from 'vitest'
import { makeSight, type Watched } from '../../gateway/sight.ts'
import type { BusHealth, DeviceHealth } from '../../protocol/ports.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'

const WALL = Date.UTC(2026, 5, 1)
const moment = (at: number): Moment => ({ at: millis(at), wall: instant(WALL + at), wallQuality: 'synchronised' })

const bus = (change: Partial<BusHealth> = {}): BusHealth => ({
  ...{ open: true, requests: 10, answers: 10, faults: {}, late: 0, exceptions: {}, busyMs: 0, openings: 1, latencyMs: null, step: null, trouble: '' },
  ...change,
})
const device = (change: Partial<DeviceHealth> = {}): DeviceHealth => ({
  ...{
    polls: 5,
    answered: 5,
    missed: 0,
    skipped: 0,
    requests: 5,
    answers: 5,
    faults: {},
    exceptions: {},
    latencyMs: { p50: 12.34, p99: 40 },
    backOff: null,
    retired: [],
  },
  ...change,
})

/** A line `slope` with a device `tilt` on it, whose counters a test sets. */
function rig() {
  const world = { now: 0, bus: bus(), tilt: device() }
  const line: Watched = { name: 'slope', health: () => world.bus, devices: () => ({ tilt: world.tilt }) }
  const sight = makeSight([line], () => world.now)
  const see = () => sight.buses(moment(world.now))[0]!
  return { world, sight, see, tilt: () => see().devices[0]! }
}

describe('utilisation', () => {
  it('is not told before the line was watched for a while', () => {
    const { sight, see, world } = rig()
    expect(see().utilisation).toBeNull()
    sight.mark(moment(0))
    world.now = 1000
    expect(see().utilisation).toBeNull()
  })

  it('is the busy share of the last minute, and forgets what was before', () => {
    const { sight, see, world } = rig()
    const busy: [from: number, to: number, share: number][] = [
      [0, 60_000, 0.5],
      [60_000, 120_000, 0.1],
      [120_000, 180_000, 0.95],
    ]
    const told: (number | null)[] = []
    for (const [from, to, share] of busy) {
      for (world.now = from; world.now < to; world.now += 5000) {
        sight.mark(moment(world.now))
        world.bus = bus({ busyMs: world.bus.busyMs + share * 5000 })
      }
      told.push(see().utilisation)
    }
    expect(told).toEqual([50, 10, 95])
  })

  it('is that of the line’s own clock where station time runs faster', () => {
    const { sight, world } = rig()
    for (let at = 0; at <= 60_000; at += 5000) {
      world.now = at / 100
      world.bus = bus({ busyMs: at / 400 })
      sight.mark(moment(at))
    }
    expect(sight.buses(moment(60_000))[0]?.utilisation).toBe(25)
  })
})

describe('a device', () => {
  it('is silent since its link went down, and no more when it is back', () => {
    const { sight, tilt, world } = rig()
    expect(tilt().lostSince).toBeNull()
    world.tilt = device({ missed: 2, backOff: { misses: 2, nextMs: 20_000 } })
    world.now = 7000
    expect(sight.link({ link: 'slope/tilt', up: false, detail: 'no answer' }, millis(7000))).toBe(true)
    world.now = 9000
    expect(tilt()).toMatchObject({ lostSince: WALL + 7000, backOff: { misses: 2, nextMs: 20_000 } })
    world.tilt = device()
    expect(sight.link({ link: 'slope/tilt', up: true, detail: '' }, millis(9000))).toBe(true)
    expect(tilt().lostSince).toBeNull()
  })

  it('that was lost with its whole line is silent, too', () => {
    const { tilt, world } = rig()
    world.now = 3000
    world.tilt = device({ backOff: { misses: 2, nextMs: 5000 } })
    tilt()
    world.now = 4000
    expect(tilt().lostSince).toBe(WALL + 3000)
    world.tilt = device()
    expect(tilt().lostSince).toBeNull()
  })

  it('on a line that is down gives no values, either', () => {
    const { tilt, world } = rig()
    world.now = 3000
    world.bus = bus({ open: false, trouble: 'unplugged' })
    tilt()
    world.now = 4000
    expect(tilt()).toMatchObject({ lostSince: WALL + 3000, backOff: null })
    world.bus = bus()
    expect(tilt().lostSince).toBeNull()
    Object.assign(world, { bus: bus({ open: false }), tilt: device({ polls: 0, answered: 0 }) })
    expect(tilt().lostSince).toBeNull()
  })

  it('has latencies to a tenth of a millisecond, and none before its first answer', () => {
    const { tilt, world } = rig()
    expect(tilt().latencyMs).toEqual({ p50: 12.3, p99: 40 })
    world.tilt = device({ latencyMs: null })
    expect(tilt().latencyMs).toBeNull()
  })
})

describe('a bus', () => {
  it('is down before it was used, and says so', () => {
    const { see, world } = rig()
    world.bus = bus({ open: false, requests: 0, answers: 0, openings: 0 })
    expect(see()).toMatchObject({ state: 'down', detail: 'not used yet' })
    world.bus = bus({ open: false, trouble: '/dev/ttyUSB0 is not there' })
    expect(see()).toMatchObject({ state: 'down', detail: '/dev/ttyUSB0 is not there' })
  })

  it('that is overloaded or damaged says why, until its link tells of no trouble', () => {
    const { sight, see } = rig()
    expect(sight.link({ link: 'slope', up: true, detail: '' }, millis(0))).toBe(false)
    expect(sight.link({ link: 'slope', up: true, detail: 'it needs 130 % of its time', trouble: 'overload' }, millis(1))).toBe(true)
    expect(see()).toMatchObject({ state: 'overload', detail: 'it needs 130 % of its time' })
    expect(sight.link({ link: 'slope', up: true, detail: '' }, millis(2))).toBe(true)
    expect(see()).toMatchObject({ state: 'up', detail: '' })
  })

  it('leaves out the faults that never happened', () => {
    const { see, world } = rig()
    world.bus = bus({ faults: { timeout: 2, checksum: 0 }, exceptions: { 2: 3 } })
    expect(see()).toMatchObject({ faults: { timeout: 2 }, exceptions: { '2': 3 } })
  })
})

describe('news', () => {
  it.each<[string, Partial<BusHealth>]>([
    ['a timeout', { faults: { timeout: 1 } }],
    ['a late answer', { late: 1 }],
    ['a line out of step', { step: { inStep: true, lost: 1, probes: 0, probesAnswered: 0, silences: 1, lostMs: 9, worstLateMs: 0 } }],
  ])('is %s that comes for the first time, and not the second', (_, change) => {
    const { sight, world } = rig()
    expect(sight.mark(moment(0))).toBe(false)
    world.bus = bus(change)
    expect([sight.mark(moment(5000)), sight.mark(moment(10_000))]).toEqual([true, false])
  })

  it('is not that a device came up at the start, nor what an uplink does', () => {
    const { sight } = rig()
    expect(sight.link({ link: 'slope/tilt', up: true, detail: '' }, millis(0))).toBe(false)
    expect(sight.link({ link: 'slope/tilt', up: true, detail: 'it says: door open' }, millis(0))).toBe(false)
    expect(sight.link({ link: 'county', up: false, detail: 'refused' }, millis(0))).toBe(false)
  })

  it('is that a device was never heard', () => {
    const { sight } = rig()
    expect(sight.link({ link: 'slope/tilt', up: false, detail: 'no answer' }, millis(0))).toBe(true)
  })
})
