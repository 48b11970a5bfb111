// Small worlds, walked through all that can happen in them: no alarm is lowered because something is missing, before its limit.
//
// Each detector says a level, or that it cannot tell, or that one suspect reading has reached red and waits for the next; time goes on by a short or a long step, and every sequence of so many steps is tried.
// What the alarm may do is judged by a reader of its own, which keeps nothing in mind and looks through the whole history each time.

import { type Alarm, judge, makeAlarm, verdictOfAlarm } from '../../gateway/core/alarm/alarm.ts'
import type { Condition, Truth, Verdicts } from '../../gateway/core/alarm/condition.ts'
import { rollUpLevel } from '../../gateway/core/alarm/roll-up.ts'
import type { AlarmPlan } from '../../gateway/core/plan.ts'
import { parseCondition } from '../../gateway/site/grammar.ts'
import type { Level, Verdict } from '../../protocol/level.ts'
import { type Millis, millis } from '../../protocol/time.ts'
import type { Part } from '../bench/part.ts'

const HOUR = 3_600_000
/** Of every world; a long step passes it, a short one does not. */
const HOLD_LOST_MS = 6 * HOUR
const STEPS_MS = [HOUR, 7 * HOUR]

/** Yellow by a suspect reading that has reached red: whether it is red the next one tells. */
const WAITS = 'yellow, red waits'
type Said = Verdict | typeof WAITS

export interface World {
  about: string
  detectors: string[]
  says: Said[]
  /** Each after those that it names. */
  alarms: AlarmPlan[]
  steps: { quick: number; full: number }
}

const condition = (text: string): Condition => {
  const parsed = parseCondition(text)
  if ('fault' in parsed) throw new Error(`${text}: ${parsed.fault.what}`)
  return parsed.condition
}
const alarm = (name: string, levels: Partial<Record<Exclude<Level, 0>, string>>, more: Partial<AlarmPlan> = {}): AlarmPlan => ({
  name,
  levels: Object.entries(levels).map(([level, text]) => ({ level: Number(level) as Exclude<Level, 0>, when: condition(text) })),
  holdLost: millis(HOLD_LOST_MS),
  ...more,
})
const vote = (faults: string): World => ({
  about: `a vote of three, faulty ones ${faults || 'unknown'}`,
  detectors: ['a', 'b', 'c'],
  says: [0, 4, 'unknown'],
  alarms: [alarm('vote', { 4: `2 of (a, b, c)${faults && ` faults ${faults}`}`, 2: 'a or b or c' })],
  steps: { quick: 2, full: 3 },
})

export const worlds: World[] = [
  {
    about: 'colours of two detectors',
    detectors: ['a', 'b'],
    says: [0, 2, 4, 'unknown'],
    alarms: [alarm('slope', { 2: 'a or b >= yellow', 3: 'a is red and not b is yellow', 4: 'a is red and b is red' })],
    steps: { quick: 3, full: 4 },
  },
  {
    about: 'rain lowers the threshold for a while, and must be over for longer',
    detectors: ['rain', 'tilt'],
    says: [0, 3, 'unknown'],
    alarms: [
      alarm('slope', { 2: 'tilt', 3: 'rain >= yellow within 3h and tilt' }, { lower: { after: millis(2 * HOUR), while: condition('not (rain within 4h)') } }),
    ],
    steps: { quick: 3, full: 5 },
  },
  {
    about: 'one colour at a time',
    detectors: ['a', 'b'],
    says: [0, 3, 'unknown'],
    alarms: [alarm('slope', { 1: 'a', 2: 'a and b', 3: 'b', 4: 'a and b within 2h' }, { step: millis(2 * HOUR), lower: { after: millis(HOUR) } })],
    steps: { quick: 3, full: 5 },
  },
  {
    about: 'one suspect reading is no end of what is red',
    detectors: ['a', 'b'],
    says: [0, 4, WAITS, 'unknown'],
    alarms: [
      alarm('slope', { 2: 'a or b', 3: 'a is red within 2h and b', 4: 'a >= orange' }, { lower: { after: millis(HOUR), while: condition('not b is red') } }),
      { ...alarm('both', {}), levels: ([1, 2, 3, 4] as const).map((level) => ({ level, when: { op: 'roll-up', names: ['a', 'b'], level } })) },
      alarm('vote', { 3: '2 of (a >= red, b >= red) faults abstain' }),
    ],
    steps: { quick: 2, full: 3 },
  },
  ...['', 'vote', 'abstain', 'block'].map(vote),
  {
    about: 'points rolled up',
    detectors: ['a', 'b', 'c'],
    says: [0, 2, 'unknown'],
    alarms: [
      {
        ...alarm('dam', {}),
        levels: ([1, 2, 3, 4] as const).map((level) => ({ level, when: { op: 'roll-up', names: ['a', 'b', 'c'], level } })),
      },
    ],
    steps: { quick: 2, full: 3 },
  },
  {
    about: 'an alarm of an alarm',
    detectors: ['a', 'b'],
    says: [0, 2, 'unknown'],
    alarms: [alarm('slope', { 2: 'a' }), alarm('village', { 3: 'slope and b', 1: 'slope or b within 2h' }, { lower: { after: millis(2 * HOUR) } })],
    steps: { quick: 3, full: 5 },
  },
]

