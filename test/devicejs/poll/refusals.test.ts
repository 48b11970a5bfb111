import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runBus } from '../../../devicejs/poll/acquire.ts'
import type { Profile } from '../../../devicejs/profile.ts'
import type { Block, DeviceHealth, Notes } from '../../../protocol/ports.ts'
import { reasonName } from '../../../protocol/quality.ts'
import { millis } from '../../../protocol/time.ts'
import { device, field, profileOf, stationClock } from '../field.ts'
import { virtualClock } from '../virtual.ts'

/** Eight values in a row, and one far away. */
const eight = profileOf(
  `channels:\n${Array.from({ length: 8 }, (_, k) => `  c${k}: { quantity: q, unit: m, read: { input: ${2 * k}, as: i32 } }\n`).join('')}  far: { quantity: q, unit: m, read: { input: 500 } }\n`,
)

interface Run {
  /** `second: address+count` */
  asked(): string[]
  told: string[]
  /** By channel: `time value`, or `time reason`. */
  rows: Map<number, string[]>
  health(): DeviceHealth
  until(ms: number): Promise<void>
}

const remembering = (): Notes & { held: Map<string, unknown> } => {
  const held = new Map<string, unknown>()
  return { held, read: (name) => held.get(name), keep: (name, value) => void held.set(name, JSON.parse(JSON.stringify(value))) }
}

/** `refuses`: exception 2 to a request that touches one of these, or another code for a request. */
function start(profile: Profile, refuses: (block: Block, at: number) => number | null, notes?: Notes, every = 1000): Run {
  const clock = virtualClock()
  const bus = field(clock)
  bus.show(1, profile, Object.fromEntries(profile.channels.map(({ name }) => [name, 5])))
  bus.fate = (block) => {
    const code = refuses(block, clock.now())
    return code === null ? null : { code }
  }
  const run = { told: [], rows: new Map() } as unknown as Run
  const running = runBus({
    name: 'slope',
    bus,
    busClock: clock,
    devices: [device('d', profile, { every: millis(every) })],
    clock: stationClock(clock),
    served: false,
    ...(notes && { notes }),
    deliver: (samples) => {
      for (const { channel, time, value, quality, reason } of samples) {
        const list = run.rows.get(channel) ?? []
        run.rows.set(channel, list)
        list.push(`${Math.round((time[0] as number) / 1000)} ${quality[0] === 1 ? value[0] : reasonName(reason[0] as number)}`)
      }
    },
    onLink: ({ link, detail }) => {
      if (link !== 'slope' && detail) run.told.push(detail)
    },
    stop: new AbortController().signal,
  })
  return Object.assign(run, {
    asked: () => bus.asked.map(({ address, count, at }) => `${Math.floor(at / 1000)}: ${address}+${count}`),
    health: () => running.devices().d as DeviceHealth,
    until: (ms: number) => clock.run(ms),
  })
}

const touches =
  (...gone: number[]) =>
  ({ address, count }: Block): number | null =>
    gone.some((register) => register >= address && register < address + count) ? 2 : null
const of = (run: Run, second: number): string[] =>
  run
    .asked()
    .filter((one) => one.startsWith(`${second}: `))
    .map((one) => one.split(': ')[1] as string)

