/** Flash flood: prepare to leave, or leave at once, by rain within hours and by how wet the soil is. */
import { duration, id, list, number, optional, percent, shape } from '../../../protocol/files/schema.ts'
import { Quality } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import { oldest, type Ring } from '../../core/ring.ts'
import type { Detector } from '../../core/stage.ts'
import { gaugeDoubts, mmOf } from '../rain/amount.ts'
import { Tally } from '../rain/tally.ts'
import { type Measure, Rainfall } from './rainfall.ts'

/** mm for each duration, by the state of the soil. */
interface Figures {
  dry?: number[] | undefined
  normal?: number[] | undefined
  wet: number[]
}

interface Soil {
  channel: string
  normal: number
  wet: number
}

interface Options {
  durations: Millis[]
  prepare: Figures
  immediate: Figures
  soil?: Soil | undefined
  clear: number
}

const states = ['dry', 'normal', 'wet'] as const
const WET = 2

/** Soil dries and wets within hours: an older word of it says nothing of now. Three missed rows are a loss, as everywhere. */
const SOIL_STANDS_MS = 3_600_000
const SOIL_PERIODS = 3

const HOUR = 3_600_000

/** Between the durations of the table it is held against every half hour, beyond 3 h every hour, beyond 12 h every 6 h. */
const LADDER_HOURS = [
  [3, 0.5],
  [12, 1],
  [Infinity, 6],
] as const

/** What takes more than three days is no flash flood. */
const LONGEST_MS = 72 * HOUR
const MOST_DURATIONS = 20

/** Orange and red: preparing sounds the voice, leaving at once the siren too. */
const PREPARE = 3
const IMMEDIATE = 4

/**
 * Held against sums of sliding windows, in whole tips; between the durations of the table its mm are interpolated linearly in
 * log mm over log duration. Soil that is not known, or told by a lower bound only, is taken for wet.
 */
export const flashFlood: Kind<Options, Detector> = {
  name: 'flash-flood',
  about:
    'Orange: prepare to leave, red: leave at once, by rain over the channel of the gauge itself. `prepare` and `immediate` give the mm for each of `durations`, for dry, normal and wet soil; `soil` names a channel of soil water or decayed rain, and from which value on the soil is normal and wet. Without `soil`, and while it is not known, the figures for wet soil count. All figures are those of this village, from its analysis; there is no default.',
  options: shape({
    durations: list(duration({ least: 600_000, most: LONGEST_MS }), { least: 1, most: MOST_DURATIONS }),
    prepare: figures(),
    immediate: figures(),
    soil: optional(shape({ channel: id(), normal: number(), wet: number() })),
    clear: optional(percent({ least: 0.1 }), '80%'),
  }),
  others: ({ soil }) => (soil ? [{ at: ['soil', 'channel'], channel: soil.channel }] : []),
  // How far back a row of the soil may lie; of the gauge no past row is looked at.
  reach: ({ soil }) => (soil ? (SOIL_STANDS_MS as Millis) : (0 as Millis)),
  doubts: (options, [input]) => [...gaugeDoubts(input), ...tableDoubts(options)],
  build(options, wiring) {
    const spans = ladder(options.durations)
    const tally = new Tally(wiring, spans)
    return new Rainfall([PREPARE, IMMEDIATE], options.clear, tally, new Flood(options, tally, wiring), wiring)
  },
}

function figures() {
  const row = list(number({ least: 0.1 }), { least: 1, most: MOST_DURATIONS })
  return shape({ dry: optional(row), normal: optional(row), wet: row })
}

function tableDoubts({ durations, prepare, immediate, soil }: Options): OptionDoubt[] {
  const doubts: OptionDoubt[] = []
  const tell = (at: (string | number)[], what: string, remedy: string): void => void doubts.push({ at, what, remedy })
  if (durations.some((span, k) => k > 0 && span <= (durations[k - 1] as number))) tell(['durations'], 'durations must rise', 'write the shortest first')
  if (soil && soil.wet <= soil.normal) tell(['soil', 'wet'], 'soil would be wet before it is normal', '`wet` must be more than `normal`')
  for (const [step, held] of [['prepare', prepare] as const, ['immediate', immediate] as const]) {
    for (const [index, state] of states.entries()) {
      const row = held[state]
      if (!row) {
        if (soil) tell([step], `\`${state}\` is missing, and the soil may be so`, `add ${state}: [...]`)
        continue
      }
      if (row.length !== durations.length) tell([step, state], `${row.length} figures for ${durations.length} durations`, 'give one for each duration')
      else if (row.some((mm, k) => k > 0 && mm < (row[k - 1] as number))) tell([step, state], 'rain of a longer time is never less', 'the figures must rise')
      const wetter = states.slice(index + 1).find((name) => held[name])
      if (wetter && row.some((mm, k) => mm < (held[wetter]?.[k] ?? 0)))
        tell([step, state], `${state} soil would need less rain than ${wetter}`, 'the wetter the soil, the smaller the figure')
      if (step === 'prepare' && row.some((mm, k) => mm > (immediate[state]?.[k] ?? Infinity)))
        tell([step, state], 'leaving at once would come before preparing', '`prepare` must be at most `immediate`')
    }
  }
  return doubts
}

