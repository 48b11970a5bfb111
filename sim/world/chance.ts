/**
 * Chance from a seed: the same seed gives the same world, on every machine.
 * xoshiro128** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2021), in 32-bit integers only.
 */

export interface Chance {
  /** A whole number, 0 to 2^32 - 1. */
  whole(): number
  /** 0 up to but not including 1. */
  fraction(): number
  between(least: number, most: number): number
  /** Mean 0, standard deviation 1, never beyond 6: the sum of twelve fractions, so that no transcendental function has a say. */
  normal(): number
  /** A stream of its own for a part of the world, so that one more part does not change the others. */
  fork(name: string): Chance
}

export const makeChance = (seed: number): Chance => chanceFrom(fourWords(seed), seed)

/** The generator from its state of four words, not all zero; `seed` is what forks grow from. */
export function chanceFrom(state: [number, number, number, number], seed: number): Chance {
  let [a, b, c, d] = state

  const whole = (): number => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result
  }
  const fraction = (): number => whole() / 2 ** 32
  return {
    whole,
    fraction,
    between: (least, most) => least + (most - least) * fraction(),
    normal() {
      let sum = -6
      for (let term = 0; term < 12; term++) sum += fraction()
      return sum
    },
    fork: (name) => makeChance(seed ^ hash(name)),
  }
}

const rotate = (word: number, by: number): number => (word << by) | (word >>> (32 - by))

/** Spreads a seed over the state (splitmix32), so that seeds 1 and 2 have nothing in common and no seed gives the all-zero state. */
function fourWords(seed: number): [number, number, number, number] {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let word = state ^ (state >>> 16)
    word = Math.imul(word, 0x21f0aaad)
    word ^= word >>> 15
    word = Math.imul(word, 0x735a2d97)
    return word ^ (word >>> 15)
  }
  return [next(), next(), next(), next() | 1]
}

/** FNV-1a over the characters. */
function hash(text: string): number {
  let word = 0x811c9dc5
  for (let index = 0; index < text.length; index++) word = Math.imul(word ^ text.charCodeAt(index), 0x01000193)
  return word >>> 0
}
