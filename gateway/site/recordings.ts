/** Players of recordings: each action must give such a voice the number of a recording, since it can say no words. */
import { recordingIn } from '../../devicejs/outputs/recordings.ts'
import type { ActionPlan } from '../core/plan.ts'
import type { Draft } from './draft.ts'
import type { OutputSpec } from './site.ts'

/** A voice that cannot say its warning would be found out in the alarm. */
export function checkRecordings(draft: Draft, outputs: OutputSpec[], actions: ActionPlan[]): void {
  const { mode } = draft.written.site
  const remedy = 'let an action say a text that is its number alone: `texts: { leave: { zh: "#1" } }`'
  for (const { name, drive } of outputs) {
    if (drive.by !== 'frames' || drive.say || !drive.clip) continue
    const { clip } = drive
    const path = ['devices', name]
    const wordy: string[] = []
    for (const { text, says, byColour } of actions.filter(({ output }) => output === name)) {
      const named = says ? Object.values(says).map((words) => recordingIn(words, clip)) : [null]
      if (named.includes(null)) wordy.push(byColour ? `${text} (by colour)` : text)
      for (const recording of named) if (recording && 'why' in recording) draft.wrong(path, `at ${text}, ${recording.why}`, remedy)
    }
    if (wordy.length > 0) draft.wrong(path, `this output only plays recordings, and shall say words at: ${wordy.join(', ')}`, remedy)
    if (mode !== 'actual')
      draft.odd(path, `a recording cannot say that this is a ${mode}: this output stays silent`, '`mode: actual` when the point goes into service')
  }
}
