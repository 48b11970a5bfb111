// A station in virtual time whose channels, keys, orders and read-backs a test sets, with all that it was told and said.

import { expect } from 'vitest'
import { type ActionPlan, type CallPlan, type OutputPlan, plainResponse, type ResponsePlan, type StationPlan } from '../../../gateway/core/plan.ts'
import type { Action } from '../../../gateway/core/response/respond.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import type { Level } from '../../../protocol/level.ts'
import type { Message, ResultMessage } from '../../../protocol/messages.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type CommandIn, emptyInput, type Input, type OutputState, type Remembered } from '../../../protocol/recording.ts'
import { instant, type Moment, millis, type WallQuality } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'

export const second = 1000
export const minute = 60 * second
export const hour = 60 * minute
export const day = 24 * hour
/** Wednesday, 2026-07-01, 10:00 at the place (UTC+8). */
export const MORNING = Date.UTC(2026, 6, 1, 2)

const channelOf =
  (every: number) =>
  (name: string): StationPlan['channels'][number] => ({
    ...{ name, quantity: 'level', unit: '', digits: 0, counting: null, rows: 256, derivation: null, quality: [], device: 'board' },
    period: millis(every),
  })

/** Channels by number: what the alarms are made of, two keys, a key for the valve, a microphone. */
export const SLOPE = 0
export const FLOOD = 1
export const SILENCE = 2
export const ACKNOWLEDGE = 3
export const ARM = 4
export const MICROPHONE = 5

export const level = (name: string, compare: 'is' | '>=', at: Level) => ({ op: 'level', name, compare, level: at }) as const
const detector = (name: string, input: number, onDelay: number): StationPlan['detectors'][number] => ({
  ...{ name, kind: 'threshold', inputs: [input] },
  build: (wiring) =>
    threshold.build({ direction: 'above', at: { blue: 1, yellow: 2, orange: 3, red: 4 }, deadband: 0, onDelay: millis(onDelay), offDelay: millis(0) }, wiring),
})
const alarm = (name: string, of: string): StationPlan['alarms'][number] => ({
  name,
  levels: ([1, 2, 3, 4] as const).map((at) => ({ level: at, when: level(of, '>=', at) })),
})

export const output = (name: string, kind: OutputPlan['kind'], more: Partial<OutputPlan> = {}): OutputPlan => ({
  name,
  kind,
  longest: millis(30 * minute),
  ...more,
})
export const action = (of: string, when: ActionPlan['when'], text: string, more: Partial<ActionPlan> = {}): ActionPlan => ({
  output: of,
  when,
  text,
  hold: null,
  ...more,
})

export const wardens: CallPlan = { name: 'wardens', numbers: ['1', '2'], again: millis(5 * minute), times: 2, next: 'town' }
export const town: CallPlan = { name: 'town', numbers: ['3'], again: millis(10 * minute), times: 1, next: null }

interface Made {
  outputs?: OutputPlan[]
  actions?: ActionPlan[]
  /** After those of slope and flood. */
  alarms?: StationPlan['alarms']
  response?: Partial<ResponsePlan>
  mode?: StationPlan['mode']
  quality?: WallQuality
  /** Station time at the start, and what it knows of its life before. */
  from?: number
  remembered?: Remembered
  /** At station time 0; or what the wall clock shows at a station time. */
  wall?: number | ((at: number) => number)
  /** Time between two rows of every channel. */
  every?: number
  /** For how long a level of slope or flood must last before it is raised. */
  onDelay?: number
}

