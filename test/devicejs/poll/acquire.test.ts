import { describe, expect, it } from 'vitest'
import { type BusRun, type RunningBus, runBus } from '../../../devicejs/poll/acquire.ts'
import type { PolledDevice } from '../../../devicejs/profile.ts'
import type { Reply } from '../../../protocol/ports.ts'
import { qualityName, reasonName } from '../../../protocol/quality.ts'
import type { LinkChange } from '../../../protocol/recording.ts'
import type { Samples } from '../../../protocol/samples.ts'
import { millis } from '../../../protocol/time.ts'
import { device, type Field, field, profileOf, stationClock } from '../field.ts'
import { type VirtualClock, virtualClock } from '../virtual.ts'

const level = profileOf('channels: { level: { quantity: level, unit: m, read: { input: 0 } } }')

interface Run {
  clock: VirtualClock
  bus: Field
  running: RunningBus
  links: LinkChange[]
  strays: number[]
  /** `channel time value` or `channel time quality reason`. */
  rows: string[]
  samples: Samples[][]
  until(at: number): Promise<void>
}

function start(devices: PolledDevice[], more: Partial<BusRun> = {}, prepare: (bus: Field, clock: VirtualClock) => void = () => {}): Run {
  const clock = virtualClock()
  const bus = field(clock)
  for (const { unit, profile } of devices) bus.show(unit, profile, Object.fromEntries(profile.channels.map(({ name }) => [name, 5])))
  prepare(bus, clock)
  const links: LinkChange[] = []
  const samples: Samples[][] = []
  const strays: number[] = []
  const stop = new AbortController()
  const rows: string[] = []
  const deliver = (delivered: Samples[]): void => {
    samples.push(delivered)
    for (const { channel, time, value, quality, reason } of delivered) {
      const good = quality[0] === 1
      rows.push(`${channel} ${time[0]} ${good ? value[0] : `${qualityName(quality[0] as number)} ${reasonName(reason[0] as number)}`}`)
    }
  }
  const run: BusRun = {
    name: 'slope',
    bus,
    busClock: clock,
    devices,
    clock: stationClock(clock),
    served: false,
    deliver,
    onLink: (link) => links.push(link),
    onStray: (_, ms) => strays.push(ms),
    stop: stop.signal,
    ...more,
  }
  const running = runBus(run)
  return { clock, bus, running, links, strays, rows, samples, until: (at) => clock.run(at) }
}

const one = (more: Partial<PolledDevice> = {}): PolledDevice[] => [device('river', level, more)]

describe('what a device says only when it has held', () => {
  const loop = profileOf('channels: { gas: { quantity: gas, unit: mA, read: { input: 0 }, bands: [{ to: 3, means: the loop is broken, hold: 4s }] } }')

  it('is missing until then, and told of the device with the reading that is a fault', async () => {
    const run = start([device('gas', loop, { every: millis(2000) })], {}, (bus) => bus.show(1, loop, { gas: 2 }))
    await run.until(3900)
    expect(run.rows.map((row) => row.split(' ').slice(2).join(' '))).toEqual(['missing device-fault', 'missing device-fault'])
    expect(run.links.map(({ detail }) => detail)).not.toContainEqual(expect.stringMatching(/broken/))
    await run.until(5900)
    expect(run.rows.at(-1)).toMatch(/fail device-fault$/)
    expect(run.links.at(-1)).toMatchObject({ link: 'slope/gas', detail: expect.stringMatching(/the loop is broken/) })
  })
})

