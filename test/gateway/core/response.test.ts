import { describe, expect, it } from 'vitest'
import { type ActionPlan, type CallPlan, type OutputPlan, plainResponse, type ResponsePlan, type StationPlan } from '../../../gateway/core/plan.ts'
import type { Action } from '../../../gateway/core/respond.ts'
import { makeStation, scan } from '../../../gateway/core/scan.ts'
import { threshold } from '../../../gateway/stages/detect/threshold.ts'
import type { Level } from '../../../protocol/level.ts'
import type { Message } from '../../../protocol/messages.ts'
import { Quality, reasonCode } from '../../../protocol/quality.ts'
import { type CommandIn, emptyInput, type Input, type OutputState } from '../../../protocol/recording.ts'
import { instant, type Moment, millis, type WallQuality } from '../../../protocol/time.ts'
import { samplesOf } from '../stages/bench.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Wednesday, 2026-07-01, 10:00 at the place (UTC+8). */
const MORNING = Date.UTC(2026, 6, 1, 2)

const channelOf =
  (every: number) =>
  (name: string): StationPlan['channels'][number] => ({
    ...{ name, quantity: 'level', unit: '', digits: 0, counting: null, rows: 256, derivation: null, quality: [] },
    period: millis(every),
  })

/** Channels by number: what the alarms are made of, two keys, a key for the valve, a microphone. */
const SLOPE = 0
const FLOOD = 1
const SILENCE = 2
const ACKNOWLEDGE = 3
const ARM = 4
const MICROPHONE = 5

const level = (name: string, compare: 'is' | '>=', at: Level) => ({ op: 'level', name, compare, level: at }) as const
const detector = (name: string, input: number): StationPlan['detectors'][number] => ({
  ...{ name, kind: 'threshold', inputs: [input] },
  build: (wiring) =>
    threshold.build({ direction: 'above', at: { blue: 1, yellow: 2, orange: 3, red: 4 }, deadband: 0, onDelay: millis(0), offDelay: millis(0) }, wiring),
})
const alarm = (name: string, of: string): StationPlan['alarms'][number] => ({
  name,
  levels: ([1, 2, 3, 4] as const).map((at) => ({ level: at, when: level(of, '>=', at) })),
})

const output = (name: string, kind: OutputPlan['kind'], more: Partial<OutputPlan> = {}): OutputPlan => ({ name, kind, longest: millis(30 * minute), ...more })
const action = (of: string, when: ActionPlan['when'], text: string, more: Partial<ActionPlan> = {}): ActionPlan => ({
  output: of,
  when,
  text,
  hold: null,
  ...more,
})

const wardens: CallPlan = { name: 'wardens', numbers: ['1', '2'], again: millis(5 * minute), times: 2, next: 'town' }
const town: CallPlan = { name: 'town', numbers: ['3'], again: millis(10 * minute), times: 1, next: null }

interface Made {
  outputs?: OutputPlan[]
  actions?: ActionPlan[]
  response?: Partial<ResponsePlan>
  mode?: StationPlan['mode']
  quality?: WallQuality
  wall?: number
  /** Time between two rows of every channel. */
  every?: number
}

