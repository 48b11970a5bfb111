/**
 * The statistics of the last `span` of a channel, exact and O(1) a row: count, means, and the centred sums of squares
 * from which a mean, a variance, or a least-squares line with its error follows.
 *
 *     time  ──┬───────────────(t-W]━━━━━━━━━━━━━━━t]     rows in the half-open (t-W, t] count; failed rows do not
 *             centre c: the sums are of (y-c) and (t-ct), so that they stay small
 *
 * Adding and subtracting rounds. What it may have done since the sums were made is bounded by the number of steps and by
 * the greatest that each sum of squares has been; when the bound passes `TOLERANCE` of a result, all sums are made anew
 * from the ring about a new centre. A window after a glitch of 1e9 is so as exact as before it.
 */
import { Quality } from '../../protocol/quality.ts'
import type { Millis } from '../../protocol/time.ts'
import { oldest, type Ring } from './ring.ts'
import type { Stage } from './stage.ts'

/** Rows that are handed through the stages of a channel at once: columns of this length stay in the first cache. */
export const PIECE = 64

/** Of a result: far below any instrument's resolution, far above the rounding of a fresh sum (measured worst case 5e-11). */
const TOLERANCE = 2.5e-10

/** Half the distance from 1 to the next double. */
const ROUNDING = 2 ** -53

/** A row's figures stand side by side, so many places apart: one list is found faster than seven. */
const WIDTH = 8
const COUNT = 0
const FIRST = 1
const MEAN_TIME = 2
const MEAN = 3
const ABOUT_TT = 4
const ABOUT_TY = 5
const ABOUT_YY = 6
const SLOPE = 7

/** Results a row, at the row's place in the piece; without new rows, at place 0. Shared by the windows of equal rank of all channels. */
export class WindowFigures {
  readonly places = new Float64Array(WIDTH * PIECE)

  count(at: number): number {
    return this.places[at * WIDTH + COUNT] as number
  }

  /** Station time of the oldest row that counts; NaN without any. */
  first(at: number): number {
    return this.places[at * WIDTH + FIRST] as number
  }

  meanTime(at: number): number {
    return this.places[at * WIDTH + MEAN_TIME] as number
  }

  mean(at: number): number {
    return this.places[at * WIDTH + MEAN] as number
  }

  /** Sum of squares of time about its mean (ms²). */
  stt(at: number): number {
    return this.places[at * WIDTH + ABOUT_TT] as number
  }

  /** Sum of products of time and value about their means (ms·unit). */
  sty(at: number): number {
    return this.places[at * WIDTH + ABOUT_TY] as number
  }

  /** Sum of squares of the value about its mean (unit²). */
  syy(at: number): number {
    return this.places[at * WIDTH + ABOUT_YY] as number
  }

  /** Slope of the least-squares line in units a millisecond; NaN without two different times. */
  slope(at: number): number {
    return this.places[at * WIDTH + SLOPE] as number
  }
}

const ranks: WindowFigures[] = []

/** The figures of the k-th window of every channel: they hold until the k-th window of another channel runs. */
function figuresOf(rank: number): WindowFigures {
  while (ranks.length <= rank) ranks.push(new WindowFigures())
  return ranks[rank] as WindowFigures
}

/** Looked up once, not at each row. */
const FAIL: number = Quality.fail

// The places of the sums. In one list of doubles they are read and written without a detour, and no number is ever allocated.
/** Rows that count, and the most that they have been since the sums were made. */
const N = 0
const MOST = 1
/** The centre, and the sums about it. */
const CT = 2
const CY = 3
const ST = 4
const SY = 5
const STT = 6
const STY = 7
const SYY = 8
/** The greatest that the sums of squares have been since they were made. */
const GREATEST_TT = 9
const GREATEST_YY = 10

/** Differences and products round three times before anything is summed; sums about the very mean add to that by less than a unit of the result. */
const FRESH_STEPS = 3

/**
 * Each step rounds a sum S by at most half a unit of it. For Syy - Sy²/n that is, by Cauchy's |Sy| <= √(n·Syy), at most
 * 1 + 2·√(MOST/n) <= 5 such units of the greatest Syy, as long as n is not less than a quarter of MOST; Sty is bounded by both.
 */
const BOUND = (5 * ROUNDING) / TOLERANCE
const LEAST_SHARE = 0.25

