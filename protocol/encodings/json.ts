/** Our own encoding: one message is one JSON object, the envelope's keys first; contract/ holds its schemas. */
import { colours } from '../level.ts'
import {
  type Address,
  type AlarmMessage,
  type Column,
  type Command,
  changes,
  type Envelope,
  type LoadFigures,
  lanes,
  lifeStates,
  type Message,
  VERSION,
  type Why,
  type WhyInput,
  type WhyWindow,
} from '../messages.ts'
import { type Instant, instant, iso, type WallQuality } from '../time.ts'
import { isId } from '../topics.ts'

/** What a receiver takes at most: EMQX's default limit of a packet, and a day of ten channels at 10 s. More is no message of ours. */
export const MAX_MESSAGE_CHARS = 1 << 20

/** A command is an id, a word and a few arguments. A longer one is a mistake or an attack, and is not even parsed. */
export const MAX_COMMAND_CHARS = 16 * 1024

/** Throws where a time is none: that is our own mistake. */
export function encode(message: Message, envelope: Envelope): string {
  const { kind, to: _, observed, timeQuality, ...own } = message
  const { area, site, station, epoch } = envelope.identity
  const { seq, lane, prev, sent, mode } = envelope
  const head = { v: VERSION, kind, area, site, station, epoch, seq, lane, prev, observed: iso(observed), sent: iso(sent), timeQuality, mode }
  return JSON.stringify({ ...head, ...own, ...rewritten(message) })
}

/** The parts that JSON writes otherwise than we hold them: times as ISO-8601, evidence without what is no number. */
function rewritten(message: Message): object {
  switch (message.kind) {
    case 'live':
      return { channels: mapped(message.channels, plainColumn) }
    case 'alarm':
      return { since: iso(message.since), why: message.why.map(plainWhy), life: plainLife(message.life) }
    case 'log':
      return { why: message.why.map(plainWhy) }
    case 'status':
      return { startedAt: iso(message.startedAt) }
    case 'health':
      return { devices: mapped(message.devices, (device) => (device.lostSince === undefined ? device : { ...device, lostSince: iso(device.lostSince) })) }
    case 'act':
    case 'result':
      return {}
  }
}

const plainLife = ({ until, ...life }: AlarmMessage['life']): object => ({ ...life, ...(until === undefined ? {} : { until: iso(until) }) })

const plainColumn = ({ unit, t0, dt, t, v, q }: Column): Column => ({
  unit,
  t0,
  ...(dt === undefined ? {} : { dt }),
  ...(t ? { t } : {}),
  v,
  ...(q ? { q } : {}),
})

function plainWhy({ detection, level, evidence, rule, setPoints, window, inputs }: Why): Why {
  const known = Object.entries(evidence).filter(([, figure]) => Number.isFinite(figure))
  return {
    ...{ detection, level, evidence: Object.fromEntries(known) },
    ...(rule === undefined ? {} : { rule }),
    ...(setPoints === undefined ? {} : { setPoints }),
    ...(window === undefined ? {} : { window: plainWindow(window) }),
    ...(inputs === undefined ? {} : { inputs: inputs.map(plainInput) }),
  }
}

const plainWindow = ({ ms, rows, coverage }: WhyWindow): WhyWindow => ({ ms, rows, coverage })

const plainInput = ({ channel, unit, value, quality, reason, ageMs }: WhyInput): WhyInput => ({
  ...{ channel, unit, value, quality, reason },
  ...(ageMs === undefined ? {} : { ageMs }),
})

export function encodeCommand({ expires, ...command }: Command): string {
  return JSON.stringify({ v: VERSION, kind: 'command', ...command, ...(expires === undefined ? {} : { expires: iso(expires) }) })
}

export interface Decoded {
  envelope: Envelope
  message: Message
}

