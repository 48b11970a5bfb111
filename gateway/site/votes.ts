/** Votes of gas detectors: only readings on one explosive limit are counted together. */
import { colourOf } from '../../protocol/level.ts'
import { type Condition, namesIn } from '../core/condition.ts'
import type { AlarmPlan, ChannelPlan, DetectorPlan } from '../core/plan.ts'
import type { Channels } from './channels.ts'
import type { Draft } from './draft.ts'
import { basesDiffer } from './gas.ts'

export function checkVotes(draft: Draft, channels: Channels, detectors: DetectorPlan[], alarms: AlarmPlan[]): void {
  const channelsOf = (name: string): ChannelPlan[] => {
    const number = detectors.find((detector) => detector.name === name)?.inputs[0]
    return number === undefined ? [] : [channels.plans[number] as ChannelPlan]
  }
  for (const { name, levels } of alarms) {
    for (const { level, when } of levels) {
      for (const vote of votesIn(when)) {
        const wrong = basesDiffer([...new Set(namesIn(vote).flatMap(channelsOf))])
        if (wrong !== null)
          draft.wrong(['alarms', name, colourOf(level)], wrong, 'count those of one base alone; say it of each channel: gas: { name: CH4, lelVolPct: 5 }')
      }
    }
  }
}

function votesIn(condition: Condition): Condition[] {
  if (condition.op === 'count') return [condition]
  return 'of' in condition ? [condition.of].flat().flatMap(votesIn) : []
}