/**
 * The window of one channel and span (ms of station time). After `run` the result at row r is at place `r - from` of `figures`, so that at most
 * `PIECE` rows are run at once; it is overwritten when the window of equal `rank` of another channel runs.
 */
export class Window implements Stage {
  readonly span: Millis
  readonly figures: WindowFigures
  /** How often the sums were made anew: for tests and benches. */
  renewals = 0
  /** A list that begins with doubles holds them beside its owner in memory; the numbers of a short typed array lie elsewhere, a cache line further. */
  readonly #sums: number[] = Array.from({ length: 11 }, () => Number.NaN).fill(0)
  #tail = 0
  #revision = 0
  /** Rows that came and rows that went are steps: `next + tail` less this is how many were taken since the sums were made. */
  #made = 0
  /** Rows up to this time do not count. A field, since a number that is handed on may be allocated. */
  #edge = Number.NaN

  constructor(span: Millis, rank: number) {
    this.span = span
    this.figures = figuresOf(rank)
  }

  /** `begin`: where it goes on after its sums were made anew in the middle of a piece. */
  run(ring: Ring, from: number, to: number, now: Millis, begin = from): void {
    // Rows may be older than `now`: what the oldest of them still sees is not passed before its turn.
    if (this.#revision !== ring.revision || this.#tail < oldest(ring)) {
      this.#edge = (from < to ? (ring.time[from & ring.mask] as number) : now) - this.span
      this.#renew(ring, from, 0)
    }
    const { mask, time, value, quality } = ring
    const { places } = this.figures
    const { span } = this
    const sums = this.#sums
    const ct = sums[CT] as number
    const cy = sums[CY] as number
    let n = sums[N] as number
    let most = sums[MOST] as number
    let st = sums[ST] as number
    let sy = sums[SY] as number
    let stt = sums[STT] as number
    let sty = sums[STY] as number
    let syy = sums[SYY] as number
    let greatestTT = sums[GREATEST_TT] as number
    let greatestYY = sums[GREATEST_YY] as number
    let tail = this.#tail
    let next = begin
    const made = this.#made
    let edge = now - span
    let whole = true
    do {
      const place = (next - from) * WIDTH
      if (next < to) {
        const slot = next++ & mask
        const here = time[slot] as number
        edge = here - span
        if ((quality[slot] as number) < FAIL) {
          const t = here - ct
          const y = (value[slot] as number) - cy
          n++
          st += t
          sy += y
          stt += t * t
          sty += t * y
          syy += y * y
          if (n > most) most = n
          if (stt > greatestTT) greatestTT = stt
          if (syy > greatestYY) greatestYY = syy
        }
      }
      for (; tail < next; tail++) {
        const old = tail & mask
        // Failed rows at the old end are passed for good: they never count again.
        if ((quality[old] as number) >= FAIL) continue
        const then = time[old] as number
        if (then > edge) break
        // What has entered about one centre leaves by the very same figures: only the sums round.
        const t = then - ct
        const y = (value[old] as number) - cy
        n--
        st -= t
        sy -= y
        stt -= t * t
        sty -= t * y
        syy -= y * y
      }
      // Without a row that counts these are no numbers, and so spoilt: what an empty window tells is written by `tell`.
      const meanT = st / n
      const meanY = sy / n
      const centredTT = stt - meanT * st
      const centredTY = sty - meanT * sy
      const centredYY = syy - meanY * sy
      places[place + COUNT] = n
      places[place + FIRST] = time[tail & mask] as number
      places[place + MEAN_TIME] = ct + meanT
      places[place + MEAN] = cy + meanY
      places[place + ABOUT_TT] = centredTT
      places[place + ABOUT_TY] = centredTY
      places[place + ABOUT_YY] = centredYY
      places[place + SLOPE] = centredTT > 0 ? centredTY / centredTT : Number.NaN
      const bound = BOUND * (next + tail - made)
      whole = bound * greatestYY <= centredYY && bound * greatestTT <= centredTT && n >= LEAST_SHARE * most
    } while (whole && next < to)
    sums[N] = n
    sums[MOST] = most
    sums[ST] = st
    sums[SY] = sy
    sums[STT] = stt
    sums[STY] = sty
    sums[SYY] = syy
    sums[GREATEST_TT] = greatestTT
    sums[GREATEST_YY] = greatestYY
    this.#tail = tail
    if (whole) return
    this.#edge = edge
    this.#renew(ring, next, Math.max(0, next - 1 - from))
    if (next < to) this.run(ring, from, to, now, next)
  }

