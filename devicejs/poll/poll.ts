/** Plans the requests of one poll: which registers a device's wanted channels need, joined into as few blocks as the device allows. */
import { limits } from '../../protocol/frames.ts'
import { wordsOf } from '../../protocol/numbers.ts'
import type { Block, Table } from '../../protocol/ports.ts'
import type { Place, Profile, ProfileChannel, ProfileFault } from '../profile.ts'

export type PollBlock = Omit<Block, 'unit'>

/** A value within the answers: in which block, and at which of its words (or bits). Block -1: it is not asked for, since the device does not have it. */
export interface Planned {
  place: Place
  block: number
  at: number
}

/** What a device was found not to bear: no block reaches over a cut, and what is retired is not asked for. Both as `holding 12`. */
export interface Unbearable {
  cuts: ReadonlySet<string>
  retired: ReadonlySet<string>
}

export interface PollPlan {
  profile: Profile
  cuts: ReadonlySet<string>
  blocks: PollBlock[]
  channels: (Planned & { channel: ProfileChannel })[]
  faults: (Planned & { fault: ProfileFault })[]
  clock: (Planned & { unitMs: number }) | null
  uptime: Planned | null
}

/** Registers `[from, to)` of one table that must come in one answer. */
interface Span {
  table: Table
  from: number
  to: number
}

/** How many registers, or bits, a value takes. */
export const widthOf = (place: Place): number => (isBits(place.table) ? 1 : wordsOf(place.as.type))

/** A coil or a discrete input is one bit; it has no type and no order. */
export const isBits = (table: Table): boolean => table === 'coil' || table === 'discrete'
export const placeName = ({ table, address }: Pick<Place, 'table' | 'address'>): string => `${table} ${address}`
const spanOf = (place: Place): Span => ({ table: place.table, from: place.address, to: place.address + widthOf(place) })

/**
 * The poll of the wanted channels, by their names in the profile; a name that the profile does not have is our own mistake.
 *
 *     wanted      x  x  heat      tips        x stands in registers 0-1, heat in 4, tips in 40
 *     registers   0  1  2  3  4 .......40
 *     blocks     [0 ........ 4]       [40]    2 and 3 are a hole, read along where `maxHole` allows it
 *
 * A value is never torn over two requests. A device with a clock is always read whole, so that its time and its values
 * come in one answer. A register that is cleared by reading is read where it is wanted, alone, and never as part of a hole.
 */
export function planPoll(profile: Profile, wanted: string[], { cuts, retired }: Unbearable = BEARS_ALL): PollPlan {
  for (const name of wanted) {
    if (!profile.channels.some((channel) => channel.name === name)) throw new Error(`profile ${profile.name} has no channel ${name}`)
  }
  const channels = wanted.map((name) => profile.channels.find((channel) => channel.name === name) as ProfileChannel)
  const faults = profile.faults.filter((fault) => fault.marks.some((name) => wanted.includes(name)) || fault.latched)

  // A frame holds all values at once: what asking for it clears is in the same answer.
  const clears = (channel: ProfileChannel): boolean => channel.clearsOnRead && profile.talk === null
  const alone = channels.filter(clears).map(({ read }) => spanOf(read))
  const forbidden = profile.channels.filter(clears).map(({ read }) => spanOf(read))
  const places = [...channels.filter((channel) => !clears(channel)), ...faults].map(({ read }) => read)
  if (profile.uptime) places.push(profile.uptime)
  if (profile.clock) places.push(profile.clock.read, ...profile.channels.map(({ read }) => read))
  const asked = places.filter((place) => !retired.has(placeName(place))).map(spanOf)
  const gone = ({ table, from }: Span): boolean => retired.has(placeName({ table, address: from }))
  const spans = [...join(asked, profile.line, forbidden, cuts), ...alone.filter((span) => !gone(span))]
  const blocks = spans.map(({ table, from, to }) => ({ table, address: from, count: to - from }))

  const find = (place: Place): Planned => {
    const { table, from, to } = spanOf(place)
    const block = blocks.findIndex((held) => held.table === table && held.address <= from && to <= held.address + held.count)
    const found = blocks[block]
    if (!found && retired.has(placeName(place))) return { place, block: -1, at: 0 }
    if (!found) throw new Error(`profile ${profile.name}: ${table} ${from} is in no block`)
    return { place, block, at: from - found.address }
  }
  return {
    profile,
    cuts,
    blocks,
    channels: channels.map((channel) => ({ channel, ...find(channel.read) })),
    faults: faults.map((fault) => ({ fault, ...find(fault.read) })),
    clock: profile.clock && { ...find(profile.clock.read), unitMs: profile.clock.unitMs },
    uptime: profile.uptime && find(profile.uptime),
  }
}

