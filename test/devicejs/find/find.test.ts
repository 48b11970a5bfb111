import { describe, expect, it } from 'vitest'
import { type Findings, findDevices, type Progress, readOnly } from '../../../devicejs/find/find.ts'
import { type Quest, settingsToTry } from '../../../devicejs/find/quest.ts'
import { type LineSetting, settingText } from '../../../devicejs/find/recognise.ts'
import type { Profile } from '../../../devicejs/profile.ts'
import type { Block, Bus, Fault, Reply } from '../../../protocol/ports.ts'
import { field, profileOf } from '../field.ts'
import { virtualClock } from '../virtual.ts'

const named = (name: string, text: string): Profile => ({ ...profileOf(text), name })
const rain = named('a/rain', 'unit: 80\nchannels: { tips: { quantity: rain, count: total, step: 0.2 mm, read: { holding: 0 } } }')
const level = named('a/level', 'channels: { level: { quantity: level, unit: m, range: [0, 12], read: { input: 0, as: f32 } } }')
const marked = named(
  'b/marked',
  'unit: 7\nline: { baud: 19200, parity: even }\nidentity: [ { read: { input: 9 }, equals: 4711 } ]\nchannels: { t: { quantity: temperature, unit: degC, scale: 0.1, read: { input: 0, as: i16 } } }',
)
const clearing = named(
  'c/clearing',
  'channels:\n  since: { quantity: rain, count: increment, step: 0.1 mm, clearsOnRead: yes, read: { holding: 0 } }\n  total: { quantity: rain, count: total, step: 0.1 mm, read: { holding: 1, as: u32 } }',
)

const eightN1: LineSetting = { baud: 9600, parity: 'none', dataBits: 8, stopBits: 1 }
const eightE1: LineSetting = { baud: 19_200, parity: 'even', dataBits: 8, stopBits: 1 }

type Fate = (setting: LineSetting | null, block: Block) => Fault | { code: number } | null

/** A line whose devices answer at one setting; what is asked of it is kept. */
function line(
  at: LineSetting | null,
  units: number[],
  { fate, profiles = [] as Profile[], show }: { fate?: Fate; profiles?: Profile[]; show?: (point: ReturnType<typeof field>) => void } = {},
) {
  const clock = virtualClock()
  const point = field(clock)
  show?.(point)
  const opened: (LineSetting | null)[] = []
  const closed: number[] = []
  const progress: Progress[] = []
  const stop = new AbortController()
  const asked: (Block & { setting: LineSetting | null })[] = []
  const open = (setting: LineSetting | null) => {
    const number = opened.push(setting)
    point.fate = (block) => {
      asked.push({ ...block, setting })
      const own = fate?.(setting, block)
      if (own) return own
      const heard = at === null || setting === null || settingText(at) === settingText(setting)
      return heard && units.includes(block.unit) ? null : 'timeout'
    }
    return readOnly({ ...point, close: async () => void closed.push(number) })
  }
  const find = async (quest: Partial<Quest> = {}): Promise<Findings> => {
    let findings: Findings | null = null
    void findDevices(
      { settings: [eightN1, eightE1], units: [1, 2, 7, 30, 80], timeoutMs: 250, all: false, tcp: false, profiles, ...quest },
      { open, clock, stop: stop.signal, tell: (told) => void progress.push(told) },
    ).then((found) => {
      findings = found
    })
    // What waits on promises alone is longer than what the clock lets run between two of its times.
    for (let turns = 0; turns < 20 && !findings; turns++) await clock.run()
    if (!findings) throw new Error('it never ended')
    return findings
  }
  return { find, asked, opened, closed, progress, point, stop, clock }
}

