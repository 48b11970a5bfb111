/** Times in a recording: ISO-8601 texts into wall time, strictly. */
import { type Instant, instant } from '../../protocol/time.ts'

const form = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d(?::?\d\d)?)?$/

const MINUTE_MS = 60_000

/** `zoneMin`: minutes east of UTC, for a text that names no zone. Null where it is no time, or where nobody told its zone. */
export function readTime(text: string, zoneMin: number | null): Instant | null {
  const found = form.exec(text.trim())
  if (!found) return null
  const [, day, minute, second = ':00', zone] = found
  const east = zone === undefined ? zoneMin : readZone(zone)
  if (east === null) return null
  const [whole, fraction = ''] = second.split('.')
  const utc = Date.parse(`${day}T${minute}${whole}.${fraction.padEnd(3, '0').slice(0, 3)}Z`)
  // The 30th of February is no day, though Date.parse takes it for the 2nd of March.
  if (Number.isNaN(utc) || new Date(utc).toISOString().slice(0, 10) !== day) return null
  return instant(utc - east * MINUTE_MS)
}

/** `Z`, `+08:00`, `-0330`, `+08` in minutes east of UTC; null where it is none. */
export function readZone(text: string): number | null {
  if (text === 'Z') return 0
  const found = /^([+-])(\d\d):?(\d\d)?$/.exec(text)
  if (!found) return null
  const minutes = Number(found[2]) * 60 + Number(found[3] ?? 0)
  if (minutes > 14 * 60 || Number(found[3] ?? 0) > 59) return null
  return found[1] === '-' ? -minutes : minutes
}

/** How a time that could not be read should be written. */
export function timeForm(text: string, column: 'time' | 't_s'): string {
  if (column === 't_s') return 'write seconds as a plain number'
  if (readTime(text, 0) !== null) return 'say the zone of the times: `zone: "+08:00"` in the map, or 2015-08-18T02:15:00+08:00 in the file'
  return 'write it as 2015-08-18T02:15:00Z'
}
