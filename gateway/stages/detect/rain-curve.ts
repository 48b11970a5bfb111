/** Rain curve: how far the running storm exceeds a curve of intensity over duration, in every stretch of it that ends now. */
import { duration, either, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { gaugeDoubts, mmOf } from '../rain/amount.ts'
import { curveNames, curves, depthAt, type Limb } from '../rain/curves.ts'
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
  readonly #curve: readonly Limb[]
  readonly #dryMs: number
  readonly #period: number
  readonly #at: Float64Array
  readonly #tally: Tally
  readonly #amount: (count: number) => number
  /** Where a rule of CTRL-T says when it began. */
  readonly #storm: RunningStorm | null
  readonly #see: (time: number, count: number) => boolean
  // The storm as far back as it has been looked through, and the stretch of it that exceeds the curve most.
  #now = 0
  #edge = Number.NEGATIVE_INFINITY
  #began = 0
  #count = 0
  #stormMm = 0
  #ratio = 0
  #hours = 0
  #mm = 0

  constructor({ at, parted }: Options, curve: readonly Limb[], tally: Tally, wiring: Wiring) {
    this.#curve = curve
    this.#dryMs = typeof parted === 'number' ? parted : Infinity
    this.#period = wiring.periods[0] as number
    this.#at = Float64Array.from(colourNames.flatMap((colour) => at[colour] ?? []))
    this.#tally = tally
    this.#amount = mmOf(wiring)
    this.#storm = typeof parted === 'number' ? null : new RunningStorm(parted, tally, this.#amount, wiring)
    this.#see = (time, count) => this.#tip(time, count)
  }

  /** O(tips of the storm), some hundreds on a wet day. */
  measure(time: number, ratios: Float64Array): number {
    this.#now = this.#began = time
    this.#count = this.#stormMm = this.#ratio = this.#hours = this.#mm = 0
    if (this.#storm) {
      this.#storm.look(time)
      this.#edge = this.#storm.beganAt
    }
    this.#tally.back(this.#see)
    for (let step = 0; step < ratios.length; step++) ratios[step] = this.#ratio / (this.#at[step] as number)
    // What came before the storm must be known to be dry, or its beginning is not known.
    const dryMs = this.#storm ? this.#storm.dryHours * HOUR : this.#dryMs
    return this.#tally.doubt(time - Math.min(LONGEST_MS, dryMs + time - this.#began), time)
  }

  /** One tip further back; false where the storm ends. */
  #tip(time: number, count: number): boolean {
    if (time <= this.#edge || this.#began - time >= this.#dryMs) return false
    this.#began = time
    this.#count += count
    this.#stretch(this.#amount(this.#count), (this.#now - time + this.#period) / HOUR)
    return true
  }

  /** So much in the last so many hours. */
  #stretch(mm: number, hours: number): void {
    this.#stormMm = mm
    const ratio = mm / depthAt(this.#curve, hours)
    if (ratio <= this.#ratio) return
    this.#ratio = ratio
    this.#hours = hours
    this.#mm = mm
  }

  evidence(): Record<string, number> {
    return { ratio: this.#ratio, mm: this.#mm, hours: this.#hours, stormMm: this.#stormMm, stormHours: (this.#now - this.#began) / HOUR }
  }
}
