import { describe, expect, it } from 'vitest'
import { ARM, action, hour, level, minute, output, place, SILENCE, SLOPE, second } from './place.ts'

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

  it('is not armed while an alarm behind the alarm that closes it cannot be told', () => {
    const s = place({
      ...released,
      alarms: [{ name: 'all', levels: [{ level: 4, when: level('slope', 'is', 4) }] }],
      actions: [action('valve', level('all', 'is', 4), 'all is red')],
    })
    s.lose(SLOPE)
    s.until(1 * minute)
    s.press(ARM)
    expect(s.acts('valve')).toContain('not armed: it cannot be told whether all is red')
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

  it('that has closed by a pulse is told again once a minute while it is asked, since each pulse wears it', () => {
    const s = place(pulsed)
    s.set(SLOPE, 4)
    s.until(5 * minute)
    const told = s.causes('valve').length
    s.until(10 * minute)
    expect(s.causes('valve')).toHaveLength(told + 5)
  })

  it('says by whom it was armed', () => {
    const s = place(released)
    s.until(1 * minute)
    s.press(ARM)
    expect(s.causes('valve').at(-1)).toBe('armed by the key at the place')
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
    s.until(s.now() + 10 * second)
    s.press(ARM)
    expect(s.acts('valve')).toContain('not armed: close, ordered by the role chief')
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
