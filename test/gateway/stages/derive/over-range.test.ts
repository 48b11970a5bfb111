import { describe, expect, it } from 'vitest'
import { take } from '../../../../gateway/core/channel.ts'
import { overRange } from '../../../../gateway/stages/derive/over-range.ts'
import { checkPart } from '../../../../protocol/files/schema.ts'
import { Quality, type Reason, reasonCode } from '../../../../protocol/quality.ts'
import { instant, millis } from '../../../../protocol/time.ts'
import { samplesOf, set } from '../bench.ts'

const stand = () => {
  const bench = set({ derivation: [overRange, { full: 100, at: 1.1 }], unit: '%LEL', period: 1000 })
  let time = 0
  const maker = bench.machine.channels[1]?.maker
  return {
    ...bench,
    maker,
    row(value: number | null, quality?: number, reason: Reason = 'none'): void {
      const samples = samplesOf(0, [[time, value]])
      if (quality !== undefined) {
        samples.quality[0] = quality
        samples.reason[0] = reasonCode(reason)
      }
      take(bench.machine.channels[0] as never, samples, millis(time))
      time += 1000
    },
    reset: () => maker?.act?.({ op: 'baseline', by: 'li', reason: 'aired', now: { at: millis(time), wall: instant(0), wallQuality: 'synchronised' } }),
  }
}
const shown = (bench: ReturnType<typeof stand>) => bench.out().map(({ value, quality, reason }) => [value, quality, reason])

describe('over-range', () => {
  it('passes what is within the range as it is, a fault as a fault', () => {
    const bench = stand()
    bench.row(12)
    bench.row(104, Quality.suspect, 'range')
    bench.row(null)
    expect(shown(bench)).toEqual([
      [12, 1, 'none'],
      [104, 3, 'range'],
      [Number.NaN, 9, 'timeout'],
    ])
    expect(bench.reset()).toBe('it is not over range')
  })

  it.each<[string, number, number, Reason]>([
    ['the device says so', 103, Quality.suspect, 'over-range'],
    ['it fails by it', 103, Quality.fail, 'over-range'],
    ['the value is 10 % above full scale', 110, Quality.good, 'none'],
    ['the range test fails it at full scale', 100, Quality.fail, 'range'],
    ['the range test fails it far above', 130, Quality.fail, 'range'],
  ])('stands at full scale from where %s on, whatever comes, and through a fault', (_, value, quality, reason) => {
    const bench = stand()
    bench.row(value, quality, reason)
    bench.row(40)
    bench.row(null)
    bench.row(0)
    expect(shown(bench)).toEqual(Array(4).fill([100, 3, 'over-range']))
  })

  it('is not what the range test fails below full scale, or another test above it', () => {
    const bench = stand()
    bench.row(-12, Quality.fail, 'range')
    bench.row(130, Quality.fail, 'spike')
    expect(shown(bench)).toEqual([
      [-12, 4, 'range'],
      [130, 4, 'spike'],
    ])
  })

  it('takes no test gas for over-range, which a person has kept out of the judgement', () => {
    const bench = stand()
    bench.row(120, Quality.fail, 'inhibited')
    bench.row(120, Quality.fail, 'under-test')
    bench.row(2)
    expect(shown(bench).at(-1)).toEqual([2, 1, 'none'])
  })

  it('ends by a person alone, and not while the gas is over range or nothing is read', () => {
    const bench = stand()
    bench.row(115)
    expect(bench.reset()).toBe('it is still over range')
    bench.row(null)
    expect(bench.reset()).toMatch(/no reading/)
    bench.row(3)
    expect(bench.reset()).toBe('')
    bench.row(3)
    expect(shown(bench).at(-1)).toEqual([3, 1, 'none'])
  })

  it('outlives the process', () => {
    const before = stand()
    before.row(115)
    const after = stand()
    after.maker?.recall?.(JSON.parse(JSON.stringify(before.maker?.kept?.())))
    after.row(3)
    expect(shown(after)).toEqual([[100, 3, 'over-range']])
  })

  it('passes a gas as that gas, and no counts', () => {
    const input = { unit: '%LEL', quantity: 'gas', counting: null }
    expect(overRange.unit({ full: 100, at: 1.1 }, [input])).toEqual({ unit: '%LEL', quantity: 'gas' })
    expect(overRange.unit({ full: 100, at: 1.1 }, [{ ...input, counting: { kind: 'total', step: 1, wrap: null } }])).toMatch(/measured value/)
  })

  it('begins at 110 % of full scale where nothing else is said, and never below full scale', () => {
    expect(checkPart(overRange.options, { full: 100 })).toEqual({ value: { full: 100, at: 1.1 } })
    expect(checkPart(overRange.options, { full: 100, at: '99%' })).toHaveProperty('faults')
  })

  it('asks for a full scale', () => {
    expect(overRange.doubts?.({ full: 100, at: 1.1 }, [])).toEqual([])
    expect(overRange.doubts?.({ full: 0, at: 1.1 }, [])).toHaveLength(1)
  })
})
