/** A gauge as its stages are wired to it, and its counts as amounts: whole numbers, multiplied by the step once, so that the double nearest to the decimal that is meant comes out. */
import type { Counting } from '../../../protocol/counting.ts'
import type { InputKind, OptionDoubt, Wiring } from '../../core/kind.ts'
import type { Ring } from '../../core/ring.ts'

/** A step has at most so many decimals: finer than a nanometre of rain, and counts times parts are still whole doubles. */
const MOST_STEP_PARTS = 1e9

const MM_PER_INCH = 25.4

/** The amount of so many counts of this step. */
export function amounts(step: number): (count: number) => number {
  const parts = partsOf(step)
  const stepParts = parts === 1 ? step : Math.round(step * parts)
  return (count) => (count * stepParts) / parts
}

/** The power of ten of which the step, as it is written, is a whole number: 10 for 0.2, 1000 for 0.254; 1 where there is none. */
function partsOf(step: number): number {
  for (let parts = 1; parts <= MOST_STEP_PARTS; parts *= 10) if (Math.round(step * parts) / parts === step) return parts
  return 1
}

/** The step of a rain gauge in mm: 0.254 of one that counts hundredths of an inch. */
export const stepMm = (step: number, unit: string): number => (unit === 'in' ? Math.round(step * MM_PER_INCH * MOST_STEP_PARTS) / MOST_STEP_PARTS : step)

/** How the input counts. A site that is checked never wires a stage of rain to anything else. */
export function countingOf({ counting: [counting] }: Wiring): Counting {
  if (!counting) throw new Error('a stage of rain is built over a channel that counts')
  return counting
}

/** The ring that a derivation writes. */
export function outOf({ out }: Wiring): Ring {
  if (!out) throw new Error('a derivation is built with a ring to write')
  return out
}

/** So many counts of the input in mm. */
export const mmOf = (wiring: Wiring): ((count: number) => number) => amounts(stepMm(countingOf(wiring).step, wiring.units[0] as string))

/** What looks at rain in mm needs a gauge that counts. */
export const gaugeDoubts = (input: InputKind | undefined): OptionDoubt[] =>
  !input || (input.counting && (input.unit === 'mm' || input.unit === 'in'))
    ? []
    : [{ at: [], what: 'this looks at a rain gauge that counts, in mm or in', remedy: 'name the channel of the gauge itself (count: total or increment)' }]