describe('looking for devices', () => {
  it('never writes: the bus that it is given cannot', () => {
    const bus = readOnly({ write: () => Promise.reject(new Error('written')) } as unknown as Bus)
    expect(Object.keys(bus).sort()).toEqual(['close', 'health', 'read'])
  })

  it('begins with the likely units of each setting, and asks each unit once by each function', async () => {
    const { find, asked } = line(eightN1, [], { profiles: [rain] })
    expect((await find()).devices).toEqual([])
    const order = asked.map(({ unit, table, setting }) => `${settingText(setting as LineSetting)} ${table} ${unit}`)
    expect(order.slice(0, 3)).toEqual(['9600 8N1 holding 1', '9600 8N1 holding 2', '9600 8N1 holding 80'])
    expect(order.slice(3, 8)).toEqual(['9600 8N1 input 1', '9600 8N1 input 2', '9600 8N1 input 80', '19200 8E1 holding 1', '19200 8E1 holding 2'])
    expect(new Set(order).size).toBe(2 * 2 * 5)
  })

  it('leaves the other settings out once one has answered, and goes on with the units', async () => {
    const { find, opened, closed } = line(eightE1, [2, 30], { show: (point) => [2, 30].map((unit) => point.image(unit).holding.set(0, 5)) })
    const { devices, tried } = await find()
    expect(devices.map(({ unit, setting }) => [unit, settingText(setting as LineSetting)])).toEqual([
      [2, '19200 8E1'],
      [30, '19200 8E1'],
    ])
    expect([opened.length, closed.length, tried.length]).toEqual([2, 2, 2])
  })

  it('tries them all where it is told to', async () => {
    const { find, opened } = line(eightN1, [2], { show: (point) => point.image(2).holding.set(0, 5) })
    await find({ all: true })
    expect(opened.map((setting) => settingText(setting as LineSetting))).toEqual(['9600 8N1', '19200 8E1', '9600 8N1', '19200 8E1'])
  })

  it('takes an exception for a device, and what a gateway says of an absent one for none', async () => {
    const { find, asked } = line(eightN1, [], { fate: (_, { unit }) => (unit === 2 ? { code: 2 } : unit === 7 ? { code: 11 } : null) })
    const { devices } = await find()
    expect(devices.map(({ unit, exception }) => [unit, exception])).toEqual([[2, 2]])
    expect(asked.filter(({ unit }) => unit === 7)).toHaveLength(1)
  })

  it('finds a device that knows function 4 alone', async () => {
    const { find } = line(eightN1, [7], { fate: (_, { table }) => (table === 'holding' ? 'timeout' : null), show: (point) => point.image(7).input.set(0, 1) })
    expect((await find()).devices).toMatchObject([{ unit: 7, table: 'input', exception: null }])
  })

  it.each(['checksum', 'short', 'out-of-step', 'overload'] as const)(
    'takes a garbled answer (%s) for a hint, not for a device, after asking once more',
    async (fault) => {
      const { find, asked } = line(eightE1, [], { fate: (setting, { unit }) => (setting?.baud === 9600 && unit === 30 ? fault : null) })
      const { devices, hints } = await find()
      expect(devices).toEqual([])
      expect(hints.map(({ unit, setting }) => [unit, setting?.baud])).toEqual([[30, 9600]])
      expect(asked.filter(({ unit, setting }) => unit === 30 && setting?.baud === 9600)).toHaveLength(4)
    },
  )

  it('takes what answers at any unit id on TCP for one device', async () => {
    const { find } = line(
      null,
      Array.from({ length: 255 }, (_, index) => index + 1),
      { show: (point) => [...Array(255).keys()].map((unit) => point.image(unit + 1).holding.set(0, 5)) },
    )
    const { devices, brokenOff } = await find({ settings: [null], tcp: true, units: Array.from({ length: 247 }, (_, index) => index + 1) })
    expect(devices).toMatchObject([{ unit: 1, anyUnit: true }])
    expect(brokenOff).toBe(false)
  })

  it('ends at once when it is stopped, with what it has found', async () => {
    const { find, clock, stop, asked } = line(eightN1, [1], { show: (point) => point.image(1).holding.set(0, 5) })
    clock.after(300, () => stop.abort())
    const { devices, brokenOff } = await find()
    expect([devices.length, brokenOff]).toEqual([1, true])
    expect(asked.length).toBeLessThan(5)
  })

  it('tells how long it will take at most', async () => {
    const { find, progress } = line(eightN1, [])
    await find()
    expect(progress.map(({ leftMs }) => leftMs)).toEqual(Array.from({ length: 20 }, (_, index) => (20 - index) * 250))
  })

  it('counts the other settings no more once one has answered', async () => {
    const { find, progress } = line(eightN1, [1], { show: (point) => point.image(1).holding.set(0, 5) })
    await find()
    expect(progress.slice(0, 2).map(({ unit, devices, leftMs }) => [unit, devices, leftMs])).toEqual([
      [1, 0, 20 * 250],
      [2, 1, 9 * 250],
    ])
  })

  it('says why where the line cannot be opened', async () => {
    const clock = virtualClock()
    const bus = {
      read: async (): Promise<Reply> => ({ ok: false, fault: 'closed' }),
      health: () => ({ openings: 0, late: 0, trouble: 'no such line' }),
      close: async () => {},
    }
    const findings = findDevices(
      { settings: [eightN1], units: [1, 2], timeoutMs: 250, all: false, tcp: false, profiles: [] },
      { open: () => bus as never, clock, stop: new AbortController().signal, tell: () => {} },
    )
    await clock.run()
    expect(await findings).toMatchObject({ devices: [], trouble: 'no such line', asked: 1 })
  })

  it('ends when the line is lost while a device is looked at, with the device', async () => {
    const clock = virtualClock()
    let lost = false
    const bus = {
      read: async ({ address }: Block): Promise<Reply> => {
        lost ||= address === 9
        return lost ? { ok: false, fault: 'closed' } : { ok: true, words: Uint16Array.of(1) }
      },
      health: () => ({ openings: 1, late: 0, trouble: lost ? 'unplugged' : '' }),
      close: async () => {},
    }
    const findings = findDevices(
      { settings: [eightN1], units: [1, 2], timeoutMs: 250, all: false, tcp: false, profiles: [marked] },
      { open: () => bus as never, clock, stop: new AbortController().signal, tell: () => {} },
    )
    await clock.run()
    expect(await findings).toMatchObject({ devices: [{ unit: 1, matches: [] }], trouble: 'unplugged' })
    expect(clock.now()).toBeLessThan(16_000)
  })

  it('waits for a line that comes back, and gives up one that does not', async () => {
    const clock = virtualClock()
    const gone = (until: number) => ({
      read: async (): Promise<Reply> => (clock.now() < until ? { ok: false, fault: 'closed' } : { ok: false, fault: 'timeout' }),
      health: () => ({ openings: 1, late: 0, trouble: 'unplugged' }),
      close: async () => {},
    })
    const look = async (until: number): Promise<Findings> => {
      const found = findDevices(
        { settings: [eightN1], units: [1], timeoutMs: 250, all: false, tcp: false, profiles: [] },
        { open: () => gone(until) as never, clock, stop: new AbortController().signal, tell: () => {} },
      )
      await clock.run()
      return found
    }
    expect(await look(clock.now() + 5000)).toMatchObject({ trouble: '' })
    expect(await look(Number.POSITIVE_INFINITY)).toMatchObject({ trouble: 'unplugged' })
  })
})

