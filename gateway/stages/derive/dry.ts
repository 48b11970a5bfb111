/** Whether a day was dry, by a rain sum beside: what moves in the rain is no rest. */
import { about, id, optional } from '../../../protocol/files/schema.ts'
import { Quality } from '../../../protocol/quality.ts'
import type { Named } from '../../core/kind.ts'
import { oldest, type Ring } from '../../core/ring.ts'

/** A wet day has 1 mm or more (WMO-No. 1203, rain day). */
const WET_MM = 1

const DAY = 86_400_000

export const rainOption = () =>
  about(
    optional(id()),
    'A channel with the rain of the last 24h in mm (derive: accumulate): days with 1 mm or more, or of unknown rain, are not counted as quiet.',
  )

export const rainBeside = (rain: string | undefined): Named[] => (rain === undefined ? [] : [{ at: ['rain'], channel: rain, unit: 'mm' }])

/** Without a rain channel every day passes; a sum that is not known, or a day old, is not known to be dry. */
export function dryness([rain]: Ring[] = []): (at: number) => boolean {
  return (at) => {
    if (!rain) return true
    for (let row = rain.head - 1; row >= oldest(rain); row--) {
      const slot = row & rain.mask
      const time = rain.time[slot] as number
      if (time > at) continue
      return at - time < DAY && rain.quality[slot] === Quality.good && (rain.value[slot] as number) < WET_MM
    }
    return false
  }
}
