/** Neighbour comparison of rain gauges: a gauge that shows none while its neighbours fill, and one that shows far more than they. */
import { about, duration, id, list, number, optional, shape, whole } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { InputKind, Kind, Named, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { isValue, worsen } from '../../core/stage.ts'
import { apartMs, Beside, type Judge, nearestSlot, slowDoubts } from './beside.ts'

interface Options {
  of: string[]
  least: number
  zero?: Millis | undefined
  influx?: { low: number; high: number } | undefined
}

/** Of what fell in a gap of more than so many periods nobody knows: the time without rain is counted anew after it. */
const GAP_PERIODS = 3

/** Gauges of one point; more do not fit on its lines. */
const MOST_NEIGHBOURS = 16

const NEIGHBOURS = reasonCode('neighbours')

/**
 * Against the median `ref` of the neighbours whose value at that time is known, of whom there must be `least`:
 *
 *     faulty zero    own = 0 and ref > 0 at every row of `zero`: fails, and so do all rows after it until own > 0.
 *                    A blocked gauge must not tell that there is no rain.
 *     high influx    ref < low and own > high, or ref ≥ low and own > ref * high / low: suspect, and not more: a gauge that
 *                    a cloudburst has met alone must be able to raise its alarm
 *
 * De Vos et al. 2019, "Quality control for crowdsourced personal weather stations", as in pypwsqc: there `zero` is nint steps.
 * Sums and increments are compared as they are: all over the same time, in one unit.
 */
export const neighbours: Kind<Options, Beside> = {
  name: 'neighbours',
  about:
    'For rain: a sum (or an increment) against the median of the channels `of`, all over the same time and in one unit, of which `least` (default 2) must be known. `zero`: 0 for so long, while the median is always above 0, fails until it is above 0 again. `influx` { low, high }: above `high` while the median is below `low`, or above median times high / low, is suspect.',
  options: shape({
    of: list(id(), { least: 1, most: MOST_NEIGHBOURS }),
    least: optional(whole({ least: 1 }), 2),
    zero: optional(about(duration({ least: 1 }), 'How long a gauge may show none while its neighbours show some.')),
    influx: optional(about(shape({ low: number({ least: 0 }), high: number({ least: 0 }) }), 'In the unit of the channel.')),
  }),
  others: gauges,
  doubts: (options, inputs) => [...figureDoubts(options), ...inputDoubts(inputs), ...slowDoubts(gauges(options), inputs)],
  build: (options, wiring) => new Beside(wiring, comparison(options, wiring)),
}

function gauges({ of }: Options): Named[] {
  return of.map((channel, index) => ({ at: ['of', index], channel }))
}

function comparison({ least, zero = Infinity as Millis, influx }: Options, { inputs, periods, counting }: Wiring): Judge {
  const others = inputs.slice(1)
  const apart = others.map((_, index) => apartMs(periods[0] as Millis, periods[index + 1] as Millis))
  // Increments are counts: each gauge has its own step.
  const steps = counting.map((counts) => counts?.step ?? 1)
  const sorted = new Float64Array(others.length)
  const { low, high } = influx ?? { low: 0, high: Infinity }
  const longest = GAP_PERIODS * (periods[0] as number)
  // Fields, not variables of the closure: there each number that is set would be allocated.
  const held = { zeroSince: Number.NaN, last: Number.NaN }
  let blocked = false

  /**
   * NaN where fewer than `least` are known. A sum with gaps is a lower bound, and no reference; nor is a 0 of it one. Failed gauges are
   * none either: two blocked ones do not prove each other right.
   */
  const median = (time: number): number => {
    let n = 0
    for (let other = 0; other < others.length; other++) {
      const ring = others[other] as Ring
      const slot = nearestSlot(ring, time, apart[other] as number)
      if (slot < 0 || !isValue(ring.quality[slot] as number)) continue
      const value = (ring.value[slot] as number) * (steps[other + 1] as number)
      let at = n++
      for (; at > 0 && (sorted[at - 1] as number) > value; at--) sorted[at] = sorted[at - 1] as number
      sorted[at] = value
    }
    return n < least ? Number.NaN : ((sorted[(n - 1) >> 1] as number) + (sorted[n >> 1] as number)) / 2
  }

  return {
    judge(ring, row) {
      const slot = row & ring.mask
      if (!isValue(ring.quality[slot] as number)) {
        held.zeroSince = Number.NaN
        return
      }
      const time = ring.time[slot] as number
      const own = (ring.value[slot] as number) * (steps[0] as number)
      const ref = median(time)
      if (own > 0) blocked = false
      if (!(own === 0 && ref > 0)) held.zeroSince = Number.NaN
      else if (Number.isNaN(held.zeroSince) || time - held.last > longest) held.zeroSince = time
      held.last = time
      if (time - held.zeroSince >= zero) blocked = true
      if (blocked) worsen(ring, row, Quality.fail, NEIGHBOURS)
      else if (ref < low ? own > high : own > (ref * high) / low) worsen(ring, row, Quality.suspect, NEIGHBOURS)
    },
    // Rain may be long in coming: until then a blocked gauge would be believed.
    kept: () => ({ blocked }),
    recall(kept) {
      blocked = (kept as { blocked?: unknown } | null)?.blocked === true
    },
  }
}

function figureDoubts({ of, least, zero, influx }: Options): OptionDoubt[] {
  const doubts: OptionDoubt[] = []
  if (zero === undefined && influx === undefined) doubts.push({ at: [], what: 'this tests nothing', remedy: 'give `zero`, `influx`, or both' })
  if (least > of.length)
    doubts.push({ at: ['least'], what: `${least} neighbours are asked for, ${of.length} named`, remedy: 'name more of them, or ask for fewer' })
  for (const [index, name] of of.entries())
    if (of.indexOf(name) < index) doubts.push({ at: ['of', index], what: 'named twice', remedy: 'name each gauge once' })
  if (influx && !(influx.low > 0)) doubts.push({ at: ['influx', 'low'], what: 'a median is never below 0', remedy: 'such as 0.4 mm' })
  if (influx && influx.high <= influx.low)
    doubts.push({ at: ['influx', 'high'], what: 'a gauge that shows what its neighbours show would be suspect', remedy: 'make `high` greater than `low`' })
  return doubts
}

function inputDoubts([own, ...others]: InputKind[]): OptionDoubt[] {
  const total = { what: 'is a total that only rises', remedy: 'derive an `accumulate` of each gauge, over the same time, and compare those' }
  if (own?.counting?.kind === 'total') return [{ at: [], ...total, what: `the tested channel ${total.what}` }]
  return others.flatMap((other, index) => {
    const at = ['of', index]
    if (other.counting?.kind === 'total') return [{ at, ...total }]
    if (own && other.unit !== own.unit) return [{ at, what: `is in ${other.unit}, the tested channel in ${own.unit}`, remedy: 'name gauges of the same unit' }]
    return []
  })
}
