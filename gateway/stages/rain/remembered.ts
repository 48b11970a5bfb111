/** A derived channel that remembers rain and forgets it little by little: one row for each row of the gauge, a lower bound where too little of what it remembers is known. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import type { Stage } from '../../core/stage.ts'
import { outOf } from './amount.ts'
import { Fading } from './fading.ts'
import { Intake, type KeptIntake } from './intake.ts'

/** Times are station time, which runs on over an outage where its length is known; where it is not, nothing fades, which is the safer side. */
export interface KeptRain {
  intake: KeptIntake
  fading: number[]
}

const INPUT = reasonCode('input')

export abstract class RememberedRain implements Stage {
  readonly #out: Ring
  readonly #intake: Intake
  protected readonly fading: Fading
  #known = true

  constructor(halfLifeMs: number, wiring: Wiring) {
    this.#out = outOf(wiring)
    this.fading = new Fading(halfLifeMs)
    this.#intake = new Intake(wiring, {
      add: (time, count) => this.add(time, count),
      miss: (_, to, known) => {
        if (known) return
        this.#known = false
        this.fading.reach(to, false)
      },
      begin: () => this.note(),
      undo: () => this.restore(),
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
      this.add(time, 0)
      this.fading.reach(time, this.#known)
      const { doubt } = this.fading
      push(this.#out, time, this.amount(), doubt === 0 ? Quality.good : Quality.unknown, doubt)
    }
  }

  /** So many counts at that time; of 0 it only comes as far as that. */
  protected abstract add(time: number, count: number): void
  /** What is remembered, as it stands, for `restore`. */
  protected abstract note(): void
  protected abstract restore(): void
  /** What is remembered, in the unit of the output. */
  protected abstract amount(): number

  protected keptRain(): KeptRain | null {
    const intake = this.#intake.kept()
    return intake && { intake, fading: this.fading.kept() }
  }

  /** False for what is nothing of the kind. */
  protected recallRain({ intake, fading }: Partial<KeptRain>): boolean {
    if (!Array.isArray(fading) || !fading.every(Number.isFinite) || !this.#intake.recall(intake)) return false
    this.fading.recall(fading)
    return true
  }
}
