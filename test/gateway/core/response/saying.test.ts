import { describe, expect, it } from 'vitest'
import { plainResponse } from '../../../../gateway/core/plan.ts'
import { digestWords } from '../../../../gateway/core/response/saying.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { action, FLOOD, hour, level, MORNING, minute, output, place, SLOPE, second } from '../place.ts'

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

  it('says the words of the site in the language that they are written in, rather than nothing', () => {
    const s = place({ ...voice, actions: [action('voice', level('slope', '>=', 1), 'slope', { says: { en: 'Leave now.' } })] })
    s.set(SLOPE, 4)
    s.until(20 * second)
    expect(s.said('voice')[0]?.text).toBe('Leave now.')
  })

  it.each([
    ['synchronised', '甲多项预警：b红色、a蓝色，07-01 10:00。', '甲: 2 warnings: b red, a blue, 07-01 10:00.'],
    ['unsynchronised', '甲多项预警：b红色、a蓝色。', '甲: 2 warnings: b red, a blue.'],
  ] as const)('of several alarms names the highest first, and a time only where it is known: %s', (wallQuality, zh, en) => {
    const named = [
      { name: 'a', level: 1 },
      { name: 'b', level: 4 },
    ] as const
    const now = { at: millis(0), wall: instant(MORNING), wallQuality }
    const tests = { ...plainResponse.tests, utcOffset: millis(8 * hour) }
    expect(digestWords(named, { ...plainResponse, place: '甲', tests }, now)).toEqual({ zh, en })
  })

  it('gives a recording half a minute, since nobody knows how long it is', () => {
    const s = place({ ...voice, actions: [action('voice', level('slope', '>=', 1), 'slope', { says: { zh: '#3' } })] })
    s.set(SLOPE, 4)
    s.until(130 * second)
    const said = s.said('voice').map(({ at }) => Math.round(at * 60))
    expect(said.slice(1).map((at, index) => at - (said[index] ?? 0))).toEqual([30, 30, 30])
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
