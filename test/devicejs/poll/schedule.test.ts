import { describe, expect, it } from 'vitest'
import { type BusRun, type RunningBus, runBus } from '../../../devicejs/poll/acquire.ts'
import { watchDamage } from '../../../devicejs/poll/damage.ts'
import { jobsOf } from '../../../devicejs/poll/jobs.ts'
import { makeSilenceBudget, pauseMs } from '../../../devicejs/poll/silence.ts'
import { watchWrites } from '../../../devicejs/poll/writes.ts'
import type { PolledDevice } from '../../../devicejs/profile.ts'
import type { LinkChange } from '../../../protocol/recording.ts'
import { millis } from '../../../protocol/time.ts'
import { device, type Field, field, profileOf, stationClock } from '../field.ts'
import { type VirtualClock, virtualClock } from '../virtual.ts'

const level = profileOf('channels: { level: { quantity: level, unit: m, read: { input: 0 } } }')
const speaking = profileOf(
  'driver: frames\ntalk: { period: 10s, start: "=", end: "\\n", text: yes, separator: ";", example: "=1\\n" }\nchannels: { level: { quantity: level, unit: m, read: { field: 1 } } }',
)
const pair = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 9 } } }')

interface Run {
  clock: VirtualClock
  bus: Field
  running: RunningBus
  links: LinkChange[]
  /** `channel time`, of good rows and of missing ones. */
  good: string[]
  missing: string[]
  asked(unit: number): number
}

/** Channels are numbered by unit: unit 3 has the channels 30 and 31. */
const at = (unit: number, more: Partial<PolledDevice> = {}): PolledDevice => {
  const { profile = level } = more
  return device(`d${unit}`, profile, { unit, channels: profile.channels.map(({ name: from }, k) => ({ from, channel: 10 * unit + k })), ...more })
}

function start(devices: PolledDevice[], fate: Field['fate'] = () => null, more: (bus: Field, clock: VirtualClock) => Partial<BusRun> = () => ({})): Run {
  const clock = virtualClock()
  const bus = field(clock)
  for (const { unit, profile } of devices) bus.show(unit, profile, Object.fromEntries(profile.channels.map(({ name }) => [name, 5])))
  bus.fate = fate
  const asked = (unit: number): number => bus.asked.filter((one) => one.unit === unit).length
  const run = { clock, bus, links: [], good: [], missing: [], asked } as unknown as Run
  run.running = runBus({
    name: 'slope',
    bus,
    busClock: clock,
    devices,
    clock: stationClock(clock),
    served: false,
    deliver: (samples) => {
      for (const { channel, time, quality } of samples) run[quality[0] === 1 ? 'good' : 'missing'].push(`${channel} ${time[0]}`)
    },
    onLink: (link) => run.links.push(link),
    stop: new AbortController().signal,
    ...more(bus, clock),
  })
  return run
}

describe('the jobs of a device', () => {
  const wanted = [
    { from: 'a', channel: 0 },
    { from: 'b', channel: 1, every: millis(60_000), urgent: true },
  ]

  it('are its channels by their periods, the shortest first', () => {
    expect(jobsOf(device('d', pair, { channels: wanted })).map(({ every, urgent, channels }) => [every, urgent, channels.map(({ from }) => from)])).toEqual([
      [1000, false, ['a']],
      [60_000, true, ['b']],
    ])
  })

  it.each([
    ['a clock', 'clock: { input: 0, as: u64 }\nchannels: { a: { quantity: q, unit: m, read: { input: 4 } }, b: { quantity: q, unit: m, read: { input: 5 } } }'],
    [
      'a trigger',
      'trigger: { coil: 0, wait: 1s }\nchannels: { a: { quantity: q, unit: m, read: { input: 4 } }, b: { quantity: q, unit: m, read: { input: 5 } } }',
    ],
  ])('are one where it has %s', (_, profile) => {
    expect(jobsOf(device('d', profileOf(profile), { channels: wanted })).map(({ every, channels }) => [every, channels.length])).toEqual([[1000, 2]])
  })
})

