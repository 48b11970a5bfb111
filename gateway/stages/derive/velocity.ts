/** Velocity of a channel: the slope of the least-squares line through its last `over`. */
import { duration, oneOf, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Millis } from '../../../protocol/time.ts'
import type { DerivationKind } from '../../core/kind.ts'
import { push } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'
import { LEAST_ROWS, slopeOf, spanDoubts, spanned } from '../line.ts'

interface Options {
  over: Millis
  per: 'min' | 'h' | 'd'
}

const PER_MS = { min: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * slope = Sty / Stt about the means. Missing where it would mislead: below five rows or half the window (`warm-up` at first,
 * `coverage` ever after), and where the input has no value (`input`): the slope of an hour ago is no velocity of now.
 */
export const velocity: DerivationKind<Options> = {
  name: 'velocity',
  about: 'The rate of change over the last `over`, by least squares, per min, h (default) or d.',
  options: shape({ over: duration(), per: optional(oneOf(['min', 'h', 'd']), 'h') }),
  inputs: { least: 1, most: 1 },
  unit: ({ per }, [input]) =>
    input && !input.counting
      ? { unit: `${input.unit}/${per}`, quantity: `${input.quantity} rate` }
      : 'velocity of a counting channel: derive its accumulate first',
  reach: ({ over }) => over,
  doubts: ({ over }, [input]) => spanDoubts(over, input),
  build({ over, per }, { window, out }) {
    if (!out) throw new Error('a derivation is built with a ring to write')
    const source = window(0, over)
    const { columns } = source
    const scale = PER_MS[per]
    const [warmUp, coverage, input] = [reasonCode('warm-up'), reasonCode('coverage'), reasonCode('input')]
    let began = Number.NaN
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const at = row - from
          const slot = row & ring.mask
          const time = ring.time[slot] as number
          if (!usable(ring.quality[slot] as number)) {
            push(out, time, Number.NaN, Quality.missing, input)
            continue
          }
          if (Number.isNaN(began)) began = time
          const known = (columns.count[at] as number) >= LEAST_ROWS && spanned(columns, at, time, over)
          const slope = slopeOf(columns, at)
          if (known && !Number.isNaN(slope)) push(out, time, slope * scale, Quality.good, 0)
          else push(out, time, Number.NaN, Quality.missing, time - began < over ? warmUp : coverage)
        }
      },
    }
  },
}