type Judge = typeof judge

/** What was found in one world. */
export interface Walk {
  paths: number
  loweredOnMissing: number
  /** The first path that did, for people. */
  shown: string
}

/** Every sequence of so many steps. `judging` is the judge under test. */
export function walk(world: World, steps: number, judging: Judge = judge): Walk {
  const found: Walk = { paths: 0, loweredOnMissing: 0, shown: '' }
  const saids = sequences(world.says, world.detectors.length)
  const moves = saids.flatMap((said) => STEPS_MS.map((stepMs) => ({ said, stepMs })))
  for (const path of each(moves, steps)) {
    found.paths++
    const slip = follow(world, path, judging)
    if (slip === null) continue
    found.loweredOnMissing++
    found.shown ||= `${slip}: ${path.map(({ said, stepMs }) => `${said.join('/')} for ${stepMs / HOUR} h`).join(', ')}`
  }
  return found
}

function* each<T>(of: readonly T[], length: number): Generator<T[]> {
  if (length === 0) yield []
  else for (const rest of each(of, length - 1)) for (const one of of) yield [...rest, one]
}
const sequences = <T>(of: readonly T[], length: number): T[][] => [...each(of, length)]

/** How everything stood from a moment on. */
interface Scene {
  at: number
  verdicts: Map<string, Verdict>
  waits: Map<string, Level>
}

function follow(world: World, path: { said: Said[]; stepMs: number }[], judging: Judge): string | null {
  const alarms = world.alarms.map((plan) => makeAlarm(plan, millis(0)))
  const witnesses: Witness[] = alarms.map(() => ({ reached: 0, askedAt: [0, 0, 0, 0, 0] }))
  const history: Scene[] = []
  let now = 0
  for (const { said, stepMs } of path) {
    const end = now + stepMs
    for (let looks = 0; now < end; looks++) {
      if (looks > 100) return 'it never rests'
      const slip = look(alarms, witnesses, world, said, history, millis(now), judging)
      if (slip !== null) return slip
      now = Math.min(end, ...alarms.map(({ wakeAt }) => wakeAt).filter((at) => at > now))
    }
  }
  return null
}

interface Witness {
  /** The highest level asked since it last fell. */
  reached: Level
  /** When each level, or a higher one, was last known to be asked. */
  askedAt: number[]
}

function look(alarms: Alarm[], witnesses: Witness[], world: World, said: Said[], history: Scene[], now: Millis, judging: Judge): string | null {
  const verdicts = new Map<string, Verdict>(world.detectors.map((name, index) => [name, said[index] === WAITS ? 2 : (said[index] as Verdict)]))
  const waits = new Map<string, Level>(world.detectors.flatMap((name, index) => (said[index] === WAITS ? [[name, 4]] : [])))
  history.push({ at: now, verdicts, waits })
  for (const [index, one] of alarms.entries()) {
    const witness = witnesses[index] as Witness
    const before = one.level
    const asked: Verdicts = Object.assign((name: string) => verdicts.get(name) as Verdict, { waits: (name: string) => waits.get(name) ?? 0 })
    judging(one, asked, now)
    verdicts.set(one.name, verdictOfAlarm(one))
    // What the alarm itself holds to be asked may lean on a policy for faults: that can raise it and never lower it.
    for (const { level, answer } of one.conditions) {
      if (answer !== true) continue
      if (level > witness.reached) witness.reached = level
      witness.askedAt.fill(now, 0, level + 1)
    }
    if (one.level < before && !mayFall(one, witness, before, history, now)) return `${one.name} fell from ${before} to ${one.level}`
    if (one.level < before) witness.reached = one.level
  }
  return null
}