/** A station whose outputs obey unless told otherwise; every scan that is due is made. */
function place({
  outputs = [output('siren', 'siren')],
  actions = [action('siren', level('slope', 'is', 4), 'slope is red')],
  every = 10 * second,
  ...more
}: Made = {}) {
  const plan: StationPlan = {
    mode: more.mode ?? 'actual',
    channels: ['slope-m', 'flood-m', 'silence', 'acknowledge', 'arm', 'microphone'].map(channelOf(every)),
    detectors: [detector('creep', SLOPE), detector('water', FLOOD)],
    alarms: [alarm('slope', 'creep'), alarm('flood', 'water')],
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
  const wall = more.wall ?? MORNING
  const moment = (at: number): Moment => ({ at: millis(at), wall: instant(wall + at), wallQuality: more.quality ?? 'synchronised' })
  const state = makeStation(plan, moment(0), 'test')
  const actions_: (Action & { at: number })[] = []
  const messages: Message[] = []
  const values = [0, 0, 0, 0, 0, 0]
  const bad = new Set<number>()
  const inputs: Input[] = []
  let now = 0
  let wakeAt = 0
  let answers: OutputState[] = []
  const made = {
    /** What an output reads back, by its name; what it was told where it is not named here. */
    reads: {} as Record<string, boolean | null>,
    one(input: Partial<Input> = {}): void {
      const whole = { ...emptyInput(moment(now)), outputs: answers, ...input }
      inputs.push(structuredClone(whole))
      const out = scan(state, whole)
      wakeAt = out.wakeAt
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

const sirens = {
  outputs: [output('siren', 'siren'), output('beacon', 'beacon')],
  actions: [action('siren', level('slope', '>=', 3), 'slope >= orange'), action('beacon', level('slope', '>=', 3), 'slope >= orange')],
}

describe('silence', () => {
  it('is not there for a siren that does not sound', () => {
    const s = place()
    expect(s.order('silence')).toBe('no siren and no voice sounds for an alarm now')
    s.press(SILENCE)
    s.set(SLOPE, 4)
    s.until(1 * minute)
    expect(s.told('siren').at(-1)).toEqual([1 / 3, true])
  })

  it('lasts a quarter of an hour, leaves the beacon and the alarm alone, and the siren sounds again by itself', () => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.press(SILENCE)
    s.until(25 * minute)
    expect(s.told('siren').map(([at, on]) => [Math.round((at as number) * 10) / 10, on])).toEqual([
      [0, false],
      [0.2, true],
      [1.2, false],
      [16.2, true],
    ])
    expect(s.told('beacon').at(-1)).toEqual([1 / 6, true])
    expect(s.causes('siren')).toContain('silenced for 15 min by the key at the place')
    expect(s.acts('siren')).toContain('silenced for 15 min by the key at the place')
  })

  it('is not prolonged by a second press, nor by an order', () => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.press(SILENCE)
    s.until(11 * minute)
    s.press(SILENCE)
    expect(s.order('silence')).toMatch(/silent already, for another \d+ min/)
    s.until(16.5 * minute)
    expect(s.told('siren').at(-1)?.[1]).toBe(true)
  })

  it.each([
    ['a higher colour', SLOPE, 4],
    ['another alarm', FLOOD, 1],
  ])('is ended at once by %s', (_, which, value) => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.press(SILENCE)
    s.until(2 * minute)
    expect(s.told('siren').at(-1)?.[1]).toBe(false)
    s.set(which, value)
    s.until(2 * minute + 10 * second)
    expect(s.told('siren').at(-1)).toEqual([2 + 1 / 6, true])
  })

  it('ends, and the alarm falling and rising again is heard', () => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.press(SILENCE)
    s.set(SLOPE, 0)
    s.until(3 * minute)
    s.set(SLOPE, 3)
    s.until(4 * minute)
    expect(s.told('siren').at(-1)?.[1]).toBe(true)
  })

  it.each([
    ['unsigned', {}, /needs the signature/],
    ['with a bad signature', { refusal: 'the signature is not that of duty' }, /signature is not/],
    ['of a role that may not', { by: 'chief' }, /the role chief may not ask for "silence"/],
    ['of a role that is not there', { by: 'ghost' }, /ghost may not/],
  ])('is not to be had by an order %s', (_, proof, reason) => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    expect(s.order('silence', {}, proof)).toMatch(reason)
    s.until(2 * minute)
    expect(s.told('siren').at(-1)?.[1]).toBe(true)
  })

  it('is to be had by a role that may', () => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    expect(s.order('silence')).toBe('')
    expect(s.told('siren').at(-1)).toEqual([1, false])
  })
})

describe('a key', () => {
  it('that is jammed, or whose cable breaks and heals, presses once or not at all', () => {
    const s = place(sirens)
    s.set(SILENCE, 1)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.lose(SILENCE)
    s.until(2 * minute)
    s.set(SILENCE, 1)
    s.until(3 * minute)
    expect(s.told('siren').at(-1)?.[1]).toBe(true)
    s.set(SILENCE, 0)
    s.until(3.5 * minute)
    s.set(SILENCE, 1)
    s.until(30 * minute)
    expect(s.told('siren').filter(([, on]) => !on)).toHaveLength(2)
  })
})

