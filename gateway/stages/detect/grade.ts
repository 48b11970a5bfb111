/** Set points by colour, with dead band and delays: the part that all detectors of levels share. */
import type { Level } from '../../../protocol/level.ts'
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import type { InputKind, OptionDoubt } from '../../core/kind.ts'
import type { Margin } from '../../core/stage.ts'

export interface SetPoints {
  blue?: number | undefined
  yellow?: number | undefined
  orange?: number | undefined
  red?: number | undefined
}

export interface Rate {
  value: number
  per: Millis
}
export type RateSetPoints = { [Colour in keyof SetPoints]: Rate | undefined }

export function perMs(at: RateSetPoints): SetPoints {
  const points: SetPoints = {}
  for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
    const setPoint = at[colour]
    if (setPoint) points[colour] = setPoint.value / setPoint.per
  }
  return points
}

/** Set points must grow with the colour, or fall where less is worse: else a red alarm would come before the yellow one. */
export function orderDoubts(at: SetPoints, worse: 'more' | 'less'): OptionDoubt[] {
  const doubts: OptionDoubt[] = []
  let last: { colour: string; value: number } | null = null
  for (const colour of ['blue', 'yellow', 'orange', 'red'] as const) {
    const value = at[colour]
    if (value === undefined) continue
    if (last && (worse === 'more' ? value < last.value : value > last.value)) {
      doubts.push({
        at: ['at', colour],
        what: `${colour} would come before ${last.colour}`,
        remedy: `set points must ${worse === 'more' ? 'rise' : 'fall'} from blue to red here`,
      })
    }
    last = { colour, value }
  }
  return doubts
}

/** Rows of a counting channel are raw counts, of which no level can be told. */
export const countDoubts = (input: InputKind | undefined): OptionDoubt[] =>
  input?.counting
    ? [{ at: [], what: 'this channel counts, and has no level of its own', remedy: 'look at a channel that is made of it: derive: accumulate' }]
    : []

/** A degree of exceedance: raised at `at` (>=), cleared below `clear` (<). Both in units that grow with danger. */
export interface Step {
  level: Level
  at: number
  clear: number
  onDelay: Millis
  offDelay: Millis
}

/** A suspect reading raises at most this by itself: more is raised by the second reading that shows it. */
const MOST_ALONE: Level = 2

/** What a single suspect reading calls for. */
const NOTHING = 0
const RAISE = 1
const LOWER = 2

/** What is known of a level since the start: nothing, that it was reached, or that it was not: then it has been off since. */
const OPEN = 0
const REACHED = 1
const DENIED = 2

/**
 * The levels of one detector. All figures are turned so that more is worse (see `direction`).
 *
 *      at ┄┄┄┄┄┄┄┄┄┄╱▔▔╲┄┄┄┄┄┄┄┄┄┄┄┄   a level is on once the value was >= at for its on-delay,
 *   clear ┄┄┄┄┄┄┄┄╱┄┄┄┄┄╲┄┄┄╱╲┄┄┄┄┄┄   and off once it was < clear for its off-delay; in between it stays (dead band)
 *              off    on   ┊   ┊ off
 *
 * A suspect reading that is the first to call for a change neither raises more than yellow nor lowers anything: the next usable reading
 * does, where it calls for the same, whatever its quality and however late it comes. (An instrument that is always suspect and seldom heard
 * must be able to raise red; two readings with a silence between them agree as well.) Delays count from the first of the two, if not over
 * a silence. What is suspect for being over range raises at once: gas too rich to measure waits for no second word.
 *
 * The same at the start, when no level is on that could stay: what the first reading does not reach, being suspect, may be on all the same.
 * Nothing is known until the next usable one, unless the first raises by itself; then the levels above are `unconfirmed`.
 *
 * Nor is a level denied before a value since the start has been below its set point: neither while its first on-delay runs, nor by a lower
 * bound. It is `undenied`. Once denied, it is off through every later on-delay.
 */
