/** The talk of a profile file: what is wrong with it, and its values laid out in the registers that show them. */
import type { FileFault } from '../protocol/files/fault.ts'
import type { Path, YamlFile } from '../protocol/files/yaml.ts'
import type { Framing } from '../protocol/ports.ts'
import { placeText, shownAs, valuesOfFrame, wordsEach } from './frames/fields.ts'
import { faultOf, frameReader, splitFields } from './frames/framing.ts'
import type { FramePlace, Place, Profile, Talk } from './profile.ts'
import type { ProfileWritten } from './profile-schema.ts'
import type { TalkWritten } from './talk-schema.ts'

/** What fits into one answer of 125 registers, so that a row is one frame. */
const MOST_VALUES = 31

/** One that speaks by itself is silent after so many of its periods: clocks of instruments are not ours. */
const PERIODS = 1.5

/** That driver, talk and places fit together. */
export function* talkFaults(written: ProfileWritten, yaml: YamlFile): Generator<FileFault> {
  const { driver, talk } = written
  const framed = driver === 'frames'
  if (talk && !framed) yield yaml.fault(['talk'], 'a Modbus device has no talk of its own', 'write `driver: frames`, or leave talk out', { of: 'key' })
  if (!talk && framed && Object.keys(written.channels).length > 0)
    yield yaml.fault(['driver'], 'nothing says how its frames are told apart', 'add `talk: { request, start, end, example }`')
  for (const [path, { frame }] of placesOf(written)) {
    if (frame && !framed) yield yaml.fault(path, 'a Modbus device has registers, and no fields', 'give one of holding, input, coil, discrete, register')
    if (!frame && framed) yield yaml.fault(path, 'this device has no registers', 'give one of field, after, at')
    const field = frame && ('field' in frame.find || 'after' in frame.find)
    if (field && talk && !talk.separator)
      yield yaml.fault(path, 'nothing says what splits the fields', 'add `separator:` to talk, or give the place with `at:`')
    // "12.5" in place of "2.5" would move all that is behind it, and a byte of a number may look like the end.
    if (frame && 'at' in frame.find && talk && talk.length === undefined)
      yield yaml.fault(path, 'in frames of any length a value stands at no certain byte', 'add `length:` to talk, or give the place with `field:` or `after:`')
  }
  if (!framed) return
  for (const key of ['unit', 'trigger', 'clock'] as const)
    if (written[key] !== undefined) yield yaml.fault([key], `a device that speaks frames has no ${key}`, 'leave it out', { of: 'key' })
  for (const [name, { clearsOnRead }] of Object.entries(written.channels))
    if (clearsOnRead && !talk?.request)
      yield yaml.fault(['channels', name, 'clearsOnRead'], 'nobody reads a device that speaks by itself', 'leave it out', { of: 'key' })
  if (talk) yield* exampleFaults(written, talk, yaml)
}

/** The profile must be able to read what the manual prints. */
function* exampleFaults(written: ProfileWritten, talk: TalkWritten, yaml: YamlFile): Generator<FileFault> {
  const values = layOut(written)
  if (values.length > MOST_VALUES) yield yaml.fault(['channels'], `${values.length} values in one frame`, `at most ${MOST_VALUES} are read`, { of: 'key' })
  const made = toTalk(talk, values)
  const { framing, example } = made
  const at: Path = ['talk', 'example']
  const fault = faultOf(example, framing)
  const split = splitFields(example, framing)
  const [unlike] = Object.entries(talk.fixed).find(([field, text]) => split[Number(field) - 1] !== text) ?? []
  const [found, ...others] = fault ? [] : frameReader(framing).take(example, 0)
  if (fault === 'checksum') yield yaml.fault(at, 'the example does not keep its checksum, or is no text', 'correct it, or what `checksum` says')
  else if (unlike) yield yaml.fault(['talk', 'fixed', unlike], `field ${unlike} of the example is another`, 'fields are counted from 1 behind the start')
  else if (!found || found.frame.length !== example.length || others.length > 0)
    yield yaml.fault(at, 'the example is not one whole frame', 'it must begin, end, and be as long as talk says')
  else
    for (const [number, value] of valuesOfFrame(made, example).entries())
      if (Number.isNaN(value))
        yield yaml.fault(at, `the example has no number at ${placeText(values[number]!)}`, 'correct the place, or take an example that has all values')
}

function placesOf(written: ProfileWritten): [Path, Place][] {
  return [
    ...Object.entries(written.channels).map(([name, { read }]): [Path, Place] => [['channels', name, 'read'], read]),
    ...written.faults.map(({ read }, number): [Path, Place] => [['faults', number, 'read'], read]),
    ...written.identity.map(({ read }, number): [Path, Place] => [['identity', number, 'read'], read]),
    ...(written.uptime ? [[['uptime'], written.uptime] as [Path, Place]] : []),
  ]
}

/** Every place once, in the order of the file; bits of one number are one place. */
function layOut(written: ProfileWritten): FramePlace[] {
  const found = new Map<string, FramePlace>()
  for (const [, { frame }] of placesOf(written)) if (frame) found.set(JSON.stringify(frame), frame)
  return [...found.values()]
}

function toTalk(talk: TalkWritten, values: FramePlace[]): Talk {
  const { request, period, start, end, length, most, text, separator, decimal, checksum, example } = talk
  const framing: Framing = {
    start: start ?? new Uint8Array(0),
    end: end ?? null,
    length: length ?? null,
    most,
    text,
    checksum: checksum ?? null,
  }
  // Fields are told by their number: a frame with one more or one less would show each under the name of its neighbour.
  if (separator !== undefined) {
    framing.fields = { separator, count: null, fixed: Object.entries(talk.fixed).map(([field, text]) => [Number(field), text]) }
    if (values.some(({ find }) => 'field' in find)) framing.fields.count = splitFields(example, framing).length
  }
  return { request: request ?? null, everyMs: period ?? null, framing, decimalComma: decimal === 'comma', values, example }
}

/** The profile, each of its places at the registers that show it. */
export function withTalk(profile: Profile, written: ProfileWritten): Profile {
  if (!written.talk) return profile
  const values = layOut(written)
  const keys = values.map((value) => JSON.stringify(value))
  const shown = (place: Place): Place =>
    place.frame ? { ...place, table: 'input', address: wordsEach * keys.indexOf(JSON.stringify(place.frame)), as: shownAs } : place
  return {
    ...profile,
    // One frame is one answer, whatever of it is wanted.
    line: { ...profile.line, timeoutMs: Math.max(profile.line.timeoutMs, Math.ceil(PERIODS * (written.talk.period ?? 0))), maxWords: 125, maxHole: 124 },
    talk: toTalk(written.talk, values),
    channels: profile.channels.map((channel) => ({ ...channel, read: shown(channel.read) })),
    faults: profile.faults.map((fault) => ({ ...fault, read: shown(fault.read) })),
    identity: profile.identity.map((mark) => ({ ...mark, read: shown(mark.read) })),
    uptime: profile.uptime && shown(profile.uptime),
  }
}
