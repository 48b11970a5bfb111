import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { memoryNotes } from '../../../gateway/journal/notes.ts'
import { openGate } from '../../../gateway/upstream/commands.ts'
import { openAuthority } from '../../../gateway/upstream/signature.ts'
import { signedText } from '../../../protocol/canonical.ts'
import { decodeCommand, encodeCommand } from '../../../protocol/encodings/json.ts'
import type { Command } from '../../../protocol/messages.ts'
import { instant, millis, type WallQuality } from '../../../protocol/time.ts'

const NOON = 1.78e12
const DST = 'lianshan/dapuling-03/a'
const moment = (wallQuality: WallQuality = 'synchronised', wall = NOON) => ({ at: millis(0), wall: instant(wall), wallQuality })

const duty = generateKeyPairSync('ed25519')
const deputy = generateKeyPairSync('ed25519')
const stranger = generateKeyPairSync('ed25519')
const publicText = ({ publicKey }: typeof duty): string => Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url').toString('base64')
const roles = [
  { name: 'duty', keys: [publicText(duty), publicText(deputy)] },
  { name: 'chief', keys: [publicText(generateKeyPairSync('ed25519'))] },
]

/** A command as it comes off the wire, signed by whom, and what was changed after it was signed. */
function signed(change: Partial<Command> = {}, by = duty, after: Partial<Command> = {}): Command {
  const command: Command = { id: 'c1', op: 'silence', args: { b: 1, a: [2] }, dst: DST, role: 'duty', counter: 7, expires: instant(NOON + 60_000), ...change }
  const signature = sign(null, Buffer.from(signedText(command)), by.privateKey).toString('base64')
  const read = decodeCommand(encodeCommand({ ...command, ...after, signature }))
  if (typeof read === 'string') throw new Error(read)
  return read
}

describe('the signature of a command', () => {
  const authority = (notes = memoryNotes()) => openAuthority(DST, roles, notes)

  it.each([
    ['for another station', signed({ dst: 'lianshan/dapuling-03/b' }), /is for "lianshan\/dapuling-03\/b"/],
    ['that says for no station', signed({}, duty, { dst: 'lianshan' }), /is for "lianshan"/],
    ['of no role', signed({ role: 'mayor' }), /there is no role "mayor"/],
    ['by a stranger', signed({}, stranger), /not that of a key of the role duty \(1 such/],
    ['of another role than its own', signed({ role: 'chief' }), /not that of a key of the role chief/],
    ['whose op was changed on the way', signed({}, duty, { op: 'close' }), /not that of a key/],
    ['whose arguments were changed on the way', signed({}, duty, { args: { b: 1, a: [3] } }), /not that of a key/],
    ['whose counter was changed on the way', signed({}, duty, { counter: 8 }), /not that of a key/],
    ['whose id was changed on the way', signed({}, duty, { id: 'c2' }), /not that of a key/],
    ['whose expiry was changed on the way', signed({}, duty, { expires: instant(NOON + 61_000) }), /not that of a key/],
    ['that has expired', signed({ expires: instant(NOON - 30_000) }), /it has expired/],
    ['that holds for an hour', signed({ expires: instant(NOON + 3_600_000) }), /holds for too long: at most 120 s/],
  ])('does not count %s', (_, command, reason) => {
    expect(authority().prove(command, moment()).refusal).toMatch(reason)
  })

  it('counts by any key of its role, in whatever order its keys were written', () => {
    expect(authority().prove(signed(), moment())).toEqual({ by: 'duty' })
    expect(authority().prove(signed({}, deputy), moment())).toEqual({ by: 'duty' })
    const { args, ...rest } = signed()
    expect(authority().prove({ ...rest, args: Object.fromEntries(Object.entries(args).reverse()) }, moment())).toEqual({ by: 'duty' })
  })

  it('counts once, also after a restart, and each key has a counter of its own', () => {
    const notes = memoryNotes()
    const first = authority(notes)
    expect(first.prove(signed(), moment()).by).toBe('duty')
    expect(first.prove(signed({ id: 'c2' }), moment()).refusal).toMatch(/counter 7 is not above 7/)
    const second = authority(notes)
    expect(second.prove(signed({ counter: 6 }), moment()).refusal).toMatch(/counter 6 is not above 7/)
    expect(second.prove(signed({ counter: 1 }, deputy), moment()).by).toBe('duty')
    expect(second.prove(signed({ counter: 8 }), moment()).by).toBe('duty')
  })

  it('that does not count moves no counter', () => {
    const one = authority()
    one.prove(signed({ counter: 99, expires: instant(NOON - 60_000) }), moment())
    one.prove(signed({ counter: 99 }, stranger), moment())
    expect(one.prove(signed(), moment()).by).toBe('duty')
  })

  it('counts by its counter alone where nobody knows how late it is', () => {
    const one = authority()
    expect(one.prove(signed(), moment('unsynchronised', 0)).by).toBe('duty')
    expect(one.prove(signed(), moment('unsynchronised', 0)).refusal).toMatch(/counter/)
  })

  it('is asked of no command without one', () => {
    expect(authority().prove({ id: 'c1', op: 'report', args: {} }, moment())).toEqual({})
  })

  it('keeps an expired command from being dropped unanswered', () => {
    const old = signed({ expires: instant(NOON - 60_000) })
    expect(openGate().take(new TextEncoder().encode(encodeCommand(old)), false, moment())).toEqual(old)
    expect(openGate().take(new TextEncoder().encode(encodeCommand(old)), true, moment())).toBe('retained')
  })
})