describe('recognising a device', () => {
  it('knows it by its identity registers, wherever it has been set to', async () => {
    const { find } = line(eightN1, [30], {
      profiles: [level, marked],
      show: (point) => {
        point.show(30, marked, { t: 21.5 })
        point.image(30).input.set(9, 4711)
      },
    })
    const { devices } = await find()
    expect(devices[0]?.matches.map(({ profile, certain, values }) => [profile.name, certain, values[0]?.value])).toEqual([['b/marked', true, 21.5]])
  })

  it('does not take for it what lacks one of its marks', async () => {
    const { find } = line(eightN1, [7], {
      profiles: [marked],
      show: (point) => {
        point.show(7, marked, { t: 21.5 })
        point.image(7).input.set(9, 4712)
      },
    })
    expect((await find()).devices).toMatchObject([{ unit: 7, matches: [] }])
  })

  it('guesses by what the registers would mean, and says that it is a guess', async () => {
    const { find } = line(eightN1, [2], { profiles: [rain, level], show: (point) => point.show(2, level, { level: 3.25 }) })
    expect((await find()).devices[0]?.matches.map(({ profile, certain }) => [profile.name, certain])).toEqual([['a/level', false]])
  })

  const unbounded = named('a/unbounded', 'channels: { level: { quantity: level, unit: m, read: { input: 0, as: f32 } } }')
  it.each([
    ['beyond the range of the instrument', level, 13],
    ['beyond what is ever measured in its unit', unbounded, 12_000],
    ['too small to be meant', unbounded, 1e-30],
  ])('does not guess at a value %s', async (_, profile, value) => {
    const { find } = line(eightN1, [2], { profiles: [profile], show: (point) => point.show(2, unbounded, { level: value }) })
    expect((await find()).devices[0]?.matches).toEqual([])
  })

  it('guesses at a value a little beyond the range all the same: zeros drift', async () => {
    const { find } = line(eightN1, [2], { profiles: [level], show: (point) => point.show(2, unbounded, { level: -0.02 }) })
    expect((await find()).devices[0]?.matches).toMatchObject([{ values: [{ name: 'level' }] }])
  })

  it('puts the guess first that has the unit id of the factory', async () => {
    const twin = { ...rain, name: 'z/other', unit: 1 }
    const { find } = line(eightN1, [80], { profiles: [twin, rain], show: (point) => point.image(80).holding.set(0, 12) })
    expect((await find()).devices[0]?.matches.map(({ profile }) => profile.name)).toEqual(['a/rain', 'z/other'])
  })

  it('never reads a register that clears on a device of the shelf, not to ask and not to guess', async () => {
    const { find, asked } = line(eightN1, [2], {
      profiles: [clearing, rain],
      show: (point) => {
        point.show(2, clearing, { since: 3, total: 12 })
      },
    })
    const { devices } = await find()
    expect(devices[0]?.matches.map(({ profile }) => profile.name)).toEqual(['c/clearing'])
    expect(asked.length).toBeGreaterThan(3)
    expect(asked.filter(({ table, address }) => table === 'holding' && address === 0)).toEqual([])
  })

  it('reads a device that it knows for certain as its own profile has it', async () => {
    const { find } = line(eightN1, [7], {
      profiles: [named('d/clears', 'channels: { since: { quantity: rain, count: increment, step: 1 mm, clearsOnRead: yes, read: { input: 0 } } }'), marked],
      show: (point) => {
        point.show(7, marked, { t: 21.5 })
        point.image(7).input.set(1, 0)
        point.image(7).input.set(9, 4711)
      },
    })
    expect((await find()).devices[0]?.matches).toMatchObject([{ certain: true, values: [{ name: 't', value: 21.5 }] }])
  })

  it('gives up a device that leaves questions unanswered, for the sake of the others', async () => {
    const many = Array.from({ length: 40 }, (_, index) => named(`m/${index}`, `channels: { a: { quantity: q, unit: m, read: { input: ${index + 1} } } }`))
    const { find, asked } = line(eightN1, [2], {
      profiles: many,
      fate: (_, { unit, table }) => (unit === 2 && table === 'input' ? 'timeout' : null),
      show: (point) => point.image(2).holding.set(0, 1),
    })
    expect((await find()).devices).toHaveLength(1)
    expect(asked.filter(({ unit, table }) => unit === 2 && table === 'input').length).toBeLessThanOrEqual(4)
  })
})

describe('the settings to try', () => {
  const texts = (profiles: Profile[], bauds: number[] | null = null, parities: LineSetting['parity'][] | null = null) =>
    settingsToTry(profiles, bauds, parities).map(settingText)

  it('are those of the shelf first, the most frequent before the rare, each once', () => {
    const all = texts([marked, rain, level])
    expect(all.slice(0, 3)).toEqual(['9600 8N1', '19200 8E1', '9600 8E1'])
    expect(new Set(all).size).toBe(all.length)
  })

  it('do not tell one stop bit from two', () => {
    expect(texts([{ ...rain, line: { ...rain.line, stopBits: 2 } }]).filter((text) => text.startsWith('9600 8N'))).toEqual(['9600 8N2'])
  })

  it('are those that are given, and no others', () => {
    expect(texts([marked, rain], [19_200])).toEqual(['19200 8E1', '19200 8N1', '19200 8O1'])
    expect(texts([], [1234], ['odd'])).toEqual(['1234 8O1'])
    expect(texts([], null, ['odd'])).toEqual(['9600 8O1', '19200 8O1'])
  })
})
