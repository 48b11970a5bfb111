/** Minute means of a channel in station time, each with how much of it was covered, closed in order. */
import { type Millis, millis } from '../../../protocol/time.ts'

export const MINUTE = 60_000

/** A reading stands for the time since the one before, but for no more than so many periods: silence is not covered. */
const REACH_PERIODS = 1.5

/** A minute is closed by the next row, or when no row that still belongs to it can come. */
const CLOSE_PERIODS = 2

/** Of a minute: 45 s (the rule for a window, taken for its parts too). */
export const LEAST_COVERAGE = 0.75

/** Calls `close(end, mean)` once for each minute, in order; `mean` is NaN where less than 45 s of it are known. */
export class Minutes {
  readonly #period: number
  readonly #reach: number
  readonly #grace: number
  readonly #close: (end: Millis, mean: number) => void
  #end = Number.NaN
  #sum = 0
  #covered = 0
  #last = Number.NaN

  constructor(period: number, close: (end: Millis, mean: number) => void) {
    this.#period = period
    this.#reach = REACH_PERIODS * period
    this.#grace = CLOSE_PERIODS * period
    this.#close = close
  }

  /** A row that can be used (or not): its value holds back to the row before. */
  take(time: number, value: number, known: boolean): void {
    if (Number.isNaN(this.#end)) this.#end = MINUTE * Math.ceil(time / MINUTE)
    let from = Math.max(Number.isNaN(this.#last) ? time - this.#period : Math.max(this.#last, time - this.#reach), this.#end - MINUTE)
    this.#last = time
    while (this.#end <= time) {
      if (known && from < this.#end) this.#add(value, this.#end - from)
      from = Math.max(from, this.#end)
      this.#shut()
    }
    // Of a row that comes after its minute was closed nothing is added: that minute was told already.
    if (known && time > from) this.#add(value, time - from)
  }

  /** No row, but time has passed. */
  pass(now: number): void {
    while (this.#end + this.#grace <= now) this.#shut()
  }

  /** When the open minute closes without a row; not asked before the first one. */
  closesAt(): Millis {
    return millis(this.#end + this.#grace)
  }

  /** The end of the open minute; NaN before the first row. */
  get end(): number {
    return this.#end
  }

  get empty(): boolean {
    return this.#covered === 0
  }

  #add(value: number, span: number): void {
    this.#sum += value * span
    this.#covered += span
  }

  #shut(): void {
    const mean = this.#covered >= LEAST_COVERAGE * MINUTE ? this.#sum / this.#covered : Number.NaN
    const end = millis(this.#end)
    this.#end += MINUTE
    this.#sum = 0
    this.#covered = 0
    this.#close(end, mean)
  }
}
