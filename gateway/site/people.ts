/** How people are told, and what they may do about it, held against the rest of the site file: call lists, keys, tests, roles, proofs. */
import { type Level, levelOf } from '../../protocol/level.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import type { CallPlan, OutputPlan, ResponsePlan } from '../core/plan.ts'
import type { Channels } from './channels.ts'
import type { Draft } from './draft.ts'
import { days } from './people-file.ts'
import type { RoleSpec } from './site.ts'

/** A finger is on a key for less than this: a slower poll misses it. */
const SLOWEST_KEY_MS = 2_000

/** Keys that anybody can sign for: the worked examples of RFC 8032 (7.1), whose private halves are printed there, and 32 zeros. */
const everybodysKeys = new Set([
  '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  'PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=',
  '/FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU=',
  'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
])

/** What the file says of people, held against its channels. `place`: what people call the point. */
export function readPeople(draft: Draft, place: string, channels: Channels): { response: ResponsePlan; roles: RoleSpec[] } {
  const { calls, silence, acknowledge, tests: test, roles, site } = draft.written
  const lists: CallPlan[] = Object.entries(calls).map(([name, { numbers, again, times, next = null }]) => ({ name, numbers, again, times, next }))
  for (const { name, next } of lists) {
    if (next === null) continue
    if (!Object.hasOwn(calls, next)) draft.unknown(['calls', name, 'next'], 'call list', next, Object.keys(calls))
    else if (circles(name, lists)) draft.wrong(['calls', name, 'next'], 'the lists call each other in a circle', 'let the last one have no `next`')
  }
  const held = new Map<string, string>()
  for (const [name, { keys }] of Object.entries(roles)) {
    for (const [index, one] of keys.entries()) {
      const other = held.get(one)
      if (everybodysKeys.has(one)) draft.wrong(['roles', name, 'keys', index], 'anybody can sign with this key: it is a published one', 'make one of your own')
      if (other === undefined) held.set(one, name)
      else draft.wrong(['roles', name, 'keys', index], `this key is already that of the role \`${other}\``, 'give each person a key of their own')
    }
  }
  oneKeyEach(draft)
  return {
    response: {
      place,
      languages: site.languages,
      calls: lists,
      silence: { key: keyChannel(draft, ['silence', 'key'], silence.key, channels), longest: silence.longest },
      acknowledge: { key: keyChannel(draft, ['acknowledge', 'key'], acknowledge?.key, channels) },
      tests: { utcOffset: offsetOf(site.utcOffset), length: test.length, day: days.indexOf(test.day), hour: test.hour },
      roles: Object.entries(roles).map(([name, { may }]) => ({ name, may })),
    },
    roles: Object.entries(roles).map(([name, { keys }]) => ({ name, keys })),
  }
}

function circles(from: string, lists: CallPlan[]): boolean {
  const nextOf = (name: string | null): string | null => lists.find((one) => one.name === name)?.next ?? null
  let at = nextOf(from)
  for (let k = 0; at !== null && k < lists.length; k++) {
    if (at === from) return true
    at = nextOf(at)
  }
  return false
}

function offsetOf(text: string): Millis {
  const [hours = 0, minutes = 0] = text.slice(1).split(':').map(Number)
  return millis((text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000)
}

function keyChannel(draft: Draft, path: string[], name: string | undefined, channels: Channels): number | null {
  if (name === undefined) return null
  const number = channels.number.get(name)
  if (number === undefined) {
    if (!Object.hasOwn(draft.written.channels, name)) draft.unknown(path, 'channel', name, Object.keys(draft.written.channels))
    return null
  }
  if ((channels.plans[number]?.period ?? 0) > SLOWEST_KEY_MS)
    draft.odd(path, `this key is read every ${(channels.plans[number]?.period ?? 0) / 1000} s: a press in between is not seen`, 'read its device each second')
  return number
}

/** A press means one thing: who silences has not understood for everybody, and lets no valve be opened. Two valves may have one key. */
function oneKeyEach(draft: Draft): void {
  const { silence, acknowledge, devices } = draft.written
  const held = new Map<string, string>()
  if (silence.key !== undefined) held.set(silence.key, 'silences')
  if (acknowledge && held.has(acknowledge.key))
    draft.wrong(['acknowledge', 'key'], 'the same key silences, and that is no acknowledgement', 'take a key of its own')
  else if (acknowledge) held.set(acknowledge.key, 'acknowledges')
  for (const [name, { arm }] of Object.entries(devices)) {
    const other = arm === undefined ? undefined : held.get(arm)
    if (other !== undefined)
      draft.wrong(['devices', name, 'arm'], `the same key ${other}: a press of it would let the valve be opened`, 'take a key of its own')
  }
}

/** The proofs and the arming keys of outputs, which hang on channels. */
export function readWatches(draft: Draft, outputs: OutputPlan[], channels: Channels): OutputPlan[] {
  return outputs.map((output) => {
    const { name, kind, valve } = output
    const { proof, arm } = draft.written.devices[name] ?? {}
    const path = ['devices', name]
    const plan = { ...output }
    if (valve === 'release-close') {
      if (arm === undefined)
        draft.missing(path, 'arm', 'it is closed at the start, and software never opens it: name the channel of a key at the valve, `arm: CHANNEL`')
      plan.arm = keyChannel(draft, [...path, 'arm'], arm, channels) ?? 0
    } else if (arm !== undefined) draft.wrong([...path, 'arm'], 'only a release-close valve is armed', 'leave `arm` out', { of: 'key' })
    if (!proof) return plan
    if (kind === 'valve' || kind === 'sms' || kind === 'heartbeat') {
      draft.wrong([...path, 'proof'], `a ${kind} makes no sound and no light`, 'leave `proof` out', { of: 'key' })
      return plan
    }
    const channel = channels.number.get(proof.channel)
    if (channel === undefined) {
      if (!Object.hasOwn(draft.written.channels, proof.channel))
        draft.unknown([...path, 'proof', 'channel'], 'channel', proof.channel, Object.keys(draft.written.channels))
      return plan
    }
    const period = channels.plans[channel]?.period ?? 0
    if (proof.within < 2 * period)
      draft.wrong(
        [...path, 'proof', 'within'],
        `${proof.channel} has a row every ${period / 1000} s: it cannot show anything in that time`,
        `write at least ${(2 * period) / 1000}s, or read it more often`,
      )
    plan.proof = { channel, above: proof.above, within: proof.within }
    return plan
  })
}

/** The colour from which a list is told by the defaults. */
export const fromLevel = (draft: Draft, list: string): Exclude<Level, 0> => (levelOf(draft.written.calls[list]?.from ?? 'blue') || 1) as Exclude<Level, 0>
