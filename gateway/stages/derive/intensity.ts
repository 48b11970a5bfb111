/** Intensity of rain in mm/h, from the times between the tips of a bucket. */
import { duration, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind, InputKind, OptionDoubt, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { mmOf, outOf } from '../rain/amount.ts'
import { Intake, type KeptIntake } from '../rain/intake.ts'
import { type Gauge, trueIntensity } from '../rain/undercatch.ts'

/** Times are station time, which runs on over an outage. The rate is not kept: the first row tells what fell meanwhile, or that nobody knows. */
interface Kept {
  intake: KeptIntake
  tippedAt: number
}

interface Options {
  turning?: Millis | undefined
  law?: { factor: number; exponent: number } | undefined
}

const HOUR = 3_600_000

/** What the first tip after a dry spell tips out is mostly water of before: no tip is spread over more than this. */
const LONGEST_SPREAD_MS = 1_800_000

/**
 * n tips of depth d in the Δt since the tips before: I = 3600·n·d/Δt, Δt in s, of at most 30 min. Until the next tip the
 * intensity cannot be more than 3600·d/(t - t_last), so it falls along that, and is 0 after 30 min. Where counting was not
 * known, at the start and after a gap, it is a lower bound (`unknown`) until the next tip, for 30 min at most.
 *
 * `turning` or `law` corrects what a bucket loses while it turns over (see trueIntensity); tips that come faster than the bucket
 * can turn are told raw, as suspect. Raw and corrected are two channels: nobody can tell afterwards which one was kept.
 */
export const intensity: DerivationKind<Options> = {
  name: 'intensity',
  about:
    'The intensity of rain in mm/h from the times between tips, for the counting channel of a gauge. `turning` (how long the bucket turns, such as 450ms) or `law` (factor and exponent of its calibration) corrects what is lost in heavy rain: only where a calibration says so.',
  options: shape({
    turning: optional(duration({ least: 1, most: 2000 })),
    law: optional(shape({ factor: number({ least: 0.5, most: 2 }), exponent: number({ least: 0.5, most: 2 }) })),
  }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input?.counting && (input.unit === 'mm' || input.unit === 'in')
      ? { unit: 'mm/h', quantity: `${input.quantity} intensity` }
      : 'intensity needs a rain gauge that counts, in mm or in',
  doubts: ({ turning, law }, [input]) => [...periodDoubts(input), ...(turning !== undefined && law ? [both] : [])],
  build: ({ turning, law }, wiring) => new Intensity(turning !== undefined ? { turningMs: turning } : law ? { law } : {}, wiring),
}

const both: OptionDoubt = { at: ['law'], what: '`turning` and `law` correct the same loss', remedy: 'give one of the two' }

const periodDoubts = (input: InputKind | undefined): OptionDoubt[] =>
  input && input.period >= LONGEST_SPREAD_MS
    ? [{ at: [], what: 'a gauge that is read each half hour or less tells no times between tips', remedy: 'read it at least each 10 minutes' }]
    : []

class Intensity implements Stage {
  readonly #out: Ring
  readonly #intake: Intake
  readonly #gauge: Gauge
  readonly #depth: number
  readonly #amount: (count: number) => number
  /** The last tips, and what they told. */
  #tippedAt = Number.NaN
  #tippedBefore = Number.NaN
  #rate = 0
  #suspect = false
  /** Why 0 may be too little, as a reason's code. */
  #doubt = WARM_UP
  /** Counted by the row that is taken in. */
  #count = 0
  #gap = false

  constructor(gauge: Gauge, wiring: Wiring) {
    this.#out = outOf(wiring)
    this.#gauge = gauge
    this.#amount = mmOf(wiring)
    this.#depth = this.#amount(1)
    this.#intake = new Intake(wiring, {
      add: (_, count) => {
        this.#count += count
      },
      miss: () => {
        this.#gap = true
      },
      begin: () => {
        this.#tippedBefore = this.#tippedAt
      },
      undo: () => {
        this.#tippedAt = this.#tippedBefore
      },
    })
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const time = ring.time[row & ring.mask] as number
      const before = this.#intake.last
      this.#count = 0
      this.#gap = false
      if (!this.#intake.take(ring, row)) {
        push(this.#out, time, Number.NaN, Quality.missing, INPUT)
        continue
      }
      if (Number.isNaN(this.#tippedAt)) this.#tippedAt = this.#intake.began
      if (this.#gap) this.#resume(Number.isNaN(before) ? this.#intake.began : before, time)
      else if (this.#count > 0) this.#tip(time)
      this.#tell(time)
    }
  }

  kept(): Kept | null {
    const intake = this.#intake.kept()
    return intake && { intake, tippedAt: this.#tippedAt }
  }

  recall(kept: unknown): void {
    const { intake, tippedAt } = (kept ?? {}) as Partial<Kept>
    if (!Number.isFinite(tippedAt) || !this.#intake.recall(intake)) return
    this.#tippedAt = this.#tippedBefore = tippedAt as number
  }

  #tip(time: number): void {
    const betweenMs = Math.min(time - this.#tippedAt, LONGEST_SPREAD_MS)
    const raw = (this.#amount(this.#count) * HOUR) / betweenMs
    const corrected = trueIntensity(raw, this.#depth, this.#gauge)
    this.#suspect = Number.isNaN(corrected)
    this.#rate = this.#suspect ? raw : corrected
    this.#tippedAt = time
    this.#doubt = 0
  }

  /** Counts of a gap say no more than their mean over it. */
  #resume(from: number, time: number): void {
    this.#rate = (this.#amount(this.#count) * HOUR) / (time - from)
    this.#suspect = false
    this.#tippedAt = time
    this.#doubt = COVERAGE
  }

  #tell(time: number): void {
    const sinceMs = time - this.#tippedAt
    if (sinceMs >= LONGEST_SPREAD_MS) {
      this.#rate = 0
      this.#suspect = false
      this.#doubt = 0
    }
    const most = sinceMs > 0 ? (this.#depth * HOUR) / sinceMs : Infinity
    const quality = this.#suspect ? Quality.suspect : this.#doubt === 0 ? Quality.good : Quality.unknown
    push(this.#out, time, Math.min(this.#rate, most), quality, this.#suspect ? IMPLAUSIBLE : this.#doubt)
  }
}

const INPUT = reasonCode('input')
const IMPLAUSIBLE = reasonCode('implausible')
const COVERAGE = reasonCode('coverage')
const WARM_UP = reasonCode('warm-up')