/** The message, or a sentence that says what is wrong with the text. Keys that this version does not know are passed over. */
export function decode(text: string): Decoded | string {
  const parsed = parse(text, MAX_MESSAGE_CHARS)
  if (typeof parsed === 'string') return parsed
  const kind = kinds.find((one) => one === parsed.kind)
  if (kind === undefined) return `"kind" is not one of ${kinds.join(', ')}`
  const fault = firstFault(parsed, envelopeKeys) ?? firstFault(parsed, messageKeys[kind])
  if (fault !== null) return fault
  const identity = copied<Address>(parsed, { area: id, site: id, station: id, epoch: name })
  const envelope = { identity, ...copied<Omit<Envelope, 'identity'>>(parsed, { seq: positive, lane, prev, sent: time, mode }) }
  const stamp = { kind, to: null, observed: toInstant(parsed.observed), timeQuality: parsed.timeQuality as WallQuality }
  return { envelope, message: { ...stamp, ...copied(parsed, messageKeys[kind]) } as Message }
}

/** A command, or a sentence that says why it is none. Its arguments are for the station to judge. */
export function decodeCommand(text: string): Command | string {
  const parsed = parse(text, MAX_COMMAND_CHARS)
  if (typeof parsed === 'string') return parsed
  if (parsed.kind !== 'command') return '"kind" is not "command"'
  return firstFault(parsed, commandKeys) ?? copied<Command>(parsed, commandKeys)
}

type Plain = Record<string, unknown>

/** What a key must hold, in words for the fault; and how it is taken over where it is not taken as it is. */
interface Key {
  words: string
  holds(value: unknown): boolean
  take?(value: unknown): unknown
  optional?: true
}

function parse(text: string, limit: number): Plain | string {
  if (text.length > limit) return `is ${text.length} characters long; the limit is ${limit}`
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    return `is not JSON: ${(error as Error).message}`
  }
  if (!isPlain(parsed)) return 'is not a JSON object'
  return parsed.v === VERSION ? parsed : `"v" is not ${VERSION}`
}

function firstFault(from: Plain, keys: Record<string, Key>): string | null {
  for (const [key, { words, holds, optional }] of Object.entries(keys)) {
    const value = own(from, key)
    if (value === undefined && optional) continue
    if (value === undefined) return `"${key}" is missing`
    if (!holds(value)) return `"${key}" is not ${words}`
  }
  return null
}

function copied<T>(from: Plain, keys: Record<string, Key>): T {
  const to: Plain = {}
  for (const [key, { take }] of Object.entries(keys)) {
    const value = own(from, key)
    if (value !== undefined) to[key] = take ? take(value) : value
  }
  return to as T
}

/** Never what an object inherits: `constructor` is no key of a message. */
const own = (from: Plain, key: string): unknown => (Object.hasOwn(from, key) ? from[key] : undefined)

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 1000
/** Names inside a message: of units, quantities, detections, figures. `__proto__` is not among them. */
const isName = (value: unknown): value is string => typeof value === 'string' && value.length <= 100 && value !== '__proto__'
const isList = (value: unknown, holds: (one: unknown) => boolean): boolean => Array.isArray(value) && value.every(holds)
const isRecord = (value: unknown, key: (name: string) => boolean, holds: (one: unknown) => boolean): boolean =>
  isPlain(value) && Object.entries(value).every(([name, one]) => key(name) && holds(one))

const mapped = <A, B>(record: Record<string, A>, change: (one: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, one]) => [name, change(one)]))

/** As `iso` writes it, and a day that exists: Date takes the 30th of February for the 2nd of March. */
function isTime(value: unknown): boolean {
  if (typeof value !== 'string') return false
  const ms = Date.parse(value)
  return !Number.isNaN(ms) && iso(instant(ms)) === value
}

const toInstant = (value: unknown): Instant => instant(Date.parse(value as string))

function isColumn(value: unknown): boolean {
  if (!isPlain(value)) return false
  const { unit, t0, dt, t, v, q } = value
  if (!isName(unit) || !isNumber(t0) || !Array.isArray(v) || v.length === 0) return false
  if (!v.every((one) => one === null || isNumber(one))) return false
  if (dt !== undefined && (!isNumber(dt) || t !== undefined)) return false
  if (t !== undefined && !(isList(t, isNumber) && (t as unknown[]).length === v.length)) return false
  if (v.length > 1 && dt === undefined && t === undefined) return false
  return q === undefined || isList(q, (run) => isRun(run, v.length))
}

