/** Whether a window can decide a rate over the noise of its readings at all, and how long it would have to be. */
import { durationText } from '../../../protocol/files/schema.ts'
import type { InputKind, OptionDoubt } from '../../core/kind.ts'
import { slopeNoise } from '../line.ts'
import { studentTable } from './student.ts'

interface Question {
  colour: string
  /** Units a ms, and the time in which the file writes it. */
  setPoint: number
  per: number
  over: number
  noise: number
  /** Whose the noise is, for people. */
  of: string
  confidence: number
  period: number
}

/** No window is longer (see the durations of our files). */
const LONGEST_MS = 366 * 86_400_000

/** Below, chance alone is taken for a movement in more than half of all windows. */
const LEAST_CONFIDENCE = 0.5

export function confidenceDoubts(confidence: number): OptionDoubt[] {
  const remedy = 'such as 95%'
  if (confidence >= 1) return [{ at: ['confidence'], what: 'nothing is ever certain to 100%', remedy }]
  if (confidence >= LEAST_CONFIDENCE) return []
  return [{ at: ['confidence'], what: `below ${LEAST_CONFIDENCE * 100}% chance alone is taken for a movement more often than not`, remedy }]
}

/** Standard deviation that rounding to the last digit alone makes (a uniform spread over one step): no reading has less. */
export const leastNoise = ({ lastDigit = 0 }: InputKind): number => lastDigit / Math.sqrt(12)

/** How much the slope of a window trembles at this confidence, in units a ms. */
const blurOf = ({ noise, period, confidence }: Pick<Question, 'noise' | 'period' | 'confidence'>, span: number): number =>
  studentTable(confidence)(Math.floor(span / period) - 1) * slopeNoise(noise, span, period)

/** Where nobody says how noisy a reading is: how noisy it may be, so that the window still decides its set point. */
export function untoldNoise({ setPoint, per, over, confidence, period }: Omit<Question, 'colour' | 'noise' | 'of'>, unit: string): OptionDoubt {
  const borne = setPoint / blurOf({ noise: 1, period, confidence }, over)
  return {
    at: ['over'],
    what: `without \`noise\` nobody knows whether a window of ${durationText(over)} decides ${rateText(setPoint, per)}: it does up to a noise of ${Number(borne.toPrecision(2))} ${unit}`,
    remedy: 'give `noise`, the standard deviation of one reading while nothing moves, as the maker tells it or as it was measured there',
    grave: false,
  }
}

const rateText = (perMs: number, per: number): string => `${Number((perMs * per).toPrecision(2))}/${durationText(per).replace(/^1(?=\D)/, '')}`

/** A slope that noise alone makes at this confidence must lie below the set point: else the window proves nothing, or noise proves a movement. */
export function noiseDoubts(question: Question): OptionDoubt[] {
  const { colour, setPoint, per, over, of, period } = question
  const blur = (span: number): number => blurOf(question, span)
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
  return [
    {
      at: ['at', colour],
      what: `a window of ${durationText(over)} cannot decide ${rateText(setPoint, per)}: with ${of} it trembles by ${rateText(blur(over), per)}`,
      remedy,
    },
  ]
}
