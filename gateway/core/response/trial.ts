/** Tests that people order: an output is on for some seconds, announced as a test, at a time when the valley is awake. */
import { type Millis, type Moment, millis } from '../../../protocol/time.ts'
import type { TestPlan } from '../plan.ts'
import { isAudible, type OutputLife } from './respond.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Sounds of a test are for the day: from 9 to 18 o'clock at the place. Warnings have no such hours. */
const FIRST_HOUR = 9
const LAST_HOUR = 18

/** A siren that is tested follows the announcement of the voices after so long: two languages are spoken in it. */
const ANNOUNCED_MS = 20_000

/** A test that waits for the announcement before it. */
export interface Trial {
  output: OutputLife
  from: Millis
  until: Millis
  by: string
  text: string
  /** The voices that announce it before; none where the place has none. */
  voices: OutputLife[]
}

/** Why this output cannot be tested now; empty where it can. `standing`: an alarm of a hazard that is not at rest. */
export function trialFault(output: OutputLife | undefined, name: string, standing: string | undefined, plan: TestPlan, now: Moment): string {
  if (!output) return `there is no output "${name}"`
  const { kind } = output.plan
  if (kind === 'valve') return 'a valve is not tested by sound: close it, at a time that suits'
  if (kind === 'heartbeat') return 'a heartbeat is tested by its own beat'
  if (standing !== undefined) return `the alarm ${standing} stands: a test now could be taken for it, or it for a test`
  if (output.wanted === true || output.order) return 'it is on already'
  return isAudible(kind) ? hoursFault(plan, now) : ''
}

function hoursFault({ utcOffset, length }: TestPlan, now: Moment): string {
  if (now.wallQuality === 'unsynchronised') return 'nobody knows how late it is here: the wall clock is not synchronised, and tests sound by day only'
  const end = ((now.wall + utcOffset) % DAY_MS) + ANNOUNCED_MS + length
  const begin = (now.wall + utcOffset) % DAY_MS
  if (begin >= FIRST_HOUR * HOUR_MS && end <= LAST_HOUR * HOUR_MS) return ''
  const [hour, minute] = [Math.floor(begin / HOUR_MS), Math.floor((begin % HOUR_MS) / 60_000)]
  return `tests sound from ${FIRST_HOUR}:00 to ${LAST_HOUR}:00; at the place it is ${hour}:${String(minute).padStart(2, '0')}`
}

/** The tests that one order means: a siren has no words, so the voices of the place speak before it. */
export function trialsOf(output: OutputLife, voices: OutputLife[], by: string, text: string, { length }: TestPlan, now: Millis): Trial[] {
  const trial = (of: OutputLife, from: number, lastsMs: number, heralds: OutputLife[] = []): Trial => {
    return { output: of, from: millis(from), until: millis(from + lastsMs), by, text, voices: heralds }
  }
  const { kind } = output.plan
  if (kind !== 'siren') return [trial(output, now, kind === 'voice' ? ANNOUNCED_MS : length)]
  if (voices.length === 0) return [trial(output, now, length)]
  return [...voices.map((voice) => trial(voice, now, ANNOUNCED_MS)), trial(output, now + ANNOUNCED_MS, length, voices)]
}

/** Due, and no voice has said that it is a test: people would run from it. */
export const isUnannounced = ({ from, voices }: Trial, now: Millis): boolean =>
  from <= now && voices.length > 0 && !voices.some(({ actual }) => actual === true)

/** Starts what is due; gives what still waits. */
export function runTrials(trials: Trial[], now: Millis): Trial[] {
  for (const { output, from, until, by, text } of trials) {
    if (from <= now) output.order = { until, cause: `test, ordered by ${by}`, text }
  }
  return trials.filter(({ from }) => from > now)
}
