/** Agreement of a redundant pair (QARTOD 11, neighbour test): two instruments that measure the same at one place say the same. */
import { id, number, optional, shape } from '../../../protocol/files/schema.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import type { Kind, Named } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'
import { isValue, worsen } from '../../core/stage.ts'
import { apartMs, Beside, nearestSlot, slowDoubts } from './beside.ts'
import { heightDoubts } from './heights.ts'

interface Options {
  with: string
  offset: number
  suspect?: number | undefined
  fail?: number | undefined
}

const AGREEMENT = reasonCode('agreement')

/**
 * The difference |x - y - offset|, in the unit of both channels, of a row and the nearest row of the other, at most half a
 * period apart. `offset` is x - y at rest: two accelerometers are never mounted alike. Which of the two is wrong it cannot
 * tell: each is to be tested against the other. A row without a partner is left as it is, and a lower bound is none.
 */
export const agreement: Kind<Options, Beside> = {
  name: 'agreement',
  about:
    'A value is suspect or failed where it differs from that of the channel `with` (a second instrument for the same thing) by more than the given height, once `offset` (this less that one at rest; default 0) is taken off. In the unit of both. Put it on both channels: which is wrong is not known.',
  options: shape({
    with: id(),
    offset: optional(number(), 0),
    suspect: optional(number({ least: 0 })),
    fail: optional(number({ least: 0 })),
  }),
  others: partner,
  doubts(options, inputs) {
    const [own, other] = inputs
    const differ = own && other && own.unit !== other.unit
    return [
      ...(differ ? [{ at: ['with'], what: `is in ${other.unit}, the tested channel in ${own.unit}`, remedy: 'name a channel of the same unit' }] : []),
      ...slowDoubts(partner(options), inputs),
      ...heightDoubts(options.suspect, options.fail),
    ]
  },
  build({ offset, suspect = Infinity, fail = Infinity }, wiring) {
    const [, other] = wiring.inputs as [Ring, Ring]
    const apart = apartMs(...(wiring.periods as [never, never]))
    return new Beside(wiring, {
      judge(ring, row) {
        const partner = nearestSlot(other, ring.time[row & ring.mask] as number, apart)
        if (partner < 0 || !isValue(ring.quality[row & ring.mask] as number) || !counts(other, partner)) return
        const height = Math.abs((ring.value[row & ring.mask] as number) - (other.value[partner] as number) - offset)
        if (height > fail) worsen(ring, row, Quality.fail, AGREEMENT)
        else if (height > suspect) worsen(ring, row, Quality.suspect, AGREEMENT)
      },
    })
  },
}

function partner({ with: channel }: Options): Named[] {
  return [{ at: ['with'], channel }]
}

/** A partner that failed for disagreeing with us counts: else only the first of the two would be caught. */
const counts = (ring: Ring, slot: number): boolean => isValue(ring.quality[slot] as number) || ring.reason[slot] === AGREEMENT
