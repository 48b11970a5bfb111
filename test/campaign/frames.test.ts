// The campaign of malformed frames in small: every decoder, and a careless one that shows what the campaign can see.

import { expect, it } from 'vitest'
import { crc16 } from '../../protocol/frames.ts'
import { makeChance } from '../../sim/world/chance.ts'
import { allDecoders, type Decoder, none, tryFrames, wronglyAccepted } from './frames.ts'
import { malform } from './malformed.ts'

it.each([...allDecoders()])('%s neither throws at a malformed frame nor believes it', async (name, decode) => {
  const tally = none()
  const thrown = await tryFrames(decode, makeChance(7).fork(name), 3000, tally)
  expect(thrown).toEqual([])
  expect(wronglyAccepted(tally)).toBe(0)
  expect(tally.tried).toBeGreaterThan(2900)
})

it('sees a decoder that takes a checksum for proof', async () => {
  const good = Uint8Array.of(1, 3, 2, 0, 17, 0x78, 0x48)
  const seal = (frame: Uint8Array): Uint8Array => {
    const body = frame.slice(0, -2)
    const crc = crc16(body)
    return Uint8Array.of(...body, crc & 0xff, crc >>> 8)
  }
  const careless: Decoder = (chance, tally) => {
    const { damage, bytes } = malform(chance, { good: seal(good), other: seal(Uint8Array.of(1, 3, 2, 0, 18, 0, 0)), head: 3, tail: 0, letters: null, seal })
    if (damage === 'resealed' && crc16(bytes) === 0) tally.misfit++
  }
  const tally = none()
  await tryFrames(careless, makeChance(7), 1000, tally)
  expect(wronglyAccepted(tally)).toBeGreaterThan(50)
})

it('does not excuse one damage by what another lets expect, nor noise by anything', () => {
  const flips = { cut: { believed: 0, expected: 1000 }, flipped: { believed: 40, expected: 1 } }
  expect(wronglyAccepted({ ...none(), odds: flips })).toBe(30)
  expect(wronglyAccepted({ ...none(), odds: { noise: { believed: 1, expected: 0 } } })).toBe(1)
})

it('counts a decoder that throws', async () => {
  const tally = none()
  expect(await tryFrames(() => Promise.reject(new Error('broken')), makeChance(7), 3, tally)).toEqual(['broken', 'broken', 'broken'])
  expect(tally.thrown).toBe(3)
})