function ladder(durations: Millis[]): number[] {
  const longest = Math.max(...durations) / HOUR
  const spans = new Set<number>(durations)
  for (let hours = Math.min(...durations) / HOUR; hours < longest; ) {
    spans.add(hours * HOUR)
    const [, step] = LADDER_HOURS.find(([until]) => hours < until) as (typeof LADDER_HOURS)[number]
    hours = (Math.floor(hours / step) + 1) * step
  }
  return [...spans].sort((a, b) => a - b)
}

/** The mm at a duration, on the straight line between the neighbours in log-log. */
export function interpolated(durations: number[], mm: number[], span: number): number {
  const next = durations.findIndex((duration) => duration >= span)
  const [d1, m1] = [durations[next] as number, mm[next] as number]
  if (d1 === span || next === 0) return m1
  const [d0, m0] = [durations[next - 1] as number, mm[next - 1] as number]
  return m0 * (m1 / m0) ** (Math.log(span / d0) / Math.log(d1 / d0))
}

class Flood implements Measure {
  readonly #soil: Soil | undefined
  readonly #ring: Ring | undefined
  readonly #soilStandsMs: number
  readonly #tally: Tally
  readonly #amount: (count: number) => number
  /** mm by state, step and window. */
  readonly #table: Float64Array[][]
  #state = WET
  #value = Number.NaN

  constructor({ durations, prepare, immediate, soil }: Options, tally: Tally, wiring: Wiring) {
    this.#soil = soil
    this.#ring = wiring.inputs[1]
    this.#soilStandsMs = Math.max(SOIL_STANDS_MS, SOIL_PERIODS * (wiring.periods[1] ?? 0))
    this.#tally = tally
    this.#amount = mmOf(wiring)
    this.#table = states.map((state) =>
      [prepare, immediate].map((held) => Float64Array.from(tally.spans, (span) => interpolated(durations, held[state] ?? held.wet, span))),
    )
  }

  /** The state by the newest row that was there at `time`. */
  #look(time: number): void {
    this.#state = WET
    this.#value = Number.NaN
    const ring = this.#ring
    if (!this.#soil || !ring) return
    for (let row = ring.head - 1; row >= oldest(ring); row--) {
      const slot = row & ring.mask
      const at = ring.time[slot] as number
      if (at > time) continue
      if (at <= time - this.#soilStandsMs) return
      const quality = ring.quality[slot] as number
      if (quality >= Quality.fail) continue
      this.#value = ring.value[slot] as number
      if (quality !== Quality.unknown) this.#state = this.#value >= this.#soil.wet ? WET : this.#value >= this.#soil.normal ? 1 : 0
      return
    }
  }

  measure(time: number, ratios: Float64Array): number {
    this.#look(time)
    const table = this.#table[this.#state] as Float64Array[]
    for (let step = 0; step < table.length; step++) {
      const figures = table[step] as Float64Array
      let most = 0
      for (let k = 0; k < figures.length; k++) most = Math.max(most, this.#amount(this.#tally.counts[k] as number) / (figures[k] as number))
      ratios[step] = most
    }
    return this.#tally.doubts(time)
  }

  /** By the figures of the highest step that is met, else of preparing. */
  evidence(): Record<string, number> {
    const [prepare, immediate] = this.#table[this.#state] as [Float64Array, Float64Array]
    const by = (figures: Float64Array) => {
      let best = { ratio: -1, mm: 0, thresholdMm: 0, hours: 0 }
      for (const [k, thresholdMm] of figures.entries()) {
        const mm = this.#amount(this.#tally.counts[k] as number)
        if (mm / thresholdMm > best.ratio) best = { ratio: mm / thresholdMm, mm, thresholdMm, hours: (this.#tally.spans[k] as number) / HOUR }
      }
      return best
    }
    const leave = by(immediate)
    return { ...(leave.ratio >= 1 ? leave : by(prepare)), ...(!Number.isNaN(this.#value) && { soil: this.#value }) }
  }
}
