/**
 * What is one storm: hours of rain parted by dry ones, by a plain rule or by the rule of the CTRL-T method.
 * Rain is in whole counts: mm that are added up miss thresholds that are just reached.
 */

export interface Separation {
  /** An hour of at most so much with so many dry hours on both sides is no rain. */
  isolatedMm: number
  isolatedDryHours: number
  /** Bursts parted by so many dry hours are no rain if they bring at most so much. */
  burstDryHours: number
  burstMm: number
  /** Storms are parted by so many dry hours. */
  dryHours: number
}

/** Any rain counts, and storms are parted by so many dry hours (IETD). */
export const parted = (dryHours: number): Separation => ({ isolatedMm: 0, isolatedDryHours: 1, burstDryHours: 1, burstMm: 0, dryHours })

/** Melillo and others 2015 (CTRL-T): April to October, and the rest of the year, when soils dry more slowly. */
export const seasons = {
  warm: { isolatedMm: 0.2, isolatedDryHours: 3, burstDryHours: 6, burstMm: 1, dryHours: 48 },
  cold: { isolatedMm: 0.2, isolatedDryHours: 6, burstDryHours: 12, burstMm: 1, dryHours: 96 },
} as const satisfies Record<string, Separation>

/** What is no rain by the rule becomes 0, in place; `amount` is what so many counts are in mm. Beyond either end of the hours it is taken for dry. */
export function clean(counts: Float64Array, { isolatedMm, isolatedDryHours, burstDryHours, burstMm }: Separation, amount: (count: number) => number): void {
  const hours = counts.length
  let lastWet = Number.NEGATIVE_INFINITY
  for (let hour = 0; hour < hours; hour++) {
    const count = counts[hour] as number
    if (count === 0) continue
    const before = hour - lastWet - 1
    // An hour that is left out was wet all the same for the one after it: all are judged by what fell.
    lastWet = hour
    if (amount(count) <= isolatedMm && before >= isolatedDryHours && dryAfter(counts, hour) >= isolatedDryHours) counts[hour] = 0
  }
  for (let first = nextWet(counts, 0); first < hours; ) {
    const { end, count } = stretch(counts, first, burstDryHours)
    if (amount(count) <= burstMm) counts.fill(0, first, end + 1)
    first = nextWet(counts, end + 1)
  }
}

/** Storms of hours that are clean, oldest first: the first and last wet hour of each, and what it counted. */
export function storms(counts: Float64Array, { dryHours }: Separation, found: (start: number, end: number, count: number) => void): void {
  for (let start = nextWet(counts, 0); start < counts.length; ) {
    const { end, count } = stretch(counts, start, dryHours)
    found(start, end, count)
    start = nextWet(counts, end + 1)
  }
}

function nextWet(counts: Float64Array, from: number): number {
  let hour = from
  while (hour < counts.length && counts[hour] === 0) hour++
  return hour
}

function dryAfter(counts: Float64Array, hour: number): number {
  const next = nextWet(counts, hour + 1)
  return next === counts.length ? Number.POSITIVE_INFINITY : next - hour - 1
}

const held = { end: 0, count: 0 }

/** From the wet hour `first` to the last one before `dryHours` dry ones. The answer is overwritten by the next call. */
function stretch(counts: Float64Array, first: number, dryHours: number): typeof held {
  held.end = first
  held.count = 0
  for (let hour = first; hour < counts.length && hour - held.end - 1 < dryHours; hour++) {
    if (counts[hour] === 0) continue
    held.end = hour
    held.count += counts[hour] as number
  }
  return held
}
