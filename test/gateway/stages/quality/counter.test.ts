import { describe, expect, it } from 'vitest'
import { accumulate } from '../../../../gateway/stages/derive/accumulate.ts'
import { counter } from '../../../../gateway/stages/quality/counter.ts'
import { type Bench, every, set } from '../bench.ts'
import { doubtsOf, hour, minute, verdicts } from './flagged.ts'

const most = { most: { value: 8, per: minute } }
const bench = (wrap: number | null, options: object = most): Bench => ({
  quality: [[counter, options]],
  counting: { kind: 'total', step: 0.2, wrap },
  period: minute,
})

function verdictsOf(totals: (number | null)[], wrap: number | null, options?: object): string[] {
  const batch = set(bench(wrap, options))
  batch.batch(every(minute, totals))
  const single = set(bench(wrap, options))
  for (const row of every(minute, totals)) single.give(row)
  expect(verdicts(single)).toEqual(verdicts(batch))
  return verdicts(batch).slice(1)
}

describe('a counter', () => {
  it.each([
    // At most 40 tips of 0.2 mm in a minute.
    ['a wrap of 16 bits', 65530, 4, 65536, '1'],
    ['a wrap of 32 bits', 4294967290, 5, 2 ** 32, '1'],
    ['a reset', 50000, 3, 65536, '3 reset'],
    ['nonsense', 50000, 49990, 65536, '4 implausible'],
    ['nonsense', 100, 30000, 65536, '4 implausible'],
    ['nonsense', 0, 65535, 65536, '4 implausible'],
    ['no tip', 100, 100, 65536, '1'],
    ['as much as can be', 100, 140, 65536, '1'],
    ['more than can be', 100, 141, 65536, '4 implausible'],
  ] as const)('is told %s: from %d to %d (wrap %d) is %s', (_, previous, current, wrap, verdict) => {
    expect(verdictsOf([previous, current], wrap)).toEqual([verdict])
  })

  it.each([
    ['the high word too new', 0x2_0003],
    ['the low word too new', 0x0_fffe],
  ])('of 32 bits that was read torn across its carry fails that once: %s', (_, torn) => {
    expect(verdictsOf([0x1_0001, torn, 0x1_0002, 0x1_0003], 2 ** 32)).toEqual(['4 implausible', '1', '1'])
  })

  it('that was read torn near zero is not taken to have begun anew once the next total shows that it has not', () => {
    expect(verdictsOf([0x0_ffff, 0x0_0001, 0x1_0001, 0x1_0002], 2 ** 32)).toEqual(['3 reset', '1', '1'])
    expect(verdictsOf([0x0_ffff, 0x0_0001, 0x0_0002, 0x0_0003], 2 ** 32)).toEqual(['3 reset', '1', '1'])
    expect(verdictsOf([0x0_ffff, 0x0_0001, 0x0_0000, 0x0_0001], 2 ** 32)).toEqual(['3 reset', '3 reset', '1'])
  })

  it('is believed again where the next total goes on from the odd one, and not where it does not', () => {
    expect(verdictsOf([100, 30000, 30001, 30002], 65536)).toEqual(['4 implausible', '3 implausible', '1'])
    expect(verdictsOf([100, 30000, 20000, 101], 65536)).toEqual(['4 implausible', '4 implausible', '1'])
  })

  it('is not known to have wrapped where nobody read it', () => {
    expect(verdictsOf([65530, null, null, null, 4], 65536)).toEqual(['9 timeout', '9 timeout', '9 timeout', '3 reset'])
  })

  it('is bounded by nature where the file gives no bound', () => {
    expect(verdictsOf([0, 151], 65536, {})).toEqual(['1'])
    expect(verdictsOf([0, 152], 65536, {})).toEqual(['4 implausible'])
  })

  it('hides no rain from the sum over it, which comes to what it is without the test', () => {
    const totals = [65530, 65534, 3, 30000, 4, 6, 6, 0, 1, 5, 20000, 20001, 20002, 20004]
    const sumOf = (quality: Bench['quality']): number | undefined => {
      const made = set({ ...bench(65536), quality: quality ?? [], derivation: [accumulate, { over: hour }] })
      made.batch(every(minute, totals))
      return made.out().at(-1)?.value
    }
    expect(sumOf([[counter, {}]])).toBeLessThanOrEqual(sumOf([]) as number)
    expect(sumOf([[counter, {}]])).toBeCloseTo(0.2 * (4 + 5 + 1 + 2 + 0 + 0 + 1 + 4 + 1 + 2), 9)
  })

  it.each([
    [{}, { counting: { kind: 'increment', step: 0.2, wrap: null } }, [': this channel counts no total']],
    [{}, {}, [': this channel counts no total']],
    [{ most: { value: 0, per: minute } }, { counting: { kind: 'total' } }, ['most: nothing could ever be counted']],
    [{}, { unit: 'm3', counting: { kind: 'total' } }, [': no law of nature bounds a count in m3: this tests nothing']],
    [{ most: { value: 9, per: minute } }, { unit: 'm3', counting: { kind: 'total' } }, []],
    [{}, { counting: { kind: 'total' } }, []],
  ])('says of %j on %j: %j', (options, input, told) => {
    expect(doubtsOf(counter, options, [input])).toEqual(told)
  })

  it('is never built on what counts nothing', () => {
    expect(() => set({ quality: [[counter, {}]], period: minute })).toThrow('counts')
    expect(doubtsOf(counter, {}, [])).toEqual([])
  })
})