describe('periods of their own', () => {
  it('make each channel come at its own pace, and its registers be asked for no more often', async () => {
    const slow = {
      channels: [
        { from: 'a', channel: 0 },
        { from: 'b', channel: 1, every: millis(10_000) },
      ],
    }
    const run = start([at(1, { profile: pair, ...slow })])
    await run.clock.run(29_500)
    expect(run.good.filter((row) => row.startsWith('0 ')).length).toBe(30)
    expect(run.good.filter((row) => row.startsWith('1 '))).toEqual(['1 30', '1 10030', '1 20030'])
    expect(run.bus.asked.filter(({ address }) => address === 9).length).toBe(3)
  })

  it('of a device that comes back do not keep what was missed until it is due again', async () => {
    const slow = {
      channels: [
        { from: 'a', channel: 0 },
        { from: 'b', channel: 1, every: millis(600_000) },
      ],
    }
    const run = start([at(1, { profile: pair, ...slow })], (_, number) => (number < 8 ? 'timeout' : null))
    await run.clock.run(100_000)
    const [first] = run.good.filter((row) => row.startsWith('1 '))
    expect(Number(first?.split(' ')[1])).toBeLessThan(40_000)
  })

  it('keep a total right over a restart that only the other job saw', async () => {
    const gauge = profileOf(
      'uptime: { input: 1 }\nchannels: { tips: { quantity: rain, count: total, step: 0.2 mm, read: { input: 0 } }, a: { quantity: q, unit: m, read: { input: 5 } } }',
    )
    const values: number[] = []
    const channels = [
      { from: 'a', channel: 1 },
      { from: 'tips', channel: 0, every: millis(10_000) },
    ]
    const run = start(
      [at(1, { profile: gauge, channels })],
      () => null,
      (bus, clock) => ({
        deliver: (samples) => {
          for (const { channel, value } of samples) if (channel === 0) values.push(value[0] as number)
          if (clock.now() < 1000) return
          const restarted = clock.now() > 12_000
          // At 20 s it shows a longer uptime than at 10 s: only the fast job has seen it fall.
          bus.show(1, gauge, { tips: restarted ? 3 : 100, a: 5 }, { uptime: Math.round(restarted ? 18 + clock.now() / 1000 : 20 + clock.now() / 1000) })
          if (clock.now() > 12_000 && clock.now() < 13_500) bus.show(1, gauge, { tips: 3, a: 5 }, { uptime: 0 })
        },
      }),
    )
    run.bus.show(1, gauge, { tips: 90, a: 5 }, { uptime: 20 })
    await run.clock.run(25_000)
    expect(values).toEqual([90, 100, 103])
    expect(run.links.filter(({ detail }) => detail.includes('started again')).length).toBe(1)
  })
})

describe('on a line that is short of time', () => {
  const urgent = (unit: number, every: number): PolledDevice =>
    at(unit, { every: millis(every), channels: [{ from: 'level', channel: 10 * unit, urgent: true }] })

  it('what alarms hang on is read on time', async () => {
    // 10 devices of 20 ms each 100 ms: twice what the line can carry; the one that matters needs a fifth of it.
    const run = start([...Array.from({ length: 9 }, (_, k) => at(k + 1, { every: millis(100) })), urgent(10, 100)])
    await run.clock.run(10_000)
    expect(run.asked(10)).toBeGreaterThanOrEqual(99)
  })

  it('the rest is read all the same, though what alarms hang on takes all of it', async () => {
    const run = start([at(1, { every: millis(1000) }), ...[2, 3, 4].map((unit) => urgent(unit, 40))])
    await run.clock.run(10_000)
    const times = run.bus.asked.filter(({ unit }) => unit === 1).map(({ at }) => at)
    expect(times.length).toBeGreaterThanOrEqual(8)
    // Late by at most three polls of the others, behind the end of its period.
    for (const [k, time] of times.slice(1).entries()) expect(time - (times[k] as number)).toBeLessThan(1000 + 1000 + 5 * 20)
  })

  it('the overload is the bus’s trouble, with figures, and ends when the line has time again', async () => {
    const run = start([1, 2, 3].map((unit) => at(unit, { every: millis(40) })))
    await run.clock.run(30_000)
    const told = run.links.filter(({ trouble }) => trouble === 'overload')
    expect(told.map(({ link, up }) => `${link} ${up}`)).toEqual(['slope true'])
    expect(told[0]?.detail).toMatch(/^bus slope: its polls need 150 % of its time, and \d+ of \d+ periods were left out/)
    // The line is set to a higher baud: an answer takes 5 ms in place of 20.
    run.bus.read = async () => {
      await run.clock.wait(5)
      return { ok: true, words: Uint16Array.of(5) }
    }
    await run.clock.run(200_000)
    const last = run.links.filter(({ link }) => link === 'slope').at(-1)
    expect(last).toMatchObject({ link: 'slope', up: true })
    expect(last?.trouble).toBeUndefined()
  })

  it('a single stall is no overload', async () => {
    const run = start(
      [1, 2, 3].map((unit) => at(unit)),
      (_, number) => (number === 50 ? 'timeout' : null),
    )
    await run.clock.run(120_000)
    expect(run.links.filter(({ trouble }) => trouble)).toEqual([])
  })
})

