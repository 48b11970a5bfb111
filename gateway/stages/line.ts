/** The least-squares line through a window: slope, its standard error, and whether the window can tell one at all. */
import type { InputKind, OptionDoubt } from '../core/kind.ts'
import type { WindowFigures } from '../core/window.ts'

/** Fewer points, and a standard error means little. */
export const LEAST_ROWS = 5

/** The points must reach over this share of the window: a rate per day is not told from an hour. */
const LEAST_SPAN = 0.5

export const spanned = (figures: WindowFigures, at: number, now: number, over: number): boolean => now - figures.first(at) >= LEAST_SPAN * over

/** A window that can never hold enough rows tells nothing, ever. */
export const spanDoubts = (over: number, input: InputKind | undefined): OptionDoubt[] =>
  input && over / input.period < LEAST_ROWS
    ? [
        {
          at: ['over'],
          what: `a line through fewer than ${LEAST_ROWS} rows tells nothing`,
          remedy: `take a window of at least ${LEAST_ROWS} periods of the channel`,
        },
      ]
    : []

/** Standard deviation of the slope through rows of this noise (sd of one reading), one each period: σ / (Δt √(N(N²-1)/12)), in units a millisecond. */
export function slopeNoise(noise: number, over: number, period: number): number {
  const n = Math.floor(over / period) + 1
  return noise / (period * Math.sqrt((n * (n * n - 1)) / 12))
}

/** Standard error of the slope, s/√Stt with s² = (Syy - slope·Sty)/(n-2), in units a millisecond. */
export function slopeError(figures: WindowFigures, at: number): number {
  const n = figures.count(at)
  const stt = figures.stt(at)
  const sty = figures.sty(at)
  const residual = Math.max(0, figures.syy(at) - (sty * sty) / stt)
  return Math.sqrt(residual / (n - 2) / stt)
}
