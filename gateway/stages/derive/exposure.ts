/** Exposure at a place: the 15-minute mean (STEL) and the two 8-hour means (TWA) of a toxic gas, made of minute means. */
import { about, duration, list, oneOf, optional, pattern, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { DerivationKind, OptionDoubt, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { LEAST_COVERAGE, MINUTE, Minutes } from './minutes.ts'

interface Options {
  as: 'stel' | 'moving480' | 'fixed480'
  over?: Millis | undefined
  shifts?: string[] | undefined
}

/** The short term of GBZ 2.1 and of all others. */
const STEL_MS = millis(15 * MINUTE)

/** Eight hours, in minutes: the time that both long-term means are told for. */
const SHIFT_MINUTES = 480

/** Without a wall clock a shift ends a day after it began: no place has longer ones, and a sum that never ends is always too high. */
const LONGEST_SHIFT_MINUTES = 1440

/** Of a mean, as it is kept: far below any instrument's resolution. */
const KEPT_DIGITS = 6

const [NONE, COVERAGE, WARM_UP] = [reasonCode('none'), reasonCode('coverage'), reasonCode('warm-up')]

/**
 * One row at the end of each minute of station time, of minute means m (below 0 counts as 0):
 *
 *     stel        Σ m / n over the last `over`                            running mean, fed by minute means (RAE TN-119; GBZ 2.1: 15 min)
 *     moving480   Σ m / n over the last 480 minutes                       OSHA
 *     fixed480    Σ m / 480 since the shift began, beyond 480 too         ACGIH, EH40: grows as long as the shift lasts
 *
 * n are the minutes that are known (45 s or more of them). Where they are less than 75 % of the window, the row is a lower bound, of quality
 * unknown (`warm-up` at first, `coverage` later): it can exceed a set point, and never proves that none was. Minutes that are missing
 * below that count as the mean of the others.
 *
 * A fixed instrument sees the air of a place and no person's exposure: the quantity says so. The minutes outlive the process; where no wall clock
 * tells how long it was away, they are taken as if it had not been, which is the longer exposure.
 */
export const exposure: DerivationKind<Options> = {
  name: 'exposure',
  about:
    'The mean of a gas as exposure limits have it, of the area, not of a person: stel (the last 15 min), moving480 (the last 8 h), or fixed480 (the sum of the shift over 8 h).',
  options: shape({
    as: about(oneOf(['stel', 'moving480', 'fixed480']), 'stel; or the 8-hour mean as OSHA (moving480) or as ACGIH and EH40 have it (fixed480).'),
    over: optional(about(duration({ least: 5 * MINUTE, most: 15 * MINUTE }), 'Of stel alone: 5 to 15 minutes; default 15min.')),
    shifts: optional(
      about(
        list(pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day', '"08:00"'), { least: 1, most: 6 }),
        'Of fixed480 alone: when shifts begin, in local time; default ["08:00"]. Without a synchronised clock a sum begins anew after a day.',
      ),
    ),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input && !input.counting && ['ppm', 'ppb', 'mg/m3', 'ug/m3'].includes(input.unit)
      ? { unit: input.unit, quantity: `area exposure to ${input.gas?.name ?? input.quantity}` }
      : 'exposure needs a toxic gas, in ppm, ppb, mg/m3 or ug/m3',
  period: () => millis(MINUTE),
  doubts: ({ as, over, shifts }, [input]) => {
    const doubts: OptionDoubt[] = []
    if (input && input.period > MINUTE)
      doubts.push({ at: [], what: 'minute means of readings that are further apart', remedy: 'read the channel at least once a minute' })
    if (over !== undefined && over % MINUTE !== 0) doubts.push({ at: ['over'], what: 'this is no number of whole minutes', remedy: 'such as 15min' })
    if (over !== undefined && as !== 'stel') doubts.push({ at: ['over'], what: 'the 8-hour means have a length of their own', remedy: 'leave it out' })
    if (shifts !== undefined && as !== 'fixed480') doubts.push({ at: ['shifts'], what: `${as} moves on by itself`, remedy: 'leave it out, or take fixed480' })
    return doubts
  },
  build: (options, wiring) => new Exposure(options, wiring),
}

interface Kept {
  /** Wall time of the end of the last minute; null where no clock told it. */
  until: number | null
  /** Newest first; null: not known. */
  means: (number | null)[]
  shift: { sum: number; known: number; minutes: number; turn: number | null }
}

class Exposure implements Stage {
  readonly #mode: Options['as']
  readonly #length: number
  readonly #starts: number[]
  readonly #calendar: Wiring['calendar']
  readonly #out: Ring
  readonly #minutes: Minutes
  /** Means by the number of the minute; NaN: not known. */
  readonly #means: Float64Array
  #count = 0
  #known = 0
  #shift: Kept['shift'] = { sum: 0, known: 0, minutes: 0, turn: null }
  #recalled: Kept | null = null

  constructor({ as, over = STEL_MS, shifts = ['08:00'] }: Options, { calendar, out, periods }: Wiring) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    this.#mode = as
    this.#length = as === 'stel' ? over / MINUTE : SHIFT_MINUTES
    this.#starts = shifts.map((text) => 60 * Number(text.slice(0, 2)) + Number(text.slice(3)))
    this.#calendar = calendar
    this.#out = out
    this.#means = new Float64Array(this.#length).fill(Number.NaN)
    this.#minutes = new Minutes(periods[0] as number, (end, mean) => this.#close(end, mean))
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (let row = from; row < to; row++) {
      const slot = row & ring.mask
      const quality = ring.quality[slot]
      if (this.#recalled) this.#restore(this.#recalled, ring.time[slot] as number)
      this.#minutes.take(ring.time[slot] as number, Math.max(0, ring.value[slot] as number), quality === Quality.good || quality === Quality.suspect)
    }
    // Rows of this scan may still come after these; only where none did, time alone closes a minute, and only while there is something to tell.
    if (from === to && this.wakeAt() < NEVER) this.#minutes.pass(now)
  }

  wakeAt(): Millis {
    return this.#knowsNothing() && this.#minutes.empty ? NEVER : this.#minutes.closesAt()
  }

  #knowsNothing(): boolean {
    return (this.#mode === 'fixed480' ? this.#shift.known : this.#known) === 0
  }

  #close(end: Millis, mean: number): void {
    this.#put(mean)
    if (this.#mode === 'fixed480') this.#join(end, mean)
    if (this.#knowsNothing()) return
    if (this.#mode === 'fixed480') this.#emit(end, this.#shift.sum, this.#shift.known, this.#shift.minutes, SHIFT_MINUTES)
    else this.#emit(end, this.#sum(), this.#known, this.#length, this.#length)
  }

  /** `window`: minutes that should be known; `over`: minutes that the mean is told for. */
  #emit(end: Millis, sum: number, known: number, window: number, over: number): void {
    const enough = known >= LEAST_COVERAGE * window
    const value = enough ? ((sum / known) * window) / over : sum / over
    push(this.#out, end, value, enough ? Quality.good : Quality.unknown, enough ? NONE : this.#count < window ? WARM_UP : COVERAGE)
  }

  #put(mean: number): void {
    const at = this.#count % this.#length
    if (!Number.isNaN(this.#means[at])) this.#known--
    if (!Number.isNaN(mean)) this.#known++
    this.#means[at] = mean
    this.#count++
  }

  /** O(480) once a minute: nothing is subtracted, so that nothing drifts. */
  #sum(): number {
    let sum = 0
    for (let at = 0; at < this.#length; at++) if (!Number.isNaN(this.#means[at])) sum += this.#means[at] as number
    return sum
  }

  /** A shift is told from the one before by its number since 1970; while no clock is sure, by its length alone. */
  #join(end: Millis, mean: number): void {
    const shift = this.#shift
    const turn = this.#calendar.quality === 'unsynchronised' ? null : this.#turnAt(this.#calendar.wall(millis(end - MINUTE)))
    const other = turn !== null && shift.turn !== null && turn !== shift.turn
    if (other || shift.minutes >= LONGEST_SHIFT_MINUTES) {
      shift.sum = 0
      shift.known = 0
      shift.minutes = 0
    }
    shift.turn = turn ?? shift.turn
    shift.minutes++
    if (Number.isNaN(mean)) return
    shift.sum += mean
    shift.known++
  }

  #turnAt(wall: number): number {
    const minute = Math.floor((wall + this.#calendar.utcOffset) / MINUTE)
    const day = Math.floor(minute / 1440)
    let begun = 0
    for (let k = 0; k < this.#starts.length; k++) if ((this.#starts[k] as number) <= minute - 1440 * day) begun++
    return day * this.#starts.length + begun
  }

  kept(): Kept | undefined {
    if (this.#recalled) return this.#recalled
    if (this.#count === 0) return undefined
    const means: (number | null)[] = []
    for (let back = 1; back <= Math.min(this.#count, this.#length); back++) {
      const mean = this.#means[(this.#count - back) % this.#length] as number
      means.push(Number.isNaN(mean) ? null : Number(mean.toPrecision(KEPT_DIGITS)))
    }
    const sure = this.#calendar.quality !== 'unsynchronised'
    return { until: sure ? this.#calendar.wall(millis(this.#minutes.end - MINUTE)) : null, means, shift: { ...this.#shift } }
  }

  recall(kept: unknown): void {
    if (isKept(kept)) this.#recalled = kept
  }

  /** Before the first row: what was kept, and as many unknown minutes as the process was away. */
  #restore({ until, means, shift }: Kept, time: number): void {
    this.#recalled = null
    for (const mean of means.slice(0, this.#length).reverse()) this.#put(mean ?? Number.NaN)
    this.#shift = { ...shift }
    const sure = until !== null && this.#calendar.quality !== 'unsynchronised'
    const away = sure ? Math.round((this.#calendar.wall(millis(MINUTE * (Math.ceil(time / MINUTE) - 1))) - until) / MINUTE) : 0
    for (let minute = 0; minute < Math.min(away, LONGEST_SHIFT_MINUTES); minute++) this.#put(Number.NaN)
    this.#shift.minutes += Math.max(0, away)
  }
}

function isKept(kept: unknown): kept is Kept {
  if (typeof kept !== 'object' || kept === null) return false
  const { until, means, shift } = kept as Partial<Kept>
  const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
  return (
    (until === null || isNumber(until)) &&
    Array.isArray(means) &&
    means.every((mean) => mean === null || isNumber(mean)) &&
    typeof shift === 'object' &&
    shift !== null &&
    [shift.sum, shift.known, shift.minutes].every(isNumber) &&
    (shift.turn === null || isNumber(shift.turn))
  )
}
