/** Rain: a storm as a row of cells, made gusty, and the bucket that counts it. */
import type { Chance } from './chance.ts'

/** One shower. Its intensity is a triangle (the classical design hyetograph of Yen and Chow, 1980), so its depth is exact. */
export interface RainCell {
  atMs: number
  lastsMs: number
  depthMm: number
  /** Where in its life it is strongest, 0 to 1. */
  peak: number
}

/** Millimetres that fall from all cells between two times of the story. Exact: the triangles' integral, not a sum of samples. */
export function rainBetween(cells: readonly RainCell[], fromMs: number, toMs: number): number {
  let sumMm = 0
  for (const cell of cells) sumMm += cell.depthMm * (fallen(cell, toMs) - fallen(cell, fromMs))
  return sumMm
}

/** The share of a cell's depth that has fallen by a time: the integral of the triangle. */
function fallen(cell: RainCell, atMs: number): number {
  const x = Math.min(1, Math.max(0, (atMs - cell.atMs) / cell.lastsMs))
  const { peak } = cell
  if (peak > 0 && x <= peak) return (x * x) / peak
  return 1 - ((1 - x) * (1 - x)) / (1 - peak)
}

/** Gusts last about this long: what a bucket's minute shows of a shower's texture. */
const GUST_MS = 60_000
/** Relative spread of intensity from one gust to the next. */
const GUST_SPREAD = 0.3

/** A factor around 1 that stays for a gust and then is drawn anew. */
export function makeGusts(chance: Chance): (atMs: number) => number {
  let gust = -1
  let factor = 1
  return (atMs) => {
    for (const now = Math.floor(atMs / GUST_MS); gust < now; gust++) factor = Math.max(0.2, 1 + GUST_SPREAD * chance.normal())
    return factor
  }
}

/** Tips of a bucket that holds `stepMm`, after `rainMm` in all; `held` is the share of a tip that stood in it at the start. A gauge counts, it does not measure. */
export const tipsOf = (rainMm: number, stepMm: number, held: number): number => Math.floor(rainMm / stepMm + held)
