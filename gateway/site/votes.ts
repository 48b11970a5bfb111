/** Votes of gas detectors: only readings on one explosive limit are counted together. */
import type { Path } from '../../protocol/files/yaml.ts'
import { colourOf } from '../../protocol/level.ts'
import { type Condition, namesIn } from '../core/alarm/condition.ts'
import type { ActionPlan, AlarmPlan, ChannelPlan, DetectorPlan } from '../core/plan.ts'
import type { Channels } from './channels.ts'
import type { Draft } from './draft.ts'
import { basesDiffer } from './gas.ts'

interface Judged {
  detectors: DetectorPlan[]
  alarms: AlarmPlan[]
  actions: ActionPlan[]
}

export function checkVotes(draft: Draft, channels: Channels, { detectors, alarms, actions }: Judged): void {
  /** What a voter stands on: the channel of a detector; those of all that an alarm names, however deep. */
  const channelsOf = (name: string, asked: string[] = []): ChannelPlan[] => {
    const number = detectors.find((detector) => detector.name === name)?.inputs[0]
    if (number !== undefined) return [channels.plans[number] as ChannelPlan]
    const alarm = asked.includes(name) ? undefined : alarms.find((one) => one.name === name)
    return alarm?.levels.flatMap(({ when }) => namesIn(when).flatMap((deeper) => channelsOf(deeper, [...asked, name]))) ?? []
  }
  for (const [path, condition] of [...alarms.flatMap(conditionsOfAlarm), ...conditionsOfActions(draft, actions)]) {
    for (const vote of votesIn(condition)) {
      const wrong = basesDiffer([...new Set(namesIn(vote).flatMap((name) => channelsOf(name)))])
      if (wrong !== null) draft.wrong(path, wrong, 'count those of one base alone; say it of each channel: gas: { name: CH4, lelVolPct: 5 }')
    }
  }
}

type Placed = [path: Path, condition: Condition]

function conditionsOfAlarm({ name, levels, lower, life }: AlarmPlan): Placed[] {
  const path = ['alarms', name]
  return [
    // A roll-up is asked by each colour, and written once.
    ...levels.flatMap(({ level, when }): Placed[] =>
      when.op !== 'roll-up' ? [[[...path, colourOf(level)], when]] : level === 1 ? [[[...path, 'rollUp'], when]] : [],
    ),
    ...(lower?.while ? [[[...path, 'lower', 'while'], lower.while] satisfies Placed] : []),
    ...(life?.suppress ? [[[...path, 'suppress'], life.suppress] satisfies Placed] : []),
  ]
}

/** One of each that is written: what it does, and how often, is no matter here. */
const conditionsOfActions = ({ written }: Draft, actions: ActionPlan[]): Placed[] =>
  written.actions.flatMap(({ when }, index): Placed[] => {
    const plan = actions.find(({ text }) => text === when)
    return plan ? [[['actions', index, 'when'], plan.when]] : []
  })

function votesIn(condition: Condition): Condition[] {
  if (condition.op === 'count' || condition.op === 'roll-up') return [condition]
  return 'of' in condition ? [condition.of].flat().flatMap(votesIn) : []
}
