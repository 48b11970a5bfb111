/**
 * Whose signature a command bears: Ed25519 over its canonical text, by a key of the role that it names. Checked in this order, and what
 * fails is answered with the reason:
 *
 *     meant for this station ─► role known ─► signature ─► not expired, nor too far ahead ─► counter higher than the last of that key
 *
 * The counter is kept before the command is passed on, so that what was recorded on the way is not obeyed twice. The notes reach the disk
 * within a second: after a power cut in it, the expiry must do. Where the wall clock is not known, the counter alone must.
 */
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { signedText } from '../../protocol/canonical.ts'
import type { Command } from '../../protocol/messages.ts'
import type { Notes } from '../../protocol/ports.ts'
import type { CommandIn } from '../../protocol/recording.ts'
import type { Moment } from '../../protocol/time.ts'

/** Clocks of phones and platforms stray by seconds; more than this is an old command, or a clock that should be looked at. */
const STRAY_MS = 30_000

/** A person who orders waits for the answer. A command that holds for longer could be kept back, and used at a bad moment. */
const LONGEST_MS = 120_000

/** Three names of 40, and what joins them; what is longer is no station. */
const LONGEST_DST = 122

export interface Authority {
  /** What is added to a command as it becomes an input; nothing for one without a signature. */
  prove(command: Command, now: Moment): Pick<CommandIn, 'by' | 'refusal'>
}

interface Signer {
  key: KeyObject
  /** Under which its counter is kept. */
  name: string
}

/** `dst`: the station as area/site/station. `roles`: public keys as 32 bytes in base64. */
export function openAuthority(dst: string, roles: readonly { name: string; keys: readonly string[] }[], notes: Notes): Authority {
  const signers = new Map(roles.map(({ name, keys }) => [name, keys.map(signerOf)] as const))
  let forged = 0

  function judge(command: Command, signature: string, now: Moment): { by: string } | string {
    const { role = '', counter, expires } = command
    if (command.dst !== dst) return `the command is for "${(command.dst ?? '').slice(0, LONGEST_DST)}", and this station is "${dst}"`
    const known = signers.get(role)
    if (!known) return `there is no role "${role}"`
    const text = Buffer.from(signedText(command))
    const signer = known.find(({ key }) => verify(null, text, key, Buffer.from(signature, 'base64')))
    if (!signer) return `the signature is not that of a key of the role ${role} (${++forged} such since the start)`
    if (counter === undefined || expires === undefined) return 'a signed command has a counter, and the time at which it expires'
    if (now.wallQuality !== 'unsynchronised') {
      if (expires <= now.wall - STRAY_MS) return 'it has expired'
      if (expires > now.wall + LONGEST_MS + STRAY_MS) return `it holds for too long: at most ${LONGEST_MS / 1000} s from now`
    }
    const last = notes.read(signer.name)
    if (typeof last === 'number' && counter <= last) return `its counter ${counter} is not above ${last}, the last of this key: it has been used, or overtaken`
    notes.keep(signer.name, counter)
    return { by: role }
  }

  return {
    prove(command, now) {
      if (command.signature === undefined) return {}
      const proved = judge(command, command.signature, now)
      return typeof proved === 'string' ? { refusal: proved } : proved
    },
  }
}

function signerOf(key: string): Signer {
  const x = Buffer.from(key, 'base64').toString('base64url')
  return { key: createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), name: `counter ${key}` }
}
