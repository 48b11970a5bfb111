/** Rows of several channels that belong together: those of one time, written to a derived channel one for one. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import { push, type Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'

/** Values of one device come in one read; another device on the line may have its turn up to half a period later ... */
const LATER_PERIODS = 0.5

/** ... or be the last one of the turn before, which is less than a period ago. */
const EARLIER_PERIODS = 1

interface Memory {
  /** The reason where usable values give no number; `input` where it is not told. */
  absent?(): number
  /** The newest values failed after they were computed with: what was remembered of them is void. */
  failed?(): void
}

/**
 * A stage that makes one row of `out` for each row of the input that completes a set, from the values of all inputs at that time.
 * The worst quality of the inputs stands; where one is unusable or `compute` gives NaN the row is missing, reason `input`.
 * A value that fails afterwards (a spike is known by the value after it) fails the row that was made of it.
 */
export function alignedStage({ inputs, out, periods }: Wiring, compute: (values: Float64Array, time: number) => number, memory: Memory = {}): Stage {
  if (!out) throw new Error('a derivation is built with a ring to write')
  const values = new Float64Array(inputs.length)
  const code = reasonCode('input')
  const later = LATER_PERIODS * Math.min(...periods)
  const earlier = EARLIER_PERIODS * Math.max(...periods)
  // The one whose rows `run` is given: the latest in the file, wherever it stands in the list of inputs.
  let clock = inputs.length - 1
  let worst: number = Quality.good
  let reason = 0
  let revisions = 0

  /** The values of that time, the worst of their qualities, and its reason. */
  const gather = (time: number): void => {
    worst = Quality.good
    reason = 0
    for (let input = 0; input < inputs.length; input++) {
      const source = inputs[input] as Ring
      const at = input === clock ? slotAt(source, time, time) : slotAt(source, time - earlier, time + later)
      const quality = at < 0 ? Quality.missing : (source.quality[at] as number)
      values[input] = at < 0 ? Number.NaN : (source.value[at] as number)
      if (quality <= worst) continue
      worst = quality
      reason = at < 0 ? code : (source.reason[at] as number)
    }
  }

  return {
    run(ring, from, to) {
      clock = inputs.indexOf(ring)
      let revised = 0
      for (let input = 0; input < inputs.length; input++) revised += (inputs[input] as Ring).revision
      if (revised !== revisions && out.head > 0) {
        gather(out.time[(out.head - 1) & out.mask] as number)
        if (!usable(worst)) {
          worsen(out, out.head - 1, Quality.fail, reason)
          memory.failed?.()
        }
      }
      revisions = revised
      for (let row = from; row < to; row++) {
        const time = ring.time[row & ring.mask] as number
        gather(time)
        const known = usable(worst)
        const value = known ? compute(values, time) : Number.NaN
        if (Number.isNaN(value)) push(out, time, Number.NaN, Quality.missing, (known && memory.absent?.()) || code)
        else push(out, time, value, worst, reason)
      }
    },
  }
}

/** The slot of the newest row in [least, most], or -1; a row just at `least` belongs to the turn before, unless it is the only time asked for. */
function slotAt(ring: Ring, least: number, most: number): number {
  for (let row = ring.head - 1; row >= 0 && row >= ring.head - ring.mask - 1; row--) {
    const slot = row & ring.mask
    const at = ring.time[slot] as number
    if (at <= most) return at > least || at === most ? slot : -1
  }
  return -1
}