describe('a block that a device refuses', () => {
  it('is halved until the register is found that it does not have; the others are read on', async () => {
    const run = start(eight, touches(6))
    await run.until(2900)
    expect(of(run, 0)).toEqual(['0+16', '500+1'])
    // At the second refusal it is taken apart, in the same poll; no value is torn.
    expect(of(run, 1)).toEqual(['0+16', '0+8', '0+4', '4+4', '4+2', '6+2', '8+8', '500+1'])
    expect(of(run, 2)).toEqual(['0+4', '4+2', '6+2', '8+8', '500+1'])
    await run.until(700_900)
    expect(of(run, 700)).toEqual(['0+4', '4+2', '8+8', '500+1'])
    expect(run.rows.get(0)?.slice(0, 3)).toEqual(['0 exception', '1 5', '2 5'])
    expect(new Set(run.rows.get(3)?.map((row) => row.split(' ')[1]))).toEqual(new Set(['exception']))
    expect(run.told).toEqual(['d (bus slope, unit 1): it does not have input 6 (c3), and is not asked for it any more'])
    expect(run.health()).toMatchObject({ retired: ['input 6'], exceptions: { 2: expect.any(Number) } })
  })

  it('since it is too long, is asked for in pieces, and nothing is given up', async () => {
    const run = start(eight, ({ count }) => (count > 6 ? 3 : null))
    await run.until(20_900)
    expect(of(run, 20)).toEqual(['0+4', '4+4', '8+4', '12+4', '500+1'])
    expect(run.health().retired).toEqual([])
    expect(run.rows.get(7)?.at(-1)).toBe('20 5')
  })

  it('for a moment only, is asked for whole again', async () => {
    const run = start(eight, (block, at) => (at < 900 ? touches(6)(block) : null))
    await run.until(5900)
    expect(of(run, 5)).toEqual(['0+16', '500+1'])
  })

  it('because the device refuses all, costs one search in five minutes, and gives nothing up', async () => {
    const run = start(eight, () => 2)
    await run.until(2_900_000)
    expect(of(run, 2800)).toEqual(['0+16', '500+1'])
    expect(run.asked().filter((one) => !/ (0\+16|500\+1)$/.test(one)).length).toBe(14 * 10)
    expect(run.health()).toMatchObject({ retired: [], backOff: null })
    expect(run.told).toEqual(['d (bus slope, unit 1): it refuses the registers of its profile; is it the right profile?'])
  })

  it('of a device with a clock stays whole: a value without its time is worth nothing', async () => {
    const text = 'clock: { input: 0, as: u64 }\nchannels: { a: { quantity: q, unit: m, read: { input: 4 } }, b: { quantity: q, unit: m, read: { input: 5 } } }'
    const run = start(profileOf(text), touches(5))
    await run.until(20_900)
    expect(new Set(run.asked().map((one) => one.split(': ')[1]))).toEqual(new Set(['0+6']))
    expect(run.health().retired).toEqual([])
  })

  it('of one job, while it answers another, does not make it silent', async () => {
    const clock = virtualClock()
    const bus = field(clock)
    bus.show(1, eight, Object.fromEntries(eight.channels.map(({ name }) => [name, 5])))
    bus.fate = ({ address }) => (address === 0 ? { code: 4 } : null)
    const links: string[] = []
    const channels = [
      { from: 'c0', channel: 0 },
      { from: 'far', channel: 8, every: millis(20_000) },
    ]
    runBus({
      ...{ name: 'slope', bus, busClock: clock, devices: [device('d', eight, { channels })], clock: stationClock(clock), served: false },
      ...{ deliver: () => {}, onLink: ({ link, up }) => void links.push(`${link} ${up}`), stop: new AbortController().signal },
    })
    await clock.run(300_000)
    expect(links).toEqual(['slope true', 'slope/d true'])
  })

  it('for another reason than its registers is not taken apart', async () => {
    const run = start(eight, ({ address }) => (address === 0 ? 4 : null))
    await run.until(20_900)
    expect(of(run, 20)).toEqual(['0+16', '500+1'])
  })
})

