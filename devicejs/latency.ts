/** How long answers take, as percentiles of the last few thousand, without keeping them all. */

/** Eight classes an octave: a percentile is right to 5 %, and 20 octaves from a quarter of a millisecond reach four minutes. */
const CLASSES_PER_OCTAVE = 8
const OCTAVES = 20
const LEAST_MS = 0.25

/** When so many answers are held all classes are halved: what counts are the last few thousand, not last winter's. */
const HELD_MOST = 8192

export interface Latency {
  note(ms: number): void
  /** In milliseconds; null before the first answer. */
  percentiles(): { p50: number; p99: number } | null
}

export function makeLatency(): Latency {
  const held = new Uint32Array(OCTAVES * CLASSES_PER_OCTAVE)
  let count = 0

  /** The middle of the class in which the answer of that rank stands. */
  const percentile = (share: number): number => {
    const rank = Math.ceil(share * count)
    let seen = 0
    const place = held.findIndex((some) => {
      seen += some
      return seen >= rank
    })
    return LEAST_MS * 2 ** ((place + 0.5) / CLASSES_PER_OCTAVE)
  }

  return {
    note(ms) {
      const place = Math.floor(Math.log2(Math.max(ms, LEAST_MS) / LEAST_MS) * CLASSES_PER_OCTAVE)
      held[Math.min(place, held.length - 1)]! += 1
      if (++count < HELD_MOST) return
      count = 0
      for (const [index, some] of held.entries()) {
        held[index] = some >>> 1
        count += some >>> 1
      }
    },
    percentiles: () => (count === 0 ? null : { p50: percentile(0.5), p99: percentile(0.99) }),
  }
}