describe('polling', () => {
  it('delivers a row each period, stamped in the middle of the transaction', async () => {
    const run = start(one())
    await run.until(2500)
    expect(run.rows).toEqual(['0 10 5', '0 1010 5', '0 2010 5'])
  })

  it('asks one at a time, the earliest deadline first', async () => {
    const fast = device('fast', level, { unit: 1, every: millis(100) })
    const slow = device('slow', level, { unit: 2, every: millis(1000), channels: [{ from: 'level', channel: 1 }] })
    const run = start([slow, fast])
    await run.until(1055)
    expect(run.bus.asked.map(({ unit, at }) => `${unit}@${at}`)).toEqual([
      '1@0',
      '2@20',
      '1@100',
      '1@200',
      '1@300',
      '1@400',
      '1@500',
      '1@600',
      '1@700',
      '1@800',
      '1@900',
      '1@1000',
      '2@1020',
    ])
  })

  it('of a line that cannot keep up serves its devices in turn, and counts the periods that it left out', async () => {
    const devices = [1, 2, 3].map((unit) => device(`d${unit}`, level, { unit, every: millis(40), channels: [{ from: 'level', channel: unit }] }))
    const run = start(devices)
    await run.until(1990)
    const asked = run.bus.asked.map(({ unit }) => unit)
    for (const unit of [1, 2, 3]) expect(asked.filter((one) => one === unit).length).toBeGreaterThanOrEqual(31)
    expect(run.running.devices().d1?.skipped).toBeGreaterThan(10)
  })

  it('keeps the gap that a device needs before a request', async () => {
    const slow = profileOf(
      'line: { gap: 50ms }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 9 } } }',
    )
    const run = start([device('d', slow)])
    await run.until(200)
    expect(run.bus.asked.map(({ at }) => at)).toEqual([0, 70])
  })

  it('gives all values of one poll one time', async () => {
    const two = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 9 } } }')
    const run = start([device('d', two)])
    await run.until(500)
    expect(run.rows).toEqual(['0 20 5', '1 20 5'])
  })

  it('stamps a row in the middle of the answer, not of the wait for the line before it', async () => {
    const run = start(one({ timeoutMs: 5000 }), {}, (bus, clock) => {
      const read = bus.read
      bus.read = async (...asked) => {
        await clock.wait(2000) // until the line was silent
        return { ...(await read(...asked)), tookMs: 20 } as Reply
      }
    })
    await run.until(2500)
    expect(run.rows).toEqual(['0 2010 5'])
  })

  it('stamps what an instrument says by itself with the time when it began to', async () => {
    const run = start(one(), {}, (bus, clock) => {
      const read = bus.read
      bus.read = async (...asked) => ({ ...(await read(...asked)), tookMs: 20, at: clock.now() - 15 }) as Reply
    })
    await run.until(500)
    expect(run.rows).toEqual(['0 5 5'])
  })

  it('tells the line by which registers it may find back into step', async () => {
    const probing = profileOf('line: { probe: { holding: 0, most: 50 } }\nchannels: { level: { quantity: level, unit: m, read: { input: 0 } } }')
    const asking: unknown[] = []
    const run = start([device('a', probing), device('b', level, { unit: 2 })], {}, (bus) => {
      const read = bus.read
      bus.read = (block, timeoutMs, how) => {
        asking.push(how)
        return read(block, timeoutMs, how)
      }
    })
    await run.until(500)
    expect(asking).toEqual([{ probe: { table: 'holding', address: 0, most: 50 } }, {}])
  })

  it('triggers, waits, then reads', async () => {
    const triggered = profileOf('trigger: { holding: 0x118, value: 1, wait: 300ms }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }')
    const run = start([device('d', triggered)], {}, (bus) => bus.image(1).holding.set(0x118, 0))
    await run.until(500)
    expect(run.bus.asked).toEqual([
      { unit: 1, table: 'holding', address: 0x118, count: 1, at: 0, words: [1] },
      { unit: 1, table: 'input', address: 0, count: 1, at: 320 },
    ])
    expect(run.rows).toEqual(['0 330 5'])
  })

  it('does not read where the trigger failed', async () => {
    const triggered = profileOf('trigger: { holding: 0x118, value: 1, wait: 300ms }\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }')
    const run = start([device('d', triggered, { retries: 0 })], {}, (bus) => {
      bus.fate = () => 'timeout'
    })
    await run.until(500)
    expect(run.bus.asked.length).toBe(1)
    expect(run.rows).toEqual(['0 300 missing timeout'])
  })

  it('ends after the transaction in flight, with its row', async () => {
    const stop = new AbortController()
    const run = start(one(), { stop: stop.signal })
    await run.until(10)
    stop.abort()
    await run.until(5000)
    await run.running.done
    expect(run.rows).toEqual(['0 10 5'])
  })

  it('of a bus without devices lasts until it is stopped', async () => {
    const stop = new AbortController()
    const run = start([], { stop: stop.signal })
    let ended = false
    run.running.done.then(() => {
      ended = true
    })
    await run.until(1000)
    expect(ended).toBe(false)
    stop.abort()
    await run.running.done
  })

  it('is busy from the request until its row is delivered', async () => {
    const run = start(one())
    await run.until(5)
    let free = false
    run.running.busy().then(() => {
      free = true
    })
    await run.until(15)
    expect([free, run.rows.length]).toEqual([false, 0])
    await run.until(25)
    expect([free, run.rows.length]).toEqual([true, 1])
  })

  it('passes a mistake of ours on, and does not hide it in a wait', async () => {
    const run = start(one(), {
      deliver: () => {
        throw new Error('our own mistake')
      },
    })
    const done = expect(run.running.done).rejects.toThrow('our own mistake')
    await run.until(100)
    await done
    await run.running.busy()
  })
})

