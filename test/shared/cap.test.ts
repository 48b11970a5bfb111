// Our warnings against the schema of CAP 1.2, by xmllint: every state of an alarm, and texts that nobody would write.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeCap } from '../../protocol/encodings/cap.ts'
import type { AlarmMessage } from '../../protocol/messages.ts'
import { everyDocument, issuer } from '../protocol/encodings/warnings.ts'
import { anyEnvelope, anyMessage } from '../protocol/messages.ts'
import { requireShared } from '../setup/shared.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-cap-'))
afterAll(() => rmSync(folder, { recursive: true }))
const schema = join(requireShared(), 'cap', 'CAP-v1.2.xsd')

/** What xmllint says of those that are not valid; empty where all are. */
function faultsOf(texts: readonly string[]): string {
  const files = texts.map((text, at) => {
    const file = join(folder, `${at}.xml`)
    writeFileSync(file, text)
    return file
  })
  const { stderr, error } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, ...files], { encoding: 'utf8', maxBuffer: 1 << 26 })
  if (error) throw error
  const lines = stderr.split('\n').filter((line) => line !== '')
  expect(lines.length).toBeGreaterThanOrEqual(files.length)
  return lines.filter((line) => !line.endsWith(' validates')).join('\n')
}

describe('CAP 1.2', () => {
  it.each([
    ['Z for the zone', /\+08:00<\/sent>/, 'Z</sent>'],
    ['a fraction of a second', /\+08:00<\/sent>/, '.123+08:00</sent>'],
    ['no category', /<category>\w+<\/category>/g, ''],
    ['severity before urgency', /(<urgency>\w+<\/urgency>)(<severity>\w+<\/severity>)/, '$2$1'],
    ['a word of no list', /<status>Actual/, '<status>Real'],
  ])('refuses %s', (_, from, to) => {
    const [text] = everyDocument()
    const spoilt = text!.replace(from, to)
    expect(spoilt).not.toBe(text)
    expect(faultsOf([spoilt])).toContain('fails to validate')
  })

  it('takes a document of every state that an alarm can be in, over earlier documents and none, in every mode', () => {
    const texts = everyDocument()
    expect(texts.length).toBeGreaterThan(400)
    expect(faultsOf(texts)).toBe('')
  })

  it('takes a document whose names and reasons are any text', () => {
    const anyText = fc.string({
      unit: fc.oneof(fc.constantFrom('<', '&', ']]>', '\0', '\r', '\uD800', '\uFFFE', '\u{1F30A}', '"'), fc.string({ unit: 'binary' })),
    })
    const anyAlarm = anyMessage.filter((message) => message.kind === 'alarm')
    const any = fc.tuple(anyAlarm as fc.Arbitrary<AlarmMessage>, anyEnvelope, anyText)
    const texts = fc.sample(any, { numRuns: 500, seed: 12 }).flatMap(([alarm, envelope, text]) => {
      const spoilt = { ...alarm, technical: false, unknown: [text], life: { ...alarm.life, by: text, reason: text } }
      const from = { ...issuer, sender: text, place: text, restriction: text }
      const cited = { sender: 'a', identifier: 'b', sent: envelope.sent, level: 'red' as const }
      return encodeCap(spoilt, envelope, from, [cited])?.text ?? []
    })
    expect(texts.length).toBeGreaterThan(200)
    expect(faultsOf(texts)).toBe('')
  })
})
