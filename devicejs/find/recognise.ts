/** Which instrument answers: known by its identity registers, or guessed by what its registers would mean. */
import type { Block, BusSpec, Reply, Table } from '../../protocol/ports.ts'
import { Quality } from '../../protocol/quality.ts'
import { decode, rawOf } from '../decode.ts'
import { isBits, type PollBlock, planIdentity, planPoll, widthOf } from '../poll/poll.ts'
import type { Place, Profile, ProfileChannel } from '../profile.ts'

/** A table of a device that leaves so many questions without an answer is asked no more: others on its line, and the person, wait. Some are silent to one function all their life. */
const MOST_SILENCES = 4

/** More guesses than this are no help to choose from. */
const MOST_GUESSES = 4

/**
 * Bits of identity that prove an instrument. A byte of type code stands in other makers' registers by chance (952.3 hPa as 9523 has
 * one): it is no more than a hint. One whole register is a proof where the values beside it fit too; more than one is by itself.
 */
const PROVING_BITS = 16
/** One mark of identity outweighs all that values can say. */
const MARK_WEIGHT = 1000

/** Beyond these a number is not what it seems to be: the wrong type, the wrong place. By unit; anything else up to a million. */
const believable: Record<string, readonly [least: number, most: number]> = {
  degC: [-60, 150],
  '%RH': [0, 101],
  '%': [-1, 101],
  '%LEL': [-10, 150],
  '%vol': [-1, 101],
  deg: [-360, 360],
  rad: [-6.3, 6.3],
  g: [-20, 20],
  V: [-1000, 1000],
  mA: [-25, 25],
  hPa: [300, 1200],
  m: [-500, 9000],
  mm: [-20_000, 20_000],
  'm/s': [-100, 100],
  Hz: [0, 100_000],
}
const MOST_BELIEVABLE = 1_000_000
/** A smaller number but 0 is what an integer looks like when it is read as a float. */
const LEAST_BELIEVABLE = 1e-6

/** Of the range of an instrument. */
const RANGE_SLACK = 0.05

/** Clocks of devices that have been set: this century. */
const CLOCKS = [Date.UTC(2000, 0), Date.UTC(2100, 0)] as const

export type LineSetting = Pick<BusSpec, 'baud' | 'parity' | 'dataBits' | 'stopBits'>

/** `9600 8N1`, as it stands on the instruments. */
export const settingText = ({ baud, dataBits, parity, stopBits }: LineSetting): string => `${baud} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`

export interface Match {
  profile: Profile
  /** Known by its identity registers; else a guess. */
  certain: boolean
  /** Bits of identity that stand as they should; 0 where the profile names none. */
  marks: number
  /** What it shows now, by the profile. */
  values: { name: string; value: number; unit: string; digits: number }[]
}

/** A guess at registers that hold nothing but 0: it has the unit id of the factory for it, if that. */
export const isBlank = ({ marks, values }: Match): boolean => marks === 0 && values.every(({ value }) => value === 0)

/** Nobody has bought an instrument of the demo: it stands behind all others, and only where it fits better than they do, for a line that is simulated. */
export const isSimulated = ({ name }: Profile): boolean => name.startsWith('demo/')

interface Span {
  table: Table
  from: number
  to: number
}

export interface Stranger {
  unit: number
  setting: LineSetting | null
  profiles: Profile[]
  /** Null: it was stopped. */
  read(block: Block): Promise<Reply | null>
}

/** Registers that reading clears on some device of the shelf: nobody reads them but a poll that counts (quirk 5). */
export const forbiddenSpans = (profiles: Profile[]): Span[] =>
  profiles.flatMap(({ channels }) =>
    channels.filter(({ clearsOnRead }) => clearsOnRead).map(({ read }) => ({ table: read.table, from: read.address, to: read.address + widthOf(read) })),
  )

