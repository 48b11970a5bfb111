/** How far one channel goes with another: evidence for people, on which no level depends. */
import { oldest, type Ring } from '../core/ring.ts'
import { usable } from '../core/stage.ts'

/**
 * Pearson's r over the last `over` ms of `ring`, each row paired with the newest row of `other` at or before it; NaN below three pairs.
 * O(rows): asked for when somebody looks, not row by row. The values are taken about the first pair, so that no digits are lost.
 */
export function correlation(ring: Ring, other: Ring, over: number): number {
  if (ring.head === 0) return Number.NaN
  const from = (ring.time[(ring.head - 1) & ring.mask] as number) - over
  let at = ring.head - 1
  let twin = other.head - 1
  let [n, x0, y0, sx, sy, sxx, sxy, syy] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (; at >= oldest(ring) && (ring.time[at & ring.mask] as number) > from; at--) {
    if (!usable(ring.quality[at & ring.mask] as number)) continue
    const time = ring.time[at & ring.mask] as number
    while (twin >= oldest(other) && (!usable(other.quality[twin & other.mask] as number) || (other.time[twin & other.mask] as number) > time)) twin--
    if (twin < oldest(other)) break
    const [x, y] = [other.value[twin & other.mask] as number, ring.value[at & ring.mask] as number]
    if (n === 0) [x0, y0] = [x, y]
    n++
    sx += x - x0
    sy += y - y0
    sxx += (x - x0) ** 2
    sxy += (x - x0) * (y - y0)
    syy += (y - y0) ** 2
  }
  const [vx, vy] = [sxx - (sx * sx) / n, syy - (sy * sy) / n]
  return n >= 3 && vx > 0 && vy > 0 ? (sxy - (sx * sy) / n) / Math.sqrt(vx * vy) : Number.NaN
}
