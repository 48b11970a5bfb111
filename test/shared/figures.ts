// Figures computed straight from the CSV files, by other means than the station's: what the end-to-end test expects.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { requireShared } from '../setup/shared.ts'

export interface Row {
  time: number
  [column: string]: number
}

export const recordingFile = (name: string): string => join(requireShared(), 'data', `${name}.csv`)

/** The rows of a recording that are later than the one before; an empty cell is NaN. */
export function rowsOf(name: string): Row[] {
  const [header = '', ...lines] = readFileSync(recordingFile(name), 'utf8').trim().split('\n')
  const columns = header.trim().split(',')
  let last = -Infinity
  return lines.flatMap((line) => {
    const cells = line.trim().split(',')
    const row: Row = { time: 0 }
    for (const [index, column] of columns.entries())
      row[column] = column === 'time' ? Date.parse(cells[index] as string) : cells[index] === '' ? Number.NaN : Number(cells[index])
    if (row.time <= last) return []
    last = row.time
    return [row]
  })
}

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** Hundredths of an inch that fell in (at - span, at]. */
export function tipsUntil(rows: Row[], at: number, span: number): number {
  return rows.filter(({ time }) => time > at - span && time <= at).reduce((sum, row) => sum + Math.round((row.rain_in as number) * 100), 0)
}

/** The largest sum over `span` that ends in [from, to), and when it was first reached. */
export function largestSum(rows: Row[], span: number, from: number, to: number): { tips: number; at: number } {
  let best = { tips: -1, at: 0 }
  for (const { time } of rows) {
    if (time < from || time >= to) continue
    const tips = tipsUntil(rows, time, span)
    if (tips > best.tips) best = { tips, at: time }
  }
  return best
}

/** The lean of the y axis of an accelerometer, in degrees from the horizontal: by the sine, not by the tangent. */
export const leanOf = ({ x = 0, y = 0, z = 0 }: Row): number => (Math.asin(y / Math.sqrt(x * x + y * y + z * z)) * 180) / Math.PI

/** When a column had been at or below a set point for `delay` on end, within [from, to). */
export function firstHeldBelow(rows: Row[], column: string, setPoint: number, delay: number, from: number, to: number): number | null {
  let since: number | null = null
  for (const row of rows) {
    if (row.time < from || row.time >= to) continue
    if ((row[column] as number) > setPoint) since = null
    else since ??= row.time
    if (since !== null && row.time - since >= delay) return row.time
  }
  return null
}

/** The controlled releases of a recording, from its description. */
export function releasesOf(name: string): { from: number; to: number }[] {
  const { events } = JSON.parse(readFileSync(recordingFile(name).replace(/csv$/, 'json'), 'utf8')) as { events: { start: string; end: string; what: string }[] }
  return events.filter(({ what }) => what.startsWith('controlled methane release')).map(({ start, end }) => ({ from: Date.parse(start), to: Date.parse(end) }))
}
