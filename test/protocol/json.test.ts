// The JSON encoding: what is sent can be read again, and what is not ours is refused with a sentence.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { columnOf } from '../../protocol/column.ts'
import { decode, decodeCommand, encode, encodeCommand, MAX_COMMAND_CHARS, MAX_MESSAGE_CHARS } from '../../protocol/encodings/json.ts'
import type { Command, Envelope, LiveMessage, LogMessage } from '../../protocol/messages.ts'
import { instant } from '../../protocol/time.ts'
import { anyEnvelope, anyInstant, anyMessage } from './messages.ts'

const envelope: Envelope = {
  identity: { area: 'lianshan', site: 'dapuling-03', station: 'a', epoch: 'e1' },
  seq: 12,
  lane: 'live',
  prev: 11,
  sent: instant(Date.UTC(2026, 5, 15, 3, 20, 11)),
  mode: 'test',
}
const live: LiveMessage = {
  kind: 'live',
  to: 'county',
  observed: instant(Date.UTC(2026, 5, 15, 3, 20)),
  timeQuality: 'synchronised',
  channels: { rain: columnOf('mm', [1000, 2000, 3000], [0.2, Number.NaN, 0.4], [1, 9, 1], [0, 1, 0]) },
}

describe('the JSON encoding', () => {
  it('gives back every message as it was', () => {
    fc.assert(
      fc.property(anyMessage, anyEnvelope, (message, around) => {
        const text = encode(message, around)
        expect(decode(text)).toEqual({ envelope: around, message })
        expect(encode(message, around)).toBe(text)
      }),
    )
  })

  it('puts the envelope first, and writes what is missing as null with its quality', () => {
    expect(encode(live, envelope)).toBe(
      '{"v":1,"kind":"live","area":"lianshan","site":"dapuling-03","station":"a","epoch":"e1","seq":12,"lane":"live","prev":11,' +
        '"observed":"2026-06-15T03:20:00.000Z","sent":"2026-06-15T03:20:11.000Z","timeQuality":"synchronised","mode":"test",' +
        '"channels":{"rain":{"unit":"mm","t0":1000,"dt":1000,"v":[0.2,null,0.4],"q":[[1,1,9,"timeout"]]}}}',
    )
  })

  it('leaves out a figure of the evidence that is no number', () => {
    const log: LogMessage = {
      kind: 'log',
      to: null,
      observed: instant(0),
      timeQuality: 'holdover',
      alarm: 'slope',
      change: 'raised',
      from: 'none',
      level: 'red',
      why: [{ detection: 'heavy-rain', level: 'red', evidence: { sumMm: 61, slope: Number.NaN, left: Infinity } }],
      technical: false,
      state: 'UNACK',
      annunciate: true,
    }
    expect(encode(log, envelope)).toContain('"evidence":{"sumMm":61}')
  })

  it('passes over keys that it does not know', () => {
    const more = JSON.stringify({ ...JSON.parse(encode(live, envelope)), later: 'version' })
    expect(decode(more)).toEqual({ envelope, message: { ...live, to: null } })
  })

  it.each([
    ['not JSON', '{', /is not JSON/],
    ['a list', '[]', /not a JSON object/],
    ['nothing', 'null', /not a JSON object/],
    ['another version', '{"v":2}', /"v" is not 1/],
    ['an unknown kind', '{"v":1,"kind":"toString"}', /"kind" is not one of/],
    ['a missing key', '{"v":1,"kind":"live"}', /"area" is missing/],
    ['too long a text', ' '.repeat(MAX_MESSAGE_CHARS + 1), /limit/],
  ])('refuses %s', (_, text, fault) => {
    expect(decode(text)).toMatch(fault)
  })

  const changed = (change: object) => JSON.stringify({ ...JSON.parse(encode(live, envelope)), ...change })
  const column = (change: object) => changed({ channels: { rain: { unit: 'mm', t0: 0, dt: 1, v: [1, 2], ...change } } })
  it.each([
    ['an id with a slash', changed({ site: 'a/b' }), /"site" is not an id/],
    ['seq 0', changed({ seq: 0 }), /"seq"/],
    ['a broken seq', changed({ seq: 1.5 }), /"seq"/],
    ['prev as a text', changed({ prev: '11' }), /"prev"/],
    ['no prev', changed({ prev: undefined }), /"prev" is missing/],
    ['a time without its zone', changed({ sent: '2026-06-15T03:20:11.000' }), /"sent" is not a time/],
    ['a day that is none', changed({ observed: '2026-02-30T00:00:00.000Z' }), /"observed" is not a time/],
    ['an unknown lane', changed({ lane: 'fast' }), /"lane" is not one of/],
    ['a channel that is no id', changed({ channels: JSON.parse('{"__proto__": {"unit":"mm","t0":0,"v":[1]}}') }), /"channels"/],
    ['a column without rows', column({ v: [] }), /"channels"/],
    ['a value as a text', column({ v: ['1', 2] }), /"channels"/],
    ['fewer times than values', column({ dt: undefined, t: [0] }), /"channels"/],
    ['both sorts of times', column({ t: [0, 1] }), /"channels"/],
    ['rows without times', column({ dt: undefined }), /"channels"/],
    ['a run beyond the rows', column({ q: [[1, 2, 9, 'timeout']] }), /"channels"/],
    ['a quality that is none', column({ q: [[0, 1, 5, 'timeout']] }), /"channels"/],
  ])('refuses %s', (_, text, fault) => {
    expect(decode(text)).toMatch(fault)
  })

  const bus = { state: 'up', requests: 1, answers: 1 }
  const tilt = { bus: 'slope', polls: 1, answered: 1 }
  const health = (buses: object, devices: object = {}) =>
    JSON.stringify({ ...JSON.parse(encode(live, { ...envelope, lane: 'state' })), kind: 'health', channels: undefined, buses, devices })
  it.each([
    ['a count below 0', health({ slope: { ...bus, requests: -1 } }), /"buses" is not \{ state, .* \} by id/],
    ['a broken count', health({ slope: { ...bus, faults: { timeout: 0.5 } } }), /"buses"/],
    ['a state that is none', health({ slope: { ...bus, state: 'well' } }), /"buses"/],
    ['half a step', health({ slope: { ...bus, step: { inStep: true } } }), /"buses"/],
    ['a bus without its counts', health({ slope: {} }), /"buses"/],
    ['a bus of no name', health(JSON.parse('{"__proto__": {}}')), /"buses"/],
    ['a device without its bus', health({}, { tilt: { ...tilt, bus: undefined } }), /"devices"/],
    ['null for what is left out at rest', health({}, { tilt: { ...tilt, backOff: null } }), /"devices"/],
    ['silence since no time', health({}, { tilt: { ...tilt, lostSince: 'long' } }), /"devices"/],
  ])('refuses, of health, %s', (_, text, fault) => {
    expect(decode(health({ slope: bus }, { tilt }))).toMatchObject({ message: { buses: { slope: bus } } })
    expect(decode(text)).toMatch(fault)
  })

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => typeof decode(text) === 'string' && typeof decodeCommand(text) === 'string'))
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('channels', 'seq', 'kind', 'identity'), (value, key) => decode(changed({ [key]: value })) !== undefined),
    )
  })
})

