import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeStation, scan } from '../../../../gateway/core/scan.ts'
import { millis } from '../../../../protocol/time.ts'
import { ACKNOWLEDGE, ARM, action, FLOOD, level, minute, output, place, SILENCE, SLOPE, second } from '../place.ts'

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

describe('whatever happens', () => {
  const everything = {
    outputs: [
      output('siren', 'siren'),
      output('voice', 'voice', { longest: millis(5 * minute) }),
      output('beacon', 'beacon'),
      output('sms', 'sms'),
      output('released', 'valve', { valve: 'release-close', arm: ARM, longest: millis(Infinity) }),
      output('pulsed', 'valve', { valve: 'pulse-close', longest: millis(Infinity) }),
    ],
    actions: [
      action('siren', level('slope', 'is', 4), 'slope is red', { hold: millis(10 * minute) }),
      action('siren', level('flood', '>=', 3), 'flood >= orange'),
      action('voice', level('slope', '>=', 2), 'slope >= yellow'),
      action('beacon', level('flood', '>=', 1), 'flood'),
      action('sms', level('slope', '>=', 1), 'slope', { call: 'wardens' }),
      action('sms', level('flood', '>=', 1), 'flood', { call: 'town' }),
      ...['released', 'pulsed'].map((name) => action(name, level('slope', '>=', 3), 'slope >= orange')),
    ],
  }
  const names = ['siren', 'voice', 'beacon', 'sms', 'released', 'pulsed']
  const step = fc.oneof(
    fc.record({ set: fc.constantFrom(SLOPE, FLOOD), value: fc.nat(4) }),
    fc.record({ lose: fc.constantFrom(SLOPE, FLOOD, SILENCE, ARM) }),
    fc.record({ press: fc.constantFrom(SILENCE, ARM, ACKNOWLEDGE) }),
    fc.record({ order: fc.constantFrom('silence', 'acknowledge', 'test', 'close'), of: fc.constantFrom(...names) }),
    fc.record({ deaf: fc.constantFrom(...names), reads: fc.constantFrom(true, false, null) }),
    fc.record({ healed: fc.constantFrom(...names) }),
  )
  const story = fc.array(fc.tuple(step, fc.constantFrom(1, 10, 60, 200, 1000)), { minLength: 8, maxLength: 25 })

  function play(steps: [Record<string, unknown>, number][]) {
    const s = place(everything)
    const watch: { at: number; silenced: boolean; armed: boolean; asked: boolean; presses: number }[] = []
    let presses = 0
    const note = (): void => {
      const of = (name: string) => s.state.outputs.find(({ plan }) => plan.name === name)
      watch.push({
        at: s.now(),
        silenced: of('siren')?.wanted === false && (of('siren')?.requests.some(({ active }) => active) ?? false),
        armed: of('released')?.wanted === false,
        asked: of('released')?.requests.some(({ active }) => active) ?? false,
        presses,
      })
    }
    for (const [one, seconds] of steps) {
      if (typeof one.set === 'number') s.set(one.set, one.value as number)
      if (typeof one.lose === 'number') s.lose(one.lose)
      if (one.press === ARM) presses++
      if (typeof one.press === 'number') s.press(one.press)
      if (typeof one.order === 'string') s.order(one.order, { output: one.of, list: 'town' }, { by: one.order === 'close' ? 'chief' : 'duty' })
      if (typeof one.deaf === 'string') s.reads[one.deaf] = one.reads as boolean | null
      if (typeof one.healed === 'string') delete s.reads[one.healed]
      note()
      for (let passed = 0; passed < seconds; passed += 10) {
        s.until(s.now() + Math.min(10, seconds - passed) * second)
        note()
      }
    }
    return { s, watch }
  }

  it('no valve is let open but by its key, none while it is asked to close; no silence is longer than a quarter of an hour; every command has its cause', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { s, watch } = play(steps as [Record<string, unknown>, number][])
        for (const [index, { armed, asked, presses }] of watch.entries()) {
          expect(armed && asked).toBe(false)
          const before = watch[index - 1]
          if (armed && !before?.armed) expect(presses).toBeGreaterThan(before?.presses ?? 0)
        }
        let since: number | null = null
        for (const { at, silenced } of watch) {
          since = silenced ? (since ?? at) : null
          if (since !== null) expect(at - since).toBeLessThanOrEqual(15 * minute)
        }
        expect(s.told('pulsed').every(([, on]) => on)).toBe(true)
        for (const name of names) expect(s.causes(name).every((cause) => cause !== '')).toBe(true)
        const calls = s.said('sms').filter(({ text }) => !text?.startsWith('测试'))
        // Four tries of each piece, three rounds over both lists, at each rise: a rise takes a step.
        expect(calls.length).toBeLessThanOrEqual(4 * 3 * 2 * (steps.length + 1))
      }),
      { numRuns: Number(process.env.FUZZ ?? 60) },
    )
  })

  it('the same inputs give the same again', () => {
    fc.assert(
      fc.property(story, (steps) => {
        const { s } = play(steps as [Record<string, unknown>, number][])
        const again = makeStation(s.plan, s.moment(0), 'test')
        const messages = s.inputs.flatMap((input) => scan(again, structuredClone(input)).messages)
        expect(JSON.stringify(messages)).toBe(JSON.stringify(s.messages))
      }),
      { numRuns: Number(process.env.FUZZ ?? 20) },
    )
  })
})
