/** The place at rest, from which a change is told: provisional after a day, final after quiet days, or taken at once by a person. */
import { type Instant, iso, millis } from '../../../protocol/time.ts'
import type { Calendar } from '../../core/calendar.ts'
import type { StageAct } from '../../core/stage.ts'
import { areValues, isKept, type KeptBaseline, type KeptDay } from './kept-baseline.ts'

const DAY = 86_400_000

/** An instrument settles for 3 to 7 days after it was mounted; the sun moves it around once a day. So days are averaged whole, and a week of them. */
const FINAL_DAYS = 7

/** A day of which less than this share was read has no mean that the sun does not bend. */
const LEAST_SHARE = 0.5

/** A person's baseline is the mean of so many of the newest rows: one row alone has all its noise, and an hour back the place may have been another. */
const ACT_ROWS = 6
const LEAST_ACT_ROWS = 3
/** Rows further back than so many periods are not "as the place stands". */
const ACT_PERIODS = 12

export interface Place {
  /** How many values make one place. */
  size: number
  period: number
  calendar: Calendar
  /** How far apart two places are. */
  apart(a: Float64Array, b: Float64Array): number
  /** How far a quiet place may be from where it was the day before. */
  quietPerDay: number
  /** Whether it did not rain on the day until then. */
  dry(at: number): boolean
  /** The temperature at that time, NaN where it is not known: a place is kept with that at which it was read. */
  temperature(at: number): number
}

/**
 *     install      24 h: mean of the first day      7 quiet days              a person
 *        ·──── none ────▶ provisional ────────────────▶ final        any ────────────────▶ final
 *
 * A day is quiet if its mean lies within `quietPerDay` of the mean of the day before and it was dry. The final baseline replaces the provisional
 * one only where the place has not moved further than a quiet one can in the days between: else what has moved would be
 * forgotten, and it stays provisional until a person takes it.
 */
export class Baseline {
  /** The place at rest, and as it was installed (which no act moves); NaN before there is any. */
  readonly rest: Float64Array
  readonly install: Float64Array
  standing: 'none' | 'provisional' | 'final' = 'none'
  readonly #place: Place
  #taken = ''
  #by = ''
  /** The mean temperature of the readings that the place at rest is a mean of. */
  #temperature = Number.NaN
  // The newest row stands apart until the next one comes: a spike is known by the row after it.
  readonly #pending: Float64Array
  #pendingAt = Number.NaN
  #pendingHeat = Number.NaN
  readonly #recent: Float64Array
  readonly #recentHeat = new Float64Array(ACT_ROWS)
  readonly #recentAt = new Float64Array(ACT_ROWS).fill(Number.NaN)
  #recentHead = 0
  readonly #daySum: Float64Array
  #dayRows = 0
  #dayHeat = 0
  #dayBegan = Number.NaN
  readonly #mean: Float64Array
  readonly #before: Float64Array
  readonly #quietSum: Float64Array
  #quietDays = 0
  #quietHeat = 0

  constructor(place: Place) {
    this.#place = place
    const values = (fill: number): Float64Array => new Float64Array(place.size).fill(fill)
    this.rest = values(Number.NaN)
    this.install = values(Number.NaN)
    this.#pending = values(0)
    this.#recent = new Float64Array(place.size * ACT_ROWS)
    this.#daySum = values(0)
    this.#mean = values(Number.NaN)
    this.#before = values(Number.NaN)
    this.#quietSum = values(0)
  }

