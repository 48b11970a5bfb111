// A subscriber for tests: hears all that stations say on a broker, holds each message against the contract, and follows the chains of `prev`.

import { connect } from 'mqtt'
import type { Decoded } from '../../protocol/encodings/json.ts'
import type { Envelope, Lane, Message } from '../../protocol/messages.ts'
import { EVERYTHING } from '../../protocol/topics.ts'
import { assertCommand, assertContract } from './contract.ts'

export interface Heard extends Decoded {
  topic: string
  retained: boolean
}

export interface Wire {
  /** In the order in which they came; a message that came twice stands here twice. */
  readonly heard: Heard[]
  of<K extends Message['kind']>(kind: K): (Heard & { message: Extract<Message, { kind: K }> })[]
  /** Resolves when the condition holds, at the latest with the next message; rejects with what was heard so far. */
  until(what: string, holds: () => boolean, limitMs?: number): Promise<void>
  publish(topic: string, payload: string, options?: { retain?: boolean }): Promise<void>
  close(): Promise<void>
}

export interface WireOptions {
  filter?: string
  protocol?: 5 | 4
  username?: string
  password?: string
  /** Told of each message: a subscriber that is at once a proof stops at the first that breaks the contract. */
  onHeard?: (heard: Heard) => void
}

export async function listen(url: string, { filter = EVERYTHING, protocol = 5, onHeard, ...login }: WireOptions = {}): Promise<Wire> {
  const client = connect(url, { protocolVersion: protocol, reconnectPeriod: 100, ...login })
  const heard: Heard[] = []
  const waiting = new Set<() => void>()
  let fault: unknown = null
  client.on('error', () => {}) // a broker that is away while a test kills it; `until` says so if it stays away
  client.on('message', (topic, payload, { retain }) => {
    try {
      if (topic.endsWith('/command')) return assertCommand(topic, payload.toString())
      const one = { topic, retained: retain, ...assertContract(topic, payload, retain) }
      heard.push(one)
      onHeard?.(one)
    } catch (error) {
      fault ??= error
    }
    for (const look of waiting) look()
  })
  await new Promise<void>((resolve, reject) => {
    client.once('connect', () => client.subscribe(filter, { qos: 1 }, (error) => (error ? reject(error) : resolve())))
    client.once('error', reject)
  })
  return {
    heard,
    of: (kind) => heard.filter(({ message }) => message.kind === kind) as never,
    until(what, holds, limitMs = 15_000) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => end(new Error(`${what}: not within ${limitMs} ms. Heard:\n${heard.slice(-20).map(lineOf).join('\n')}`)), limitMs)
        const end = (error?: unknown) => {
          clearTimeout(timer)
          waiting.delete(look)
          if (error) reject(error)
          else resolve()
        }
        const look = () => {
          if (fault) end(fault)
          else if (holds()) end()
        }
        waiting.add(look)
        look()
      })
    },
    async publish(topic, payload, { retain = false } = {}) {
      await client.publishAsync(topic, payload, { qos: 1, retain })
    },
    async close() {
      await client.endAsync(true)
      if (fault) throw fault
    },
  }
}

export const lineOf = ({ topic, retained, envelope, message }: Heard): string =>
  `${topic}${retained ? ' (retained)' : ''} ${message.kind} lane ${envelope.lane} seq ${envelope.seq} prev ${envelope.prev}`

/**
 * What the chains of `prev` prove missing, and what came out of order, in sentences. A message that comes again (same epoch and seq)
 * is none of both. `since` the first message of each chain that was heard: who comes late cannot miss what was before.
 */
export function chainFaults(heard: { envelope: Envelope; retained?: boolean }[]): string[] {
  const had = new Map<string, Set<number>>()
  const last = new Map<string, number>()
  const faults: string[] = []
  for (const { envelope, retained } of heard) {
    const { identity, lane, seq, prev } = envelope
    if (lane === 'will' || retained) continue
    const chain = `${identity.area}/${identity.site}/${identity.station} ${identity.epoch} ${lane satisfies Lane}`
    const seen = had.get(chain) ?? new Set()
    if (seen.size > 0 && prev !== null && !seen.has(prev)) faults.push(`${chain}: ${prev} before ${seq} never came`)
    if (prev !== null && prev >= seq) faults.push(`${chain}: ${prev} is said to be before ${seq}`)
    if (!seen.has(seq) && seq < (last.get(chain) ?? 0)) faults.push(`${chain}: ${seq} came after ${last.get(chain)}`)
    had.set(chain, seen.add(seq))
    last.set(chain, Math.max(seq, last.get(chain) ?? 0))
  }
  return faults
}
