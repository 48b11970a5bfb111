// What a window should tell, by arithmetic of twice the digits (double-double) from nothing but the rows: the oracle of the campaign of windows.

import type { Ring } from '../../gateway/core/ring.ts'
import type { WindowFigures } from '../../gateway/core/window.ts'
import { LEAST_ROWS, slopeError } from '../../gateway/stages/line.ts'
import { Quality } from '../../protocol/quality.ts'

/** The sums of one, t, y, t², ty, y² about the first row; the high half of each, and the low half. */
const high = new Float64Array(5)
const low = new Float64Array(5)

/** The sum of two doubles, and what it lost (Knuth). */
function add(k: number, x: number): void {
  const held = high[k] as number
  const sum = held + x
  const part = sum - held
  low[k] = (low[k] as number) + (held - (sum - part) + (x - part))
  high[k] = sum
}

/** The product of two doubles, and what it lost (Dekker, by Veltkamp's split into halves of 26 bits). */
function addProduct(k: number, a: number, b: number): void {
  const product = a * b
  const bigA = 134_217_729 * a
  const bigB = 134_217_729 * b
  const a1 = bigA - (bigA - a)
  const b1 = bigB - (bigB - b)
  const a2 = a - a1
  const b2 = b - b1
  add(k, product)
  add(k, a1 * b1 - product + a1 * b2 + a2 * b1 + a2 * b2)
}

export interface Truth {
  count: number
  first: number
  meanTime: number
  mean: number
  /** Of the values themselves, without their sign. */
  magnitude: number
  stt: number
  sty: number
  syy: number
  least: number
  greatest: number
}

/** The rows before `end` that are later than `edge` and still stand in the ring, failed ones left out. */
export function truthOf(ring: Ring, end: number, edge: number): Truth {
  const { mask, time, value, quality, head } = ring
  high.fill(0)
  low.fill(0)
  let begin = end
  while (begin > Math.max(0, head - mask - 1) && (time[(begin - 1) & mask] as number) > edge) begin--
  while (begin < end && (quality[begin & mask] as number) >= Quality.fail) begin++
  const t0 = time[begin & mask] as number
  const y0 = value[begin & mask] as number
  const truth = { count: 0, first: t0, meanTime: 0, mean: 0, magnitude: 0, stt: 0, sty: 0, syy: 0, least: Infinity, greatest: -Infinity }
  for (let row = begin; row < end; row++) {
    const slot = row & mask
    if ((quality[slot] as number) >= Quality.fail) continue
    const y = value[slot] as number
    const dt = (time[slot] as number) - t0
    const dy = y - y0
    truth.count++
    truth.magnitude += Math.abs(y)
    if (y < truth.least) truth.least = y
    if (y > truth.greatest) truth.greatest = y
    add(0, dt)
    add(1, dy)
    addProduct(2, dt, dt)
    addProduct(3, dt, dy)
    addProduct(4, dy, dy)
  }
  const n = truth.count
  const st = (high[0] as number) + (low[0] as number)
  const sy = (high[1] as number) + (low[1] as number)
  truth.meanTime = t0 + st / n
  truth.mean = y0 + sy / n
  addProduct(2, -st / n, st)
  addProduct(3, -st / n, sy)
  addProduct(4, -sy / n, sy)
  truth.stt = (high[2] as number) + (low[2] as number)
  truth.sty = (high[3] as number) + (low[3] as number)
  truth.syy = (high[4] as number) + (low[4] as number)
  return truth
}

/** The worst error of each statistic so far, on its scale: sums and means of the values' magnitude, lines of √(Syy/Stt), variances of themselves. */
export const statistics = ['count', 'sum', 'mean', 'variance', 'slope', 'slopeError', 'extremes'] as const
export type Errors = Record<(typeof statistics)[number], number>
export const noErrors = (): Errors => ({ count: 0, sum: 0, mean: 0, variance: 0, slope: 0, slopeError: 0, extremes: 0 })

/** A number that is none is as wrong as can be. */
const worse = (a: number, b: number): number => (Number.isNaN(b) ? Infinity : Math.max(a, b))
const share = (error: number, scale: number): number => (error === 0 ? 0 : error / scale)

export function compare(errors: Errors, truth: Truth, figures: WindowFigures, at: number): void {
  const n = figures.count(at)
  if (n !== truth.count || (n > 0 && figures.first(at) !== truth.first)) errors.count = Infinity
  if (n === 0) return
  const mean = figures.mean(at)
  const { magnitude, stt, sty, syy } = truth
  errors.sum = worse(errors.sum, share(Math.abs(n * mean - n * truth.mean), magnitude))
  errors.mean = worse(errors.mean, share(Math.abs(mean - truth.mean), magnitude / n))
  errors.variance = worse(errors.variance, share(Math.abs(figures.syy(at) - syy), syy))
  if (n < LEAST_ROWS) return
  const scale = Math.sqrt(syy / stt)
  for (const slope of [figures.slope(at), figures.sty(at) / figures.stt(at)]) errors.slope = worse(errors.slope, share(Math.abs(slope - sty / stt), scale))
  const residual = Math.max(0, syy - (sty * sty) / stt)
  errors.slopeError = worse(errors.slopeError, share(Math.abs(slopeError(figures, at) - Math.sqrt(residual / (n - 2) / stt)), scale / Math.sqrt(n - 2)))
}
