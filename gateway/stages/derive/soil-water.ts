/** The soil water index: how much rain stands in the ground, by three tanks. */
import { oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { amounts, stepMm } from '../rain/amount.ts'
import { Fading } from '../rain/fading.ts'
import { Intake } from '../rain/intake.ts'
import { keep, recall } from '../rain/memory.ts'
import { drain, halfLifeHours, soilNames, soils, type Tank } from '../rain/tanks.ts'

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
  readonly #calendar: Wiring['calendar']
  readonly #intake: Intake
  readonly #amount: (count: number) => number
  readonly #fading: Fading
  /** The end of the step that runs, and what has been counted in it. */
  #end = Number.NaN
  #counts = 0
  #known = true

  constructor(tanks: readonly Tank[], wiring: Wiring) {
    const [counting] = wiring.counting
    if (!wiring.out || !counting) throw new Error('soil-water is built over a channel that counts')
    this.#tanks = tanks
    this.#storage = new Float64Array(tanks.length)
    this.#out = wiring.out
    this.#calendar = wiring.calendar
    this.#amount = amounts(stepMm(counting.step, wiring.units[0] as string))
    this.#fading = new Fading(halfLifeHours(tanks) * HOUR)
    this.#intake = new Intake(wiring, {
      add: (time, count) => this.#add(time, count),
      miss: (_, to, known) => {
        if (known) return
        this.#known = false
        this.#fading.reach(to, false)
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

  kept(): unknown {
    return keep([...this.#storage, this.#counts, this.#end - this.#intake.last], this.#fading, this.#intake, this.#calendar)
  }

  recall(kept: unknown): void {
    const many = this.#storage.length
    const held = recall(kept, many + 2, this.#fading, this.#intake, this.#calendar)
    if (!held) return
    for (let k = 0; k < many; k++) this.#storage[k] = held.values[k] as number
    this.#counts = held.values[many] as number
    this.#end = held.at + (held.values[many + 1] as number)
  }
}

const INPUT = reasonCode('input')
