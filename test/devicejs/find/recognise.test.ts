/** How well instruments are recognised, over the whole shelf: each shows itself on a line, and is looked at as a stranger. */
import { describe, expect, it } from 'vitest'
import { emptyImage, encodeProfile } from '../../../devicejs/encode.ts'
import { recognise } from '../../../devicejs/find/recognise.ts'
import type { Profile } from '../../../devicejs/profile.ts'
import { wholeShelf } from '../../../devicejs/shelf.ts'
import type { Block, Reply } from '../../../protocol/ports.ts'

const profiles = wholeShelf().profiles.filter(({ talk }) => talk === null)
const measuring = profiles.filter(({ channels }) => channels.some(({ read }) => read.table === 'holding' || read.table === 'input'))

/** An everyday value of each unit; where a device cannot measure it, the middle of what it can. */
const everyday: Record<string, number> = {
  degC: 18.4,
  deg: 1.2,
  mm: 12.4,
  m: 1.31,
  '%RH': 56,
  V: 12.6,
  hPa: 1003,
  mbar: 1003,
  '%LEL': 2.1,
  ppm: 3,
  '%vol': 20.9,
  g: 0.5,
  mA: 7.3,
}
function everydayValue({ counting, unit, range }: Profile['channels'][number]): number {
  if (counting) return 62
  const value = everyday[unit] ?? 2.5
  return range && (value < range.least || value > range.most) ? (range.least + range.most) / 2 : value
}

/** Of its identity, as one register has. */
const isWhole = ({ identity }: Profile): boolean => identity.some(({ read }) => read.bit === null)

/** The names of the matches, the best first, and the registers that were read. */
async function lookAt(profile: Profile, shelf = profiles): Promise<{ names: string[]; certain: boolean; asked: Block[] }> {
  const image = emptyImage()
  encodeProfile(profile, new Map(profile.channels.map((channel) => [channel.name, everydayValue(channel)])), { clockMs: Date.UTC(2025, 5), uptime: 50 }, image)
  const asked: Block[] = []
  const read = async (block: Block): Promise<Reply> => {
    asked.push(block)
    const words = Array.from({ length: block.count }, (_, at) => image[block.table].get(block.address + at))
    return words.every((word) => word !== undefined) ? { ok: true, words: Uint16Array.from(words) } : { ok: false, fault: 'exception', code: 2 }
  }
  const { baud, parity, dataBits, stopBits } = profile.line
  const matches = await recognise({ unit: profile.unit ?? 5, setting: { baud, parity, dataBits, stopBits }, profiles: shelf, read })
  return { names: matches.map((match) => match.profile.name), certain: matches[0]?.certain ?? false, asked }
}

const looks = await Promise.all(measuring.map(async (profile) => ({ profile, ...(await lookAt(profile)) })))

describe('an instrument of the shelf', () => {
  it('is known for certain where it has an identity register of its own, and only there', () => {
    expect(looks.filter(({ profile, certain }) => certain !== isWhole(profile)).map(({ profile }) => profile.name)).toEqual([])
    expect(looks.filter(({ certain, names, profile }) => certain && !names.includes(profile.name)).map(({ profile }) => profile.name)).toEqual([])
  })

  it('is the first guess where it has part of a register to know it by', () => {
    const hinted = looks.filter(({ profile }) => profile.identity.length > 0 && !isWhole(profile))
    expect(hinted.length).toBeGreaterThan(0)
    const family = (name = ''): string => name.replace(/-(ppm|rfd)$/, '')
    expect(hinted.filter(({ names, profile }) => family(names[0]) !== family(profile.name)).map(({ profile }) => profile.name)).toEqual([])
  })

  it('is the first guess most of the time, and hardly ever none of them', () => {
    const guessed = looks.filter(({ profile }) => profile.identity.length === 0)
    const share = (held: (look: (typeof looks)[number]) => boolean): number => guessed.filter(held).length / guessed.length
    expect(share(({ names, profile }) => names[0] === profile.name)).toBeGreaterThan(0.7)
    expect(share(({ names, profile }) => names.includes(profile.name))).toBeGreaterThan(0.9)
  })

  it('is told in a few seconds: in fewer requests than there are instruments', () => {
    expect(Math.max(...looks.map(({ asked }) => asked.length))).toBeLessThan(profiles.length)
  })

  it('is told to be one of the demo behind all others alone, and by itself where nothing else fits', async () => {
    const ofDemo = (name = ''): boolean => name.startsWith('demo/')
    expect(looks.filter(({ names }) => names.length > 1 && ofDemo(names[0])).map(({ profile }) => profile.name)).toEqual([])
    expect(looks.filter(({ profile, names }) => names.some(ofDemo) && !ofDemo(profile.name) && names[0] !== profile.name)).toEqual([])
    expect(looks.find(({ profile }) => profile.name === 'demo/tilt-2axis')?.names.at(-1)).toBe('demo/tilt-2axis')
    const tilt = profiles.filter(({ name }) => name === 'demo/tilt-2axis')
    expect((await lookAt(tilt[0] as Profile, tilt)).names).toEqual(['demo/tilt-2axis'])
  })

  it('is never asked for bits, nor twice for the same', () => {
    for (const { asked } of looks) {
      expect(asked.filter(({ table }) => table === 'coil' || table === 'discrete')).toEqual([])
      expect(new Set(asked.map((block) => JSON.stringify(block))).size).toBe(asked.length)
    }
  })
})

describe('a stranger', () => {
  /** Registers from 0, by table; a table that is left out is silent, or refused. */
  const stranger = (tables: Partial<Record<string, number[]>>, otherwise: Reply = { ok: false, fault: 'exception', code: 1 }) =>
    recognise({
      unit: 2,
      setting: null,
      profiles,
      read: async ({ table, address, count }) => {
        const held = tables[table]
        if (!held) return otherwise
        const words = held.slice(address, address + count)
        return words.length === count ? { ok: true, words: Uint16Array.from(words) } : { ok: false, fault: 'exception', code: 2 }
      },
    })

  it.each([
    ['a pressure of 952.3 hPa, which has the type code of a gas detector in its upper byte', [9523, 215, 603, 12, 1013]],
    ['a temperature of 22.00 degC, which is the type of an alarm unit', [0, 0, 0, 2200, 1013]],
  ])('is not known for certain by %s', async (_, holding) => {
    expect((await stranger({ holding })).filter(({ certain }) => certain).map(({ profile }) => profile.name)).toEqual([])
  })

  it('that is silent to one function is known by the other', async () => {
    const matches = await stranger({ input: [0, 215, 603] }, { ok: false, fault: 'timeout' })
    expect(matches[0]).toMatchObject({ profile: { name: 'xy/xy-md02' }, values: [{ value: 21.5 }, { value: 60.3 }] })
  })
})
