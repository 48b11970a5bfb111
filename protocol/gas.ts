/** Gases: what they weigh, at what share of the air they ignite, and how one measure of a gas becomes another. */
import { conversion, dimensionOf } from './units.ts'

/** What the figures of a channel stand on: without it neither can ppm be told as mg/m3, nor %LEL be compared with %LEL. */
export interface GasBasis {
  /** Its formula, as in the table; null for a mixture, and for a gas that has no entry. */
  name: GasName | null
  /** g/mol. */
  molarMass: number | null
  /** 100 %LEL is so many %vol: another one for each table that a detector may have been calibrated by. */
  lelVolPct: number | null
  /** Temperature at which ppm are told as mg/m3. */
  referenceDegC: number
  /** What its set points are held against: IDLH where no instrument goes as low as the exposure limit. */
  limits: 'exposure' | 'idlh'
}

interface Substance {
  english: string
  molarMass: number
  /** Lower explosive limit in %vol, as practised in China and the USA (CH4 5.0; IEC 60079-20-1 has 4.4); null where it does not burn, or no source is at hand. */
  lelVolPct: number | null
}

/** Molar masses of the standard atomic weights (IUPAC 2021, abridged). Explosive limits: the national tables of combustible gases. */
const substances = {
  H2S: { english: 'hydrogen sulfide', molarMass: 34.08, lelVolPct: 4.3 },
  CO: { english: 'carbon monoxide', molarMass: 28.01, lelVolPct: 12.5 },
  NH3: { english: 'ammonia', molarMass: 17.031, lelVolPct: 15 },
  Cl2: { english: 'chlorine', molarMass: 70.9, lelVolPct: null },
  SO2: { english: 'sulfur dioxide', molarMass: 64.06, lelVolPct: null },
  NO2: { english: 'nitrogen dioxide', molarMass: 46.006, lelVolPct: null },
  HF: { english: 'hydrogen fluoride', molarMass: 20.006, lelVolPct: null },
  HCN: { english: 'hydrogen cyanide', molarMass: 27.026, lelVolPct: null },
  HCl: { english: 'hydrogen chloride', molarMass: 36.46, lelVolPct: null },
  COCl2: { english: 'phosgene', molarMass: 98.91, lelVolPct: null },
  C6H6: { english: 'benzene', molarMass: 78.114, lelVolPct: null },
  CO2: { english: 'carbon dioxide', molarMass: 44.009, lelVolPct: null },
  CH4: { english: 'methane', molarMass: 16.043, lelVolPct: 5 },
  C3H8: { english: 'propane', molarMass: 44.097, lelVolPct: 2.1 },
  H2: { english: 'hydrogen', molarMass: 2.016, lelVolPct: 4 },
  C2H2: { english: 'acetylene', molarMass: 26.038, lelVolPct: 2.2 },
  O2: { english: 'oxygen', molarMass: 31.998, lelVolPct: null },
} satisfies Record<string, Substance>

export type GasName = keyof typeof substances
export const gasNames = Object.keys(substances) as GasName[]

/** GBZ 2.1 tells mg/m3 at 20 degC; in ppm that is also less, and so stricter, than the 25 degC of other books. */
export const REFERENCE_DEG_C = 20

type Said = { [Key in Exclude<keyof GasBasis, 'name' | 'molarMass'>]?: GasBasis[Key] | undefined }

/** A gas of the table; whatever is said of it otherwise goes first. */
export function gasBasis(name: GasName | null, said: Said = {}): GasBasis {
  const substance: Substance | null = name === null ? null : substances[name]
  return {
    name,
    molarMass: substance?.molarMass ?? null,
    lelVolPct: said.lelVolPct ?? substance?.lelVolPct ?? null,
    referenceDegC: said.referenceDegC ?? REFERENCE_DEG_C,
    limits: said.limits ?? 'exposure',
  }
}

/** The gas that a word names, by formula or in English, in any letters. */
export const gasOf = (word: string): GasName | undefined =>
  gasNames.find((name) => [name, substances[name].english].some((spelling) => spelling.toLowerCase() === word.toLowerCase()))

/**
 * Le Chatelier: the explosive limit of a mixture, 100 / Σ(Ci / LELi) in %vol, from the parts of the fuel; they need not sum to 100.
 * Null where no limit of a part is known. 90 % CH4 and 10 % C3H8: 4.393 %vol.
 */
export function mixtureLel(parts: Partial<Record<GasName, number>>): number | null {
  let sum = 0
  let limits = 0
  for (const [name, part] of Object.entries(parts) as [GasName, number][]) {
    const { lelVolPct } = substances[name]
    if (lelVolPct === null) return null
    sum += part
    limits += part / lelVolPct
  }
  return limits > 0 ? sum / limits : null
}

/** Litres a mole of an ideal gas at 101.325 kPa: 24.055 at 20 degC, 24.465 at 25 degC. */
export const molarVolume = (degC: number): number => (8.314462618 * (degC + 273.15)) / 101.325

/** How many ppm one of this unit is, or why that cannot be told. */
function ppmOf(unit: string, gas: GasBasis): number | string {
  switch (dimensionOf(unit)) {
    case 'share of volume':
      return conversion(unit, 'ppm')?.scale as number
    case 'mass in volume':
      if (gas.molarMass === null) return 'it is not said which gas this is'
      return ((conversion(unit, 'mg/m3')?.scale as number) * molarVolume(gas.referenceDegC)) / gas.molarMass
    case 'share of the explosive limit':
      return gas.lelVolPct === null ? 'its explosive limit is not said' : 100 * gas.lelVolPct
    default:
      return `${unit} is no concentration`
  }
}

/** The factor that turns a concentration in one unit into another, or, in a few words, why that cannot be told. */
export function concentrationFactor(from: string, to: string, gas: GasBasis): number | string {
  const [one, other] = [ppmOf(from, gas), ppmOf(to, gas)]
  return typeof one === 'string' ? one : typeof other === 'string' ? other : one / other
}
