/** The temperature beside a place, with which its baseline is kept: an instrument reads otherwise in the sun. */
import { about, id, optional } from '../../../protocol/files/schema.ts'
import type { Named } from '../../core/kind.ts'
import { oldest, type Ring } from '../../core/ring.ts'
import { usable } from '../../core/stage.ts'

/** A temperature of so long ago is not that of a reading any more. */
const STANDS_MS = 3_600_000

export const temperatureOption = () =>
  about(optional(id()), 'A channel with the temperature of the instrument in degC: the baseline is kept, and told, with that at which it was taken.')

export const temperatureBeside = (temperature: string | undefined): Named[] =>
  temperature === undefined ? [] : [{ at: ['temperature'], channel: temperature, unit: 'degC' }]

/** NaN where there is no such channel, or nothing known of the last hour. */
export function temperatureOf(ring: Ring | undefined): (at: number) => number {
  return (at) => {
    if (!ring) return Number.NaN
    for (let row = ring.head - 1; row >= oldest(ring); row--) {
      const slot = row & ring.mask
      const time = ring.time[slot] as number
      if (at - time > STANDS_MS) break
      if (time <= at && usable(ring.quality[slot] as number)) return ring.value[slot] as number
    }
    return Number.NaN
  }
}