describe('whatever registers a device lacks', () => {
  /** Values that share no register: those that do stand or fall together. */
  const value = fc.record({ address: fc.integer({ min: 0, max: 20 }).map((half) => 2 * half), wide: fc.boolean() })
  const values = fc.uniqueArray(value, { selector: ({ address }) => address, minLength: 2, maxLength: 12 })
  const limits = fc.record({ maxHole: fc.integer({ min: 0, max: 5 }), maxWords: fc.integer({ min: 2, max: 20 }) })

  it('what can be read is read, and nothing else is asked for in the end', () =>
    fc.assert(
      fc.asyncProperty(values, limits, fc.uniqueArray(fc.integer({ min: 0, max: 42 }), { maxLength: 6 }), async (held, { maxHole, maxWords }, gone) => {
        const channels = held.map(({ address, wide }, k) => `  c${k}: { quantity: q, unit: m, read: { input: ${address}, as: ${wide ? 'u32' : 'u16'} } }\n`)
        const profile = profileOf(`line: { maxHole: ${maxHole}, maxWords: ${maxWords} }\nchannels:\n${channels.join('')}`)
        const run = start(profile, touches(...gone), undefined, 100_000)
        await run.until(990_000)
        const before = run.asked().length
        await run.until(1_990_000)
        const lacks = ({ address, wide }: { address: number; wide: boolean }): boolean => gone.includes(address) || (wide && gone.includes(address + 1))
        const last = held.map((_, k) => run.rows.get(k)?.at(-1)?.split(' ')[1])
        // Where it lacks all there is nothing to tell it from a wrong profile.
        if (held.every(lacks)) expect(new Set(last)).toEqual(new Set(['exception']))
        else {
          const blocks = run
            .asked()
            .slice(before)
            .map((one) => one.split(': ')[1]?.split('+').map(Number) as [number, number])
          for (const [address, count] of blocks) expect(gone.some((register) => register >= address && register < address + count)).toBe(false)
          for (const [k, one] of held.entries()) expect(last[k]).toBe(lacks(one) ? 'exception' : '5')
        }
      }),
      { numRuns: 200 },
    ))
})

describe('a register that reading clears', () => {
  const clearing = profileOf(
    'channels:\n  a: { quantity: q, unit: m, read: { input: 0 } }\n  b: { quantity: q, unit: m, read: { input: 1 } }\n  since: { quantity: rain, count: increment, step: 0.1 mm, clearsOnRead: yes, read: { input: 2 } }\n',
  )

  it('is read once a poll, also while others are taken apart', async () => {
    const run = start(clearing, touches(1))
    await run.until(9900)
    for (let second = 0; second < 10; second++) expect(of(run, second).filter((block) => block === '2+1')).toEqual(['2+1'])
    await run.until(610_000)
    expect(run.health().retired).toEqual(['input 1'])
  })
})

