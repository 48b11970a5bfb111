// The contract: every message that our encoding can write agrees with its schema, and the AsyncAPI document speaks of the same topics.

import { readdirSync } from 'node:fs'
import specs from '@asyncapi/specs'
import { Ajv, type AnySchemaObject } from 'ajv'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { encode, encodeCommand } from '../../protocol/encodings/json.ts'
import { type Lane, laneOf, type Message } from '../../protocol/messages.ts'
import { instant } from '../../protocol/time.ts'
import { isRetained, leaves, topicOf, topicText } from '../../protocol/topics.ts'
import { documentText, lookUp, type Node, rulesOf } from '../setup/asyncapi.ts'
import { assertCommand, assertContract, assertSchema, schemaFolder } from '../setup/contract.ts'
import { anyEnvelope, anyMessage } from './messages.ts'

const kinds: Message['kind'][] = ['live', 'alarm', 'log', 'act', 'status', 'result', 'health']

describe('the schemas', () => {
  it('hold for every message that we can write', () => {
    fc.assert(
      fc.property(anyMessage, anyEnvelope, fc.boolean(), (message, envelope, late) => {
        const lane: Lane = late && message.kind === 'live' ? 'backfill' : late && message.kind === 'status' ? 'will' : laneOf(message)
        assertContract(topicOf(message, envelope.identity, lane), encode(message, { ...envelope, lane }), isRetained(message))
      }),
    )
  })

  it('hold for commands', () => {
    assertCommand('hp/v1/a/b/c/command', encodeCommand({ id: 'c1', op: 'report', args: { deep: { er: [1] } }, expires: instant(0) }))
    const signed = { dst: 'a/b/c', role: 'duty', counter: 7, signature: `${'A'.repeat(86)}==`, expires: instant(0) }
    assertCommand('hp/v1/a/b/c/command', encodeCommand({ id: 'c2', op: 'silence', args: {}, ...signed }))
    expect(() => assertCommand('hp/v1/a/b/c/live', encodeCommand({ id: 'c1', op: 'report', args: {} }))).toThrow('no topic of commands')
  })

  it('are one for each kind, and no more', () => {
    expect(readdirSync(schemaFolder).sort()).toEqual([...kinds, 'command', 'common'].map((kind) => `${kind}.schema.json`).sort())
  })

  // A schema that lets everything pass would agree with every message, too.
  const alarm = {
    v: 1,
    kind: 'alarm',
    area: 'a',
    site: 'b',
    station: 'c',
    epoch: 'e',
    seq: 1,
    lane: 'alarm',
    prev: null,
    observed: '2026-01-01T00:00:00.000Z',
    sent: '2026-01-01T00:00:00.000Z',
    timeQuality: 'synchronised',
    mode: 'test',
    alarm: 'slope',
    level: 'red',
    since: '2026-01-01T00:00:00.000Z',
    why: [],
    unknown: [],
    technical: false,
    life: { state: 'NORM', occurrence: 0 },
  }
  it.each(Object.keys(alarm))('want %s', (key) => {
    assertSchema('alarm.schema.json', JSON.stringify(alarm))
    expect(() => assertSchema('alarm.schema.json', JSON.stringify({ ...alarm, [key]: undefined }))).toThrow(key)
    expect(() => assertSchema('alarm.schema.json', JSON.stringify({ ...alarm, [key]: { wrong: true } }))).toThrow(key)
  })

  it.each([{ v: [] }, { v: ['1'] }, { v: [1, 2], dt: undefined }, { t: [0] }, { q: [[0, 1, 5, 'timeout']] }, { q: [[0, 1, 9]] }, { unit: undefined }])(
    'refuse a column with %j',
    (change) => {
      const live = { ...alarm, kind: 'live', lane: 'live', channels: { rain: { unit: 'mm', t0: 0, dt: 1, v: [1], ...change } } }
      expect(() => assertSchema('live.schema.json', JSON.stringify(live))).toThrow('channels')
    },
  )
})

describe('what is held against the contract', () => {
  const text = (change: object = {}) =>
    JSON.stringify({
      v: 1,
      kind: 'result',
      area: 'a',
      site: 'b',
      station: 'c',
      epoch: 'e',
      seq: 1,
      lane: 'state',
      prev: null,
      observed: '2026-01-01T00:00:00.000Z',
      sent: '2026-01-01T00:00:00.000Z',
      timeQuality: 'synchronised',
      mode: 'test',
      command: 'c1',
      ok: true,
      reason: '',
      ...change,
    })
  it.each([
    ['passes when all is well', 'hp/v1/a/b/c/result', text(), false, null],
    ['fails on a foreign topic', 'hp/v1/a/b/c/results', text(), false, /no topic/],
    ['fails on the topic of another', 'hp/v1/a/b/d/result', text(), false, /came on/],
    ['fails on an unknown key', 'hp/v1/a/b/c/result', text({ more: 1 }), false, /not written as/],
    ['fails on a lane that is not its own', 'hp/v1/a/b/c/result', text({ lane: 'live' }), false, /lane/],
    ['fails when it was retained', 'hp/v1/a/b/c/result', text(), true, /retained/],
  ])('%s', (_, topic, payload, retained, fault) => {
    const check = () => assertContract(topic, payload, retained)
    if (fault) expect(check).toThrow(fault)
    else expect(check().message.kind).toBe('result')
  })
})

