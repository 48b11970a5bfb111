/** What a site file says of an alarm's life beside its level: whether it latches, who may keep it quiet, and when it means nothing. */
import { millis } from '../../protocol/time.ts'
import type { Condition } from '../core/alarm/condition.ts'
import type { LifePlan } from '../core/plan.ts'
import type { Draft } from './draft.ts'

interface Written {
  latch: boolean
  lifeSafety: boolean
  shelve: number | 'never'
}

export function readLife(draft: Draft, path: string[], { latch, lifeSafety, shelve }: Written, suppress: Condition | null): LifePlan {
  if (lifeSafety && shelve !== 'never')
    draft.wrong(
      [...path, 'shelve'],
      'lives hang on this alarm (`lifeSafety` is true where it is left out): nobody may shelve it',
      'leave `shelve` out, or say `lifeSafety: false` where no life hangs on it',
    )
  return { latch, lifeSafety, shelve: millis(shelve === 'never' || lifeSafety ? 0 : shelve), suppress }
}
