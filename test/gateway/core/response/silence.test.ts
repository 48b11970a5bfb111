import { describe, expect, it } from 'vitest'
import { FLOOD, hour, MORNING, minute, place, SILENCE, SLOPE, second, sirens } from '../place.ts'

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

  it.each([
    [-1, /no number of milliseconds above 0/],
    ['long', /no number of milliseconds above 0/],
    [16 * minute, /at most for 15 min/],
  ])('is not to be had for %o', (forMs, reason) => {
    const s = place(sirens)
    s.set(SLOPE, 3)
    s.until(1 * minute)
    expect(s.order('silence', { forMs })).toMatch(reason)
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

it.each([3, 12, 21])('no hour mutes a warning: at %i o’clock at the place the siren sounds', (hours) => {
  const s = place({ wall: MORNING + (hours - 10) * hour })
  s.set(SLOPE, 4)
  s.until(20 * second)
  expect(s.told('siren').at(-1)).toEqual([1 / 6, true])
})