/** What AsyncAPI itself asks of a document. Its bundle brings a copy of the draft that it is written in, so ajv must not bring one, too. */
const official = new Ajv({ strict: false, meta: false, validateSchema: false, validateFormats: false }).compile(specs.schemas['3.0.0'] as AnySchemaObject)

/** The document with one thing changed; throws where that thing is not in it. */
function spoilt(before: string, after: string): string {
  if (!documentText.includes(before)) throw new Error(`the document has no ${before}`)
  return documentText.replace(before, after)
}

describe('the AsyncAPI document', () => {
  const document: Node = parse(documentText)

  const references = (node: Node): string[] => {
    if (typeof node !== 'object' || node === null) return []
    return typeof node.$ref === 'string' ? [node.$ref] : Object.values(node).flatMap(references)
  }

  it('agrees with the official schema of AsyncAPI 3.0, and says that we speak JSON', () => {
    official(document)
    expect(official.errors).toBeNull()
    expect(document.defaultContentType).toBe('application/json')
  })

  it.each([
    ['a misspelt key', 'defaultContentType:', 'defaultContentTyp:'],
    ['a key of its own', 'channels:', 'foo: bar\nchannels:'],
    ['another version', 'asyncapi: 3.0.0', 'asyncapi: 2.6.0'],
    ['an operation that does neither', 'action: send', 'action: tell'],
    ['a quality of service that MQTT has not', 'qos: 1', 'qos: 3'],
  ])('would not agree with %s', (_, before, after) => {
    expect(official(parse(spoilt(before, after)))).toBe(false)
  })

  // What a message is held against is the document and not our own tables: a wrong document fails where the messages are right.
  it.each([
    [
      'status',
      'a channel with the message of another',
      "status: { $ref: '#/components/messages/status' }",
      "status: { $ref: '#/components/messages/log' }",
      /log.schema/,
    ],
    ['act', 'a channel without it', "      act: { $ref: '#/components/messages/act' }\n", '', /channel log .* does not carry/],
    ['act', 'an operation without it', ", { $ref: '#/channels/log/messages/act' }", '', /no operation .* send act/],
    ['result', 'a command without a reply', "messages: [{ $ref: '#/channels/result/messages/result' }]", 'messages: []', /no operation .* send result/],
    ['health', 'another address', '{station}/health', '{station}/healths', /no channel/],
    ['live', 'another address', '{station}/live', '{station}/lives', /no channel/],
    ['live', 'two channels of one address', '{station}/backfill', '{station}/live', /more than one channel/],
    ['alarm', 'a state that is not kept', 'retain: true', 'retain: false', /the AsyncAPI document says/],
  ])('that gives %s %s makes its messages fail', (kind, _, before, after, fault) => {
    const rules = rulesOf(spoilt(before, after))
    fc.assert(
      fc.property(anyMessage, anyEnvelope, (message, envelope) => {
        fc.pre(message.kind === kind)
        const lane = laneOf(message)
        const check = () => assertContract(topicOf(message, envelope.identity, lane), encode(message, { ...envelope, lane }), isRetained(message), rules)
        expect(check).toThrow(fault)
      }),
      { numRuns: 5 },
    )
  })

  it('leaves no reference open', () => {
    expect(references(document).filter((reference) => lookUp(document, reference) === undefined)).toEqual([])
  })

  it('has a channel for each leaf of the topic grammar, with its parameters', () => {
    const place = { area: 'x-area', site: 'x-site', station: 'x-station' }
    const grammar = leaves.map((leaf) => topicText({ ...place, leaf, ...(leaf === 'alarm' ? { alarm: 'x-alarm' } : {}) }).replace(/x-([a-z]+)/g, '{$1}'))
    const channels: Node[] = Object.values(document.channels)
    expect(channels.map(({ address }) => address).sort()).toEqual([...grammar].sort())
    for (const { address, parameters } of channels) expect(Object.keys(parameters).map((name) => `{${name}}`)).toEqual(address.match(/\{[a-z]+\}/g))
  })

  it('lets every operation use messages of its own channel', () => {
    for (const { action, channel, messages } of Object.values(document.operations) as Node[]) {
      expect(['send', 'receive']).toContain(action)
      expect(messages.length).toBeGreaterThan(0)
      for (const { $ref } of messages) expect($ref).toMatch(new RegExp(`^${channel.$ref}/messages/[a-z]+$`))
    }
    const used = references(document.operations)
    expect(Object.keys(document.channels).filter((name) => !used.includes(`#/channels/${name}`))).toEqual([])
  })

  it('gives each kind of message the schema that bears its name, and says truly what is retained', () => {
    for (const [kind, { payload }] of Object.entries(document.components.messages) as [string, Node][]) {
      expect(lookUp(document, payload.$ref).properties.kind).toEqual({ const: kind })
    }
    for (const { action, messages, bindings } of Object.values(document.operations) as Node[]) {
      const kind = messages[0].$ref.split('/').at(-1)
      expect(bindings.mqtt).toMatchObject({ qos: 1, retain: action === 'send' && isRetained({ kind } as Message) })
    }
  })
})
