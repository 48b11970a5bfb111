import { describe, expect, it } from 'vitest'
import { loadAt, loadFigures, makeLoad, noteLoad } from '../../../../gateway/core/alarm/load.ts'
import type { LogMessage, Message } from '../../../../protocol/messages.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { day, FLOOD, level, minute, place, SLOPE, second } from '../place.ts'

const told = (alarm: string, change: LogMessage['change'], annunciate: boolean): Message => ({
  ...{ kind: 'log', to: null, observed: instant(0), timeQuality: 'synchronised', alarm, change, from: 'none', level: 'blue', why: [], technical: false },
  ...{ state: annunciate ? 'UNACK' : 'NORM', annunciate },
})

/** Calls at these times; gives the figures at the end of them. */
function load(...calls: number[]) {
  const held = makeLoad()
  for (const at of calls) noteLoad(held, [told('a', 'escalated', true)], millis(at))
  const figures = (at: number) => {
    noteLoad(held, [], millis(at))
    return loadFigures(held, [], millis(at))
  }
  return { held, figures }
}

const every = (ms: number, count: number): number[] => Array.from({ length: count }, (_, k) => k * ms)

describe('a flood of alarms', () => {
  it('begins with the eleventh call in ten minutes', () => {
    expect(load(...every(second, 10)).figures(minute)).toMatchObject({ calledIn10min: 10, flood: false })
    expect(load(...every(second, 11)).figures(minute)).toMatchObject({ calledIn10min: 11, flood: true })
    expect(load(...every(minute, 11)).figures(10 * minute)).toMatchObject({ calledIn10min: 10, flood: false })
  })

  it('ends when fewer than five are left, and the station wakes for that', () => {
    const { held, figures } = load(...every(minute / 2, 12))
    // The twelve came until 5.5 min: the eighth, at 3.5 min, is the fifth from the end.
    expect(loadAt(held)).toBe(13.5 * minute)
    expect(figures(13.5 * minute - 1)).toMatchObject({ flood: true, calledIn10min: 5 })
    expect(figures(13.5 * minute)).toMatchObject({ flood: false, calledIn10min: 4, calledTotal: 12 })
  })
})

describe('an alarm', () => {
  it('chatters at its third change within a minute', () => {
    const p = place()
    const turn = (value: number): string[] => {
      p.set(SLOPE, value)
      p.until(p.now() + 10 * second)
      return loadFigures(p.state.load, p.state.alarms, p.moment(p.now()).at).chattering
    }
    expect([turn(1), turn(0), turn(1)]).toEqual([[], [], ['slope']])
    p.until(2 * minute)
    expect(loadFigures(p.state.load, p.state.alarms, millis(2 * minute)).chattering).toEqual([])
  })

  it('chatters for a minute from the first of three changes, and is stale a day after the last, to the millisecond', () => {
    const p = place()
    const held = makeLoad()
    for (const change of ['raised', 'cleared', 'raised'] as const) noteLoad(held, [told('flood', change, false)], millis(0))
    p.set(FLOOD, 1)
    p.until(10 * second)
    const raised = p.state.alarms.find(({ name }) => name === 'flood')?.since as number
    const named = (of: 'chattering' | 'stale', at: number) => loadFigures(held, p.state.alarms, millis(at))[of]
    expect([named('chattering', minute - 1), named('chattering', minute)]).toEqual([['flood'], []])
    expect([named('stale', raised + day), named('stale', raised + day + 1)]).toEqual([[], ['flood']])
  })

  it('is counted each time that a person is called for, since the start', () => {
    const { held, figures } = load(0, 1, 2)
    noteLoad(held, [told('a', 'lowered', false)], millis(3))
    expect(figures(day)).toMatchObject({ calledTotal: 3, calledIn10min: 0 })
  })

  it('is counted to ten thousand calls in ten minutes, and no more of them are held', () => {
    expect(load(...every(0, 10_002)).figures(second)).toMatchObject({ calledIn10min: 10_000, calledTotal: 10_002 })
  })

  it.each([
    ['shelved', 'shelve', {}],
    ['suppressed', 'none', { suppress: level('water', '>=', 1) }],
    ['outOfService', 'out-of-service', {}],
  ] as const)('is named where it is kept quiet: %s', (of, op, life) => {
    const kept = { latch: false, lifeSafety: false, shelve: millis(60 * minute), suppress: null, ...life }
    const p = place({ alarms: [{ name: 'yard', life: kept, levels: [{ level: 1, when: level('creep', '>=', 1) }] }] })
    p.set(FLOOD, 1)
    p.until(10 * second)
    if (op !== 'none') expect(p.act(op, { alarm: 'yard', forMs: 10 * minute })).toBe('')
    const { shelved, suppressed, outOfService } = loadFigures(p.state.load, p.state.alarms, millis(p.now()))
    expect({ shelved, suppressed, outOfService }).toEqual({ shelved: [], suppressed: [], outOfService: [], [of]: ['yard'] })
  })

  it('is stale when it has stood for more than a day, and is named while it is kept quiet', () => {
    const p = place({ every: 600 * second })
    p.set(FLOOD, 1)
    p.until(600 * second)
    expect(p.act('out-of-service', { alarm: 'slope', forMs: 2 * day })).toBe('')
    p.until(day)
    expect(loadFigures(p.state.load, p.state.alarms, p.moment(day).at)).toMatchObject({ stale: [], outOfService: ['slope'] })
    p.until(day + 1200 * second)
    expect(loadFigures(p.state.load, p.state.alarms, p.moment(p.now()).at)).toMatchObject({ stale: ['flood'], outOfService: ['slope'] })
  })
})
