/** Jump test: after a restart, or between two rows, a value that sits off its old line is not known to be movement. */
import { duration, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'
import { heightDoubts } from './heights.ts'
import { silenceDoubts } from './silences.ts'

interface Options {
  after?: Millis | undefined
  suspect?: number | undefined
  fail?: number | undefined
  hold: Millis
}

/** The old line is the median of so many rows: two glitches just before a silence do not move it. */
const LINE_ROWS = 5

const JUMP = reasonCode('jump')

/**
 * Height |x - old line| in the unit of the channel, over the time `hold` from
 *
 *     with `after`      each first value after a silence longer than that: an instrument that was away
 *     without `after`   each step from one row to the next of more than the height; it ends early once the value is back
 *
 * The first value after a restart of the station is held against the line before it too: a power cut takes both.
 * Whether the place has moved in the silence, or a wire has, cannot be told from here. So the rows are neither believed nor
 * forgotten: a failed row leaves the detectors unknown and raises `sensors`, for people to look. After `hold` the value
 * stands as it is, as a new line. Windows that are longer than `hold` then see both lines, and a movement that was none.
 */
export const jump: Kind<Options, Stage> = {
  name: 'jump',
  about:
    'After a silence longer than `after` (without it: after a step from one row to the next), values that differ from the median of the last five before it by more than the given height are suspect or failed, for the time `hold`; then they stand as a new line. In the unit of the channel. Give `hold` at least the longest window that looks at the channel. Without `after` a true fall is doubted too: only for what cannot move so fast.',
  options: shape({
    after: optional(duration({ least: 1 })),
    suspect: optional(number({ least: 0 })),
    fail: optional(number({ least: 0 })),
    hold: duration({ least: 1 }),
  }),
  doubts: ({ after, suspect, fail }, [input]) => [...heightDoubts(suspect, fail), ...silenceDoubts(after, input)],
  build: (options) => new Jump(options),
}

interface KeptLine {
  believed: number[]
  line: number | null
}

class Jump implements Stage {
  readonly #silence: number
  readonly #height: number
  readonly #suspect: number
  readonly #fail: number
  readonly #hold: number
  readonly #returns: boolean
  // The last rows that were believed, oldest overwritten, and the same in order of size.
  readonly #rows = new Float64Array(LINE_ROWS)
  readonly #sorted = new Float64Array(LINE_ROWS)
  #count = 0
  #lastTime = Number.NaN
  #lastValue = Number.NaN
  #line = Number.NaN
  /** Until when rows are held against the line; NaN where they are not. */
  #until = Number.NaN
  /** The station was away, and with it, for all it knows, the instrument. */
  #resumed = false

  constructor({ after, suspect = Infinity, fail = Infinity, hold }: Options) {
    this.#silence = after ?? Infinity
    this.#suspect = suspect
    this.#fail = fail
    this.#height = Math.min(suspect, fail)
    this.#hold = hold
    this.#returns = after === undefined
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      if (usable(ring.quality[slot] as number)) this.#judge(ring, row, ring.time[slot] as number, ring.value[slot] as number)
    }
  }

  #judge(ring: Ring, row: number, time: number, value: number): void {
    const jumped = this.#returns ? Math.abs(value - this.#lastValue) > this.#height : time - this.#lastTime > this.#silence
    const begins = jumped || this.#resumed
    const held = !Number.isNaN(this.#until)
    this.#resumed = false
    this.#lastTime = time
    this.#lastValue = value
    if (begins && (held || this.#count > 0)) {
      if (!held) this.#line = this.#median()
      this.#until = time + this.#hold
    } else if (time > this.#until) {
      this.#until = Number.NaN
      this.#count = 0
    }
    const off = Math.abs(value - this.#line)
    if (Number.isNaN(this.#until) || (this.#returns && off <= this.#height)) {
      this.#until = Number.NaN
      this.#rows[this.#count++ % LINE_ROWS] = value
    } else if (off > this.#fail) worsen(ring, row, Quality.fail, JUMP)
    else if (off > this.#suspect) worsen(ring, row, Quality.suspect, JUMP)
  }

  /** The rows that were believed, and the line that others are held against, where there is one. */
  kept(): KeptLine | null {
    const believed = [...this.#rows.subarray(0, Math.min(this.#count, LINE_ROWS))]
    const line = Number.isNaN(this.#until) ? null : this.#line
    return believed.length === 0 && line === null ? null : { believed, line }
  }

  /** The first row is then held against the line as after a silence. */
  recall(kept: unknown): void {
    const { believed, line } = (kept ?? {}) as Partial<KeptLine>
    if (!Array.isArray(believed) || !believed.every(Number.isFinite)) return
    this.#count = Math.min(believed.length, LINE_ROWS)
    this.#rows.set(believed.slice(0, LINE_ROWS))
    this.#resumed = true
    if (!Number.isFinite(line)) return
    this.#line = line as number
    // Until the first row says until when.
    this.#until = Infinity
  }

  #median(): number {
    const n = Math.min(this.#count, LINE_ROWS)
    for (let k = 0; k < n; k++) {
      const value = this.#rows[k] as number
      let at = k
      for (; at > 0 && (this.#sorted[at - 1] as number) > value; at--) this.#sorted[at] = this.#sorted[at - 1] as number
      this.#sorted[at] = value
    }
    return ((this.#sorted[(n - 1) >> 1] as number) + (this.#sorted[n >> 1] as number)) / 2
  }
}
