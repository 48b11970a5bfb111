// Walks every profile that is shipped, with its fixture: replies of the wire -> expected values. A profile without a fixture fails.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Decoded, decode, rawOf } from '../../devicejs/decode.ts'
import { emptyImage, encodeProfile, type RegisterImage } from '../../devicejs/encode.ts'
import { frameOfWords, wordsOfFrame } from '../../devicejs/frames/fields.ts'
import { frameReader } from '../../devicejs/frames/framing.ts'
import { makeOutput } from '../../devicejs/output.ts'
import { type PollPlan, planIdentity, planPoll } from '../../devicejs/poll/poll.ts'
import type { Profile, ProfileChannel, Talk } from '../../devicejs/profile.ts'
import { findProfile, listProfiles } from '../../devicejs/shelf.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { check, either, flag, list, number, oneOf, optional, type Read, shape, table, text } from '../../protocol/files/schema.ts'
import { readYaml } from '../../protocol/files/yaml.ts'
import { parseRtu } from '../../protocol/frames.ts'
import type { Reply, Table } from '../../protocol/ports.ts'
import { Quality, qualityName, reasons } from '../../protocol/quality.ts'
import { standing } from '../devicejs/outputs/driven.ts'
import { heardBy } from '../devicejs/outputs/line-over.ts'
import { virtualClock } from '../devicejs/virtual.ts'

const address = text()
const perTable = <T>(schema: Parameters<typeof table<T>>[0]) =>
  optional(
    shape({
      coil: optional(table(schema, address), {}),
      discrete: optional(table(schema, address), {}),
      holding: optional(table(schema, address), {}),
      input: optional(table(schema, address), {}),
    }),
  )

const expected = either(
  number(),
  shape({ value: optional(number()), quality: oneOf(['good', 'unknown', 'suspect', 'fail', 'missing']), reason: oneOf(reasons) }),
  list(text()),
  text(),
)

const fixture = shape({
  cases: list(
    shape({
      says: text(),
      /** The unit id of its frames, where it is not that of the factory. */
      unit: optional(number()),
      /** Channels; all where it is left out. */
      wanted: optional(list(text())),
      /** The poll plan: address -> registers, by table. */
      blocks: perTable(number()),
      /** Requests that the plan must make, and their answers, with their checksums. */
      frames: optional(list(shape({ ask: text(), answer: text() })), []),
      /** Registers from an address on, in hex, by table. What no frame and no register gives is refused. */
      registers: perTable(text()),
      /** Of an instrument that speaks no Modbus: what it is sent, in hex, and the frame that it gives; or why that is none. */
      request: optional(text()),
      frame: optional(either(text(), shape({ hex: text() }))),
      refused: optional(oneOf(['checksum', 'short'])),
      /** The registers hold the marks by which the device is known. */
      identity: optional(flag(), false),
      expect: table(expected),
      /** What is sent to drive an output: frames in hex, or what is written, as `coil 0 = 1`. */
      drives: optional(list(shape({ output: text(), on: flag(), says: optional(text()), sends: list(text()) })), []),
    }),
    { least: 1 },
  ),
})
type Case = Read<typeof fixture>['cases'][number]

const bytesOf = (hex: string): number[] => (hex.match(/[0-9a-f]{2}/gi) ?? []).map((byte) => Number.parseInt(byte, 16))
const wordsIn = (bytes: number[]): number[] =>
  Array.from({ length: bytes.length / 2 }, (_, at) => (bytes[2 * at] as number) * 256 + (bytes[2 * at + 1] as number))
const tableOf: Record<number, Table> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' }

function profileOf(name: string): Profile {
  const found = findProfile(name, 'site.yaml')
  if ('faults' in found) throw new Error(formatFaults(found.faults))
  return found.profile
}

function casesOf(name: string): Case[] {
  const path = join(import.meta.dirname, `${name}.yaml`)
  if (!existsSync(path)) return []
  const read = check(fixture, readYaml(readFileSync(path, 'utf8'), path))
  if ('faults' in read) throw new Error(formatFaults(read.faults))
  return read.value.cases
}

