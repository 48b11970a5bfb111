/** Units of measure, as one table: which can be turned into which, and how. */

/** base = value * factor + offset, where the base is the first unit of its dimension. */
interface Unit {
  dimension: string
  factor: number
  offset: number
}

/** value in the other unit = value * scale + offset */
export interface Conversion {
  scale: number
  offset: number
}

/**
 * One spelling a unit. The base of a dimension is a small unit, so that the factors of the others are whole numbers and a
 * quotient of two of them is rounded once. %LEL has a dimension of its own: into ppm it goes by the gas, which a unit does not know.
 */
const table: Record<string, Record<string, number | [factor: number, offset: number]>> = {
  length: { um: 1, mm: 1000, cm: 10_000, m: 1_000_000, km: 1e9, in: 25_400, ft: 304_800 },
  angle: { arcsec: 1, arcmin: 60, deg: 3600, mrad: 648 / Math.PI, rad: 648_000 / Math.PI },
  acceleration: { mg: 1, g: 1000, 'm/s2': 1000 / 9.80665 },
  'share of volume': { ppb: 1, ppm: 1000, '%vol': 1e7 },
  'share of the explosive limit': { '%LEL': 1 },
  'explosive limit along a path': { 'LEL.m': 1 },
  'mass in volume': { 'ug/m3': 1, 'mg/m3': 1000, 'g/m3': 1e6, 'g/L': 1e9 },
  share: { '%': 1 },
  humidity: { '%RH': 1 },
  'electric potential': { mV: 1, V: 1000 },
  'electric current': { uA: 1, mA: 1000, A: 1e6 },
  resistance: { ohm: 1, kohm: 1000 },
  power: { mW: 1, W: 1000 },
  energy: { J: 1, Wh: 3600, kWh: 3_600_000 },
  temperature: { degC: 1, K: [1, -273.15], degF: [5 / 9, -160 / 9] },
  pressure: { Pa: 1, hPa: 100, mbar: 100, kPa: 1000, bar: 100_000, MPa: 1_000_000, psi: 6894.757293168, mmH2O: 9.80665, mH2O: 9806.65 },
  force: { N: 1, kN: 1000 },
  strain: { microstrain: 1 },
  volume: { mL: 1, L: 1000, m3: 1_000_000 },
  area: { cm2: 1, m2: 10_000 },
  irradiance: { 'W/m2': 1 },
  time: { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 },
  frequency: { Hz: 1, kHz: 1000 },
  bytes: { B: 1, kB: 1000, MB: 1_000_000, GB: 1e9 },
  conductivity: { 'uS/cm': 1, 'mS/cm': 1000 },
  turbidity: { NTU: 1 },
  'signal strength': { dBm: 1 },
  number: { count: 1 },
  none: { '1': 1 },
}

/** What may stand after the slash of a rate, such as mm/h, deg/d, m3/s. */
const perTime = table.time as Record<string, number>

const units = new Map<string, Unit>()
for (const [dimension, names] of Object.entries(table)) {
  for (const [name, size] of Object.entries(names)) {
    const [factor, offset] = typeof size === 'number' ? [size, 0] : size
    units.set(name, { dimension, factor, offset })
  }
}

/** Every unit that stands in the table; a rate of each (`mm/h`) is a unit too, and a rate of that (`mm/h/h`). */
export const unitNames: readonly string[] = [...units.keys()]

/** What a unit measures ("length", "length per time"), or null where we do not know the unit. */
export const dimensionOf = (unit: string): string | null => find(unit)?.dimension ?? null

/** How a value in `from` becomes one in `to`; null where a unit is unknown or they measure different things. */
export function conversion(from: string, to: string): Conversion | null {
  const a = find(from)
  const b = find(to)
  if (!a || !b || a.dimension !== b.dimension) return null
  return from === to ? { scale: 1, offset: 0 } : { scale: a.factor / b.factor, offset: (a.offset - b.offset) / b.factor }
}

function find(name: string): Unit | undefined {
  const known = units.get(name)
  if (known) return known
  const slash = name.lastIndexOf('/')
  if (slash < 1) return undefined
  const of = find(name.slice(0, slash))
  const time = Object.hasOwn(perTime, name.slice(slash + 1)) ? perTime[name.slice(slash + 1)] : undefined
  // A rate of degrees has no zero of its own: 1 degF/h is 5/9 degC/h.
  return of && time !== undefined ? { dimension: `${of.dimension} per time`, factor: of.factor / time, offset: 0 } : undefined
}
