import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jump } from '../../../../gateway/stages/quality/jump.ts'
import { type Row, set } from '../bench.ts'
import { doubtsOf, flagsOf, flagsOneByOne, minute, second } from './flagged.ts'

/** Rows each second, those of null left out: silence. */
const rows = (values: (number | null)[]): Row[] => values.flatMap((value, k): Row[] => (value === null ? [] : [[k * second, value]]))
const silence = (count: number): null[] => Array<null>(count).fill(null)
const flags = (options: object, values: (number | null)[]): number[] => flagsOf(jump, options, rows(values), { period: second })

describe('a jump after a silence', () => {
  const restart = { after: 5 * second, suspect: 1, fail: 3, hold: 4 * second }

  it('is held against the line before it for a while, and then stands as a new line', () => {
    expect(flags(restart, [5, 5, 5, ...silence(6), 9, 9, 9, 9, 9, 9, 9])).toEqual([1, 1, 1, 4, 4, 4, 4, 4, 1, 1])
  })

  it('is doubted, not failed, below the greater height, and no jump at all within the lesser', () => {
    expect(flags(restart, [5, 5, 5, ...silence(6), 8, 7, 6])).toEqual([1, 1, 1, 3, 3, 1])
  })

  it('is found where the value creeps to its new place over several rows', () => {
    expect(flags(restart, [5, 5, 5, ...silence(6), 5.9, 6.8, 7.7, 8.6, 9.5, 9.6])).toEqual([1, 1, 1, 1, 3, 3, 4, 4, 1])
  })

  it('is none where rows are missing for less than that time, or where there was no line yet', () => {
    expect(flags(restart, [5, 5, ...silence(4), 9, 9])).toEqual([1, 1, 1, 1])
    expect(flags(restart, [9, 9])).toEqual([1, 1])
  })

  it('is held against the first line, again for the whole time, when a second silence comes before the end', () => {
    expect(flags(restart, [5, 5, 5, ...silence(6), 9, 9, ...silence(6), 9, 9, 5, 9, 9, 9])).toEqual([1, 1, 1, 4, 4, 4, 4, 1, 4, 4, 1])
  })

  it('has the median of five rows for its line, which two glitches do not move', () => {
    expect(flags(restart, [5, 5, 5, 99, -99, ...silence(6), 5, 9])).toEqual([1, 1, 1, 1, 1, 1, 4])
    expect(flags(restart, [5, 5, 5, 99, 99, ...silence(6), 5, 9])).toEqual([1, 1, 1, 1, 1, 1, 4])
    expect(flags(restart, [0, 0, 0, 0, 5, 5, 5, 5, 5, ...silence(6), 5])).toEqual(Array(10).fill(1))
  })
})

describe('a jump between two rows', () => {
  const step = { fail: 3, hold: 4 * second }

  it('fails until the value is back on its line, from the first row that is', () => {
    expect(flags(step, [5, 5, 5, 50, 50, 5, 5])).toEqual([1, 1, 1, 4, 4, 1, 1])
  })

  it('fails for a while where it stays, then stands as a new line from which it may jump again', () => {
    expect(flags(step, [5, 5, 50, 50, 50, 50, 50, 50, 50, 5, 50])).toEqual([1, 1, 4, 4, 4, 4, 4, 1, 1, 4, 1])
  })

  it('is counted from the last jump', () => {
    expect(flags(step, [5, 5, 50, 50, 50, 90, 90, 90, 90, 90, 90])).toEqual([1, 1, 4, 4, 4, 4, 4, 4, 4, 4, 1])
  })

  it('is not seen in a value that only walks', () => {
    expect(flags(step, [5, 7, 9, 11, 13, 15])).toEqual(Array(6).fill(1))
  })
})

describe('a jump while the station was away', () => {
  /** Rows of a second life, with what the first one kept, as it stands on the disk. */
  function secondLife(options: object, before: (number | null)[], after: (number | null)[]): number[] {
    const lives = [0, 1].map(() => set({ quality: [[jump, options]], period: second }))
    const [first, next] = lives.map(({ machine }) => machine.channels[0]?.tests[0])
    lives[0]?.batch(rows(before))
    const kept = first?.kept?.()
    if (kept) next?.recall?.(JSON.parse(JSON.stringify(kept)))
    lives[1]?.batch(rows(after))
    return lives[1]?.flags() ?? []
  }
  const restart = { after: 5 * second, fail: 3, hold: 4 * second }
  const step = { fail: 3, hold: 4 * second }

  it('is held against the line that it had before, even where nobody knows how long it was away', () => {
    expect(secondLife(restart, [5, 5, 5], [9, 9, 9, 9, 9, 9])).toEqual([4, 4, 4, 4, 4, 1])
    expect(secondLife(step, [5, 5, 5], [9, 9, 5, 5])).toEqual([4, 4, 1, 1])
    expect(secondLife(step, [5, 5, 5], [5, 6, 20])).toEqual([1, 1, 4])
  })

  it('goes on being held where it was so before', () => {
    expect(secondLife(restart, [5, 5, ...silence(6), 9], [9, 9, 9, 9, 9, 9])).toEqual([4, 4, 4, 4, 4, 1])
    expect(secondLife(step, [5, 5, 9], [9, 9, 5, 5])).toEqual([4, 4, 1, 1])
  })

  it('is not known without a line from before, or with one that is damaged', () => {
    expect(secondLife(restart, [null], [9, 9])).toEqual([1, 1])
    const made = set({ quality: [[jump, restart]], period: second })
    for (const kept of [null, {}, { believed: ['5'] }, { believed: [Number.NaN] }]) made.machine.channels[0]?.tests[0]?.recall?.(kept)
    made.batch(rows([9, 9]))
    expect(made.flags()).toEqual([1, 1])
  })
})

describe('jump', () => {
  it('gives the same flags one by one as in batches', () => {
    const story = fc.array(fc.tuple(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 })), fc.option(fc.integer({ min: 0, max: 9 }))), {
      maxLength: 150,
      minLength: 1,
    })
    fc.assert(
      fc.property(story, fc.boolean(), (steps, silent) => {
        let time = 0
        const given = steps.map(([dt, value]): Row => {
          time += dt * second
          return [time, value]
        })
        const options = { suspect: 2, fail: 4, hold: 6 * second, ...(silent && { after: 4 * second }) }
        expect(flagsOf(jump, options, given, { period: second })).toEqual(flagsOneByOne(jump, options, given, { period: second }))
      }),
      { seed: 20_261_125, numRuns: 300 },
    )
  })

  it.each([
    [{ hold: minute }, [': this tests nothing']],
    [{ hold: minute, suspect: 3, fail: 1 }, ['fail: a value fails before it is suspect']],
    [{ hold: minute, fail: 1, after: minute }, ['after: each row comes after such a silence']],
    [{ hold: minute, fail: 1, after: 3 * minute }, []],
    [{ hold: minute, suspect: 1 }, []],
  ])('says of %j: %j', (options, told) => {
    expect(doubtsOf(jump, options)).toEqual(told)
  })
})
