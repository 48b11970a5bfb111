/** Gross range test (QARTOD 4): outside what the instrument can measure is a failure, outside what the place has ever seen is suspect. */
import { list, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Kind, OptionDoubt } from '../../core/kind.ts'
import type { Stage } from '../../core/stage.ts'
import { worsen } from '../../core/stage.ts'

interface Options {
  sensor: number[]
  place?: number[] | undefined
}

const reversed = (key: string, [least, greatest]: number[]): OptionDoubt[] =>
  (least as number) < (greatest as number) ? [] : [{ at: [key], what: `${least} is not less than ${greatest}`, remedy: 'write [least, greatest]' }]

/** Both ends pass, as in QARTOD (IOC 54:V3, test 4). */
export const range: Kind<Options, Stage> = {
  name: 'range',
  about: 'Outside `sensor` [least, greatest] fails, outside `place` is suspect; both ends pass. In the unit of the channel.',
  options: shape({ sensor: list(number(), { least: 2, most: 2 }), place: optional(list(number(), { least: 2, most: 2 })) }),
  doubts: ({ sensor, place = sensor }) => [
    ...reversed('sensor', sensor),
    ...(place === sensor ? [] : reversed('place', place)),
    ...((place[0] as number) < (sensor[0] as number) || (place[1] as number) > (sensor[1] as number)
      ? [{ at: ['place'], what: 'the place reaches further than the sensor', remedy: 'make it lie within `sensor`' }]
      : []),
  ],
  within: ({ sensor: [least, greatest] }) => [least as number, greatest as number],
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
