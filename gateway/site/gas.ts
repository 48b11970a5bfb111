/** What a site file says of a gas, and its set points held against GB/T 50493-2019, 5.5.2: a first alarm no higher than level 1, a second no higher than level 2. */
import { about, either, number, oneOf, optional, type Read, type Schema, shape, table, turn } from '../../protocol/files/schema.ts'
import { concentrationFactor, type GasBasis, type GasName, gasBasis, gasNames, gasOf, mixtureLel } from '../../protocol/gas.ts'
import { dimensionOf } from '../../protocol/units.ts'
import type { ChannelPlan } from '../core/plan.ts'

/** A gas as a site file has it. */
export interface GasFile {
  basis: GasBasis
  doubt: { what: string; remedy: string } | null
}

const mixture = table(number({ least: 0, most: 100 }), oneOf(gasNames)) as Schema<Partial<Record<GasName, number>>>

const gasShape = shape({
  name: optional(about(oneOf(gasNames), 'Its formula.')),
  mixture: optional(about(mixture, 'The parts of a combustible mixture in %, of which its explosive limit is made (Le Chatelier).')),
  lelVolPct: optional(
    about(
      number({ least: 0.5, most: 80 }),
      '100 %LEL is so many %vol, as the detector was calibrated. Default: that of the gas or mixture; CH4 5.0 (IEC: 4.4).',
    ),
  ),
  at: optional(about(number({ least: -50, most: 60 }), 'Temperature in degC at which ppm are told as mg/m3; default 20, as GBZ 2.1.')),
  limits: about(
    optional(oneOf(['exposure', 'idlh']), 'exposure'),
    'What toxic set points are held against: the exposure limit; idlh (5 and 10 % of it) only where no range of the instrument goes so low.',
  ),
})

/** What its parts say of each other, and should not. */
function gasDoubt({ name, mixture: parts, lelVolPct, limits }: Read<typeof gasShape>): { what: string; remedy: string } | null {
  if (name !== undefined && parts !== undefined) return { what: 'a gas, or a mixture of gases', remedy: 'leave one of name, mixture out' }
  if (name === undefined && parts === undefined && lelVolPct === undefined)
    return { what: 'nothing is said of the gas', remedy: 'give its name, its mixture, or its lelVolPct' }
  if (parts !== undefined && mixtureLel(parts) === null)
    return {
      what: 'the explosive limit of a part of this mixture is not known, or it has no parts',
      remedy: 'name parts that burn, such as mixture: { CH4: 90, C3H8: 10 }, or give lelVolPct in place of it',
    }
  if (limits === 'idlh' && (name === undefined || toxic[name] === undefined))
    return { what: 'GB/T 50493-2019 has no IDLH of this gas', remedy: 'leave `limits` out' }
  return null
}

/** `gas: H2S`, or what is to be said of it in a table. */
export const gasSchema = (): Schema<GasFile> =>
  turn(either(oneOf(gasNames), gasShape), (written: GasName | Read<typeof gasShape>) => {
    if (typeof written === 'string') return { basis: gasBasis(written), doubt: null }
    const { name, mixture: parts, lelVolPct, at, limits } = written
    const mixed = parts && (mixtureLel(parts) ?? undefined)
    return { basis: gasBasis(name ?? null, { lelVolPct: lelVolPct ?? mixed, referenceDegC: at, limits }), doubt: gasDoubt(written) }
  })

/** Of a channel of which the file says nothing: what the profile calls it may be a gas. */
export const gasOfQuantity = (quantity: string): GasBasis | null => {
  const name = gasOf(quantity)
  return name === undefined ? null : gasBasis(name)
}

/** mg/m3. The exposure limit is MAC where there is one, else PC-TWA (GB/T 50493-2019, table of toxic gases; GBZ 2.1). */
const toxic: Partial<Record<GasName, { exposure: number; idlh: number }>> = {
  H2S: { exposure: 10, idlh: 430 },
  CO: { exposure: 20, idlh: 1700 },
  NH3: { exposure: 20, idlh: 360 },
  Cl2: { exposure: 1, idlh: 88 },
  SO2: { exposure: 5, idlh: 270 },
  NO2: { exposure: 5, idlh: 96 },
  HF: { exposure: 2, idlh: 500 },
  HCN: { exposure: 1, idlh: 56 },
  HCl: { exposure: 7.5, idlh: 150 },
  COCl2: { exposure: 0.5, idlh: 8 },
  C6H6: { exposure: 6, idlh: 9800 },
  CO2: { exposure: 9000, idlh: 92_000 },
}

interface Limits {
  /** Of the first and of the second set point, in the unit of the channel. */
  levels: [number, number]
  clause: string
}

type GasChannel = Pick<ChannelPlan, 'unit' | 'quantity' | 'gas'>

const concentrations = ['share of volume', 'mass in volume']

