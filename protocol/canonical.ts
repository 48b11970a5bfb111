/** The one text of a command that is signed: JSON with its keys in order, at every depth, and nothing between. */
import type { Command } from './messages.ts'
import { iso } from './time.ts'

/** Plain values only; keys in the order of their UTF-16 units, as JavaScript sorts. */
export function canonicalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonicalText(one)}`).join(',')}}`
}

/** All of a command but its signature. */
export function signedText({ id, op, args, expires, dst, role, counter }: Command): string {
  return canonicalText({ id, op, args, dst, role, counter, expires: expires === undefined ? undefined : iso(expires) })
}
