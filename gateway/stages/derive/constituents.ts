/** Tidal constituents: the argument of each and what the moon's node makes of it, as data, and the astronomy that they stand on. */

/** What one is made of, in multiples: hours of lunar time, moon, sun, lunar perigee; and a quarter turn more for the diurnal ones. */
interface Constituent {
  tau: number
  s: number
  h: number
  p: number
  /** Degrees. */
  more: number
  /** The node changes it as it does this one, so many times over; null: not at all. */
  node: ['M2' | 'K2' | 'K1' | 'O1', times: number] | null
}

const one = (tau: number, s: number, h: number, p: number, more: number, node: Constituent['node']): Constituent => ({ tau, s, h, p, more, node })

/** Doodson (1921), Phil. Trans. R. Soc. A 100; phases as Pugh (1987), Tides, Surges and Mean Sea-Level, table 4.1. */
export const constituents = {
  M2: one(2, 0, 0, 0, 0, ['M2', 1]),
  S2: one(2, 2, -2, 0, 0, null),
  N2: one(2, -1, 0, 1, 0, ['M2', 1]),
  K2: one(2, 2, 0, 0, 0, ['K2', 1]),
  K1: one(1, 1, 0, 0, 90, ['K1', 1]),
  O1: one(1, -1, 0, 0, -90, ['O1', 1]),
  P1: one(1, 1, -2, 0, -90, null),
  Q1: one(1, -2, 0, 1, -90, ['O1', 1]),
  M4: one(4, 0, 0, 0, 0, ['M2', 2]),
  MS4: one(4, 2, -2, 0, 0, ['M2', 1]),
  M6: one(6, 0, 0, 0, 0, ['M2', 3]),
  Sa: one(0, 0, 1, 0, 0, null),
  Ssa: one(0, 0, 2, 0, 0, null),
}
export type ConstituentName = keyof typeof constituents
export const constituentNames = Object.keys(constituents) as ConstituentName[]

/** Factor of the amplitude f = base + turning cos N, and what is added to the phase, u = phase sin N, in degrees (Pugh 1987, table 4.3). */
const nodes = {
  M2: { base: 1, turning: -0.037, phase: -2.1 },
  K2: { base: 1.024, turning: 0.286, phase: -17.7 },
  K1: { base: 1.006, turning: 0.115, phase: -8.9 },
  O1: { base: 1.009, turning: 0.187, phase: 10.8 },
}

const DAY = 86_400_000
const RADIAN = Math.PI / 180

/** Noon of 1899-12-31, from which the mean longitudes count. */
const EPOCH = -2_209_032_000_000

/**
 * Mean longitudes in degrees: at the epoch, and degrees a day (Explanatory Supplement to the Ephemeris, 1961, p. 98 and 107). Their quadratic
 * terms are left out: up to the year 2100 they make less than 0.04 degree.
 */
const MOON = [270.434164, 13.1763965268] as const
const SUN = [279.696678, 0.9856473354] as const
const PERIGEE = [334.329556, 0.1114040803] as const
const NODE = [259.183275, -0.0529539222] as const

const at = ([start, perDay]: readonly [number, number], days: number): number => start + perDay * days

/** The unit tide f cos(V + u - lag) of a constituent, lag in degrees; `instant` is UTC in ms, or that of the zone whose lag it is. */
export function unitTide({ tau, s, h, p, more, node }: Constituent, instant: number, lag: number): number {
  const days = (instant - EPOCH) / DAY
  const moon = at(MOON, days)
  const sun = at(SUN, days)
  const lunarTime = 360 * (instant / DAY - Math.floor(instant / DAY)) + sun - moon
  const argument = tau * lunarTime + s * moon + h * sun + p * at(PERIGEE, days) + more - lag
  if (node === null) return Math.cos(argument * RADIAN)
  const { base, turning, phase } = nodes[node[0]]
  const ascending = at(NODE, days) * RADIAN
  return (base + turning * Math.cos(ascending)) ** node[1] * Math.cos((argument + node[1] * phase * Math.sin(ascending)) * RADIAN)
}
