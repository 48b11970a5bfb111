import { describe, expect, it } from 'vitest'
import { callOff, loopDue, loopEnd, makeLoop, weeklyHour } from '../../../../gateway/core/response/loop.ts'
import { scan } from '../../../../gateway/core/scan.ts'
import { emptyInput } from '../../../../protocol/recording.ts'
import { instant, type Moment, millis } from '../../../../protocol/time.ts'
import { action, day, hour, level, MICROPHONE, MORNING, minute, output, place, SLOPE, second } from '../place.ts'

const plan = { utcOffset: millis(8 * hour), length: millis(0), day: 3, hour: 10 }

describe('the weekly hour', () => {
  it.each([
    ['at the hour itself', MORNING, MORNING],
    ['a millisecond before', MORNING - 1, MORNING - 7 * day],
    ['a week less a millisecond after', MORNING + 7 * day - 1, MORNING],
    ['before 1970', -1, Date.UTC(1969, 11, 31, 2)],
  ])('is the last one: %s', (_, wall, hourOf) => {
    expect(weeklyHour(instant(wall), plan)).toBe(hourOf)
  })

  it('is local: at midnight of Sunday in the far west it is Sunday noon and more in UTC', () => {
    const far = { ...plan, utcOffset: millis(-11 * hour), day: 0, hour: 0 }
    expect(new Date(weeklyHour(instant(MORNING), far)).toISOString()).toBe('2026-06-28T11:00:00.000Z')
  })
})

describe('the silent loop test', () => {
  it('that is called off because its output is to be on is made up for at once; one that passed is not', () => {
    const at = (ms: number): Moment => ({ at: millis(ms), wall: instant(MORNING + ms), wallQuality: 'synchronised' })
    const loop = makeLoop(millis(0))
    expect([loopDue(loop, plan, true, at(0)), loopDue(loop, plan, true, at(minute))]).toEqual([true, false])
    callOff(loop)
    expect(loopDue(loop, plan, true, at(minute))).toBe(true)
    loopEnd(loop, { output: 'siren', wanted: false, actual: false }, '', plan, at(minute))
    callOff(loop)
    expect(loopDue(loop, plan, true, at(2 * minute))).toBe(false)
  })

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

  it('is made each week though the wall clock was once far ahead', () => {
    const s = place({ every: hour })
    s.until(2 * hour)
    const now = s.moment(s.now())
    const ahead = scan(s.state, emptyInput({ ...now, wall: instant(MORNING + 20 * 365 * day) }))
    expect(ahead.actions.map(({ cause }) => cause)).toEqual(['loop test'])
    s.one({ outputs: [{ output: 'siren', wanted: false, actual: false }] })
    s.until(9 * day)
    expect(s.troubles()).toEqual([])
    expect(loops(s).at(-1)).toBe('loop test passed')
  })
})
