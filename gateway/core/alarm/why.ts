/** What a message says of a detection that an alarm looks at: its figures, the set points of its rule, and the rows that it stands on. */
import { type Colour, colourOf, verdictWord } from '../../../protocol/level.ts'
import type { Why, WhyInput } from '../../../protocol/messages.ts'
import { Quality, reasonName } from '../../../protocol/quality.ts'
import type { Moment } from '../../../protocol/time.ts'
import { type Channel, latest, type Machine } from '../channel.ts'
import type { DetectorPlan } from '../plan.ts'
import { shown } from '../report.ts'

/** Made only when something has changed or is asked: never with the rows. */
export function whyOfDetection({ channels }: Machine, plan: DetectorPlan, { detector }: Machine['detectors'][number], now: Moment): Why {
  const setPoints = Object.fromEntries((detector.margins?.() ?? []).map(({ level: reached, at }) => [colourOf(reached) as Colour, at]))
  return {
    ...{ detection: plan.name, level: verdictWord(detector.level), evidence: detector.evidence(), rule: plan.kind },
    ...(Object.keys(setPoints).length > 0 && { setPoints }),
    inputs: plan.inputs.map((input) => inputOf(channels[input] as Channel, now)),
  }
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