describe('silent devices', () => {
  const sixteen = (): PolledDevice[] => Array.from({ length: 16 }, (_, k) => at(k + 1, { every: millis(2000) }))
  const dead = ({ unit }: { unit: number }): 'timeout' | null => (unit > 11 ? 'timeout' : null)

  it('five of sixteen, cost at most a tenth of the line after the first minute', async () => {
    const run = start(sixteen(), dead)
    await run.clock.run(60_000)
    const before = run.bus.asked.filter(dead).length
    await run.clock.run(660_000)
    const shareOfLine = ((run.bus.asked.filter(dead).length - before) * 300) / 600_000
    expect(shareOfLine).toBeLessThanOrEqual(0.1)
  })

  it('are asked in turn, none forgotten, and each is back within the time that is told', async () => {
    const run = start(sixteen(), dead)
    await run.clock.run(300_000)
    const silent = Object.entries(run.running.devices()).filter(([, { backOff }]) => backOff)
    expect(silent.map(([name]) => name)).toEqual(['d12', 'd13', 'd14', 'd15', 'd16'])
    run.bus.fate = () => null
    await run.clock.run(300_000 + Math.max(...silent.map(([, { backOff }]) => backOff?.nextMs ?? 0)))
    expect(Object.values(run.running.devices()).filter(({ backOff }) => backOff)).toEqual([])
  })

  it('forty of fifty, cost no more either, and all have their turn', async () => {
    const fate: Field['fate'] = ({ unit }) => (unit > 10 ? 'timeout' : null)
    const run = start(
      Array.from({ length: 50 }, (_, k) => at(k + 1, { every: millis(2000) })),
      fate,
    )
    await run.clock.run(120_000)
    const before = run.bus.asked.length
    await run.clock.run(1_320_000)
    const asked = run.bus.asked.slice(before).filter(({ unit }) => unit > 10)
    expect((asked.length * 300) / 1_200_000).toBeLessThanOrEqual(0.1)
    expect(new Set(asked.map(({ unit }) => unit)).size).toBe(40)
  })

  it.each([
    ['ten of thirty', 20],
    ['all but five', 5],
  ])('%s, with long timeouts and many retries, cost a tenth at most after two minutes, the first of which they die in', async (_, live) => {
    const run = start(Array.from({ length: 30 }, (__, k) => at(k + 1, { every: millis(5000), timeoutMs: 2000, retries: 5 })))
    await run.clock.run(61_000)
    run.bus.fate = ({ unit }) => (unit > live ? 'timeout' : null)
    await run.clock.run(live > 15 ? 121_000 : 181_000)
    const before = run.bus.asked.length
    await run.clock.run(1_381_000)
    const asked = run.bus.asked.slice(before).filter(({ unit }) => unit > live).length
    expect((asked * 2000) / (1_381_000 - (live > 15 ? 121_000 : 181_000))).toBeLessThanOrEqual(0.1)
  })

  it('do not go before one that missed a single poll, nor cost more for it', async () => {
    let missed = 0
    const dead = Array.from({ length: 20 }, (_, k) => at(k + 2, { every: millis(2000), timeoutMs: 2000 }))
    const run = start([at(1, { every: millis(2000), retries: 0 }), ...dead], ({ unit }) =>
      unit > 1 || (run.asked(1) > 100 && run.asked(1) % 50 === 0 && ++missed > 0) ? 'timeout' : null,
    )
    await run.clock.run(3_600_000)
    const times = run.good.map((row) => Number(row.split(' ')[1])).filter((time) => time > 300_000)
    expect(missed).toBeGreaterThan(20)
    expect(Math.max(...times.slice(1).map((time, k) => time - (times[k] as number)))).toBeLessThanOrEqual(6100)
    const asked = run.bus.asked.filter(({ unit, at }) => unit > 1 && at > 300_000)
    expect((asked.length * 2000) / 3_300_000).toBeLessThanOrEqual(0.1)
  })

  it.each([5000, 6000])('of which one has a timeout of %d ms do not keep that one from being asked', async (timeoutMs) => {
    const short = Array.from({ length: 20 }, (_, k) => at(k + 2, { every: millis(2000) }))
    const run = start([at(1, { every: millis(2000) }), ...short, at(30, { every: millis(2000), timeoutMs })], ({ unit }) => (unit > 1 ? 'timeout' : null))
    await run.clock.run(1_200_000)
    const from = run.clock.now()
    const toldMs = Math.max(...Object.values(run.running.devices()).map(({ backOff }) => backOff?.nextMs ?? 0))
    run.bus.fate = ({ unit }) => (unit > 1 && unit < 30 ? 'timeout' : null)
    await run.clock.run(from + 2 * toldMs)
    expect(run.good.find((row) => row.startsWith('300 '))).toBeDefined()
  })

  it('are skipped for whole periods: one that falls due at this very moment is not asked for it', async () => {
    const run = start([at(1), at(2, { timeoutMs: 980, retries: 0 })], ({ unit }) => (unit === 2 ? 'timeout' : null))
    await run.clock.run(60_000)
    const before = run.asked(2)
    await run.clock.run(660_000)
    expect(((run.asked(2) - before) * 980) / 600_000).toBeLessThanOrEqual(0.1)
  })

  it('wait no longer than their own pauses where nobody else is there to be held up', async () => {
    const run = start(
      [1, 2].map((unit) => at(unit)),
      () => 'timeout',
    )
    await run.clock.run(600_000)
    for (const unit of [1, 2]) expect(run.asked(unit)).toBeGreaterThan(12)
  })

  it('are charged for the silence that the line keeps after them', async () => {
    const run = start(
      [at(1), at(2)],
      () => null,
      (bus, clock) => ({
        bus: {
          ...bus,
          read: async (block, timeoutMs) => {
            // Unit 2 is dead, and after it the line is out of step for two seconds, which unit 1 waits for.
            if (block.unit === 1 && bus.asked.at(-1)?.unit === 2) await clock.wait(2000)
            const reply = await bus.read(block, timeoutMs)
            return block.unit === 2 ? { ok: false, fault: 'timeout' } : { ...reply, tookMs: 20 }
          },
        },
      }),
    )
    await run.clock.run(60_000)
    const before = run.asked(2)
    await run.clock.run(660_000)
    expect(((run.asked(2) - before) * 2020) / 600_000).toBeLessThanOrEqual(0.1)
  })

  it('have a budget that refuses what does not fit into the minute, and one long try when its turn has come', () => {
    const budget = makeSilenceBudget()
    budget.spend(millis(0), 5000)
    expect([budget.allows(millis(10), 600), budget.allows(millis(10), 400), budget.allows(millis(60_000), 600)]).toEqual([false, true, true])
    const slow = makeSilenceBudget()
    expect(slow.allows(millis(0), 10_000)).toBe(true)
    slow.spend(millis(0), 10_000)
    expect([slow.allows(millis(61_000), 10_000), slow.allows(millis(120_000), 10_000)]).toEqual([false, true])
  })

  it('that are polled by the hour are not asked more often than that', () => {
    expect(pauseMs(millis(3_600_000), 5, 2)).toBeGreaterThan(1_000_000)
  })
})

