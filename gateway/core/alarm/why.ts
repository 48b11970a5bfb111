/** What a message says of a detection that an alarm looks at: its figures, the set points of its rule, and the rows that it stands on. */
import { type Colour, colourOf, verdictWord } from '../../../protocol/level.ts'
import type { Why, WhyInput, WhyWindow } from '../../../protocol/messages.ts'
import { Quality, reasonName } from '../../../protocol/quality.ts'
import type { Millis, Moment } from '../../../protocol/time.ts'
import { type Channel, latest, type Machine } from '../channel.ts'
import type { DetectorPlan } from '../plan.ts'
import { shown } from '../report.ts'
import { oldest } from '../ring.ts'
import { usable } from '../stage.ts'

/** A window of more rows is not counted through: nothing that is told must hold up the judgement (65,536 rows take some 0.1 ms). */
const MOST_COUNTED = 65_536

/** Made only when something has changed or is asked: never with the rows. */
export function whyOfDetection({ channels }: Machine, plan: DetectorPlan, { detector, on }: Machine['detectors'][number], now: Moment): Why {
  const setPoints = Object.fromEntries((detector.margins?.() ?? []).map(({ level: reached, at }) => [colourOf(reached) as Colour, at]))
  const window = windowOf(plan, channels[on] as Channel, now.at)
  return {
    ...{ detection: plan.name, level: verdictWord(detector.level), evidence: detector.evidence(), rule: plan.kind },
    ...(Object.keys(setPoints).length > 0 && { setPoints }),
    ...(window && { window }),
    inputs: plan.inputs.map((input) => inputOf(channels[input] as Channel, now)),
  }
}

/** How far a detector looks back on its channel, and what is there; null where it does not, or there is too much to count. */
export function windowOf({ reach }: DetectorPlan, { ring, plan }: Channel, now: Millis): WhyWindow | null {
  if (reach === undefined) return null
  let rows = 0
  for (let row = ring.head - 1; row >= oldest(ring) && (ring.time[row & ring.mask] as number) > now - reach; row--) {
    if (ring.head - row > MOST_COUNTED) return null
    if (usable(ring.quality[row & ring.mask] as number)) rows++
  }
  return { ms: reach, rows, coverage: Math.min(1, rows / Math.max(1, reach / plan.period)) }
}

function inputOf(channel: Channel, now: Moment): WhyInput {
  const { name, unit } = channel.plan
  const row = latest(channel)
  if (!row) return { channel: name, unit, value: null, quality: Quality.missing, reason: 'none' }
  return {
    ...{ channel: name, unit, value: Number.isNaN(row.value) ? null : shown(channel, row.value), quality: row.quality, reason: reasonName(row.reason) },
    ageMs: Math.max(0, Math.round(now.at - row.time)),
  }
}
