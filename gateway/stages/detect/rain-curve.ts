/** Rain curve: how far the running storm exceeds a curve of intensity over duration, in every stretch of it that ends now. */
import { duration, either, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { gaugeDoubts, mmOf } from '../rain/amount.ts'
import { curveNames, curves, type Limb } from '../rain/curves.ts'
import { RunningStorm, STORM_HOURS, type StormRule } from '../rain/running.ts'
import { Tally } from '../rain/tally.ts'
import { orderDoubts, type SetPoints } from './grade.ts'
import { colourNames, levelsIn, type Measure, Rainfall } from './rainfall.ts'

interface Law {
  of: 'intensity' | 'depth'
  factor: number
  exponent: number
  from: Millis
  to: Millis
}

interface Options {
  curve: (typeof curveNames)[number] | 'site'
  law?: Law | undefined
  at: SetPoints
  parted: StormRule
  clear: number
}

const HOUR = 3_600_000

/** Four days without rain part any storms. */
const LONGEST_DRY_MS = 96 * HOUR

/** Of a longer storm the last month is looked at. */
const LONGEST_MS = STORM_HOURS * HOUR

/**
 * r(D) = E(D) / E_curve(D), E the depth of the last D of the storm, its greatest over every D from one tip's to the whole storm's
 * is graded. A storm begins with the first tip after a dry time of `parted`. The time of a tip is known to a period: it is taken
 * to have begun a period before its row. A rule of CTRL-T (see storm) says at which full hour the storm begins; what it leaves
 * out within the storm counts here, for windows of tips are the sharper and the safer. Short bursts are held against the curve's
 * shortest duration. The named curves, their sources and where they hold: rain/curves.
 */
export const rainCurve: Kind<Options, Detector> = {
  name: 'rain-curve',
  about: `The level of the running storm by its exceedance of a threshold curve, over the channel of the gauge itself: set points \`at\` in per cent of the curve (at: { yellow: 80%, red: 100% }). \`curve\`: ${curveNames.join(', ')}, or \`site\` with a \`law\` of your own (of: intensity in mm/h or depth in mm, factor · hours^exponent, from, to). A storm ends after \`parted\` (default 24h) without rain, or by the rule of CTRL-T: warm, cold or season. Named curves are of other regions, no licence to warn.`,
  options: shape({
    curve: oneOf([...curveNames, 'site']),
    law: optional(
      shape({
        of: oneOf(['intensity', 'depth']),
        factor: number({ least: 0.01 }),
        exponent: number({ least: -2, most: 2 }),
        from: duration({ least: 60_000, most: LONGEST_MS }),
        to: duration({ least: 60_000 }),
      }),
    ),
    at: levels(percent({ least: 0.05, most: 10 })),
    parted: optional(either(duration({ least: HOUR, most: LONGEST_DRY_MS }), oneOf(['warm', 'cold', 'season'])), '24h'),
    clear: optional(percent({ least: 0.1 }), '80%'),
  }),
  doubts: ({ curve, law, at }, [input]) => [...gaugeDoubts(input), ...lawDoubts(curve, law), ...orderDoubts(at, 'more')],
  build(options, wiring) {
    const curve = curveOf(options)
    const tally = new Tally(wiring, [LONGEST_MS])
    return new Rainfall(levelsIn(options.at), options.clear, tally, new Curve(options, curve, tally, wiring), wiring)
  },
}

function lawDoubts(curve: Options['curve'], law: Law | undefined): OptionDoubt[] {
  if ((curve === 'site') !== (law !== undefined))
    return [
      law
        ? { at: ['law'], what: `\`${curve}\` has its own law`, remedy: 'write curve: site, or leave `law` out' }
        : { at: ['curve'], what: 'no law is given', remedy: 'write it: law: { of: depth, factor: 7.7, exponent: 0.39, from: 1h, to: 240h }' },
    ]
  if (!law || law.to > law.from) return []
  return [{ at: ['law', 'to'], what: 'the curve ends before it begins', remedy: '`to` must be later than `from`' }]
}

function curveOf({ curve, law }: Options): readonly Limb[] {
  if (curve !== 'site') return curves[curve]
  const { of, factor, exponent, from, to } = law as Law
  return [{ factor, exponent: exponent - (of === 'depth' ? 1 : 0), from: from / HOUR, to: to / HOUR }]
}

class Curve implements Measure {
  // The limbs of the curve as depth = factor·hours^exponent, each up to `to`.
  readonly #from: number
  readonly #to: Float64Array
  readonly #factor: Float64Array
  readonly #exponent: Float64Array
  readonly #dryMs: number
  readonly #period: number
  readonly #at: Float64Array
  readonly #tally: Tally
  readonly #step: number
  readonly #amount: (count: number) => number
  /** Where a rule of CTRL-T says when it began. */
  readonly #storm: RunningStorm | null
  // The storm when it was last looked through, and the stretch of it that exceeds the curve most.
  readonly #found = { ratio: Number.NaN, mm: Number.NaN, hours: Number.NaN, stormMm: Number.NaN, stormHours: Number.NaN }

  constructor({ at, parted }: Options, curve: readonly Limb[], tally: Tally, wiring: Wiring) {
    this.#from = (curve[0] as Limb).from
    this.#to = Float64Array.from(curve, ({ to }) => to)
    this.#factor = Float64Array.from(curve, ({ factor }) => factor)
    this.#exponent = Float64Array.from(curve, ({ exponent }) => exponent + 1)
    this.#dryMs = typeof parted === 'number' ? parted : Infinity
    this.#period = wiring.periods[0] as number
    this.#at = Float64Array.from(colourNames.flatMap((colour) => at[colour] ?? []))
    this.#tally = tally
    this.#amount = mmOf(wiring)
    this.#step = this.#amount(1)
    this.#storm = typeof parted === 'number' ? null : new RunningStorm(parted, tally, this.#amount, wiring)
  }

  /** O(tips of the storm), some hundreds on a wet day. */
  measure(time: number, ratios: Float64Array): number {
    this.#storm?.look(time)
    const began = this.#lookBack(time, this.#storm ? this.#storm.beganAt : Number.NEGATIVE_INFINITY)
    this.#found.stormHours = (time - began) / HOUR
    for (let step = 0; step < ratios.length; step++) ratios[step] = this.#found.ratio / (this.#at[step] as number)
    // What came before the storm must be known to be dry, or its beginning is not known.
    const dryMs = this.#storm ? this.#storm.dryHours * HOUR : this.#dryMs
    return this.#tally.doubt(time - Math.min(LONGEST_MS, dryMs + time - began), time)
  }

  /**
   * Tip by tip back to where the storm began, which is given; no further than `edge`. The depth of the curve is written out here: a call that
   * answers a fraction costs memory at each tip.
   */
  #lookBack(time: number, edge: number): number {
    const { times, entries, mask, first, end } = this.#tally
    const step = this.#step
    const period = this.#period
    const dryMs = this.#dryMs
    const from = this.#from
    const to = this.#to
    const factor = this.#factor
    const exponent = this.#exponent
    const longest = to[to.length - 1] as number
    // A number from the start: one of unknown type would be allocated anew at each tip.
    let began = +time
    let count = 0
    let worst = 0
    let hoursOfWorst = 0
    let mmOfWorst = 0
    for (let entry = end - 1; entry >= first; entry--) {
      const at = times[entry & mask] as number
      if (at <= edge || began - at >= dryMs) break
      began = at
      count += entries[entry & mask] as number
      const hours = (time - at + period) / HOUR
      if (hours > longest) continue
      const held = Math.max(hours, from)
      let limb = 0
      while (limb < to.length - 1 && held >= (to[limb] as number)) limb++
      const mm = count * step
      const ratio = mm / ((factor[limb] as number) * Math.exp((exponent[limb] as number) * Math.log(held)))
      if (ratio <= worst) continue
      worst = ratio
      hoursOfWorst = hours
      mmOfWorst = mm
    }
    const found = this.#found
    found.ratio = worst
    found.mm = mmOfWorst
    found.hours = hoursOfWorst
    found.stormMm = this.#amount(count)
    return began
  }

  evidence(): Record<string, number> {
    return { ...this.#found }
  }
}
