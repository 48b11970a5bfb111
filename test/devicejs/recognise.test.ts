/** How well instruments are recognised, over the whole shelf: each shows itself on a line, and is looked at as a stranger. */
import { describe, expect, it } from 'vitest'
import { emptyImage, encodeProfile } from '../../devicejs/encode.ts'
import type { Profile } from '../../devicejs/profile.ts'
import { recognise } from '../../devicejs/recognise.ts'
import { wholeShelf } from '../../devicejs/shelf.ts'
import type { Block, Reply } from '../../protocol/ports.ts'

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

/** The names of the matches, the best first, and the registers that were read. */
async function lookAt(profile: Profile): Promise<{ names: string[]; certain: boolean; asked: Block[] }> {
  const image = emptyImage()
  encodeProfile(profile, new Map(profile.channels.map((channel) => [channel.name, everydayValue(channel)])), { clockMs: Date.UTC(2025, 5), uptime: 50 }, image)
  const asked: Block[] = []
  const read = async (block: Block): Promise<Reply> => {
    asked.push(block)
    const words = Array.from({ length: block.count }, (_, at) => image[block.table].get(block.address + at))
    return words.every((word) => word !== undefined) ? { ok: true, words: Uint16Array.from(words) } : { ok: false, fault: 'exception', code: 2 }
  }
  const { baud, parity, dataBits, stopBits } = profile.line
  const matches = await recognise({ unit: profile.unit ?? 5, setting: { baud, parity, dataBits, stopBits }, profiles, read })
  return { names: matches.map((match) => match.profile.name), certain: matches[0]?.certain ?? false, asked }
}

const looks = await Promise.all(measuring.map(async (profile) => ({ profile, ...(await lookAt(profile)) })))

describe('an instrument of the shelf', () => {
  it('is known for certain where it has identity registers, and only there', () => {
    expect(looks.filter(({ profile, certain }) => certain !== profile.identity.length > 0).map(({ profile }) => profile.name)).toEqual([])
    expect(looks.filter(({ certain, names, profile }) => certain && !names.includes(profile.name)).map(({ profile }) => profile.name)).toEqual([])
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

  it('is never asked for bits, nor twice for the same', () => {
    for (const { asked } of looks) {
      expect(asked.filter(({ table }) => table === 'coil' || table === 'discrete')).toEqual([])
      expect(new Set(asked.map((block) => JSON.stringify(block))).size).toBe(asked.length)
    }
  })
})
