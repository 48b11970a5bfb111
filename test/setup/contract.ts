// Holds what is seen on the wire against the contract: topic, AsyncAPI document, schema, and that it is written just as our encoding writes it.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { type Decoded, decode, decodeCommand, encode } from '../../protocol/encodings/json.ts'
import { isRetained, parseTopic, topicOf } from '../../protocol/topics.ts'
import { contractFolder, documentText, rulesOf } from './asyncapi.ts'

export const schemaFolder = join(contractFolder, 'schemas')

const ajv = new Ajv({ strict: true, strictTuples: false, strictTypes: false, strictRequired: false, allErrors: true })
for (const file of readdirSync(schemaFolder)) ajv.addSchema(JSON.parse(readFileSync(join(schemaFolder, file), 'utf8')))

const rules = rulesOf(documentText)

/** Throws where the text does not agree with the schema. */
export function assertSchema(id: string, text: string): void {
  const validate = ajv.getSchema(id)
  if (!validate) throw new Error(`there is no schema ${JSON.stringify(id)}`)
  if (!validate(JSON.parse(text))) throw new Error(`${id}: ${ajv.errorsText(validate.errors)}\n${text}`)
}

/**
 * Throws where a message of a station breaks the contract; answers with what it says. `retained`, where the caller knows it,
 * is the flag of a message that the broker kept for late subscribers: only states may have it. `by` is the document, for tests that spoil it.
 */
export function assertContract(topic: string, payload: string | Uint8Array, retained = false, by = rules): Decoded {
  const text = typeof payload === 'string' ? payload : new TextDecoder('utf-8', { fatal: true }).decode(payload)
  if (!parseTopic(topic)) throw new Error(`${topic} is no topic of the grammar`)
  const said = decode(text)
  if (typeof said === 'string') throw new Error(`${topic}: the message ${said}\n${text}`)
  const { message, envelope } = said
  const { schema, retain } = by(topic, message.kind, 'send')
  assertSchema(schema, text)
  const expected = topicOf(message, envelope.identity, envelope.lane)
  if (topic !== expected) throw new Error(`a message for ${expected} came on ${topic}`)
  if (retained && !isRetained(message)) throw new Error(`${topic}: a message of kind ${message.kind} is retained`)
  if (retained && retain === false) throw new Error(`${topic}: retained, and the AsyncAPI document says that it is not`)
  if (encode(message, envelope) !== text) throw new Error(`${topic}: not written as our encoding writes it\n${text}`)
  return said
}

/** The same for what a platform asks. */
export function assertCommand(topic: string, text: string): void {
  if (parseTopic(topic)?.leaf !== 'command') throw new Error(`${topic} is no topic of commands`)
  assertSchema(rules(topic, 'command', 'receive').schema, text)
  const command = decodeCommand(text)
  if (typeof command === 'string') throw new Error(`the command ${command}`)
}
