/** A value without what the temperature does to it. */
import { about, number, oneOf, optional, rate, shape } from '../../../protocol/files/schema.ts'
import { reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { alignedStage } from './aligned.ts'
import { dryness, rainBeside, rainOption } from './dry.ts'
import { FIT_DAYS, type ThermalFactor, ThermalFit } from './thermal-fit.ts'

interface Options {
  factor?: number | undefined
  square?: number | undefined
  at?: number | undefined
  quiet?: { value: number; per: Millis } | undefined
  rain?: string | undefined
  unproved: 'pass' | 'missing'
}

const DAY = 86_400_000

/** Room temperature, at which most instruments are calibrated. */
const USUAL = 20

/**
 * θc = θ - a1 (T - T0) - a2 (T - T0)²: only the fitted part is taken away; what a slope does on warm days of its own stays.
 * Where no factor is given, a1 is fitted by least squares on 7 quiet days and taken if the days prove it (see thermal-fit); until
 * then nothing is subtracted, and the value is watched as it is; or it is missing (`warm-up`), for what could not tell the sun from a
 * movement. T0 is then the mean temperature of those days, and the factor is taken
 * when the temperature next passes T0: where there is nothing to subtract there is no jump. A factor that was taken stays, over restarts too.
 */
export const compensate: DerivationKind<Options> = {
  name: 'compensate',
  about:
    'The first channel without what the temperature, the second channel, does to it: less `factor` times the degrees from `at`. Without a factor one is fitted on 7 quiet days; until that is proved nothing is subtracted.',
  options: shape({
    factor: about(optional(number()), 'Units of the channel a degree of temperature; from a calibration. Left out: it is fitted.'),
    square: about(optional(number()), 'Units of the channel a square degree (default 0).'),
    at: about(optional(number({ least: -100, most: 200 })), 'The temperature at which nothing is subtracted, in the unit of its channel (default 20).'),
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
  doubts({ factor, square, at, quiet, rain }) {
    const doubts: OptionDoubt[] = []
    if (factor === undefined && quiet === undefined)
      doubts.push({ at: [], what: 'nobody knows which days are quiet', remedy: 'give `factor`, or `quiet` (0.002/h for tilt in deg) to have it fitted' })
    if (factor === undefined && (square !== undefined || at !== undefined))
      doubts.push({ at: [square === undefined ? 'at' : 'square'], what: 'a fit has neither', remedy: 'leave it out, or give `factor` too' })
    if (factor !== undefined && rain !== undefined) doubts.push({ at: ['rain'], what: 'with a factor nothing is fitted', remedy: 'leave it out' })
    if (factor !== undefined && quiet !== undefined) doubts.push({ at: ['quiet'], what: 'with a factor nothing is fitted', remedy: 'give one of the two' })
    if (quiet && !(quiet.value > 0)) doubts.push({ at: ['quiet'], what: 'no day would ever be quiet', remedy: 'a rate above 0, such as 0.002/h' })
    return doubts
  },
  others: ({ rain }) => rainBeside(rain),
  build: (options, wiring) => (options.factor === undefined ? new Fitted(options, wiring) : given(options, wiring)),
}

function given({ factor = 0, square = 0, at = USUAL }: Options, wiring: Wiring): Stage {
  return alignedStage(wiring, (values) => {
    const degrees = (values[1] as number) - at
    return (values[0] as number) - factor * degrees - square * degrees * degrees
  })
}

/** A factor and the days behind it; it waits until the temperature passes `at`. */
interface Found extends ThermalFactor {
  days: number
  waiting: boolean
}

class Fitted implements Stage {
  readonly #stage: Stage
  readonly #fit: ThermalFit
  readonly #passes: boolean
  #found: Found | null = null
  #before = Number.NaN

  constructor({ quiet, unproved }: Options, wiring: Wiring) {
    const fit = new ThermalFit(Math.max(...wiring.periods), quiet ? (quiet.value / quiet.per) * DAY : 0, dryness(wiring.beside))
    this.#fit = fit
    this.#passes = unproved !== 'missing'
    this.#stage = alignedStage(wiring, (values, time) => this.#correct(values[0] as number, values[1] as number, time), {
      absent: () => WARM_UP,
      failed: () => fit.drop(),
    })
  }

  #correct(value: number, temperature: number, time: number): number {
    if (!this.#found) {
      const factor = this.#fit.take(temperature, value, time)
      if (factor) this.#found = { ...factor, days: FIT_DAYS, waiting: true }
    }
    const found = this.#found
    const before = this.#before
    this.#before = temperature
    if (found?.waiting && (temperature - found.at) * (before - found.at) <= 0) found.waiting = false
    if (found && !found.waiting) return value - found.factor * (temperature - found.at)
    return this.#passes ? value : Number.NaN
  }

  run: Stage['run'] = (ring, from, to, now) => this.#stage.run(ring, from, to, now)

  kept(): unknown {
    return this.#found ?? this.#fit.kept()
  }

  recall(kept: unknown): void {
    const { factor, at, error, r2, days, waiting } = (kept ?? {}) as Partial<Found>
    if ([factor, at, error, r2, days].every((value) => Number.isFinite(value)))
      this.#found = { factor, at, error, r2, days, waiting: waiting === true } as Found
    else this.#fit.recall(kept)
  }
}

const WARM_UP = reasonCode('warm-up')
