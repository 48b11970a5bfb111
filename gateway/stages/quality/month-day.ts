/** The day of the year as month times 100 plus day, without an object a row. */

const DAY_MS = 86_400_000

/** Of a wall time in ms since 1970, already moved to local time. Civil days from day numbers, H. Hinnant, "chrono-compatible low-level date algorithms". */
export function monthDayOf(localMs: number): number {
  const shifted = Math.floor(localMs / DAY_MS) + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor((dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365)
  // Years begin in March here, so that the leap day is their last.
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  return (monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9) * 100 + day
}

/** "06-01" as 601. */
export const readMonthDay = (written: string): number => Number(written.replace('-', ''))

/** Some year has it: 02-29 too. */
export const isMonthDay = (written: string): boolean => monthDayOf(Date.parse(`2000-${written}T00:00Z`)) === readMonthDay(written)
