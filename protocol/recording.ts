/** A recording: the inputs of a station, one scan a line (NDJSON), from which every decision can be made again. */
import type { Command } from './messages.ts'
import { Quality, type Reason, reasonCode, reasonName, reasons } from './quality.ts'
import type { Samples } from './samples.ts'
import { type Instant, instant, iso, type Moment, type WallQuality } from './time.ts'

/** Version of the form of a recording: the first line says it. */
const RECORDING = 1

/** A command, and the uplink on which it came; empty where a person gave it at the station. */
export interface CommandIn {
  uplink: string
  /** Given at the station, by the person whose name stands in `by`. */
  local?: true
  command: Command
  /** Of one from afar the role whose signature it bears, proved before it became an input; a replay needs no keys. */
  by?: string
  /** Why a signature that it bears does not count, in a sentence. */
  refusal?: string
}

/**
 * A bus or an uplink that came up or went down. `trouble` is there for a bus that is open and yet not well, and stands until the next
 * change of that link without it: `overload`, it cannot keep its periods; `damaged`, many of its devices were lost together.
 */
export interface LinkChange {
  link: string
  up: boolean
  detail: string
  trouble?: 'overload' | 'damaged'
}

/** What an output was told and what was read back; `actual` is null where nothing could be read, and `detail` says in a sentence what went wrong. */
export interface OutputState {
  output: string
  wanted: boolean
  actual: boolean | null
  detail?: string
}

/**
 * A clock stepped, or the quality of the wall clock changed. `device` names the instrument whose own clock strayed from the
 * station's; null: the station's wall clock. `stepMs` is what was added to that clock against station time.
 */
export interface ClockChange {
  device: string | null
  wall: Instant
  wallQuality: WallQuality
  stepMs: number
}

/** All that enters one scan. */
export interface Input {
  now: Moment
  samples: Samples[]
  commands: CommandIn[]
  links: LinkChange[]
  outputs: OutputState[]
  clock: ClockChange[]
}

export const emptyInput = (now: Moment): Input => ({ now, samples: [], commands: [], links: [], outputs: [], clock: [] })

/**
 * What a station knew at its start of the one before: when that was last heard of, in its own station time, and what it kept, by what it
 * belongs to (`alarm slope`, `stage lean/change`), as plain JSON.
 */
export interface Remembered {
  moment: Moment
  parts: Record<string, unknown>
}

/** The first line: whose inputs they are, and which channel a number in `samples` means. */
export interface RecordingHeader {
  site: string
  station: string
  /** In the order of channel numbers. */
  channels: { name: string; unit: string }[]
  epoch: string
  startedAt: Instant
  /** Left out where it knew nothing. */
  remembered?: Remembered
}

export const writeRecordingHeader = ({ site, station, channels, epoch, startedAt, remembered }: RecordingHeader): string =>
  JSON.stringify({
    ...{ recording: RECORDING, site, station, channels: channels.map(({ name, unit }) => ({ name, unit })), epoch, startedAt: iso(startedAt) },
    ...(remembered && { remembered }),
  })

/** One line, without its end. Every double comes back as the same bits; NaN is written as null, and a list that is empty not at all. */
export function writeRecordingLine(input: Input): string {
  const { at, wall, wallQuality } = input.now
  const lists: Record<string, unknown[]> = {
    samples: input.samples.map(plainSamples),
    commands: input.commands,
    links: input.links,
    outputs: input.outputs,
    clock: input.clock,
  }
  const told = Object.entries(lists).filter(([, list]) => list.length > 0)
  return jsonText({ now: { at, wall, wallQuality }, ...Object.fromEntries(told) })
}

/** A whole recording, line by line. */
export function* writeRecording(header: RecordingHeader, inputs: Iterable<Input>): Iterable<string> {
  yield `${writeRecordingHeader(header)}\n`
  for (const input of inputs) yield `${writeRecordingLine(input)}\n`
}

