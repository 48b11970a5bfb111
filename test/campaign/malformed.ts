// Frames that went wrong: good ones with flipped bits, cut, spliced, doubled, forged, resealed, and noise that was never a frame.

import type { Chance } from '../../sim/world/chance.ts'

/** `none`: a good frame among the others; a decoder that believes nothing at all is no good one. */
export type Damage = 'none' | 'flipped' | 'cut' | 'spliced' | 'doubled' | 'forged' | 'resealed' | 'noise'
const goodShare = 0.01
const damages = ['flipped', 'cut', 'spliced', 'doubled', 'forged', 'resealed', 'noise'] as const

/**
 * The odds that a checksum of so many bits holds all the same; an upper bound. Bits that are flipped in pairs cancel each other in a sum
 * or XOR of bytes: of 1 to 8 flips all are paired in one of 39 cases (the mean over n of the n-th moment of the mean of eight signs).
 * A CRC is not so easily deceived. What has the right checksum under a wrong head, and noise, nothing excuses.
 */
export function oddsOf(damage: Damage, bits: number): number {
  if (bits === 0 || damage === 'noise' || damage === 'resealed' || damage === 'none') return 0
  return damage === 'flipped' && bits === 8 ? 1 / 39 : 2 ** -bits
}

/** How a kind of frame is made and closed. */
export interface Shape {
  /** A good frame; `other` is another good one of its kind. */
  good: Uint8Array
  other: Uint8Array
  /** Bytes at the front and at the end that tell what it is: forged frames keep them. */
  head: number
  tail: number
  /** Forged frames are of these letters where the good one is; else of any bytes. */
  letters: string | null
  /** Puts the right checksum under whatever stands there; null where the kind has none. */
  seal: ((frame: Uint8Array) => Uint8Array) | null
}

export interface Malformed {
  damage: Damage
  bytes: Uint8Array
}

const below = (chance: Chance, bound: number): number => Math.floor(chance.fraction() * bound)
const noise = (chance: Chance, length: number): Uint8Array => Uint8Array.from({ length }, () => chance.whole() & 0xff)

export function malform(chance: Chance, shape: Shape): Malformed {
  if (chance.fraction() < goodShare) return { damage: 'none', bytes: shape.good.slice() }
  const damage = damages[below(chance, damages.length)]!
  return { damage, bytes: made(chance, damage, shape) }
}

function made(chance: Chance, damage: Exclude<Damage, 'none'>, { good, other, head, tail, letters, seal }: Shape): Uint8Array {
  switch (damage) {
    case 'flipped': {
      const bytes = good.slice()
      for (let left = 1 + below(chance, 8); left > 0; left--) bytes[below(chance, bytes.length)]! ^= 1 << below(chance, 8)
      return bytes
    }
    case 'cut': {
      const from = below(chance, good.length)
      return chance.fraction() < 0.5 ? good.slice(0, from) : good.slice(from + 1)
    }
    case 'spliced': {
      const at = below(chance, good.length)
      const bytes = Uint8Array.of(...good.subarray(0, at), ...other.subarray(below(chance, other.length)))
      // The whole of another good frame is not malformed.
      return holds(bytes, other) ? bytes.slice(0, -1) : bytes
    }
    case 'doubled': {
      const at = below(chance, good.length)
      return Uint8Array.of(...good.subarray(0, at), ...good.subarray(below(chance, at + 1)))
    }
    case 'forged':
      return good.map((byte, at) => {
        if (at < head || at >= good.length - tail) return byte
        if (letters === null) return chance.whole() & 0xff
        return letters.includes(String.fromCharCode(byte)) ? letters.charCodeAt(below(chance, letters.length)) : byte
      })
    case 'resealed': {
      if (!seal) return noise(chance, below(chance, 64))
      const bytes = good.slice(0, good.length - below(chance, 4))
      bytes[below(chance, Math.min(head, bytes.length))]! ^= 1 + below(chance, 255)
      return seal(bytes)
    }
    case 'noise':
      return noise(chance, below(chance, 300))
  }
}

const holds = (bytes: Uint8Array, part: Uint8Array): boolean =>
  Array.from({ length: Math.max(0, bytes.length - part.length + 1) }, (_, at) => at).some((at) => part.every((byte, i) => bytes[at + i] === byte))

/** The same bytes as they may come: in up to three pieces. */
export function* pieces(chance: Chance, bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0
  for (let left = 2; left > 0 && bytes.length - from > 1; left--) {
    const to = from + 1 + below(chance, bytes.length - from - 1)
    yield bytes.subarray(from, to)
    from = to
  }
  yield bytes.subarray(from)
}