describe('a valve', () => {
  const released = {
    outputs: [output('valve', 'valve', { valve: 'release-close', arm: ARM })],
    actions: [action('valve', level('slope', 'is', 4), 'slope is red')],
  }
  const pulsed = { outputs: [output('valve', 'valve', { valve: 'pulse-close' })], actions: [action('valve', level('slope', 'is', 4), 'slope is red')] }

  it('that closes by release is closed at the start, opened by the key alone, and closed again until the key', () => {
    const s = place(released)
    s.until(1 * minute)
    expect(s.told('valve')).toEqual([[0, true]])
    s.press(ARM)
    const armed = s.now()
    s.until(5 * minute)
    expect(s.told('valve').at(-1)?.[1]).toBe(false)
    expect((s.told('valve').at(-1)?.[0] as number) * minute).toBeLessThanOrEqual(armed)
    s.set(SLOPE, 4)
    s.until(6 * minute)
    s.set(SLOPE, 0)
    s.until(90 * minute)
    expect(s.told('valve').at(-1)).toEqual([5 + 1 / 6, true])
    s.press(ARM)
    expect(s.told('valve').at(-1)?.[1]).toBe(false)
  })

  it.each([
    ['while something asks to close it', 4, 'not armed: slope is red'],
    ['while nobody knows', null, 'not armed: it cannot be told whether slope is red'],
  ])('is not armed %s', (_, value, cause) => {
    const s = place(released)
    if (value === null) s.lose(SLOPE)
    else s.set(SLOPE, value)
    s.until(1 * minute)
    s.press(ARM)
    expect(s.acts('valve')).toContain(cause)
    s.until(60 * minute)
    expect(s.told('valve')).toEqual([[0, true]])
  })

  it('that stays closed after its request has outlived its bound is not opened by that', () => {
    const s = place(released)
    s.until(20 * second)
    s.press(ARM)
    s.set(SLOPE, 4)
    s.until(2 * hour)
    expect(s.told('valve').at(-1)?.[1]).toBe(true)
  })

  it('that closes by a pulse is sent nothing at the start and nothing when the request ends', () => {
    const s = place(pulsed)
    s.until(1 * minute)
    expect(s.told('valve')).toEqual([])
    s.set(SLOPE, 4)
    s.until(2 * minute)
    s.set(SLOPE, 0)
    s.until(10 * minute)
    expect(s.told('valve')).toEqual([[1 + 1 / 6, true]])
  })

  it('that rests closed is no fault; that does not close is one, and told again', () => {
    const s = place(pulsed)
    s.one({ outputs: [{ output: 'valve', wanted: false, actual: true }] })
    expect(s.troubles()).toEqual([])
    s.reads.valve = false
    s.set(SLOPE, 4)
    s.until(1 * minute)
    expect(s.troubles()).toEqual(['valve'])
    expect(s.causes('valve').length).toBeGreaterThan(3)
    s.reads.valve = true
    s.until(2 * minute)
    expect(s.troubles()).toEqual([])
  })

  it('is closed by an order of a role that may, and opened by none', () => {
    const s = place(released)
    s.until(20 * second)
    s.press(ARM)
    expect(s.order('open', { output: 'valve' }, { by: 'chief' })).toMatch(/"open" is not permitted/)
    expect(s.order('close', { output: 'valve' })).toMatch(/duty may not/)
    expect(s.order('close', { output: 'siren' }, { by: 'chief' })).toMatch(/no output "siren"/)
    expect(s.told('valve').at(-1)?.[1]).toBe(false)
    expect(s.order('close', { output: 'valve' }, { by: 'chief' })).toBe('')
    s.until(30 * minute)
    expect(s.told('valve').at(-1)?.[1]).toBe(true)
    expect(s.causes('valve').at(-1)).toBe('closed until it is armed at the place')
  })

  it('is not touched by silence', () => {
    const s = place({
      outputs: [output('valve', 'valve', { valve: 'pulse-close' }), output('siren', 'siren')],
      actions: ['valve', 'siren'].map((name) => action(name, level('slope', 'is', 4), 'slope is red')),
    })
    s.set(SLOPE, 4)
    s.until(1 * minute)
    s.press(SILENCE)
    s.until(5 * minute)
    expect(s.causes('valve').every((cause) => cause === 'slope is red')).toBe(true)
    expect(s.told('siren').at(-1)?.[1]).toBe(false)
  })
})

