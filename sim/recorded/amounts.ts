/** A cell of a recording as the value that its channel takes: calibrated, in the unit of the channel, counts as whole numbers. */
import type { Counting } from '../../protocol/counting.ts'
import type { Csv, CsvRow } from './csv.ts'
import { cut, readCell } from './fields.ts'
import type { ColumnMap } from './map.ts'

/** How far an increment may lie from a whole number of steps and still be taken for it: the last decimal that a logger wrote. */
const NEAR_STEP = 0.01

/** A column of a file that feeds a channel. */
export interface Feeding {
  column: string
  /** Its place in a row. */
  at: number
  /** The channel of the device's profile. */
  from: string
  how: ColumnMap
  /** From the column's unit to the channel's. */
  scale: number
  offset: number
  counting: Counting | null
}

/** Null where the cell holds none. `totals`: the running total of each profile channel, with what is behind the last whole count, so that nothing is lost. */
export function amountOf(line: Feeding, csv: Csv, row: CsvRow, totals: Map<string, number>): number | null {
  const { how, counting } = line
  const cell = row.cells[line.at] as string
  if (how.noValue.length > 0 && how.noValue.some((none) => (typeof none === 'string' ? none === cell.trim() : none === readCell(cell)))) return null
  const raw = readCell(cell)
  if (raw === undefined) badCell(line.column, csv, row, cell)
  if (raw === undefined || raw === null) return null
  const amount = (raw * how.scale + how.offset) * line.scale + line.offset
  return counting ? countOf(amount, line, csv, row, counting, totals) : amount
}

/** An amount as the counter of the device shows it: the running total, or, of a device that counts increments, the counts since its last row. */
function countOf(amount: number, { how, from, column }: Feeding, csv: Csv, row: CsvRow, counting: Counting, totals: Map<string, number>): number | null {
  let counts = amount / counting.step
  if (Math.abs(counts - Math.round(counts)) <= NEAR_STEP) counts = Math.round(counts)
  else
    csv.note(
      row.line,
      column,
      `an amount of ${column} is no whole number of steps of ${counting.step}: what is behind the point is carried on`,
      'set the step of the device in the site file to that of the recording',
      row.cells.join(),
    )
  // A glitch of 1e300 mm would drown every amount that comes after it in the running total.
  const most = how.kind === 'increment' && counting.wrap !== null ? counting.wrap - 1 : Number.MAX_SAFE_INTEGER
  if (counts < 0 || counts > most) {
    badCell(column, csv, row, String(amount))
    return null
  }
  const before = totals.get(from) ?? 0
  const total = how.kind === 'total' ? counts : before + counts
  totals.set(from, total)
  const whole = Math.round(total)
  if (counting.kind === 'increment') return whole - Math.round(before)
  return counting.wrap === null ? whole : whole % counting.wrap
}

function badCell(column: string, csv: Csv, row: CsvRow, cell: string): void {
  csv.account.bad.set(column, (csv.account.bad.get(column) ?? 0) + 1)
  const remedy = `write a plain number, leave the cell empty, or name it in the map: noValue: ["${cut(cell.trim(), 40)}"]`
  csv.note(row.line, column, `a cell of column "${column}" is no number that it can hold: its value is missing`, remedy, row.cells.join())
}
