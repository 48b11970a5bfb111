import { describe, expect, it } from 'vitest'
import { heardOf } from '../../../../gateway/core/alarm/lives.ts'
import type { LifePlan, StationPlan } from '../../../../gateway/core/plan.ts'
import { verdictOf } from '../../../../gateway/core/scan.ts'
import type { LogMessage } from '../../../../protocol/messages.ts'
import { millis } from '../../../../protocol/time.ts'
import { ACKNOWLEDGE, action, FLOOD, hour, level, minute, output, place, SLOPE } from '../place.ts'

const alarm = (name: string, life: Partial<LifePlan>): StationPlan['alarms'][number] => ({
  name,
  life: { latch: false, lifeSafety: false, shelve: millis(8 * hour), suppress: null, ...life },
  levels: ([1, 2, 3, 4] as const).map((at) => ({ level: at, when: level('creep', '>=', at) })),
})

/** A siren for an alarm with this life, which follows the level of the slope. */
const yard = (life: Partial<LifePlan>) =>
  place({ alarms: [alarm('yard', life)], outputs: [output('siren', 'siren')], actions: [action('siren', level('yard', '>=', 3), 'yard >= orange')] })

type Place = ReturnType<typeof place>
const logs = ({ messages }: Place, name = 'yard'): LogMessage[] => messages.filter((one): one is LogMessage => one.kind === 'log' && one.alarm === name)
const story = (p: Place, name = 'yard'): string[] => logs(p, name).map(({ change, state, annunciate }) => `${change} ${state}${annunciate ? '!' : ''}`)
const lifeOf = ({ messages }: Place, name = 'yard') => {
  const last = messages.findLast((one) => one.kind === 'alarm' && one.alarm === name)
  return last?.kind === 'alarm' ? last.life : null
}

describe('an alarm that is acknowledged', () => {
  it('is told so, with who did it, and is called for again when it rises', () => {
    const p = yard({})
    p.set(SLOPE, 2)
    p.until(minute)
    expect(p.order('acknowledge', { alarm: 'yard' })).toBe('')
    expect(lifeOf(p)).toEqual({ state: 'ACKED', occurrence: 1, by: 'the role duty', reason: '' })
    p.set(SLOPE, 3)
    p.until(2 * minute)
    p.set(SLOPE, 0)
    p.until(3 * minute)
    expect(story(p)).toEqual(['raised UNACK!', 'acknowledged ACKED', 'escalated UNACK!', 'cleared RTNUN'])
    expect(logs(p)[1]).toMatchObject({ by: 'the role duty', from: 'yellow', level: 'yellow' })
  })

  it('is so by the key at the place too, with all the others', () => {
    const p = yard({})
    p.set(SLOPE, 2)
    p.set(FLOOD, 1)
    p.until(minute)
    p.press(ACKNOWLEDGE)
    for (const name of ['yard', 'slope', 'flood']) expect(lifeOf(p, name)).toMatchObject({ state: 'ACKED', by: 'the key at the place' })
  })

  it('is refused by name where nobody waits for it, and where there is none', () => {
    const p = yard({})
    expect(p.order('acknowledge', { alarm: 'yard' })).toBe('yard: nobody waits for it to be acknowledged')
    expect(p.order('acknowledge', { alarm: 'yrad' })).toMatch(/there is no alarm "yrad"; there are slope, flood, yard/)
    expect(p.order('acknowledge')).toBe('no alarm waits to be acknowledged')
  })

  it('comes again as another occurrence', () => {
    const p = yard({})
    for (const [at, value] of [
      [1, 1],
      [2, 0],
      [3, 1],
    ] as const) {
      p.set(SLOPE, value)
      p.until(at * minute)
    }
    expect(lifeOf(p)).toMatchObject({ state: 'UNACK', occurrence: 2 })
  })
})

