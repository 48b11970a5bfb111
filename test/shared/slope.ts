// A station over rows of a recording, without wires: what its detectors raise, and when, and the greatest value of each channel.

import { findProfile } from '../../devicejs/shelf.ts'
import { makeStation, scan } from '../../gateway/core/scan.ts'
import { checkSite } from '../../gateway/site/check.ts'
import { formatFaults } from '../../protocol/files/fault.ts'
import { levelOf } from '../../protocol/level.ts'
import { Quality } from '../../protocol/quality.ts'
import { emptyInput } from '../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../protocol/time.ts'
import type { Row } from './figures.ts'

export interface Raised {
  name: string
  to: string
  /** As `2015-08-22 14:00`. */
  at: string
  time: number
}

/**
 * `columns`: of each channel the column of the rows and what to multiply it by; rows of one recording, in the order of time.
 * `baseline`: from so many rows on a person takes the place as it stands for the place at rest.
 */
export function judged(
  text: string,
  rows: Row[],
  columns: Record<string, [column: string, scale: number]>,
  baseline = 0,
): { raised: Raised[]; greatest: Map<string, number> } {
  const checked = checkSite(text, 'recording.yaml', { profiles: findProfile })
  if ('faults' in checked) throw new Error(formatFaults(checked.faults))
  const { plan } = checked.site
  const start = (rows[0]?.time ?? 0) - 1
  const moment = (time: number): Moment => ({ at: millis(time - start), wall: instant(time), wallQuality: 'synchronised' })
  const state = makeStation(plan, moment(start), 'test')
  const numbers = Object.entries(columns).map(([name, from]) => ({ number: plan.channels.findIndex((channel) => channel.name === name), from }))
  const raised: Raised[] = []
  const greatest = new Map<string, number>()
  let taken = false
  for (const [index, row] of rows.entries()) {
    const now = moment(row.time)
    const samples = numbers.map(({ number, from: [column, scale] }) => ({
      channel: number,
      count: 1,
      time: Float64Array.of(now.at),
      value: Float64Array.of((row[column] as number) * scale),
      quality: Uint8Array.of(Quality.good),
      reason: Uint8Array.of(0),
    }))
    for (const { what, name, from, to } of scan(state, { ...emptyInput(now), samples }).changes) {
      if (what !== 'detection' || (levelOf(to) ?? 0) <= (levelOf(from) ?? 0)) continue
      raised.push({ name, to, at: new Date(row.time).toISOString().slice(0, 16).replace('T', ' '), time: row.time })
    }
    for (const { plan: channel, ring } of state.machine.channels) {
      const value = ring.head > 0 ? (ring.value[(ring.head - 1) & ring.mask] as number) : Number.NaN
      if (!Number.isNaN(value) && !(value <= (greatest.get(channel.name) ?? -Infinity))) greatest.set(channel.name, value)
    }
    // As soon as there are readings enough.
    if (baseline === 0 || index + 1 < baseline || taken) continue
    taken = state.machine.channels.every(({ maker }) => (maker?.act?.({ op: 'baseline', by: 'patrol', reason: 'first readings', now }) ?? '') === '')
  }
  return { raised, greatest }
}
