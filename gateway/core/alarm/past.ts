/**
 * What conditions remember of earlier times: for each `CONDITION within SPAN`, until when its condition was true, and until when unknown.
 *
 *     condition   F F T T F F F F F        true on [2, 4): remembered is its end, 4
 *     within 3    F F T T T T T F F        true while the window (t - 3, t] touches it, so before 4 + 3
 *
 * Not known to have been true, and not known all the time: unknown. So is all that was before the start, for as long as the window
 * reaches there. The condition stands from one look to the next as it was found: whoever judges wakes when it may change.
 */
import { type Millis, millis, NEVER } from '../../../protocol/time.ts'
import { type Condition, type Recall, type Truth, truth, type Verdicts, type Within, withinsOf } from './condition.ts'

interface Memory {
  within: Within
  held: Truth
  trueTo: number
  unknownTo: number
}

/** As plain JSON, by the condition: a site file that says something else knows nothing of it. */
export type KeptPast = Record<string, { trueTo: number | null; unknownTo: number | null }>

export class Past implements Recall {
  readonly #memories: Memory[]
  #now: number = -Infinity

  constructor(conditions: Condition[]) {
    this.#memories = conditions.flatMap(withinsOf).map((within) => ({ within, held: 'unknown', trueTo: -Infinity, unknownTo: -Infinity }))
  }

  /** Takes in how things stand now, before any truth is asked. */
  look(verdict: Verdicts, now: Millis): void {
    this.#now = now
    if (this.#memories.length === 0) return
    const settled = settledOf(verdict)
    for (const memory of this.#memories) {
      if (memory.held === true) memory.trueTo = now
      if (memory.held === 'unknown') memory.unknownTo = now
      memory.held = truth(memory.within.of, settled, this)
    }
  }

  truthOf(within: Within): Truth {
    const memory = this.#memories.find((one) => one.within === within)
    if (!memory) throw new Error('a condition looks back that nobody remembers')
    const { held, trueTo, unknownTo } = memory
    const begin = this.#now - within.span
    if (held === true || trueTo > begin) return true
    return held === 'unknown' || unknownTo > begin ? 'unknown' : false
  }

  /** When a window will have passed what was true, or unknown, if nothing else changes; NEVER where there is no such time. */
  wakeAt(): Millis {
    let due: number = NEVER
    for (const { within, trueTo, unknownTo } of this.#memories)
      for (const end of [trueTo + within.span, unknownTo + within.span]) if (end > this.#now && end < due) due = end
    return millis(due)
  }

  kept(): KeptPast {
    const kept: KeptPast = {}
    for (const { within, held, trueTo, unknownTo } of this.#memories) {
      const end = held === true ? this.#now : trueTo
      kept[JSON.stringify(within)] = { trueTo: finite(end), unknownTo: finite(unknownTo) }
    }
    return kept
  }

  /** Before the first look. What was between is unknown. */
  recall(kept: KeptPast): void {
    for (const memory of this.#memories) {
      const known = kept[JSON.stringify(memory.within)]
      memory.trueTo = known?.trueTo ?? -Infinity
      memory.unknownTo = known?.unknownTo ?? -Infinity
    }
  }
}

/** Without what waits to be confirmed: one false reading would be remembered as a doubt for as long as the window reaches. */
function settledOf(verdict: Verdicts): Verdicts {
  const { faulty, lost } = verdict
  return Object.assign((name: string) => verdict(name), { ...(faulty && { faulty }), ...(lost && { lost }) })
}

/** JSON has no infinity. */
const finite = (time: number): number | null => (Number.isFinite(time) ? time : null)