export class Grades {
  readonly #steps: Step[]
  readonly #on: boolean[]
  /** When the value began to call for a change of this level; NaN while it does not. */
  readonly #rising: number[]
  readonly #falling: number[]
  /** What the last usable reading called for, being suspect and the first to do so. */
  readonly #alone: number[]
  /** What the readings since the start allow to be said: nothing, what one suspect reading shows, or how it is. */
  #known: 'nothing' | 'one' | 'all' = 'nothing'
  /** Of each level, since the start. */
  readonly #told: number[]
  /** When readings began to be missed; NaN while they come. */
  #frozenAt = Number.NaN
  /** The newest reading is suspect. A figure of a window counts as its newest reading: no other weighs so much in it. */
  suspect = false
  /** It is so because it lies beyond what the instrument can measure: it is not exact, but it is much, and raises by itself. */
  overRange = false
  /** Some on-delay may be running: most rows find none, and need not look. */
  #waiting = false

  constructor(steps: Step[]) {
    this.#steps = [...steps].sort((a, b) => a.level - b.level)
    this.#on = this.#steps.map(() => false)
    this.#rising = this.#steps.map(() => Number.NaN)
    this.#falling = this.#steps.map(() => Number.NaN)
    this.#alone = this.#steps.map(() => NOTHING)
    this.#told = this.#steps.map(() => OPEN)
  }