/** Each level that it leaves is known to be over, or its limit is and the alarm says so. */
function mayFall({ plan, level, lost }: Alarm, { reached, askedAt }: Witness, before: Level, history: Scene[], now: number): boolean {
  const end = history.length - 1
  const isUp = (of: Level): boolean => lost > level && now - (askedAt[of] as number) >= HOLD_LOST_MS
  const lowers = plan.lower?.while ? known(plan.lower.while, history, end) === true : true
  if (!lowers && !isUp(before)) return false
  return plan.levels.every((one) => one.level <= level || one.level > reached || known(one.when, history, end) === false || isUp(one.level))
}

/** The truth at one scene, by Kleene, no policy for faults, all of the past looked through: there, what waited was not so. */
function known(one: Condition, history: Scene[], at: number, isPast = false): Truth {
  const scene = history[at] as Scene
  const mostOf = (name: string, level: Level): Level => Math.max(level, isPast ? 0 : (scene.waits.get(name) ?? 0)) as Level
  switch (one.op) {
    case 'level': {
      const level = scene.verdicts.get(one.name) as Verdict
      if (level === 'unknown') return level
      if (one.compare === 'is' ? level === one.level : level >= one.level) return true
      return level < one.level && one.level <= mostOf(one.name, level) ? 'unknown' : false
    }
    case 'not': {
      const inner = known(one.of, history, at, isPast)
      return inner === 'unknown' ? inner : !inner
    }
    case 'and':
    case 'or':
    case 'count': {
      const answers = one.of.map((part) => known(part, history, at, isPast))
      const least = one.op === 'count' ? one.least : one.op === 'or' ? 1 : one.of.length
      const yes = answers.filter((answer) => answer === true).length
      const perhaps = answers.filter((answer) => answer === 'unknown').length
      return yes >= least || (yes + perhaps >= least ? 'unknown' : false)
    }
    case 'within': {
      // Scene k stands until the next one begins; before the first, nothing is known.
      const begin = scene.at - one.span
      const touching = history.slice(0, at + 1).flatMap((_, k) => (k === at || (history[k + 1] as Scene).at > begin ? [known(one.of, history, k, true)] : []))
      if (touching.includes(true)) return true
      return touching.includes('unknown') || begin < (history[0] as Scene).at ? 'unknown' : false
    }
    case 'roll-up': {
      const [least, most] = [false, true].map((isMost) => {
        const members: [number, number, number, number, number] = [0, 0, 0, 0, 0]
        for (const name of one.names) {
          const level = scene.verdicts.get(name) as Verdict
          members[level === 'unknown' ? (isMost ? 4 : 0) : isMost ? mostOf(name, level) : level]++
        }
        return rollUpLevel(members) >= one.level
      })
      return least === most ? (least as boolean) : 'unknown'
    }
  }
}

export const part: Part = {
  prefix: 'chain',
  keys: ['chain.paths', 'chain.loweredOnMissing'],
  async run({ quick, note }) {
    const sum = { paths: 0, loweredOnMissing: 0 }
    for (const world of worlds) {
      const { paths, loweredOnMissing, shown } = walk(world, quick ? world.steps.quick : world.steps.full)
      note(`chain: ${world.about}: ${paths} paths${shown && `, first slip: ${shown}`}`)
      sum.paths += paths
      sum.loweredOnMissing += loweredOnMissing
    }
    return { 'chain.paths': sum.paths, 'chain.loweredOnMissing': sum.loweredOnMissing }
  },
}
