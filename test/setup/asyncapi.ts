// The AsyncAPI document as a subscriber reads it: which channel a topic belongs to, what may be said there, by which schema and how.

import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'

export const contractFolder = join(import.meta.dirname, '../../protocol/contract')

// biome-ignore lint/suspicious/noExplicitAny: the document is walked; the official schema of AsyncAPI says what it may hold
export type Node = any

export const documentText = readFileSync(join(contractFolder, 'asyncapi.yaml'), 'utf8')

/** What a reference of the document points to, in it or in a file beside it; undefined where there is nothing. */
export function lookUp(document: Node, reference: string): Node {
  if (!reference.startsWith('#/')) {
    const file = resolve(contractFolder, reference)
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
  }
  return reference
    .slice(2)
    .split('/')
    .reduce((at: Node, key) => at?.[key], document)
}

/** What the document says of one message on its channel. */
export interface Said {
  /** The `$id` of the schema of its payload. */
  schema: string
  /** What the MQTT binding of its operation says; undefined for a reply, which has no binding. */
  retain: boolean | undefined
}

/** `send` is what a station says by itself or as a reply, `receive` what it hears. */
export type Way = 'send' | 'receive'

/** The rules of a document. They throw, with the document's own names, on what it does not provide for. */
export function rulesOf(text: string): (topic: string, kind: string, way: Way) => Said {
  const document: Node = parse(text)
  const follow = (node: Node): Node => (node?.$ref === undefined ? node : follow(lookUp(document, node.$ref)))

  /** Who says what: for each way, `#/channels/{name}/messages/{message}` and the binding. */
  const said: Record<Way, Map<string, Node>> = { send: new Map(), receive: new Map() }
  for (const { action, messages, bindings, reply } of Object.values<Node>(document.operations)) {
    for (const { $ref } of messages) said[action as Way].set($ref, bindings.mqtt)
    for (const { $ref } of reply?.messages ?? []) said[action === 'send' ? 'receive' : 'send'].set($ref, {})
  }

  const channels = Object.entries<Node>(document.channels).map(([name, { address, parameters, messages }]) => {
    const levels = (address as string).split('/').map((level) => {
      const parameter = /^\{(.+)\}$/.exec(level)?.[1]
      if (parameter !== undefined && parameters?.[parameter] === undefined) throw new Error(`channel ${name} does not say what {${parameter}} is`)
      return parameter === undefined ? level : null
    })
    const schemas = Object.fromEntries(Object.entries(messages).map(([kind, message]) => [kind, follow(follow(message).payload).$id as string]))
    return { name, levels, schemas }
  })

  return (topic, kind, way) => {
    const words = topic.split('/')
    const found = channels.filter(({ levels }) => levels.length === words.length && levels.every((level, i) => level === null || level === words[i]))
    if (found.length !== 1)
      throw new Error(`${topic}: ${found.length === 0 ? 'no channel' : 'more than one channel'} of the AsyncAPI document has this address`)
    const { name, schemas } = found[0]!
    const schema = schemas[kind]
    if (schema === undefined) throw new Error(`${topic}: channel ${name} of the AsyncAPI document does not carry messages of kind ${JSON.stringify(kind)}`)
    const binding = said[way].get(`#/channels/${name}/messages/${kind}`)
    if (!binding) throw new Error(`${topic}: no operation of the AsyncAPI document lets a station ${way} ${kind} on channel ${name}`)
    return { schema, retain: binding.retain }
  }
}
