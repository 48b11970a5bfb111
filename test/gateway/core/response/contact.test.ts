import { describe, expect, it } from 'vitest'
import { millis } from '../../../../protocol/time.ts'
import { action, level, MICROPHONE, minute, output, place, SLOPE, second, sirens } from '../place.ts'

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

  it('of what makes no sound is told in the words of what is seen', () => {
    const lamp = {
      outputs: [output('beacon', 'beacon', { proof: { channel: MICROPHONE, above: 50, within: millis(30 * second) } })],
      actions: [action('beacon', level('slope', '>=', 3), 'slope >= orange')],
    }
    const dark = place(lamp)
    dark.set(SLOPE, 3)
    dark.until(45 * second)
    expect(dark.troubles()).toEqual(['beacon shows nothing'])
    dark.lose(MICROPHONE)
    dark.until(1.5 * minute)
    expect(dark.troubles()).toEqual(['beacon cannot be seen'])
    const lit = place(lamp)
    lit.until(1 * minute)
    lit.set(MICROPHONE, 80)
    lit.until(2 * minute)
    expect(lit.troubles()).toEqual(['beacon works without being told'])
  })

  it('on a channel that the plan does not have is a mistake of ours', () => {
    expect(() => place({ outputs: [output('siren', 'siren', { proof: { channel: 99, above: 50, within: millis(30 * second) } })] })).toThrow(/channel 99/)
  })

  it('that is missing is told apart', () => {
    const s = place(proven)
    s.set(SLOPE, 3)
    s.lose(MICROPHONE)
    s.until(1 * minute)
    expect(s.troubles()).toEqual(['siren cannot be heard'])
  })
})
