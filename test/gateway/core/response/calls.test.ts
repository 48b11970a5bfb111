import { describe, expect, it } from 'vitest'
import { millis } from '../../../../protocol/time.ts'
import { ACKNOWLEDGE, action, FLOOD, hour, level, minute, output, place, SLOPE, second, wardens } from '../place.ts'

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

  it('is told anew of a second alarm of the same colour, though the first was acknowledged', () => {
    const either = { op: 'or' as const, of: [level('slope', 'is', 4), level('flood', 'is', 4)] }
    const s = place({ outputs: modem.outputs, actions: [action('sms', either, 'slope is red or flood is red', { call: 'wardens' })] })
    s.set(SLOPE, 4)
    s.until(1 * minute)
    s.press(ACKNOWLEDGE)
    s.set(FLOOD, 4)
    s.until(2 * minute)
    expect(s.said('sms').map(({ text }) => text?.slice(3, 8))).toEqual(['slope', 'flood'])
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

  it('does not tell those who wait what has been overtaken by a higher colour', () => {
    const numbers = Array.from({ length: 12 }, (_, k) => `${k}`)
    const s = place({ ...modem, response: { calls: [{ ...wardens, numbers, next: null }] } })
    s.reads.sms = false
    s.set(SLOPE, 1)
    s.until(20 * second)
    s.reads.sms = true
    s.set(SLOPE, 4)
    s.until(3 * minute)
    const told = (colour: RegExp): string[] => s.said('sms').flatMap(({ text, to }) => (colour.test(text ?? '') ? (to ?? []) : []))
    expect(new Set(told(/红色/))).toEqual(new Set(numbers))
    // The first five were with the modem, which is tried again.
    expect(new Set(told(/蓝色/))).toEqual(new Set(numbers.slice(0, 5)))
  })

  it('gives a sending up after four tries, and its modem stays in the outputs alarm', () => {
    const s = place({ ...modem, response: { calls: [{ ...wardens, times: 1, next: null }] } })
    s.reads.sms = null
    s.set(SLOPE, 1)
    s.until(30 * minute)
    expect(s.said('sms')).toHaveLength(4)
    expect(s.troubles()).toEqual(['sms'])
  })

  it('that failed is not tried again where it was acknowledged meanwhile; the first one is', () => {
    const tries = (first: boolean): number => {
      const s = place(modem)
      if (first) s.reads.sms = false
      s.set(SLOPE, 1)
      s.until(first ? 30 * second : 5 * minute)
      s.reads.sms = false
      s.until(s.now() + 20 * second)
      const before = s.said('sms').length
      s.press(ACKNOWLEDGE)
      s.until(s.now() + 30 * minute)
      return s.said('sms').length - before
    }
    expect([tries(false), tries(true)]).toEqual([0, 3])
  })

  it('takes no word of its modem for an answer that is none to what it was sent', () => {
    const s = place(modem)
    s.set(SLOPE, 1)
    s.until(minute)
    const acts = s.acts('sms').length
    s.one({ outputs: [{ output: 'sms', wanted: true, actual: false }] })
    s.one({ outputs: [{ output: 'sms', wanted: false, actual: false }] })
    expect(s.acts('sms')).toHaveLength(acts)
    expect(s.troubles()).toEqual([])
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
    expect(place(modem).order('acknowledge', { alarm: 'slope' })).toBe('slope: nobody waits for it to be acknowledged')
  })
})

describe('a flood of alarms', () => {
  const names = Array.from({ length: 12 }, (_, k) => `gauge-${k}`)
  const flooded = () => {
    const s = place({
      alarms: names.map((name) => ({ name, levels: ([1, 4] as const).map((at) => ({ level: at, when: level('water', '>=', at) })) })),
      outputs: [output('sms', 'sms')],
      actions: [
        ...names.map((name) => action('sms', level(name, '>=', 1), name, { call: 'wardens' })),
        action('sms', level('slope', '>=', 1), 'slope', { call: 'wardens' }),
      ],
    })
    s.set(FLOOD, 1)
    s.until(20 * second)
    return s
  }

  it('is told as one message, which names the first of them', () => {
    const s = flooded()
    const said = s.said('sms')
    expect(said).toHaveLength(2)
    expect(said[1]?.text).toMatch(/^大埔岭多项预警：gauge-1蓝色、gauge-2蓝色、.*等11项，07-01 10:00。$/)
    expect(said[1]?.to).toEqual(['1', '2'])
    expect(s.acts('sms').at(-1)).toBe('flood of alarms: 11 messages in one')
  })

  it('never holds a red one', () => {
    const s = flooded()
    s.set(SLOPE, 4)
    s.until(40 * second)
    expect(s.said('sms').at(-1)?.text).toMatch(/slope，红色预警/)
  })

  it('holds what comes after for a minute, and tells all of it', () => {
    const s = flooded()
    s.set(SLOPE, 2)
    s.until(minute)
    expect(s.said('sms')).toHaveLength(2)
    s.until(2 * minute)
    expect(s.said('sms')).toHaveLength(3)
    expect(s.said('sms').at(-1)?.text).toMatch(/slope，黄色预警/)
  })

  it('that ends while something is held lets it go at once, and alone', () => {
    const s = flooded()
    s.press(ACKNOWLEDGE)
    s.until(9.5 * minute)
    s.set(SLOPE, 1)
    s.until(9 * minute + 40 * second)
    s.set(SLOPE, 2)
    s.until(10 * minute)
    const before = s.said('sms').length
    expect(s.said('sms').at(-1)?.text).toMatch(/slope，蓝色预警/)
    s.until(10.5 * minute)
    // A minute after the last one would be 10.7.
    expect(
      s
        .said('sms')
        .slice(before)
        .map(({ at, text }) => [at < 10.5, text]),
    ).toEqual([[true, expect.stringMatching(/slope，黄色预警/)]])
  })

  it('is told to each list on its own', () => {
    const s = place({
      alarms: names.map((name) => ({ name, levels: [{ level: 1, when: level('water', '>=', 1) }] })),
      outputs: [output('sms', 'sms')],
      actions: names.map((name, k) => action('sms', level(name, '>=', 1), name, { call: k % 2 === 0 ? 'wardens' : 'town' })),
    })
    s.set(FLOOD, 1)
    s.until(20 * second)
    const told = s.said('sms').slice(-2)
    expect(told.map(({ to }) => to?.join())).toEqual(expect.arrayContaining(['1,2', '3']))
    for (const { text } of told) expect(text).toMatch(/多项预警/)
  })

  it('is over after ten minutes: then each is told alone again', () => {
    const s = flooded()
    s.press(ACKNOWLEDGE)
    s.until(15 * minute)
    const before = s.said('sms').length
    s.set(SLOPE, 1)
    s.until(15 * minute + 20 * second)
    expect(
      s
        .said('sms')
        .slice(before)
        .map(({ at, text }) => [at > 15, text]),
    ).toEqual([[true, expect.stringMatching(/slope，蓝色预警/)]])
  })
})
