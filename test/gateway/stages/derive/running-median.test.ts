import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runningMedian } from '../../../../gateway/stages/derive/running-median.ts'
import { check } from '../../../../protocol/files/schema.ts'
import { readYaml } from '../../../../protocol/files/yaml.ts'
import { every, set } from '../bench.ts'

const period = 10_000
const made = (values: (number | null)[], rows = 9) => {
  const bench = set({ derivation: [runningMedian, { rows }], unit: 'm', period })
  bench.batch(every(period, values))
  return bench.out()
}

describe('the running median', () => {
  it('never shows what a boat did to four of nine readings', () => {
    const out = made([...Array(12).fill(5), 2, 2.1, 2, 2.2, ...Array(12).fill(5)])
    expect(out.slice(8).map(({ value }) => value)).toEqual(Array(20).fill(5))
  })

  it('follows a true step half its rows later', () => {
    const values = made([...Array(9).fill(5), ...Array(9).fill(6)])
      .slice(8)
      .map(({ value }) => value)
    expect(values).toEqual([5, 5, 5, 5, 5, 6, 6, 6, 6, 6])
  })

  it('is warming up at first and after silence, and missing where the reading is', () => {
    const out = made([1, 2, 3, null, 4, null, null, null, 5, 6, 7], 3)
    expect(out.map(({ value, reason }) => (Number.isNaN(value) ? reason : value))).toEqual([
      ...['warm-up', 'warm-up', 2, 'input', 3],
      ...['input', 'input', 'input', 'warm-up', 'warm-up', 6],
    ])
  })

  it('is the same row by row as in batches', () => {
    const rows = fc.array(fc.option(fc.integer({ min: 0, max: 9 })), { minLength: 1, maxLength: 150 })
    fc.assert(
      fc.property(rows, (values) => {
        const single = set({ derivation: [runningMedian, { rows: 5 }], unit: 'm', period })
        for (const row of every(period, values)) single.give(row)
        expect(made(values, 5)).toEqual(single.out())
      }),
      { seed: 20_261_125 },
    )
  })

  it('is of an odd number of readings, and of no counts', () => {
    const read = (text: string) => check<unknown>(runningMedian.options, readYaml(text, 'o.yaml'))
    expect(read('{}')).toEqual({ value: { rows: 9 } })
    expect(read('{ rows: 8 }')).toMatchObject({ faults: [{ what: 'the middle of an even number is no reading' }] })
    for (const rows of [1, 27]) expect(read(`{ rows: ${rows} }`)).toMatchObject({ faults: [{ what: `${rows} is out of bounds` }] })
    expect(runningMedian.unit({ rows: 9 }, [{ unit: 'm', quantity: 'level', counting: null }])).toEqual({ unit: 'm', quantity: 'level' })
    expect(runningMedian.unit({ rows: 9 }, [])).toMatch(/counting/)
    expect(() => runningMedian.build({ rows: 9 }, {} as never)).toThrow(/ring to write/)
  })
})