describe('an alarm that its site file suppresses', () => {
  const byFlood: Partial<LifePlan> = { suppress: level('water', '>=', 1) }

  it('sounds nothing while that is so, is told all the same, and sounds when it is no longer so', () => {
    const p = yard(byFlood)
    p.set(FLOOD, 1)
    p.until(minute)
    p.set(SLOPE, 4)
    p.until(2 * minute)
    expect(p.told('siren')).toEqual([[0, false]])
    p.set(FLOOD, 0)
    p.until(3 * minute)
    expect(p.told('siren').at(-1)?.[1]).toBe(true)
    expect(story(p)).toEqual(['suppressed DSUPR', 'raised DSUPR', 'unsuppressed UNACK!'])
  })

  it('sounds where it cannot be told whether that is so', () => {
    const p = yard(byFlood)
    p.set(FLOOD, 1)
    p.until(minute)
    p.lose(FLOOD)
    p.set(SLOPE, 4)
    p.until(3 * minute)
    expect(p.told('siren').at(-1)?.[1]).toBe(true)
  })

  it('sounds at the place where lives hang on it, and is only told to be suppressed', () => {
    const p = yard({ ...byFlood, lifeSafety: true, shelve: millis(0) })
    p.set(FLOOD, 1)
    p.until(minute)
    p.set(SLOPE, 4)
    p.until(2 * minute)
    expect(p.told('siren').at(-1)?.[1]).toBe(true)
    expect(story(p)).toEqual(['suppressed DSUPR', 'raised DSUPR'])
  })
})

it('an alarm that is kept quiet takes no doubt away from what others look at', () => {
  const p = yard({})
  p.set(SLOPE, 4)
  p.until(minute)
  expect(p.act('shelve', { alarm: 'yard', forMs: hour })).toBe('')
  const heard = heardOf(p.state.alarms, Object.assign(verdictOf(p.state), { lost: () => 3 as const, waits: () => 4 as const }))
  expect([heard('yard'), heard('creep')]).toEqual([0, 4])
  expect([heard.lost?.('yard'), heard.lost?.('slope'), heard.waits?.('creep')]).toEqual([0, 3, 4])
})

it('an alarm on which lives hang is shelved by nobody, whatever its plan says', () => {
  const p = yard({ lifeSafety: true })
  p.set(SLOPE, 4)
  p.until(minute)
  for (const args of [{ forMs: minute }, { once: true }]) expect(p.act('shelve', { alarm: 'yard', ...args })).not.toBe('')
  expect(lifeOf(p)?.state).toBe('UNACK')
  expect(p.told('siren').at(-1)?.[1]).toBe(true)
})

describe('what keeps an alarm quiet', () => {
  const ended = (p: Place, change: LogMessage['change']) => logs(p).find((one) => one.change === change)?.observed

  it.each([
    ['a shelf', 'shelve', 'unshelved'],
    ['being out of service', 'out-of-service', 'in-service'],
  ] as const)('ends when its time is over, and the station wakes for that: %s', (_, op, change) => {
    const p = yard({})
    p.set(SLOPE, 4)
    p.until(minute)
    expect(p.act(op, { alarm: 'yard', forMs: 12_345 })).toBe('')
    const from = p.now()
    p.until(2 * minute)
    expect(ended(p, change)).toBe(p.moment(from + 12_345).wall)
    expect(story(p)).toEqual([expect.stringMatching('raised UNACK!'), expect.anything(), `${change} UNACK!`])
  })

  it('ends with what the site file looks back at, and the station wakes for that', () => {
    const p = yard({ suppress: { op: 'within', of: level('water', '>=', 1), span: millis(61_234) } })
    p.set(FLOOD, 1)
    p.until(minute)
    p.set(FLOOD, 0)
    const last = p.now()
    p.until(5 * minute)
    const at = ended(p, 'unsuppressed') as number
    expect([p.moment(last).wall, p.moment(last + 10_000).wall].map((wall) => wall + 61_234)).toContain(at)
  })
})

describe('a latching alarm', () => {
  it('stays in sight when its cause is gone', () => {
    const p = yard({ latch: true })
    p.set(SLOPE, 2)
    p.until(minute)
    p.set(SLOPE, 0)
    p.until(2 * minute)
    expect(lifeOf(p)?.state).toBe('LATUN')
    p.order('acknowledge')
    expect(lifeOf(p)?.state).toBe('LATACK')
  })
})
