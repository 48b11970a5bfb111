/** Gross range test (QARTOD 4): outside what the instrument can measure is a failure, outside what the place has ever seen is suspect. */
import { list, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Kind, Stage } from '../../core/stage.ts'
import { worsen } from '../../core/stage.ts'

interface Options {
  sensor: number[]
  place?: number[] | undefined
}

/** Both ends pass, as in QARTOD (IOC 54:V3, test 4). */
export const range: Kind<Options, Stage> = {
  name: 'range',
  about: 'Outside `sensor` [least, greatest] fails, outside `place` is suspect; both ends pass. In the unit of the channel.',
  options: shape({ sensor: list(number()), place: optional(list(number())) }),
  build({ sensor, place }) {
    const code = reasonCode('range')
    const [least, greatest] = sensor as [number, number]
    const [low, high] = (place ?? sensor) as [number, number]
    return {
      run(ring, from, to) {
        for (let row = from; row < to; row++) {
          const value = ring.value[row & ring.mask] as number
          if (value < least || value > greatest) worsen(ring, row, Quality.fail, code)
          else if (value < low || value > high) worsen(ring, row, Quality.suspect, code)
        }
      },
    }
  },
}