function isRun(run: unknown, rows: number): boolean {
  if (!Array.isArray(run) || run.length !== 4) return false
  const [first, count, quality, reason] = run
  return Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count > 0 && first + count <= rows && isFlag(quality) && isName(reason)
}

const isWhy = (value: unknown): boolean =>
  isPlain(value) &&
  isName(value.detection) &&
  (colour.holds(value.level) || value.level === 'unknown') &&
  isRecord(value.evidence, isName, isNumber) &&
  (value.rule === undefined || isName(value.rule)) &&
  (value.setPoints === undefined || isRecord(value.setPoints, colour.holds, isNumber)) &&
  (value.window === undefined || isWhyWindow(value.window)) &&
  (value.inputs === undefined || isList(value.inputs, isWhyInput))

const isWhyWindow = (value: unknown): boolean =>
  isPlain(value) && [value.ms, value.rows, value.coverage].every((one) => isNumber(one) && one >= 0) && (value.coverage as number) <= 1

const isWhyInput = (value: unknown): boolean =>
  isPlain(value) &&
  [value.channel, value.unit, value.reason].every(isName) &&
  (value.value === null || isNumber(value.value)) &&
  isFlag(value.quality) &&
  (value.ageMs === undefined || (isNumber(value.ageMs) && value.ageMs >= 0))

const isFlag = (value: unknown): boolean => [1, 2, 3, 4, 9].includes(value as number)

/** Arguments nest no deeper than any command of ours needs; `__proto__` as a key is an attack. */
const isArgument = (value: unknown, depth = 0): boolean => {
  if (typeof value !== 'object' || value === null) return true
  if (depth >= 4) return false
  return Object.keys(value).every((key) => key !== '__proto__') && Object.values(value).every((one) => isArgument(one, depth + 1))
}

const oneOf = (words: readonly string[]): Key => ({ words: `one of ${words.join(', ')}`, holds: (value) => words.includes(value as string) })

const id: Key = { words: 'an id (a-z, 0-9 and -, up to 40)', holds: (value) => typeof value === 'string' && isId(value) }
const name: Key = { words: 'a name', holds: isName }
const words: Key = { words: 'a text of up to 1000 characters', holds: isText }
const flag: Key = { words: 'true or false', holds: (value) => typeof value === 'boolean' }
const time: Key = { words: 'a time as 2026-01-31T23:59:59.000Z', holds: isTime, take: toInstant }
const positive: Key = { words: 'a whole number from 1', holds: (value) => Number.isSafeInteger(value) && (value as number) > 0 }
const prev: Key = { words: 'null or a whole number from 1', holds: (value) => value === null || positive.holds(value) }
const lane = oneOf(lanes)
const mode = oneOf(['actual', 'drill', 'test', 'replay'])
const colour = oneOf(colours)
const why: Key = {
  words: 'a list of { detection, level, evidence }, each perhaps with rule, setPoints, window and inputs',
  holds: (value) => isList(value, isWhy),
  take: (value) => (value as Why[]).map(plainWhy),
}
const hash: Key = { words: '12 hexadecimal digits', holds: (value) => typeof value === 'string' && /^[0-9a-f]{12}$/.test(value) }
const names: Key = { words: 'a list of names', holds: (value) => isList(value, isName) }

const envelopeKeys: Record<string, Key> = {
  area: id,
  site: id,
  station: id,
  epoch: name,
  seq: positive,
  lane,
  prev,
  observed: time,
  sent: time,
  timeQuality: oneOf(['unsynchronised', 'holdover', 'synchronised']),
  mode,
}

const columns: Key = {
  words: 'columns { unit, t0, dt or t, v, q } by channel, with as many times as values',
  holds: (value) => isRecord(value, isId, isColumn),
  take: (value) => mapped(value as Record<string, Column>, plainColumn),
}

const channelList: Key = {
  words: '{ unit, quantity } by channel',
  holds: (value) => isRecord(value, isId, (one) => isPlain(one) && isName(one.unit) && isName(one.quantity)),
  take: (value) => mapped(value as Record<string, { unit: string; quantity: string }>, ({ unit, quantity }) => ({ unit, quantity })),
}