/** The marks of identity, read when a device comes (back). */
export function planIdentity(profile: Profile): PollBlock[] {
  return profile.identity.map(({ read }) => ({ table: read.table, address: read.address, count: widthOf(read) }))
}

const BEARS_ALL: Unbearable = { cuts: new Set(), retired: new Set() }

/** The same poll with one block in two halves, cut where no value is torn; null where the block holds just one. */
export function halved(plan: PollPlan, number: number, wanted: string[], retired: ReadonlySet<string>): PollPlan | null {
  const block = plan.blocks[number] as PollBlock
  const middle = block.address + block.count / 2
  let best = Number.NaN
  let end = block.address
  const within = [...plan.channels, ...plan.faults, ...(plan.uptime ? [plan.uptime] : [])].filter((planned) => planned.block === number)
  for (const { from, to } of within.map(({ place }) => spanOf(place)).toSorted((a, b) => a.from - b.from)) {
    if (from >= end && from > block.address && !(Math.abs(from - middle) >= Math.abs(best - middle))) best = from
    end = Math.max(end, to)
  }
  if (Number.isNaN(best)) return null
  // The ends are cuts too: what comes before and behind stays as it is.
  const cuts = [best, block.address, block.address + block.count].map((address) => placeName({ table: block.table, address }))
  return planPoll(plan.profile, wanted, { cuts: new Set([...plan.cuts, ...cuts]), retired })
}

/** Joins spans into blocks, from the lowest address up: each block as long as it may be. */
function join(spans: Span[], line: Profile['line'], forbidden: Span[], cuts: ReadonlySet<string>): Span[] {
  const sorted = spans.toSorted((a, b) => a.table.localeCompare(b.table) || a.from - b.from || b.to - a.to)
  const blocks: Span[] = []
  for (const span of sorted) {
    const block = blocks.at(-1)
    if (block && joins(block, span, line, forbidden) && !isCut(block, span, cuts)) block.to = Math.max(block.to, span.to)
    else blocks.push({ ...span })
  }
  return blocks
}

function joins(block: Span, span: Span, line: Profile['line'], forbidden: Span[]): boolean {
  if (block.table !== span.table) return false
  if (span.to <= block.to) return true
  const [from, to] = [block.to, span.from]
  if (to - from > line.maxHole) return false
  if (forbidden.some((register) => register.table === block.table && register.from < to && from < register.to)) return false
  return span.to - block.from <= mostOf(block.table, line.maxWords)
}

function isCut(block: Span, span: Span, cuts: ReadonlySet<string>): boolean {
  for (let address = block.from + 1; address <= span.from; address++) if (cuts.has(placeName({ table: block.table, address }))) return true
  return false
}

/** `maxWords: 1` is "one value a request" for values of any width. A register holds 16 bits, so a bit table gets 16 times as many. */
function mostOf(table: Table, maxWords: number): number {
  if (!isBits(table)) return Math.min(maxWords, limits.readWords)
  return maxWords === 1 ? 1 : Math.min(maxWords * 16, limits.readBits)
}
