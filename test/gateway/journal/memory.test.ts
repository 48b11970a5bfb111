// The journal in memory: every uplink gets each of its messages once and in order, and what is dropped for want of room is counted and missed.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openMemoryJournal } from '../../../gateway/journal/memory.ts'
import { columnOf } from '../../../protocol/column.ts'
import { type Lane, laneOf, type Message } from '../../../protocol/messages.ts'
import { instant } from '../../../protocol/time.ts'

const stamp = { observed: instant(0), timeQuality: 'synchronised' as const }
const live = (to: string | null = null): Message => ({ kind: 'live', to, ...stamp, channels: { rain: columnOf('mm', [0], [1], [1], [0]) } })
const act = (to: string | null = null): Message => ({ kind: 'act', to, ...stamp, output: 'siren', wanted: true, actual: true, cause: 'slope is red' })
const result = (to: string | null = null): Message => ({ kind: 'result', to, ...stamp, command: 'c1', ok: true, reason: '' })
const seqs = (records: { seq: number }[]) => records.map(({ seq }) => seq)

describe('the journal in memory', () => {
  it('keeps lanes apart and gives one row of numbers to all', () => {
    const journal = openMemoryJournal(['county'])
    expect([live(), act(), live(), result()].map((message) => journal.append(message))).toEqual([1, 2, 3, 4])
    expect(journal.takeSeq()).toBe(5)
    expect(journal.append(act())).toBe(6)
    expect(seqs(journal.pending('county', 'live', 0, 9))).toEqual([1, 3])
    expect(seqs(journal.pending('county', 'alarm', 0, 9))).toEqual([2, 6])
    expect(seqs(journal.pending('county', 'alarm', 2, 9))).toEqual([6])
    expect(seqs(journal.pending('county', 'alarm', 0, 1))).toEqual([2])
    expect(journal.pending('county', 'will', 0, 9)).toEqual([])
  })

  it('frees a message when the last uplink that it is meant for has confirmed it', () => {
    const journal = openMemoryJournal(['county', 'village'])
    for (const to of [null, 'county', null]) journal.append(act(to))
    expect(seqs(journal.pending('village', 'alarm', 0, 9))).toEqual([1, 3])
    journal.confirm('county', 'alarm', 3)
    expect(journal.stats().records).toBe(3)
    journal.confirm('village', 'alarm', 1)
    expect(journal.stats().records).toBe(1)
    journal.confirm('village', 'alarm', 3)
    expect(journal.stats()).toEqual({ records: 0, bytes: 0, dropped: 0 })
    expect(journal.cursor('village', 'alarm')).toBe(3)
  })

  it('keeps nothing where there is nobody to read it', () => {
    const journal = openMemoryJournal([])
    expect([journal.append(live()), journal.append(act())]).toEqual([1, 2])
    expect(journal.stats()).toEqual({ records: 0, bytes: 0, dropped: 0 })
  })

  it('hands late rows to the lane back-fill, and new ones still go ahead', () => {
    const journal = openMemoryJournal(['county', 'village'])
    for (let i = 0; i < 6; i++) journal.append(live())
    journal.confirm('county', 'live', 1)
    journal.defer('county', 4)
    expect(seqs(journal.pending('county', 'backfill', 0, 9))).toEqual([2, 3, 4])
    expect(seqs(journal.pending('county', 'live', 0, 9))).toEqual([5, 6])
    expect(seqs(journal.pending('village', 'live', 0, 9))).toEqual([1, 2, 3, 4, 5, 6])
    expect(journal.pending('village', 'backfill', 0, 9)).toEqual([])

    journal.defer('county', 3)
    expect(journal.cursor('county', 'live')).toBe(4)
    expect(seqs(journal.pending('county', 'live', 0, 9))).toEqual([5, 6])

    // A second outage before the first was made good.
    journal.confirm('county', 'backfill', 2)
    journal.confirm('county', 'live', 5)
    journal.append(live())
    journal.defer('county', 7)
    expect(seqs(journal.pending('county', 'backfill', 0, 9))).toEqual([3, 4, 6, 7])
    expect([journal.waiting('county'), journal.waiting('village')]).toEqual([4, 7])
    expect(journal.pending('county', 'live', 0, 9)).toEqual([])
    journal.confirm('county', 'backfill', 7)
    journal.confirm('village', 'live', 7)
    expect(journal.stats().records).toBe(0)
  })

  it('drops the oldest of the least urgent lane when it is full, counts it, and tells who missed it', () => {
    const one = openMemoryJournal(['county'])
    one.append(act())
    const actBytes = one.stats().bytes
    const journal = openMemoryJournal(['county', 'village'], 4 * actBytes)
    for (let i = 0; i < 30; i++) journal.append(live())
    journal.confirm('village', 'live', 28)
    const room = journal.stats().records
    expect(journal.stats()).toMatchObject({ dropped: 30 - room })
    expect(journal.lost('county', 'live', 0)).toBe(30 - room)
    expect(journal.lost('county', 'live', 30 - room)).toBeNull()
    for (let i = 0; i < 3; i++) journal.append(act())
    expect(seqs(journal.pending('county', 'alarm', 0, 9))).toEqual([31, 32, 33])
    for (let i = 0; i < 3; i++) journal.append(act())
    // Alarms have driven out all live rows, and now the oldest alarms.
    expect(journal.pending('county', 'live', 0, 9)).toEqual([])
    expect(journal.lost('county', 'live', 0)).toBe(30)
    expect(seqs(journal.pending('county', 'alarm', 0, 9))).toEqual([33, 34, 35, 36])
    expect(journal.lost('county', 'alarm', 0)).toBe(32)
    expect(journal.stats().bytes).toBeLessThanOrEqual(4 * actBytes)
  })

  it('does not miss for one uplink what it has confirmed', () => {
    const journal = openMemoryJournal(['county', 'village'], 2000)
    journal.append(live())
    journal.confirm('village', 'live', 1)
    for (let i = 0; i < 10; i++) journal.append(act())
    expect(journal.lost('county', 'live', 0)).toBe(1)
    expect(journal.lost('village', 'live', 0)).toBeNull()
  })

  it('refuses an uplink that it was not told of, and a number that it never gave', () => {
    const journal = openMemoryJournal(['county'])
    expect(() => journal.pending('village', 'live', 0, 1)).toThrow('village')
    expect(() => journal.append(act('village'))).toThrow('village')
    expect(() => journal.confirm('county', 'live', 1)).toThrow('never given')
  })

  it('whatever comes in whatever order, each message is delivered once in its lane, or counted as missed', () => {
    const uplinks = ['a', 'b']
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('append' as const), kind: fc.constantFrom(live, live, act, result), to: fc.constantFrom(null, 'a', 'b') }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          do: fc.constant('deliver' as const),
          uplink: fc.constantFrom(...uplinks),
          lane: fc.constantFrom<Lane>('alarm', 'state', 'live', 'backfill'),
          limit: fc.integer({ min: 1, max: 5 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('defer' as const), uplink: fc.constantFrom(...uplinks), back: fc.nat(3) }) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.constantFrom(1e9, 6000), (steps, maxBytes) => {
        const journal = openMemoryJournal(uplinks, maxBytes)
        const meant: Record<string, Map<number, Lane>> = { a: new Map(), b: new Map() }
        const had: Record<string, number[]> = { a: [], b: [] }
        const deliver = (uplink: string, lane: Lane, limit: number) => {
          const records = journal.pending(uplink, lane, journal.cursor(uplink, lane), limit)
          for (const { seq, message } of records) {
            had[uplink]!.push(seq)
            expect(meant[uplink]!.get(seq)).toBe(laneOf(message))
            expect(lane === 'backfill' ? 'live' : lane).toBe(laneOf(message))
          }
          expect(seqs(records)).toEqual(seqs(records).sort((x, y) => x - y))
          const last = records.at(-1)
          if (last) journal.confirm(uplink, lane, last.seq)
        }
        let newest = 0
        for (const one of steps) {
          if (one.do === 'append') {
            const message = one.kind(one.to)
            newest = journal.append(message)
            for (const uplink of uplinks) if (one.to === null || one.to === uplink) meant[uplink]!.set(newest, laneOf(message))
          } else if (one.do === 'deliver') deliver(one.uplink, one.lane, one.limit)
          else {
            const waiting = journal.pending(one.uplink, 'live', 0, 1000)
            const upTo = waiting.at(-1 - one.back)
            if (upTo) journal.defer(one.uplink, upTo.seq)
          }
        }
        for (const uplink of uplinks) for (const lane of ['alarm', 'state', 'live', 'backfill'] as const) deliver(uplink, lane, 1000)
        for (const uplink of uplinks) {
          expect(new Set(had[uplink]).size).toBe(had[uplink]!.length)
          const missed = [...meant[uplink]!.keys()].filter((seq) => !had[uplink]!.includes(seq))
          if (maxBytes > 6000) expect(missed).toEqual([])
          expect(missed.length).toBeLessThanOrEqual(journal.stats().dropped)
          const told = (['alarm', 'state', 'live', 'backfill'] as const).map((lane) => journal.lost(uplink, lane, 0) ?? 0)
          if (missed.length > 0) expect(told).toContain(Math.max(...missed))
        }
        expect(journal.stats()).toMatchObject({ records: 0, bytes: 0 })
      }),
    )
  })
})