/** `not` holds run lengths of what is not plainly good: [first row, rows, QARTOD flag, reason]. */
function plainSamples({ channel, count, time, value, quality, reason, observed }: Samples): object {
  const not: [number, number, number, string][] = []
  for (let row = 0; row < count; row++) {
    const flag = quality[row] as number
    const word = reasonName(reason[row] as number)
    if (flag === Quality.good && word === 'none') continue
    const last = not.at(-1)
    if (last && last[0] + last[1] === row && last[2] === flag && last[3] === word) last[1]++
    else not.push([row, 1, flag, word])
  }
  return {
    channel,
    time: [...time.subarray(0, count)],
    value: [...value.subarray(0, count)],
    ...(not.length > 0 ? { not } : {}),
    ...(observed ? { observed: [...observed.subarray(0, count)] } : {}),
  }
}

/** JSON.stringify forgets the sign of -0 and takes Infinity for nothing. */
function jsonText(value: unknown): string {
  if (typeof value === 'number') {
    if (Object.is(value, -0)) return '-0'
    return Number.isNaN(value) ? 'null' : Number.isFinite(value) ? String(value) : `"${value}"`
  }
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const keys = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${keys.map(([key, one]) => `${JSON.stringify(key)}:${jsonText(one)}`).join(',')}}`
}

/** The header, or a sentence that says why the line is none. */
export function readRecordingHeader(text: string): RecordingHeader | string {
  const line = parseLine(text, 1)
  if (typeof line === 'string') return line
  if (line.recording !== RECORDING) return `line 1 is not the first line of a recording: it lacks "recording": ${RECORDING}`
  const { site, station, channels, epoch, startedAt } = line
  const named = Array.isArray(channels) && channels.every((one) => isPlain(one) && typeof one.name === 'string' && typeof one.unit === 'string')
  const texts = [site, station, epoch, startedAt].every((one) => typeof one === 'string')
  const started = Date.parse(String(startedAt))
  if (!named || !texts || Number.isNaN(started)) return 'line 1: the header of a recording has site, station, epoch, startedAt and channels [{ name, unit }]'
  if (line.remembered !== undefined && !isRemembered(line.remembered)) return 'line 1: "remembered" is not { moment, parts }'
  return { ...(line as unknown as RecordingHeader), startedAt: instant(started) }
}

/** The Input of a line, or a sentence with the number of the line. `channels`: how many the header names. */
export function readRecordingLine(text: string, lineNumber: number, channels = Number.POSITIVE_INFINITY): Input | string {
  const line = parseLine(text, lineNumber)
  if (typeof line === 'string') return line
  const { now } = line
  const fault = (what: string) => `line ${lineNumber}: ${what}`
  if (!isMoment(now)) return fault('"now" is not { at, wall, wallQuality }')
  const input = emptyInput({ at: now.at, wall: now.wall, wallQuality: now.wallQuality })
  for (const [key, holds] of Object.entries(lists)) {
    const list = line[key] ?? []
    if (!Array.isArray(list) || !list.every(holds)) return fault(`"${key}" does not hold what a recording writes there`)
    if (key !== 'samples') input[key as 'links'] = list
  }
  for (const plain of (line.samples ?? []) as PlainSamples[]) {
    const samples = readSamples(plain)
    if (typeof samples === 'string') return fault(`samples of channel ${plain.channel}: ${samples}`)
    if (samples.channel >= channels) return fault(`samples of channel ${samples.channel}; the header names ${channels}, from 0`)
    input.samples.push(samples)
  }
  return input
}

type Plain = Record<string, unknown>

interface PlainSamples {
  channel: number
  time: unknown[]
  value: unknown[]
  not?: unknown[]
  observed?: unknown[]
}

const isPlain = (value: unknown): value is Plain => typeof value === 'object' && value !== null && !Array.isArray(value)
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const wallQualities: WallQuality[] = ['unsynchronised', 'holdover', 'synchronised']
/** What `Date` can hold (ECMA-262, 21.4.1.1), and no station lives longer. */
const MOST_MS = 8.64e15
const isTime = (value: unknown): value is number => isNumber(value) && Math.abs(value) <= MOST_MS

const isMoment = (value: unknown): value is Moment =>
  isPlain(value) && isTime(value.at) && isTime(value.wall) && wallQualities.includes(value.wallQuality as WallQuality)
export const isRemembered = (value: unknown): value is Remembered => isPlain(value) && isMoment(value.moment) && isPlain(value.parts)

const lists: Record<Exclude<keyof Input, 'now'>, (one: unknown) => boolean> = {
  samples: (one) => isPlain(one) && Number.isInteger(one.channel) && (one.channel as number) >= 0 && Array.isArray(one.time) && Array.isArray(one.value),
  commands: (one) =>
    isPlain(one) &&
    isText(one.uplink) &&
    isPlain(one.command) &&
    isText(one.command.id) &&
    isText(one.command.op) &&
    isPlain(one.command.args) &&
    [one.by, one.refusal].every((word) => word === undefined || isText(word)) &&
    (one.local === undefined || one.local === true),
  links: (one) =>
    isPlain(one) && isText(one.link) && isFlag(one.up) && isText(one.detail) && [undefined, 'overload', 'damaged'].includes(one.trouble as undefined),
  outputs: (one) => isPlain(one) && isText(one.output) && isFlag(one.wanted) && (one.actual === null || isFlag(one.actual)),
  clock: (one) =>
    isPlain(one) &&
    (one.device === null || isText(one.device)) &&
    isNumber(one.wall) &&
    isNumber(one.stepMs) &&
    wallQualities.includes(one.wallQuality as WallQuality),
}

/** A line that does not end as an object does was cut off: the last one, where the power went. */
function parseLine(text: string, lineNumber: number): Plain | string {
  try {
    const line: unknown = JSON.parse(text)
    return isPlain(line) ? line : `line ${lineNumber} is not a JSON object`
  } catch (error) {
    if (text.startsWith('{') && !text.trimEnd().endsWith('}'))
      return `line ${lineNumber} is cut off after ${text.length} characters: the recording ended while it was written`
    return `line ${lineNumber} is not JSON: ${(error as Error).message}`
  }
}

function readSamples({ channel, time, value, not, observed }: PlainSamples): Samples | string {
  const count = time.length
  if (value.length !== count || (observed && !(Array.isArray(observed) && observed.length === count))) return 'its columns are not equally long'
  const columns = [time, value, ...(observed ? [observed] : [])].map(readNumbers)
  const [times, values, seen] = columns
  if (!times || !values || (observed && !seen)) return 'a column holds what is no number'
  if (times.some((at) => !Number.isFinite(at))) return 'a row has no time'
  const samples: Samples = { channel, count, time: times, value: values, quality: new Uint8Array(count).fill(Quality.good), reason: new Uint8Array(count) }
  if (seen) samples.observed = seen
  for (const run of not ?? []) {
    const [first, rows, flag, word] = Array.isArray(run) ? run : []
    if (!Number.isInteger(first) || !Number.isInteger(rows) || first < 0 || rows < 1 || first + rows > count)
      return 'a run of qualities lies outside of the rows'
    if (!Object.values(Quality).includes(flag)) return `${flag} is no quality`
    if (!reasons.includes(word)) return `"${word}" is no reason that this version knows`
    samples.quality.fill(flag, first, first + rows)
    samples.reason.fill(reasonCode(word as Reason), first, first + rows)
  }
  return samples
}

/** Null where one of them is no number; `null` in the text is NaN. */
function readNumbers(list: unknown[]): Float64Array | null {
  const numbers = new Float64Array(list.length)
  for (const [row, one] of list.entries()) {
    if (typeof one === 'number') numbers[row] = one
    else if (one === null) numbers[row] = Number.NaN
    else if (one === 'Infinity' || one === '-Infinity') numbers[row] = Number(one)
    else return null
  }
  return numbers
}