describe('a fault on the line', () => {
  it('is tried again, and costs no row', async () => {
    const run = start(one(), {}, (bus) => {
      bus.fate = (_, number) => (number === 1 ? 'checksum' : null)
    })
    await run.until(500)
    expect(run.bus.asked.length).toBe(2)
    expect(run.rows).toEqual(['0 30 5'])
    expect(run.links).toEqual([
      { link: 'slope', up: true, detail: '' },
      { link: 'slope/river', up: true, detail: '' },
    ])
  })

  it('that stays is a missing value with its reason, never the last value again', async () => {
    const run = start(one(), {}, (bus) => {
      bus.fate = (_, number) => (number > 1 ? 'timeout' : null)
    })
    await run.until(1999)
    expect(run.rows).toEqual(['0 10 5', '0 1600 missing timeout'])
  })

  it('of one block leaves the values of the others', async () => {
    const two = profileOf('channels: { a: { quantity: q, unit: m, read: { input: 0 } }, b: { quantity: q, unit: m, read: { input: 9 } } }')
    const run = start([device('d', two)], {}, (bus) => {
      bus.fate = ({ address }) => (address === 0 ? { code: 2 } : null)
    })
    await run.until(500)
    expect(run.rows).toEqual(['0 30 missing exception', '1 30 5'])
  })

  it('that is a refusal is not tried again, unless the device says "busy"', async () => {
    for (const [code, asked] of [
      [2, 1],
      [6, 2],
    ] as const) {
      const run = start(one(), {}, (bus) => {
        bus.fate = () => ({ code })
      })
      await run.until(500)
      expect(run.bus.asked.length).toBe(asked)
      expect(run.rows).toEqual([`0 ${asked * 20} missing exception`])
    }
  })

  it('makes a device silent at the second missed poll, in a sentence, and it comes back by itself', async () => {
    const run = start(one({ retries: 0 }), {}, (bus, clock) => {
      bus.fate = () => (clock.now() > 500 && clock.now() < 4500 ? 'timeout' : null)
    })
    await run.until(20_000)
    expect(run.links.slice(1).map(({ link, up }) => `${link} ${up}`)).toEqual(['slope/river true', 'slope/river false', 'slope/river true'])
    expect(run.links[2]?.detail).toMatch(/river \(bus slope, unit 1\): no answer; is it powered and wired/)
    expect(run.rows.at(-1)).toMatch(/ 5$/)
  })

  it('of a silent device costs less and less of the line, and its rows go on missing at its period', async () => {
    const run = start(one({ retries: 2 }), {}, (bus) => {
      bus.fate = () => 'timeout'
    })
    await run.until(600_000)
    const asked = run.bus.asked.map(({ at }) => Math.round(at / 1000))
    // 0 and 1: with its retries. Then probes after 2, 4, 8 ... periods, and once a minute.
    expect(asked.slice(0, 12)).toEqual([0, 0, 1, 1, 1, 2, 4, 8, 16, 32, 64, 124])
    expect(asked.length).toBeLessThan(25)
    expect(run.rows.length).toBeGreaterThan(590)
    expect(new Set(run.rows.map((row) => row.replace(/^0 [\d.]+ /, '')))).toEqual(new Set(['missing timeout']))
  })

  it.each([
    ['of a silent device', 'timeout', /no answer/],
    ['of one in whose place another answers', 'out-of-step', /not the answer to what it was asked/],
    ['of one behind a gateway that waits for it in vain', { code: 11 }, /no answer/],
    ['of one to which a gateway has no way', { code: 10 }, /no answer/],
  ] as const)('%s does not slow the others', async (_, fate, says) => {
    const dead = device('dead', level, { unit: 9, channels: [{ from: 'level', channel: 1 }] })
    const run = start([...one(), dead], {}, (bus) => {
      bus.fate = ({ unit }) => (unit === 9 ? fate : null)
    })
    await run.until(60_000)
    expect(run.rows.filter((row) => row.startsWith('0 ')).length).toBe(60)
    expect(run.bus.asked.filter(({ unit }) => unit === 9).length).toBeLessThan(12)
    expect(run.links.at(-1)).toMatchObject({ link: 'slope/dead', up: false, detail: expect.stringMatching(says) })
  })

  it('of a line that never falls silent is no device’s', async () => {
    const run = start(one(), {}, (bus) => {
      bus.fate = () => 'overload'
    })
    await run.until(10_000)
    expect(run.bus.asked.length).toBe(11)
    expect(run.links.filter(({ link }) => link === 'slope/river')).toEqual([])
  })

  it('of the line itself is told as the line’s, and no device is called silent for it', async () => {
    const run = start(one(), {}, (bus, clock) => {
      bus.fate = () => (clock.now() < 3500 ? 'closed' : null)
      bus.trouble = '/dev/ttyUSB0 is not there'
    })
    await run.until(5000)
    expect(run.links.map(({ link, up, detail }) => `${link} ${up} ${detail}`)).toEqual([
      'slope false /dev/ttyUSB0 is not there',
      'slope true ',
      'slope/river true ',
    ])
    expect(run.rows.slice(0, 4).map((row) => row.split(' ').slice(2).join(' '))).toEqual([
      'missing closed',
      'missing closed',
      'missing closed',
      'missing closed',
    ])
    expect(run.bus.asked.length).toBe(6)
  })
})

