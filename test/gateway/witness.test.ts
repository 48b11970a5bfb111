// What is kept of the rise of an alarm: how it stood, over a start, not too much of it and not too often.
import { describe, expect, it } from 'vitest'
import type { Change } from '../../gateway/core/scan.ts'
import type { Site } from '../../gateway/site/site.ts'
import { makeWitness, type Witnessed } from '../../gateway/witness.ts'
import type { Memory, RiseRecord } from '../../protocol/ports.ts'
import { instant, millis } from '../../protocol/time.ts'
import { minute, place, SLOPE, second } from './core/place.ts'

const life = { epoch: 'second', startedAt: instant(2) }
const before = { epoch: 'first', startedAt: instant(1) }

function witness(rises: RiseRecord[] = [], answerBytes = 4) {
  const kept: RiseRecord[] = []
  const memory: Memory = { remembered: null, rises, keep: () => {}, act: () => {}, rise: (record) => void kept.push(record), close: async () => {} }
  const p = place()
  const made = makeWitness({
    site: { devices: [{ name: 'board', bus: undefined, unit: 1 }] } as unknown as Site,
    exchanges: () => [{ at: 0, request: new Uint8Array(2), answer: new Uint8Array(answerBytes), trouble: '' }],
    busNow: () => 0,
    ...{ life, memory },
  })
  const change = (from: string, to: string): Change => ({ ...{ what: 'alarm', name: 'slope', from, to, observed: instant(0), why: [] } })
  return {
    kept,
    rise: (at: number, changes = [change('none', 'red')]) => made.note(p.state, changes, p.moment(at)),
    fall: (at: number) => made.note(p.state, [change('red', 'none')], p.moment(at)),
    why: (alarm = 'slope') => made.answer(p.state, alarm, p.moment(p.now())),
    end: () => made.close(),
    stands: (value: number) => {
      p.set(SLOPE, value)
      p.until(p.now() + minute)
    },
  }
}
const levels = (kept: RiseRecord[]): string[] => kept.map(({ seen }) => (seen as Witnessed).alarms[0]?.level ?? '')

describe('a witness', () => {
  it('keeps how an alarm stood when it rose, with the life of the station in which it did, and tells it as of this life', () => {
    const w = witness()
    w.stands(4)
    w.rise(minute)
    expect(w.kept).toMatchObject([{ alarm: 'slope', ...life }])
    expect(levels(w.kept)).toEqual(['red'])
    expect(w.why()).toMatchObject({ raised: { alarms: [{ alarm: 'slope', level: 'red' }] }, raisedIn: null })
  })

  it('tells a rise of the life before as that, until there is a newer one', () => {
    const first = witness()
    first.stands(4)
    first.rise(minute)
    const seen = JSON.parse(JSON.stringify(first.kept[0]?.seen))
    const w = witness([{ alarm: 'slope', seen, ...before }])
    expect(w.why()).toMatchObject({ raised: seen, raisedIn: before })
    expect(w.why('flood')).toMatchObject({ raised: null, raisedIn: null })
    w.rise(minute)
    expect(w.why()).toMatchObject({ raised: { alarms: [{ level: 'none' }] }, raisedIn: null })
  })

  it.each([null, 7, {}, { observed: 1, alarms: [], detections: [], channels: [] }, { observed: 'x', alarms: [], detections: [], channels: [], exchanges: [] }])(
    'knows of no rise where what was kept is %o',
    (seen) => {
      expect(witness([{ alarm: 'slope', seen, ...before }]).why()).toMatchObject({ raised: null, raisedIn: null })
    },
  )

  it('keeps nothing of a fall, nor of data that are lost', () => {
    const w = witness()
    w.fall(minute)
    w.rise(minute, [{ what: 'alarm', name: 'slope', from: 'red', to: 'data lost', observed: instant(0), why: [] }])
    w.end()
    expect(w.kept).toEqual([])
  })

  it('keeps the last rise of an alarm that chatters once in ten minutes, and at the end', () => {
    const w = witness()
    for (let at = 0; at < 25 * minute; at += 30 * second) w.rise(at)
    expect(w.kept).toHaveLength(3)
    w.end()
    expect(w.kept).toHaveLength(4)
    w.end()
    expect(w.kept).toHaveLength(4)
  })

  it('keeps what waited when its time has come, though nothing rises then', () => {
    const w = witness()
    w.rise(0)
    w.stands(4)
    w.rise(minute)
    w.rise(9 * minute, [])
    expect(levels(w.kept)).toEqual(['none'])
    w.rise(10 * minute, [])
    expect(levels(w.kept)).toEqual(['none', 'red'])
  })

  it('leaves out what is farthest from the alarm where it would be too long, and says so', () => {
    const w = witness([], 40_000)
    w.rise(minute)
    const seen = w.kept[0]?.seen as Witnessed
    expect(JSON.stringify(w.why()?.raised).length).toBeGreaterThan(100_000)
    expect(JSON.stringify(seen).length).toBeLessThan(65_537)
    expect(seen).toMatchObject({ exchanges: [], shortened: true })
    expect(seen.channels).not.toEqual([])
  })

  it('keeps nothing at all where even the alarm alone is too long', () => {
    const name = 'x'.repeat(70_000)
    const p = place({ alarms: [{ name, levels: [] }] })
    const kept: RiseRecord[] = []
    const memory = { remembered: null, rises: [], keep: () => {}, act: () => {}, rise: (record: RiseRecord) => void kept.push(record), close: async () => {} }
    const made = makeWitness({ site: { devices: [] } as unknown as Site, exchanges: () => [], busNow: () => 0, life, memory })
    made.note(p.state, [{ what: 'alarm', name, from: 'none', to: 'red', observed: instant(0), why: [] }], p.moment(millis(1)))
    expect(kept).toEqual([])
  })
})
