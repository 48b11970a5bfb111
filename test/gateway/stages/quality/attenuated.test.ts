import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Channel } from '../../../../gateway/core/channel.ts'
import { attenuated } from '../../../../gateway/stages/quality/attenuated.ts'
import { millis } from '../../../../protocol/time.ts'
import { every, type Row, set } from '../bench.ts'
import { day, doubtsOf, flagsEvery, flagsOf, flagsOneByOne, hour, minute, second } from './flagged.ts'

describe('attenuated', () => {
  it.each([
    // ioos_qc writes 2 (not evaluated) where the window holds too few rows: our row then keeps the flag it came with.
    ['range', 100, 10, 1, 2 * day, [1, 2, 3, 100, 1000], [4, 4, 4, 3, 1]],
    ['range', 100, 10, 2, 2 * day, [1, 2, 3, 100, 1000], [1, 4, 4, 3, 1]],
    ['deviation', 150, 40, 2, 2 * day, [1, null, 10, 100, 1000], [1, 9, 1, 3, 1]],
    ['deviation', 0.75, 0.5, 4, 4 * day, [1, 2, 3, 4], [1, 1, 1, 1]],
    ['range', 50, 31, 4, 4 * day, [10, 20, 30, 40], [1, 1, 1, 4]],
    ['range', 31, 10, 4, 4 * day, [10, 20, 30, 40], [1, 1, 1, 3]],
  ] as const)(
    'by %s, suspect below %d and failed below %d with %d rows in %d ms, gives the flags of ioos_qc over %j',
    (by, suspect, fail, rows, over, values, flags) => {
      expect(flagsEvery(attenuated, { over, by, suspect, fail, rows }, day, [...values])).toEqual(flags)
    },
  )

  it.each([
    ['range', [0, 4], 4],
    ['deviation', [0, 4], 2],
  ] as const)('passes a %s of %j that is just the height', (by, values, height) => {
    const flag = (options: object) => flagsEvery(attenuated, { over: hour, by, rows: 2, ...options }, minute, [...values])[1]
    expect([flag({ suspect: height }), flag({ fail: height })]).toEqual([1, 1])
    expect([flag({ suspect: height + 1e-9 }), flag({ fail: height + 1e-9 })]).toEqual([3, 4])
  })

  it('says nothing of a window that holds less than nine tenths of its rows', () => {
    const still = every(minute, Array<number>(61).fill(5))
    const options = { over: hour, by: 'range', fail: 0.1 }
    expect(flagsOf(attenuated, options, still, { period: minute }).indexOf(4)).toBe(53)
    const thinned = still.filter((_, k) => k % 8 > 0)
    expect(flagsOf(attenuated, options, thinned, { period: minute })).not.toContain(4)
  })

  it('goes on failing a signal that stays weak, and ends when it lives again', () => {
    const values = Array.from({ length: 60 }, (_, k) => (k < 40 ? 0.01 * (k % 2) : k % 2))
    for (const by of ['range', 'deviation'] as const) {
      const flags = flagsEvery(attenuated, { over: 10 * second, by, fail: 0.1, rows: 5 }, second, values)
      expect(flags.slice(4, 40)).toEqual(Array(36).fill(4))
      expect(flags.slice(42)).toEqual(Array(18).fill(1))
    }
  })

  it('knows the deviation as well after glitches of 1e9 as before them', () => {
    const values = Array.from({ length: 3000 }, (_, k) => (k % 701 === 700 ? 1e9 : k % 50 === 7 ? null : 1000 + 0.001 * Math.sin(k * k)))
    const flags = flagsEvery(attenuated, { over: 100 * second, by: 'deviation', suspect: 0.002, fail: 0.0001, rows: 50 }, second, values)
    const expected = values.map((_, k) => {
      const window = values.slice(Math.max(0, k - 99), k + 1).filter((value) => value !== null)
      const mean = window.reduce((sum, value) => sum + (value - 1000) / window.length, 0)
      const deviation = Math.sqrt(window.reduce((sum, value) => sum + (value - 1000 - mean) ** 2, 0) / window.length)
      if (values[k] === null) return 9
      return window.length < 50 ? 1 : deviation < 0.0001 ? 4 : deviation < 0.002 ? 3 : 1
    })
    expect(flags.slice(-2048)).toEqual(expected.slice(-2048))
    expect(new Set(expected)).toEqual(new Set([1, 3, 9]))
  })

  it.each(['range', 'deviation'] as const)('takes the rows that are still there where they come faster than the file says (%s)', (by) => {
    const bench = set({ quality: [[attenuated, { over: hour, by, fail: 0.05, rows: 20 }]], period: minute, rows: 60 })
    // The ring has 128 rows, two minutes of these; from 1500 on the value stands.
    const first = every(
      second,
      Array.from({ length: 2000 }, (_, k) => Math.min(k, 1500)),
    ).findIndex((row, k) => {
      bench.give(row)
      const { quality, mask } = (bench.machine.channels[0] as Channel).ring
      return quality[k & mask] === 4
    })
    expect(first).toBe(1500 + 127)
  })

  it.each(['range', 'deviation'] as const)('gives the same flags one by one as in batches of any size (%s)', (by) => {
    const story = fc.array(fc.tuple(fc.integer({ min: 1, max: 3000 }), fc.option(fc.integer({ min: 0, max: 6 }))), { minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(story, (steps) => {
        let time = 0
        const rows = steps.map(([dt, value]): Row => {
          time += dt
          return [time, value]
        })
        const options = { over: 10 * second, by, suspect: 3, fail: 1, rows: 3 }
        expect(flagsOf(attenuated, options, rows, { period: second })).toEqual(flagsOneByOne(attenuated, options, rows, { period: second }))
      }),
      { seed: 20_261_125, numRuns: 200 },
    )
  })

  it('asks for as much of the past as its window', () => {
    expect(attenuated.reach?.({ over: millis(hour), by: 'range' })).toBe(hour)
    expect(doubtsOf(attenuated, { over: hour, fail: 1 }, [])).toEqual([])
  })

  it.each([
    [{ over: hour }, [': this tests nothing']],
    [{ over: hour, suspect: 1, fail: 2 }, ['fail: a value fails before it is suspect']],
    [{ over: hour, fail: 0 }, ['fail: nothing spreads by less than 0']],
    [{ over: minute, fail: 1 }, ['over: the window holds fewer than two rows']],
    [{ over: hour, fail: 1, rows: 61 }, ['rows: the window holds 60 rows, never 61']],
    [{ over: hour, suspect: 2, fail: 1, rows: 60 }, []],
  ])('says of %j: %j', (options, told) => {
    expect(doubtsOf(attenuated, options)).toEqual(told)
  })
})
