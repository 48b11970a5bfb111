/** The station's state as plain values, for the terminal, the control socket and the page. */

import { colourOf } from '../protocol/level.ts'
import type { Identity } from '../protocol/messages.ts'
import { qualityName, reasonName } from '../protocol/quality.ts'
import { type Instant, instant, type Millis, type Moment } from '../protocol/time.ts'
import { loadFigures } from './core/alarm/load.ts'
import { alarmMessage } from './core/alarm/told.ts'
import { latest } from './core/channel.ts'
import { shown } from './core/report.ts'
import type { StationState } from './core/scan.ts'
import type { Site } from './site/site.ts'
import type { BusStatus, ChannelStatus, LinkStatus, Progress, StationStatus } from './status.ts'

export function statusOf(
  site: Site,
  identity: Identity,
  state: StationState | null,
  now: Moment,
  links: LinkStatus[],
  buses: BusStatus[],
  messages: StationStatus['messages'],
  progress: Progress | undefined,
): StationStatus {
  const status: StationStatus = {
    area: site.area,
    site: site.id,
    station: site.station,
    name: site.name,
    epoch: identity.epoch,
    mode: site.plan.mode,
    startedAt: identity.startedAt,
    now: now.wall,
    timeQuality: now.wallQuality,
    channels: state ? state.machine.channels.map((channel) => channelStatus(channel, now)) : [],
    alarms: state
      ? state.alarms.map((alarm) => {
          const { since, why, unknown, technical, dataLost, life } = alarmMessage(state, alarm, now)
          return { name: alarm.name, level: colourOf(alarm.level), since, why, unknown, technical, life, ...(dataLost && { dataLost }) }
        })
      : [],
    load: state && loadFigures(state.load, state.alarms, now.at),
    outputs: state
      ? state.response.watched.map(({ output: { plan, wanted, actual, since, cause }, loop }) => ({
          ...{ name: plan.name, kind: plan.kind, wanted, actual, since: toWall(since, now), cause },
          ...(loop && { loopTest: { passedAt: toWall(loop.passedAt, now), failed: loop.failed } }),
        }))
      : [],
    links,
    buses,
    messages,
  }
  if (progress) status.progress = progress
  return status
}

/** In the wall time of now: after a step of the wall clock it is another. */
const toWall = (at: Millis, now: Moment): Instant => instant(Math.round(at + now.wall - now.at))

function channelStatus(channel: StationState['machine']['channels'][number], now: Moment): ChannelStatus {
  const { name, unit, digits } = channel.plan
  const { dropped } = channel
  const row = latest(channel)
  if (!row) return { name, value: null, unit, digits, ageMs: null, quality: 'missing', reason: '' }
  const reason = reasonName(row.reason)
  return {
    name,
    value: Number.isNaN(row.value) ? null : shown(channel, row.value),
    unit,
    digits,
    ageMs: Math.max(0, Math.round(now.at - row.time)),
    quality: qualityName(row.quality),
    reason: reason === 'none' ? '' : reason,
    ...(dropped > 0 && { dropped }),
  }
}