const count: Key = { words: 'a whole number from 0', holds: (value) => Number.isSafeInteger(value) && (value as number) >= 0 }
const amount: Key = { words: 'a number from 0', holds: (value) => isNumber(value) && value >= 0 }
const counts: Key = { words: 'counts by name', holds: (value) => isRecord(value, isName, count.holds) }

const orRest = (key: Key): Key => ({ ...key, optional: true })
const record = (keys: Record<string, Key>): Key => ({
  words: `{ ${Object.keys(keys).join(', ')} }`,
  holds: (value) => isPlain(value) && firstFault(value, keys) === null,
  take: (value) => copied(value as Plain, keys),
})
const byId = (keys: Record<string, Key>): Key => {
  const { words, holds, take } = record(keys)
  return { words: `${words} by id`, holds: (value) => isRecord(value, isId, holds), take: (value) => mapped(value as Plain, (one) => take?.(one)) }
}

const busKeys: Record<string, Key> = {
  state: oneOf(['up', 'down', 'overload', 'damaged']),
  detail: orRest(words),
  requests: count,
  answers: count,
  faults: orRest(counts),
  exceptions: orRest(counts),
  late: orRest(count),
  openings: orRest(count),
  latencyMs: orRest(record({ p50: amount, p99: amount })),
  utilisation: orRest(amount),
  step: orRest(record({ inStep: flag, lost: count, probes: count, probesAnswered: count, silences: count, lostMs: amount, worstLateMs: amount })),
}
const deviceKeys: Record<string, Key> = {
  bus: id,
  polls: count,
  answered: count,
  missed: orRest(count),
  skipped: orRest(count),
  requests: orRest(count),
  answers: orRest(count),
  faults: orRest(counts),
  exceptions: orRest(counts),
  latencyMs: orRest(record({ p50: amount, p99: amount })),
  lostSince: orRest(time),
  backOff: orRest(record({ misses: count, nextMs: amount })),
  retired: orRest(names),
}

const loadKeys: Record<keyof LoadFigures, Key> = {
  ...{ calledTotal: count, calledIn10min: count, flood: flag },
  ...{ chattering: names, stale: names, shelved: names, suppressed: names, outOfService: names },
}

const lifeKeys: Record<string, Key> = {
  state: oneOf(lifeStates),
  occurrence: count,
  until: orRest(time),
  by: orRest(words),
  reason: orRest(words),
}

const messageKeys: Record<Message['kind'], Record<string, Key>> = {
  live: { channels: columns },
  alarm: {
    alarm: id,
    level: colour,
    since: time,
    why,
    unknown: names,
    technical: flag,
    dataLost: orRest(oneOf(colours.slice(1))),
    life: record(lifeKeys),
    siteHash: orRest(hash),
  },
  log: {
    ...{ alarm: id, change: oneOf(changes), from: colour, level: colour, why, technical: flag },
    ...{ state: oneOf(lifeStates), annunciate: flag, by: orRest(words), reason: orRest(words), siteHash: orRest(hash) },
  },
  act: { output: id, wanted: flag, actual: { words: 'true, false or null', holds: (value) => value === null || flag.holds(value) }, cause: words },
  status: {
    state: oneOf(['online', 'offline', 'lost']),
    startedAt: time,
    software: words,
    siteHash: orRest(hash),
    channels: channelList,
    alarms: names,
    load: orRest(record(loadKeys)),
  },
  result: { command: name, ok: flag, reason: words },
  health: { buses: byId(busKeys), devices: byId(deviceKeys) },
}
const kinds = Object.keys(messageKeys) as Message['kind'][]

const commandKeys: Record<string, Key> = {
  id: { words: 'a text of 1 to 64 characters', holds: (value) => isName(value) && value.length > 0 && value.length <= 64 },
  op: { words: 'a name', holds: (value) => isName(value) && value.length > 0 },
  args: { words: 'an object that nests no deeper than 4', holds: (value) => isPlain(value) && isArgument(value) },
  expires: { ...time, optional: true },
  dst: { ...words, optional: true },
  role: { ...id, optional: true },
  counter: { ...positive, optional: true },
  signature: { words: 'an Ed25519 signature, 64 bytes in base64', holds: (value) => isText(value) && /^[A-Za-z0-9+/]{86}==$/.test(value), optional: true },
}
