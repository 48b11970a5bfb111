/** `hazardpoint keys`: makes the key of a person who may command from afar, shows its public half, signs a command with it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { signedText } from '../../protocol/canonical.ts'
import { decodeCommand, encodeCommand } from '../../protocol/encodings/json.ts'
import type { Told } from './check.ts'
import { reasonOf } from './reason.ts'

/** What its owner alone may read and write. */
const PRIVATE_MODE = 0o600
const OTHERS = 0o077

const failed = (err: string): Told => ({ out: '', err, exitCode: 1 })

/** A new file, never over another: whoever loses a key loses the right to command, until the site file names a new one. */
export function makeKey(file: string): Told {
  const { privateKey } = generateKeyPairSync('ed25519')
  try {
    const opened = openSync(file, 'wx', PRIVATE_MODE)
    try {
      writeSync(opened, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
      fsyncSync(opened)
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return failed(`${file}: it is there already, and is never overwritten; give another name`)
    return failed(`${file} cannot be written: ${(error as Error).message}`)
  }
  return {
    out: publicText(privateKey),
    err: `${file} is the private key: keep it, and give it to nobody. The public one goes into the site file: ${PLACE}`,
    exitCode: 0,
  }
}

const PLACE = 'roles: { <role>: { keys: ["<public key>"], may: [silence, acknowledge] } }'

/** The public half, as `roles` of a site file has it. */
export function showKey(file: string): Told {
  const key = readKey(file)
  return typeof key === 'string' ? failed(key) : { out: publicText(key), err: '', exitCode: 0 }
}

/** The command of a file with its signature, as it goes on the topic `command`. */
export function signCommand(file: string, commandFile: string): Told {
  const key = readKey(file)
  if (typeof key === 'string') return failed(key)
  let text: string
  try {
    text = readFileSync(commandFile, 'utf8')
  } catch (error) {
    return failed(`${commandFile}: ${reasonOf(error)}`)
  }
  const command = decodeCommand(text)
  if (typeof command === 'string') return failed(`${commandFile}: the command ${command}`)
  const lacks = (['dst', 'role', 'counter', 'expires'] as const).filter((one) => command[one] === undefined)
  if (lacks.length > 0) return failed(`${commandFile}: a signed command has ${lacks.map((one) => `"${one}"`).join(', ')} too, or the station refuses it`)
  const signature = sign(null, Buffer.from(signedText(command)), key).toString('base64')
  return { out: encodeCommand({ ...command, signature }), err: '', exitCode: 0 }
}

/** The key, or a sentence: one that others may read is no key of one person. */
function readKey(file: string): KeyObject | string {
  try {
    const opened = openSync(file, 'r')
    try {
      if ((fstatSync(opened).mode & OTHERS) !== 0) return `${file}: others may read or write it, so it proves nobody; chmod 600 ${file}, or make a new one`
      const key = createPrivateKey(readFileSync(opened))
      return key.asymmetricKeyType === 'ed25519' ? key : `${file}: it is a key of another kind (${key.asymmetricKeyType}); hazardpoint keys make gives one`
    } finally {
      closeSync(opened)
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    return `${file}: ${code.startsWith('ERR_') ? 'it is no private key in PEM; hazardpoint keys make gives one' : reasonOf(error)}`
  }
}

const publicText = (key: KeyObject): string => Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x as string, 'base64url').toString('base64')
