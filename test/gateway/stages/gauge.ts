/** A rain gauge on the bench: rows of counts, given one by one and in batches, which must come to the same. */
import { expect } from 'vitest'
import { type Bench, type Row, set } from './bench.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour

export const tips = { kind: 'increment', step: 0.2, wrap: null } as const
export const total = { kind: 'total', step: 0.2, wrap: 65536 } as const

/** Rows of increments at each period from 0 to `until`, with these counts (time: count) and 0 elsewhere. */
export function increments(period: number, until: number, counts: Record<number, number> = {}): Row[] {
  return Array.from({ length: Math.floor(until / period) + 1 }, (_, k) => [k * period, counts[k * period] ?? 0])
}

/** The rows that a derivation makes, one by one; that batches of several sizes make the same is expected on the way. */
export function made(bench: Bench, rows: Row[]) {
  const single = set(bench)
  for (const row of rows) single.give(row)
  const out = single.out()
  for (const size of [7, 64, 1000]) {
    const batched = set(bench)
    for (let from = 0; from < rows.length; from += size) batched.batch(rows.slice(from, from + size))
    // A sum is told of when a count leaves it, too: where rows come at once, only at rows.
    const times = new Map(out.map((row) => [row.time, row]))
    for (const row of batched.out()) expect(row).toEqual(times.get(row.time))
  }
  return out
}

/** The level of a detector after each row; the level after all is the same in batches. */
export function levelsOf(bench: Bench, rows: Row[]) {
  const single = set(bench)
  const levels = rows.map((row) => {
    single.give(row)
    return single.detector?.level ?? 'unknown'
  })
  for (const size of [7, 64, 1000]) {
    const batched = set(bench)
    for (let from = 0; from < rows.length; from += size) batched.batch(rows.slice(from, from + size))
    expect([batched.detector?.level, batched.detector?.doubt, batched.detector?.evidence()]).toEqual([
      single.detector?.level,
      single.detector?.doubt,
      single.detector?.evidence(),
    ])
  }
  return { levels, detector: single.detector, single }
}
