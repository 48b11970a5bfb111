/** Messages in words, as the demo's subscriber shows them. */
import { decode } from '../../protocol/encodings/json.ts'
import type { Column, HealthMessage, Message, Why } from '../../protocol/messages.ts'
import { type Instant, iso } from '../../protocol/time.ts'

export interface Told {
  text: string
  /** Samples and heartbeats: a log is better without them. */
  quiet: boolean
}

/** What a payload says; a payload that is none of ours is said to be so. */
export function tell(payload: string): Told {
  const read = decode(payload)
  return typeof read === 'string'
    ? { text: `cannot be read: ${read}`, quiet: false }
    : { text: words(read.message), quiet: read.message.kind === 'live' || read.message.kind === 'health' }
}

function words(message: Message): string {
  switch (message.kind) {
    case 'live':
      return Object.entries(message.channels).map(columnWords).join(', ')
    case 'alarm':
      return `${message.level.toUpperCase()} since ${day(message.since)}${why(message.why)}${message.unknown.length > 0 ? `; cannot tell: ${message.unknown.join(', ')}` : ''}`
    case 'log':
      return message.from === message.level
        ? `${message.alarm} ${message.level.toUpperCase()} ${message.change}${message.by === undefined ? '' : ` by ${message.by}: ${message.reason}`}`
        : `${message.alarm} ${message.change}: ${message.from} -> ${message.level.toUpperCase()}${why(message.why)}`
    case 'act':
      return `${message.output} told ${message.wanted ? 'ON' : 'off'}, read back ${message.actual === null ? 'nothing' : message.actual ? 'ON' : 'off'}: ${message.cause}`
    case 'status':
      return `${message.state}, ${message.software}`
    case 'health':
      return healthWords(message)
    case 'result':
      return `command ${message.command} ${message.ok ? 'done' : `refused: ${message.reason}`}`
  }
}

function healthWords({ buses, devices }: HealthMessage): string {
  const lines = Object.entries(buses).map(([name, { state, requests, answers }]) => `${name} ${state} (${answers} of ${requests} answered)`)
  const lost = Object.entries(devices).filter(([, { lostSince }]) => lostSince !== undefined)
  return `${lines.join(', ')}${lost.length > 0 ? `; lost: ${lost.map(([name]) => name).join(', ')}` : ''}`
}

function columnWords([name, { unit, v }]: [string, Column]): string {
  const last = v.at(-1)
  return `${name} ${last === null || last === undefined ? 'missing' : Number(last.toPrecision(5))} ${unit}${v.length > 1 ? ` (${v.length} rows)` : ''}`
}

function why(reasons: Why[]): string {
  const names = reasons.filter(({ level }) => level !== 'none' && level !== 'unknown').map(({ detection, level }) => `${detection} ${level}`)
  return names.length > 0 ? ` (${names.join(', ')})` : ''
}

const day = (at: Instant): string => iso(at).slice(11, 19)
