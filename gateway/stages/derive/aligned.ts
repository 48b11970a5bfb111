/** Rows of several channels that belong together: those of one time, written to a derived channel one for one. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { type Stage, usable } from '../../core/stage.ts'

/** Values of one device come in one read; those of two devices on one bus within a part of a period. */
const APART_PERIODS = 0.5

/**
 * A stage that makes one row of `out` for each row of the last input, from the values of all inputs at that time.
 * The worst quality of the inputs stands; where one is unusable or `compute` gives NaN the row is missing, reason `input`.
 */
export function alignedStage({ inputs, out, periods }: Wiring, compute: (values: Float64Array) => number): Stage {
  if (!out) throw new Error('a derivation is built with a ring to write')
  const values = new Float64Array(inputs.length)
  const code = reasonCode('input')
  const apart = APART_PERIODS * Math.min(...periods)
  const clock = inputs.length - 1
  return {
    run(ring, from, to) {
      for (let row = from; row < to; row++) {
        const slot = row & ring.mask
        const time = ring.time[slot] as number
        let worst: number = Quality.good
        let reason = 0
        for (let input = 0; input < inputs.length; input++) {
          const source = inputs[input] as Ring
          const at = input === clock ? slot : slotAt(source, time, apart)
          const quality = at < 0 ? Quality.missing : (source.quality[at] as number)
          values[input] = at < 0 ? Number.NaN : (source.value[at] as number)
          if (quality > worst) {
            worst = quality
            reason = at < 0 ? code : (source.reason[at] as number)
          }
        }
        const value = usable(worst) ? compute(values) : Number.NaN
        if (Number.isNaN(value)) push(out, time, Number.NaN, Quality.missing, code)
        else push(out, time, value, worst, reason)
      }
    },
  }
}

/** The slot of the row nearest before or at `time`, or -1 where it is older than `apart`. Looks back from the newest: rows are of one scan. */
function slotAt(ring: Ring, time: number, apart: number): number {
  for (let row = ring.head - 1; row >= 0 && row >= ring.head - ring.mask - 1; row--) {
    const slot = row & ring.mask
    const at = ring.time[slot] as number
    if (at <= time + apart) return at >= time - apart ? slot : -1
  }
  return -1
}