/** A station whose outputs obey unless told otherwise; every scan that is due is made. */
export function place({
  outputs = [output('siren', 'siren')],
  actions = [action('siren', level('slope', 'is', 4), 'slope is red')],
  every = 10 * second,
  onDelay = 0,
  ...more
}: Made = {}) {
  const plan: StationPlan = {
    mode: more.mode ?? 'actual',
    channels: ['slope-m', 'flood-m', 'silence', 'acknowledge', 'arm', 'microphone'].map(channelOf(every)),
    detectors: [detector('creep', SLOPE, onDelay), detector('water', FLOOD, onDelay)],
    alarms: [alarm('slope', 'creep'), alarm('flood', 'water'), ...(more.alarms ?? [])],
    outputs,
    actions,
    response: {
      ...plainResponse,
      place: '大埔岭',
      languages: ['zh'],
      calls: [wardens, town],
      silence: { key: SILENCE, longest: millis(15 * minute) },
      acknowledge: { key: ACKNOWLEDGE },
      roles: [
        { name: 'duty', may: ['silence', 'acknowledge', 'test'] },
        { name: 'chief', may: ['close'] },
      ],
      ...more.response,
    },
    reports: [],
  }
  const { wall = MORNING } = more
  const shown = (at: number): number => (typeof wall === 'number' ? wall + at : wall(at))
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(shown(at)), wallQuality: more.quality ?? 'synchronised' })
  let now = more.from ?? 0
  const state = makeStation(plan, moment(now), 'test', more.remembered)
  const actions_: (Action & { at: number })[] = []
  const messages: Message[] = []
  const values = [0, 0, 0, 0, 0, 0]
  const bad = new Set<number>()
  const inputs: Input[] = []
  let wakeAt = 0
  let answers: OutputState[] = []
  let answered: ResultMessage[] = []
  const made = {
    /** What an output reads back, by its name; what it was told where it is not named here. */
    reads: {} as Record<string, boolean | null>,
    one(input: Partial<Input> = {}): void {
      const whole = { ...emptyInput(moment(now)), outputs: answers, ...input }
      inputs.push(structuredClone(whole))
      const out = scan(state, whole)
      wakeAt = out.wakeAt
      answered = out.answers
      expect(wakeAt, 'the next deadline lies ahead').toBeGreaterThan(now)
      actions_.push(...out.actions.map((one) => ({ ...one, at: now })))
      messages.push(...out.messages)
      answers = out.actions.map((one) => ({
        output: one.output,
        wanted: one.on,
        actual: one.output in made.reads ? (made.reads[one.output] as boolean | null) : one.on,
      }))
    },
    /** Lets time pass, a row of every channel each ten seconds. */
    until(at: number): void {
      for (let row = Math.floor(now / every) + 1; row * every <= at; row++) {
        made.idle(row * every - 1)
        now = row * every
        made.one({ samples: values.map((value, number) => rowOf(number, now, value, bad.has(number))) })
      }
      made.idle(at)
      now = at
    },
    idle(at: number): void {
      for (let scans = 0; answers.length > 0 || wakeAt <= at; scans++) {
        expect(scans, 'a loop that never rests').toBeLessThan(2000)
        now = Math.max(now, answers.length > 0 ? now + 1 : wakeAt)
        if (now > at) break
        made.one()
      }
    },
    set(number: number, value: number): void {
      values[number] = value
      bad.delete(number)
    },
    lose: (number: number) => void bad.add(number),
    press(number: number): void {
      made.set(number, 1)
      made.until(Math.ceil((now + 1) / (10 * second)) * 10 * second + 1)
      made.set(number, 0)
    },
    order(op: string, args: Record<string, unknown> = {}, proof: Pick<CommandIn, 'by' | 'refusal'> = { by: 'duty' }): string {
      made.one({ commands: [{ uplink: 'county', command: { id: `${messages.length}`, op, args }, ...proof }] })
      const result = messages.findLast((message) => message.kind === 'result')
      return result?.kind === 'result' ? result.reason : 'no result'
    },
    /** What a person at the place asks for; why not, or nothing. */
    act(op: string, args: Record<string, unknown> = {}, by = 'Li'): string {
      made.one({ commands: [{ uplink: '', local: true, by, command: { id: `local-${inputs.length}`, op, args: { reason: 'repair', ...args } } }] })
      const [answer] = answered
      return answer?.reason ?? 'no answer'
    },
    /** What an output was told, in minutes, without its repeats. */
    told: (name: string) =>
      actions_
        .filter(({ output: of, cause }) => of === name && cause !== 'loop test')
        .filter(({ on }, index, all) => index === 0 || all[index - 1]?.on !== on)
        .map(({ at, on }) => [at / minute, on]),
    said: (name: string) => actions_.filter(({ output: of, saying }) => of === name && saying).map(({ at, saying }) => ({ at: at / minute, ...saying })),
    causes: (name: string) => actions_.filter(({ output: of }) => of === name).map(({ cause }) => cause),
    acts: (name: string) =>
      messages.filter((message) => message.kind === 'act' && message.output === name).map((message) => message.kind === 'act' && message.cause),
    troubles: () => state.alarms.find(({ name }) => name === 'outputs')?.unknown,
    now: () => now,
    state,
    messages,
    inputs,
    plan,
    moment,
  }
  made.one()
  return made
}

const rowOf = (number: number, time: number, value: number, isBad: boolean) => {
  const samples = samplesOf(number, [[time, value]])
  if (isBad) {
    samples.quality[0] = Quality.missing
    samples.reason[0] = reasonCode('timeout')
    samples.value[0] = Number.NaN
  }
  return samples
}

export const sirens = {
  outputs: [output('siren', 'siren'), output('beacon', 'beacon')],
  actions: [action('siren', level('slope', '>=', 3), 'slope >= orange'), action('beacon', level('slope', '>=', 3), 'slope >= orange')],
}