describe('who answers', () => {
  const marked = profileOf('identity: [ { read: { holding: 0 }, equals: 7 } ]\nchannels: { a: { quantity: q, unit: m, read: { input: 0 } } }')

  it('is asked once, when the device comes', async () => {
    const run = start([device('d', marked)])
    await run.until(2500)
    expect(run.bus.asked.map(({ table }) => table)).toEqual(['holding', 'input', 'input', 'input'])
  })

  it('if it is a stranger gives no values, and is told in a sentence', async () => {
    const run = start([device('d', marked)], {}, (bus) => bus.image(1).holding.set(0, 8))
    await run.until(1500)
    expect(run.rows.map((row) => row.split(' ').slice(2).join(' '))).toEqual(['missing error-code', 'missing error-code'])
    expect(run.links.at(-1)).toMatchObject({ link: 'slope/d', up: false })
    expect(run.links.at(-1)?.detail).toMatch(/another instrument answers there: holding register 0 is 7 on t, and this one shows 8/)
  })

  it('is asked again when it was silent: it may have been changed', async () => {
    const run = start([device('d', marked, { retries: 0 })], {}, (bus, clock) => {
      bus.fate = () => {
        if (clock.now() < 500 || clock.now() > 3000) return null
        bus.image(1).holding.set(0, 8)
        return 'timeout'
      }
    })
    await run.until(10_000)
    expect(run.rows[0]).toMatch(/ 5$/)
    expect(run.rows.at(-1)).toMatch(/missing error-code$/)
  })
})

describe('a device that counts', () => {
  const gauge = profileOf('uptime: { input: 1 }\nchannels: { tips: { quantity: rain, count: total, step: 0.2 mm, read: { input: 0 } } }')
  const told = async (shown: [tips: number, uptime: number][]): Promise<Run> => {
    const run = start([device('rain', gauge)], {}, (bus) => {
      bus.fate = (_, number) => {
        const [tips, uptime] = shown[number - 1] ?? [0, 0]
        bus.show(1, gauge, { tips }, { uptime })
        return null
      }
    })
    await run.until(1000 * shown.length - 500)
    return run
  }
  const values = ({ rows }: Run): number[] => rows.map((row) => Number(row.split(' ')[2]))

  it('and wraps is left to the stage that knows the wrap', async () => {
    expect(
      values(
        await told([
          [65530, 1],
          [65535, 2],
          [4, 3],
        ]),
      ),
    ).toEqual([65530, 65535, 4])
  })

  it('and starts again goes on from where it was, and says so', async () => {
    const run = await told([
      [100, 50],
      [120, 51],
      [3, 0],
      [5, 1],
    ])
    expect(values(run)).toEqual([100, 120, 123, 125])
    expect(run.links.at(-1)?.detail).toMatch(/it started again/)
  })

  it('and whose uptime alone falls has kept its total', async () => {
    expect(
      values(
        await told([
          [100, 65535],
          [101, 0],
          [102, 1],
        ]),
      ),
    ).toEqual([100, 101, 102])
  })

  it('goes on below its wrap', async () => {
    expect(
      values(
        await told([
          [65000, 50],
          [1000, 0],
          [1001, 1],
        ]),
      ),
    ).toEqual([65000, 464, 465])
  })
})