/** All registers that a case gives, those of its frames among them. */
function imageOf(profile: Profile, plan: PollPlan, given: Case): RegisterImage {
  const image = emptyImage()
  if (profile.talk && given.frame !== undefined) hear(profile.talk, frameIn(given.frame), image, given.refused)
  for (const [name, registers] of Object.entries(given.registers ?? {})) {
    for (const [from, hex] of Object.entries(registers))
      for (const [at, word] of wordsIn(bytesOf(hex)).entries()) image[name as Table].set(Number(from) + at, word)
  }
  for (const { ask, answer } of given.frames) {
    const request = parseRtu(Uint8Array.from(bytesOf(ask)))
    const reply = parseRtu(Uint8Array.from(bytesOf(answer)))
    if (!request || !reply) throw new Error(`the checksum of ${request ? answer : ask} is wrong`)
    expect(request.unit, 'unit id').toBe(given.unit ?? profile.unit)
    const [code, high = 0, low = 0, , count = 0] = request.pdu
    const block = { table: tableOf[code as number] as Table, address: high * 256 + low, count }
    expect(plan.blocks, `the poll plan asks ${ask}`).toContainEqual(block)
    for (const [at, word] of wordsIn([...reply.pdu.slice(2)]).entries()) image[block.table].set(block.address + at, word)
  }
  return image
}

const frameIn = (written: string | { hex: string }): Uint8Array =>
  typeof written === 'string' ? Uint8Array.from(written, (letter) => letter.charCodeAt(0)) : Uint8Array.from(bytesOf(written.hex))

/** A frame, heard in two pieces, in the registers that show it. */
function hear(talk: Talk, frame: Uint8Array, image: RegisterImage, refused: 'checksum' | 'short' | undefined): void {
  const reader = frameReader(talk.framing)
  const found = [frame.slice(0, 3), frame.slice(3)].flatMap((piece) => reader.take(piece, 0))
  if (refused) {
    expect(found).toEqual([])
    expect(reader.wrong()).toBe(refused)
    return
  }
  expect(found.map((one) => one.frame)).toEqual([frame])
  for (const [at, word] of wordsOfFrame(talk, frame).entries()) image.input.set(at, word)
}

/** What becomes of registers when their device speaks in frames. */
function spoken({ talk }: Profile, image: RegisterImage): RegisterImage {
  if (!talk) return image
  const words = Array.from({ length: 4 * talk.values.length }, (_, at) => image.input.get(at) ?? 0)
  const frame = frameOfWords(talk, words)
  if (!frame) throw new Error('no frame can show these values')
  const heard = emptyImage()
  hear(talk, frame, heard, undefined)
  return heard
}

function answersOf(plan: PollPlan, image: RegisterImage): Reply[] {
  return plan.blocks.map(({ table: name, address: from, count }) => {
    const words = Array.from({ length: count }, (_, at) => image[name].get(from + at))
    return words.every((word) => word !== undefined) ? { ok: true, words: Uint16Array.from(words) } : { ok: false, fault: 'exception', code: 2 }
  })
}

function expectDecoded(got: Decoded, wanted: Read<typeof expected>): void {
  if (typeof wanted !== 'object' || Array.isArray(wanted)) {
    expect({ quality: got.quality, reason: got.reason }).toEqual({ quality: Quality.good, reason: 'none' })
    expect(got.value).toBeCloseTo(wanted as number, 3)
    return
  }
  expect({ quality: qualityName(got.quality), reason: got.reason }).toEqual({ quality: wanted.quality, reason: wanted.reason })
  if (wanted.value === undefined) expect(got.value).toBeNaN()
  else expect(got.value).toBeCloseTo(wanted.value, 3)
}

/** A value that a channel can have while all is well: another one for each of its number. */
function calm({ read, range, bands = [], scale, offset, counting }: ProfileChannel, number: number): number {
  if (read.bit !== null || read.table === 'coil' || read.table === 'discrete') return 1
  const held = (value: number): boolean => {
    const raw = counting ? value : (value - offset) / scale
    return value >= (range?.least ?? value) && value <= (range?.most ?? value) && !bands.some(({ from, to }) => raw >= from && raw <= to)
  }
  const beside = bands.flatMap(({ from, to }) => [to + 1, from - 1]).filter(Number.isFinite)
  const middle = ((range?.least ?? 0) + (range?.most ?? 1)) / 2
  return [number + 1, middle, ...beside.map((raw) => raw * scale + offset)].find(held) ?? Number.NaN
}

/** The frames that an output is sent, in hex, or what is written to its registers. */
async function sentTo({ line: { timeoutMs, maxWords } }: Profile, { kind, drive }: Profile['outputs'][number], on: boolean, says?: string): Promise<string[]> {
  if (drive.by !== 'frames') {
    const s = standing(drive, { kind, timeoutMs, maxWords })
    await s.set(on, says)
    return s.writes()
  }
  const sent: string[] = []
  const line = heardBy((bytes) => sent.push(Buffer.from(bytes).toString('hex').toUpperCase()))
  await makeOutput({ unit: 0, timeoutMs, kind, drive, valve: null, watchdog: null, maxWords, afterWriteMs: 0 }, { frames: line, busClock: virtualClock() }).set(
    on,
    says === undefined ? undefined : { text: says, to: [] },
  )
  return sent
}

