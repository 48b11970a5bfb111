/** The counts of the last spans of a counting channel, in whole numbers: one memory of counts, and for each span a place in it. */
import { reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Wiring } from '../../core/kind.ts'
import { type Counted, Intake } from './intake.ts'

/** Below this share of a window a sum that exceeds nothing proves nothing. */
export const LEAST_COVERAGE = 0.9

/** More counts than fell in any three days; where more come, neighbours join. */
const MOST_ENTRIES = 8192

/** Two entries a period, and the parts of two gaps. */
const ENTRIES_PER_PERIOD = 2
const SPARE_ENTRIES = 128

const NONE = reasonCode('none')
const COVERAGE = reasonCode('coverage')
const WARM_UP = reasonCode('warm-up')

/**
 * Windows (t-span, t], all over one ring of times and counts that are not 0:
 *
 *     oldest ....... entry ....... entry .. entry   newest
 *        ▲ longest span      ▲ shorter        ▲ shortest: what lies from there on is its sum
 */
export class Tally implements Counted {
  readonly intake: Intake
  readonly spans: readonly number[]
  /** Whole counts in each window, as of the time that was last settled. */
  readonly counts: Float64Array
  /** All that was ever counted. */
  total = 0
  readonly #longest: number
  readonly #period: number
  readonly #times: Float64Array
  readonly #entries: Float64Array
  readonly #mask: number
  readonly #tails: Float64Array
  #head = 0
  // Gaps [from, to) that may still lie in a window, oldest first. Where the counts of a whole gap are known, it is a gap only once the window cuts it.
  #gaps: { from: number; to: number; known: boolean }[] = []

  constructor(wiring: Wiring, spans: readonly number[]) {
    this.intake = new Intake(wiring, this)
    this.spans = spans
    this.#longest = spans.indexOf(Math.max(...spans))
    this.#period = wiring.periods[0] as number
    const wanted = (ENTRIES_PER_PERIOD * (spans[this.#longest] as number)) / this.#period + SPARE_ENTRIES
    const capacity = 2 ** Math.ceil(Math.log2(Math.min(MOST_ENTRIES, wanted)))
    this.#times = new Float64Array(capacity)
    this.#entries = new Float64Array(capacity)
    this.#mask = capacity - 1
    this.counts = new Float64Array(spans.length)
    this.#tails = new Float64Array(spans.length)
  }

  miss(from: number, to: number, known: boolean): void {
    const last = this.#gaps.at(-1)
    if (last && last.to === from && !last.known && !known) last.to = to
    else this.#gaps.push({ from, to, known })
  }

  add(time: number, count: number): void {
    if (count === 0) return
    this.total += count
    for (let grain = this.#period / ENTRIES_PER_PERIOD; this.#head - this.#oldest > this.#mask; grain *= 2) this.#join(grain)
    const slot = this.#head++ & this.#mask
    this.#times[slot] = time
    this.#entries[slot] = count
    for (let k = 0; k < this.counts.length; k++) this.counts[k] = (this.counts[k] as number) + count
  }

  get #oldest(): number {
    return this.#tails[this.#longest] as number
  }

  /** A device that is read faster than the site file says: entries within a `grain` join at the later time, none across the edge of a window. O(entries). */
  #join(grain: number): void {
    const first = this.#oldest
    let write = first
    let opened = Number.NaN
    for (let read = first; read < this.#head; read++) {
      const from = read & this.#mask
      const time = this.#times[from] as number
      let edge = read === first
      for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === read) edge = true
      const join = !edge && time - opened < grain
      if (!join) {
        opened = time
        for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === read) this.#tails[k] = write
        write++
      }
      const to = (write - 1) & this.#mask
      this.#times[to] = time
      this.#entries[to] = (join ? (this.#entries[to] as number) : 0) + (this.#entries[from] as number)
    }
    for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === this.#head) this.#tails[k] = write
    this.#head = write
  }

  /** Brings every window to `time`. */
  settle(time: number): void {
    for (let k = 0; k < this.spans.length; k++) {
      // The very sum that `fallsAt` gives: an edge would round to the other side.
      while (this.fallsAt(k) <= time) this.#leave(k)
    }
    while (this.#gaps.length > 0 && (this.#gaps[0] as { to: number }).to <= time - (this.spans[this.#longest] as number)) this.#gaps.shift()
  }

  #leave(k: number): void {
    const tail = this.#tails[k] as number
    this.counts[k] = (this.counts[k] as number) - (this.#entries[tail & this.#mask] as number)
    this.#tails[k] = tail + 1
  }

  /** When window k falls next, without new counts. */
  fallsAt(k: number): Millis {
    const tail = this.#tails[k] as number
    return tail < this.#head ? millis((this.#times[tail & this.#mask] as number) + (this.spans[k] as number)) : NEVER
  }

  /** Counts later than `edge`, of those in the longest window. O(entries that are later). */
  since(edge: number): number {
    let count = 0
    for (let entry = this.#head - 1; entry >= this.#oldest && (this.#times[entry & this.#mask] as number) > edge; entry--)
      count += this.#entries[entry & this.#mask] as number
    return count
  }

  /** Goes back through the entries of the longest window, newest first, until `see` gives false. */
  back(see: (time: number, count: number) => boolean): void {
    for (let entry = this.#head - 1; entry >= this.#oldest; entry--)
      if (!see(this.#times[entry & this.#mask] as number, this.#entries[entry & this.#mask] as number)) return
  }

  /** Why a sum over (edge, time] that exceeds nothing proves nothing, as a reason's code; 0 where it does. */
  doubt(edge: number, time: number): number {
    const span = time - edge
    if (this.#covered(edge, time) >= LEAST_COVERAGE * span) return NONE
    return this.intake.began <= edge + (1 - LEAST_COVERAGE) * span ? COVERAGE : WARM_UP
  }

  /** The same of all windows at once: a lack after the first filling is told before warm-up. */
  doubts(time: number): number {
    let worst = NONE
    for (let k = 0; k < this.spans.length && worst !== COVERAGE; k++) {
      const doubt = this.doubt(time - (this.spans[k] as number), time)
      if (doubt !== NONE) worst = doubt
    }
    return worst
  }

  /** Milliseconds of (edge, time] in which counting is known. */
  #covered(edge: number, time: number): number {
    const { began, last, gapMs } = this.intake
    let covered = time - Math.max(edge, began)
    for (let k = 0; k < this.#gaps.length; k++) {
      const { from, to, known } = this.#gaps[k] as { from: number; to: number; known: boolean }
      if (to > edge && (!known || from < edge)) covered -= to - Math.max(edge, from)
    }
    const open = time - last
    return open > gapMs ? covered - (time - Math.max(edge, last)) : covered
  }
}