describe('many devices lost together', () => {
  const five = (): PolledDevice[] => [1, 2, 3, 4, 5].map((unit) => at(unit, { every: millis(2000), retries: 0 }))
  const deviceLinks = ({ links }: Run): string[] => links.filter(({ link, detail }) => link !== 'slope' && detail !== '').map(({ link, up }) => `${link} ${up}`)
  const busLinks = ({ links }: Run): string[] => links.filter(({ link }) => link === 'slope').map(({ up, trouble }) => `${up} ${trouble ?? 'well'}`)

  it('are one trouble of the bus, not many of devices, and it ends when they return', async () => {
    const run = start(five(), () => null)
    await run.clock.run(21_050)
    run.bus.fate = () => 'timeout'
    await run.clock.run(60_000)
    expect(busLinks(run)).toEqual(['true well', 'true damaged'])
    expect(deviceLinks(run)).toEqual([])
    expect(run.links.at(-1)?.detail).toMatch(/bus slope: [45] of its [45] devices fell silent within \d+ s of each other: lightning, a cut cable/)
    run.bus.fate = () => null
    await run.clock.run(200_000)
    expect(busLinks(run)).toEqual(['true well', 'true damaged', 'true well'])
    expect(deviceLinks(run)).toEqual([])
  })

  it('come back together: the first answer has all of them asked', async () => {
    const run = start(five(), () => null)
    await run.clock.run(21_050)
    run.bus.fate = () => 'timeout'
    await run.clock.run(600_000)
    run.bus.fate = () => null
    const from = run.good.length
    await run.clock.run(700_000)
    const first = [1, 2, 3, 4, 5].map((unit) =>
      Number(
        run.good
          .slice(from)
          .find((row) => row.startsWith(`${unit}0 `))
          ?.split(' ')[1],
      ),
    )
    expect(Math.max(...first) - Math.min(...first)).toBeLessThan(2000)
  })

  it('leave what goes on before the cut to itself', async () => {
    const run = start(five(), () => null)
    await run.clock.run(21_050)
    run.bus.fate = ({ unit }) => (unit > 1 ? 'timeout' : null)
    await run.clock.run(60_000)
    expect(busLinks(run)).toEqual(['true well', 'true damaged'])
    run.bus.fate = ({ unit }) => (unit === 5 ? 'timeout' : null)
    await run.clock.run(200_000)
    expect(busLinks(run)).toEqual(['true well', 'true damaged', 'true well'])
    expect(deviceLinks(run)).toEqual(['slope/d5 false'])
  })

  it.each([
    ['one of five', [5]],
    ['two of five', [4, 5]],
    ['half of them', [4, 5, 3]],
  ])('%s is a matter of the devices', async (_, gone) => {
    const run = start([...five(), at(6, { every: millis(2000), retries: 0 })], () => null)
    await run.clock.run(21_050)
    run.bus.fate = ({ unit }) => (gone.includes(unit) ? 'timeout' : null)
    await run.clock.run(60_000)
    expect(busLinks(run)).toEqual(['true well'])
    expect(deviceLinks(run).toSorted()).toEqual(gone.map((unit) => `slope/d${unit} false`).toSorted())
  })

  it('one after the other, minutes apart, are matters of the devices too', async () => {
    const run = start(five(), () => null)
    await run.clock.run(21_050)
    run.bus.fate = ({ unit }) => (run.clock.now() > 21_050 + 60_000 * unit ? 'timeout' : null)
    await run.clock.run(400_000)
    expect(deviceLinks(run)).toEqual([1, 2, 3, 4, 5].map((unit) => `slope/d${unit} false`))
    expect(busLinks(run)).toEqual(['true well'])
  })

  it('are told by their own periods: one that is polled by the hour and long dead does not make an hour one moment', () => {
    const names = ['a', 'b', 'c', 'd']
    const damage = watchDamage([{ name: 'hourly', every: millis(3_600_000) }, ...names.map((name) => ({ name, every: millis(10_000) }))])
    for (const name of ['hourly', ...names]) damage.heard(name, millis(0))
    damage.lost('hourly', millis(1))
    const told = ['a', 'b', 'c'].flatMap((name, k) => {
      const now = 1_000_000_000 + 2_400_000 * k
      damage.lost(name, millis(now))
      for (const other of names.slice(k + 1)) damage.heard(other, millis(now + 1))
      return [damage.judge(millis(now + 30_000))]
    })
    expect(told.map(({ damaged }) => damaged)).toEqual([null, null, null])
    expect(told.map(({ lost }) => lost.at(-1))).toEqual(['a', 'b', 'c'])
  })

  it('may be one only: it is told after two of its periods, though the others are polled by the hour', async () => {
    const run = start([at(1, { every: millis(2000), retries: 0 }), ...[2, 3, 4].map((unit) => at(unit, { every: millis(3_600_000) }))], () => null)
    await run.clock.run(21_050)
    run.bus.fate = ({ unit }) => (unit === 1 ? 'timeout' : null)
    await run.clock.run(60_000)
    expect(deviceLinks(run)).toEqual(['slope/d1 false'])
  })

  it('from the very start are told as one as well', async () => {
    const run = start(five(), () => 'timeout')
    await run.clock.run(30_000)
    expect(deviceLinks(run)).toEqual([])
    expect(busLinks(run)).toEqual(['true well', 'true damaged'])
  })
})

