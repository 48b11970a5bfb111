/** A value without what the temperature does to it. */
import { about, duration, either, number, oneOf, optional, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import { iso, type Millis, millis } from '../../../protocol/time.ts'
import type { DerivationKind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import type { Stage, StageAct } from '../../core/stage.ts'
import { alignedStage } from './aligned.ts'
import { dryness, rainBeside, rainOption } from './dry.ts'
import { Lagged } from './lagged.ts'
import { type LaggedFactor, ThermalFit } from './thermal-fit.ts'

interface Options {
  factor?: number | undefined
  square?: number | undefined
  at?: number | undefined
  lag: Millis | 'fitted'
  quiet?: { value: number; per: Millis } | undefined
  rain?: string | undefined
  unproved: 'pass' | 'missing'
}

const DAY = 86_400_000

/** A body of rock or concrete follows the air by up to so long; each half hour of it is tried, and that with the greatest R² taken. */
const LAGS_MS = [0, 0.5, 1, 1.5, 2, 2.5, 3].map((hours) => hours * 3_600_000)
const LONGEST_LAG_MS = 3 * 3_600_000

/** Room temperature, at which most instruments are calibrated. */
const USUAL = 20

/**
 * θc = θ - a1 (T - T0) - a2 (T - T0)², T the temperature of `lag` ago: only the fitted part is taken away; what a slope does on warm days of
 * its own stays. Where no factor is given, a1 is fitted by least squares on 7 quiet days and taken if the days prove it (see thermal-fit); until
 * then nothing is subtracted, and the value is watched as it is; or it is missing (`warm-up`), for what could not tell the sun from a
 * movement. T0 is then the mean temperature of those days, and the factor is taken
 * when the temperature next passes T0: where there is nothing to subtract there is no jump. A factor that was taken stays, over restarts too.
 * A person may have it fitted anew (`hazardpoint baseline`): the old one holds until another is proved, which goes on where the old one ends.
 */
export const compensate: DerivationKind<Options> = {
  name: 'compensate',
  about:
    'The first channel without what the temperature, the second channel, does to it: less `factor` times the degrees from `at`. Without a factor one is fitted on 7 quiet days; until that is proved nothing is subtracted. `hazardpoint baseline` on the channel has it fitted anew.',
  options: shape({
    factor: about(optional(number()), 'Units of the channel a degree of temperature; from a calibration. Left out: it is fitted.'),
    square: about(optional(number()), 'Units of the channel a square degree (default 0).'),
    at: about(optional(number({ least: -100, most: 200 })), 'The temperature at which nothing is subtracted, in the unit of its channel (default 20).'),
    lag: about(
      optional(either(duration({ most: LONGEST_LAG_MS }), oneOf(['fitted'])), '0s'),
      'By how long the value follows the temperature, up to 3h: the temperature of so long ago is taken. `fitted`: each half hour is tried.',
    ),
    quiet: about(
      optional(rate()),
      'For the fit: a day is quiet where its mean is no further from the mean of the day before than this rate makes in a day (such as 0.002/h for tilt in deg).',
    ),
    rain: rainOption(),
    unproved: about(
      optional(oneOf(['pass', 'missing']), 'pass'),
      'For the fit: what comes before a factor is proved: the value as it is, or nothing (a trend over hours would take the sun for a movement).',
    ),
  }),
  inputs: { least: 2, most: 2 },
  unit: (_, [value, temperature]) => {
    if (!value || value.counting || temperature?.counting) return 'compensate of a counting channel: it has no value of its own'
    if (temperature?.unit !== 'degC' && temperature?.unit !== 'K') return 'the second channel of compensate is a temperature, in degC or K'
    return { unit: value.unit, quantity: value.quantity }
  },
  reach: ({ lag }) => (lag === 'fitted' ? millis(LONGEST_LAG_MS) : lag),
  doubts({ factor, square, at, lag, quiet, rain }, [, temperature]) {
    const doubts: OptionDoubt[] = []
    if (factor === undefined && quiet === undefined)
      doubts.push({ at: [], what: 'nobody knows which days are quiet', remedy: 'give `factor`, or `quiet` (0.002/h for tilt in deg) to have it fitted' })
    if (factor === undefined && (square !== undefined || at !== undefined))
      doubts.push({ at: [square === undefined ? 'at' : 'square'], what: 'a fit has neither', remedy: 'leave it out, or give `factor` too' })
    if (factor !== undefined && rain !== undefined) doubts.push({ at: ['rain'], what: 'with a factor nothing is fitted', remedy: 'leave it out' })
    if (factor !== undefined && quiet !== undefined) doubts.push({ at: ['quiet'], what: 'with a factor nothing is fitted', remedy: 'give one of the two' })
    if (factor !== undefined && lag === 'fitted')
      doubts.push({ at: ['lag'], what: 'with a factor nothing is fitted', remedy: 'write how long, such as 1h, or leave it out' })
    if (typeof lag === 'number' && temperature && lag > 0 && lag < temperature.period)
      doubts.push({ at: ['lag'], what: 'the temperature is not read that often', remedy: 'leave it out, or make it at least one period of the temperature' })
    if (quiet && !(quiet.value > 0)) doubts.push({ at: ['quiet'], what: 'no day would ever be quiet', remedy: 'a rate above 0, such as 0.002/h' })
    return doubts
  },
  others: ({ rain }) => rainBeside(rain),
  build: (options, wiring) => (options.factor === undefined ? new Fitted(options, wiring) : given(options, wiring)),
}

function given({ factor = 0, square = 0, at = USUAL, lag }: Options, wiring: Wiring): Stage {
  const past = pastOf(wiring, lag as Millis)
  return alignedStage(wiring, (values, time) => {
    const degrees = (past ? past.at(time) : (values[1] as number)) - at
    return (values[0] as number) - factor * degrees - square * degrees * degrees
  })
}

const pastOf = ({ inputs, periods }: Wiring, lagMs: number): Lagged | null => (lagMs > 0 ? new Lagged(inputs[1] as Ring, lagMs, periods[1] as number) : null)

/** A factor, what else is subtracted so that it goes on where the one before it ended, and when and on whose word it was fitted. */
interface Found extends LaggedFactor {
  offset: number
  taken: string
  by: string
}

interface Kept {
  found: Found | null
  next: Found | null
  /** Null where nothing is being fitted. */
  fit: unknown
  by: string
}

class Fitted implements Stage {
  readonly #stage: Stage
  readonly #fit: ThermalFit
  readonly #passes: boolean
  readonly #lagsMs: number[]
  readonly #pasts: (Lagged | null)[]
  readonly #temperatures: Float64Array
  readonly #before: Float64Array
  readonly #wall: (time: number) => string
  /** What is subtracted, and what is proved and waits until its temperature passes `at`. */
  #found: Found | null = null
  #next: Found | null = null
  #fitting = true
  #by = 'station'

  constructor({ quiet, unproved, lag }: Options, wiring: Wiring) {
    this.#lagsMs = lag === 'fitted' ? LAGS_MS : [lag]
    this.#pasts = this.#lagsMs.map((lagMs) => pastOf(wiring, lagMs))
    this.#temperatures = new Float64Array(this.#lagsMs.length)
    this.#before = new Float64Array(this.#lagsMs.length).fill(Number.NaN)
    const quietPerDay = quiet ? (quiet.value / quiet.per) * DAY : 0
    const fit = new ThermalFit({ period: Math.max(...wiring.periods), quietPerDay, dry: dryness(wiring.beside), lags: this.#lagsMs.length })
    this.#fit = fit
    this.#passes = unproved !== 'missing'
    this.#wall = (time) => iso(wiring.calendar.wall(millis(time)))
    this.#stage = alignedStage(wiring, (values, time) => this.#correct(values, time), {
      absent: () => (this.#found ? INPUT : WARM_UP),
      failed: () => fit.drop(),
    })
  }

  #correct(values: Float64Array, time: number): number {
    const value = values[0] as number
    const temperatures = this.#temperatures
    let known = true
    for (let lag = 0; lag < temperatures.length; lag++) {
      const past = this.#pasts[lag]
      const temperature = past ? past.at(time) : (values[1] as number)
      temperatures[lag] = temperature
      if (Number.isNaN(temperature)) known = false
    }
    if (this.#fitting && known) {
      const factor = this.#fit.take(temperatures, value, time)
      if (factor) {
        this.#next = { ...factor, offset: 0, taken: this.#wall(time), by: this.#by }
        this.#fitting = false
      }
    }
    if (this.#next) this.#turn(this.#next)
    this.#before.set(temperatures)
    if (this.#found) return value - this.#part(this.#found)
    return this.#passes ? value : Number.NaN
  }

  #turn(next: Found): void {
    const temperature = this.#temperatures[next.lag] as number
    if (!((temperature - next.at) * ((this.#before[next.lag] as number) - next.at) <= 0)) return
    const offset = this.#found ? this.#part(this.#found) - next.factor * (temperature - next.at) : 0
    if (Number.isNaN(offset)) return
    this.#found = { ...next, offset }
    this.#next = null
  }

  #part({ lag, factor, at, offset }: Found): number {
    return offset + factor * ((this.#temperatures[lag] as number) - at)
  }

  run: Stage['run'] = (ring, from, to, now) => this.#stage.run(ring, from, to, now)

  act({ by }: StageAct): string {
    this.#fit.restart()
    this.#next = null
    this.#fitting = true
    this.#by = by
    return ''
  }

  told(): Record<string, number | string> {
    const found = this.#found
    return {
      ...(found && {
        factor: found.factor,
        at: found.at,
        lagMin: (this.#lagsMs[found.lag] as number) / 60_000,
        r2: found.r2,
        taken: found.taken,
        by: found.by,
      }),
      ...(this.#fitting && { quietDays: this.#fit.days }),
    }
  }

  kept(): Kept {
    return { found: this.#found, next: this.#next, fit: this.#fitting ? this.#fit.kept() : null, by: this.#by }
  }

  recall(kept: unknown): void {
    const { found, next, fit, by } = (kept ?? {}) as Partial<Kept>
    this.#found = this.#foundIn(found)
    this.#next = this.#foundIn(next)
    this.#fitting = !this.#next && (!this.#found || (fit ?? null) !== null)
    if (typeof by === 'string') this.#by = by
    if (this.#fitting) this.#fit.recall(fit)
  }

  /** Of another version, of other lags, or damaged: it is as if there was none. */
  #foundIn(kept: unknown): Found | null {
    const { factor, at, error, r2, lag, offset, taken, by } = (kept ?? {}) as Partial<Found>
    const whole = [factor, at, error, r2, offset].every((value) => Number.isFinite(value)) && this.#lagsMs[lag as number] !== undefined
    return whole && typeof taken === 'string' && typeof by === 'string' ? (kept as Found) : null
  }
}

const WARM_UP = reasonCode('warm-up')
const INPUT = reasonCode('input')
