/**
 * Which season's set points are in force: by the date at the place, or as a person has ordered; and a detector that has several sets.
 *
 *     clock known         the season that has this day; outside of all, the set points of the detector itself
 *     clock not known     all sets at once: the highest level that one of them tells
 *     ordered             that season, until the calendar is ordered again
 *
 * All sets look at every row all the time, so that a change of season forgets no dead band and no delay.
 */
import type { Level, Verdict } from '../../protocol/level.ts'
import { type Millis, type Moment, millis, NEVER } from '../../protocol/time.ts'
import type { Calendar } from './calendar.ts'
import { BY_CALENDAR, type SeasonPlan } from './plan.ts'
import type { Ring } from './ring.ts'
import type { Detector, Margin, StageAct } from './stage.ts'

const DAY_MS = 86_400_000

export class Seasons {
  readonly #plans: SeasonPlan[]
  readonly #calendar: Calendar
  /** The season in force; null outside of all, 'unknown' while no day is known. */
  current: string | null = 'unknown'
  /** Station time since which it is. */
  since: Millis = millis(0)
  /** The season that was ordered; null while the calendar is followed. */
  ordered: string | null = null
  #wakeAt: Millis = NEVER

  constructor(plans: SeasonPlan[], calendar: Calendar) {
    this.#plans = plans
    this.#calendar = calendar
  }

  /** Before a scan judges. */
  look(now: Moment): void {
    const current = this.#at(now)
    if (current !== this.current) this.since = now.at
    this.current = current
  }

  #at(now: Moment): string | null {
    this.#wakeAt = NEVER
    if (this.#plans.length === 0) return null
    if (this.ordered !== null) return this.ordered
    if (this.#calendar.quality === 'unsynchronised') return 'unknown'
    const local = this.#calendar.wall(now.at) + this.#calendar.utcOffset
    this.#wakeAt = millis(now.at + DAY_MS - (((local % DAY_MS) + DAY_MS) % DAY_MS))
    const day = new Date(local).toISOString().slice(5, 10)
    return this.#plans.find(({ from, to }) => (from <= to ? from <= day && day <= to : from <= day || day <= to))?.name ?? null
  }

  /** Gives why not, or nothing where it is done: in force from the next look. */
  order(season: string): string {
    const known = this.#plans.map(({ name }) => name)
    if (known.length === 0) return 'the site file names no seasons'
    if (season !== BY_CALENDAR && !known.includes(season)) return `there is no season "${season}": name one of ${[...known, BY_CALENDAR].join(', ')}`
    this.ordered = season === BY_CALENDAR ? null : season
    this.#wakeAt = millis(-Infinity)
    return ''
  }

  /** The next midnight at the place, at which another may be in force; at once where one was ordered: the next row may be a day away. */
  wakeAt(): Millis {
    return this.#wakeAt
  }
}

/** A detector of several sets of set points on one channel. `base` is in force where no season has one of its own. */
export class Seasonal implements Detector {
  readonly #base: Detector
  readonly #sets: ReadonlyMap<string, Detector>
  readonly #all: readonly Detector[]
  readonly #seasons: Seasons

  constructor(base: Detector, sets: ReadonlyMap<string, Detector>, seasons: Seasons) {
    this.#base = base
    this.#sets = sets
    this.#all = [base, ...sets.values()]
    this.#seasons = seasons
  }

  run(ring: Ring, from: number, to: number, now: Millis): void {
    for (const one of this.#all) one.run(ring, from, to, now)
  }

  wakeAt(): Millis {
    let due: Millis = NEVER
    for (const one of this.#all) {
      const at = one.wakeAt?.() ?? NEVER
      if (at < due) due = at
    }
    return due
  }

  /** The set that speaks: the one in force; while that is not known, the strictest: the highest known level above none, else one that cannot tell. */
  get #speaker(): Detector {
    const { current } = this.#seasons
    if (current !== 'unknown') return (current === null ? undefined : this.#sets.get(current)) ?? this.#base
    return this.#all.reduce((held, one) => (rank(one.level) > rank(held.level) ? one : held))
  }

  get level(): Verdict {
    return this.#speaker.level
  }

  get since(): Millis {
    return millis(Math.max(this.#speaker.since, this.#seasons.since))
  }

  get doubt(): Detector['doubt'] {
    return this.#speaker.doubt
  }

  /** Of all sets: another may be in force by the time that the second reading comes. */
  get unconfirmed(): Level {
    const most = this.#all.reduce<Level>((most, { unconfirmed = 0 }) => higher(most, unconfirmed), 0)
    return this.#seasons.current === 'unknown' && this.level !== 'unknown' ? higher(most, this.#beginning) : most
  }

  /** Of the set that speaks; of all while the season is not known. */
  get undenied(): Level {
    if (this.#seasons.current !== 'unknown') return this.#speaker.undenied ?? 0
    return this.#all.reduce<Level>((most, { undenied = 0 }) => higher(most, undenied), 0)
  }

  /** The highest colour of the sets that know nothing yet though there are figures: behind a first, suspect reading by which another set has raised. */
  get #beginning(): Level {
    const begun = this.#all.filter(({ level, doubt }) => level === 'unknown' && doubt === 'warm-up')
    return begun.flatMap((one) => one.margins?.() ?? []).reduce<Level>((most, { level }) => higher(most, level), 0)
  }

  evidence(): Record<string, number> {
    return this.#speaker.evidence()
  }

  /** While the season is not known, each level by the set of whose set point it is the least short. */
  margins(): Margin[] {
    if (this.#seasons.current !== 'unknown') return this.#speaker.margins?.() ?? []
    const nearest = new Map<Level, Margin>()
    for (const margin of this.#all.flatMap((one) => one.margins?.() ?? [])) {
      const held = nearest.get(margin.level)
      if (!held || short(margin) < short(held)) nearest.set(margin.level, margin)
    }
    return [...nearest.values()].sort((a, b) => a.level - b.level)
  }

  act(act: StageAct): string {
    for (const one of this.#all) {
      const refusal = one.act?.(act) ?? ''
      if (refusal !== '') return refusal
    }
    return ''
  }

  kept(): unknown {
    const kept = this.#all.map((one) => one.kept?.() ?? null)
    return kept.some((one) => one !== null) ? kept : null
  }

  recall(kept: unknown): void {
    if (Array.isArray(kept)) for (const [index, one] of this.#all.entries()) if (kept[index] !== null && kept[index] !== undefined) one.recall?.(kept[index])
  }
}

const higher = (a: Level, b: Level): Level => (b > a ? b : a)

const short = ({ value, at, worse }: Margin): number => (worse === 'more' ? at - value : value - at)

/** Unknown lies between none and blue: it hides no rest of another set, and no level hides behind it. */
const rank = (level: Verdict): number => (level === 'unknown' ? 0.5 : level)