describe('what a device is told by others', () => {
  it('leaves it the time that it needs after a write, while the rest of the line goes on', async () => {
    const relay = profileOf('line: { afterWrite: 500ms }\nchannels: { level: { quantity: level, unit: m, read: { input: 0 } } }')
    let writes: ReturnType<typeof watchWrites>
    const run = start(
      [at(1, { profile: relay, every: millis(100) }), at(2, { every: millis(100) })],
      () => null,
      (bus, clock) => {
        writes = watchWrites(bus, clock)
        bus.image(1).coil.set(0, 0)
        clock.after(1010, () => void writes.write({ unit: 1, table: 'coil', address: 0, count: 1 }, Uint16Array.of(1), 300, { urgent: true }))
        return { bus: writes }
      },
    )
    await run.clock.run(3000)
    const read = (unit: number): number[] => run.bus.asked.filter((one) => one.unit === unit && one.words === undefined && one.at > 1030).map(({ at }) => at)
    expect(read(1)[0]).toBeGreaterThanOrEqual(1530)
    expect(read(2).filter((at) => at < 1530).length).toBeGreaterThanOrEqual(4)
  })

  it('measures without holding the line: others are read while it waits', async () => {
    const slow = profileOf('trigger: { holding: 0x118, value: 1, wait: 900ms }\nchannels: { level: { quantity: level, unit: m, read: { input: 0 } } }')
    const run = start(
      [at(1, { profile: slow, every: millis(2000) }), at(2, { every: millis(100) })],
      () => null,
      (bus) => {
        bus.image(1).holding.set(0x118, 0)
        return {}
      },
    )
    await run.clock.run(9950)
    expect(run.good.filter((row) => row.startsWith('10 ')).length).toBe(5)
    expect(run.asked(2)).toBeGreaterThanOrEqual(98)
  })

  it('with all the others at once is read when its turn has come', async () => {
    const text =
      'trigger: { holding: 0x118, value: 1, wait: 200ms, broadcast: yes, stagger: 50ms }\nchannels: { level: { quantity: level, unit: m, read: { input: 0 } } }'
    const run = start(
      [1, 2, 3].map((unit) => at(unit, { profile: profileOf(text), every: millis(2000) })),
      ({ unit }) => (unit === 0 ? 'timeout' : null),
    )
    await run.clock.run(9900)
    const told = run.bus.asked.filter(({ unit }) => unit === 0)
    // At first each is told on its own: who has not answered yet may not have heard.
    expect(told.slice(3).map(({ at }) => Math.round(at / 1000))).toEqual([2, 4, 6, 8])
    expect(
      run.bus.asked
        .filter(({ unit, at }) => unit > 0 && at > 1900 && at < 3900)
        .map(({ unit, at }) => [unit, at - (told[3]?.at ?? 0) >= 100 + 200 + 50 * unit]),
    ).toEqual([
      [1, true],
      [2, true],
      [3, true],
    ])
    expect(run.missing).toEqual([])
    expect(run.good.length).toBe(15)
  })
})

