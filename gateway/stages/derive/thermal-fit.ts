/** How much a value goes with the temperature, fitted on quiet days: one factor, accepted only where the days prove it. */

const DAY = 86_400_000

/** A factor is fitted on so many quiet days: a week holds warm and cool ones. */
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

/** The pairs of value and temperature with one lag: of the day, about its first pair, so that no digits are lost, and of the days that count. */
class Pairs {
  sums = none()
  rows = 0
  #t0 = 0
  #y0 = 0
  #st = 0
  #sy = 0
  #stt = 0
  #sty = 0
  #syy = 0

  admit(temperature: number, value: number): void {
    if (this.rows === 0) {
      this.#t0 = temperature
      this.#y0 = value
    }
    const t = temperature - this.#t0
    const y = value - this.#y0
    this.rows++
    this.#st += t
    this.#sy += y
    this.#stt += t * t
    this.#sty += t * y
    this.#syy += y * y
  }

  get mean(): number {
    return this.#y0 + this.#sy / this.rows
  }

  /** The day that goes on, as numbers. */
  get day(): number[] {
    return [this.rows, this.#t0, this.#y0, this.#st, this.#sy, this.#stt, this.#sty, this.#syy]
  }

  set day([rows, t0, y0, st, sy, stt, sty, syy]: number[]) {
    this.rows = rows as number
    this.#t0 = t0 as number
    this.#y0 = y0 as number
    this.#st = st as number
    this.#sy = sy as number
    this.#stt = stt as number
    this.#sty = sty as number
    this.#syy = syy as number
  }

  closeDay(counts: boolean): void {
    const { sums, rows: n } = this
    if (counts) {
      sums.rows += n
      sums.heat += n * this.#t0 + this.#st
      sums.days++
      sums.stt += this.#stt - (this.#st * this.#st) / n
      sums.sty += this.#sty - (this.#st * this.#sy) / n
      sums.syy += this.#syy - (this.#sy * this.#sy) / n
    }
    this.rows = this.#st = this.#sy = this.#stt = this.#sty = this.#syy = 0
  }
}

const none = (): ThermalSums => ({ rows: 0, heat: 0, days: 0, stt: 0, sty: 0, syy: 0 })

/** `began` and `day` of each lag: a station that is switched off each night would else never see the end of one. */
interface KeptFit {
  sums: ThermalSums[]
  before: number | null
  began?: number
  day?: number[][]
}

/** Numbers of a day that goes on. */
const DAY_NUMBERS = 8

/** `lag`: by which of the lags the value goes most with the temperature. */
export interface LaggedFactor extends ThermalFactor {
  lag: number
}

export class ThermalFit {
  readonly #period: number
  readonly #quietPerDay: number
  readonly #dry: (at: number) => boolean
  readonly #lags: Pairs[]
  #began = Number.NaN
  #before = Number.NaN
  // The newest pair stands apart until the next one comes: a spike is known by the row after it.
  readonly #pendingT: Float64Array
  #pendingY = 0
  #pending = false

  /** `dry`: whether it did not rain on the day until then. `lags`: how many temperatures there are to each value. */
  constructor({ period, quietPerDay, dry, lags }: { period: number; quietPerDay: number; dry: (at: number) => boolean; lags: number }) {
    this.#period = period
    this.#quietPerDay = quietPerDay
    this.#dry = dry
    this.#lags = Array.from({ length: lags }, () => new Pairs())
    this.#pendingT = new Float64Array(lags)
  }

  /** A value of that time, and the temperature by each lag; gives a factor when the days have proved one. */
  take(temperatures: Float64Array, value: number, time: number): LaggedFactor | null {
    this.#admit()
    if (!(this.#began <= time)) this.#beginDay(time)
    const found = time - this.#began >= DAY ? this.#closeDay(time) : null
    this.#pendingT.set(temperatures)
    this.#pendingY = value
    this.#pending = true
    return found
  }

  /** The newest pair was none. */
  drop(): void {
    this.#pending = false
  }

  /** The days are counted anew. */
  restart(): void {
    this.#pending = false
    this.#beginDay(Number.NaN)
    this.#before = Number.NaN
    for (const pairs of this.#lags) pairs.sums = none()
  }

  #beginDay(time: number): void {
    this.#began = time
    for (const pairs of this.#lags) pairs.closeDay(false)
  }

  get days(): number {
    return (this.#lags[0] as Pairs).sums.days
  }

  #admit(): void {
    if (!this.#pending) return
    this.#pending = false
    for (let lag = 0; lag < this.#lags.length; lag++) (this.#lags[lag] as Pairs).admit(this.#pendingT[lag] as number, this.#pendingY)
  }

  #closeDay(time: number): LaggedFactor | null {
    const { rows, mean: dayMean } = this.#lags[0] as Pairs
    const covered = rows * this.#period >= LEAST_SHARE * DAY && time - this.#began < 2 * DAY
    const mean = covered ? dayMean : Number.NaN
    const counts = Math.abs(mean - this.#before) <= this.#quietPerDay && this.#dry(time)
    for (const pairs of this.#lags) pairs.closeDay(counts)
    this.#before = mean
    this.#began = time
    if (this.days < FIT_DAYS) return null
    let best: LaggedFactor | null = null
    for (const [lag, { sums }] of this.#lags.entries()) {
      const found = factorOf(sums)
      if (found && found.r2 > (best?.r2 ?? 0)) best = { ...found, lag }
    }
    for (const pairs of this.#lags) pairs.sums = none()
    return best
  }

  kept(): KeptFit {
    const day = (this.#lags[0] as Pairs).rows > 0 ? { began: this.#began, day: this.#lags.map((pairs) => pairs.day) } : null
    return { sums: this.#lags.map(({ sums }) => ({ ...sums })), before: Number.isNaN(this.#before) ? null : this.#before, ...day }
  }

  /** What is no fit of these lags is left: it begins anew. */
  recall(kept: unknown): void {
    const { sums, before, began, day } = (kept ?? {}) as Partial<KeptFit>
    if (!Array.isArray(sums) || sums.length !== this.#lags.length || !sums.every(areSums)) return
    for (const [lag, { rows, heat, days, stt, sty, syy }] of sums.entries()) (this.#lags[lag] as Pairs).sums = { rows, heat, days, stt, sty, syy }
    if (Number.isFinite(before)) this.#before = before as number
    if (!Number.isFinite(began) || !Array.isArray(day) || day.length !== this.#lags.length || !day.every(isDay)) return
    this.#began = began as number
    for (const [lag, numbers] of day.entries()) (this.#lags[lag] as Pairs).day = numbers
  }
}

const isDay = (kept: unknown): kept is number[] => Array.isArray(kept) && kept.length === DAY_NUMBERS && kept.every((value) => Number.isFinite(value))

function areSums(kept: unknown): kept is ThermalSums {
  const { rows, heat, days, stt, sty, syy } = (kept ?? {}) as Partial<ThermalSums>
  return [rows, heat, days, stt, sty, syy].every((value) => Number.isFinite(value))
}