describe('a command', () => {
  it('is read as it was written', () => {
    const anyCommand = fc.record(
      {
        id: fc.string({ minLength: 1, maxLength: 64 }).filter((id) => id !== '__proto__'),
        op: fc.stringMatching(/^[a-z]{1,20}$/),
        args: fc.constant({ alarm: 'slope', list: [1, { deep: true }] }),
        expires: anyInstant,
        dst: fc.constant('a/b/c'),
        role: fc.constant('duty'),
        counter: fc.integer({ min: 1 }),
        signature: fc.constant(`${'A'.repeat(86)}==`),
      },
      { requiredKeys: ['id', 'op', 'args'] },
    )
    fc.assert(
      fc.property(anyCommand, (command) => {
        expect(decodeCommand(encodeCommand(command as Command))).toEqual(command)
      }),
    )
  })

  const written = (change: object) => JSON.stringify({ v: 1, kind: 'command', id: 'c1', op: 'report', args: {}, ...change })
  it.each([
    ['without an id', written({ id: undefined }), /"id" is missing/],
    ['with an empty id', written({ id: '' }), /"id"/],
    ['with a number for a word', written({ op: 3 }), /"op"/],
    ['with a list of arguments', written({ args: [] }), /"args"/],
    ['that nests too deep', written({ args: { a: { b: { c: { d: { e: 1 } } } } } }), /"args"/],
    ['that reaches for a prototype', '{"v":1,"kind":"command","id":"c1","op":"report","args":{"a":{"__proto__":{"ok":true}}}}', /"args"/],
    ['that expires at no time', written({ expires: 'soon' }), /"expires"/],
    ['with half a signature', written({ signature: 'AAAA' }), /"signature"/],
    ['with a counter that counts nothing', written({ counter: 0 }), /"counter"/],
    ['of a role that is no name', written({ role: 'Duty officer' }), /"role"/],
    ['of another kind', written({ kind: 'live' }), /"kind"/],
    ['too long', written({ id: 'x'.repeat(MAX_COMMAND_CHARS) }), /limit/],
  ])('%s is refused', (_, text, fault) => {
    expect(decodeCommand(text)).toMatch(fault)
  })
})