  /** A usable value. `lowerBound`: the true value may be higher, so that it can raise and never lowers; below a set point it proves nothing, either way. */
  value(value: number, time: number, lowerBound: boolean): void {
    if (!(lowerBound || Number.isNaN(value))) this.#hear()
    for (let i = 0; i < this.#steps.length; i++) this.#grade(i, value, time, lowerBound)
  }

  /** The same, of a figure of its own for each step, the lowest step first. */
  values(values: Float64Array, time: number, lowerBound: boolean): void {
    if (!lowerBound) this.#hear()
    for (let i = 0; i < this.#steps.length; i++) this.#grade(i, values[i] as number, time, lowerBound)
  }

  #hear(): void {
    if (this.#known !== 'all') this.#known = this.suspect && this.#known === 'nothing' ? 'one' : 'all'
  }

  #grade(i: number, value: number, time: number, lowerBound: boolean): void {
    const step = this.#steps[i] as Step
    if (value >= step.at) {
      const first = !((this.#rising[i] as number) <= time)
      if (first) this.#rising[i] = time
      this.#falling[i] = Number.NaN
      const alone = first && this.suspect && !this.overRange && step.level > MOST_ALONE && this.#alone[i] !== RAISE
      this.#alone[i] = alone ? RAISE : NOTHING
      if (alone) return
      if (this.#told[i] === OPEN) this.#told[i] = REACHED
      if (time - (this.#rising[i] as number) >= step.onDelay) this.#on[i] = true
      else this.#waiting = true
      return
    }
    this.#rising[i] = Number.NaN
    if (!(lowerBound || Number.isNaN(value))) this.#deny(i)
    if (lowerBound || !(value < step.clear)) {
      this.#falling[i] = Number.NaN
      // A bound, or a figure that is none, denies nothing.
      if (this.#alone[i] === LOWER || !(lowerBound || Number.isNaN(value))) this.#alone[i] = NOTHING
      return
    }
    const first = Number.isNaN(this.#falling[i])
    if (first) this.#falling[i] = time
    const alone = first && this.suspect && this.#alone[i] !== LOWER
    this.#alone[i] = alone ? LOWER : NOTHING
    if (alone) return
    if (time - (this.#falling[i] as number) >= step.offDelay) this.#on[i] = false
  }

  /** By a value below it: a suspect one takes back what was reached, and the next one denies. */
  #deny(i: number): void {
    if (this.#told[i] === DENIED) return
    this.#told[i] = this.suspect && (this.#known !== 'all' || this.#told[i] === REACHED) ? OPEN : DENIED
  }

  /** A reading that did not come: it never clears, so it starts every off-delay again; on-delays stand still until one comes. */
  nothing(time: number): void {
    this.#falling.fill(Number.NaN)
    if (Number.isNaN(this.#frozenAt)) this.#frozenAt = time
  }

  /** A reading comes: what on-delays have still to run they run from here. */
  resume(time: number): void {
    if (Number.isNaN(this.#frozenAt)) return
    for (let i = 0; i < this.#rising.length; i++) this.#rising[i] = (this.#rising[i] as number) + Math.max(0, time - this.#frozenAt)
    this.#frozenAt = Number.NaN
  }

  /** Time alone: an on-delay runs out between two readings, an off-delay only at a reading. `open`: a reading of that very time comes first. True where a level came on. */
  pass(now: number, open = false): boolean {
    if (!this.#waiting || !Number.isNaN(this.#frozenAt)) return false
    this.#waiting = false
    let raised = false
    for (let i = 0; i < this.#steps.length; i++) {
      const over = now - (this.#rising[i] as number) - (this.#steps[i] as Step).onDelay
      if (this.#on[i] || this.#alone[i] === RAISE || Number.isNaN(over)) continue
      if (open ? over > 0 : over >= 0) this.#on[i] = raised = true
      else this.#waiting = true
    }
    return raised
  }

  /** Nothing is known any more, for too long or for a reason: no delay goes on across that. What a reading has shown it has shown. */
  forget(): void {
    this.#waiting = false
    this.#frozenAt = Number.NaN
    this.#rising.fill(Number.NaN)
    this.#falling.fill(Number.NaN)
  }

  /** Whether `level` tells how it is: not by one suspect reading that raises nothing. */
  get isKnown(): boolean {
    return this.#known === 'all' || this.level > 0
  }

  /** The highest level that waits for a second reading. Where nothing is known at all, only what was reached. */
  get unconfirmed(): Level {
    const all = this.#known === 'one' && this.isKnown
    for (let i = this.#steps.length - 1; i >= 0; i--) if ((all || this.#alone[i] === RAISE) && !this.#on[i]) return (this.#steps[i] as Step).level
    return 0
  }

  /** The highest level that is not on, and not denied either. */
  get undenied(): Level {
    for (let i = this.#steps.length - 1; i >= 0; i--) if (!this.#on[i] && this.#told[i] !== DENIED) return (this.#steps[i] as Step).level
    return 0
  }

  /** The lowest first. */
  get steps(): readonly Step[] {
    return this.#steps
  }

  get level(): Level {
    for (let i = this.#steps.length - 1; i >= 0; i--) if (this.#on[i]) return (this.#steps[i] as Step).level
    return 0
  }

  wakeAt(): Millis {
    let due: Millis = NEVER
    if (!Number.isNaN(this.#frozenAt)) return due
    for (let i = 0; i < this.#steps.length; i++) {
      if (this.#on[i] || this.#alone[i] === RAISE || Number.isNaN(this.#rising[i])) continue
      due = millis(Math.min(due, (this.#rising[i] as number) + (this.#steps[i] as Step).onDelay))
    }
    return due
  }
}

/** As the site file has it: without the tail that a double gets on its way through other units. */
const written = (setPoint: number): number => Number(setPoint.toPrecision(12))

/** How the figures stand to the steps, the lowest first: turned back as people know them (`turn`), in `unit`. A figure that is no number is left out. */
export function marginsOf(
  grades: Grades,
  value: (step: number) => number,
  { figure, unit, turn = 1 }: { figure: string; unit: string; turn?: number },
): Margin[] {
  return grades.steps.flatMap(({ level, at, clear }, step) => {
    const turned = { value: value(step) * turn, at: written(at * turn), clear: written(clear * turn) }
    return !Number.isFinite(turned.value) ? [] : [{ level, figure, ...turned, unit, worse: turn > 0 ? 'more' : 'less' }]
  })
}

/** Set points as steps, lowest first; `make` gives at and clear of each. */
export function stepsOf(at: SetPoints, make: (setPoint: number) => Omit<Step, 'level'>): Step[] {
  const steps: Step[] = []
  for (const [index, colour] of (['blue', 'yellow', 'orange', 'red'] as const).entries()) {
    const setPoint = at[colour]
    if (setPoint !== undefined) steps.push({ level: (index + 1) as Level, ...make(setPoint) })
  }
  return steps
}
