/** Rows of a channel as a column of a live message: start, step where it is even, values, and run lengths of what is not good. */
import type { Column } from './messages.ts'
import { Quality, reasonName } from './quality.ts'
import { instant } from './time.ts'

/** Times are wall time (Instant), ascending. Throws on no rows: a message without rows is our own mistake. */
export function columnOf(unit: string, times: number[], values: number[], qualities: number[], reasons: number[]): Column {
  const [t0] = times
  if (t0 === undefined) throw new Error('a column without rows')
  const column: Column = { unit, t0: instant(t0), v: values.map((value) => (Number.isFinite(value) ? value : null)) }
  const step = (times[1] ?? t0) - t0
  if (times.length > 1) {
    if (times.every((time, row) => time === t0 + row * step)) column.dt = step
    else column.t = times.map((time) => time - t0)
  }
  const runs: NonNullable<Column['q']> = []
  for (const [row, quality] of qualities.entries()) {
    if (quality === Quality.good) continue
    const reason = reasonName(reasons[row] ?? 0)
    const last = runs.at(-1)
    if (last && last[0] + last[1] === row && last[2] === quality && last[3] === reason) last[1]++
    else runs.push([row, 1, quality, reason])
  }
  if (runs.length > 0) column.q = runs
  return column
}