/** The best match first; none where nothing fits. */
export async function recognise({ unit, setting, profiles, read }: Stranger): Promise<Match[]> {
  const answers = new Map<string, Promise<Reply | null>>()
  const silences: Partial<Record<Table, number>> = {}
  /** Whatever it is, it is one of these: what reading clears on one of them is not read. */
  const asking = (candidates: Profile[]): Ask => {
    const forbidden = forbiddenSpans(candidates)
    return (block) => (forbidden.some((span) => overlaps(span, block)) ? Promise.resolve(null) : ask(block))
  }
  const askAny = asking(profiles)
  const ask: Ask = async (block) => {
    const { table, address, count } = block
    if (isBits(table) || (silences[table] ?? 0) >= MOST_SILENCES) return null
    const key = `${table} ${address} ${count}`
    const known = answers.get(key)
    const asked = known ?? read({ unit, ...block })
    answers.set(key, asked)
    const reply = await asked
    if (reply && !reply.ok && reply.fault !== 'exception' && !known) silences[table] = (silences[table] ?? 0) + 1
    return reply?.ok ? reply.words : null
  }
  const ordered = profiles.toSorted((a, b) => Number(b.unit === unit) - Number(a.unit === unit))

  const found: { match: Match; evidence: number }[] = []
  for (const profile of ordered.filter(({ identity }) => identity.length > 0)) {
    if (!(await isItself(profile, askAny))) continue
    const marks = profile.identity.reduce((sum, { read: place }) => sum + bitsOf(place), 0)
    const shown = await valuesOf(profile, marks < PROVING_BITS ? askAny : asking([profile]))
    if (shown === null && marks <= PROVING_BITS) continue
    const { values, evidence } = shown ?? { values: [], evidence: 0 }
    // Models of one make may share their marks: what they then say of themselves tells them apart.
    found.push({ match: { profile, certain: marks >= PROVING_BITS, marks, values }, evidence: MARK_WEIGHT * marks + evidence })
  }
  const certain = found.filter(({ match }) => match.certain)
  if (certain.length > 0) return bestFirst(certain)

  for (const profile of ordered.filter(({ identity }) => identity.length === 0)) {
    const shown = await valuesOf(profile, askAny)
    if (shown === null || shown.evidence <= 0) continue
    const evidence = shown.evidence + (profile.unit === unit ? 4 : 0) + (setting && hasSetting(profile, setting) ? 1 : 0)
    found.push({ match: { profile, certain: false, marks: 0, values: shown.values }, evidence })
  }
  const [simulated] = bestFirst(found.filter(({ match }) => isSimulated(match.profile)))
  const real = found.filter(({ match }) => !isSimulated(match.profile))
  const guesses = bestFirst(real).slice(0, MOST_GUESSES)
  return simulated && simulated === bestFirst(found)[0] ? [...guesses, simulated] : guesses
}

/** How many bits of the registers a mark fixes. */
const bitsOf = (place: Place): number => (place.bit === null ? 16 * widthOf(place) : (place.bitCount ?? 1))

const bestFirst = (matches: { match: Match; evidence: number }[]): Match[] => matches.toSorted((a, b) => b.evidence - a.evidence).map(({ match }) => match)

const overlaps = (span: Span, { table, address, count }: PollBlock): boolean => span.table === table && span.from < address + count && address < span.to

const hasSetting = ({ line }: Profile, { baud, parity, dataBits, stopBits }: LineSetting): boolean =>
  line.baud === baud && line.parity === parity && line.dataBits === dataBits && line.stopBits === stopBits

type Ask = (block: PollBlock) => Promise<Uint16Array | null>

async function isItself(profile: Profile, ask: Ask): Promise<boolean> {
  for (const [number, block] of planIdentity(profile).entries()) {
    const words = await ask(block)
    const mark = profile.identity[number]
    if (!words || !mark || rawOf(mark.read, words, 0) !== mark.equals) return false
  }
  return true
}

/** What the registers mean by this profile, and how much that speaks for it; null where it cannot be this instrument. */
async function valuesOf(profile: Profile, ask: Ask): Promise<{ values: Match['values']; evidence: number } | null> {
  const wanted = profile.channels.filter(({ read, clearsOnRead }) => !clearsOnRead && !isBits(read.table)).map(({ name }) => name)
  if (wanted.length === 0) return null
  const plan = planPoll({ ...profile, faults: profile.faults.filter(({ read }) => !isBits(read.table)) }, wanted)
  const replies: Reply[] = []
  for (const block of plan.blocks) {
    const words = await ask(block)
    if (!words) return null
    replies.push({ ok: true, words })
  }
  const reading = decode(plan, replies)
  if (plan.clock && !(reading.clockMs !== null && reading.clockMs > CLOCKS[0] && reading.clockMs < CLOCKS[1])) return null
  const values: Match['values'] = []
  let evidence = (plan.clock ? 8 : 0) - 2 * reading.says.length
  for (const [number, decoded] of reading.channels.entries()) {
    const channel = plan.channels[number]?.channel
    if (!channel || decoded.quality === Quality.missing) continue
    const value = channel.counting ? decoded.value * channel.counting.step : decoded.value
    if (!isWithin(channel, value) || !isBelievable(value, channel.unit)) return null
    evidence += evidenceOf(channel, value)
    values.push({ name: channel.name, value, unit: channel.unit, digits: channel.digits })
  }
  return { values, evidence }
}

/** A zero that has drifted lies a little outside of what the instrument can measure, and is its own all the same. */
function isWithin({ range }: ProfileChannel, value: number): boolean {
  const slack = range ? RANGE_SLACK * (range.most - range.least) : 0
  return range === null || (value >= range.least - slack && value <= range.most + slack)
}

function isBelievable(value: number, unit: string): boolean {
  const [least, most] = believable[unit] ?? [-MOST_BELIEVABLE, MOST_BELIEVABLE]
  return value >= least && value <= most && (value === 0 || Math.abs(value) >= LEAST_BELIEVABLE)
}

/** A number that only a right guess makes believable speaks loudest: of all 32-bit patterns few are a float of everyday size; most 16-bit ones are something. */
function evidenceOf({ read }: ProfileChannel, value: number): number {
  if (value === 0) return 0.1
  if (read.bit !== null) return 0.2
  return widthOf(read) === 1 ? 1 : read.as.type === 'f32' || read.as.type === 'f64' ? 5 : 3
}
