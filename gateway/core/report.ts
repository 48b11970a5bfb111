/**
 * What is told to each uplink, and when: every row of a channel in batches, or only its changes (report by exception)
 * with a row at least as often as asked; and a heartbeat, so that silence can be told from peace.
 */
import { columnOf } from '../../protocol/column.ts'
import type { Column, LiveMessage } from '../../protocol/messages.ts'
import { Quality } from '../../protocol/quality.ts'
import { type Millis, type Moment, millis } from '../../protocol/time.ts'
import type { Channel } from './channel.ts'
import type { ReportPlan } from './plan.ts'
import { oldest } from './ring.ts'

export interface Report {
  plan: ReportPlan
  heartbeatAt: Millis
  lines: ReportLine[]
}

interface ReportLine {
  channel: Channel
  every: Millis
  onChange: boolean
  dueAt: Millis
  /** The oldest row that was not yet told of. */
  next: number
  value: number
  quality: number
}

export function makeReport(plan: ReportPlan, channels: Channel[], start: Millis): Report {
  const lines = plan.channels.map(({ channel, every, onChange }) => ({
    channel: channels[channel] as Channel,
    every,
    onChange,
    dueAt: millis(start + every),
    next: 0,
    value: Number.NaN,
    quality: Quality.missing as number,
  }))
  return { plan, heartbeatAt: millis(start + plan.heartbeat), lines }
}

/** The value of a row as people know it: a count times its step, rounded where a double shows its binary tail. */
export function shown(channel: Channel, value: number): number {
  const { counting } = channel.plan
  return counting ? Number((value * counting.step).toPrecision(12)) : value
}

/** The live message that is due now, with all channels that are due in it; null where none is. `last`: all rows not yet told of are due. */
export function reportLive(report: Report, now: Moment, last = false): LiveMessage | null {
  let channels: Record<string, Column> | null = null
  let observed = now.wall
  for (const line of report.lines) {
    const column = line.onChange ? changes(line, now) : batch(line, now, last)
    if (!column) continue
    channels ??= {}
    channels[line.channel.plan.name] = column
    if (column.t0 < observed) observed = column.t0
  }
  return channels && { kind: 'live', to: report.plan.uplink, observed, timeQuality: now.wallQuality, channels }
}

/** All rows since the last batch, once it is due, or before half the ring would be overwritten untold. */
function batch(line: ReportLine, now: Moment, last: boolean): Column | null {
  const { ring } = line.channel
  const crowded = ring.head - line.next > ring.mask >> 1
  if (line.dueAt > now.at && !crowded && !last) return null
  while (line.dueAt <= now.at) line.dueAt = nextDue(line, now.at)
  const rows: number[] = []
  for (let row = Math.max(line.next, oldest(ring)); row < ring.head; row++) rows.push(row)
  line.next = ring.head
  return rows.length > 0 ? columnFrom(line.channel, rows, now) : null
}

/** The rows whose value or quality is new; the newest row in any case when it is due. */
function changes(line: ReportLine, now: Moment): Column | null {
  const { ring } = line.channel
  const rows: number[] = []
  for (let row = Math.max(line.next, oldest(ring)); row < ring.head; row++) {
    const slot = row & ring.mask
    const value = ring.value[slot] as number
    const quality = ring.quality[slot] as number
    if (Object.is(value, line.value) && quality === line.quality) continue
    line.value = value
    line.quality = quality
    rows.push(row)
  }
  line.next = ring.head
  if (rows.length === 0 && line.dueAt <= now.at && ring.head > 0) rows.push(ring.head - 1)
  if (rows.length === 0 && line.dueAt > now.at) return null
  line.dueAt = millis(now.at + line.every)
  return rows.length > 0 ? columnFrom(line.channel, rows, now) : null
}

/** Whole steps from the start, so that channels of equal period stay in one message; after a long sleep, from now. */
function nextDue(line: ReportLine, now: Millis): Millis {
  const steps = Math.max(1, Math.ceil((now - line.dueAt + 1) / line.every))
  return millis(line.dueAt + steps * line.every)
}

function columnFrom(channel: Channel, rows: number[], now: Moment): Column {
  const { ring, plan } = channel
  const offset = channel.observedOffset ?? now.wall - now.at
  const slots = rows.map((row) => row & ring.mask)
  return columnOf(
    plan.unit,
    slots.map((slot) => Math.round((ring.time[slot] as number) + offset)),
    slots.map((slot) => shown(channel, ring.value[slot] as number)),
    slots.map((slot) => ring.quality[slot] as number),
    slots.map((slot) => ring.reason[slot] as number),
  )
}

/** True once each time a heartbeat is due. */
export function heartbeat(report: Report, now: Millis): boolean {
  if (report.heartbeatAt > now) return false
  report.heartbeatAt = millis(now + report.plan.heartbeat)
  return true
}

/** When something will be due without a new row. */
export function reportAt(report: Report): Millis {
  let due = report.heartbeatAt
  for (const line of report.lines) if (line.dueAt < due) due = line.dueAt
  return due
}