describe('a proof of sound', () => {
  const proven = {
    outputs: [output('siren', 'siren', { proof: { channel: MICROPHONE, above: 50, within: millis(30 * second) } })],
    actions: sirens.actions.slice(0, 1),
  }

  it('tells of a siren that reads back as on and is silent', () => {
    const s = place(proven)
    s.set(SLOPE, 3)
    s.until(35 * second)
    expect(s.troubles()).toEqual([])
    s.until(45 * second)
    expect(s.troubles()).toEqual(['siren is silent'])
    s.set(MICROPHONE, 80)
    s.until(1 * minute)
    expect(s.troubles()).toEqual([])
  })

  it('tells of a siren that sounds without being told', () => {
    const s = place(proven)
    s.until(1 * minute)
    s.set(MICROPHONE, 80)
    s.until(1.5 * minute)
    expect(s.troubles()).toEqual([])
    s.until(2 * minute)
    expect(s.troubles()).toEqual(['siren sounds without being told'])
  })

  it('takes a clap of thunder for none', () => {
    const s = place(proven)
    s.until(1 * minute)
    for (let k = 0; k < 10; k++) {
      s.set(MICROPHONE, k % 2 === 0 ? 80 : 0)
      s.until(s.now() + 20 * second)
      expect(s.troubles()).toEqual([])
    }
  })

  it('gives a voice its pauses, and tells of one that is silent all the same', () => {
    const s = place({
      outputs: [output('voice', 'voice', { proof: { channel: MICROPHONE, above: 50, within: millis(30 * second) } })],
      actions: [action('voice', level('slope', '>=', 1), 'slope', { says: { zh: '立即撤离' } })],
    })
    s.set(SLOPE, 1)
    for (let k = 0; k < 6; k++) {
      s.set(MICROPHONE, 80)
      s.until(s.now() + 10 * second)
      s.set(MICROPHONE, 0)
      s.until(s.now() + 30 * second)
      expect(s.troubles()).toEqual([])
    }
    s.until(s.now() + 30 * second)
    expect(s.troubles()).toEqual(['voice is silent'])
  })

  it('that is missing is told apart', () => {
    const s = place(proven)
    s.set(SLOPE, 3)
    s.lose(MICROPHONE)
    s.until(1 * minute)
    expect(s.troubles()).toEqual(['siren cannot be heard'])
  })
})

it.each([3, 12, 21])('no hour mutes a warning: at %i o’clock at the place the siren sounds', (hours) => {
  const s = place({ wall: MORNING + (hours - 10) * hour })
  s.set(SLOPE, 4)
  s.until(20 * second)
  expect(s.told('siren').at(-1)).toEqual([1 / 6, true])
})

describe('a voice', () => {
  const voice = { outputs: [output('voice', 'voice')], actions: [action('voice', level('slope', '>=', 1), 'slope')] }

  it('says alarm, colour, place and time, again after a pause, and anew when the colour changes', () => {
    const s = place(voice)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    s.set(SLOPE, 4)
    s.until(1.5 * minute)
    const said = s.said('voice')
    expect(said.map(({ text }) => text)).toContain('大埔岭slope，橙色预警，07-01 10:00。')
    expect(said.at(-1)).toMatchObject({ at: 1 + 1 / 6, text: '大埔岭slope，红色预警，07-01 10:01。' })
    expect(new Set(said.map(({ wish }) => wish)).size).toBe(said.length)
    expect(said.length).toBe(4)
    expect(s.acts('voice').filter((cause) => cause === 'slope')).toHaveLength(2)
  })

  it('says the words of the site where it has some, both languages in their order, and that it is a drill', () => {
    const s = place({
      ...voice,
      mode: 'drill',
      response: { languages: ['zh', 'en'] },
      actions: [action('voice', level('slope', '>=', 1), 'slope', { says: { en: 'Leave now.', zh: '立即撤离。' } })],
    })
    s.set(SLOPE, 4)
    s.until(20 * second)
    expect(s.said('voice')[0]?.text).toBe('演练，演练。立即撤离。 This is a drill. Leave now.')
  })

  it('tells no time that it does not know', () => {
    const s = place({ ...voice, quality: 'unsynchronised' })
    s.set(SLOPE, 4)
    s.until(20 * second)
    expect(s.said('voice')[0]?.text).toBe('大埔岭slope，红色预警。')
  })

  it('that has run its time speaks again at a higher colour, and not at a lower one', () => {
    const s = place({ ...voice, outputs: [output('voice', 'voice', { longest: millis(10 * minute) })] })
    s.set(SLOPE, 3)
    s.until(30 * minute)
    s.set(SLOPE, 4)
    s.until(60 * minute)
    s.set(SLOPE, 2)
    s.until(90 * minute)
    expect(s.told('voice').slice(1)).toEqual([
      [1 / 6, true],
      [10 + 1 / 6, false],
      [30 + 1 / 6, true],
      [40 + 1 / 6, false],
    ])
  })

  it('says what is highest of several', () => {
    const s = place({
      outputs: [output('voice', 'voice')],
      actions: [
        action('voice', level('flood', '>=', 1), 'flood', { says: { zh: '水' } }),
        action('voice', level('slope', '>=', 1), 'slope', { says: { zh: '山' } }),
      ],
    })
    s.set(FLOOD, 2)
    s.until(20 * second)
    s.set(SLOPE, 4)
    s.until(40 * second)
    s.set(SLOPE, 0)
    s.until(1 * minute)
    const said = s.said('voice').map(({ text }) => text)
    expect(said.filter((text, index) => text !== said[index - 1])).toEqual(['水', '山', '水'])
    expect(s.causes('voice')).toContain('slope; flood')
  })
})