  /** Makes the sums anew from the rows before `end`, about the mean as it is known, or, where that was too far off, about the mean as it is. O(rows in the window). */
  #renew(ring: Ring, end: number, at: number): void {
    this.renewals++
    this.#revision = ring.revision
    const { mask, time, quality } = ring
    let tail = Math.max(this.#tail, oldest(ring))
    while (tail < end && ((time[tail & mask] as number) <= this.#edge || (quality[tail & mask] as number) >= FAIL)) tail++
    this.#tail = tail
    const sums = this.#sums
    sums[CY] = (sums[CY] as number) + (sums[SY] as number) / (sums[N] as number)
    sum(sums, ring, tail, end)
    // About a centre that is off they are large, and each row's step rounds them.
    // Whole, and told so: a number that may be a fraction is allocated when it is kept.
    let steps = ((sums[N] as number) | 0) + FRESH_STEPS
    if (!tell(sums, this.figures, at, ring, tail, steps)) {
      steps = FRESH_STEPS
      takeMean(sums, ring, tail, end)
      sum(sums, ring, tail, end)
      tell(sums, this.figures, at, ring, tail, steps)
    }
    this.#made = end + tail - steps
  }
}

/** Writes what the sums give. False where rounding may have spoilt it; asked so that a sum that is no number any more is spoilt too. */
function tell(sums: number[], { places }: WindowFigures, at: number, ring: Ring, tail: number, steps: number): boolean {
  const place = at * WIDTH
  const n = sums[N] as number
  if (n === 0) {
    places.fill(0, place, place + WIDTH)
    places[place + FIRST] = places[place + MEAN_TIME] = places[place + MEAN] = places[place + SLOPE] = Number.NaN
    return true
  }
  const meanT = (sums[ST] as number) / n
  const meanY = (sums[SY] as number) / n
  const stt = (sums[STT] as number) - meanT * (sums[ST] as number)
  const sty = (sums[STY] as number) - meanT * (sums[SY] as number)
  const syy = (sums[SYY] as number) - meanY * (sums[SY] as number)
  places[place + COUNT] = n
  places[place + FIRST] = ring.time[tail & ring.mask] as number
  places[place + MEAN_TIME] = (sums[CT] as number) + meanT
  places[place + MEAN] = (sums[CY] as number) + meanY
  places[place + ABOUT_TT] = stt
  places[place + ABOUT_TY] = sty
  places[place + ABOUT_YY] = syy
  places[place + SLOPE] = stt > 0 ? sty / stt : Number.NaN
  const bound = BOUND * steps
  return bound * (sums[GREATEST_YY] as number) <= syy && bound * (sums[GREATEST_TT] as number) <= stt && n >= LEAST_SHARE * (sums[MOST] as number)
}

/** The sums over the rows from `tail` to `end`, about the centre's value and the time of the newest row: that will be the middle, and so stays good for longer. */
function sum(sums: number[], ring: Ring, tail: number, end: number): void {
  const { mask, time, value, quality } = ring
  const newest = time[(end - 1) & mask] as number
  const mean = sums[CY] as number
  sums[CT] = newest
  let n = 0
  let st = 0
  let sy = 0
  let stt = 0
  let sty = 0
  let syy = 0
  for (let row = tail; row < end; row++) {
    const slot = row & mask
    if ((quality[slot] as number) >= FAIL) continue
    const t = (time[slot] as number) - newest
    const y = (value[slot] as number) - mean
    n++
    st += t
    sy += y
    stt += t * t
    sty += t * y
    syy += y * y
  }
  sums[N] = sums[MOST] = n
  sums[ST] = st
  sums[SY] = sy
  sums[STT] = sums[GREATEST_TT] = stt
  sums[STY] = sty
  sums[SYY] = sums[GREATEST_YY] = syy
}

/** Centres on the mean, taken from the first value, so that equal values give it exactly. */
function takeMean(sums: number[], ring: Ring, tail: number, end: number): void {
  const { mask, value, quality } = ring
  const first = value[tail & mask] as number
  let n = 0
  let beyond = 0
  for (let row = tail; row < end; row++) {
    const slot = row & mask
    if ((quality[slot] as number) >= FAIL) continue
    n++
    beyond += (value[slot] as number) - first
  }
  sums[CY] = first + beyond / n
}
