/** Antecedent: the rain of the last days against a line that falls with the rain of the days before them. */
import { duration, levels, number, oneOf, optional, percent, shape } from '../../../protocol/files/schema.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { Kind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Detector } from '../../core/stage.ts'
import { gaugeDoubts, mmOf } from '../rain/amount.ts'
import { Tally } from '../rain/tally.ts'
import { orderDoubts, type SetPoints } from './grade.ts'
import { colourNames, levelsIn, type Measure, Rainfall } from './rainfall.ts'

/** recent = mm - share·before, over so long each. */
interface Line {
  mm: number
  share: number
  recent: Millis
  before: Millis
}

interface Options {
  line: 'seattle' | 'site'
  law?: Line | undefined
  at: SetPoints
  clear: number
}

const DAY = 86_400_000

/** P3 > 3.5 - 0.67·P15 in inches, P15 of the 15 days before the 3: Chleborad 2000 and Godt 2006, as the USGS station for Seattle uses it. */
const SEATTLE: Line = { mm: 88.9, share: 0.67, recent: (3 * DAY) as Millis, before: (15 * DAY) as Millis }

/** The ratio where the ground holds no more, so that any rain at all exceeds. */
const ANY_RAIN = 1000

/**
 * r = recent / (mm - share·before); where the line has come down to nothing, any recent rain exceeds it. Unknown until all of
 * both times is known to nine tenths: of Seattle's line 16 days after a first start.
 */
export const antecedent: Kind<Options, Detector> = {
  name: 'antecedent',
  about:
    'The level of recent rain against a line that falls with the rain before it, over the channel of the gauge itself: set points `at` in per cent of the line. `line: seattle` is 3 days against the 15 before (88.9 mm - 0.67 of these); `site` needs a `law` with mm, share, recent and before. Named lines are of other regions, no licence to warn.',
  options: shape({
    line: oneOf(['seattle', 'site']),
    law: optional(
      shape({
        mm: number({ least: 1 }),
        share: number({ least: 0, most: 10 }),
        recent: duration({ least: 3_600_000, most: 30 * DAY }),
        before: duration({ least: 3_600_000, most: 60 * DAY }),
      }),
    ),
    at: levels(percent({ least: 0.05, most: 10 })),
    clear: optional(percent({ least: 0.1 }), '80%'),
  }),
  doubts: ({ line, law, at }, [input]) => [...gaugeDoubts(input), ...lineDoubts(line, law), ...orderDoubts(at, 'more')],
  build(options, wiring) {
    const line = options.line === 'seattle' ? SEATTLE : (options.law as Line)
    const tally = new Tally(wiring, [line.recent, line.recent + line.before])
    return new Rainfall(levelsIn(options.at), options.clear, tally, new Recent(options, line, tally, wiring), wiring)
  },
}

const lineDoubts = (line: Options['line'], law: Line | undefined): OptionDoubt[] =>
  (line === 'site') === (law !== undefined)
    ? []
    : [
        law
          ? { at: ['law'], what: `\`${line}\` has its own law`, remedy: 'write line: site, or leave `law` out' }
          : { at: ['line'], what: 'no law is given', remedy: 'write it: law: { mm: 90, share: 0.67, recent: 3d, before: 15d }' },
      ]

class Recent implements Measure {
  readonly #line: Line
  readonly #at: number[]
  readonly #tally: Tally
  readonly #amount: (count: number) => number
  #recent = 0
  #before = 0
  #ratio = 0

  constructor({ at }: Options, line: Line, tally: Tally, wiring: Wiring) {
    this.#line = line
    this.#at = colourNames.flatMap((colour) => at[colour] ?? [])
    this.#tally = tally
    this.#amount = mmOf(wiring)
  }

  measure(time: number, ratios: Float64Array): number {
    const recent = this.#tally.counts[0] as number
    this.#recent = this.#amount(recent)
    this.#before = this.#amount((this.#tally.counts[1] as number) - recent)
    const line = this.#line.mm - this.#line.share * this.#before
    this.#ratio = this.#recent === 0 ? 0 : line > 0 ? Math.min(ANY_RAIN, this.#recent / line) : ANY_RAIN
    for (let step = 0; step < ratios.length; step++) ratios[step] = this.#ratio / (this.#at[step] as number)
    return this.#tally.doubts(time)
  }

  evidence(): Record<string, number> {
    return { ratio: this.#ratio, recentMm: this.#recent, beforeMm: this.#before }
  }
}
