/** What a baseline keeps over a restart, and whether what came back is that. */

/** What outlives the process. */
export interface KeptBaseline {
  rest: number[]
  install: number[]
  standing: 'provisional' | 'final'
  taken: string
  by: string
  quietDays: number
  quietSum: number[]
  before: number[] | null
  /** At rest; null where it is not known. And the sum of the quiet days until now. */
  temperature: number | null
  quietHeat: number | null
}

/** The day that goes on, in station time: a station that is switched off each night would else never see the end of one. */
export interface KeptDay {
  began: number
  rows: number
  sum: number[]
  heat: number | null
}

export const areValues = (list: unknown, size: number): list is number[] =>
  Array.isArray(list) && list.length === size && list.every((value) => Number.isFinite(value))

export function isKept(kept: unknown, size: number): kept is KeptBaseline {
  const { rest, install, standing, taken, by, quietDays, quietSum, before, temperature, quietHeat } = (kept ?? {}) as Partial<KeptBaseline>
  const values = (list: unknown): boolean => areValues(list, size)
  return (
    [rest, install, quietSum].every(values) &&
    (before === null || values(before)) &&
    (standing === 'provisional' || standing === 'final') &&
    typeof taken === 'string' &&
    typeof by === 'string' &&
    [temperature, quietHeat].every((heat) => (heat ?? null) === null || Number.isFinite(heat)) &&
    Number.isInteger(quietDays)
  )
}