describe('a call list', () => {
  const modem = { outputs: [output('sms', 'sms')], actions: [action('sms', level('slope', '>=', 1), 'slope', { call: 'wardens' })] }

  it('is told together, again, and then the next list, and then nobody', () => {
    const s = place(modem)
    s.set(SLOPE, 1)
    s.until(2 * hour)
    expect(s.said('sms').map(({ at, to }) => [Math.round(at), to?.join()])).toEqual([
      [0, '1,2'],
      [5, '1,2'],
      [10, '3'],
    ])
    expect(s.acts('sms')).toEqual(['slope: wardens, call 1 of 2', 'slope: wardens, call 2 of 2', 'slope: town, call 1 of 1'])
  })

  it.each([
    ['the key at the place', (s: ReturnType<typeof place>) => s.press(ACKNOWLEDGE)],
    ['an order', (s: ReturnType<typeof place>) => void s.order('acknowledge', { alarm: 'slope' })],
  ])('is not told again after %s, which ends nothing else', (_, acknowledged) => {
    const s = place({ outputs: [...modem.outputs, output('siren', 'siren')], actions: [...modem.actions, action('siren', level('slope', '>=', 1), 'slope')] })
    s.set(SLOPE, 1)
    s.until(1 * minute)
    acknowledged(s)
    s.until(20 * minute)
    expect(s.said('sms')).toHaveLength(1)
    expect(s.told('siren').at(-1)?.[1]).toBe(true)
    expect(s.state.alarms[0]?.level).toBe(1)
  })

  it('is told anew when the colour rises, though it was acknowledged, and not when it falls', () => {
    const s = place(modem)
    s.set(SLOPE, 2)
    s.until(1 * minute)
    s.press(ACKNOWLEDGE)
    s.set(SLOPE, 4)
    s.until(2 * minute)
    s.press(ACKNOWLEDGE)
    s.set(SLOPE, 1)
    s.until(20 * minute)
    expect(s.said('sms').map(({ text }) => text?.slice(9, 11))).toEqual(['黄色', '红色'])
  })

  it('is told the higher colour first, one at a time, and a failed one again under the same wish', () => {
    const s = place({ outputs: modem.outputs, actions: [...modem.actions, action('sms', level('flood', '>=', 1), 'flood', { call: 'town' })] })
    s.reads.sms = false
    s.set(SLOPE, 1)
    s.until(20 * second)
    expect(s.troubles()).toEqual(['sms'])
    s.set(FLOOD, 4)
    s.until(40 * second)
    s.reads.sms = true
    s.until(3 * minute)
    expect(s.said('sms').map(({ to, wish }) => [to?.join(), wish])).toEqual([
      ['1,2', 1],
      ['3', 2],
      ['3', 2],
      ['1,2', 1],
    ])
    expect(s.troubles()).toEqual([])
  })

  it('gives a sending up after four tries, and its modem stays in the outputs alarm', () => {
    const s = place({ ...modem, response: { calls: [{ ...wardens, times: 1, next: null }] } })
    s.reads.sms = null
    s.set(SLOPE, 1)
    s.until(30 * minute)
    expect(s.said('sms')).toHaveLength(4)
    expect(s.troubles()).toEqual(['sms'])
  })

  it('is told of a higher colour also after its bound is over', () => {
    const s = place({ ...modem, outputs: [output('sms', 'sms', { longest: millis(10 * minute) })] })
    s.set(SLOPE, 1)
    s.until(2 * hour)
    s.set(SLOPE, 4)
    s.until(2 * hour + minute)
    expect(s.said('sms').at(-1)).toMatchObject({ at: 120 + 1 / 6, to: ['1', '2'] })
  })

  it('says who acknowledged what', () => {
    const s = place(modem)
    s.set(SLOPE, 1)
    s.until(1 * minute)
    s.order('acknowledge')
    expect(s.acts('sms').at(-1)).toBe('slope acknowledged by the role duty')
  })

  it('says why there is nothing to acknowledge', () => {
    expect(place(modem).order('acknowledge', { alarm: 'slope' })).toBe('nobody is being called for slope now')
  })
})

