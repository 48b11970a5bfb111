/** What is one storm: hours of rain parted by dry ones, by a plain rule or by the rule of the CTRL-T method. */

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

/** What is no rain by the rule becomes 0, in place. Beyond either end of the hours it is taken for dry. */
export function clean(hoursMm: Float64Array, { isolatedMm, isolatedDryHours, burstDryHours, burstMm }: Separation): void {
  const hours = hoursMm.length
  let lastWet = Number.NEGATIVE_INFINITY
  for (let hour = 0; hour < hours; hour++) {
    const mm = hoursMm[hour] as number
    if (mm === 0) continue
    const before = hour - lastWet - 1
    // An hour that is left out was wet all the same for the one after it: all are judged by what fell.
    lastWet = hour
    if (mm <= isolatedMm && before >= isolatedDryHours && dryAfter(hoursMm, hour) >= isolatedDryHours) hoursMm[hour] = 0
  }
  for (let first = nextWet(hoursMm, 0); first < hours; ) {
    const { end, mm } = stretch(hoursMm, first, burstDryHours)
    if (mm <= burstMm) hoursMm.fill(0, first, end + 1)
    first = nextWet(hoursMm, end + 1)
  }
}

/** Storms of hours that are clean, oldest first: the first and last wet hour of each, and what it brought. */
export function storms(hoursMm: Float64Array, { dryHours }: Separation, found: (start: number, end: number, mm: number) => void): void {
  for (let start = nextWet(hoursMm, 0); start < hoursMm.length; ) {
    const { end, mm } = stretch(hoursMm, start, dryHours)
    found(start, end, mm)
    start = nextWet(hoursMm, end + 1)
  }
}

function nextWet(hoursMm: Float64Array, from: number): number {
  let hour = from
  while (hour < hoursMm.length && hoursMm[hour] === 0) hour++
  return hour
}

function dryAfter(hoursMm: Float64Array, hour: number): number {
  const next = nextWet(hoursMm, hour + 1)
  return next === hoursMm.length ? Number.POSITIVE_INFINITY : next - hour - 1
}

const held = { end: 0, mm: 0 }

/** From the wet hour `first` to the last one before `dryHours` dry ones. The answer is overwritten by the next call. */
function stretch(hoursMm: Float64Array, first: number, dryHours: number): typeof held {
  held.end = first
  held.mm = 0
  for (let hour = first; hour < hoursMm.length && hour - held.end - 1 < dryHours; hour++) {
    if (hoursMm[hour] === 0) continue
    held.end = hour
    held.mm += hoursMm[hour] as number
  }
  return held
}