describe('a register that is not there', () => {
  it('is asked for again after an hour, once, and read where it is there now; it is not told twice that it was not', async () => {
    const hour = 3_600_000
    const run = start(eight, (block, at) => (at < 5.5 * hour ? touches(6)(block) : null), undefined, 300_000)
    await run.until(1.1 * hour)
    const asked = (): number => run.asked().filter((one) => one.endsWith(' 6+2')).length
    const before = asked()
    await run.until(4.9 * hour)
    expect(asked() - before).toBe(4)
    expect(run.told.length).toBe(1)
    expect(run.health().retired).toEqual(['input 6'])
    await run.until(6.6 * hour)
    expect(run.health().retired).toEqual([])
    expect(run.rows.get(3)?.at(-1)).toMatch(/ 5$/)
  })

  it('is the only one of a job: the job is not asked, its rows are missing, and the device is not called silent', async () => {
    const profile = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 90 } } }')
    const clock = virtualClock()
    const bus = field(clock)
    bus.show(1, profile, { a: 5 })
    bus.image(1).input.delete(90)
    const missing: number[] = []
    const one = device('d', profile, {
      channels: [
        { from: 'a', channel: 0 },
        { from: 'b', channel: 1, every: millis(5000) },
      ],
    })
    const links: string[] = []
    const running = runBus({
      ...{ name: 'slope', bus, busClock: clock, devices: [one], clock: stationClock(clock), served: false, stop: new AbortController().signal },
      deliver: (samples) => {
        for (const { channel, time, quality } of samples) if (channel === 1 && quality[0] === 9) missing.push(Math.round((time[0] as number) / 1000))
      },
      onLink: ({ link, up }) => void links.push(`${link} ${up}`),
    })
    await clock.run(660_500)
    expect(bus.asked.filter(({ address }) => address === 90).length).toBe(600 / 5 + 1)
    expect(missing).toEqual(Array.from({ length: 660 / 5 + 1 }, (_, k) => 5 * k))
    expect(running.devices().d?.retired).toEqual(['input 90'])
    expect(links).not.toContain('slope/d false')
  })

  it.each([
    ['a minute', 60_000],
    ['five minutes', 300_000],
  ])('while its instrument starts for %s is not given up for that', async (_, startsMs) => {
    const run = start(eight, (block, at) => (at < startsMs ? touches(6)(block) : null))
    await run.until(startsMs + 2900)
    expect(run.rows.get(3)?.at(-1)).toMatch(/ 5$/)
    expect(run.told).toEqual([])
  })

  it('is found soon after an instrument refused all while it started', async () => {
    const run = start(eight, (block, at) => (at < 60_000 ? 2 : touches(6)(block)))
    await run.until(310_900)
    expect(run.rows.get(0)?.at(-1)).toMatch(/ 5$/)
  })

  it('is tried once an hour at a station that is started each day, and read when it is there', async () => {
    const notes = remembering()
    const hour = 3_600_000
    await start(eight, touches(6), notes, 60_000).until(hour)
    for (let day = 0; day < 2; day++) {
      const run = start(eight, touches(6), notes, 60_000)
      await run.until(2.5 * hour)
      expect(run.asked().filter((one) => one.endsWith(' 6+2')).length).toBe(2)
      expect(run.told).toEqual([])
    }
    const run = start(eight, () => null, notes, 60_000)
    await run.until(1.1 * hour)
    expect(run.rows.get(3)?.at(-1)).toMatch(/ 5$/)
    expect((notes.held.get([...notes.held.keys()][0] as string) as { retired: string[] }).retired).toEqual([])
  })

  it('is remembered over a restart, with the halves', async () => {
    const notes = remembering()
    await start(eight, touches(6), notes).until(700_900)
    const run = start(eight, touches(6), notes)
    await run.until(2900)
    expect(of(run, 0)).toEqual(['0+4', '4+2', '8+8', '500+1'])
    expect(run.told).toEqual([])
    expect(run.health()).toMatchObject({ retired: ['input 6'], exceptions: {} })
  })

  it.each([[undefined], ['nonsense'], [{ cuts: 7, retired: [null, 'input 6'] }], [null]])('does not stumble over notes like %j', async (kept) => {
    const notes = { read: () => kept, keep: () => {} }
    const run = start(eight, () => null, notes)
    await run.until(2900)
    expect(run.rows.get(0)?.at(-1)).toBe('2 5')
  })

  it('of an instrument that was exchanged for another is asked for again', async () => {
    const marked = profileOf(
      'identity: [ { read: { holding: 0 }, equals: 7 } ]\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 9 } } }',
    )
    const clock = virtualClock()
    const bus = field(clock)
    bus.show(1, marked, { a: 5 })
    bus.image(1).input.delete(9)
    const running = runBus({
      ...{ name: 'slope', bus, busClock: clock, devices: [device('d', marked)], clock: stationClock(clock), served: false, stop: new AbortController().signal },
      deliver: () => {},
      onLink: () => {},
    })
    await clock.run(659_900)
    expect(running.devices().d?.retired).toEqual(['input 9'])
    // It is silent, another answers in its place, and then the right one with the register.
    bus.fate = () => 'timeout'
    await clock.run(665_000)
    bus.fate = () => null
    bus.image(1).holding.set(0, 8)
    await clock.run(750_000)
    bus.image(1).holding.set(0, 7)
    bus.image(1).input.set(9, 5)
    await clock.run(950_000)
    expect(running.devices().d).toMatchObject({ retired: [], backOff: null })
  })
})
