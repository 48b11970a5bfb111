/** How much a value goes with the temperature, fitted on quiet days: one factor, accepted only where the days prove it. */

const DAY = 86_400_000

/** A factor is fitted on so many quiet days: a week holds warm and cool ones (knowledge of temperature compensation asks for at least 7). */
export const FIT_DAYS = 7

/** A day of which less than this share was read has not seen its warmest and its coolest hour. */
const LEAST_SHARE = 0.5

/** Accepted if |a| > 3 standard errors and R² > 0.5: below that the temperature explains less than half of what is seen. */
const LEAST_ERRORS = 3
const LEAST_R2 = 0.5

/** Centred sums of squares over rows of some days, each day about its own means: a slow drift from day to day is none of the temperature's. */
export interface ThermalSums {
  rows: number
  /** Of the temperatures themselves. */
  heat: number
  days: number
  stt: number
  sty: number
  syy: number
}

export interface ThermalFactor {
  /** The mean temperature of the days. */
  at: number
  /** Units a degree. */
  factor: number
  error: number
  r2: number
}

/** The factor of these sums, or null where they do not prove one. */
export function factorOf({ rows, heat, days, stt, sty, syy }: ThermalSums): ThermalFactor | null {
  const freedom = rows - days - 1
  if (freedom < 1 || !(stt > 0) || !(syy > 0)) return null
  const factor = sty / stt
  const error = Math.sqrt(Math.max(0, syy - factor * sty) / freedom / stt)
  const r2 = (sty * sty) / (stt * syy)
  return Math.abs(factor) > LEAST_ERRORS * error && r2 > LEAST_R2 ? { at: heat / rows, factor, error, r2 } : null
}

interface KeptFit {
  sums: ThermalSums
  before: number | null
}

export class ThermalFit {
  readonly #period: number
  readonly #quietPerDay: number
  readonly #dry: (at: number) => boolean
  #sums: ThermalSums = { rows: 0, heat: 0, days: 0, stt: 0, sty: 0, syy: 0 }
  // The day, about its first pair, so that no digits are lost.
  #began = Number.NaN
  #rows = 0
  #t0 = 0
  #y0 = 0
  #st = 0
  #sy = 0
  #stt = 0
  #sty = 0
  #syy = 0
  #before = Number.NaN
  // The newest pair stands apart until the next one comes: a spike is known by the row after it.
  #pendingT = 0
  #pendingY = 0
  #pending = false

  /** `dry`: whether it did not rain on the day until then. */
  constructor(period: number, quietPerDay: number, dry: (at: number) => boolean) {
    this.#period = period
    this.#quietPerDay = quietPerDay
    this.#dry = dry
  }

  /** A pair of that time; gives a factor when the days have proved one. */
  take(temperature: number, value: number, time: number): ThermalFactor | null {
    this.#admit()
    if (Number.isNaN(this.#began)) this.#began = time
    const found = time - this.#began >= DAY ? this.#closeDay(time) : null
    this.#pendingT = temperature
    this.#pendingY = value
    this.#pending = true
    return found
  }

  /** The newest pair was none. */
  drop(): void {
    this.#pending = false
  }

  #admit(): void {
    if (!this.#pending) return
    this.#pending = false
    if (this.#rows === 0) {
      this.#t0 = this.#pendingT
      this.#y0 = this.#pendingY
    }
    const t = this.#pendingT - this.#t0
    const y = this.#pendingY - this.#y0
    this.#rows++
    this.#st += t
    this.#sy += y
    this.#stt += t * t
    this.#sty += t * y
    this.#syy += y * y
  }

  #closeDay(time: number): ThermalFactor | null {
    const n = this.#rows
    const covered = n * this.#period >= LEAST_SHARE * DAY && time - this.#began < 2 * DAY
    const mean = covered ? this.#y0 + this.#sy / n : Number.NaN
    const sums = this.#sums
    if (Math.abs(mean - this.#before) <= this.#quietPerDay && this.#dry(time)) {
      sums.rows += n
      sums.heat += n * this.#t0 + this.#st
      sums.days++
      sums.stt += this.#stt - (this.#st * this.#st) / n
      sums.sty += this.#sty - (this.#st * this.#sy) / n
      sums.syy += this.#syy - (this.#sy * this.#sy) / n
    }
    this.#before = mean
    this.#began = time
    this.#rows = this.#st = this.#sy = this.#stt = this.#sty = this.#syy = 0
    if (sums.days < FIT_DAYS) return null
    const found = factorOf(sums)
    this.#sums = { rows: 0, heat: 0, days: 0, stt: 0, sty: 0, syy: 0 }
    return found
  }

  kept(): KeptFit {
    return { sums: { ...this.#sums }, before: Number.isNaN(this.#before) ? null : this.#before }
  }

  /** What is no fit is left: it begins anew. */
  recall(kept: unknown): void {
    const { sums, before } = (kept ?? {}) as Partial<KeptFit>
    const { rows, heat, days, stt, sty, syy } = (sums ?? {}) as Partial<ThermalSums>
    if (![rows, heat, days, stt, sty, syy].every((value) => Number.isFinite(value))) return
    this.#sums = { rows, heat, days, stt, sty, syy } as ThermalSums
    if (Number.isFinite(before)) this.#before = before as number
  }
}