/** The limits of a channel's set points; null where the standard has none, a text where they cannot be looked up. */
export function gasLimits({ unit, quantity, gas }: GasChannel, direction: string): Limits | string | null {
  const dimension = dimensionOf(unit)
  const above = direction === 'above'
  if (dimension === 'share of the explosive limit') return above ? { levels: [25, 50], clause: '5.5.2 (1), (2)' } : null
  if (dimension === 'explosive limit along a path') return above ? { levels: [1, 2], clause: '5.5.2 (5)' } : null
  if (!concentrations.includes(dimension ?? '')) return null
  if (!gas) return dimension === 'share of volume' && quantity === 'gas' ? 'it is not said which gas this is' : null
  const limits = (first: number, second: number, of: string, clause: string): Limits | string => {
    const factor = concentrationFactor(of, unit, gas)
    return typeof factor === 'string' ? factor : { levels: [first * factor, second * factor], clause }
  }
  if (gas.name === 'O2') return above ? limits(23.5, Infinity, '%vol', '5.5.2 (4)') : limits(19.5, -Infinity, '%vol', '5.5.2 (4)')
  if (!above) return null
  const known = gas.name && toxic[gas.name]
  if (known) {
    const level = gas.limits === 'idlh' ? 0.05 * known.idlh : known.exposure
    return limits(level, 2 * level, 'mg/m3', '5.5.2 (3)')
  }
  return gas.lelVolPct === null ? null : limits(25, 50, '%LEL', '5.5.2 (1), (2)')
}

interface GasFault {
  at: string[]
  what: string
  remedy: string
}

/** `sounded`: the set points on this channel that an alarm sounds. The mildest of them all is the first alarm, wherever it stands, the next the second. */
export function gasFaults(channel: GasChannel, options: unknown, sounded: unknown[] = [options]): GasFault[] {
  if (!hasSetPoints(options)) return []
  const { direction } = options
  const found = gasLimits(channel, direction)
  if (found === null) return []
  if (typeof found === 'string')
    return [
      {
        at: ['at'],
        what: `GB/T 50493-2019 limits these set points, but ${found}`,
        remedy: 'say it of the channel, such as gas: H2S or gas: { name: CH4, lelVolPct: 5 }',
      },
    ]
  const sign = direction === 'above' ? 1 : -1
  const points = sounded.filter(hasSetPoints).flatMap((other) => (other.direction === direction ? pointsOf(other) : []))
  const heights = [...new Set(points.map(([, value]) => sign * value))]
  return pointsOf(options).flatMap(([colour, value]) => {
    const rank = heights.filter((height) => height < sign * value).length
    if (rank > 1) return []
    const most = shown(found.levels[rank === 0 ? 0 : 1])
    if (sign * value <= sign * most) return []
    const bound = `${sign === 1 ? 'at most' : 'at least'} ${most} ${channel.unit}`
    return [
      {
        at: ['at', colour],
        what: `${value} ${channel.unit} as ${rank === 0 ? 'first' : 'second'} set point: GB/T 50493-2019, ${found.clause} wants ${bound}`,
        remedy: `take ${bound}, or name the document that allows more: deviationRef: "..."`,
      },
    ]
  })
}

const pointsOf = ({ at }: SetPointOptions): [colour: string, value: number][] =>
  Object.entries(at).flatMap(([colour, value]): [string, number][] => (value === undefined ? [] : [[colour, value]]))

/** To three digits, as tables have it: what a table allows is allowed. */
const shown = (limit: number): number => (Number.isFinite(limit) ? Number(limit.toPrecision(3)) : limit)

/** Options of a detector that has set points in the unit of its channel: others have nothing to hold against the limits. */
export interface SetPointOptions {
  at: Record<string, number | undefined>
  direction: string
}

export function hasSetPoints(options: unknown): options is SetPointOptions {
  if (typeof options !== 'object' || options === null) return false
  const { at, direction } = options as Partial<SetPointOptions>
  return (
    typeof direction === 'string' &&
    typeof at === 'object' &&
    at !== null &&
    Object.values(at).every((value) => value === undefined || typeof value === 'number')
  )
}

/** What the figures of a channel stand on, for people: ` CH4 (LEL 5 %vol)`, ` H2S (20 degC)`. */
export function gasText({ unit, gas }: Pick<ChannelPlan, 'unit' | 'gas'>): string {
  if (!gas) return ''
  const dimension = dimensionOf(unit) ?? ''
  const name = gas.name ?? 'gas'
  if (concentrations.includes(dimension)) return ` ${name} (${gas.referenceDegC} degC)`
  return gas.lelVolPct !== null && dimension === 'share of the explosive limit' ? ` ${name} (LEL ${Number(gas.lelVolPct.toPrecision(4))} %vol)` : ` ${name}`
}

/** Channels in %LEL can be counted, voted or reckoned together only on one base; gives what is wrong, or nothing. */
export function basesDiffer(channels: Pick<ChannelPlan, 'name' | 'unit' | 'gas'>[]): string | null {
  const based = channels.filter(({ unit }) => dimensionOf(unit) === 'share of the explosive limit')
  if (new Set(based.map(({ gas }) => gas?.lelVolPct)).size < 2) return null
  const bases = based.map(
    ({ name, gas }) => `\`${name}\` ${gas?.lelVolPct === undefined || gas.lelVolPct === null ? 'on no stated base' : `on ${gas.lelVolPct} %vol`}`,
  )
  return `%LEL of different bases are not the same: ${bases.join(', ')}`
}
