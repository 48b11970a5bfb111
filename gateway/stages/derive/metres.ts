/** Lengths as metres. */
import { conversion } from '../../../protocol/units.ts'

/** How many metres one of this unit is; null where it is no length. */
export const metresOf = (unit: string): number | null => conversion(unit, 'm')?.scale ?? null
