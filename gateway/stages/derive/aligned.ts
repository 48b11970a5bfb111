/** Rows of several channels that belong together: those of one time, written to a derived channel one for one. */
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Wiring } from '../../core/kind.ts'
import { LEAST_ROWS, oldest, push, type Ring } from '../../core/ring.ts'
import { type Stage, usable, worsen } from '../../core/stage.ts'

/** Values of one device come in one read; another device on the line may have its turn up to half a period later ... */
const LATER_PERIODS = 0.5

/** ... or be the last one of the turn before, which is less than a period ago. */
const EARLIER_PERIODS = 1

interface Memory {
  /** The reason where usable values give no number; `input` where it is not told. */
  absent?(): number
  /** The newest values failed after they were computed with: what was remembered of them is void. Of older ones it has gone into means of many. */
  failed?(): void
}

/**
 * A stage that makes one row of `out` for each row of the input that completes a set, from the values of all inputs at that time.
 * The worst quality of the inputs stands; where one is unusable or `compute` gives NaN the row is missing, reason `input`.
 * A value that fails afterwards fails the rows that were made of it: a spike is known by the value after it, and a test that looks
 * at other channels may judge several rows late, all at once.
 */
export function alignedStage({ inputs, out, periods }: Wiring, compute: (values: Float64Array, time: number) => number, memory: Memory = {}): Stage {
  if (!out) throw new Error('a derivation is built with a ring to write')
  const values = new Float64Array(inputs.length)
  /** The usable row of each input, or -1, of which each of the last rows of `out` was made: tests judge rows that stand in the least ring, and none that are older. */
  const used = inputs.map(() => new Float64Array(LEAST_ROWS).fill(-1))
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
      const row = input === clock ? rowAt(source, time, time) : rowAt(source, time - earlier, time + later)
      const slot = row & source.mask
      const quality = row < 0 ? Quality.missing : (source.quality[slot] as number)
      ;(used[input] as Float64Array)[out.head % LEAST_ROWS] = usable(quality) ? row : -1
      values[input] = row < 0 ? Number.NaN : (source.value[slot] as number)
      if (quality <= worst) continue
      worst = quality
      reason = row < 0 ? code : (source.reason[slot] as number)
    }
  }

  /** Rows of `out` fail with a value that they were made of. True where the newest does. */
  const revise = (): boolean => {
    let newest = false
    for (let made = Math.max(out.head - LEAST_ROWS, oldest(out)); made < out.head; made++) {
      for (let input = 0; input < inputs.length; input++) {
        const source = inputs[input] as Ring
        const row = (used[input] as Float64Array)[made % LEAST_ROWS] as number
        const slot = row & source.mask
        if (row < oldest(source) || usable(source.quality[slot] as number)) continue
        worsen(out, made, Quality.fail, source.reason[slot] as number)
        newest = made === out.head - 1
      }
    }
    return newest
  }

  return {
    run(ring, from, to) {
      clock = inputs.indexOf(ring)
      let revised = 0
      for (let input = 0; input < inputs.length; input++) revised += (inputs[input] as Ring).revision
      if (revised !== revisions && revise()) memory.failed?.()
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

/** The newest row in [least, most], or -1; a row just at `least` belongs to the turn before, unless it is the only time asked for. */
function rowAt(ring: Ring, least: number, most: number): number {
  for (let row = ring.head - 1; row >= oldest(ring); row--) {
    const at = ring.time[row & ring.mask] as number
    if (at <= most) return at > least || at === most ? row : -1
  }
  return -1
}
