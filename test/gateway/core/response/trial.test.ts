import { describe, expect, it } from 'vitest'
import { action, FLOOD, hour, level, MORNING, minute, output, place, town } from '../place.ts'

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

  it('of a siren sounds at once where the place has no voice', () => {
    const s = place({ outputs: [output('siren', 'siren')], actions: [] })
    s.until(1 * minute)
    expect(s.order('test', { output: 'siren' })).toBe('')
    s.until(3 * minute)
    expect(s.told('siren').slice(1)).toEqual([
      [1, true],
      [1 + 1 / 6, false],
    ])
  })

  it('of a siren is called off where no voice has announced it', () => {
    const s = place({ ...both, outputs: [...both.outputs, output('speaker', 'voice')] })
    s.reads.voice = false
    s.until(1 * minute)
    s.order('test', { output: 'siren' })
    s.until(3 * minute)
    expect(s.told('siren').slice(1)).toHaveLength(2)
    s.reads.speaker = null
    s.order('test', { output: 'siren' })
    s.until(6 * minute)
    expect(s.told('siren').slice(1)).toHaveLength(2)
    expect(s.acts('siren').at(-1)).toBe('test, ordered by the role duty, called off: no voice has announced it')
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
    ['a heartbeat', { output: 'beat' }, /tested by its own beat/],
    ['a valve', { output: 'valve' }, /close it, at a time that suits/],
    ['what is no name at all', { output: 'x'.repeat(10_000) }, /^there is no output "x{40}"$/],
  ])('of %s is refused', (_, args, reason) => {
    const s = place({ ...both, outputs: [...both.outputs, output('beat', 'heartbeat'), output('valve', 'valve')] })
    s.one()
    expect(s.order('test', args)).toMatch(reason)
  })

  it('of what is on already is refused', () => {
    const s = place(both)
    s.until(1 * minute)
    expect(s.order('test', { output: 'beacon' })).toBe('')
    s.until(s.now() + 5000)
    expect(s.order('test', { output: 'beacon' })).toBe('it is on already')
  })

  it('of a modem is refused while another one waits for it: a test is not worth a queue', () => {
    const many = { ...town, numbers: Array.from({ length: 12 }, (_, k) => `${k}`) }
    const s = place({ ...both, response: { calls: [many] } })
    expect(s.order('test', { output: 'sms', list: 'town' })).toBe('')
    expect(s.order('test', { output: 'sms', list: 'town' })).toBe('a test waits for the modem already')
    s.until(1 * minute)
    expect(s.said('sms').map(({ to }) => to?.length)).toEqual([5, 5, 2])
    expect(s.order('test', { output: 'sms', list: 'town' })).toBe('')
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
