/** The soil water index: how much rain stands in the ground, by three tanks. */
import { oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { mmOf, outOf } from '../rain/amount.ts'
import { Fading } from '../rain/fading.ts'
import { Intake, type KeptIntake } from '../rain/intake.ts'
import { drain, halfLifeHours, soilNames, soils, type Tank } from '../rain/tanks.ts'

/** Times are station time, which runs on over an outage where its length is known; where it is not, nothing drains, which is the safer side. */
interface Kept {
  intake: KeptIntake
  storage: number[]
  counts: number
  end: number
  fading: number[]
}

interface Options {
  soil: (typeof soilNames)[number]
}

const HOUR = 3_600_000

/** The explicit step errs by less than 0.4 mm in 84 against an exact solution; one of an hour by 2 mm. */
const STEP_MS = 600_000

/** A tank that has been dry for so long has forgotten all: the exact number of dry steps does not matter. */
const MOST_STEPS = 10_000

/**
 * SWI = S1 + S2 + S3 in mm, stepped by elapsed time in steps of 10 min counted from the first row; rain comes in at the end of
 * its step, and before that it is told on top. Over a gap the tanks drain on, with the rain that is known of. Missing where the
 * input has no value; a lower bound (`unknown`) while less than 90 % of the slowest tank's memory (half-life 34.7 h) is known.
 */
export const soilWater: DerivationKind<Options> = {
  name: 'soil-water',
  about:
    'The soil water index in mm, from the counting channel of a rain gauge: rain that stands in the ground, by three tanks (`soil: okada-2001`, the nation-wide parameters of Japan). What index is dangerous is set for each point.',
  options: shape({ soil: optional(oneOf(soilNames), 'okada-2001') }),
  inputs: { least: 1, most: 1 },
  unit: (_, [input]) =>
    input?.counting && (input.unit === 'mm' || input.unit === 'in')
      ? { unit: 'mm', quantity: 'soil water' }
      : 'soil-water needs a rain gauge that counts, in mm or in',
  build: ({ soil }, wiring) => new SoilWater(soils[soil], wiring),
}

class SoilWater implements Stage {
  readonly #tanks: readonly Tank[]
  readonly #storage: Float64Array
  readonly #out: Ring
  readonly #intake: Intake
  readonly #amount: (count: number) => number
  readonly #fading: Fading
  /** The end of the step that runs, and what has been counted in it. */
  #end = Number.NaN
  #counts = 0
  // The same before the last reading.
  readonly #storageBefore: Float64Array
  #endBefore = Number.NaN
  #countsBefore = 0
  #known = true

  constructor(tanks: readonly Tank[], wiring: Wiring) {
    this.#tanks = tanks
    this.#storage = new Float64Array(tanks.length)
    this.#storageBefore = new Float64Array(tanks.length)
    this.#out = outOf(wiring)
    this.#amount = mmOf(wiring)
    this.#fading = new Fading(halfLifeHours(tanks) * HOUR)
    this.#intake = new Intake(wiring, {
      add: (time, count) => this.#add(time, count),
      miss: (_, to, known) => {
        if (known) return
        this.#known = false
        this.#fading.reach(to, false)
      },
      begin: () => {
        this.#storageBefore.set(this.#storage)
        this.#endBefore = this.#end
        this.#countsBefore = this.#counts
      },
      undo: () => {
        this.#storage.set(this.#storageBefore)
        this.#end = this.#endBefore
        this.#counts = this.#countsBefore
      },
    })
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const time = ring.time[row & ring.mask] as number
      this.#known = true
      if (!this.#intake.take(ring, row)) {
        push(this.#out, time, Number.NaN, Quality.missing, INPUT)
        continue
      }
      this.#add(time, 0)
      this.#fading.reach(time, this.#known)
      const doubt = this.#fading.doubt
      push(this.#out, time, this.#index(), doubt === 0 ? Quality.good : Quality.unknown, doubt)
    }
  }

  #add(time: number, count: number): void {
    if (Number.isNaN(this.#end)) this.#end = time + STEP_MS
    if (this.#end < time - MOST_STEPS * STEP_MS) this.#end = time - MOST_STEPS * STEP_MS
    while (this.#end < time) {
      drain(this.#tanks, this.#storage, STEP_MS / HOUR, this.#amount(this.#counts))
      this.#counts = 0
      this.#end += STEP_MS
    }
    this.#counts += count
  }

  #index(): number {
    let index = this.#amount(this.#counts)
    for (let k = 0; k < this.#storage.length; k++) index += this.#storage[k] as number
    return index
  }

  kept(): Kept | null {
    const intake = this.#intake.kept()
    return intake && { intake, storage: [...this.#storage], counts: this.#counts, end: this.#end, fading: this.#fading.kept() }
  }

  recall(kept: unknown): void {
    const { intake, storage, counts, end, fading } = (kept ?? {}) as Partial<Kept>
    if (!Array.isArray(storage) || storage.length !== this.#storage.length || !Array.isArray(fading)) return
    if (![...storage, counts, end, ...fading].every(Number.isFinite) || !this.#intake.recall(intake)) return
    this.#storage.set(storage)
    this.#storageBefore.set(storage)
    this.#counts = this.#countsBefore = counts as number
    this.#end = this.#endBefore = end as number
    this.#fading.recall(fading)
  }
}

const INPUT = reasonCode('input')