  /** A place as it was read at that time. */
  take(values: Float64Array, time: number): void {
    this.#admit()
    if (!(this.#dayBegan <= time)) this.#beginDay(time)
    if (time - this.#dayBegan >= DAY) this.#closeDay(time)
    this.#pending.set(values)
    this.#pendingAt = time
    this.#pendingHeat = this.#place.temperature(time)
  }

  /** The newest place was none. */
  drop(): void {
    this.#pendingAt = Number.NaN
  }

  #admit(): void {
    if (Number.isNaN(this.#pendingAt)) return
    const { size } = this.#place
    for (let k = 0; k < size; k++) {
      const value = this.#pending[k] as number
      this.#daySum[k] = (this.#daySum[k] as number) + value
      this.#recent[this.#recentHead * size + k] = value
    }
    this.#dayHeat += this.#pendingHeat
    this.#recentHeat[this.#recentHead] = this.#pendingHeat
    this.#recentAt[this.#recentHead] = this.#pendingAt
    this.#recentHead = (this.#recentHead + 1) % ACT_ROWS
    this.#dayRows++
    this.#pendingAt = Number.NaN
  }

  #closeDay(time: number): void {
    const { period, apart, quietPerDay, dry, calendar } = this.#place
    const covered = this.#dayRows * period >= LEAST_SHARE * DAY && time - this.#dayBegan < 2 * DAY
    for (let k = 0; k < this.#mean.length; k++) this.#mean[k] = covered ? (this.#daySum[k] as number) / this.#dayRows : Number.NaN
    const heat = this.#dayHeat / this.#dayRows
    if (covered && this.standing === 'none') {
      this.rest.set(this.#mean)
      this.install.set(this.#mean)
      this.#stand('provisional', calendar.wall(millis(time)), 'station', heat)
    } else if (covered && this.standing === 'provisional' && apart(this.#mean, this.#before) <= quietPerDay && dry(time)) this.#countQuiet(time, heat)
    this.#before.set(this.#mean)
    this.#beginDay(time)
  }

  #beginDay(time: number): void {
    this.#daySum.fill(0)
    this.#dayRows = 0
    this.#dayHeat = 0
    this.#dayBegan = time
  }

  #countQuiet(time: number, heat: number): void {
    this.#quietDays++
    this.#quietHeat += heat
    for (let k = 0; k < this.#mean.length; k++) this.#quietSum[k] = (this.#quietSum[k] as number) + (this.#mean[k] as number)
    if (this.#quietDays < FINAL_DAYS) return
    for (let k = 0; k < this.#mean.length; k++) this.#mean[k] = (this.#quietSum[k] as number) / FINAL_DAYS
    if (this.#place.apart(this.#mean, this.rest) <= FINAL_DAYS * this.#place.quietPerDay) {
      // What a person took as the place at rest since then is not touched: this is reached from `provisional` only.
      this.rest.set(this.#mean)
      this.install.set(this.#mean)
      this.#stand('final', this.#place.calendar.wall(millis(time)), 'station', this.#quietHeat / FINAL_DAYS)
    }
    this.#quietDays = 0
    this.#quietHeat = 0
    this.#quietSum.fill(0)
  }

  #stand(standing: 'provisional' | 'final', wall: Instant, by: string, temperature: number): void {
    this.standing = standing
    this.#temperature = temperature
    this.#taken = iso(wall)
    this.#by = by
  }

  /** A person says that the place as it stands is the place at rest; why not, or nothing. */
  act({ by, now }: StageAct): string {
    const { size, period } = this.#place
    const sum = new Array<number>(size).fill(0)
    let rows = 0
    let heat = 0
    for (let row = 0; row < ACT_ROWS; row++) {
      if (!(now.at - (this.#recentAt[row] as number) <= ACT_PERIODS * period)) continue
      rows++
      heat += this.#recentHeat[row] as number
      for (let k = 0; k < size; k++) sum[k] = (sum[k] as number) + (this.#recent[row * size + k] as number)
    }
    if (rows < LEAST_ACT_ROWS) return `only ${rows} good readings in the last ${ACT_PERIODS} periods: wait for ${LEAST_ACT_ROWS}`
    for (let k = 0; k < size; k++) this.rest[k] = (sum[k] as number) / rows
    if (Number.isNaN(this.install[0] as number)) this.install.set(this.rest)
    this.#stand('final', now.wall, by, heat / rows)
    return ''
  }

  told(): Record<string, number | string> {
    if (this.standing === 'none') return { standing: 'none' }
    const known = !Number.isNaN(this.#temperature)
    return { standing: this.standing, taken: this.#taken, by: this.#by, ...(known && { temperature: this.#temperature }) }
  }

  kept(): (Partial<KeptBaseline> & { day?: KeptDay }) | null {
    const heat = Number.isNaN(this.#dayHeat) ? null : this.#dayHeat
    const day = this.#dayRows > 0 ? { day: { began: this.#dayBegan, rows: this.#dayRows, sum: [...this.#daySum], heat } } : null
    if (this.standing === 'none') return day
    return {
      ...day,
      rest: [...this.rest],
      install: [...this.install],
      standing: this.standing,
      taken: this.#taken,
      by: this.#by,
      quietDays: this.#quietDays,
      quietSum: [...this.#quietSum],
      before: Number.isNaN(this.#before[0] as number) ? null : [...this.#before],
      temperature: Number.isNaN(this.#temperature) ? null : this.#temperature,
      quietHeat: Number.isNaN(this.#quietHeat) ? null : this.#quietHeat,
    }
  }

  /** What is not a baseline of this size is left: the station then takes a new one, as after its installation. */
  recall(kept: unknown): void {
    const { size } = this.#place
    this.#recallDay((kept as { day?: Partial<KeptDay> } | null)?.day)
    if (!isKept(kept, size)) return
    this.rest.set(kept.rest)
    this.install.set(kept.install)
    this.standing = kept.standing
    this.#taken = kept.taken
    this.#by = kept.by
    this.#quietDays = kept.quietDays
    this.#quietSum.set(kept.quietSum)
    if (kept.before) this.#before.set(kept.before)
    this.#temperature = kept.temperature ?? Number.NaN
    this.#quietHeat = kept.quietHeat ?? Number.NaN
  }

  #recallDay(day: Partial<KeptDay> | null | undefined): void {
    const { began, rows, sum, heat } = day ?? {}
    if (!Number.isFinite(began) || !Number.isInteger(rows) || !areValues(sum, this.#place.size)) return
    this.#dayBegan = began as number
    this.#dayRows = rows as number
    this.#daySum.set(sum)
    this.#dayHeat = Number.isFinite(heat) ? (heat as number) : Number.NaN
  }
}
