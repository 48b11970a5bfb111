// Keys of people who command from afar: what is made is what the station believes, and what it would not believe is not signed.

import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeKey, showKey, signCommand } from '../../../gateway/commands/keys.ts'
import { memoryNotes } from '../../../gateway/journal/notes.ts'
import { openAuthority } from '../../../gateway/upstream/signature.ts'
import { decodeCommand } from '../../../protocol/encodings/json.ts'
import { instant, millis } from '../../../protocol/time.ts'

const folder = mkdtempSync(join(tmpdir(), 'hazardpoint-keys-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)
function fileOf(name: string, text: string | Buffer, mode = 0o600): string {
  writeFileSync(at(name), text)
  chmodSync(at(name), mode)
  return at(name)
}

const key = at('duty.pem')
const made = makeKey(key)
const command = { v: 1, kind: 'command', id: 'c1', op: 'silence', args: {}, dst: 'a/b/c', role: 'duty', counter: 7, expires: '2026-07-01T02:00:30.000Z' }

describe('a key', () => {
  it('is never written over another file', () => {
    const before = readFileSync(key, 'utf8')
    const { out, err, exitCode } = makeKey(key)
    expect([out, exitCode, readFileSync(key, 'utf8')]).toEqual(['', 1, before])
    expect(err).toMatch(/never overwritten/)
  })

  it('is not made where there is no folder', () => {
    expect(makeKey(at('nowhere/duty.pem'))).toMatchObject({ out: '', err: expect.stringMatching(/cannot be written/), exitCode: 1 })
  })

  it('is its owner’s alone, and its public half is told as the site file wants it', () => {
    expect(statSync(key).mode & 0o777).toBe(0o600)
    expect(made).toMatchObject({ out: expect.stringMatching(/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/), exitCode: 0 })
    expect(showKey(key)).toEqual({ out: made.out, err: '', exitCode: 0 })
  })

  it.each([
    ['is not there', () => at('none.pem'), /there is none of this name/],
    ['is no key', () => fileOf('text.pem', 'hello'), /no private key in PEM/],
    [
      'is of another kind',
      () => fileOf('x.pem', generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
      /of another kind \(x25519\)/,
    ],
    ['others may read', () => fileOf('open.pem', readFileSync(key), 0o644), /chmod 600/],
  ])('that %s signs nothing and shows nothing', (_, make, told) => {
    const file = make()
    for (const { out, err, exitCode } of [showKey(file), signCommand(file, fileOf('good.json', JSON.stringify(command)))]) {
      expect([out, exitCode]).toEqual(['', 1])
      expect(err).toMatch(told)
    }
  })
})

describe('a command', () => {
  it.each([
    ['is not there', () => at('none.json'), /there is none of this name/],
    ['is no JSON', () => fileOf('bad.json', '{'), /is not JSON/],
    [
      'does not say when it expires, nor its counter',
      () => fileOf('short.json', JSON.stringify({ ...command, counter: undefined, expires: undefined })),
      /"counter", "expires"/,
    ],
  ])('that %s is not signed', (_, make, told) => {
    expect(signCommand(key, make())).toMatchObject({ out: '', err: expect.stringMatching(told), exitCode: 1 })
  })

  it('that was signed is believed by the station whose site file names the key', () => {
    const { out } = signCommand(key, fileOf('command.json', JSON.stringify(command)))
    const signed = decodeCommand(out)
    if (typeof signed === 'string') throw new Error(signed)
    const authority = openAuthority('a/b/c', [{ name: 'duty', keys: [made.out] }], memoryNotes())
    expect(authority.prove(signed, { at: millis(0), wall: instant(Date.UTC(2026, 6, 1, 2)), wallQuality: 'synchronised' })).toEqual({ by: 'duty' })
  })
})