describe('a test', () => {
  const both = { outputs: [output('siren', 'siren'), output('voice', 'voice'), output('beacon', 'beacon'), output('sms', 'sms')], actions: [] }

  it('of a siren is announced as a test by the voices, and ends', () => {
    const s = place(both)
    s.until(1 * minute)
    expect(s.order('test', { output: 'siren' })).toBe('')
    s.until(3 * minute)
    expect(s.said('voice')[0]).toMatchObject({ at: 1, text: '测试，测试。大埔岭警报设备测试，没有危险。' })
    expect(s.told('siren').slice(1)).toEqual([
      [1 + 1 / 3, true],
      [1.5, false],
    ])
    expect(s.acts('siren')).toContain('test, ordered by the role duty')
  })

  it.each([
    ['09:00', -1, ''],
    ['before 9', -1.01, /sound from 9:00 to 18:00; at the place it is 8:59/],
    ['at a quarter to six', 7.75, ''],
    ['at 18:00', 8, /it is 18:00/],
    ['so late that it ends after 18:00', 7.995, /it is 17:59/],
    ['at night', 14, /it is 0:00/],
  ])('sounds by day only: %s', (_, hours, reason) => {
    const s = place({ ...both, wall: MORNING + hours * hour })
    s.one()
    expect(s.order('test', { output: 'siren' })).toMatch(reason)
    expect(s.order('test', { output: 'beacon' })).toBe(reason === '' ? 'another test is under way' : '')
  })

  it('of what makes no sound needs no clock, of a siren does', () => {
    const s = place({ ...both, quality: 'unsynchronised' })
    s.one()
    expect(s.order('test', { output: 'siren' })).toMatch(/nobody knows how late it is/)
    expect(s.order('test', { output: 'beacon' })).toBe('')
    s.until(1 * minute)
    expect(s.told('beacon').slice(1)).toEqual([
      [0, true],
      [1 / 6, false],
    ])
  })

  it.each([
    ['an output that is not there', { output: 'sirene' }, /no output "sirene"/],
    ['nothing', {}, /no output ""/],
    ['a modem without a list', { output: 'sms' }, /no call list ""/],
    ['what is no name at all', { output: 'x'.repeat(10_000) }, /^there is no output "x{40}"$/],
  ])('of %s is refused', (_, args, reason) => {
    const s = place(both)
    s.one()
    expect(s.order('test', args)).toMatch(reason)
  })

  it('of a modem tells one list, with the announcement', () => {
    const s = place(both)
    expect(s.order('test', { output: 'sms', list: 'town' })).toBe('')
    s.until(1 * minute)
    expect(s.said('sms')).toMatchObject([{ to: ['3'], text: '测试，测试。大埔岭警报设备测试，没有危险。' }])
  })

  it('is refused while an alarm stands, and ended at once by one', () => {
    const s = place({ ...both, actions: [action('siren', level('slope', 'is', 4), 'slope is red')] })
    s.until(1 * minute)
    s.order('test', { output: 'siren' })
    s.set(FLOOD, 1)
    s.until(3 * minute)
    expect(s.told('siren')).toEqual([[0, false]])
    expect(s.told('voice').at(-1)).toEqual([1 + 1 / 6, false])
    expect(s.order('test', { output: 'siren' })).toMatch(/the alarm flood stands/)
  })
})