describe('a register that reading clears', () => {
  const clearing = profileOf('channels: { since: { quantity: rain, count: increment, step: 0.1 mm, clearsOnRead: yes, read: { input: 0 } } }')

  it('of which an answer was lost gives a lower bound', async () => {
    const run = start([device('rain', clearing)], {}, (bus) => {
      bus.fate = (_, number) => (number === 2 ? 'timeout' : null)
    })
    await run.until(2500)
    expect(run.rows).toEqual(['0 10 5', '0 1310 suspect gap', '0 2010 5'])
  })

  it('that was missed wholly gives a lower bound when it comes', async () => {
    const run = start([device('rain', clearing, { retries: 0 })], {}, (bus) => {
      bus.fate = (_, number) => (number === 2 ? 'timeout' : null)
    })
    await run.until(3500)
    expect(run.rows).toEqual(['0 10 5', '0 1300 missing timeout', '0 2010 suspect gap', '0 3010 5'])
  })
})

describe('a device with a clock', () => {
  const logger = profileOf('clock: { input: 0, as: u64 }\nchannels: { a: { quantity: q, unit: m, read: { input: 4 } } }')
  /** The device's time at each poll. */
  const told = async (times: number[], served = false, until = 1000 * times.length - 500): Promise<Run> => {
    const run = start([device('d', logger)], { served }, (bus) => {
      bus.fate = (_, number) => {
        bus.show(1, logger, { a: number }, { clockMs: times[Math.min(number, times.length) - 1] ?? null })
        return null
      }
    })
    await run.until(until)
    return run
  }

  it('is mapped by one offset, taken at its first answer', async () => {
    const run = await told([500_000, 501_100, 501_900])
    expect(run.rows).toEqual(['0 10 1', '0 1110 2', '0 1910 3'])
    expect(run.samples.map(([one]) => one?.observed?.[0])).toEqual([500_000, 501_100, 501_900])
    expect(run.strays).toEqual([])
  })

  it('that strays beyond the bound is mapped anew, and that is reported', async () => {
    const run = await told([500_000, 501_000, 522_000, 523_000])
    expect(run.rows).toEqual(['0 10 1', '0 1010 2', '0 2010 3', '0 3010 4'])
    expect(run.strays).toEqual([-20_000])
    expect(run.links.at(-1)?.detail).toMatch(/its clock strayed by -20 s/)
  })

  it('gives no row twice, and none that goes back', async () => {
    const run = await told([500_000, 500_000, 499_000, 503_000])
    expect(run.rows).toEqual(['0 10 1', '0 3010 4'])
    expect(run.running.devices().d).toMatchObject({ polls: 4, answered: 2, missed: 0 })
  })

  it('that shows no time is stamped by the station', async () => {
    const run = await told([0, 0])
    expect(run.rows).toEqual(['0 10 1', '0 1010 2'])
    expect(run.samples[0]?.[0]?.observed).toBeUndefined()
  })

  it('that is behind has its missing rows stamped like its others', async () => {
    const run = start([device('d', logger, { retries: 0 })], {}, (bus) => {
      bus.fate = (_, number) => {
        bus.show(1, logger, { a: number }, { clockMs: 500_000 + [0, 0, 700, 0, 2700][number]! })
        return number === 3 ? 'timeout' : null
      }
    })
    await run.until(3500)
    expect(run.rows).toEqual(['0 10 1', '0 710 2', '0 2000 missing timeout', '0 2710 4'])
  })

  it('leads in served time: the row’s time is the time, as fast as the line answers', async () => {
    const run = await told([900_000, 1_800_000, 1_800_000, 2_700_000], true, 75)
    expect(run.rows).toEqual(['0 900000 1', '0 1800000 2'])
    expect(run.samples[0]?.[0]?.observed?.[0]).toBe(900_000)
    await run.until(90)
    expect(run.rows.at(-1)).toBe('0 2700000 4')
  })

  it('in served time gives no row before it shows a time, nor when it is not heard', async () => {
    const run = start([device('d', logger)], { served: true }, (bus) => {
      bus.fate = (_, number) => {
        bus.show(1, logger, { a: number }, { clockMs: number < 3 ? null : 900_000 })
        return number === 4 || number === 5 ? 'timeout' : null
      }
    })
    await run.until(2000)
    expect(run.rows).toEqual(['0 900000 3'])
    expect(run.running.devices().d).toMatchObject({ answered: 1, missed: 1, faults: { timeout: 2 } })
  })
})
