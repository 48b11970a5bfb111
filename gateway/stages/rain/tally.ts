/** The counts of the last spans of a counting channel, in whole numbers: one memory of counts, and for each span a place in it. */
import { reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { Wiring } from '../../core/kind.ts'
import { type Counted, Intake, type KeptIntake } from './intake.ts'

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

/** Times are station time, which runs on over an outage. */
export interface KeptTally {
  intake: KeptIntake
  /** Time and count by turns. */
  entries: number[]
  gaps: { from: number; to: number; known: boolean }[]
  /** How many counts the last reading brought. */
  fresh: number
}

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
  /** Of them, those of the last reading. */
  #fresh = 0
  readonly #longest: number
  readonly #period: number
  /** Time and count of an entry, at its number & mask. */
  readonly times: Float64Array
  readonly entries: Float64Array
  readonly mask: number
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
    this.times = new Float64Array(capacity)
    this.entries = new Float64Array(capacity)
    this.mask = capacity - 1
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
    this.#fresh += count
    for (let grain = this.#period / ENTRIES_PER_PERIOD; this.#head - this.#oldest > this.mask; grain *= 2) this.#join(grain)
    const slot = this.#head++ & this.mask
    this.times[slot] = time
    this.entries[slot] = count
    for (let k = 0; k < this.counts.length; k++) this.counts[k] = (this.counts[k] as number) + count
  }

  begin(): void {
    this.#fresh = 0
  }

  /** The newest counts go, as many as the last reading brought; after a restart those that had left every window by then are gone already. */
  undo(): void {
    this.total -= this.#fresh
    for (let left = this.#fresh; left > 0 && this.#head > 0; ) {
      const entry = this.#head - 1
      const slot = entry & this.mask
      const gone = Math.min(left, this.entries[slot] as number)
      for (let k = 0; k < this.counts.length; k++) if ((this.#tails[k] as number) <= entry) this.counts[k] = (this.counts[k] as number) - gone
      this.entries[slot] = (this.entries[slot] as number) - gone
      left -= gone
      if (this.entries[slot] !== 0) break
      this.#head = entry
      for (let k = 0; k < this.#tails.length; k++) this.#tails[k] = Math.min(this.#tails[k] as number, entry)
    }
    this.#fresh = 0
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
      const from = read & this.mask
      const time = this.times[from] as number
      let edge = read === first
      for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === read) edge = true
      const join = !edge && time - opened < grain
      if (!join) {
        opened = time
        for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === read) this.#tails[k] = write
        write++
      }
      const to = (write - 1) & this.mask
      this.times[to] = time
      this.entries[to] = (join ? (this.entries[to] as number) : 0) + (this.entries[from] as number)
    }
    for (let k = 0; k < this.#tails.length; k++) if (this.#tails[k] === this.#head) this.#tails[k] = write
    this.#head = write
  }

  /** Brings every window to `time`. */
  settle(time: number): void {
    for (let k = 0; k < this.spans.length; k++) {
      const span = this.spans[k] as number
      // The very sum that `fallsAt` gives: an edge would round to the other side. Written out, since an answer of so many ms would be allocated.
      while ((this.#tails[k] as number) < this.#head && (this.times[(this.#tails[k] as number) & this.mask] as number) + span <= time) this.#leave(k)
    }
    while (this.#gaps.length > 0 && (this.#gaps[0] as { to: number }).to <= time - (this.spans[this.#longest] as number)) this.#gaps.shift()
  }

  #leave(k: number): void {
    const tail = this.#tails[k] as number
    this.counts[k] = (this.counts[k] as number) - (this.entries[tail & this.mask] as number)
    this.#tails[k] = tail + 1
  }

  /** When window k falls next, without new counts. */
  fallsAt(k: number): Millis {
    const tail = this.#tails[k] as number
    return tail < this.#head ? millis((this.times[tail & this.mask] as number) + (this.spans[k] as number)) : NEVER
  }

  /** Counts later than `edge`, of those in the longest window. O(entries that are later). */
  since(edge: number): number {
    let count = 0
    for (let entry = this.#head - 1; entry >= this.#oldest && (this.times[entry & this.mask] as number) > edge; entry--)
      count += this.entries[entry & this.mask] as number
    return count
  }

  /** Entries of the longest window are numbered from `first` up to, not including, `end`. */
  get first(): number {
    return this.#oldest
  }

  get end(): number {
    return this.#head
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

  kept(): KeptTally | null {
    const intake = this.intake.kept()
    if (!intake) return null
    const entries: number[] = []
    for (let entry = this.#oldest; entry < this.#head; entry++) entries.push(this.times[entry & this.mask] as number, this.entries[entry & this.mask] as number)
    return { intake, entries, gaps: this.#gaps.map((gap) => ({ ...gap })), fresh: this.#fresh }
  }

  recall(kept: unknown): void {
    const { intake, entries, gaps, fresh } = (kept ?? {}) as Partial<KeptTally>
    if (!Array.isArray(entries) || ![...entries, fresh].every(Number.isFinite) || !Array.isArray(gaps) || !gaps.every(isGap)) return
    if (!this.intake.recall(intake)) return
    for (let at = 0; at + 1 < entries.length; at += 2) this.add(entries[at] as number, entries[at + 1] as number)
    for (const { from, to, known } of gaps) this.miss(from, to, known)
    this.#fresh = fresh as number
  }
}

function isGap(kept: unknown): boolean {
  const { from, to, known } = (kept ?? {}) as Partial<KeptTally['gaps'][number]>
  return Number.isFinite(from) && Number.isFinite(to) && typeof known === 'boolean'
}