describe('the silent loop test', () => {
  const loops = (s: ReturnType<typeof place>) => s.acts('siren').filter((cause) => typeof cause === 'string' && cause.startsWith('loop test'))

  it('is made at its hour each week, and told', () => {
    const s = place({ wall: MORNING - 2 * hour, every: hour })
    s.until(15 * day)
    expect(loops(s)).toEqual(['loop test passed', 'loop test passed', 'loop test passed'])
    expect(s.causes('siren').filter((cause) => cause === 'loop test')).toHaveLength(3)
    expect(s.told('siren')).toEqual([[0, false]])
  })

  it('is made each week by station time where nobody knows the hour', () => {
    const s = place({ quality: 'unsynchronised', every: hour })
    s.until(15 * day)
    expect(loops(s)).toEqual(['loop test passed', 'loop test passed'])
  })

  it('that fails is an alarm and is made again each hour until it passes', () => {
    const s = place({ wall: MORNING - 2 * hour })
    s.until(1 * hour)
    s.reads.siren = true
    s.until(2.5 * hour)
    expect(loops(s).at(-1)).toBe('loop test failed: it reads on though told off')
    expect(s.troubles()).toContain('siren loop test failed')
    s.reads.siren = false
    s.until(4 * hour)
    expect(loops(s).at(-1)).toBe('loop test passed')
    expect(s.troubles()).toEqual([])
  })

  it('that failed for a line that was down is made good by the first good answer', () => {
    const s = place()
    s.reads.siren = null
    s.one({ outputs: [{ output: 'siren', wanted: false, actual: null }] })
    expect(s.troubles()).toEqual(['siren', 'siren loop test failed'])
    s.one({ outputs: [{ output: 'siren', wanted: false, actual: false }] })
    expect(s.troubles()).toEqual([])
  })

  it('that hears its siren fails though the coil reads off', () => {
    const s = place({
      wall: MORNING - 2 * hour,
      outputs: [output('siren', 'siren', { proof: { channel: MICROPHONE, above: 50, within: millis(30 * second) } })],
    })
    s.until(1.9 * hour)
    s.set(MICROPHONE, 90)
    s.until(2.1 * hour)
    expect(loops(s).at(-1)).toBe('loop test failed: sounds without being told')
  })

  it('is overdue a day after its week where it could not be made', () => {
    const s = place({
      actions: [action('siren', level('slope', '>=', 1), 'slope')],
      outputs: [output('siren', 'siren', { longest: millis(20 * day) })],
      every: 10 * minute,
    })
    s.until(hour)
    s.set(SLOPE, 1)
    s.until(8 * day - minute)
    expect(s.troubles()).toEqual([])
    s.until(8 * day + minute)
    expect(s.troubles()).toEqual(['siren loop test overdue'])
  })

  it('does not run hour by hour though the wall clock leaps', () => {
    const s = place()
    s.until(1 * minute)
    const tests = s.causes('siren').length
    for (let k = 0; k < 50; k++) {
      const now = s.moment(s.now() + k * 1000)
      scan(s.state, emptyInput({ ...now, wall: instant(k % 2 === 0 ? 0 : MORNING + k * 7 * day) }))
    }
    expect(s.causes('siren')).toHaveLength(tests)
  })
})

it('the same inputs give the same outputs again, orders and keys and all', () => {
  const s = place({
    outputs: [output('siren', 'siren'), output('voice', 'voice'), output('sms', 'sms'), output('valve', 'valve', { valve: 'release-close', arm: ARM })],
    actions: [
      action('siren', level('slope', 'is', 4), 'slope is red'),
      action('voice', level('slope', '>=', 3), 'slope >= orange'),
      action('sms', level('slope', '>=', 1), 'slope', { call: 'wardens' }),
      action('valve', level('slope', 'is', 4), 'slope is red'),
    ],
  })
  s.until(1 * minute)
  s.press(ARM)
  s.order('test', { output: 'voice' })
  s.set(SLOPE, 3)
  s.until(4 * minute)
  s.order('silence')
  s.set(SLOPE, 4)
  s.until(30 * minute)
  s.order('acknowledge')
  const again = makeStation(s.plan, s.moment(0), 'test')
  const messages = s.inputs.flatMap((input) => scan(again, structuredClone(input)).messages)
  expect(JSON.stringify(messages)).toBe(JSON.stringify(s.messages))
})
