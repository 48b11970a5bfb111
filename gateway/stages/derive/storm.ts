/** The running storm: how much it has brought, or how long it lasts. */
import { duration, either, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { DerivationKind, Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { mmOf, outOf } from '../rain/amount.ts'
import { RunningStorm, STORM_HOURS, type StormRule } from '../rain/running.ts'
import { Tally } from '../rain/tally.ts'

interface Options {
  give: 'depth' | 'duration' | 'intensity'
  parted: StormRule
}

const HOUR = 3_600_000
const LONGEST_DRY_MS = 96 * HOUR

/**
 * Storms are made of full hours, from the first wet one to the last, dry ones between them included; 0 where none runs. `parted`
 * is the dry time between two of them, or a rule of CTRL-T (Melillo and others 2015), which leaves out isolated hours and small
 * bursts: 48 dry hours from April to October (warm), 96 else (cold). What follows can change what came before, so the last 30 days are
 * looked through anew at each hour and tip. A lower bound (`unknown`) while the time before the storm is not known to be dry.
 */
export const storm: DerivationKind<Options> = {
  name: 'storm',
  about:
    'The running storm by full hours, from the counting channel of a gauge: its `depth` in mm, its `duration` in h, or its mean `intensity` in mm/h; 0 while none runs. `parted`: how long it must be dry between two storms (such as 6h), or warm, cold or season for the rule of CTRL-T.',
  options: shape({
    give: oneOf(['depth', 'duration', 'intensity']),
    parted: optional(either(duration({ least: HOUR, most: LONGEST_DRY_MS }), oneOf(['warm', 'cold', 'season'])), '24h'),
  }),
  inputs: { least: 1, most: 1 },
  unit: ({ give }, [input]) =>
    input?.counting && (input.unit === 'mm' || input.unit === 'in')
      ? { unit: { depth: 'mm', duration: 'h', intensity: 'mm/h' }[give], quantity: `storm ${give}` }
      : 'storm needs a rain gauge that counts, in mm or in',
  build: (options, wiring) => new Storm(options, wiring),
}

class Storm implements Stage {
  readonly #give: Options['give']
  readonly #out: Ring
  readonly #tally: Tally
  readonly #storm: RunningStorm

  constructor({ give, parted }: Options, wiring: Wiring) {
    this.#give = give
    this.#out = outOf(wiring)
    this.#tally = new Tally(wiring, [STORM_HOURS * HOUR])
    this.#storm = new RunningStorm(parted, this.#tally, mmOf(wiring), wiring)
  }

  run(ring: Ring, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      const time = ring.time[row & ring.mask] as number
      if (!this.#tally.intake.take(ring, row)) {
        push(this.#out, time, Number.NaN, Quality.missing, INPUT)
        continue
      }
      this.#tally.settle(time)
      this.#storm.look(time)
      const { mm, durationHours, dryHours } = this.#storm
      const doubt = this.#tally.doubt(time - (dryHours + durationHours) * HOUR, time)
      const given = this.#give === 'depth' ? mm : this.#give === 'duration' ? durationHours : durationHours > 0 ? mm / durationHours : 0
      push(this.#out, time, given, doubt === 0 ? Quality.good : Quality.unknown, doubt)
    }
  }

  kept(): unknown {
    return this.#tally.kept()
  }

  recall(kept: unknown): void {
    this.#tally.recall(kept)
  }
}

const INPUT = reasonCode('input')