it('finds the profiles of the shelf', () => expect(listProfiles().length).toBeGreaterThan(15))

describe.each(listProfiles())('%s', (name) => {
  const profile = profileOf(name)
  const cases = casesOf(name)
  const all = profile.channels.map((channel) => channel.name)

  it('has a fixture, and each of its channels is expected in it', () => {
    const named = new Set(cases.flatMap((given) => [...(given.wanted ?? all), ...Object.keys(given.expect)]))
    expect(cases.length).toBeGreaterThan(0)
    if (!name.startsWith('hazardpoint/')) expect(all.filter((channel) => !named.has(channel))).toEqual([])
    if (profile.identity.length > 0) expect(cases.some(({ identity }) => identity)).toBe(true)
  })

  it.each(cases)('$says', (given) => {
    const plan = planPoll(profile, given.wanted ?? all)
    const image = imageOf(profile, plan, given)
    if (given.request !== undefined) expect([...(profile.talk?.request ?? [])]).toEqual(bytesOf(given.request))
    for (const [key, blocks] of Object.entries(given.blocks ?? {})) {
      const made = plan.blocks.filter((block) => block.table === key).map((block) => [String(block.address), block.count])
      expect(Object.fromEntries(made)).toEqual(blocks)
    }
    const reading = decode(plan, answersOf(plan, image))
    for (const [key, wanted] of Object.entries(given.expect)) {
      if (key === 'says') expect(reading.says).toEqual(wanted)
      else if (key === 'uptime') expect(reading.uptime).toBe(wanted)
      else if (key === 'clock') expect(reading.clockMs).toBe(Date.parse(wanted as string))
      else if (key === 'outputs') expect(profile.outputs.map((output) => output.name)).toEqual(wanted)
      else expectDecoded(reading.channels[plan.channels.findIndex(({ channel }) => channel.name === key)] as Decoded, wanted)
    }
    if (given.identity) {
      for (const [number, { read, equals }] of profile.identity.entries()) {
        const block = planIdentity(profile)[number]
        expect(
          rawOf(
            read,
            Array.from({ length: block?.count ?? 0 }, (_, at) => image[read.table].get(read.address + at) ?? 0),
            0,
          ),
        ).toBe(equals)
      }
    }
  })

  it.each(cases.flatMap((given) => given.drives))('drives $output $on: $says', async ({ output: wanted, on, says, sends }) => {
    const output = profile.outputs.find((one) => one.name === wanted)
    if (!output) throw new Error(`no output ${wanted}`)
    expect(await sentTo(profile, output, on, says)).toEqual(sends)
  })

  it('is shown by a twin as it is read', () => {
    const values = new Map(profile.channels.map((channel, number) => [channel.name, calm(channel, number)]))
    const clockMs = Date.parse('2015-12-08T08:00:00Z')
    const shown = encodeProfile(profile, values, { clockMs, uptime: 7 })
    expect(shown.cannot).toEqual([])
    const plan = planPoll(profile, all)
    const reading = decode(plan, answersOf(plan, spoken(profile, shown.image)))
    expect(reading.channels.map(({ quality }) => quality)).toEqual(all.map(() => Quality.good))
    for (const [number, { channel }] of plan.channels.entries())
      expect(Math.abs((reading.channels[number] as Decoded).value - (values.get(channel.name) as number))).toBeLessThanOrEqual(
        channel.counting ? 0 : Math.abs(channel.scale),
      )
    expect(reading.clockMs).toBe(profile.clock ? clockMs : null)
    expect(reading.says).toEqual([])
  })

  it('is shown by a twin with each of its faults, and without its values', () => {
    const values = new Map(profile.channels.map((channel, number) => [channel.name, calm(channel, number)]))
    const plan = planPoll(profile, all)
    for (const { means, marks, quality, latched } of profile.faults) {
      const reading = decode(plan, answersOf(plan, spoken(profile, encodeProfile(profile, values, { uptime: 7, faults: [means] }).image)))
      expect(reading.says).toContain(means)
      for (const name of latched ? [] : marks)
        expect(reading.channels[all.indexOf(name)]?.quality, `${means}: ${name}`).toBeGreaterThanOrEqual(Quality[quality])
    }
    const { image, cannot } = encodeProfile(profile, new Map(all.map((name) => [name, null])), { uptime: 7 })
    const silent = decode(plan, answersOf(plan, spoken(profile, image)))
    for (const [number, name] of all.entries())
      if (!cannot.some(({ channel }) => channel === name)) expect(silent.channels[number]?.quality, name).toBe(Quality.missing)
  })
})
