/** Whether a window can decide a rate over the noise of its readings at all, and how long it would have to be. */
import { durationText } from '../../../protocol/files/schema.ts'
import type { OptionDoubt } from '../../core/kind.ts'
import { slopeNoise } from '../line.ts'
import { studentTable } from './student.ts'

interface Question {
  colour: string
  /** Units a ms, and the time in which the file writes it. */
  setPoint: number
  per: number
  over: number
  noise: number
  confidence: number
  period: number
}

/** No window is longer (see the durations of our files). */
const LONGEST_MS = 366 * 86_400_000

/** A slope that noise alone makes at this confidence must lie below the set point: else the window proves nothing, or noise proves a movement. */
export function noiseDoubts({ colour, setPoint, per, over, noise, confidence, period }: Question): OptionDoubt[] {
  const student = studentTable(confidence)
  const blur = (span: number): number => student(Math.floor(span / period) - 1) * slopeNoise(noise, span, period)
  if (blur(over) <= setPoint) return []
  // In whole periods, for a window that ends between two rows is no longer than one that ends at the first.
  let short = Math.floor(over / period)
  let long = 2 * short
  while (blur(long * period) > setPoint && long * period < LONGEST_MS) long *= 2
  while (long - short > 1) {
    const middle = (long + short) >> 1
    if (blur(middle * period) > setPoint) short = middle
    else long = middle
  }
  const needed = long * period
  const remedy =
    needed >= LONGEST_MS
      ? 'take a higher set point, or an instrument with less noise'
      : `take a window of at least ${durationText(needed)}, or a higher set point`
  const told = (perMs: number): string => `${Number((perMs * per).toPrecision(2))}/${durationText(per).replace(/^1(?=\D)/, '')}`
  return [
    {
      at: ['at', colour],
      what: `a window of ${durationText(over)} cannot decide ${told(setPoint)}: with this noise it trembles by ${told(blur(over))}`,
      remedy,
    },
  ]
}