describe('a reading that is wanted again', () => {
  const slow = { every: millis(60_000) }
  /** When a unit was asked. */
  const times = (run: Run, unit: number): number[] => run.bus.asked.filter((one) => one.unit === unit).map(({ at }) => at)

  it('comes half a second after the first, and the next period begins with it', async () => {
    const run = start([at(1, slow)])
    await run.clock.run(60_100)
    run.running.again([10])
    await run.clock.run(125_000)
    expect(times(run, 1)).toEqual([0, 60_000, 60_500, 120_500])
    expect(run.good).toEqual(['10 10', '10 60010', '10 60510', '10 120510'])
  })

  it('is wanted while the first is being delivered, too', async () => {
    let running: RunningBus | undefined
    const run = start(
      [at(1, slow)],
      () => null,
      () => ({ deliver: ([samples]) => samples?.channel === 10 && running?.again([10]) }),
    )
    running = run.running
    await run.clock.run(1000)
    expect(times(run, 1)).toEqual([0, 500])
  })

  it('is read once a period at most, however often it is wanted', async () => {
    let running: RunningBus | undefined
    const run = start(
      [at(1, { every: millis(10_000) })],
      () => null,
      () => ({ deliver: () => running?.again([10]) }),
    )
    running = run.running
    await run.clock.run(32_000)
    expect(times(run, 1)).toEqual([0, 500, 10_500, 11_000, 21_000, 21_500, 31_500, 32_000])
  })

  it('takes the job of its channel along, and no other job, device or channel', async () => {
    const channels = [
      { from: 'a', channel: 10 },
      { from: 'b', channel: 11, every: millis(120_000) },
    ]
    const run = start([at(1, { ...slow, profile: pair, channels }), at(2, slow)])
    await run.clock.run(1000)
    run.running.again([11, 99])
    await run.clock.run(3000)
    expect(run.bus.asked.filter(({ at: time }) => time >= 1000).map(({ unit, address }) => [unit, address])).toEqual([[1, 9]])
  })

  it('takes its turn: who is due sooner is not late for it', async () => {
    const others = [2, 3, 4].map((unit) => at(unit, { every: millis(100) }))
    const run = start([at(1, slow), ...others])
    await run.clock.run(1050)
    run.running.again([10])
    await run.clock.run(5000)
    expect(times(run, 1)).toHaveLength(2)
    for (const { unit } of others) {
      const asked = times(run, unit)
      expect(Math.max(...asked.slice(1).map((time, k) => time - (asked[k] as number)))).toBeLessThanOrEqual(140)
    }
  })

  it.each<[string, Partial<PolledDevice>, Field['fate']]>([
    ['is silent', { timeoutMs: 100, retries: 0 }, ({ unit }) => (unit === 1 ? 'timeout' : null)],
    ['speaks by itself', { profile: speaking }, () => null],
  ])('is not asked of a device that %s', async (_, more, fate) => {
    const run = start([at(1, { every: millis(10_000), ...more }), at(2, slow)], fate)
    await run.clock.run(35_000)
    const before = [times(run, 1).length, run.missing.length]
    run.running.again([10])
    await run.clock.run(36_500)
    expect([times(run, 1).length, run.missing.length]).toEqual(before)
  })

  it('leaves the periods as they are where the next one comes sooner', async () => {
    const run = start([at(1, { every: millis(200) })])
    await run.clock.run(250)
    run.running.again([10])
    await run.clock.run(1100)
    expect(times(run, 1)).toEqual([0, 200, 400, 600, 800, 1000])
  })
})
